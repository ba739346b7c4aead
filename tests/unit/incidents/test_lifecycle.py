"""Held, told, changed, ended and back: told once each, and nothing by what was not seen."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.facts.cause import Scope
from bot.facts.episode import MOST_MEMBERS, Part, Stage
from bot.facts.verdict import Confidence, Incident
from bot.incidents import lifecycle
from bot.incidents.lifecycle import Change, Patience, Turn
from bot.incidents.looking import EVERYWHERE, NOWHERE, Extent, Look
from tests.lives import HOUR, MINUTE, SECOND, Memory, incident, opened


LOW, MEDIUM, HIGH = Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH


def _last(memory: Memory) -> Change:
    return memory.changes[-1]


# -- the hold


def test_incident_is_told_when_it_has_lasted() -> None:
    """Not before the hold is over, and once."""
    memory = Memory()
    assert memory.look(incident()) == []
    assert memory.look(incident(), after=59 * SECOND) == []
    assert memory.look(incident(), after=SECOND) == [Turn.OPENED]
    assert memory.look(incident()) == []
    assert _last(memory).incidents == (incident(),)
    assert _last(memory).before is None


def test_what_heals_by_itself_stays_silent() -> None:
    """It is forgotten, and a later failure is held anew."""
    memory = Memory()
    memory.look(incident())
    assert memory.look(after=30 * SECOND) == []
    assert not memory.episodes
    assert memory.look(incident(), after=40 * SECOND) == []


def test_what_has_failed_for_long_is_told_at_first_sight() -> None:
    """The hold counts from the failure's own beginning."""
    memory = Memory()
    assert memory.look(incident(since=memory.moment - HOUR)) == [Turn.OPENED]
    assert _last(memory).lasted == HOUR + MINUTE


def test_held_incident_is_told_only_when_it_is_seen() -> None:
    """The hold may run out while nobody can look."""
    memory = Memory()
    memory.look(incident())
    assert memory.look(after=HOUR, complete=False) == []
    assert memory.look(incident()) == [Turn.OPENED]


# -- changes


def test_counts_change_the_message() -> None:
    """Four hundred workloads are one message."""
    names = [f"shop/w{number}" for number in range(400)]
    memory = opened(incident(*names[:3], scope=Scope.REGISTRY))
    assert memory.look(incident(*names, scope=Scope.REGISTRY)) == [Turn.UPDATED]
    change = _last(memory)
    assert (change.episode.workloads, change.before and change.before.workloads) == (400, 3)
    assert memory.look(incident(*names, scope=Scope.REGISTRY)) == []


def test_numbers_wait_until_the_message_has_been_calm() -> None:
    """Looks may come every second; readers do not."""
    memory = opened(incident("shop/a", scope=Scope.NODE))
    two, three = (
        incident(*names, scope=Scope.NODE) for names in (("shop/a", "shop/b"), ("shop/a", "shop/c", "shop/d"))
    )
    assert memory.look(two, after=10 * SECOND) == []
    assert memory.look(three, after=10 * SECOND) == []
    assert memory.look(three, after=10 * SECOND) == [Turn.UPDATED]
    assert _last(memory).episode.workloads == 3


def test_numbers_that_came_back_are_no_news() -> None:
    """What a person reads is as it was."""
    one, two = incident("shop/a", scope=Scope.NODE), incident("shop/a", "shop/b", scope=Scope.NODE)
    memory = opened(one)
    assert memory.look(two, after=10 * SECOND) == []
    assert memory.look(one) == []


def test_each_cluster_is_told_by_its_own_look() -> None:
    """Words come from a look at it: of two that fail within one hold, each is told when it is seen, however soon."""
    memory = Memory()
    down = incident("shop/a", scope=Scope.REGISTRY)
    memory.look(down)
    assert memory.look(down, cluster="us", after=SECOND) == []
    assert memory.look(down, after=MINUTE) == [Turn.OPENED]
    assert memory.only.told != memory.only.reading
    assert memory.look(down, after=SECOND) == []
    assert memory.look(down, cluster="us", after=SECOND) == [Turn.UPDATED]
    assert memory.only.told == memory.only.reading
    assert memory.look(down, cluster="us") == memory.look(down) == []
    more = incident("shop/a", "shop/b", scope=Scope.REGISTRY)
    assert memory.look(more, cluster="us", after=MINUTE) == [Turn.UPDATED]
    assert memory.look(down, cluster="us", after=SECOND) == []  # numbers wait
    assert memory.look(down) == []  # and are not this cluster's to tell
    assert memory.look(down, cluster="us") == [Turn.UPDATED]
    assert memory.look(cluster="us", after=SECOND) == [Turn.UPDATED]
    assert memory.look(after=SECOND) == [Turn.RESOLVED]


