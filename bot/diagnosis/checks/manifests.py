"""Whether the image is there: its repository, its tag or digest, a tag nearly like it, its layers.

A 404 alone proves little. Some registries give it for what is private, others refuse what is missing; so NO needs
an identity that could have seen it: one that may list the repository's tags, a credential that the registry knows,
or nobody in particular at a registry that asks nobody for credentials.
"""

import dataclasses
import re
from dataclasses import dataclass

from bot.diagnosis import nearness
from bot.diagnosis.checks import hearing, history
from bot.diagnosis.checks.claims import Case, answered, check, no, node_of, unknown, unread, yes
from bot.diagnosis.checks.hearing import NO_REFERENCE, Hearing, Voice
from bot.facts import platforms
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.image import DOCKER_HUB, ImageReference, Platform
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, SILENT, Identity, Testimony


_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# The symptoms of somebody who was turned away: for these the secrets that a pod could use are tried anyhow.
_REFUSALS = frozenset({"denied-or-missing", "unauthorized", "no-credentials", "forbidden"})
# How many of the nearest tags are looked at until one can be pulled.
_MOST_CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class Existence:
    """What is known of an image's being there.

    Attributes:
        voice: the identity that settled it.
        why: where something stays unknown, why.
    """

    repository: Answer
    manifest: Answer
    voice: Voice | None = None
    why: Unread | None = None


async def existence(case: Case, image: ImageReference) -> Existence:
    """Whether the repository and the tag or digest exist, by what every identity was told."""
    heard = await hearing.manifests(case, image)
    if heard.ok:
        return Existence(Answer.YES, Answer.YES, heard.ok)
    if heard.unheard:
        return Existence(Answer.UNKNOWN, Answer.UNKNOWN, why=heard.unheard)
    listed = await hearing.tags(case, image)
    if listed.ok:
        there = next((each for each in heard.not_found if each.identity == listed.ok.identity), None)
        return Existence(
            Answer.YES, Answer.NO if there else Answer.UNKNOWN, listed.ok, await _why(case, heard)
        )
    found = await _without_tags(case, image, heard, listed)
    is_open = found.repository is Answer.UNKNOWN and found.manifest is Answer.UNKNOWN
    # Elsewhere nobody has refused anything, and a Secret that need not be read is not.
    is_open = is_open and case.failure.symptom.id in _REFUSALS
    return await _by_others(case, image, found) if is_open else found


async def _by_others(case: Case, image: ImageReference, found: Existence) -> Existence:
    """What a credential that the pod does not use can tell: the repository exists. Not that the pod would get the image."""
    offers, _ = await hearing.unattached(case, image)
    for who in offers[: hearing.MOST_UNATTACHED]:
        voice = Voice(who, await case.prober.manifest(image, who))
        if voice.is_ok:
            return dataclasses.replace(found, repository=Answer.YES, voice=voice)
    return found


async def _without_tags(case: Case, image: ImageReference, heard: Hearing, listed: Hearing) -> Existence:
    """Nobody may list the tags: what a 404 means depends on who was told so, and where."""
    # At Docker Hub a token that opens nothing ends in 401: a 404 comes only where the repository can be read.
    read = next(
        (each for each in heard.not_found if image.registry == DOCKER_HUB and _scheme(each) == "Bearer"), None
    )
    if read:
        return Existence(Answer.YES, Answer.NO, read)
    for voice in (*listed.voices, *heard.voices):
        if voice.says_no_repository and await _could_see(case, image, voice):
            return Existence(Answer.NO, Answer.NO, voice)
    turned_away = next((each for each in heard.voices if each.is_refused or each.is_not_found), None)
    if turned_away and case.scene.registries.is_never_private(image):
        return Existence(Answer.NO, Answer.NO, turned_away)
    for voice in heard.not_found:
        if await _could_see(case, image, voice) and not _is_kept_out(listed, voice.identity):
            return Existence(Answer.UNKNOWN, Answer.NO, voice, await _why(case, heard))
    return Existence(Answer.UNKNOWN, Answer.UNKNOWN, why=await _why(case, heard))


def _is_kept_out(listed: Hearing, identity: Identity) -> bool:
    """Whether an identity is told that the list of tags is not there either: it may be kept from all of the repository."""
    return any(each.identity == identity for each in listed.not_found)


