"""Approved changes, attacked from all sides: cases 26, 28, 31 and 32 of the security design on a real store, with real cards.

Tenants write objects, somebody writes into the database, the clock is set back, and people ask a thousand times. What people
click is attacked in ``test_approvals_slack``, processes are killed in ``test_fixing_killed``.
"""

import copy
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.facts.audit import broken
from bot.facts.change import ANNOTATION, ObjectKey
from bot.facts.proposal import Proposal, Stage
from bot.ports.answering import Nothing, Question
from bot.ports.keeping import Address
from bot.ports.repairing import Click, Offers, Proposed, Wish, Words
from bot.slack.letters import SlackScribe, posted
from bot.store import opening
from bot.store.opening import Store
from bot.wiring import Knowledge
from bot.workflows import fixing
from bot.workflows.carrying import Carrier, Hands
from bot.workflows.fixing import Tools
from bot.workflows.remediate import Repair
from tests import fixes
from tests.fakes.changing import Cluster
from tests.fakes.store import FakeStore
from tests.repairing import DANA, ROBIN, RULE, SAM, Bench, asking
from tests.repairing import broken as failing
from tests.situations import deployed, workload


WEB = Question(("deploy/web",), "shop", "eu")
SUSPEND, RECREATE = Wish(WEB, "suspend"), Wish(WEB, "recreate-pod")
CANARY = "xkcd-correct-horse-936"
MINUTE = timedelta(minutes=1)


class Siege(Bench):
    """A bench whose ledger is a database, whose cards are Slack's, and whose cluster can be changed."""

    def __init__(self, known: Knowledge, store: Store, folder: Path) -> None:
        super().__init__(known)
        self.store, self.file = store, folder / "imagepull.db"
        self.ledger: Any = store.ledger
        self.cluster = Cluster()
        self.complaints: list[str] = []
        self.repair = Repair(self.reach, self.terms, self.tools())

    def tools(self) -> Tools:
        """With cards as Slack shows them."""
        return replace(super().tools(), cards=SlackScribe())

    async def asked(self, wish: Wish) -> Proposed | Words | Nothing:
        """Have dana wish something, and its card delivered."""
        answer: Any = await self.repair.request(asking(DANA), wish)
        await self.deliver()
        return answer

    async def deliver(self) -> None:
        """Have every letter arrive."""
        for each in await self.store.outbox.due(self.clock.now(), MINUTE, 1000):
            await self.store.outbox.delivered(each, Address("C1", each.letter.incident))

    async def yes(self, name: str, who: Any = ROBIN) -> Proposed | Nothing:
        """Have somebody click on its card."""
        return await self.repair.approve(
            asking(who, ("C1", "#shop")), name, Click(Address("C1", name), self.recheck)
        )

    async def carried(self, name: str) -> Proposal:
        """Have a replica carry out what there is; how it stands then."""
        hands = Hands(
            self._writer,
            lambda _: self.world(),
            "one",
            self.clock.wait,
            self._complain,
            FakeStore().note_statement,
            self.present,
        )
        carrier = Carrier(lambda: self.reach.rules, lambda: self.terms, self.tools(), hands)
        await carrier.tick()
        await carrier.idle()
        assert not self.complaints
        return await self.stored(name)

    async def stored(self, name: str) -> Proposal:
        """How it stands."""
        found = await self.store.ledger.proposal(name)
        assert found is not None
        return found

    def stands(self) -> None:
        """Have everything that was looked at there for whoever changes it, so that a plan would succeed."""
        for each in deployed(*failing()):
            meta = each["metadata"]
            key = ObjectKey(each["kind"], meta["namespace"], meta["name"])
            parts = {name: part for name, part in each.items() if name not in ("kind", "apiVersion")}
            self.cluster.put(key, meta["uid"], **copy.deepcopy(parts))

    def tamper(self, statement: str, *values: str) -> None:
        """Write into the database, past the bot."""
        with sqlite3.connect(self.file) as connection:
            connection.execute(statement, values)
        connection.close()

    def kept(self) -> bytes:
        """All bytes that are kept, what SQLite keeps beside its file with them."""
        return b"".join(each.read_bytes() for each in sorted(self.file.parent.glob("imagepull.db*")))

    @asynccontextmanager
    async def _writer(self, _: str) -> AsyncIterator[Cluster]:
        yield self.cluster

    def _complain(self, name: str, error: Exception) -> None:
        self.complaints.append(f"{name}: {error!r}")


@pytest.fixture
async def siege(known: Knowledge, tmp_path: Path) -> AsyncIterator[Siege]:
    """A cluster in which Deployment web of shop fails, before anybody attacks."""
    async with opening.opened(f"sqlite:///{tmp_path / 'imagepull.db'}") as store:
        made = Siege(known, store, tmp_path)
        await made.fill()
        made.stands()
        yield made