def test_what_was_only_carried_along_is_told_when_it_is_seen() -> None:
    """An incident may be told by a quick look; what only full ones show has no words then, and gets them later."""
    memory = Memory()
    both, quick = (incident(*names, scope=Scope.NODE) for names in (("shop/a", "shop/b"), ("shop/a",)))
    memory.look(both)
    assert memory.look(quick, full=False) == [Turn.OPENED]
    assert memory.look(quick, full=False) == []
    assert memory.look(both) == [Turn.UPDATED]
    assert memory.look(both) == []


def test_snoozed_incident_wakes_when_it_is_seen() -> None:
    """What nobody can see is not told of anew."""
    memory = opened(incident())
    memory.take(lifecycle.snooze(memory.only, "ada", memory.moment + MINUTE, memory.moment))
    assert memory.look(after=HOUR, complete=False) == []
    assert memory.look(incident()) == [Turn.AWOKE]


def test_better_verdict_edits_the_message_at_once() -> None:
    """The same incident, now known."""
    memory = opened(incident(cause=None, sure=LOW))
    assert memory.look(incident(cause="known"), after=SECOND) == [Turn.IMPROVED]
    assert (memory.only.fingerprint.cause, memory.only.confidence) == ("known", HIGH)
    assert memory.only.told == memory.only.reading


def test_surer_verdict_edits_the_message() -> None:
    """From low over medium to high."""
    memory = opened(incident(sure=LOW))
    assert memory.look(incident(sure=MEDIUM)) == [Turn.IMPROVED]
    assert memory.look(incident(sure=HIGH)) == [Turn.IMPROVED]


@pytest.mark.parametrize("worse", [incident(sure=LOW), incident(sure=MEDIUM), incident(cause=None, sure=LOW)])
def test_look_that_proves_less_takes_nothing_back(worse: Incident) -> None:
    """Registries ration their answers and events expire; the images are the same, so what was proven stands."""
    memory = opened(incident())
    assert memory.look(worse) == []
    assert (memory.only.fingerprint.cause, memory.only.confidence) == ("it", HIGH)
    assert memory.look(replace(worse, diagnoses=worse.diagnoses + incident(pods=2).diagnoses)) == [
        Turn.UPDATED
    ]
    assert _last(memory).incidents == ()
    assert [len(each.diagnoses) for each in _last(memory).seen] == [3]


@pytest.mark.parametrize(
    ("other", "turn"),
    [
        (incident(sure=LOW, image="registry.example/shop/web:2"), Turn.UPDATED),
        (incident(cause="other", sure=MEDIUM), Turn.UPDATED),
        (incident(cause="other"), Turn.UPDATED),
        (incident(image="registry.example/shop/web:2"), Turn.UPDATED),
    ],
)
def test_other_verdict_or_image_is_told(other: Incident, turn: Turn) -> None:
    """What was proven of another image proves nothing, and another cause that is likely is one."""
    memory = opened(incident())
    assert memory.look(other) == [turn]
    assert _last(memory).incidents == (other,)
    assert memory.only.fingerprint.cause == other.cause


def test_wider_place_absorbs_the_narrow_ones() -> None:
    """One goes on as the wide one; the others point to it and are over."""
    memory = opened(incident("shop/a"), incident("shop/b"), incident("pay/c"))
    wide = incident("shop/a", "shop/b", "pay/c", scope=Scope.REGISTRY)
    assert sorted(memory.look(wide)) == [Turn.ABSORBED, Turn.ABSORBED, Turn.UPDATED]
    (survivor,) = memory.live
    assert {each.survivor for each in memory.episodes.values()} == {"", survivor.id}
    assert memory.look() == [Turn.RESOLVED]


