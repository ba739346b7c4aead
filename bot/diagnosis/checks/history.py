"""What ran before, what runs beside it, and what the workload's earlier revisions name.

Absence proves nothing here: a node forgets images, events live an hour, ReplicaSets are pruned. So these
answer YES or UNKNOWN, and NO only where the object that would tell was read.
"""

import re
from datetime import datetime, timedelta

from bot.diagnosis import inventory, nearness
from bot.diagnosis.checks.claims import Case, answered, check, no, unknown, unread, yes
from bot.diagnosis.scene import quoted
from bot.facts import image as images
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.image import ImageReference
from bot.facts.objects import Owner, PodEvent, Unread


# "or the rollout is younger than 30 minutes": a pipeline that pushes after it deploys is done by then.
YOUNG = timedelta(minutes=30)
# Words that say nothing about a release: many unrelated images carry them.
_COMMON_TAGS = frozenset({"latest", "stable", "main", "master", "edge", "dev", "nightly", "release", "prod"})
_LEAST_RELEASE_TAG = 5


@check("image-ran-before", Witness.HISTORY, "0", 2)
async def image_ran_before(case: Case) -> Evidence:
    """Exactly this image ran or was pulled here before: by this pod, another one, or a node that still holds it.

    Never NO: having forgotten is not the same as never.
    """
    reference = case.failure.reference
    if reference is None:
        return unknown("image-ran-before", "the reference does not parse", Witness.HISTORY)
    if case.failure.symptom.id == "exec-format-error":
        return unknown("image-ran-before", "it was pulled and cannot run", Witness.HISTORY)
    mine, image = case.failure.pod, case.failure.image
    own = _own_history(case, await case.scene.events_of(mine))
    if own:
        return yes("image-ran-before", Witness.HISTORY, where=own, image=image)
    known = await case.scene.inventory()
    for pod in known.ran.get((mine.namespace, reference.canonical), ()):
        if pod.key != mine.key:
            return yes("image-ran-before", Witness.HISTORY, where="pod", pod=pod.name, image=image)
    for node in known.held.get(reference.canonical, ()):
        return yes("image-ran-before", Witness.HISTORY, where="node", node=node, image=image)
    return unknown("image-ran-before", "nothing that is left tells of it", Witness.HISTORY)


@check("repository-seen-here", Witness.HISTORY, "0", 2)
async def repository_seen_here(case: Case) -> Evidence:
    """Another tag of the same repository runs here, in a pod or an earlier revision, or is held by a node: so the repository exists.

    Never NO. A revision that nothing runs of proves nothing: it may have failed for the same reason.
    """
    reference = case.failure.reference
    if reference is None:
        return unknown("repository-seen-here", "the reference does not parse", Witness.HISTORY)
    known = (await case.scene.inventory()).named.get(reference.name, ())
    for seen in (*known, *await _revisions_images(case)):
        if seen.name == reference.name and seen.canonical != reference.canonical:
            return yes(
                "repository-seen-here", Witness.HISTORY, repository=reference.repository, seen=_short(seen)
            )
    return unknown("repository-seen-here", "no other tag of it is in use here", Witness.HISTORY)


@check("similar-repository-seen", Witness.HISTORY, "0", 2)
async def similar_repository_seen(case: Case) -> Evidence:
    """A repository of nearly the same name in the same registry is in use here, and this one is not."""
    reference = case.failure.reference
    if reference is None:
        return unknown("similar-repository-seen", "the reference does not parse", Witness.HISTORY)
    known = await case.scene.inventory()
    before = [each for each in await _revisions_images(case) if each.registry == reference.registry]
    if reference.name in known.named or any(each.name == reference.name for each in before):
        return no("similar-repository-seen", Witness.HISTORY, repository=reference.repository)
    near = known.nearest(reference) or nearness.nearest_name(
        reference.repository, sorted({each.repository for each in before})
    )
    if near:
        return yes("similar-repository-seen", Witness.HISTORY, repository=reference.repository, near=near)
    return unknown("similar-repository-seen", "no similar name is in use here", Witness.HISTORY)


@check("same-name-elsewhere", Witness.HISTORY, "0", 2)
async def same_name_elsewhere(case: Case) -> Evidence:
    """An image of the same name from another registry is in use here: perhaps that one is meant."""
    reference = case.failure.reference
    if reference is None:
        return unknown("same-name-elsewhere", "the reference does not parse", Witness.HISTORY)
    mine = reference.repository.removeprefix("library/")
    alike = (await case.scene.inventory()).same_last_part(mine)
    for seen in (*alike, *await _revisions_images(case)):
        theirs = seen.repository.removeprefix("library/")
        if seen.registry != reference.registry and (theirs == mine or theirs.endswith("/" + mine)):
            return yes(
                "same-name-elsewhere", Witness.HISTORY, name=mine, seen=_short(seen), host=seen.registry
            )
    return unknown(
        "same-name-elsewhere", "no other registry's image of this name is in use here", Witness.HISTORY
    )


