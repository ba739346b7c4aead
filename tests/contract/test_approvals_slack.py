"""Approvals in Slack, attacked: cases 3 to 8 of the security design, from a click on a card to what is stored of it.

The card is posted by the real outbox into a simulated workspace and clicked there; the clicks come back through the real
Bolt, and the real rules decide about who the workspace says that somebody is.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.demo.workspace.faults import Fault, Way
from bot.demo.workspace.refusals import Refused
from bot.demo.workspace.server import SimulatedSlack
from bot.errors import ClusterUnreadable
from bot.facts.audit import Entry, Event, broken
from bot.facts.change import Premise
from bot.facts.document import Document
from bot.facts.people import Grant
from bot.facts.proposal import Proposal, Stage
from bot.facts.verdict import Report
from bot.ports.rehearsing import Rehearse
from bot.remediation.policy import Policy, Rule
from bot.slack import letters, names
from bot.slack.app import Clock, Options, SlackApp
from bot.slack.letters import SlackScribe
from bot.slack.messenger import Messenger
from bot.slack.pacing import Times
from bot.store import opening
from bot.store.opening import Store
from bot.workflows import fixing
from bot.workflows.fixing import Terms, Tools
from bot.workflows.lately import Lately
from bot.workflows.reach import Place, Reach, Rules
from bot.workflows.remediate import Repair
from bot.workflows.world import World
from tests.fakes.desk import FakeDesk
from tests.fakes.repairs import PLAN, proposal


TEAM = "T0ACME000001"
DANA, SAM, LEE = "U0000000DANA", "U00000000SAM", "U00000000LEE"
HOME = "#shop-oncall"
RULE = Rule(actions=("set-image",), approvers=("@sre", LEE), clusters=("prod-eu",), quorum=1)
POLICY = Policy(
    rules=(RULE,),
    request=(Grant(("@developers", "@sre")),),
    ask=(Grant(("@developers", "@sre", LEE), ("prod-eu",), ("shop",)),),
    writers=frozenset({"prod-eu"}),
)
NO_PLAN = "there is no plan"
NOT_ITS_OWN = "not the plan's own message"


@dataclass
class Hands:
    """A clock that can be moved on."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Now."""
        return datetime.now(UTC) + self.ahead


@dataclass
class Bench:
    """A bot in a workspace, a plan that waits for approval, and everything around it."""

    slack: SimulatedSlack
    store: Store
    tools: Tools
    clock: Hands

    async def shows(self, **changed: Any) -> dict[str, Any]:
        """Have a plan that dana asked for shown, and wait for its card."""
        now = self.clock()
        made = proposal(
            "shop",
            requester=f"{TEAM}/{DANA}",
            channel=HOME,
            made=now,
            expires=now + timedelta(minutes=30),
            premise=Premise("shop", "Deployment/shop", "shop", "registry.example/shop:2", "wrong-tag"),
        )
        made = replace(made, digest=made.plan.digest, approvers=RULE.approvers, **changed)
        asked = Entry(now, Event.REQUESTED, made.requester, PLAN, made.digest, made.plan.cluster, "shop")
        await self.store.ledger.save(made, [asked], fixing.letters(self.tools.cards, made))
        self.tools.stored()
        card = await self.slack.until(lambda: self.card(made.channel))
        async with asyncio.timeout(5):
            # A click before the store knows where the card stands counts for nothing.
            while await self.store.ledger.shown_at(made) is None:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        return card

    def card(self, where: str = HOME) -> dict[str, Any] | None:
        """The card as it stands; None while there is none."""
        shown = [
            each
            for each in self.slack.person("sam").sees(where)
            if PLAN in json.dumps(each.get("blocks", []))
        ]
        return next((each for each in shown if not each.get("ephemeral")), None)

    async def stored(self) -> Proposal:
        """The plan's."""
        found = await self.store.ledger.proposal(PLAN)
        assert found is not None
        return found

    async def events(self, event: Event) -> list[str]:
        """Who did such a thing, in order; the chain of all is whole."""
        records = await self.store.ledger.records()
        assert broken(records) == ""
        return [each.entry.actor for each in records if each.entry.event is event]

    async def said(self, who: str, words: str, where: str = HOME) -> str:
        """What only this person is told, once it holds these words."""

        def found() -> str:
            seen = [each for each in self.slack.person(who).sees(where) if each.get("ephemeral")]
            text = json.dumps(seen, ensure_ascii=False)
            return text if words in text else ""

        return await self.slack.until(found)

    async def sends(
        self, who: str, where: str, value: str = PLAN, *, on: dict[str, Any] | None = None
    ) -> None:
        """Send a yes in somebody's name that no card here offered them, or that was edited on its way."""
        service = self.slack.service
        channel = service.space.channel(where)
        shown = {**(on or {"ts": service.space.stamp(), "text": "card", "blocks": []}), "channel": channel.id}
        made = {"type": "button", "block_id": "b", "action_id": names.APPROVE, "value": value}
        payload = service.payloads.action_on_message(
            self.slack.person(who).id, channel, shown, made, {"values": {}}
        )
        assert (await service.delivery.ask("interactive", payload)).acked

    def leaves(self, group: str, who: str) -> None:
        """Take somebody out of a group."""
        for each in self.slack.service.space.groups.values():
            if each["handle"] == group:
                each["users"] = [one for one in each["users"] if one != who]


