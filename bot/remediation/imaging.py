"""Another image where the failing one stands: a template, an image that is proven in, the draft of the change out."""

from collections.abc import Sequence

from bot.diagnosis.checks.claims import Case
from bot.facts.change import Risk
from bot.facts.document import CommandLine
from bot.facts.image import ImageReference, Platform
from bot.facts.objects import Unread
from bot.facts.text import shown
from bot.remediation import placing, proving, templates
from bot.remediation.drafting import Draft, Situation, Unfit
from bot.remediation.patching import Path
from bot.remediation.proving import Proof
from bot.remediation.templates import Following, Subject


class Scene:
    """Everything about a failing image that its replacement needs to know.

    Attributes:
        held: what is to be edited.
        places: where the failing image stands in it.
        after: what follows the change.
        case: the failure, as checks take it.
        platforms: that an image must be made for.
    """

    def __init__(
        self, situation: Situation, held: Subject, after: Following, platforms: tuple[Platform, ...]
    ) -> None:
        self.situation, self.held, self.after, self.platforms = situation, held, after, platforms
        self.places = held.places(situation.diagnosis.failure.image)
        self.case: Case = proving.case_of(situation)

    def draft(self, proof: Proof, risk: Risk, warnings: Sequence[str]) -> Draft:
        """The change to a proven image."""
        image, held = proof.image.spelled, self.held
        where = ", ".join(templates.spoken(each) for each in self.places)
        changes: list[tuple[Path, object]] = [(each, image) for each in self.places]
        write = held.write(
            changes, held.depends(self.places), f"set {where} of {held.live.key} to {shown(image)}"
        )
        return Draft(
            risk,
            (write, *self.after.writes),
            f"Set the image of {where} in {held.live.key} to {shown(image)}",
            (*warnings, *self.after.warnings, *self._others()),
            proof.pledge,
            commands=self.command(proof.image),
        )

    def command(self, image: ImageReference) -> tuple[CommandLine, ...]:
        """How a person makes the same change; nothing for what kubectl has no word for."""
        key = self.held.live.key
        names = [each[-2].removeprefix("name=") for each in self.places if "volumes" not in each]
        if not names or len(names) < len(self.places):
            return ()
        target = f"{key.kind.lower()}/{key.name}"
        pairs = tuple(f"{name}={image.spelled}" for name in names)
        argv = ("kubectl", "-n", key.namespace, "set", "image", target, *pairs)
        return (CommandLine("set the image yourself, once you know that it is right", argv),)

    def _others(self) -> tuple[str, ...]:
        """What else of the workload fails and is not mended with it."""
        first = self.situation.diagnosis
        images = sorted(
            {
                shown(each.failure.image)
                for each in self.situation.beside
                if each.workload == first.workload and each.failure.image != first.failure.image
            }
        )
        return (f"It has other images that cannot be pulled: {', '.join(images)}.",) if images else ()


async def scene(situation: Situation) -> Scene | Unfit:
    """What is to be edited, where, and for which platforms."""
    held = await templates.subject(situation)
    if isinstance(held, Unfit):
        return held
    after = await templates.following(situation, held)
    if isinstance(after, Unfit):
        return after
    image = situation.diagnosis.failure.image
    if not held.places(image):
        return Unfit(f"{held.live.key} does not name {shown(image)} any more: somebody changed it since")
    platforms = await placing.platforms(situation.reader, held)
    if isinstance(platforms, Unread):
        hint = f" (what would tell: {platforms.remedy})" if platforms.remedy else ""
        return Unfit(
            f"for which platform an image must be made is not known: {platforms.what}: {platforms.why}{hint}"
        )
    return Scene(situation, held, after, platforms)
