"""An approved plan is carried out once, whatever is answered, and how it ended is told as it is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import ClusterUnreadable, Overtaken
from bot.facts.audit import Event, broken
from bot.facts.change import ANNOTATION, Write
from bot.facts.proposal import Proposal, Stage
from bot.ports.rehearsing import Declined, Reason
from bot.remediation import executing, holding
from bot.remediation.executing import TURNS, Execution
from tests import fixes
from tests.fakes.changing import Cluster, Died, Fault, Object
from tests.fakes.holding import Clock, Reasons, means
from tests.fakes.ledger import MemoryLedger


CONFLICT = Declined(Reason.CONFLICT, "the object has been modified")
DENIED = Declined(Reason.ADMISSION, "policy says no")
FORBIDDEN = Declined(Reason.FORBIDDEN, "may not patch", "the right to patch deployments")
THROTTLED = Declined(Reason.THROTTLED, "too many requests")
UNCLEAR = Declined(Reason.UNCLEAR, "no answer")


class Field:
    """A cluster, a ledger and a clock, with replicas that come and go."""

    def __init__(self, *writes: Write) -> None:
        self.cluster, self.ledger, self.clock = fixes.cluster(), MemoryLedger(), Clock(fixes.NOW)
        self.plan = fixes.plan(*writes)
        self.reasons = Reasons()

    async def approved(self, **changes: object) -> Proposal:
        """Have it approved."""
        return await self.ledger.save(replace(fixes.proposal(self.plan), **changes), ())  # type: ignore[arg-type]

    async def run(self, holder: str = "one") -> Proposal:
        """Have a replica carry on what is stored."""
        stored = await self.ledger.proposal("p1")
        assert stored is not None
        given = means(self.ledger, self.clock, holder)
        held = await holding.take(stored, given)
        assert held is not None
        return await Execution(held, given, self.cluster, self.reasons).run()

    def answers(self) -> list[str]:
        """What was recorded as answered."""
        return [each.entry.details["answer"] for each in self.ledger.chain if "answer" in each.entry.details]


async def _ran(field: Field, faults: Sequence[Fault | Declined | None] = ()) -> Proposal:
    field.cluster.faults = list(faults)
    await field.approved()
    return await field.run()


@pytest.mark.parametrize("write", [fixes.PATCH, fixes.DELETE, fixes.COPY, fixes.ATTACH, fixes.ASK])
async def test_a_write_is_made_once_with_the_plans_id(write: Write) -> None:
    """Recorded before and after, told, and then watched."""
    field = Field(write)
    ended = await _ran(field)
    assert (ended.stage, ended.done, ended.begun, ended.sent_at) == (Stage.WATCHING, 1, False, fixes.NOW)
    assert field.cluster.effects == {(str(write.key), "p1"): 1}
    assert field.ledger.events == [Event.SENT, Event.ANSWERED]
    assert field.answers() == ["accepted"]
    assert [each.body for each in field.ledger.letters] == ["running", "watching"]
    assert not broken(field.ledger.chain)


async def test_what_was_sent_is_recorded_with_the_version_it_held_to() -> None:
    """The object, its uid and version, and the patch; of a copy where from and which entry, and no value."""
    field = Field(fixes.PATCH, fixes.COPY)
    await _ran(field)
    sent = [each.entry.details for each in field.ledger.chain if each.entry.event is Event.SENT]
    assert sent[0] == {
        "write": "1 of 2",
        "verb": "patch",
        "object": "Deployment shop/web",
        "uid": "uid-web",
        "version": "102",
        "patch": fixes.PATCH.patch,
    }
    assert sent[1]["source"] == "Secret platform/regcred"
    assert sent[1]["entry"] == "a.example"


async def test_a_plans_writes_are_made_in_order() -> None:
    """All of them."""
    field = Field(fixes.ATTACH, fixes.DELETE)
    ended = await _ran(field)
    assert (ended.stage, ended.done) == (Stage.WATCHING, 2)
    assert list(field.cluster.effects) == [(str(fixes.ACCOUNT), "p1"), (str(fixes.POD), "p1")]


@pytest.mark.parametrize("write", [fixes.PATCH, fixes.DELETE, fixes.COPY])
@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER])
async def test_a_lost_answer_is_asked_of_the_object(write: Write, fault: Fault) -> None:
    """A write that was made is not made again; one that was not is."""
    field = Field(write)
    ended = await _ran(field, [fault])
    assert (ended.stage, ended.done) == (Stage.WATCHING, 1)
    assert field.cluster.effects == {(str(write.key), "p1"): 1}
    assert field.cluster.sent == (2 if fault is Fault.LOST_BEFORE else 1)


async def test_many_lost_answers_end_in_look_here() -> None:
    """It is not sent for ever, and nobody claims to know."""
    field = Field(fixes.PATCH)
    ended = await _ran(field, [Fault.LOST_BEFORE] * TURNS)
    assert ended.stage is Stage.UNKNOWN
    assert "may have been written" in ended.outcome
    assert field.cluster.sent == TURNS
    assert sum(field.clock.waited, timedelta()) == timedelta(seconds=15)


@pytest.mark.parametrize("write", [fixes.PATCH, fixes.DELETE])
async def test_a_conflict_is_read_and_sent_again_where_nothing_that_matters_changed(write: Write) -> None:
    """A status that was written meanwhile is no reason to refuse."""
    field = Field(write)
    field.cluster.between = [
        lambda: field.cluster.edit(write.key, lambda body: body.update(other="1")),
    ]
    ended = await _ran(field)
    assert (ended.stage, field.cluster.sent) == (Stage.WATCHING, 2)
    assert field.answers() == ["conflict", "accepted"]


@pytest.mark.attack(26, "changed")
async def test_a_conflict_over_what_matters_makes_it_stale() -> None:
    """Case 26 of security.md: changed between what was read and what was sent."""

    def rolled_out(body: Object) -> None:
        body["metadata"]["generation"] = 4

    field = Field(fixes.PATCH)
    field.cluster.between = [lambda: field.cluster.edit(fixes.WEB, rolled_out)]
    ended = await _ran(field)
    assert ended.stage is Stage.STALE
    assert "no newer rollout" in ended.outcome
    assert not field.cluster.effects


async def test_conflicts_without_end_are_given_up() -> None:
    """And nothing was written."""
    field = Field(fixes.PATCH)
    ended = await _ran(field, [CONFLICT] * TURNS)
    assert (ended.stage, ended.outcome) == (Stage.REFUSED, "the object has been modified")


async def test_throttling_passes() -> None:
    """It was not carried out, that is certain."""
    field = Field(fixes.PATCH)
    assert (await _ran(field, [THROTTLED, THROTTLED])).stage is Stage.WATCHING


@pytest.mark.attack(27, "admission refuses")
@pytest.mark.parametrize("answer", [DENIED, FORBIDDEN, replace(DENIED, reason=Reason.QUOTA)])
async def test_a_refusal_is_told_in_the_servers_words(answer: Declined) -> None:
    """Case 27 of security.md: once, with the right that is missing."""
    field = Field(fixes.PATCH)
    ended = await _ran(field, [answer])
    assert ended.stage is Stage.REFUSED
    assert answer.said in ended.outcome
    assert answer.hint in ended.outcome
    assert field.cluster.sent == 1
    assert field.ledger.events == [Event.SENT, Event.ANSWERED, Event.REFUSED]
    assert [each.body for each in field.ledger.letters] == ["running", "refused", ended.outcome]


@pytest.mark.attack(27, "partial success")
async def test_partial_success_is_told() -> None:
    """Case 27 of security.md: what was made before the refusal stands."""
    field = Field(fixes.ATTACH, fixes.DELETE)
    ended = await _ran(field, [None, DENIED])
    assert (ended.stage, ended.done) == (Stage.REFUSED, 1)
    assert "policy says no. Made before that, 1 of 2: attach regcred" in ended.outcome
    assert field.ledger.chain[-1].entry.details["made"] == "1 of 2"


async def test_a_refusal_after_a_lost_answer_does_not_say_that_nothing_was_written() -> None:
    """It says nothing about the request before it."""
    field = Field(fixes.PATCH)
    ended = await _ran(field, [Fault.LOST_BEFORE, *[DENIED] * TURNS])
    assert ended.stage is Stage.UNKNOWN


async def test_a_delete_that_took_effect_late_is_made() -> None:
    """Not there any more, after a request that may have done it."""
    field = Field(fixes.DELETE)

    def gone() -> None:
        del field.cluster.objects[fixes.POD]

    field.cluster.between = [lambda: None, gone]
    ended = await _ran(field, [Fault.LOST_BEFORE])
    assert (ended.stage, ended.done) == (Stage.WATCHING, 1)


@pytest.mark.parametrize("write", [fixes.PATCH, fixes.DELETE, fixes.COPY, fixes.ATTACH])
@pytest.mark.parametrize("fault", [Fault.DIES_BEFORE, Fault.DIES_AFTER])
async def test_whoever_takes_over_asks_the_object(write: Write, fault: Fault) -> None:
    """Case 4 of security.md: a replica that died around the write leaves it made once."""
    field = Field(write)
    with pytest.raises(Died):
        await _ran(field, [fault])
    stored = await field.ledger.proposal("p1")
    assert stored is not None
    assert (stored.stage, stored.begun, stored.done) == (Stage.RUNNING, True, 0)
    field.clock.moment += timedelta(minutes=3)
    ended = await field.run("two")
    assert (ended.stage, ended.done) == (Stage.WATCHING, 1)
    assert field.cluster.effects == {(str(write.key), "p1"): 1}
    assert field.answers()[-1] == ("accepted" if fault is Fault.DIES_BEFORE else "found made")
    # What was begun goes on whatever its reasons are by now: it may have removed them itself.
    assert field.reasons.asked == 1


async def test_what_cannot_be_told_after_a_death_is_unknown() -> None:
    """Somebody changed the object meanwhile, and no id is in it."""
    field = Field(fixes.PATCH)
    with pytest.raises(Died):
        await _ran(field, [Fault.DIES_BEFORE])
    field.cluster.edit(fixes.WEB, lambda body: body["metadata"].update(generation=9))
    field.clock.moment += timedelta(minutes=3)
    ended = await field.run("two")
    assert ended.stage is Stage.UNKNOWN
    assert "may have been written before" in ended.outcome


async def test_two_executors_at_once_write_once() -> None:
    """Case 4 of security.md: one that stood still for longer than its lease, and the one that took over."""
    field = Field(fixes.PATCH)
    await field.approved()
    second: list[Proposal] = []

    async def overtaken() -> None:
        field.clock.moment += timedelta(minutes=3)
        second.append(await field.run("two"))

    class Still(Cluster):
        async def change(self, write: Write, live: object, plan: str) -> object:  # type: ignore[override]
            if not second:
                await overtaken()
            return await field.cluster.change(write, live, plan)  # type: ignore[arg-type]

        async def read(self, key: object) -> object:  # type: ignore[override]
            return await field.cluster.read(key)  # type: ignore[arg-type]

    stored = await field.ledger.proposal("p1")
    assert stored is not None
    given = means(field.ledger, field.clock, "one")
    held = await holding.take(stored, given)
    assert held is not None
    with pytest.raises(Overtaken):
        await Execution(held, given, Still(), field.reasons).run()
    assert second[0].stage is Stage.WATCHING
    assert field.cluster.effects == {(str(fixes.WEB), "p1"): 1}
    assert field.cluster.objects[fixes.WEB]["metadata"]["annotations"] == {ANNOTATION: "p1"}


async def test_reasons_that_do_not_hold_any_more_end_it() -> None:
    """Case 26 of security.md: before anything is sent, with what changed."""
    field = Field(fixes.PATCH)
    field.reasons = Reasons("web got its image meanwhile")
    ended = await _ran(field)
    assert (ended.stage, ended.outcome) == (Stage.STALE, "web got its image meanwhile")
    assert field.cluster.sent == 0
    assert field.ledger.events == [Event.STALE]


async def test_reasons_that_cannot_be_told_are_asked_for_again_and_then_count_as_gone() -> None:
    """What nobody knows allows nothing."""
    unread = ClusterUnreadable("eu gave no answer")
    field = Field(fixes.PATCH)
    field.reasons = Reasons(unread)
    assert (await _ran(field)).stage is Stage.WATCHING
    field = Field(fixes.PATCH)
    field.reasons = Reasons(*[unread] * TURNS)
    ended = await _ran(field)
    assert ended.stage is Stage.STALE
    assert "eu gave no answer" in ended.outcome
    assert field.cluster.sent == 0


async def test_an_approval_is_for_now() -> None:
    """Case 32 of security.md: what was approved before a long outage is not done after it."""
    field = Field(fixes.PATCH)
    await field.approved()
    field.clock.moment = field.plan.expires + timedelta(seconds=1)
    ended = await field.run()
    assert ended.stage is Stage.EXPIRED
    assert field.cluster.sent == 0
    late = replace(fixes.proposal(field.plan).approvals[0], at=field.plan.expires)
    proposal = replace(fixes.proposal(field.plan), approvals=(late,))
    assert not executing.is_late(proposal, field.plan.expires + timedelta(minutes=9))
    assert executing.is_late(proposal, field.plan.expires + timedelta(minutes=11))


async def test_a_clock_that_went_back_makes_no_approval_young_again() -> None:
    """Case 32 of security.md: nobody can say how old it is; clocks of replicas may differ a little."""
    field = Field(fixes.PATCH)
    await field.approved()
    field.clock.moment = fixes.NOW - timedelta(hours=1)
    ended = await field.run()
    assert (ended.stage, field.cluster.sent) == (Stage.EXPIRED, 0)
    assert "clock went back" in ended.outcome


async def test_a_stored_plan_that_is_not_the_one_shown_is_not_carried_out() -> None:
    """Whatever was altered in the store: writes, objects or conditions."""
    field = Field(fixes.PATCH)
    await field.approved(digest="of another plan")
    ended = await field.run()
    assert (ended.stage, field.cluster.sent) == (Stage.STALE, 0)


async def test_two_writes_to_one_object_are_refused() -> None:
    """By one id nobody could tell which of them was made."""
    field = Field(fixes.PATCH, replace(fixes.PATCH, patch="{}"))
    ended = await _ran(field)
    assert (ended.stage, field.cluster.sent) == (Stage.REFUSED, 0)


async def test_a_copy_follows_its_source() -> None:
    """A Secret that changed since is another value than the one that was approved; one that cannot be read ends it."""
    field = Field(fixes.COPY)
    field.cluster.edit(fixes.SOURCE, lambda body: body.update(type="other"))
    ended = await _ran(field)
    assert (ended.stage, ended.outcome) == (Stage.STALE, "Secret platform/regcred was changed")
    field = Field(fixes.COPY)
    field.cluster.reads = [None, FORBIDDEN]
    ended = await _ran(field)
    assert ended.stage is Stage.REFUSED
    assert field.cluster.sent == 0


async def test_a_source_that_changed_after_a_lost_answer_leaves_it_open() -> None:
    """What was sent before may still arrive."""
    field = Field(fixes.COPY)
    edit = field.cluster.edit
    field.cluster.between = [lambda: edit(fixes.SOURCE, lambda body: body.update(type="other"))]
    ended = await _ran(field, [Fault.LOST_BEFORE])
    assert ended.stage is Stage.UNKNOWN


async def test_an_existing_secret_is_never_written_over() -> None:
    """Also when it came between what was read and what was sent."""
    field = Field(fixes.COPY)
    field.cluster.between = [lambda: field.cluster.put(fixes.MADE, "theirs")]
    ended = await _ran(field)
    assert ended.stage is Stage.REFUSED
    assert "nothing is written over it" in ended.outcome
    assert field.cluster.objects[fixes.MADE]["metadata"]["uid"] == "theirs"


async def test_an_object_that_cannot_be_read_is_not_written() -> None:
    """For a while, or not at all."""
    field = Field(fixes.PATCH)
    field.cluster.reads = [UNCLEAR, UNCLEAR]
    assert (await _ran(field)).stage is Stage.WATCHING
    field = Field(fixes.PATCH)
    field.cluster.reads = [UNCLEAR] * TURNS
    assert (await _ran(field)).stage is Stage.REFUSED
    field = Field(fixes.PATCH)
    field.cluster.reads = [FORBIDDEN]
    assert (await _ran(field)).stage is Stage.REFUSED
    assert field.cluster.sent == 0


async def test_warnings_of_the_api_server_are_recorded() -> None:
    """They are part of what it answered."""
    assert executing._warned(executing.Accepted(None, ("deprecated", "slow"))) == {
        "warnings": "deprecated; slow"
    }