async def _could_see(case: Case, image: ImageReference, voice: Voice) -> bool:
    """Whether the identity would have seen the repository if it existed."""
    if case.scene.registries.hides(image.registry):
        return False
    if not voice.identity.is_anonymous:
        return bool(_scheme(voice))
    testimony = voice.testimony
    if testimony is None or testimony.told.challenged:
        return False
    base = await case.prober.base(image)
    return not isinstance(base, Unread) and base.told.is_ok


async def _why(case: Case, heard: Hearing) -> Unread:
    """Why it stays open, and what would help: a credential that was not tried, or one that the registry takes."""
    image = case.failure.registry
    for voice in heard.voices:
        if isinstance(voice.heard, Unread):
            return Unread("", voice.heard.why, voice.heard.remedy)
    blocked = await hearing.unreadable_secret(case)
    if blocked:
        return Unread("", f"{blocked.what}: {blocked.why}", blocked.remedy)
    for voice in heard.voices:
        if voice.testimony and voice.testimony.told.fault:
            told = hearing.why_silent(voice.testimony)
            return Unread("", f"{voice.testimony.told.host}: {told.why}", told.remedy)
    alike = case.scene.registries.refuses_missing(image) or case.scene.registries.hides(image)
    why = (
        "answers alike for what is private and what does not exist"
        if alike
        else "tells it to nobody that it was asked as"
    )
    return Unread("", f"{image} {why}", "a pull secret that opens it")


@check("repository-exists", Witness.REGISTRY, "registry", 2)
async def repository_exists(case: Case) -> Evidence:
    """The repository exists.

    YES when the image or the repository's list of tags is there for one of the identities. NO when an identity that
    would have seen it is told that there is none. UNKNOWN where the registry answers alike for private and missing.
    """
    reference = case.failure.reference
    if reference is None:
        return unread("repository-exists", NO_REFERENCE, Witness.REGISTRY)
    found = await existence(case, reference)
    return _existence("repository-exists", found.repository, found, reference)


@check("manifest-exists", Witness.REGISTRY, "registry", 2)
async def manifest_exists(case: Case) -> Evidence:
    """The tag or digest exists in the repository.

    YES when one of the pull's identities, or anybody, gets it. NO when an identity that may read the repository is
    told that it is not there, or when the repository itself does not exist.
    """
    reference = case.failure.reference
    if reference is None:
        return unread("manifest-exists", NO_REFERENCE, Witness.REGISTRY)
    found = await existence(case, reference)
    return _existence("manifest-exists", found.manifest, found, reference)


def _existence(check_id: str, answer: Answer, found: Existence, image: ImageReference) -> Evidence:
    if answer is Answer.UNKNOWN:
        return unread(check_id, found.why or Unread("", "not known"), Witness.REGISTRY)
    identity = found.voice.identity if found.voice else ANONYMOUS
    testimony = found.voice.testimony if found.voice else None
    manifest = testimony.manifest if testimony else None
    return answered(
        check_id,
        answer is Answer.YES,
        Witness.REGISTRY,
        repository=image.repository,
        registry=image.registry,
        what=image.digest or image.effective_tag or "",
        secret=identity.secret,
        digest=manifest.digest if manifest else "",
    )


@check("similar-tag-exists", Witness.REGISTRY, "registry", 3)
async def similar_tag_exists(case: Case) -> Evidence:
    """A tag of nearly the same name exists; of several the one that can be pulled for the node's platform.

    For a digest, its tag's present one counts. NO when the whole list of tags was read and none is near.
    """
    check_id = "similar-tag-exists"
    reference = case.failure.reference
    if reference is None:
        return unread(check_id, NO_REFERENCE, Witness.REGISTRY)
    if reference.digest:
        return await _present_digest(case, reference)
    listed = await hearing.tags(case, reference)
    voice = listed.ok
    testimony = voice.testimony if voice else None
    if voice is None or testimony is None:
        return unread(check_id, await _why_untagged(case, reference, listed), Witness.REGISTRY)
    wanted = reference.effective_tag or ""
    near = nearness.nearest_tags(wanted, testimony.tags, _MOST_CANDIDATES)
    newest = nearness.newest(testimony.tags)
    best, can = await _best(case, reference, near, voice.identity)
    if best:
        platform = await node_platform(case)
        return yes(
            check_id,
            Witness.REGISTRY,
            nearest=best,
            pullable="yes" if can is Answer.YES else "",
            platform=str(platform or ""),
            newest=newest,
        )
    if not testimony.complete:
        return unknown(check_id, "the list of tags is too long to be read to its end", Witness.REGISTRY)
    return no(check_id, Witness.REGISTRY, tags=str(len(testimony.tags)), newest=newest)


