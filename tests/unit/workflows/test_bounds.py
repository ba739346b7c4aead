"""What lies beyond the bounds is not asked for, and nothing is claimed of it."""

from collections.abc import Mapping
from typing import cast

import pytest

from bot.errors import UsageError
from bot.facts.objects import Pod, PullSecret, Unread
from bot.ports.reading import ClusterReader, Scan
from bot.workflows import bounds
from bot.workflows.bounds import Blinkers
from tests.fakes.cluster import FakeReader


class _Reader:
    name = "prod"

    def __init__(self, names: tuple[str, ...] | Unread) -> None:
        self._names = names

    async def namespaces(self) -> tuple[str, ...] | Unread:
        return self._names


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ({}, None),
        ({"include": ("shop", "pay")}, ("shop", "pay")),
        ({"include": ("team-*",)}, ("team-a", "team-b")),
        ({"exclude": ("kube-*", "team-b")}, ("shop", "team-a")),
        ({"include": ("team-*",), "exclude": ("team-b",)}, ("team-a",)),
    ],
)
async def test_bounds_are_the_settings_patterns(
    patterns: Mapping[str, tuple[str, ...]], expected: tuple[str, ...] | None
) -> None:
    """Plain names need no listing; patterns are matched against what is there."""
    reader = cast("ClusterReader", _Reader(("kube-system", "shop", "team-a", "team-b")))
    assert await bounds.allowed(reader, patterns.get("include", ()), patterns.get("exclude", ())) == expected


async def test_bounds_that_cannot_be_applied_are_refused() -> None:
    """Without the right to list namespaces a pattern is nobody's guess."""
    reader = cast("ClusterReader", _Reader(Unread("namespaces", "forbidden")))
    with pytest.raises(UsageError, match="forbidden"):
        await bounds.allowed(reader, (), ("kube-*",))


async def test_blinkers_show_what_is_within() -> None:
    """A pod of a namespace that is shown is there, and of another one is not."""
    here, there = Pod("shop", "web", "u1"), Pod("pay", "api", "u2")
    seen = Blinkers(FakeReader(pods=[here, there]), ["shop"])
    assert await seen.pod("shop", "web") == here
    assert await seen.pod("pay", "api") is None
    assert await seen.pods("shop") == (here,)
    assert {pod.namespace for pod in (await seen.look(Scan())).pods} <= {"shop"}
    assert not (await seen.look(Scan(namespaces=("pay",)))).pods


async def test_blinkers_know_nothing_of_the_rest() -> None:
    """What would take a look at everything is UNKNOWN: it never becomes a NO."""
    seen = Blinkers(FakeReader(namespaces=("shop", "pay")), ["shop"])
    answers = [
        await seen.pods(""),
        await seen.pods("pay"),
        await seen.neighbours(""),
        await seen.events(""),
        await seen.events_of("pay", "api"),
        await seen.namespaces(),
        await seen.secret("pay", "login"),
        await seen.secrets("pay"),
        await seen.service_accounts("pay"),
        await seen.owners("pay", "ReplicaSet"),
        await seen.log_tail("pay", "api", "api", previous=False),
    ]
    assert all(isinstance(each, Unread) for each in answers)
    assert "pay" not in str(answers)


async def test_blinkers_leave_the_rest_as_it_is() -> None:
    """Within what is shown every question reaches the cluster."""
    reader = FakeReader(namespaces=("shop",))
    seen = Blinkers(reader, ["shop"])
    assert seen.name == reader.name
    for asked in (
        seen.nodes(),
        seen.neighbours("shop"),
        seen.events("shop"),
        seen.events_of("shop", "web"),
        seen.service_accounts("shop"),
        seen.secret("shop", "login"),
        seen.secrets("shop"),
        seen.owners("shop", "ReplicaSet"),
        seen.log_tail("shop", "web", "web", previous=True),
    ):
        await asked
    assert sum(reader.calls.values()) >= 9


async def test_lending_shows_a_secret_that_is_named_and_nothing_beside_it() -> None:
    """The operator listed it; its namespace stays beyond."""
    known = [PullSecret("pay", "login"), PullSecret("pay", "other")]
    reader = FakeReader(namespaces=("shop", "pay"), secrets=known)
    seen = bounds.lending(Blinkers(reader, ["shop"]), [("pay", "login")])
    assert await seen.secret("pay", "login") == known[0]
    assert isinstance(await seen.secret("pay", "other"), Unread)
    assert isinstance(await seen.secrets("pay"), Unread)
    assert bounds.lending(reader, [("pay", "login")]) is reader
