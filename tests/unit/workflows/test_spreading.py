"""Everybody who is told without Slack is told by their own route, and of each beginning there is an end."""

from dataclasses import replace

from bot.carriers.scribe import NoticeScribe
from bot.facts.cause import Scope
from bot.facts.notice import Standing
from bot.facts.verdict import Confidence, Incident
from bot.incidents import lifecycle
from bot.incidents.lifecycle import Patience
from bot.incidents.looking import Look
from bot.incidents.routing import Match, Route, Routing
from bot.ports.dispatching import Post, State
from bot.rendering.composer import VoiceComposer
from bot.rendering.voice import Voice
from bot.workflows import spreading
from bot.workflows.spreading import Outlet
from tests import lives, reports
from tests.fakes.cluster import NOW
from tests.fakes.posts import FakeDispatches
from tests.fakes.store import FakeStore
from tests.lives import HOUR, MINUTE


def _outlet(name: str, sends: spreading.Sends = spreading.always, **match: tuple[str, ...]) -> Outlet:
    return Outlet(name, Routing((Route(Match(**match), name),)), sends)


class _Desk:
    """Looks, stores and tells."""

    def __init__(self, *outlets: Outlet) -> None:
        self.outlets, self.store = outlets, FakeStore()
        self.posts = FakeDispatches(self.store.shelf)
        self.moment = NOW
        self.patience = Patience(hold=0 * MINUTE, calm=0 * MINUTE)

    async def look(self, *incidents: Incident, cluster: str = "eu", **seen: object) -> list[str]:
        self.moment += MINUTE
        known = await self.store.episodes(cluster, self.moment - HOUR)
        outcome = lifecycle.advance(known, Look(cluster, self.moment, incidents, **seen), self.patience)
        told = {each.episode.id: await self.posts.told(each.episode.id) for each in outcome.changes}
        with Voice(reports.catalog()) as voice:
            words = VoiceComposer(voice), NoticeScribe()
            found = spreading.posts(outcome.changes, told, cluster, self.outlets, words)
            told = {each.episode.id: await self.posts.told(each.episode.id) for each in outcome.standing}
            found += spreading.late(outcome.standing, told, cluster, self.outlets, words)
        await self.store.save(outcome.changed, outcome.forgotten, found)
        return [_shown(each) for each in found]


def _shown(post: Post) -> str:
    return f"{post.channel} {post.state}{'' if post.is_sent else ' (silent)'}"


async def test_each_is_told_by_its_own_route() -> None:
    """One's does not take from another's, and what none covers is told to nobody."""
    desk = _Desk(_outlet("a"), _outlet("b", namespaces=("pay",)), _outlet("c", namespaces=("shop",)))
    assert await desk.look(lives.incident("shop/web")) == ["a opened", "c opened"]


async def test_life_is_told_from_its_beginning_to_its_end_and_anew() -> None:
    """In words that a receiver can tell apart."""
    desk = _Desk(_outlet("a"))
    one, two = lives.incident("shop/web"), lives.incident("shop/web", pods=3)
    assert await desk.look(one) == ["a opened"]
    assert await desk.look(one) == []
    assert await desk.look(two) == ["a changed"]
    assert await desk.look() == ["a resolved"]
    assert await desk.look(one) == ["a opened"]


async def test_what_a_route_covers_no_more_ends_there() -> None:
    """Though it goes on."""
    desk = _Desk(_outlet("a", cause=("it",)))
    await desk.look(lives.incident("shop/web"))
    assert await desk.look(lives.incident("shop/web", cause="else")) == ["a resolved"]
    (told,) = [each for each in desk.store.shelf.told.values() if each.carrier == "a"]
    notice = NoticeScribe().notice(told.body)
    assert notice is not None
    assert notice.standing is Standing.MOVED


async def test_one_that_remembers_is_sent_nothing() -> None:
    """But has the words."""
    desk = _Desk(_outlet("a", spreading.never))
    assert await desk.look(lives.incident("shop/web")) == ["a opened (silent)"]
    assert not desk.store.shelf.posts
    assert [each.state for each in desk.store.shelf.told.values()] == [State.OPENED]