async def _why_untagged(case: Case, image: ImageReference, listed: Hearing) -> Unread:
    """Why there is no list of tags."""
    if listed.unheard:
        return listed.unheard
    if (await existence(case, image)).repository is Answer.NO:
        return Unread("", "there is no such repository")
    return await _why(case, listed)


async def _best(
    case: Case, image: ImageReference, near: tuple[str, ...], identity: Identity
) -> tuple[str, Answer]:
    """The nearest tag that can be pulled; else the nearest of which that is not known; "" when none can."""
    open_one = ""
    for tag in near:
        other = dataclasses.replace(image, tag=tag, digest=None, spelled=f"{image.name}:{tag}")
        can = await pullable(case, other, identity)
        if can is Answer.YES:
            return tag, can
        if can is Answer.UNKNOWN and not open_one:
            open_one = tag
    return open_one, Answer.UNKNOWN


async def _present_digest(case: Case, image: ImageReference) -> Evidence:
    if not image.tag:
        return unknown(
            "similar-tag-exists", "a digest alone does not tell which tag was meant", Witness.REGISTRY
        )
    tagged = dataclasses.replace(image, digest=None, spelled=f"{image.name}:{image.tag}")
    voice = (await hearing.manifests(case, tagged)).ok
    manifest = voice.testimony.manifest if voice and voice.testimony else None
    if manifest is None or not manifest.digest:
        return unknown("similar-tag-exists", f"tag {image.tag} was not told", Witness.REGISTRY)
    if manifest.digest == image.digest:
        return unknown("similar-tag-exists", f"tag {image.tag} is the digest", Witness.REGISTRY)
    return yes("similar-tag-exists", Witness.REGISTRY, nearest=manifest.digest, tag=image.tag)


async def pullable(case: Case, image: ImageReference, identity: Identity) -> Answer:
    """Whether an identity gets an image that the node of the failure can run."""
    heard = await case.prober.manifest(image, identity, whole=True)
    if isinstance(heard, Unread) or heard.told.fault:
        return Answer.UNKNOWN
    manifest, platform = heard.manifest, await node_platform(case)
    if not heard.told.is_ok or manifest is None:
        return Answer.NO if heard.told.status == 404 else Answer.UNKNOWN
    if manifest.is_image is None or platform is None:
        return Answer.UNKNOWN
    offered = manifest.platforms
    if manifest.is_image and not manifest.is_index:
        config = await case.prober.config(image, identity, platform)
        if isinstance(config, Unread) or config.platform is None:
            return Answer.UNKNOWN
        offered = (config.platform,)
    fits = manifest.is_image and platforms.offers(offered, platform)
    return Answer.YES if fits else Answer.NO


async def node_platform(case: Case) -> Platform | None:
    """What the failing pod's node runs; None when that is not known."""
    node = await node_of(case)
    return None if isinstance(node, Unread) else node.platform


@check("tag-appeared-late-before", Witness.HISTORY, "0", 0)
async def tag_appeared_late_before(case: Case) -> Evidence:
    """Earlier tags of this repository appeared only after they were first asked for. A registry does not tell when a tag was pushed; only a bot that has watched knows. Never NO."""
    check_id, memory, reference = "tag-appeared-late-before", case.recollection, case.failure.reference
    if memory is None or reference is None:
        return unknown(check_id, "a registry does not tell when a tag was pushed", Witness.HISTORY)
    waited = {
        each.tag: each.seen - each.asked for each in await memory.late_tags(reference.name) if each.seen
    }
    waited.pop(reference.tag or "", None)
    if not waited:
        return unknown(check_id, "none was late while somebody watched", Witness.HISTORY)
    last, span = list(waited.items())[-1]
    return yes(check_id, Witness.HISTORY, tag=last, minutes=str(max(1, round(span.total_seconds() / 60))))


@check("tag-follows-newest", Witness.REGISTRY, "registry", 2)
async def tag_follows_newest(case: Case) -> Evidence:
    """The rollout is younger than 30 minutes, and its tag directly follows the newest one that the registry lists: it is probably on its way. Never NO."""
    check_id = "tag-follows-newest"
    reference = case.failure.reference
    began = await history.rollout_began(case)
    if isinstance(began, Unread):
        return unread(check_id, began, Witness.REGISTRY)
    if reference is None or reference.digest or began is None or case.scene.now - began > history.YOUNG:
        return unknown(check_id, "no rollout is under way", Witness.REGISTRY)
    listed = (await hearing.tags(case, reference)).ok
    newest = nearness.newest(listed.testimony.tags) if listed and listed.testimony else ""
    if newest and nearness.follows(reference.effective_tag or "", newest):
        return yes(check_id, Witness.REGISTRY, tag=reference.effective_tag or "", newest=newest)
    return unknown(check_id, "it does not follow the newest tag", Witness.REGISTRY)