async def meant_repositories(case: Case) -> tuple[tuple[str, str], ...]:
    """The repositories that a wrong one most likely means, as registry and path: near in name, or of the same name elsewhere; in use here."""
    reference = case.failure.reference
    if reference is None:
        return ()
    near = await similar_repository_seen(case)
    same = await same_name_elsewhere(case)
    found = [(reference.registry, near.details["near"])] if near.answer is Answer.YES else []
    seen = images.parsed(same.details["seen"]) if same.answer is Answer.YES else None
    return (*found, (seen.registry, seen.repository)) if seen else tuple(found)


@check("previous-revision-differs", Witness.CLUSTER, "1", 2)
async def previous_revision_differs(case: Case) -> Evidence:
    """The workload's revision before this one names another image, so there is something to go back to.

    NO when this is the first; UNKNOWN when revisions may not be read.
    """
    before = await _previous_image(case, "previous-revision-differs")
    if isinstance(before, Evidence):
        return before
    return answered("previous-revision-differs", before != case.failure.image, image=before)


@check("previous-repository-differs", Witness.CLUSTER, "1", 2)
async def previous_repository_differs(case: Case) -> Evidence:
    """The revision before this one names another repository or registry."""
    before = await _previous_image(case, "previous-repository-differs")
    if isinstance(before, Evidence):
        return before
    old = images.parsed(before)
    if old is None or case.failure.reference is None:
        return unknown("previous-repository-differs", "a reference does not parse")
    return answered("previous-repository-differs", old.name != case.failure.reference.name, image=before)


@check("same-release-has-tag", Witness.HISTORY, "0", 2)
async def same_release_has_tag(case: Case) -> Evidence:
    """Other images beside it in the registry run with this very tag, which is long enough to name one release.

    So the release exists, and this image of it is late. Never NO.
    """
    reference = case.failure.reference
    tag = reference.effective_tag if reference else None
    if reference is None or tag is None or tag in _COMMON_TAGS or len(tag) < _LEAST_RELEASE_TAG:
        return unknown("same-release-has-tag", "the tag does not name a release", Witness.HISTORY)
    namespace = case.failure.pod.namespace
    pods = await case.scene.reader.neighbours(namespace)
    if isinstance(pods, Unread):
        return unread("same-release-has-tag", pods, Witness.HISTORY)
    for other in (await case.scene.inventory()).tagged.get((namespace, tag), ()):
        if _is_beside(other, reference):
            return yes("same-release-has-tag", Witness.HISTORY, tag=tag, image=other.spelled)
    return unknown("same-release-has-tag", "no other running image carries this tag", Witness.HISTORY)


@check("awaiting-publication", Witness.HISTORY, "1", 3)
async def awaiting_publication(case: Case) -> Evidence:
    """There is a positive sign that the tag is on its way.

    YES when other images of the release carry it, or when the rollout is younger than 30 minutes and the tag
    directly follows the newest one known. Never NO.
    """
    release = await same_release_has_tag(case)
    if release.answer is Answer.YES:
        return yes("awaiting-publication", Witness.HISTORY, sign="release", **release.details)
    reference = case.failure.reference
    started = await rollout_began(case)
    if isinstance(started, Unread):
        return unread("awaiting-publication", started, Witness.HISTORY)
    if (
        reference is None
        or not reference.effective_tag
        or started is None
        or case.scene.now - started > YOUNG
    ):
        return unknown("awaiting-publication", "no sign of a release under way", Witness.HISTORY)
    known = (*(await case.scene.inventory()).named.get(reference.name, ()), *await _revisions_images(case))
    newest = nearness.newest(each.tag for each in known if each.name == reference.name and each.tag)
    if newest and nearness.follows(reference.effective_tag, newest):
        return yes(
            "awaiting-publication",
            Witness.HISTORY,
            sign="successor",
            tag=reference.effective_tag,
            newest=newest,
        )
    return unknown("awaiting-publication", "no sign of a release under way", Witness.HISTORY)


@check("other-nodes-hold-image", Witness.HISTORY, "1", 1)
async def other_nodes_hold_image(case: Case) -> Evidence:
    """Another node holds this very image in its store. Nodes list at most fifty images, so never NO."""
    reference = case.failure.reference
    nodes = await case.scene.reader.nodes()
    if isinstance(nodes, Unread):
        return unread("other-nodes-hold-image", nodes, Witness.HISTORY)
    held = (await case.scene.inventory()).held.get(reference.canonical, ()) if reference else ()
    for node in held:
        if node != case.failure.pod.node:
            return yes("other-nodes-hold-image", Witness.HISTORY, node=node)
    return unknown("other-nodes-hold-image", "no other node lists it", Witness.HISTORY)


