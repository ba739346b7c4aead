"""What kind of thing the tag is, and for which platforms: the manifest's and the config's own words.

A runtime takes from an index the entry that fits its node. A single manifest is taken as it is, for whatever
platform it was built: that stands in its config alone, and is why such an image is pulled well and cannot run.
"""

from collections.abc import Sequence

from bot.diagnosis.checks import hearing
from bot.diagnosis.checks.claims import Case, answered, check, unknown, unread
from bot.diagnosis.checks.hearing import NO_REFERENCE, Voice
from bot.diagnosis.checks.manifests import node_platform
from bot.facts import platforms
from bot.facts.evidence import Evidence, Witness
from bot.facts.image import Platform
from bot.facts.objects import Unread
from bot.facts.testimony import Manifest


# An index for everything under the sun is told by its first few platforms.
_SHOWN = 8


@check("platform-offered", Witness.REGISTRY, "registry", 2)
async def platform_offered(case: Case) -> Evidence:
    """The image index offers the node's operating system and architecture, as containerd matches them.

    UNKNOWN for a single manifest, which offers nothing to choose from.
    """
    check_id = "platform-offered"
    found = await _manifest(case)
    if isinstance(found, Unread):
        return unread(check_id, found, Witness.REGISTRY)
    _, manifest = found
    if not manifest.is_index:
        return unknown(check_id, "the image is a single manifest, not an index", Witness.REGISTRY)
    if not manifest.platforms:
        return unknown(check_id, "the index does not say for which platforms it is", Witness.REGISTRY)
    platform = await node_platform(case)
    if platform is None:
        return unknown(check_id, "the node's platform is not known", Witness.REGISTRY)
    fits = platforms.offers(manifest.platforms, platform) is not None
    if not fits and manifest.partial:
        return unknown(check_id, "the index also has entries that name no platform", Witness.REGISTRY)
    return answered(
        check_id, fits, Witness.REGISTRY, platform=str(platform), offered=_named(manifest.platforms)
    )


@check("config-platform-matches", Witness.REGISTRY, "registry", 3)
async def config_platform_matches(case: Case) -> Evidence:
    """The image's own config names the node's operating system and architecture; of an index, the config of the entry that the node takes."""
    check_id = "config-platform-matches"
    found = await _manifest(case)
    if isinstance(found, Unread):
        return unread(check_id, found, Witness.REGISTRY)
    voice, _ = found
    platform = await node_platform(case)
    reference = case.failure.reference
    if platform is None or reference is None:
        return unknown(check_id, "the node's platform is not known", Witness.REGISTRY)
    heard = await case.prober.config(reference, voice.identity, platform)
    if isinstance(heard, Unread):
        return unread(check_id, heard, Witness.REGISTRY)
    if heard.platform is None:
        return unread(check_id, hearing.why_silent(heard), Witness.REGISTRY)
    fits = platforms.offers((heard.platform,), platform) is not None
    return answered(
        check_id, fits, Witness.REGISTRY, platform=str(platform), image_platform=str(heard.platform)
    )


@check("media-type-is-image", Witness.REGISTRY, "registry", 2)
async def media_type_is_image(case: Case) -> Evidence:
    """The manifest describes a container image, not a chart, a signature or another artifact, and in a format that runtimes read."""
    check_id = "media-type-is-image"
    found = await _manifest(case)
    if isinstance(found, Unread):
        return unread(check_id, found, Witness.REGISTRY)
    _, manifest = found
    if manifest.is_image is None:
        return unknown(check_id, "only the manifest's headers were asked for", Witness.REGISTRY)
    kind = manifest.kind or manifest.media_type
    return answered(check_id, manifest.is_image, Witness.REGISTRY, media_type=kind)


async def _manifest(case: Case) -> tuple[Voice, Manifest] | Unread:
    """The whole manifest, by the first identity that gets it."""
    reference = case.failure.reference
    if reference is None:
        return NO_REFERENCE
    heard = await hearing.manifests(case, reference, whole=True)
    voice = heard.ok
    if voice is None or voice.testimony is None or voice.testimony.manifest is None:
        return heard.unheard or Unread("", "the registry does not show the manifest")
    if voice.testimony.manifest.is_image is None:
        return Unread("", "only its headers were asked for: reading it would count as a pull")
    return voice, voice.testimony.manifest


def _named(offered: Sequence[Platform]) -> str:
    names = list(dict.fromkeys(str(each) for each in offered))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