def _hostile() -> list[dict[str, Any]]:
    """The workload, with credentials wherever people put them, and a mebibyte where it hurts."""
    web, *rest = sorted(deployed(*failing()), key=lambda each: each["kind"] != "Deployment")
    applied = json.dumps({"spec": {"password": CANARY}})
    for each in (web, *rest):
        each["metadata"].setdefault("annotations", {}).update(
            {
                "kubectl.kubernetes.io/last-applied-configuration": applied,
                "notes": f"password={CANARY} " + "x" * (1 << 20),
                "<!channel>": f"https://robin:{CANARY}@db.example/",
            }
        )
    for container in web["spec"]["template"]["spec"]["containers"]:
        container["env"] = [{"name": "DB_PASSWORD", "value": CANARY}]
        container["args"] = [f"--token {CANARY}"]
    return [web, *rest]


@pytest.mark.timeout(20)
async def test_nothing_secret_of_an_object_is_kept_or_told(siege: Siege) -> None:
    """Case 31 of security.md: neither in a card, an answer, the record, nor in any byte of the database."""
    await siege.fill(*_hostile())
    offers = await siege.repair.offers(asking(DANA), WEB)
    assert isinstance(offers, Offers)
    told = [repr([offers.offers, offers.words, offers.told.documents])]
    for wish in (SUSPEND, RECREATE):
        answer = await siege.asked(wish)
        assert isinstance(answer, Proposed), answer
        told.append(repr(answer))
        told.append(repr(await siege.yes(answer.proposal.id)))
        told.append(repr(await siege.carried(answer.proposal.id)))
    records = await siege.store.ledger.records()
    assert len(records) >= 4
    assert not broken(records)
    for each in (*told, repr(records)):
        assert CANARY not in each
    kept = siege.kept()
    assert b"plan-1" in kept
    assert CANARY.encode() not in kept


async def test_a_card_of_hostile_objects_is_one_that_slack_takes(siege: Siege) -> None:
    """Case 28 of security.md: a mebibyte, a mention and a link in annotations change nothing of it."""
    await siege.fill(*_hostile())
    answer = await siege.asked(SUSPEND)
    assert isinstance(answer, Proposed)
    (card,) = fixing.letters(SlackScribe(), answer.proposal)
    assert len(card.body) < 20_000
    shown = json.dumps([posted(card).text, posted(card).blocks])
    assert "<!channel>" not in shown
    assert [str(each.key) for each in answer.proposal.plan.writes] == ["Deployment shop/web"]


@pytest.mark.attack(28, "approval")
async def test_who_writes_the_plans_id_first_makes_nothing_done(siege: Siege) -> None:
    """Case 28 of security.md: cards show it, and a tenant may annotate what is theirs."""
    answer = await siege.asked(SUSPEND)
    assert isinstance(answer, Proposed)
    name, web = answer.proposal.id, workload("Deployment", "web")
    key = answer.proposal.plan.writes[0].key
    meta = {**web["metadata"], "annotations": {ANNOTATION: name}}
    siege.cluster.put(key, meta["uid"], metadata=meta, spec=web["spec"])
    assert isinstance(await siege.yes(name), Proposed)
    ended = await siege.carried(name)
    assert (ended.stage, ended.done, siege.cluster.sent) == (Stage.STALE, 0, 0)
    assert "bears the plan's id" in ended.outcome


async def test_many_wishes_for_one_change_are_one_card(siege: Siege) -> None:
    """Whoever presses a button again and again is told of the plan that there is."""
    first = await siege.asked(RECREATE)
    assert isinstance(first, Proposed)
    for _ in range(50):
        again = await siege.asked(RECREATE)
        assert again == Proposed(first.proposal)
    assert len(await siege.store.ledger.unfinished()) == 1
    assert len(await siege.store.ledger.records()) == 1


@pytest.mark.attack(32, "approvals do not revive")
@pytest.mark.attack(5, "plan altered since it was shown")
async def test_a_plan_that_somebody_rewrote_in_the_database_is_worth_nothing(siege: Siege) -> None:
    """Case 32 of security.md: neither approved nor carried out, and who tried stands in the record."""
    answer = await siege.asked(SUSPEND)
    assert isinstance(answer, Proposed)
    name = answer.proposal.id
    body = json.loads(await _body(siege, name))
    body["plan"]["writes"][0]["patch"] = '{"spec":{"replicas":0}}'
    siege.tamper("UPDATE proposals SET body = ? WHERE id = ?", json.dumps(body), name)
    refused = await siege.yes(name)
    assert isinstance(refused, Nothing)
    assert "not the one that was shown" in refused.message
    siege.tamper(
        "UPDATE proposals SET stage = 'approved', body = ? WHERE id = ?",
        json.dumps({**body, "stage": "approved"}),
        name,
    )
    ended = await siege.carried(name)
    assert (ended.stage, siege.cluster.sent) == (Stage.STALE, 0)
    assert "not the one that was shown" in ended.outcome


