"""Whether an image would be pulled: asked as the kubelet asks, for each platform that it may be pulled for.

Proven is what a registry said to the very identity that the kubelet would use. What nobody could tell is no proof, and is told
with what would let it be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.diagnosis.checks import hearing
from bot.diagnosis.checks.claims import Case
from bot.diagnosis.checks.hearing import Voice
from bot.diagnosis.scene import Scene
from bot.facts import platforms as platform_rules
from bot.facts.change import Pledge
from bot.facts.image import ImageReference, Platform
from bot.facts.objects import PullSecret, Unread
from bot.facts.testimony import ANONYMOUS, Manifest
from bot.facts.text import shown
from bot.remediation.drafting import Situation


_REFUSED = (401, 403, 404)


@dataclass(frozen=True, slots=True)
class Proof:
    """An image that would be pulled.

    Attributes:
        digest: what its tag names now.
        platforms: for which it was proven.
    """

    image: ImageReference
    digest: str
    platforms: tuple[Platform, ...]

    @property
    def pledge(self) -> Pledge:
        """The same, as a plan holds it."""
        return Pledge(self.image.spelled, self.digest, ",".join(map(str, self.platforms)))


@dataclass(frozen=True, slots=True)
class Doubt:
    """An image that would not be pulled, or of which nobody knows.

    Attributes:
        why: in words, without a full stop.
        remedy: what would let it be proven; "" where nothing would.
        is_sure: it would not be pulled.
    """

    why: str
    remedy: str = ""
    is_sure: bool = False

    def __str__(self) -> str:
        return f"{self.why} (what would tell: {self.remedy})" if self.remedy else self.why


def case_of(situation: Situation) -> Case:
    """The failure, as the checks of a diagnosis take it."""
    every = [each.failure for each in (situation.diagnosis, *situation.beside)]
    scene = Scene(situation.reader, situation.registries, every, situation.now)
    diagnosis = situation.diagnosis
    return Case(
        diagnosis.failure, diagnosis.workload, scene, situation.prober, mirrors=situation.limits.mirrors
    )


async def proven(case: Case, image: ImageReference, platforms: Sequence[Platform]) -> Proof | Doubt:
    """Whether the failing pod's identities get an image that runs on each of these platforms."""
    blocked = await _blocked(case)
    if blocked is not None:
        return blocked
    voice = await _heard(case, image)
    if isinstance(voice, Doubt):
        return voice
    manifest = voice.testimony.manifest if voice.testimony else None
    if manifest is None or not manifest.digest or manifest.is_image is None:
        return Doubt(f"only the headers of {_named(image)} were told: reading it would count as a pull")
    if not manifest.is_image:
        return Doubt(f"{_named(image)} is no container image", is_sure=True)
    for platform in platforms:
        doubt = await _misfit(case, image, voice, manifest, platform)
        if doubt is not None:
            return doubt
    return Proof(image, manifest.digest, tuple(platforms))


async def _blocked(case: Case) -> Doubt | None:
    """What keeps the kubelet's credentials from being known, or from being used at all."""
    pod = case.failure.pod
    for name in pod.pull_secrets:
        secret = await case.scene.reader.secret(pod.namespace, name)
        if isinstance(secret, Unread):
            return Doubt(f"pull secret {shown(name)} of the pod cannot be read: {secret.why}", secret.remedy)
        if isinstance(secret, PullSecret) and secret.flaw_fails_pull:
            return Doubt(
                f"pull secret {shown(name)} is broken, and fails every pull of the pod", is_sure=True
            )
    return None


async def _heard(case: Case, image: ImageReference) -> Voice | Doubt:
    """The first identity that gets it, in the kubelet's order: nobody's only where no credential matches."""
    identities = await hearing.identities(case, image) or (ANONYMOUS,)
    voices: list[Voice] = []
    for who in identities:
        voices.append(Voice(who, await case.prober.manifest(image, who, whole=True)))
        if voices[-1].is_ok:
            return voices[-1]
    return await _turned_away(case, image, voices)


async def _turned_away(case: Case, image: ImageReference, voices: Sequence[Voice]) -> Doubt:
    more = await hearing.untried(case, image)
    for each in voices:
        told = each.testimony.told if each.testimony else None
        if told is None or told.fault or told.status not in _REFUSED:
            silent = hearing.why_silent(each.heard)
            return Doubt(
                f"whether {_named(image)} can be pulled was not told: {shown(silent.why)}", silent.remedy
            )
    if more is not None:
        return Doubt(f"whether {_named(image)} can be pulled was not told: {more.why}", more.remedy)
    statuses = {each.testimony.told.status for each in voices if each.testimony}
    if statuses == {404}:
        return Doubt(f"{_named(image)} is not there", is_sure=True)
    anonymous = voices[0].identity.is_anonymous
    if anonymous and case.scene.registries.uses_node_identity(image.registry):
        return Doubt(
            f"nodes bring credentials of their own for {image.registry}, and nobody else can ask as they do"
        )
    why = "no pull secret of the pod is for it" if anonymous else "the pod's pull secrets do not open it"
    return Doubt(f"{image.registry} does not give {_named(image)}: {why}", is_sure=True)


async def _misfit(
    case: Case, image: ImageReference, voice: Voice, manifest: Manifest, platform: Platform
) -> Doubt | None:
    """Why an image is not for a platform, or may not be; None where it is."""
    lacking = Doubt(f"{_named(image)} is not made for {platform}", is_sure=True)
    if manifest.is_index and platform_rules.offers(manifest.platforms, platform) is None:
        partial = f"whether {_named(image)} is made for {platform} is not told by its index"
        return Doubt(partial) if manifest.partial or not manifest.platforms else lacking
    # Also of an index: what it lists may be missing, or be another thing than it says.
    config = await case.prober.config(image, voice.identity, platform)
    if isinstance(config, Unread) or config.platform is None:
        silent = hearing.why_silent(config)
        return Doubt(
            f"whether {_named(image)} is made for {platform} was not told: {shown(silent.why)}", silent.remedy
        )
    return None if platform_rules.offers((config.platform,), platform) else lacking


def _named(image: ImageReference) -> str:
    return shown(image.spelled)