async def test_one_that_wants_verdicts_is_spared_numbers_and_ends() -> None:
    """It hears of a beginning, and of another cause or sureness."""
    desk = _Desk(_outlet("a", spreading.verdicts))
    unsure = lives.incident("shop/web", sure=Confidence.MEDIUM)
    assert await desk.look(unsure) == ["a opened"]
    assert await desk.look(lives.incident("shop/web", sure=Confidence.MEDIUM, pods=4)) == [
        "a changed (silent)"
    ]
    assert await desk.look(lives.incident("shop/web", pods=4)) == ["a changed"]
    assert await desk.look() == ["a resolved (silent)"]
    assert await desk.look(unsure) == ["a opened"]


async def test_one_for_whom_the_latest_counts_waits_for_nothing_before_it() -> None:
    """What is only remembered takes nothing away."""
    desk = _Desk(replace(_outlet("v", spreading.verdicts), is_latest=True), _outlet("w"))
    await desk.look(lives.incident("shop/web"))
    await desk.look(lives.incident("shop/web", pods=3))
    waits = [(each.letter.channel, each.letter.replaces) for each in desk.store.shelf.posts.values()]  # type: ignore[attr-defined]
    assert waits == [("v", True), ("w", False)]
    await desk.posts.due(desk.moment, HOUR, 10, ("v",))
    await desk.look(lives.incident("shop/web", pods=3, sure=Confidence.LOW, cause="else"))
    assert len([each for each in desk.store.shelf.posts.values() if each.letter.channel == "v"]) == 1


async def test_words_of_another_version_are_begun_anew() -> None:
    """What cannot be read is no error."""
    desk = _Desk(_outlet("a"))
    await desk.look(lives.incident("shop/web"))
    for key, each in desk.store.shelf.told.items():
        desk.store.shelf.told[key] = replace(each, body="{}")
    assert await desk.look(lives.incident("shop/web", pods=3)) == ["a changed"]
    assert await desk.look() == ["a resolved"]


async def test_who_is_added_hears_once_of_what_goes_on() -> None:
    """Of what its route covers; then of what becomes of it, like everybody."""
    desk = _Desk(_outlet("a"))
    web, api = lives.incident("shop/web"), lives.incident("pay/api")
    await desk.look(web, api)
    desk.outlets = (*desk.outlets, _outlet("b", namespaces=("pay",)), _outlet("c", spreading.never))
    assert await desk.look(web, api) == ["b opened", "c opened (silent)", "c opened (silent)"]
    assert await desk.look(web, api) == []
    assert sorted(await desk.look(web)) == ["a resolved", "b resolved", "c resolved (silent)"]
    notices = [
        NoticeScribe().notice(each.body) for each in desk.store.shelf.told.values() if each.carrier == "b"
    ]
    assert [each.since for each in notices if each] == [NOW + MINUTE]


async def test_who_is_added_is_not_told_of_what_is_not_seen_or_wants_quiet() -> None:
    """It is told when a look shows it, and when its quiet is over."""
    desk = _Desk(_outlet("a"))
    web = lives.incident("shop/web")
    await desk.look(web)
    desk.outlets = (*desk.outlets, _outlet("b"))
    assert await desk.look(complete=False) == []
    (episode,) = await desk.store.episodes("eu", NOW)
    until = desk.moment + 3 * MINUTE
    await desk.store.save(lifecycle.snooze(episode, "dana", until, desk.moment).changed, [], [])
    assert await desk.look(web) == []
    desk.moment = until
    assert await desk.look(web) == ["a changed", "b opened"]


async def test_what_clusters_share_is_told_of_each() -> None:
    """Who heard of it in one cluster alone knows nothing of the other."""
    desk = _Desk(_outlet("a"))
    down = lives.incident("shop/web", scope=Scope.REGISTRY)
    await desk.look(down)
    await desk.look(down, cluster="us")
    desk.outlets = (*desk.outlets, _outlet("b"))
    assert await desk.look(down) == ["b opened"]
    assert await desk.look(down, cluster="us") == ["b changed"]
    assert await desk.look(down) == []
    (told,) = [each for each in desk.store.shelf.told.values() if each.carrier == "b"]
    notice = NoticeScribe().notice(told.body)
    assert notice is not None
    assert {each.cluster for each in notice.shares} == {"eu", "us"}
