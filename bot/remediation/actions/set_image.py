"""set-image: the image that was meant, where the one that is named cannot be pulled.

A tag nearly like it, the right registry, the new home of one that moved, the right spelling of what does not parse. Only from
repositories that ran here or that the settings list; proven pullable first; a guess that is too far off is words.
"""

from collections.abc import Sequence
from typing import Final

from bot.facts.change import Risk
from bot.facts.evidence import Answer
from bot.facts.text import shown
from bot.remediation import candidates, imaging, proving, running
from bot.remediation.candidates import Candidate
from bot.remediation.drafting import Draft, Situation, Unfit
from bot.remediation.imaging import Scene
from bot.remediation.proving import Doubt, Proof
from bot.remediation.running import Ran


# Of the near ones so many are asked for; each costs the registry a few questions.
_MOST_ASKED: Final = 3
_MOST_NAMED: Final = 3


class SetImage:
    """Puts the image that was meant where the failing one stands."""

    id = "set-image"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """The nearest candidate that may be used and is proven; in words what stands against each."""
        scene = await imaging.scene(situation)
        if isinstance(scene, Unfit):
            return scene
        if await _is_fine(scene):
            return Unfit(f"{shown(situation.diagnosis.failure.image)} can be pulled as it is by now")
        found = await candidates.guesses(scene.case)
        if not found.candidates:
            return Unfit(found.why or "no image is known that may be meant")
        return await _chosen(scene, found.candidates)


async def _is_fine(scene: Scene) -> bool:
    reference = scene.case.failure.reference
    # A registry that has moved may still answer us, and not the nodes.
    if reference is None or scene.situation.registries.retirement(reference) is not None:
        return False
    return isinstance(await proving.proven(scene.case, reference, scene.platforms), Proof)


async def _chosen(scene: Scene, found: Sequence[Candidate]) -> Draft | Unfit:
    ran = await running.ran(scene.case)
    against: list[str] = []
    asked = 0
    for each in found:
        why = each.far or _foreign(scene, each, ran)
        if not why and asked < _MOST_ASKED:
            asked += 1
            proof = await proving.proven(scene.case, each.image, scene.platforms)
            if isinstance(proof, Proof):
                return _draft(scene, each, proof, ran)
            why = _doubted(each, proof)
        if why:
            against.append(why)
    told = "; ".join(dict.fromkeys(against[:_MOST_NAMED]))
    return Unfit(f"no image is certain enough: {told}", commands=scene.command(found[0].image))


def _doubted(candidate: Candidate, doubt: Doubt) -> str:
    return f"{shown(candidate.image.spelled)} is not proven: {doubt}"


def _foreign(scene: Scene, candidate: Candidate, ran: Ran) -> str:
    """Why an image may not be taken from where it is; "" where it may."""
    listed = scene.situation.limits.repositories
    moved = bool(candidate.was) and candidate.was in ran.repositories
    if candidate.is_own or moved or ran.allows(candidate.image, listed):
        return ""
    name = shown(candidate.image.name)
    return f"nothing of {name} is known to have run here, and no rule lists it under repositories"


def _draft(scene: Scene, candidate: Candidate, proof: Proof, ran: Ran) -> Draft:
    reference = scene.case.failure.reference
    warnings = [f"It is {candidate.said}."]
    if candidate.also:
        others = ", ".join(map(shown, candidate.also[:_MOST_NAMED]))
        warnings.append(f"As near are: {others}.")
    if newer := ran.newer(candidate.image) or _itself(scene, candidate):
        warnings.append(f"It is older than what ran here: {shown(newer)}.")
    elsewhere = reference is not None and candidate.image.name != reference.name
    if elsewhere:
        warnings.append(f"It comes from another repository: {shown(candidate.image.name)}.")
    return scene.draft(proof, Risk.HIGH if elsewhere else Risk.MEDIUM, warnings)


def _itself(scene: Scene, candidate: Candidate) -> str:
    """The failing tag, where it ran once and is newer than the candidate."""
    said = scene.situation.diagnosis.verdict.answer("image-ran-before")
    reference = scene.case.failure.reference
    if reference is None or not reference.tag or said is None or said.answer is not Answer.YES:
        return ""
    return Ran(tags={reference.name: [reference.tag]}).newer(candidate.image)
