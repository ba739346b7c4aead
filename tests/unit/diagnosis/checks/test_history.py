"""What ran before and what runs beside it; absence proves nothing here."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.facts.failure import Workload
from bot.facts.objects import Node, Owner, Pod, PodEvent, Run, Unread
from tests import cases
from tests.cases import BEGAN, IMAGE, MINUTE, Case, failure, of_revision, pod, revision
from tests.fakes.cluster import NOW, FakeReader


OWNERS = Unread("replicasets in shop", "forbidden", "list replicasets in namespace shop (tier 1)")


def _case(mine: Pod, *others: Pod, symptom: str = "manifest-not-found", **world: Any) -> Case:
    return cases.case(failure(symptom, mine), FakeReader(pods=[mine, *others], **world))


def _said(message: str, container: str = "app") -> PodEvent:
    return PodEvent("shop", "web-1", "Pulled", message, container=container, last=BEGAN)


def _restarted(**changes: Any) -> Pod:
    """The failing pod, with a run behind it."""
    mine = pod()
    container = replace(mine.containers[0], image_id="sha256:1", last_run=Run(0), restarts=1)
    return replace(mine, containers=(replace(container, **changes),))


@pytest.mark.parametrize(
    ("reported", "told"),
    [
        (IMAGE, "yes"),
        ("", "yes"),
        ("sha256:0123", "yes"),
        ("registry.example/shop/web", "unknown"),
        ("registry.example/shop/web:1.3", "unknown"),
        ("registry.example/shop/other:1.4", "unknown"),
    ],
)
async def test_image_ran_before_in_this_very_pod(reported: str, told: str) -> None:
    """The run before was of this image, unless the status says that the pod's image was changed since."""
    assert await cases.answer("image-ran-before", _case(_restarted(reported_image=reported))) == told


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (_said(f'Successfully pulled image "{IMAGE}" in 1s'), "yes"),
        (_said(f'Container image "{IMAGE}" already present on machine'), "yes"),
        (_said('Successfully pulled image "registry.example/shop/web:1.3" in 1s'), "unknown"),
        (_said(f'Successfully pulled image "{IMAGE}" in 1s', "other"), "unknown"),
        (_said("Pulled"), "unknown"),
    ],
)
async def test_image_was_pulled_before_by_this_pod(event: PodEvent, told: str) -> None:
    """The event names the image: one of another container or of the image before is none."""
    assert await cases.answer("image-ran-before", _case(pod(), events=[event])) == told


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (pod("w", runs=NOW), "yes"),
        (pod("w"), "unknown"),
        (pod("w", runs=NOW, namespace="other"), "unknown"),
        (pod("w", "registry.example/shop/web:1.3", runs=NOW), "unknown"),
        (pod("w", "registry.example:443/shop/web:1.4", runs=NOW), "unknown"),
    ],
)
async def test_image_ran_before_in_another_pod(other: Pod, told: str) -> None:
    """Exactly this image, running, in this namespace."""
    assert await cases.answer("image-ran-before", _case(pod(), other)) == told


async def test_image_ran_before_on_a_node_that_still_holds_it() -> None:
    """Every spelling of Docker Hub is one image."""
    nodes = [Node("node-b", images=("docker.io/library/nginx:1",))]
    assert await cases.answer("image-ran-before", _case(pod(image="nginx:1"), nodes=nodes)) == "yes"
    assert await cases.answer("image-ran-before", _case(pod(image="nginx:2"), nodes=nodes)) == "unknown"


async def test_image_that_was_pulled_and_cannot_run_is_no_history() -> None:
    """A foreign binary was pulled well; that is not what this asks."""
    assert (
        await cases.answer("image-ran-before", _case(_restarted(), symptom="exec-format-error")) == "unknown"
    )


WEB = {"workload": Workload("Deployment", "shop", "web")}


def _rollout(*sets: Owner, own: int = 2, created: datetime = BEGAN, image: str = IMAGE, **world: Any) -> Case:
    mine = pod(image=image, owners=of_revision(own), created=created)
    reader = FakeReader(
        pods=[mine, *world.pop("others", [])], owners=world.pop("owners", list(sets)), **world
    )
    return cases.case(failure(about=mine), reader, **WEB)


OLD = "registry.example/shop/web:1.3"