def test_incident_that_shrinks_stays_the_same_message() -> None:
    """From the cluster back to one node."""
    memory = opened(incident("shop/a", "shop/b", scope=Scope.CLUSTER))
    assert memory.look(incident("shop/a", scope=Scope.NODE)) == [Turn.UPDATED]
    assert memory.only.fingerprint.place.scope is Scope.NODE


# -- ends and returns


def test_end_is_told_with_its_duration() -> None:
    """From the first sign on."""
    memory = opened(incident())
    assert memory.look(after=8 * MINUTE) == [Turn.RESOLVED]
    assert (_last(memory).lasted, _last(memory).episode.stage) == (9 * MINUTE, Stage.RESOLVED)
    assert memory.look() == []


def test_what_flaps_is_one_incident() -> None:
    """It reopens its own message, at once."""
    memory = opened(incident())
    for returns in (1, 2, 3):
        assert memory.look() == [Turn.RESOLVED]
        assert memory.look(incident(), after=29 * MINUTE) == [Turn.REOPENED]
        assert memory.only.returns == returns


def test_what_returns_late_is_another_incident() -> None:
    """With a hold and a message of its own."""
    memory = opened(incident())
    memory.look()
    assert memory.look(incident(), after=31 * MINUTE) == []
    assert memory.look(incident()) == [Turn.OPENED]
    assert len(memory.episodes) == 2


@pytest.mark.parametrize("seen", [{"complete": False}, {"unseen": frozenset({"shop"})}])
def test_what_was_not_seen_is_not_resolved(seen: dict[str, Any]) -> None:
    """A cluster that hangs, a namespace that refuses: nobody knows."""
    memory = opened(incident())
    assert memory.look(after=24 * HOUR, **seen) == []
    assert memory.only.stage is Stage.OPEN
    assert memory.look() == [Turn.RESOLVED]


def test_registry_is_resolved_when_every_cluster_has_it_back() -> None:
    """One incident for all of them."""
    memory = opened(incident(scope=Scope.REGISTRY))
    assert memory.look(incident("pay/api", scope=Scope.REGISTRY), cluster="us") == [Turn.UPDATED]
    assert memory.only.clusters == ("eu", "us")
    assert memory.look(cluster="eu") == [Turn.UPDATED]
    assert memory.look(cluster="ap") == []
    assert memory.look(cluster="us") == [Turn.RESOLVED]


# -- people


def test_acknowledgement_is_told_once() -> None:
    """A double click is one."""
    memory = opened(incident())
    assert memory.take(lifecycle.acknowledge(memory.only, "ada", memory.moment)) == [Turn.ACKNOWLEDGED]
    assert _last(memory).by == "ada"
    assert lifecycle.acknowledge(memory.only, "ada", memory.moment) == lifecycle.Outcome()
    assert memory.look(incident()) == []


def test_return_needs_to_be_acknowledged_anew() -> None:
    """Who looked after it thought it was over."""
    memory = opened(incident())
    memory.take(lifecycle.acknowledge(memory.only, "ada", memory.moment))
    memory.look()
    memory.look(incident())
    assert memory.only.acknowledged_by == ""


def test_snoozed_incident_tells_nothing_until_it_wakes() -> None:
    """Then all at once; its end is told whenever it comes."""
    memory = opened(incident(cause=None, sure=LOW))
    until = memory.moment + HOUR
    assert memory.take(lifecycle.snooze(memory.only, "ada", until, memory.moment)) == [Turn.SNOOZED]
    assert lifecycle.snooze(memory.only, "ada", until, memory.moment) == lifecycle.Outcome()
    assert memory.look(incident(pods=3)) == []
    assert memory.look(incident(pods=4), after=59 * MINUTE) == [Turn.AWOKE]
    assert (_last(memory).episode.pods, _last(memory).incidents) == (4, (incident(pods=4),))
    assert memory.look(incident(pods=4)) == []
    memory.take(lifecycle.snooze(memory.only, "ada", until + HOUR, memory.moment))
    assert memory.look() == [Turn.RESOLVED]
    assert memory.look(incident()) == [Turn.REOPENED]
    assert memory.only.snoozed_until == until + HOUR