@asynccontextmanager
async def _unopened() -> AsyncIterator[World]:
    raise ClusterUnreadable("nobody looks here", "deciding about a plan needs no cluster")
    yield


@asynccontextmanager
async def _closed(cluster: str) -> AsyncIterator[Rehearse]:
    raise ClusterUnreadable(f"nobody looks at {cluster}", "deciding about a plan needs no cluster")
    yield


async def _none(_report: Report, _is_list: bool) -> tuple[Document, ...]:
    return ()


PLACE = Place("prod-eu", timedelta(minutes=1), timedelta(seconds=5), _unopened)


@asynccontextmanager
async def _bench(folder: Path, policy: Policy = POLICY) -> AsyncIterator[Bench]:
    clock, woken, scribe = Hands(), asyncio.Event(), SlackScribe()
    async with SimulatedSlack() as slack, opening.opened(f"sqlite:///{folder / 'imagepull.db'}") as store:
        tools = Tools(store.ledger, store.keeper, scribe, _none, _closed, lambda: "p1", clock, woken.set)
        reach = Reach(Rules({"prod-eu": PLACE}, policy.ask), Lately(timedelta(minutes=5)))
        ticks = asyncio.get_running_loop().time
        options = Options(slack.bot_token, slack.app_token, api_url=slack.api, ping=1.0)
        app = SlackApp(options, FakeDesk(), Clock(clock, ticks), repairs=Repair(reach, Terms(policy), tools))
        messenger = Messenger(
            store.outbox,
            app.client,
            letters.posted,
            Times(clock, ticks, asyncio.sleep),
            timedelta(seconds=60),
        )
        await app.start()
        await slack.until(lambda: slack.connected)
        telling = asyncio.create_task(messenger.run(woken))
        try:
            yield Bench(slack, store, tools, clock)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            await app.stop()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """One yes of @sre or lee is needed, and dana's own is none."""
    async with _bench(tmp_path) as made:
        yield made


async def test_yes_of_an_approver_is_taken_and_shown(bench: Bench) -> None:
    """The way that is meant: the card is edited, and the clicker told."""
    card = await bench.shows()
    await bench.slack.person("sam").clicks(card, names.APPROVE)
    assert "You said yes" in await bench.said("sam", "You said yes")
    await bench.slack.until(lambda: names.APPROVE not in str(bench.card()))
    shown = bench.card()
    assert shown is not None
    assert "Approved by" in json.dumps(shown)
    assert (await bench.stored()).stage is Stage.APPROVED
    with pytest.raises(Refused):
        await bench.slack.person("sam").clicks(shown, names.APPROVE)


@pytest.mark.attack(3, "duplicate envelope")
async def test_case_3_duplicate_envelope_is_one_yes(bench: Bench) -> None:
    """The same click is delivered twice while the first still runs."""
    card = await bench.shows(needed=2)
    bench.slack.faults.doubles = 2
    await bench.slack.person("sam").clicks(card, names.APPROVE)
    await bench.said("sam", "You said yes")
    await asyncio.sleep(0.3)
    assert await bench.events(Event.APPROVED) == [f"{TEAM}/{SAM}"]
    assert (await bench.said("sam", "You said yes")).count("You said yes.") == 2  # its text, and its block


