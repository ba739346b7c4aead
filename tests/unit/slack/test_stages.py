"""Every stage has its words: who, when and how long, and what can still be done."""

from datetime import timedelta

import pytest

from bot.facts.proposal import Stage
from bot.slack import stages
from tests.fakes.repairs import AT, approval, plan, proposal


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_has_a_word_and_a_sentence(stage: Stage) -> None:
    """Whatever is not known yet."""
    told = proposal(stage=stage)
    assert stages.word(told)
    assert stages.sentence(told)


def test_time_it_took_is_counted_from_the_last_write() -> None:
    """And left out where the clock went back, or nobody knows."""
    ended = {"sent_at": AT, "ended": AT + timedelta(seconds=34)}
    assert stages.sentence(proposal(stage=Stage.MENDED, **ended)) == "Mended after 34s"
    back = proposal(stage=Stage.MENDED, sent_at=AT, ended=AT - timedelta(seconds=1))
    assert stages.sentence(back) == "Mended"
    assert "after 34s" in stages.sentence(proposal(stage=Stage.UNMENDED, **ended))
    assert "14:20:00" in stages.sentence(proposal(stage=Stage.WATCHING, sent_at=AT))


def test_approvals_are_counted_and_named() -> None:
    """Of as many as are needed."""
    one = proposal(needed=2, approvals=(approval(),))
    assert stages.sentence(one).startswith(
        "1 of 2 approvals so far; can be approved until 2026-03-01 14:50:00"
    )
    both = proposal(stage=Stage.APPROVED, approvals=(approval(), approval("")))
    assert "Approved by sam and T1/U2" in stages.sentence(both)
    assert stages.approvers(proposal()) == "nobody"
    assert stages.requester(proposal(requester_name="")) == "T1/U1"


def test_what_mends_nothing_is_done() -> None:
    """A way back, and what keeps others from harm."""
    for changed in ({"undoes": "p0"}, {"action": "suspend"}, {"action": "cordon-node"}):
        done = proposal(stage=Stage.MENDED, sent_at=AT, ended=AT + timedelta(seconds=2), **changed)
        assert (stages.word(done), stages.sentence(done)) == ("Done", "Done after 2s")


def test_end_says_whether_it_was_approved_and_made() -> None:
    """Approved and not begun in time is something else than not approved; seen and not seen to help likewise."""
    late = proposal(stage=Stage.EXPIRED, approvals=(approval(),))
    assert stages.sentence(late).startswith("Approved by sam, and not begun in time")
    assert stages.sentence(proposal(stage=Stage.EXPIRED)).startswith("Not approved in time: 0 of 1")
    assert "whether the last change was made" in stages.sentence(proposal(stage=Stage.UNKNOWN, begun=True))
    assert "could see what came of it" in stages.sentence(proposal(stage=Stage.UNKNOWN, done=1, sent_at=AT))


def test_what_was_done_in_part_is_said() -> None:
    """Case 27: nobody may think that nothing was changed."""
    half = proposal(many=2, stage=Stage.REFUSED, done=1)
    assert "only 1 of 2 changes was made" in stages.sentence(half)
    assert "nothing was changed" in stages.sentence(proposal(stage=Stage.STALE))
    assert stages.sentence(proposal(many=2, stage=Stage.RUNNING, done=1)) == "1 of 2 changes made so far"


@pytest.mark.attack(27, "way back")
def test_way_back_is_offered_where_there_is_one() -> None:
    """Of what was made and did not help; once; and not of a way back."""
    unmended = proposal(stage=Stage.UNMENDED, done=1)
    assert stages.may_undo(unmended)
    assert stages.may_undo(proposal(many=2, stage=Stage.REFUSED, done=1))
    assert not stages.may_undo(proposal(stage=Stage.REFUSED))
    assert not stages.may_undo(proposal(stage=Stage.MENDED, done=1))
    assert not stages.may_undo(proposal(stage=Stage.UNMENDED, done=1, way_back="p1"))
    assert not stages.may_undo(proposal(stage=Stage.UNMENDED, done=1, undoes="p0"))
    final = plan().writes[0].__class__("delete", plan().writes[0].key)
    assert not stages.may_undo(proposal(stage=Stage.UNMENDED, done=1, writes=(final,)))


def test_only_what_changed_nothing_is_planned_again() -> None:
    """Stale or too late."""
    assert [each for each in Stage if stages.may_repeat(proposal(stage=each))] == [Stage.STALE, Stage.EXPIRED]
    assert not stages.may_repeat(proposal(many=2, stage=Stage.STALE, done=1))


def test_place_is_the_workloads() -> None:
    """A node has no namespace."""
    assert stages.place(plan()) == "web/Deployment/web"


def test_a_node_that_was_asked_mends_nothing() -> None:
    """It answers, or not."""
    words = {each: stages.word(proposal(action="ask-node", stage=each)) for each in Stage}
    assert (words[Stage.MENDED], words[Stage.UNMENDED]) == ("Answered", "Not answered")
    assert stages.sentence(proposal(action="ask-node", stage=Stage.UNMENDED)) == "Not answered"
    assert not stages.may_undo(proposal(action="ask-node", stage=Stage.UNMENDED))
