"""Which images run where: each question a look-up."""

from datetime import UTC, datetime

import pytest

from bot.diagnosis import inventory
from bot.facts import image as images
from bot.facts.objects import Container, ContainerKind, Node, Pod, Run


NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def _pod(name: str, image: str, *, runs: bool = True, namespace: str = "shop") -> Pod:
    state = {"running_since": NOW, "image_id": "sha256:1"} if runs else {"waiting_reason": "ErrImagePull"}
    return Pod(namespace, name, containers=(Container("app", ContainerKind.MAIN, image, **state),))


def test_taken_counts_only_what_runs() -> None:
    """What fails proves nothing about a repository."""
    found = inventory.taken(
        [_pod("a", "r.example/team/app:1"), _pod("b", "r.example/team/api:1", runs=False)], []
    )
    assert set(found.named) == {"r.example/team/app"}
    assert [pod.name for pod in found.ran["shop", "r.example/team/app:1"]] == ["a"]
    assert [each.tag for each in found.tagged["shop", "1"]] == ["1"]


@pytest.mark.parametrize(
    ("reported", "expected"),
    [("r.example/team/app:1", True), ("sha256:5f", True), ("", True), ("r.example/team/app:0", False)],
)
def test_what_ran_before_it_failed_counts_unless_it_was_another_image(reported: str, expected: bool) -> None:
    """A replica that restarts had the image; one whose image was changed in place had the old one."""
    ended = Container(
        "app",
        ContainerKind.MAIN,
        "r.example/team/app:1",
        reported_image=reported,
        image_id="x",
        last_run=Run(3),
    )
    found = inventory.taken([Pod("shop", "a", containers=(ended,))], [])
    assert bool(found.ran) is expected
    assert not found.named


def test_taken_reads_what_nodes_hold_by_tag_and_by_digest() -> None:
    """A digest says which image is held; only a tag says that a tag exists."""
    digest = "r.example/team/app@sha256:" + "a" * 64
    found = inventory.taken(
        [], [Node("n1", images=(digest, "r.example/team/app:2")), Node("n2", images=(digest,))]
    )
    assert [each.tag for each in found.named["r.example/team/app"]] == ["2"]
    assert found.held[digest] == ["n1", "n2"]
    assert found.held["r.example/team/app:2"] == ["n1"]


def test_spellings_of_one_image_are_one() -> None:
    """``nginx:1`` and ``docker.io/library/nginx:1`` run the same image."""
    found = inventory.taken([_pod("a", "nginx:1"), _pod("b", "docker.io/library/nginx:1")], [])
    assert len(found.ran["shop", "docker.io/library/nginx:1"]) == 2
    assert len(found.named["docker.io/library/nginx"]) == 1


def test_nearest_stays_within_the_registry() -> None:
    """The same slip in another registry is no hint."""
    found = inventory.taken(
        [_pod("a", "r.example/shop/query:1"), _pod("b", "other.example/shop/qeuri:1")], []
    )
    assert found.nearest(images.parse("r.example/shop/qeury:1")) == "shop/query"
    assert found.nearest(images.parse("third.example/shop/qeury:1")) == ""


def test_same_last_part_crosses_registries() -> None:
    """Perhaps the image of that name from another registry is meant."""
    found = inventory.taken([_pod("a", "ecr.example/team/web:1")], [])
    assert [each.name for each in found.same_last_part("web")] == ["ecr.example/team/web"]
    assert found.same_last_part("api") == ()