def test_nobody_acknowledges_or_snoozes_what_is_over_or_was_not_told() -> None:
    """Nor with a time that has passed."""
    memory = Memory()
    memory.look(incident())
    nothing = lifecycle.Outcome()
    assert lifecycle.acknowledge(memory.only, "ada", memory.moment) == nothing
    assert lifecycle.snooze(memory.only, "ada", memory.moment + HOUR, memory.moment) == nothing
    memory.look(incident())
    assert lifecycle.snooze(memory.only, "ada", memory.moment, memory.moment) == nothing
    memory.look()
    assert lifecycle.acknowledge(memory.only, "ada", memory.moment) == nothing


# -- the clock


@pytest.mark.attack(32, "clock back an hour")
def test_clock_that_went_back_changes_nothing() -> None:
    """It ends nothing, wakes nothing, tells nothing twice, and what is new is told after one hold."""
    memory = opened(incident(), incident("pay/api"))
    assert memory.look(incident()) == [Turn.RESOLVED]
    (still,) = memory.live
    memory.take(lifecycle.snooze(still, "ada", memory.moment + MINUTE, memory.moment))
    assert memory.look(incident(), incident("new/one"), after=-HOUR) == []
    assert sorted(memory.look(incident(), incident("pay/api"), incident("new/one"))) == [
        Turn.OPENED,
        Turn.REOPENED,
    ]
    assert len(memory.episodes) == 3


def test_held_incident_is_told_after_one_hold_though_the_clock_went_back() -> None:
    """Its beginning is in the future then."""
    memory = Memory()
    memory.look(incident())
    assert memory.look(incident(), after=-HOUR) == []
    assert memory.look(incident()) == [Turn.OPENED]


def test_two_beginnings_at_one_moment_have_two_names() -> None:
    """A clock that went back comes to the same moment again."""
    memory = opened(incident(), patience=Patience(flapping=timedelta(0)))
    memory.look()
    memory.look(incident(since=None), after=MINUTE)
    memory.look(after=-MINUTE)
    assert memory.look(incident(), after=-2 * MINUTE) in ([], [Turn.REOPENED])
    assert len(memory.live) == 1


# -- what the settings leave out

WITHOUT_PAY = Extent(exclude=("pay",))


def test_incident_that_nobody_looks_at_any_more_is_dropped() -> None:
    """It may go on, so it is not resolved; what nobody was told of is forgotten."""
    memory = opened(incident("pay/api"))
    memory.look(incident("pay/new"), incident("pay/api"))
    assert memory.look(extent=WITHOUT_PAY) == [Turn.DROPPED]
    assert (_last(memory).dropped, memory.only.stage) == ({"pay"}, Stage.RESOLVED)
    assert memory.look(extent=WITHOUT_PAY) == []
    assert memory.look(incident("pay/api")) == [Turn.REOPENED]


@pytest.mark.parametrize("seen", [{"complete": False}, {"full": False}, {"unseen": frozenset({"pay"})}])
def test_what_is_left_out_is_dropped_by_any_look(seen: dict[str, Any]) -> None:
    """It takes no look to know that it is not looked at."""
    assert opened(incident("pay/api")).look(extent=WITHOUT_PAY, **seen) == [Turn.DROPPED]


def test_incident_goes_on_without_what_is_left_out() -> None:
    """Told at once with what is left, although numbers were told a moment ago; then its end is one."""
    memory = opened(incident("pay/api", "shop/web", scope=Scope.NODE))
    rest = incident("shop/web", scope=Scope.NODE)
    assert memory.look(rest, after=SECOND, extent=WITHOUT_PAY) == [Turn.UPDATED]
    assert (_last(memory).dropped, memory.only.pods) == ({"pay"}, 1)
    assert memory.look(rest, extent=WITHOUT_PAY) == []
    assert memory.look(extent=WITHOUT_PAY) == [Turn.RESOLVED]


