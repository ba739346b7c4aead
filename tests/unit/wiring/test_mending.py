"""What a bot changes with is put together from its settings of the moment."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.errors import BotError, ClusterUnreadable
from bot.facts.people import Asker, Person
from bot.ports.answering import Nothing, Question
from bot.ports.repairing import Wish
from bot.settings import Settings
from bot.slack.letters import SlackScribe
from bot.store.opening import Store
from bot.wiring import mending, plans
from bot.wiring.mending import Mending, Telling
from bot.wiring.plans import Plan
from bot.workflows.lately import Lately
from bot.workflows.reach import Reach, Rules
from tests.fakes.editions import FakeEditions
from tests.fakes.forewarnings import FakeForewarnings
from tests.fakes.opinions import FakeOpinions
from tests.fakes.posts import FakeDispatches
from tests.fakes.shelved import ShelvedLedger
from tests.fakes.store import FakeStore


NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
DANA = Asker(Person("U1", "T1", "dana"))


@asynccontextmanager
async def _planned(tree: dict[str, Any]) -> AsyncIterator[Plan]:
    async with plans.planned(Settings.model_validate(tree), SlackScribe(), lambda _: None) as plan:
        yield plan


def _mending(plan: Plan, complaints: list[str] | None = None) -> Mending:
    store = FakeStore()

    async def words(*_: object) -> tuple[()]:
        return ()

    telling = Telling(SlackScribe(), words, lambda: None, lambda name, _: (complaints or []).append(name))
    kept = Store(
        store,
        store,
        store,
        ShelvedLedger(store.shelf),
        store,
        FakeDispatches(store.shelf),
        FakeOpinions(store.shelf),
        FakeEditions(store.shelf),
        FakeForewarnings(store.shelf),
    )
    reach = Reach(Rules(), Lately(plans.fresh(plan.settings)))
    return Mending(reach, lambda: plan, kept, telling, lambda: NOW)


async def test_terms_say_what_the_settings_and_playbooks_do() -> None:
    """Rules, routes, and causes by their titles."""
    tree = {
        "approvals": [{"actions": "roll-back", "approvers": "@sre"}],
        "routes": [{"channel": "#image-pulls"}],
    }
    async with _planned(tree) as plan:
        terms = mending.terms(plan)
    assert [each.actions for each in terms.policy.rules] == [("roll-back",)]
    assert [each.channel for each in terms.routing.routes] == ["#image-pulls"]
    assert terms.title("wrong-tag") == plan.known.catalog.playbooks["wrong-tag"].cause.title
    assert terms.title(None) == "The cause is not known"


async def test_nothing_is_changed_where_nobody_may_write(tmp_path: Path) -> None:
    """A cluster without a writer, and one that the settings do not have."""
    async with _planned({"clusters": {"eu": {"kubeconfig": str(tmp_path / "none")}}}) as plan:
        made = _mending(plan)
        for name in ("eu", "elsewhere"):
            with pytest.raises(ClusterUnreadable, match="no writer") as caught:
                made._writing(name)
            assert f"clusters.{name}.writer" in caught.value.hint
        with pytest.raises(ClusterUnreadable, match="no cluster elsewhere any more"):
            made._world("elsewhere")


async def test_who_may_not_ask_is_answered_and_no_plan_made() -> None:
    """Without a cluster there is nothing to see, and so nothing to change."""
    async with _planned({}) as plan:
        made = _mending(plan)
        answer = await made.repairs.request(DANA, Wish(Question(("deploy/web",)), "roll-back"))
        assert isinstance(answer, Nothing)
        assert isinstance(await made.repairs.changes(DANA), Nothing)


def test_ids_cannot_be_guessed() -> None:
    """128 bits, each another one."""
    made = {mending._new_id() for _ in range(100)}
    assert len(made) == 100
    assert {len(each) for each in made} == {32}


async def test_nothing_is_begun_while_nobody_can_look_up_who_approved_it() -> None:
    """Whoever can is named once Slack is there."""
    async with _planned({}) as plan:
        made = _mending(plan)
        with pytest.raises(BotError, match="nobody can look up"):
            await made.carrier._hands.present(["T1/U1"], "C1")

        async def present(people: Sequence[str], channel: str) -> Sequence[Asker]:
            assert (people, channel) == (["T1/U1"], "C1")
            return [DANA]

        made.present = present
        assert await made.carrier._hands.present(["T1/U1"], "C1") == [DANA]
