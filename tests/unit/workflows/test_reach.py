"""What askers reach is the same whoever answers them; how questions are read is tested at the desk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.facts.people import Asker, Grant, Person
from bot.ports.answering import Failing, Nothing, Question
from bot.workflows.lately import Lately
from bot.workflows.reach import Place, Reach, Rules, in_which
from bot.workflows.world import World
from tests.fakes.cluster import NOW


MINUTE = timedelta(minutes=1)
DANA = Asker(Person("U1", "T1", "dana"))


@asynccontextmanager
async def _nowhere() -> AsyncIterator[World]:
    raise AssertionError("nobody looks")
    yield


def _reach(*grants: Grant, **changes: object) -> Reach:
    place = Place("eu", MINUTE, MINUTE, _nowhere, **changes)  # type: ignore[arg-type]
    seen = Lately(MINUTE)
    seen.note("eu", [Failing("eu", "shop", "web-1", "ErrImagePull")], NOW)
    return Reach(Rules({"eu": place}, grants), seen)


def test_what_is_not_granted_is_told_as_what_is_not_there() -> None:
    """Of clusters and of namespaces alike."""
    reach = _reach(Grant(("*",), namespaces=("shop",)))
    view = reach.view(DANA)
    hidden = reach.named(view, "eu", Question(("pay/api-1",)))
    missing = reach.named(view, "eu", Question(("nosuch/api-1",)))
    assert isinstance(hidden, Nothing)
    assert isinstance(missing, Nothing)
    assert hidden.message.replace("pay", "nosuch") == missing.message
    assert isinstance(reach.clusters(view, "us"), Nothing)
    assert reach.clusters(view, "") == ["eu"]
    assert isinstance(_reach().clusters(_reach().view(DANA), "eu"), Nothing)


@pytest.mark.parametrize(
    ("namespace", "shown"), [("shop", True), ("shop-test", False), ("pay", False), ("kube-system", False)]
)
def test_a_namespace_that_the_bot_leaves_out_is_shown_to_nobody(namespace: str, shown: bool) -> None:
    """Whatever the grants say."""
    reach = _reach(Grant(("*",)), include=("shop*",), exclude=("*-test",))
    assert reach.shows(reach.view(DANA), "eu", namespace) is shown


def test_where_something_fails_is_told_from_the_last_look() -> None:
    """As far as it is shown."""
    reach = _reach(Grant(("*",)))
    assert reach.holding(reach.view(DANA), ["eu"], Question(("web",))) == ["eu"]
    assert reach.holding(reach.view(DANA), ["eu"], Question(("api",))) == []
    blind = _reach(Grant(("*",), namespaces=("pay",)))
    assert blind.holding(blind.view(DANA), ["eu"], Question(("web",))) == []


def test_clusters_to_choose_from_are_questions() -> None:
    """Asking one of them means that cluster."""
    several = in_which(["eu", "us"], Question(("web",)))
    assert [each.question.cluster for each in several.choices] == ["eu", "us"]