def test_what_healed_as_the_rest_was_left_out_is_dropped() -> None:
    """All of it did not heal; each channel is told of its own."""
    memory = opened(incident("pay/api", "shop/web", scope=Scope.NODE))
    assert memory.look(extent=WITHOUT_PAY) == [Turn.DROPPED]
    assert _last(memory).dropped == {"pay"}


def test_what_is_left_out_is_told_through_a_snooze() -> None:
    """No later look could tell that it did not heal; the snooze goes on."""
    memory = opened(incident("pay/api", "shop/web", scope=Scope.NODE))
    memory.take(lifecycle.snooze(memory.only, "Ada", memory.moment + HOUR, memory.moment))
    assert memory.look(incident("shop/web", scope=Scope.NODE), extent=WITHOUT_PAY) == [Turn.UPDATED]
    assert memory.only.snoozed_by == "Ada"
    assert memory.look(incident("shop/web", "shop/b", scope=Scope.NODE), extent=WITHOUT_PAY) == []


def test_shared_incident_goes_on_where_it_is_looked_at() -> None:
    """A cluster that leaves out its part takes nothing from another's."""
    memory = opened(incident("pay/api", scope=Scope.REGISTRY))
    memory.look(incident("pay/api", scope=Scope.REGISTRY), cluster="us")
    assert memory.look(extent=NOWHERE) == [Turn.UPDATED]
    assert (memory.only.clusters, _last(memory).dropped) == (("us",), {"pay"})
    assert memory.look(cluster="us") == [Turn.RESOLVED]


def test_absorbed_incident_knows_what_was_left_out_of_it() -> None:
    """The other one takes over what is still looked at."""
    memory = opened(
        incident("shop/web", "pay/api", scope=Scope.NODE), incident("shop/b", scope=Scope.REGISTRY)
    )
    wide = incident("shop/web", "shop/b", scope=Scope.REGISTRY)
    assert Turn.ABSORBED in memory.look(wide, extent=WITHOUT_PAY)
    ended = next(each for each in memory.changes if each.turn is Turn.ABSORBED)
    assert ended.dropped == {"pay"}
    assert [each.namespace for part in memory.live[0].parts for each in part.members] == ["shop", "shop"]


@pytest.mark.parametrize(("extent", "turn"), [(EVERYWHERE, Turn.RESOLVED), (WITHOUT_PAY, Turn.DROPPED)])
def test_what_was_only_counted_may_have_been_left_out(extent: Extent, turn: Turn) -> None:
    """Nobody knows where it lies, so nobody says that it healed."""
    memory = opened(incident())
    counted = replace(memory.only, parts=(Part("eu", (), 3, 3),))
    memory.episodes[counted.id] = counted
    assert memory.look(extent=extent) == [turn]


# -- whatever happens

WORKLOADS = [f"{namespace}/{name}" for namespace in ("shop", "pay") for name in "abc"]
SCOPES = st.sampled_from(list(Scope))


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    """Any cause at any place."""
    names = draw(st.lists(st.sampled_from(WORKLOADS), min_size=1, max_size=4, unique=True))
    return incident(
        *names,
        cause=draw(st.sampled_from([None, "one", "other"])),
        scope=draw(SCOPES),
        sure=draw(st.sampled_from(list(Confidence))),
        image=draw(st.sampled_from(["registry.example/a:1", "registry.example/a:2"])),
    )


@st.composite
def looks(draw: st.DrawFn) -> dict[str, Any]:
    """Any look at one of two clusters, at a clock that does as it likes."""
    return {
        "found": draw(st.lists(incidents(), max_size=5)),
        "after": timedelta(seconds=draw(st.integers(-4000, 4000))),
        "cluster": draw(st.sampled_from(["eu", "us"])),
        "complete": draw(st.booleans()),
        "full": draw(st.booleans()),
        "unseen": frozenset(draw(st.sets(st.sampled_from(["shop", "pay"]), max_size=1))),
        "extent": draw(
            st.sampled_from([EVERYWHERE, EVERYWHERE, WITHOUT_PAY, Extent(include=("pay",)), NOWHERE])
        ),
    }


HISTORIES = st.lists(looks(), min_size=1, max_size=6)
ANY = settings(max_examples=60, deadline=None)


