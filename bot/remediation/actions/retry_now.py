"""retry-now: a new pod pulls at once, where the old one waits up to five minutes; pointless while nothing has changed.

The kubelet keeps its back-off by pod and image, so a new pod begins without one:
https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.diagnosis.checks import hearing
from bot.diagnosis.checks.hearing import Hearing
from bot.facts.evidence import Answer
from bot.facts.failure import PullFailure
from bot.facts.objects import Unread
from bot.facts.testimony import Fault, Told
from bot.remediation import pods
from bot.remediation.actions.recreate_pod import RecreatePod
from bot.remediation.credentials import case_of
from bot.remediation.drafting import Draft, Situation, Unfit


# Checks that tell, where they say yes, that nodes get what we may not get from where we are.
_NODES_SUCCEED: Final = ("recovered", "registry-recovered-since", "registry-reached-elsewhere")
_LIMITED: Final = 429
_LIMIT_CHECK: Final = "rate-limit-exhausted"


@dataclass(frozen=True, slots=True)
class _Outlook:
    """Whether another try may succeed now: why not, or what is not sure about it."""

    hopeless: str = ""
    unsure: str = ""


class RetryNow:
    """Replaces failing pods, given that the registry answers again."""

    id = "retry-now"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """The deletes, or until when to wait."""
        failure = situation.diagnosis.failure
        why = pods.unrenewable(failure)
        if why is not None:
            return Unfit(f"{why.why}; {_by_itself(failure, situation.now)}", commands=why.commands)
        outlook = await _outlook(situation)
        if outlook.hopeless:
            return Unfit(f"{outlook.hopeless}; {_by_itself(failure, situation.now)}")
        draft = await RecreatePod().draft(situation)
        if isinstance(draft, Unfit):
            return draft
        unsure = (outlook.unsure,) if outlook.unsure else ()
        headline = draft.headline.replace("Replace", "Pull again now: replace")
        return Draft(draft.risk, draft.writes, headline, (*unsure, *draft.warnings))


def _by_itself(failure: PullFailure, now: datetime) -> str:
    again = failure.next_try(now)
    if again is None:
        return "the kubelet tries again by itself, at most five minutes after its last try"
    return f"the kubelet tries again by itself at {again:%H:%M:%SZ}"


async def _outlook(situation: Situation) -> _Outlook:
    """What the registry says now to those whom the kubelet would pull as."""
    image = situation.diagnosis.failure.reference
    if image is None:
        return _Outlook(hopeless="the image's name cannot be read, and no try will change that")
    heard = await hearing.manifests(case_of(situation), image)
    if heard.ok:
        return _limited_for_nodes(situation)
    limited = next((each for each in _answers(heard) if _is_limited(each)), None)
    if limited or _limit(situation):
        return _Outlook(hopeless=_until(situation, limited))
    if heard.not_found and len(heard.not_found) == len(heard.voices):
        return _Outlook(hopeless=f"{image.registry} has no {image.spelled} now")
    silent = heard.unheard
    if silent is not None:
        would = f" ({silent.remedy})" if silent.remedy else ""
        return _Outlook(unsure=f"Whether {image.registry} answers now was not asked: {silent.why}{would}.")
    return _of_trouble(situation, heard)


def _of_trouble(situation: Situation, heard: Hearing) -> _Outlook:
    """What a refusal or a fault that we met says of the nodes."""
    registry = situation.diagnosis.failure.registry
    told = _answers(heard)
    if any(each.status in (401, 403) for each in told):
        return _Outlook(unsure=f"{registry} does not let us in; nodes may have credentials of their own.")
    trouble = next(
        (each.fault.replace("-", " ") if each.fault else f"HTTP {each.status}" for each in told), ""
    )
    if any(_says_yes(situation, check) for check in _NODES_SUCCEED):
        return _Outlook(
            unsure=f"From here {registry} does not answer well ({trouble}), but nodes reached it."
        )
    return _Outlook(hopeless=f"{registry} does not answer well yet: {trouble}")


def _limited_for_nodes(situation: Situation) -> _Outlook:
    if situation.diagnosis.failure.symptom.id != "rate-limited":
        return _Outlook()
    if _limit(situation):
        return _Outlook(hopeless=_until(situation, None))
    return _Outlook(unsure="The registry lets us in; whether the nodes' own limit is over is not known.")


def _limit(situation: Situation) -> bool:
    return _says_yes(situation, _LIMIT_CHECK)


def _until(situation: Situation, told: Told | None) -> str:
    found = situation.diagnosis.verdict.answer(_LIMIT_CHECK)
    until = found.details.get("until", "") if found else ""
    if told is not None and told.retry_at is not None:
        until = f"{told.retry_at:%H:%M:%SZ}"
    registry = situation.diagnosis.failure.registry
    lasts = f"lasts until {until}" if until else "lasts, and nobody says until when"
    return f"the pull limit of {registry} {lasts}, and each try counts against it"


def _is_limited(told: Told) -> bool:
    return told.status == _LIMITED or told.fault is Fault.LEFT_ALONE


def _answers(heard: Hearing) -> list[Told]:
    return [each.heard.told for each in heard.voices if not isinstance(each.heard, Unread)]


def _says_yes(situation: Situation, check: str) -> bool:
    found = situation.diagnosis.verdict.answer(check)
    return found is not None and found.answer is Answer.YES