@check("owner-is-gitops", Witness.CLUSTER, "1", 1)
async def owner_is_gitops(case: Case) -> Evidence:
    """A GitOps tool owns the workload and would revert a change made in the cluster."""
    workload = case.workload
    if workload.kind == "Pod":
        return no("owner-is-gitops")
    owners = await case.scene.reader.owners(workload.namespace, workload.kind)
    if isinstance(owners, Unread):
        return unread("owner-is-gitops", owners)
    owner = next((each for each in owners if each.name == workload.name), None)
    if owner is None:
        return unknown("owner-is-gitops", "the owner is not readable")
    return answered("owner-is-gitops", bool(owner.managed_by), tool=owner.managed_by, name=owner.managed_name)


def _is_beside(other: ImageReference, reference: ImageReference) -> bool:
    """Whether another image is of the same project: 1.0.0 of anything else tells nothing of this release."""
    if other.registry != reference.registry:
        return False
    mine, theirs = reference.repository.rpartition("/")[0], other.repository.rpartition("/")[0]
    return mine == theirs and not _may_be_meant(other, reference)


def _may_be_meant(other: ImageReference, reference: ImageReference) -> bool:
    """Whether another image is the same one, rightly spelled: then its tag says nothing about a release."""
    mine, theirs = reference.repository.removeprefix("library/"), other.repository.removeprefix("library/")
    return theirs == mine or theirs.endswith("/" + mine) or bool(nearness.nearest_name(mine, [theirs]))


def _own_history(case: Case, events: tuple[PodEvent, ...] | Unread) -> str:
    """How this very pod shows that it had the image once: it ran, or it pulled it."""
    container = next(
        (each for each in case.failure.pod.containers if each.name == case.failure.container), None
    )
    if container is None or case.failure.volume:
        return ""
    if case.failure.reference and inventory.has_run(container, case.failure.reference):
        return "this-pod-ran"
    if isinstance(events, Unread):
        return ""
    mine = [event for event in events if event.reason == "Pulled" and event.container == container.name]
    pulled = any(_is(quoted(event.message), case.failure.reference) for event in mine)
    return "this-pod-pulled" if pulled else ""


async def _revisions_images(case: Case) -> list[ImageReference]:
    """The images of the revisions of this workload that run; one that nothing runs of proves nothing."""
    revisions = await _revisions(case)
    if isinstance(revisions, Unread):
        return []
    spelled = {image for owner in revisions if owner.ready for image in owner.images.values()}
    return [reference for text in sorted(spelled) if (reference := images.parsed(text))]


async def _revisions(case: Case) -> list[Owner] | Unread:
    """The ReplicaSets of the failing workload, newest first; empty for other kinds."""
    if case.workload.kind != "Deployment":
        return []
    mine = await case.scene.revisions(case.workload)
    if isinstance(mine, Unread):
        return mine
    return sorted(mine, key=lambda each: int(each.revision) if each.revision.isdigit() else 0, reverse=True)


async def rollout_began(case: Case) -> datetime | Unread | None:
    """When this revision was made: a pod that was evicted and made again belongs to an old rollout."""
    revisions = await _revisions(case)
    if isinstance(revisions, Unread):
        return revisions
    mine = {owner.name for owner in case.failure.pod.owners}
    own = next((each for each in revisions if each.name in mine), None)
    return own.created if own and own.created else case.failure.pod.created


async def _previous_image(case: Case, check_id: str) -> str | Evidence:
    """The image that this container had in the last revision with another one, or the answer why there is none."""
    revisions = await _revisions(case)
    if isinstance(revisions, Unread):
        return unread(check_id, revisions)
    if case.workload.kind != "Deployment":
        return unknown(check_id, "only a Deployment keeps its revisions in ReplicaSets")
    mine = {owner.name for owner in case.failure.pod.owners}
    own = next((place for place, each in enumerate(revisions) if each.name in mine), None)
    if own is None:
        return unknown(check_id, "the pod's own revision cannot be read")
    earlier = revisions[own + 1 :]
    before = [each.images.get(case.failure.container, "") for each in earlier]
    others = [image for image in before if image and image != case.failure.image]
    if others:
        return others[0]
    # The controller keeps ten and drops the oldest: only revision 1 has none before it.
    if revisions[-1].revision != "1":
        return unknown(check_id, "earlier revisions are no longer kept")
    return no(check_id)


def _is(name: str, reference: ImageReference | None) -> bool:
    other = images.parsed(name)
    return reference is not None and other is not None and other.canonical == reference.canonical


def _short(reference: ImageReference) -> str:
    return re.sub(r"^docker\.io/(library/)?", "", reference.spelled)
