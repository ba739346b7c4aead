"""detach-pull-secret: a pull secret whose credential is refused, taken off where the image opens without it; then new pods.

The kubelet never asks anonymously where a credential matches, so a stale one closes even what is open to everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.diagnosis import keyring
from bot.facts import image as images
from bot.facts.change import Risk
from bot.facts.evidence import Answer
from bot.facts.image import ImageReference
from bot.facts.objects import PullSecret, Unread
from bot.remediation import credentials, pods, pull_secrets
from bot.remediation.drafting import Draft, Situation, Unfit
from bot.remediation.relisting import relisted


# Answers by which the credential is known to be refused where the registry may not be asked now.
_REFUSED = (
    ("credential-accepted", Answer.NO),
    ("credential-expired", Answer.YES),
    ("credentials-were-refused", Answer.YES),
)


@dataclass(slots=True)
class _Sorted:
    """The pod's pull secrets by what they do to this pull."""

    culprits: list[PullSecret] = field(default_factory=list)
    kept: list[PullSecret] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class DetachPullSecret:
    """Takes a pull secret off the ServiceAccount or the template."""

    id = "detach-pull-secret"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """Those that get in the way, given that the image opens without them."""
        failure = situation.diagnosis.failure
        why = pods.unrenewable(failure)
        if why is not None:
            return why
        if failure.reference is None:
            return Unfit("the image's name cannot be read, and no pull secret will change that")
        found = await _sorted(situation, failure.reference)
        if isinstance(found, Unfit):
            return found
        unwise = await _unwise(situation, failure.reference, found)
        if unwise is not None:
            return unwise
        return await _detached(situation, found)


async def _detached(situation: Situation, found: _Sorted) -> Draft | Unfit:
    held = await pull_secrets.holder(situation)
    if isinstance(held, Unfit):
        return held
    gone = [each.name for each in found.culprits]
    named = ", ".join(gone)
    names = [each for each in held.names if each not in gone]
    change = await relisted(situation, held, names, f"take pull secret {named} from pods by {held}")
    if isinstance(change, Unfit):
        return change
    headline = f"Take pull secret {named} off {held}"
    if len(names) == len(held.names):
        headline = f"{held} names {named} no more: replace the pods that were made before"
    risk = Risk.HIGH if held.others != 0 else Risk.MEDIUM
    return Draft(risk, change.writes, headline, (*found.warnings, *change.warnings))


async def _sorted(situation: Situation, image: ImageReference) -> _Sorted | Unfit:
    """Which of the pod's secrets get in the way."""
    found = _Sorted()
    for name, secret in (await credentials.named(situation)).items():
        if isinstance(secret, Unread):
            return Unfit(f"pull secret {name} cannot be read: {secret.why}")
        if secret is None:
            continue
        refused = await _refused(situation, image, secret, found)
        if refused is None:
            return Unfit(f"whether {image.registry} lets the credential of {name} in is not known")
        (found.culprits if refused else found.kept).append(secret)
    if not found.culprits:
        return Unfit(f"no pull secret of the pod is known to be refused by {image.registry}")
    return found


async def _refused(
    situation: Situation, image: ImageReference, secret: PullSecret, found: _Sorted
) -> bool | None:
    """Whether a secret gets in the way of the pull; None where nobody knows."""
    if secret.flaw_fails_pull:
        return True
    if not keyring.match(image, (secret,)):
        return False
    trial = (await credentials.best(situation, image, (secret,)))[0]
    if trial is None or trial.answer is Answer.YES:
        return trial is None
    verdict = situation.diagnosis.verdict
    if any((told := verdict.answer(check)) and told.answer is answer for check, answer in _REFUSED):
        found.warnings.append(
            f"That {image.registry} refuses {secret.name} is known from the failed pull alone: {trial.why}."
        )
        return True
    return None


async def _unwise(situation: Situation, image: ImageReference, found: _Sorted) -> Unfit | None:
    """Why it would not help, or break something else."""
    names = ", ".join(each.name for each in found.culprits)
    if not keyring.match(image, found.kept):
        opened = await credentials.open_to_all(situation, image)
        if opened is Answer.NO:
            return Unfit(
                f"{image.registry} does not give {image.repository} to the anonymous: it needs a right credential"
            )
        if opened is Answer.UNKNOWN:
            found.warnings.append(f"Whether {image.registry} gives the image to the anonymous is not known.")
    needing = _needing(situation, found.culprits, found.kept)
    if needing:
        return Unfit(f"container {needing[0]} of the same pod needs {names} for its image")
    return None


def _needing(situation: Situation, culprits: Sequence[PullSecret], kept: Sequence[PullSecret]) -> list[str]:
    """Other containers of the pod whose image only these secrets are for."""
    failure = situation.diagnosis.failure
    found = []
    for each in failure.pod.containers:
        image = images.parsed(each.image)
        if image is None or image.registry == failure.registry:
            continue
        if keyring.match(image, culprits) and not keyring.match(image, kept):
            found.append(each.name)
    return found