@pytest.mark.attack(32, "approvals do not revive")
async def test_an_approval_that_nobody_gave_is_none(siege: Siege) -> None:
    """Case 32 of security.md: whoever writes only the stage into the database has no yes to show."""
    answer = await siege.asked(SUSPEND)
    assert isinstance(answer, Proposed)
    name = answer.proposal.id
    body = {**json.loads(await _body(siege, name)), "stage": "approved"}
    siege.tamper("UPDATE proposals SET stage = 'approved', body = ? WHERE id = ?", json.dumps(body), name)
    ended = await siege.carried(name)
    assert (ended.stage, siege.cluster.sent) == (Stage.STALE, 0)
    assert "changed since it was approved" in ended.outcome


@pytest.mark.attack(32, "tampered audit row")
async def test_a_record_that_somebody_rewrote_shows(siege: Siege) -> None:
    """Case 32 of security.md: altered, taken out, or put in the name of somebody else."""
    answer = await siege.asked(SUSPEND)
    assert isinstance(answer, Proposed)
    await siege.yes(answer.proposal.id)
    assert not broken(await siege.store.ledger.records())
    siege.tamper("UPDATE audit SET body = replace(body, 'T1/U2', 'T1/U3')")
    assert "was altered" in broken(await siege.store.ledger.records())
    siege.tamper("UPDATE audit SET body = replace(body, 'T1/U3', 'T1/U2')")
    assert not broken(await siege.store.ledger.records())
    siege.tamper("DELETE FROM audit WHERE number = 1")
    assert "record 1 is missing" in broken(await siege.store.ledger.records())


@pytest.mark.attack(32, "clock back an hour", "approvals do not revive")
async def test_a_clock_that_is_set_back_revives_neither_a_yes_nor_a_plan(siege: Siege) -> None:
    """Case 32 of security.md: with one of two approvals given, and with all of them."""
    siege.govern(rules=(replace(RULE, quorum=2),))
    half, whole = await siege.asked(SUSPEND), await siege.asked(RECREATE)
    assert isinstance(half, Proposed)
    assert isinstance(whole, Proposed)
    await siege.yes(half.proposal.id)
    for who in (ROBIN, SAM):
        await siege.yes(whole.proposal.id, who)
    assert (await siege.stored(whole.proposal.id)).stage is Stage.APPROVED
    siege.clock.moment -= timedelta(hours=1)
    assert isinstance(await siege.yes(half.proposal.id, SAM), Nothing)
    await siege.carried(whole.proposal.id)
    siege.clock.moment += timedelta(hours=1)
    for each in (half, whole):
        assert (await siege.stored(each.proposal.id)).stage is Stage.EXPIRED
        await siege.yes(each.proposal.id, SAM)
        assert (await siege.carried(each.proposal.id)).stage is Stage.EXPIRED
    assert siege.cluster.sent == 0


async def test_settings_that_changed_after_the_last_yes_hold(siege: Siege) -> None:
    """Cases 6 and 7 of security.md: nobody may approve it by then, the writer is gone, or the rule lets it go less far."""
    gone: list[dict[str, Any]] = [
        {"rules": ()},
        {"rules": (replace(RULE, approvers=("@platform",)),)},
        {"rules": (replace(RULE, gitops=True),)},
        {"writers": frozenset()},
    ]
    for changes in gone:
        siege.govern(rules=(RULE,), writers=frozenset({"eu"}))
        answer = await siege.asked(RECREATE)
        assert isinstance(answer, Proposed), changes
        assert isinstance(await siege.yes(answer.proposal.id), Proposed)
        siege.govern(**changes)
        ended = await siege.carried(answer.proposal.id)
        assert (ended.stage, siege.cluster.sent) == (Stage.STALE, 0), changes


@pytest.mark.attack(26, "deleted", "replaced")
async def test_what_changed_between_the_click_and_the_write_fails_closed(siege: Siege) -> None:
    """Case 26 of security.md: deleted, or another one of its name."""
    for change, said in (
        (lambda: siege.cluster.objects.pop(fixes.WEB), "is not there any more"),
        (lambda: siege.cluster.edit(fixes.WEB, _another), "is another one of that name by now"),
        (lambda: None, ""),
    ):
        siege.stands()
        answer = await siege.asked(SUSPEND)
        assert isinstance(answer, Proposed)
        await siege.yes(answer.proposal.id)
        change()
        ended = await siege.carried(answer.proposal.id)
        # The last is the one that nothing happened to.
        expected = (Stage.STALE, 0) if said else (Stage.MENDED, 1)
        assert (ended.stage, siege.cluster.sent) == expected
        assert said in ended.outcome


def _another(body: dict[str, Any]) -> None:
    body["metadata"]["uid"] = "another"


async def _body(siege: Siege, name: str) -> str:
    with sqlite3.connect(siege.file) as connection:
        (found,) = connection.execute("SELECT body FROM proposals WHERE id = ?", (name,)).fetchone()
    connection.close()
    return str(found)