def _is_within(extent: Extent, found: Incident) -> bool:
    return all(extent.has(each.workload.namespace) for each in found.diagnoses)


def _run(memory: Memory, history: list[dict[str, Any]], shuffled: random.Random | None = None) -> Memory:
    for one in history:
        found = [each for each in one["found"] if _is_within(one["extent"], each)]
        if shuffled:
            shuffled.shuffle(found)
            memory.episodes = dict(shuffled.sample(list(memory.episodes.items()), len(memory.episodes)))
        memory.look(*found, **{name: value for name, value in one.items() if name != "found"})
    return memory


@ANY
@given(HISTORIES, st.randoms())
def test_order_in_which_things_come_is_nothing(
    history: list[dict[str, Any]], shuffled: random.Random
) -> None:
    """The same is known and told, whatever came first."""
    one, other = _run(Memory(), history), _run(Memory(), history, shuffled)
    assert one.episodes == other.episodes
    assert one.changes == other.changes


@ANY
@given(HISTORIES)
def test_nothing_is_doubled_or_lost(history: list[dict[str, Any]]) -> None:
    """Each is opened once, ends when it is open, returns when it is not, and one lives for each fingerprint."""
    memory = _run(Memory(Patience(alone=2)), history)
    keys = [each.fingerprint.key for each in memory.live]
    assert len(keys) == len(set(keys))
    stages: dict[str, bool] = {}
    for change in memory.changes:
        is_open = stages.get(change.episode.id)
        match change.turn:
            case Turn.OPENED:
                assert is_open is None
            case Turn.REOPENED:
                assert is_open is False
            case _:
                assert is_open
        stages[change.episode.id] = change.turn not in (Turn.RESOLVED, Turn.ABSORBED, Turn.DROPPED)
        assert not (change.turn is Turn.RESOLVED and change.dropped)
        assert change.lasted >= timedelta()
    for each in memory.episodes.values():
        assert (each.stage is Stage.OPEN) == stages.get(each.id, False)
        assert bool(each.parts) == each.stage.is_live
        if each.survivor:
            assert each.survivor in memory.episodes


@ANY
@given(HISTORIES, st.integers(-4000, 4000))
def test_unseen_never_resolves(history: list[dict[str, Any]], seconds: int) -> None:
    """A look that saw nothing and says so changes nothing, at whatever time."""
    memory = _run(Memory(), history)
    before = dict(memory.episodes)
    assert memory.look(after=timedelta(seconds=seconds), complete=False) == []
    assert memory.episodes == before


@ANY
@given(HISTORIES)
def test_whole_looks_end_everything(history: list[dict[str, Any]]) -> None:
    """Nothing stays open for ever: clusters without a failure have no incident."""
    memory = _run(Memory(), history)
    memory.look(cluster="eu")
    memory.look(cluster="us")
    assert not memory.live


@ANY
@given(HISTORIES)
def test_memory_is_bounded(history: list[dict[str, Any]]) -> None:
    """As many as may stand alone, and one storm, in each cluster."""
    memory = Memory(Patience(alone=2))
    for one in history:
        memory.look(
            *one["found"],
            **({name: value for name, value in one.items() if name != "found"} | {"cluster": "eu"}),
        )
        assert len(memory.live) <= 3


@pytest.mark.attack(29, "one storm message")
def test_thousands_of_random_images_are_one_message() -> None:
    """And the memory of them is small."""
    storm = [incident(f"ns{number % 100}/w{number}") for number in range(6_000)]
    memory = Memory()
    memory.look(*storm)
    assert memory.look(*storm) == [Turn.OPENED]
    (only,) = memory.live
    assert (only.workloads, only.pods, len(only.parts[0].members)) == (6_000, 6_000, MOST_MEMBERS)
    assert memory.look() == [Turn.RESOLVED]


def test_advance_takes_a_look_and_changes_no_argument() -> None:
    """Pure: the same again gives the same."""
    memory = opened(incident())
    look = Look("eu", memory.moment + MINUTE, (incident(pods=2),))
    known = tuple(memory.episodes.values())
    assert lifecycle.advance(known, look, Patience()) == lifecycle.advance(known, look, Patience())
