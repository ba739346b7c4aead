"""attach-pull-secret: a pull secret that is there and opens the image, named where the pods get theirs from; then new pods."""

from collections.abc import Sequence

from bot.diagnosis import keyring
from bot.facts.change import Risk
from bot.facts.evidence import Answer
from bot.facts.image import ImageReference
from bot.facts.objects import PullSecret
from bot.remediation import credentials, pods, pull_secrets
from bot.remediation.credentials import Trial
from bot.remediation.drafting import Draft, Situation, Unfit
from bot.remediation.relisting import Relisting, relisted


class AttachPullSecret:
    """Names a pull secret of the namespace on the ServiceAccount or in the template."""

    id = "attach-pull-secret"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """The one that opens the image, where it concerns the fewest others."""
        failure = situation.diagnosis.failure
        why = pods.unrenewable(failure)
        if why is not None:
            return why
        if failure.reference is None:
            return Unfit("the image's name cannot be read, and no pull secret will change that")
        chosen = await _chosen(situation, failure.reference)
        if isinstance(chosen, Unfit):
            return chosen
        name = chosen.secret.name
        found = await attached(situation, name)
        if isinstance(found, Unfit):
            return found
        unsure = doubt(chosen, failure.registry)
        headline = f"Attach pull secret {name} to {found.held}"
        if name in found.held.names:
            headline = f"{found.held} names pull secret {name} by now: replace the pods that were made before"
        return Draft(Risk.MEDIUM, found.writes, headline, (*unsure, *found.warnings))


async def attached(situation: Situation, name: str) -> Relisting | Unfit:
    """One more secret for the pods of the workload, and new pods where needed."""
    held = await pull_secrets.place(situation, name)
    if isinstance(held, Unfit):
        return held
    blocked = await _blocked(situation, held.names)
    if blocked is not None:
        return blocked
    names = held.names if name in held.names else (*held.names, name)
    return await relisted(situation, held, names, f"give pull secret {name} to pods by {held}")


def doubt(trial: Trial, registry: str) -> tuple[str, ...]:
    """What is not known of a credential, as a warning; nothing where the registry let it in."""
    if trial.answer is Answer.YES:
        return ()
    return (f"Whether {registry} lets the credential of {trial.secret.name} in is not known: {trial.why}.",)


async def _chosen(situation: Situation, image: ImageReference) -> Trial | Unfit:
    offered, hidden = await credentials.loose(situation)
    trial, refused = await credentials.best(situation, image, offered)
    if trial is not None:
        return trial
    namespace = situation.diagnosis.failure.pod.namespace
    if refused:
        names = ", ".join(each.secret.name for each in refused)
        return Unfit(f"{image.registry} refuses the credential of {names}, so it is not attached")
    mine = [each for each in (await credentials.named(situation)).values() if isinstance(each, PullSecret)]
    if matched := keyring.match(image, mine):
        return Unfit(f"the pod names {matched[0].secret.name} for {image.registry} already")
    if hidden is not None:
        hint = f" ({hidden.remedy})" if hidden.remedy else ""
        return Unfit(f"which pull secrets {namespace} has cannot be seen: {hidden.why}{hint}")
    return Unfit(f"{namespace} has no pull secret that the kubelet would use for {image.registry}")


async def _blocked(situation: Situation, names: Sequence[str]) -> Unfit | None:
    """Why one more secret does not help: a malformed one fails every pull of the pod."""
    namespace = situation.diagnosis.failure.pod.namespace
    for name in names:
        found = await situation.reader.secret(namespace, name)
        if isinstance(found, PullSecret) and found.flaw_fails_pull:
            return Unfit(f"pull secret {name} is malformed, and the kubelet pulls nothing while it is named")
    return None