@pytest.mark.attack(4, "two approvers at once", "double click")
async def test_case_4_two_approvers_at_once_approve_once(bench: Bench) -> None:
    """And a double click of each: two clicks, which no envelope tells apart."""
    card = await bench.shows()
    await asyncio.gather(
        *(bench.slack.person(who).clicks(card, names.APPROVE) for who in ("sam", "lee", "sam", "lee"))
    )
    for who in ("sam", "lee"):
        await bench.slack.until(
            lambda who=who: [each for each in bench.slack.person(who).sees(HOME) if each.get("ephemeral")]
        )
    await asyncio.sleep(0.3)
    assert len(await bench.events(Event.APPROVED)) == 1
    stored = await bench.stored()
    assert (stored.stage, len(stored.approvals)) == (Stage.APPROVED, 1)


async def test_case_4_one_person_is_not_two(tmp_path: Path) -> None:
    """Where two are needed, somebody's second click is no second yes; somebody else's is."""
    two = replace(POLICY, rules=(replace(RULE, quorum=2),))
    async with _bench(tmp_path, two) as bench:
        card = await bench.shows(needed=2)
        await asyncio.gather(*(bench.slack.person("sam").clicks(card, names.APPROVE) for _ in range(3)))
        await bench.said("sam", "1 of 2")
        await asyncio.sleep(0.3)
        assert (await bench.stored()).stage is Stage.WAITING
        card = await bench.slack.until(bench.card)
        await bench.slack.person("lee").clicks(card, names.APPROVE)
        await bench.said("lee", "You said yes")
        assert (await bench.stored()).stage is Stage.APPROVED


@pytest.mark.attack(5, "edited value")
@pytest.mark.parametrize("value", ["p0000000000", "", f"{PLAN} set-image", "<!channel>", "x" * 1_500])
async def test_case_5_edited_value_is_no_plan(bench: Bench, value: str) -> None:
    """On the card of another one, too; and it is recorded that somebody tried."""
    card = await bench.shows()
    await bench.sends("sam", HOME, value, on=card)
    assert NO_PLAN in await bench.said("sam", NO_PLAN)
    assert (await bench.stored()).approvals == ()
    assert await bench.events(Event.REFUSED) == [f"{TEAM}/{SAM}"]


@pytest.mark.attack(8, "approval from another cluster's channel")
@pytest.mark.attack(5, "copied message")
async def test_case_5_and_8_yes_counts_on_the_plans_own_card_alone(bench: Bench) -> None:
    """Not on a copy, in another channel or in the same, nor where another cluster's plans are approved."""
    card = await bench.shows()
    await bench.sends("sam", "#platform-alerts", on=card)
    await bench.said("sam", NOT_ITS_OWN, "#platform-alerts")
    await bench.sends("sam", HOME)
    await bench.said("sam", NOT_ITS_OWN)
    assert (await bench.stored()).approvals == ()
    assert len(await bench.events(Event.REFUSED)) == 2


@pytest.mark.attack(5, "three days old")
async def test_case_5_button_of_three_days_ago_is_too_late(bench: Bench) -> None:
    """Also where the card still has it; and then it has it no more."""
    card = await bench.shows()
    bench.clock.ahead = timedelta(days=3)
    await bench.slack.person("sam").clicks(card, names.APPROVE)
    assert "expired" in await bench.said("sam", "expired")
    assert (await bench.stored()).stage is Stage.EXPIRED
    await bench.slack.until(lambda: names.APPROVE not in json.dumps(bench.card()))


@pytest.mark.attack(6, "guest", "Slack Connect user", "bot", "deactivated", "audit line")
@pytest.mark.parametrize("who", ["gus", "uma", "riley", "morgan", "deploybot"])
async def test_case_6_whoever_is_outside_approves_nothing(bench: Bench, who: str) -> None:
    """Guests, Slack Connect, deactivated, bots; named by id as an approver or in the group, all the same."""
    card = await bench.shows()
    outsider = bench.slack.person(who).id
    for each in bench.slack.service.space.groups.values():
        each["users"] = [*each["users"], outsider]
    await bench.sends(who, HOME, on=card)
    await _refused(bench)
    assert (await bench.stored()).approvals == ()
    seen = json.dumps(bench.slack.person(who).sees(HOME), default=str)
    assert "none of those who may approve" not in seen


