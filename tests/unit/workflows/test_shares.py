"""What a change shows each channel: its own part, counted truly, in words that hold."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from bot.facts.cause import Scope
from bot.facts.notice import Notice, Pile, Storm
from bot.incidents.lifecycle import Change, Patience
from bot.incidents.routing import Match, Route, Routing, Tenants
from bot.rendering.composer import MOST_NAMES, VoiceComposer
from bot.rendering.voice import Voice
from bot.workflows import shares
from bot.workflows.shares import MOST_PILES, Glimpse, Offered
from tests import reports
from tests.lives import Memory, incident
from tests.tellings import ALL, of_namespaces


NOW_ON = Patience(hold=timedelta(), calm=timedelta(), alone=20)


def _glimpses(
    change: Change,
    *routes: Route,
    before: dict[str, Notice] | None = None,
    offered: Offered = shares.nothing,
) -> dict[str, Glimpse]:
    composer = VoiceComposer(Voice(reports.catalog()))
    found, _ = shares.glimpses(change, "eu", before or {}, Routing(routes), composer, offered)
    return dict(found)


def _change(memory: Memory) -> Change:
    return memory.changes[-1]


def _notice(change: Change, glimpse: Glimpse) -> Notice:
    made = (glimpse.share,) if glimpse.share else ()
    return Notice(change.episode.id, change.episode.since, change.moment, made, glimpse.storm)


def test_share_counts_all_and_names_some() -> None:
    """Beyond what an incident remembers by name, too."""
    memory = Memory(NOW_ON)
    many = MOST_NAMES + 500
    memory.look(incident(*(f"shop/w{number}" for number in range(many)), scope=Scope.REGISTRY, pods=2))
    share = _glimpses(_change(memory), ALL)["#all"].share
    assert share
    assert (share.pods, share.workloads, share.namespaces) == (2 * many, many, ("shop",))
    assert (share.document.where.pod_count, share.document.where.workload_count) == (2 * many, many)
    assert len(share.document.where.pods) == MOST_NAMES


def test_nothing_is_shown_where_nothing_is_broken() -> None:
    """The cluster's part is over."""
    memory = Memory(NOW_ON)
    memory.look(incident(scope=Scope.REGISTRY))
    memory.look(incident("shop/b", scope=Scope.REGISTRY), cluster="us")
    memory.look(cluster="eu")
    assert _change(memory).episode.clusters == ("us",)
    assert _glimpses(_change(memory), ALL) == {}


def test_carried_workloads_count_where_they_belong() -> None:
    """By the routes where labels decide nothing, else by the names that the message has; to nobody when that is unknown."""
    memory = Memory(NOW_ON)
    both = incident("shop/a", "shop/b", "ops/c", scope=Scope.NODE)
    memory.look(both)
    first = _change(memory)
    by_label = (Route(Match(namespaces=("shop",), labels=("team",)), "#team"), of_namespaces("shop"), ALL)
    before = {name: _notice(first, each) for name, each in _glimpses(first, *by_label).items()}
    assert before.keys() == {"#shop", "#all"}
    memory.look(incident("shop/a", "shop/new", scope=Scope.NODE), full=False)
    found = _glimpses(_change(memory), *by_label, before=before)
    assert {name: each.share and each.share.pods for name, each in found.items()} == {"#shop": 3, "#all": 1}
    unknown = _glimpses(_change(memory), *by_label)
    assert {name: each.share and each.share.pods for name, each in unknown.items()} == {"#shop": 2}


def test_carried_names_stay_and_healed_ones_go() -> None:
    """Where a look saw one namespace of two."""
    memory = Memory(NOW_ON)
    memory.look(incident("shop/a", "ops/b", "ops/c", scope=Scope.NODE))
    first = _change(memory)
    before = {name: _notice(first, each) for name, each in _glimpses(first, ALL).items()}
    memory.look(unseen=frozenset({"ops"}))
    share = _glimpses(_change(memory), ALL, before=before)["#all"].share
    assert share
    assert (share.pods, share.namespaces) == (2, ("ops",))
    assert share.document.where.workloads == ("ops/Deployment/b", "ops/Deployment/c")
    assert share.document.where.pods == ("ops/b-0", "ops/c-0")
    assert share.document.where.more_pods == 0


def test_names_are_read_with_their_namespaces() -> None:
    """In front where there are several, else the only one."""
    memory = Memory(NOW_ON)
    memory.look(incident("shop/a", "shop/b", scope=Scope.NODE))
    share = _glimpses(_change(memory), ALL)["#all"].share
    assert share
    assert shares.named_in(share) == {("shop", "Deployment/a"), ("shop", "Deployment/b")}
    cut = replace(share, document=replace(share.document, where=share.document.where.naming(1)))
    assert shares.named_in(cut) == {("shop", "Deployment/a")}


def test_each_channel_is_offered_what_may_be_asked_for_in_its_own_namespaces() -> None:
    """In the order in which it would help; nothing where the operator allows nothing."""
    memory = Memory(NOW_ON)
    found = incident("shop/a", "ops/b", cause="wrong-tag", scope=Scope.NODE)
    known = [replace(each, verdict=replace(each.verdict, cause="wrong-tag")) for each in found.diagnoses]
    memory.look(replace(found, diagnoses=tuple(known)))
    asked: list[tuple[str, str]] = []

    def offered(cluster: str, namespace: str, actions: Iterable[str]) -> tuple[str, ...]:
        asked.append((cluster, namespace))
        return tuple(sorted(actions)) if namespace == "shop" else ()

    told = _glimpses(_change(memory), of_namespaces("shop"), ALL, offered=offered)
    actions = {name: each.share.actions for name, each in told.items() if each.share}
    assert actions == {"#shop": ("set-image",), "#all": ()}
    assert set(asked) == {("eu", "shop"), ("eu", "ops")}
    assert all(each.share and not each.share.actions for each in _glimpses(_change(memory), ALL).values())


def test_storm_is_piled_by_cause() -> None:
    """The largest first, a few, and how many more; each channel its own."""
    memory = Memory(NOW_ON)
    every = [
        incident(f"shop/w{cause}-{number}", cause=f"c{cause:02}")
        for cause in range(15)
        for number in range(20 - cause)
    ]
    memory.look(*every, incident("ops/x", cause=None))
    found = _glimpses(_change(memory), of_namespaces("ops"), ALL)
    storm, ops = found["#all"].storm, found["#ops"].storm
    assert storm
    assert ops
    assert (len(storm.piles), storm.more) == (MOST_PILES, 5)
    assert [each.incidents for each in storm.piles[:2]] == [20, 19]
    assert ops.piles == (Pile(None, "The cause is not known", 1, 1, "ops/x-0"),)
    assert (storm.incidents, storm.workloads, storm.namespaces) == (len(every), len(every), 1)


def test_storm_knows_some_of_its_places() -> None:
    """By its examples."""
    piles = (Pile("a", "A", 1, 1, "shop/x"), Pile("b", "B", 1, 1, "ops/y"))
    assert shares.places(Storm("eu", 2, 2, 2, 2, piles)) == {"shop", "ops"}


def test_what_routes_say_goes_along() -> None:
    """Whom to call, how bad it is, and what tenants chose in vain."""
    memory = Memory(NOW_ON)
    memory.look(incident())
    route = Route(Match(), "#all", "@oncall", tenants=Tenants("channel", ()))
    glimpse = _glimpses(_change(memory), route)["#all"]
    assert (glimpse.mention, glimpse.severity) == ("@oncall", "")