@check("near-repository-has-tag", Witness.REGISTRY, "registry", 2)
async def near_repository_has_tag(case: Case) -> Evidence:
    """The repository that is most likely meant has this tag: one of nearly the same name, or of the same name in another registry, that is in use here."""
    check_id = "near-repository-has-tag"
    reference = case.failure.reference
    if reference is None:
        return unread(check_id, NO_REFERENCE, Witness.REGISTRY)
    meant = await history.meant_repositories(case)
    if not meant:
        return unknown(check_id, "no similar repository is in use here", Witness.REGISTRY)
    heard: Hearing | None = None
    for registry, repository in meant[:_MOST_CANDIDATES]:
        other = dataclasses.replace(reference, registry=registry, repository=repository, digest=None)
        other = dataclasses.replace(other, spelled=f"{other.name}:{reference.effective_tag or 'latest'}")
        heard = await hearing.manifests(case, other)
        if heard.ok:
            can = await pullable(case, other, heard.ok.identity)
            return yes(
                check_id,
                Witness.REGISTRY,
                image=other.spelled,
                pullable="yes" if can is Answer.YES else "",
            )
    return unread(
        check_id,
        (heard and heard.unheard) or Unread("", "the similar repository does not show it"),
        Witness.REGISTRY,
    )


@check("layers-present", Witness.REGISTRY, "registry", 2)
async def layers_present(case: Case) -> Evidence:
    """The registry has the layers that the message names. At most five are asked for, and none is fetched."""
    check_id = "layers-present"
    reference = case.failure.reference
    if reference is None:
        return unread(check_id, NO_REFERENCE, Witness.REGISTRY)
    named = tuple(dict.fromkeys(_DIGEST.findall(case.failure.message)))
    digests = tuple(each for each in named if each != reference.digest)
    if not digests:
        return unknown(check_id, "the message names no layer", Witness.REGISTRY)
    heard = await hearing.hear(case, reference, lambda who: case.prober.layers(reference, who, digests))
    told = _telling(heard)
    if told is None:
        return unread(check_id, heard.unheard or await _why(case, heard), Witness.REGISTRY)
    if told.missing:
        return no(check_id, Witness.REGISTRY, layer=told.missing[0], registry=reference.registry)
    if told.told.is_ok:
        return yes(check_id, Witness.REGISTRY, registry=reference.registry)
    return unread(check_id, await _why(case, heard), Witness.REGISTRY)


@check("download-host-answers", Witness.REGISTRY, "registry", 3)
async def download_host_answers(case: Case) -> Evidence:
    """The host that the registry sends its layers to, where it sends them elsewhere, answers us. UNKNOWN where the registry serves them itself."""
    check_id = "download-host-answers"
    reference = case.failure.reference
    if reference is None:
        return unread(check_id, NO_REFERENCE, Witness.REGISTRY)
    voice = (await hearing.manifests(case, reference, whole=True)).ok
    manifest = voice.testimony.manifest if voice and voice.testimony else None
    if voice is None or manifest is None or not manifest.layers:
        return unknown(check_id, "no layer of the image is known", Witness.REGISTRY)
    heard = await case.prober.layers(reference, voice.identity, manifest.layers[:1])
    if isinstance(heard, Unread) or heard.told.fault in SILENT:
        return unread(check_id, hearing.why_silent(heard), Witness.REGISTRY)
    told = heard.told
    if not told.redirected:
        return unknown(check_id, "the registry serves its layers itself", Witness.REGISTRY)
    fault = str(told.fault or (f"HTTP {told.status}" if told.status >= 500 else ""))
    return answered(check_id, not fault, Witness.REGISTRY, host=told.host, fault=fault)


def _telling(heard: Hearing) -> Testimony | None:
    """What the identity heard that got the furthest."""
    if heard.ok:
        return heard.ok.testimony
    lacking = [each.testimony for each in heard.voices if each.testimony and each.testimony.missing]
    return lacking[0] if lacking else None


def _scheme(voice: Voice) -> str:
    return voice.testimony.told.scheme if voice.testimony else ""