@pytest.mark.parametrize(
    ("sets", "own", "told"),
    [
        ([revision(1, OLD), revision(2, IMAGE)], 2, "yes"),
        ([revision(1, IMAGE), revision(2, IMAGE)], 2, "no"),
        ([revision(1, IMAGE)], 1, "no"),
        ([revision(5, IMAGE)], 5, "unknown"),
        ([revision(1, IMAGE), revision(2, OLD)], 1, "no"),
        ([revision(1, OLD)], 2, "unknown"),
        ([], 2, "unknown"),
    ],
)
async def test_previous_revision_differs(sets: list[Owner], own: int, told: str) -> None:
    """The one before the pod's own; a newer one is not before, and a pruned one is not the same."""
    assert await cases.answer("previous-revision-differs", _rollout(*sets, own=own)) == told


async def test_previous_revision_is_unknown_where_it_may_not_be_read() -> None:
    """Forbidden is not first."""
    evidence = await cases.ask("previous-revision-differs", _rollout(owners=OWNERS))
    assert (evidence.answer.value, evidence.would_answer) == ("unknown", OWNERS.remedy)


async def test_previous_revision_of_other_kinds_is_unknown() -> None:
    """A StatefulSet keeps its revisions elsewhere."""
    about = cases.case(workload=Workload("StatefulSet", "shop", "web"))
    assert await cases.answer("previous-revision-differs", about) == "unknown"


@pytest.mark.parametrize(
    ("before", "told"),
    [(OLD, "no"), ("registry.example/shop/wep:1.3", "yes"), ("nginx:1", "yes"), ("a b", "unknown")],
)
async def test_previous_repository_differs(before: str, told: str) -> None:
    """Another tag is the same repository."""
    about = _rollout(revision(1, before), revision(2, IMAGE))
    assert await cases.answer("previous-repository-differs", about) == told


@pytest.mark.parametrize(
    ("world", "told"),
    [
        ({"others": [pod("w", OLD, runs=NOW)]}, "yes"),
        ({"others": [pod("w", OLD)]}, "unknown"),
        ({"nodes": [Node("node-b", images=(OLD,))]}, "yes"),
        ({"nodes": [Node("node-b", images=("registry.example/shop/web@sha256:" + "0" * 64,))]}, "unknown"),
        ({"owners": [revision(1, OLD, ready=2), revision(2, IMAGE)]}, "yes"),
        ({"owners": [revision(1, OLD), revision(2, IMAGE)]}, "unknown"),
        ({"others": [pod("w", "registry.example/shop/webs:1.3", runs=NOW)]}, "unknown"),
        ({"others": [pod("w", "registry.example:5000/shop/web:1.3", runs=NOW)]}, "unknown"),
    ],
)
async def test_repository_seen_here_by_what_runs(world: dict[str, Any], told: str) -> None:
    """Another tag that runs or lies on a node; a revision that never ran may be wrong in the same way."""
    assert await cases.answer("repository-seen-here", _rollout(**world)) == told


@pytest.mark.parametrize(
    ("image", "other", "told"),
    [
        ("registry.example/shop/cehckout:1", "registry.example/shop/checkout:1", "yes"),
        ("registry.example/shop/checkout:2", "registry.example/shop/checkout:1", "no"),
        ("registry.example/shop/cehckout:1", "other.example/shop/checkout:1", "unknown"),
        ("registry.example/shop/api:1", "registry.example/shop/app:1", "unknown"),
        ("registry.example/shop/billing:1", "registry.example/shop/checkout:1", "unknown"),
    ],
)
async def test_similar_repository_seen(image: str, other: str, told: str) -> None:
    """Nearly the same name in the same registry; NO when this one itself is in use."""
    assert (
        await cases.answer("similar-repository-seen", _case(pod(image=image), pod("w", other, runs=NOW)))
        == told
    )


@pytest.mark.parametrize(
    ("image", "other", "told"),
    [
        ("web:1", "registry.example/shop/web:1", "yes"),
        ("registry.example/web:1", "nginx:1", "unknown"),
        ("registry.example/nginx:1", "nginx:1", "yes"),
        ("web:1", "registry.example/shop/theweb:1", "unknown"),
        ("registry.example/shop/web:1", "registry.example/shop/web:2", "unknown"),
    ],
)
async def test_same_name_elsewhere(image: str, other: str, told: str) -> None:
    """Another registry's image whose path ends in the whole name."""
    assert (
        await cases.answer("same-name-elsewhere", _case(pod(image=image), pod("w", other, runs=NOW))) == told
    )


