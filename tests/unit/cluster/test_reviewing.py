"""The API server says what a login may do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.cluster.client import ApiClient, Refusal
from bot.cluster.reviewing import Reviews, Right, Rule, Rules, names
from bot.demo.cluster.access import User
from bot.demo.cluster.faults import Fault
from bot.demo.cluster.server import SimulatedCluster
from bot.demo.cluster.store import Store
from bot.demo.rights import READER
from bot.errors import ClusterUnreadable
from bot.wiring.access import Access, login_to
from tests import surroundings


@asynccontextmanager
async def _reviews(folder: Path, user: User = READER) -> AsyncIterator[tuple[Reviews, SimulatedCluster]]:
    store = Store(surroundings._stored(surroundings.objects(surroundings.FULL)))
    async with SimulatedCluster(store, {"reader": user}) as cluster:
        file = surroundings._kubeconfig(folder / "config", cluster.url, ("reader",))
        async with ApiClient(login_to(Access(kubeconfig=file))) as client:
            yield Reviews(client), cluster


async def test_reviews_tell_version_identity_and_rights(tmp_path: Path) -> None:
    """All of it by questions that change nothing."""
    async with _reviews(tmp_path) as (reviews, _):
        version = await reviews.version()
        assert (version.spelled, version.minor) == ("v1.36.2", 36)
        assert version.date is not None
        assert await reviews.me() == "system:serviceaccount:imagepull:imagepull"
        assert await reviews.may(Right("list", "pods"))
        assert await reviews.may(Right("get", "pods/log"))
        assert not await reviews.may(Right("delete", "pods"))
        rules = await reviews.rules("shop")
        assert any(each.grants(Right("list", "secrets")) for each in rules.resource_rules or ())


async def test_reviews_say_why_there_is_no_answer(tmp_path: Path) -> None:
    """A server that hangs up is no server that says no."""
    async with _reviews(tmp_path) as (reviews, cluster):
        await reviews.version()
        cluster.faults.add(fault=Fault.CUT, verb="create", times=-1)
        with pytest.raises(Refusal):
            await reviews.may(Right("list", "pods"))


async def test_reviews_of_what_is_no_server_say_so(tmp_path: Path) -> None:
    """Nobody answers there."""
    file = surroundings._kubeconfig(tmp_path / "config", "http://127.0.0.1:1", ("reader",))
    async with ApiClient(login_to(Access(kubeconfig=file))) as client:
        with pytest.raises(ClusterUnreadable):
            await Reviews(client).version()


@pytest.mark.parametrize(
    ("rule", "right", "granted"),
    [
        (Rule(("get",), ("",), ("pods",)), Right("get", "pods"), True),
        (Rule(("get",), ("",), ("pods",)), Right("get", "pods/log"), False),
        (Rule(("*",), ("*",), ("*",)), Right("patch", "nodes"), True),
        (Rule(("get",), ("",), ("*/log",)), Right("get", "pods/log"), True),
        (Rule(("get",), ("apps",), ("pods",)), Right("get", "pods"), False),
        (Rule(("get",), ("",), ("secrets",), ("login",)), Right("get", "secrets"), False),
        (Rule(("get",), ("",), ("secrets",), ("login",)), Right("get", "secrets", name="login"), True),
    ],
)
def test_rule_grants_as_rbac_does(rule: Rule, right: Right, granted: bool) -> None:
    """https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources."""
    assert rule.grants(right) is granted


def test_names_are_those_that_a_right_holds_for() -> None:
    """Where it holds for some alone."""
    rules = Rules((Rule(("get",), ("",), ("secrets",), ("b", "a")), Rule(("get",), ("",), ("pods",), ("c",))))
    assert names(rules, Right("get", "secrets")) == ["a", "b"]
