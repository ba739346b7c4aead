"""The thing a person would edit, with and without the right to look it up."""

from collections.abc import Sequence

import pytest

from bot.diagnosis.workloads import workload_of
from bot.facts.objects import Owner, OwnerReference, Unread
from tests.cases import pod
from tests.fakes.cluster import FakeReader


def _ref(kind: str, name: str, *, controller: bool = True) -> OwnerReference:
    return OwnerReference(kind, name, controller=controller)


def _owner(kind: str, name: str, *owners: OwnerReference) -> Owner:
    return Owner(kind, "shop", name, owners=owners)


async def _told(
    owners: tuple[OwnerReference, ...], known: Sequence[Owner] | Unread, **changes: object
) -> str:
    return str(await workload_of(pod("web-1", owners=owners, **changes), FakeReader(owners=known)))


async def test_bare_and_static_pods_are_their_own() -> None:
    """Nothing controls them; a static pod's Node is no workload."""
    assert await _told((), ()) == "Pod/web-1"
    assert await _told((_ref("Node", "node-a"),), ()) == "Pod/web-1"
    assert await _told((_ref("Node", "node-a"),), (), static=True) == "Pod/web-1"


@pytest.mark.parametrize(
    ("first", "known", "told"),
    [
        (
            _ref("ReplicaSet", "web-1"),
            [_owner("ReplicaSet", "web-1", _ref("Deployment", "web")), _owner("Deployment", "web")],
            "Deployment/web",
        ),
        (_ref("ReplicaSet", "web-1"), [_owner("ReplicaSet", "web-1", _ref("Rollout", "web"))], "Rollout/web"),
        (_ref("ReplicaSet", "web-1"), [_owner("ReplicaSet", "web-1")], "ReplicaSet/web-1"),
        (
            _ref("Job", "sync-1"),
            [_owner("Job", "sync-1", _ref("CronJob", "sync")), _owner("CronJob", "sync")],
            "CronJob/sync",
        ),
        (_ref("StatefulSet", "db"), [_owner("StatefulSet", "db")], "StatefulSet/db"),
        (_ref("PostgresCluster", "db"), [], "PostgresCluster/db"),
    ],
)
async def test_controllers_are_followed_to_the_top(
    first: OwnerReference, known: list[Owner], told: str
) -> None:
    """A kind that nobody can list is the top as far as anyone can see."""
    assert await _told((first,), known) == told


@pytest.mark.parametrize(
    ("first", "labels", "told"),
    [
        (_ref("ReplicaSet", "web-5f6b"), {"pod-template-hash": "5f6b"}, "Deployment/web"),
        (_ref("ReplicaSet", "web-5f6b"), {"rollouts-pod-template-hash": "5f6b"}, "ReplicaSet/web-5f6b"),
        (_ref("ReplicaSet", "web-5f6b"), {}, "ReplicaSet/web-5f6b"),
        (_ref("Job", "sync-29123456"), {}, "CronJob/sync"),
        (_ref("Job", "sync-2024"), {}, "Job/sync-2024"),
        (_ref("DaemonSet", "agent"), {}, "DaemonSet/agent"),
    ],
)
async def test_names_tell_where_owners_may_not_be_read(
    first: OwnerReference, labels: dict[str, str], told: str
) -> None:
    """Both controllers build their children's names from their own."""
    assert await _told((first,), Unread("x", "forbidden"), labels=labels) == told


async def test_the_controller_goes_before_other_owners() -> None:
    """Several owners are possible; one of them controls."""
    refs = (_ref("Backup", "b", controller=False), _ref("StatefulSet", "db"))
    assert await _told(refs, [_owner("StatefulSet", "db")]) == "StatefulSet/db"


async def test_owners_that_own_each_other_end_somewhere() -> None:
    """A circle in somebody's objects is no endless loop."""
    known = [_owner("Job", "a", _ref("CronJob", "b")), _owner("CronJob", "b", _ref("Job", "a"))]
    assert await _told((_ref("Job", "a"),), known) in ("Job/a", "CronJob/b")