@pytest.mark.parametrize(
    ("tag", "other", "told"),
    [
        ("2.31.0", "registry.example/shop/api:2.31.0", "yes"),
        ("2.31.0", "registry.example/shop/api:2.30.0", "unknown"),
        ("2.31.0", "other.example/shop/api:2.31.0", "unknown"),
        ("2.31.0", "registry.example/tools/exporter:2.31.0", "unknown"),
        ("2.31.0", "registry.example/shop/wbe:2.31.0", "unknown"),
        ("latest", "registry.example/shop/api:latest", "unknown"),
        ("1.0", "registry.example/shop/api:1.0", "unknown"),
    ],
)
async def test_same_release_has_tag(tag: str, other: str, told: str) -> None:
    """Images of the same project that run with a tag that names a release."""
    about = _case(pod(image=f"registry.example/shop/web:{tag}"), pod("w", other, runs=NOW))
    assert await cases.answer("same-release-has-tag", about) == told


@pytest.mark.parametrize(
    ("tag", "began", "told"),
    [
        ("1.5", NOW - 30 * MINUTE, "yes"),
        ("1.5", NOW - 31 * MINUTE, "unknown"),
        ("1.6", NOW, "unknown"),
        ("1.3", NOW, "unknown"),
    ],
)
async def test_awaiting_publication_of_the_next_tag_in_a_young_rollout(
    tag: str, began: datetime, told: str
) -> None:
    """The direct successor of what runs; the rollout's age counts, not that of a pod that was made again."""
    about = _rollout(
        revision(1, "registry.example/shop/web:1.4", ready=1),
        revision(2, f"registry.example/shop/web:{tag}", created=began),
        image=f"registry.example/shop/web:{tag}",
        created=NOW,
    )
    assert await cases.answer("awaiting-publication", about) == told


async def test_awaiting_publication_needs_to_know_the_rollout() -> None:
    """Where revisions may not be read, a young pod is no young rollout."""
    about = _rollout(owners=OWNERS, others=[pod("w", OLD, runs=NOW)], created=NOW)
    assert await cases.answer("awaiting-publication", about) == "unknown"


async def test_other_nodes_hold_image() -> None:
    """Another node, this image; the pod's own node is no other."""
    assert (
        await cases.answer("other-nodes-hold-image", _case(pod(), nodes=[Node("node-b", images=(IMAGE,))]))
        == "yes"
    )
    assert (
        await cases.answer("other-nodes-hold-image", _case(pod(), nodes=[Node("node-a", images=(IMAGE,))]))
        == "unknown"
    )


@pytest.mark.parametrize(
    ("workload", "owners", "told"),
    [
        (
            Workload("Deployment", "shop", "web"),
            [Owner("Deployment", "shop", "web", managed_by="argocd")],
            "yes",
        ),
        (Workload("Deployment", "shop", "web"), [Owner("Deployment", "shop", "web")], "no"),
        (
            Workload("Deployment", "shop", "web"),
            [Owner("Deployment", "shop", "api", managed_by="argocd")],
            "unknown",
        ),
        (Workload("Pod", "shop", "web-1"), [], "no"),
        (Workload("Rollout", "shop", "web"), [], "unknown"),
        (Workload("Deployment", "shop", "web"), OWNERS, "unknown"),
    ],
)
async def test_owner_is_gitops(workload: Workload, owners: Any, told: str) -> None:
    """The owner's own marks; an owner that cannot be read may be anybody's."""
    assert (
        await cases.answer("owner-is-gitops", cases.case(reader=FakeReader(owners=owners), workload=workload))
        == told
    )


async def test_failing_images_vouch_for_nothing() -> None:
    """Two pods that fail for two tags of one repository do not prove that it exists."""
    second = pod("w", OLD)
    mine = failure()
    about = cases.case(mine, FakeReader(pods=[mine.pod, second], nodes=[]), [failure(about=second)])
    assert await cases.answer("repository-seen-here", about) == "unknown"


async def test_running_image_vouches_though_it_fails_elsewhere() -> None:
    """A registry that is down for one pod does not unmake what another one runs."""
    right, typo = "registry.example/shop/checkout:1", "registry.example/shop/cehckout:1"
    mine, down, well = pod(image=typo), pod("d", right), pod("w", right, runs=NOW)
    reader = FakeReader(pods=[mine, down, well])
    about = cases.case(failure(about=mine), reader, [failure("registry-server-error", down)])
    assert await cases.answer("similar-repository-seen", about) == "yes"