async def _refused(bench: Bench) -> None:
    """Wait until it is recorded that somebody may not."""
    async with asyncio.timeout(5):
        while not await bench.events(Event.REFUSED):  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.02)


@pytest.mark.attack(6, "no right", "private refusal", "audit line")
async def test_case_6_who_may_not_is_told_alone(bench: Bench) -> None:
    """Somebody who may see it, and is no approver: the others in the channel hear nothing of it."""
    card = await bench.shows(requester=f"{TEAM}/{SAM}")
    before = len(bench.slack.person("sam").sees(HOME))
    await bench.slack.person("dana").clicks(card, names.APPROVE)
    assert "none of those who may approve" in await bench.said("dana", "none of those who may approve")
    assert len(bench.slack.person("sam").sees(HOME)) == before
    assert await bench.events(Event.REFUSED) == [f"{TEAM}/{DANA}"]


@pytest.mark.attack(6, "removed from the group since")
async def test_case_6_removed_from_the_group_since_is_out_at_once(bench: Bench) -> None:
    """Nothing that was read before is believed at a click, not for a second."""
    card = await bench.shows()
    await bench.slack.person("sam").sends(HOME, "/imagepull list")
    await asyncio.sleep(0.2)
    bench.leaves("sre", SAM)
    await bench.slack.person("sam").clicks(card, names.APPROVE)
    await bench.said("sam", NO_PLAN)
    assert (await bench.stored()).approvals == ()


async def test_case_6_earlier_yes_of_who_left_since_counts_no_more(tmp_path: Path) -> None:
    """Who said yes is asked about again when the last yes comes."""
    two = replace(POLICY, rules=(replace(RULE, quorum=2),), ask=(Grant(("*",)),))
    async with _bench(tmp_path, two) as bench:
        card = await bench.shows(needed=2)
        await bench.slack.person("sam").clicks(card, names.APPROVE)
        await bench.said("sam", "You said yes")
        bench.leaves("sre", SAM)
        await bench.slack.person("lee").clicks(card, names.APPROVE)
        await bench.said("lee", "You said yes")
        assert (await bench.stored()).stage is Stage.WAITING


@pytest.mark.parametrize("method", ["users.info", "usergroups.list"])
async def test_case_6_nobody_is_believed_while_slack_is_silent(bench: Bench, method: str) -> None:
    """Failing closed, and saying so; when Slack speaks again the same click works."""
    card = await bench.shows()
    fault = bench.slack.faults.add(Fault(method, Way.ERROR, error="internal_error", times=50))
    await bench.slack.person("sam").clicks(card, names.APPROVE)
    await bench.said("sam", "Slack says internal_error")
    assert (await bench.stored()).approvals == ()
    fault.times = 0
    await bench.slack.person("sam").clicks(card, names.APPROVE)
    await bench.said("sam", "You said yes")
    assert (await bench.stored()).stage is Stage.APPROVED


@pytest.mark.attack(7, "own yes")
async def test_case_7_who_asked_does_not_approve(bench: Bench) -> None:
    """Also as one of the approvers, where their own yes does not count; declining it they may."""
    card = await bench.shows(requester=f"{TEAM}/{SAM}")
    await bench.slack.person("sam").clicks(card, names.APPROVE)
    assert "somebody other than who asked" in await bench.said("sam", "somebody other than who asked")
    assert (await bench.stored()).approvals == ()
    await bench.slack.person("sam").clicks(card, names.DECLINE)
    await bench.said("sam", "You said no")
    assert (await bench.stored()).stage is Stage.DECLINED


@pytest.mark.attack(8, "namespace that one may not see")
async def test_case_8_hidden_plan_is_like_none(tmp_path: Path) -> None:
    """Somebody who may approve and may not see the namespace hears what everybody hears of a plan that is not there."""
    blind = replace(POLICY, ask=(Grant(("@developers",), ("prod-eu",), ("shop",)),))
    async with _bench(tmp_path, blind) as bench:
        card = await bench.shows()
        await bench.slack.person("sam").clicks(card, names.APPROVE)
        hidden = await bench.said("sam", NO_PLAN)
        await bench.sends("sam", "#platform-alerts", "p0000000000")
        absent = await bench.said("sam", NO_PLAN, "#platform-alerts")
        texts = [
            {each["text"].replace(PLAN, "p0000000000") for each in json.loads(seen)}
            for seen in (hidden, absent)
        ]
        assert texts[0] == texts[1]
