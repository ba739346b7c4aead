"""use-mirror: the same image from the mirror that the settings name for its registry."""

from bot.facts.change import Risk
from bot.facts.text import shown
from bot.remediation import candidates, imaging, proving
from bot.remediation.drafting import Draft, Situation, Unfit
from bot.remediation.proving import Doubt


class UseMirror:
    """Rewrites an image to the mirror of its registry."""

    id = "use-mirror"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """The same repository and tag behind the mirror, proven to be there."""
        reference = situation.diagnosis.failure.reference
        if reference is None:
            return Unfit("the reference does not parse")
        mirror = situation.limits.mirrors.get(reference.registry, "").rstrip("/")
        if not mirror:
            return Unfit(f"the settings name no mirror of {shown(reference.registry)}")
        scene = await imaging.scene(situation)
        if isinstance(scene, Unfit):
            return scene
        image = candidates.named(reference, f"{mirror}/{reference.repository}")
        if image is None:
            return Unfit(f"behind {shown(mirror)} the image has no name that parses")
        proof = await proving.proven(scene.case, image, scene.platforms)
        if isinstance(proof, Doubt):
            return Unfit(str(proof), commands=scene.command(image))
        warnings = [
            f"From now on it comes from {shown(mirror)}, also once {shown(reference.registry)} is well again."
        ]
        there = situation.diagnosis.verdict.answer("manifest-exists")
        if there is not None and there.details.get("digest", "") not in ("", proof.digest):
            warnings.append(f"{shown(mirror)} has other content under this name than the registry itself.")
        return scene.draft(proof, Risk.MEDIUM, warnings)
