"""watch-and-tell: nothing is written; the bot looks for the image with every sweep and tells when pods have it."""

from bot.diagnosis.checks import hearing
from bot.facts.document import CommandLine
from bot.remediation.credentials import case_of
from bot.remediation.drafting import Draft, Situation, Unfit


class WatchAndTell:
    """Says what the registry has now, and what the bot does by itself."""

    id = "watch-and-tell"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """Always words: looking needs nobody's approval."""
        failure = situation.diagnosis.failure
        tells = "the bot looks with every sweep, and its alert tells when the pods have their image"
        again = CommandLine(
            "ask about it yourself",
            ("kubectl", "-n", failure.pod.namespace, "describe", "pod", failure.pod.name),
        )
        return Unfit(f"{await _now(situation)}; {tells}", commands=(again,))


async def _now(situation: Situation) -> str:
    image = situation.diagnosis.failure.reference
    if image is None:
        return "no registry has an image of a name that cannot be read"
    heard = await hearing.manifests(case_of(situation), image)
    if heard.ok:
        failure = situation.diagnosis.failure
        again = failure.next_try(situation.now)
        when = f" at {again:%H:%M:%SZ}" if again else ", at most five minutes after its last try"
        return f"{image.spelled} is there now, and the kubelet tries again{when}"
    if len(heard.not_found) == len(heard.voices):
        return f"{image.spelled} is not there yet"
    silent = heard.unheard
    if silent is None:
        return f"{image.registry} does not tell us whether {image.spelled} is there"
    hint = f" ({silent.remedy})" if silent.remedy else ""
    return f"whether {image.spelled} is there was not asked: {silent.why}{hint}"
