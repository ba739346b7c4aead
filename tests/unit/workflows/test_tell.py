"""What became of incidents is told where it belongs: one message per incident and channel, and replies that matter."""

import json
from dataclasses import replace

import pytest

from bot.facts.cause import Scope, Severity
from bot.facts.notice import Standing
from bot.facts.verdict import Confidence
from bot.incidents import lifecycle
from bot.incidents.looking import NOWHERE, Extent
from bot.incidents.routing import Match, Route
from bot.ports.keeping import Kind
from bot.slack.letters import SlackScribe
from bot.slack.message import Message
from bot.workflows import tell
from tests.lives import HOUR, MINUTE, incident
from tests.tellings import ALL, Newsroom, labelled, of_namespaces, said


LOW, HIGH = Confidence.LOW, Confidence.HIGH


async def _opened(*incidents: object, room: Newsroom | None = None, **seen: object) -> Newsroom:
    made = room or Newsroom()
    await made.look(*incidents, **seen)  # type: ignore[arg-type]
    return made


# -- one message


async def test_opened_is_a_message_with_its_evidence() -> None:
    """And whom to call."""
    room = Newsroom([Route(Match(), "#all", "@oncall", severity_words={Severity.MEDIUM: "SEV-2"})])
    told = await room.look(said(incident()))
    assert told[0] == "message #all"
    assert set(told[1:]) == {"reply #all"}
    notice = room.notice()
    assert (notice.mention, notice.severity, notice.called, notice.standing) == (
        "@oncall",
        "SEV-2",
        False,
        Standing.OPEN,
    )
    (share,) = notice.shares
    assert (share.cluster, share.pods, share.workloads, share.namespaces) == ("eu", 1, 1, ("shop",))
    assert share.document.where.workload == "Deployment/web"


async def test_mere_numbers_edit_and_do_not_reply() -> None:
    """Four hundred workloads are one message."""
    room = await _opened(incident("shop/a", scope=Scope.NODE))
    many = incident(*(f"shop/w{number}" for number in range(400)), scope=Scope.NODE)
    assert await room.look(many) == ["message #all"]
    notice = room.notice()
    assert (notice.shares[0].pods, notice.shares[0].workloads) == (400, 400)
    assert notice.news == "400 pods, before 1; 400 workloads, before 1"
    assert notice.at == room.moment
    assert len(notice.shares[0].document.where.pods) == tell.MOST_NAMES
    assert notice.shares[0].document.where.pod_count == 400


async def test_better_verdict_edits_replies_and_shows_its_evidence() -> None:
    """What is known now, and why."""
    room = await _opened(incident(sure=LOW))
    told = await room.look(said(incident(sure=HIGH)))
    assert told[:2] == ["message #all", "reply #all"]
    assert len(told) > 2
    assert room.replies()[0].startswith("Changed")
    assert "confidence high, before low" in room.notice().news


async def test_resolved_edits_and_replies_with_how_long_it_lasted() -> None:
    """And then there is nothing more to tell."""
    room = await _opened(incident())
    began = room.notice().since
    assert await room.look() == ["message #all", "reply #all"]
    notice = room.notice()
    assert (notice.standing, notice.ended, notice.since) == (Standing.RESOLVED, room.moment, began)
    assert notice.shares  # the words outlive the pods
    assert room.replies()[0].startswith("Resolved after ")
    assert await room.look() == []


async def test_reopened_is_the_same_message_and_calls_again() -> None:
    """With how often it came back, by a reply: no edit calls anybody."""
    room = Newsroom([Route(Match(), "#all", "@here")])
    await room.look(incident())
    await room.deliver()
    await room.look()
    await room.deliver()
    assert await room.look(incident()) == ["message #all", "reply #all"]
    notice = room.notice()
    assert (notice.standing, notice.returns, notice.ended, notice.called) == (Standing.OPEN, 1, None, True)
    sent = [
        json.dumps(message.payload()) for _, message in await room.deliver() if isinstance(message, Message)
    ]
    assert [each.count('"broadcast"') for each in sent] == [0, 1]


async def test_edit_calls_nobody_but_what_replaces_an_untold_message_does() -> None:
    """A message that waits for Slack is replaced by a newer one, which still has to call."""
    room = Newsroom([Route(Match(), "#all", "@here")])
    await room.look(incident("shop/a", scope=Scope.NODE))
    await room.look(incident("shop/a", "shop/b", scope=Scope.NODE))
    assert not room.notice().called
    await room.deliver()
    await room.look(incident("shop/a", scope=Scope.NODE))
    assert (room.notice().called, room.notice().mention) == (True, "@here")


# -- people


async def test_people_are_named() -> None:
    """Acknowledged, snoozed, awake again: edited, and a reply with who."""
    room = await _opened(incident())
    (episode,) = await room.store.episodes("eu", room.moment)
    told = await room.take(lifecycle.acknowledge(episode, "Ada", room.moment))
    assert told == ["message #all", "reply #all"]
    assert room.notice().acknowledged_by == "Ada"
    assert room.replies()[0].startswith("Ada looks after this")
    (episode,) = await room.store.episodes("eu", room.moment)
    await room.take(lifecycle.snooze(episode, "Bob", room.moment + HOUR, room.moment))
    assert (room.notice().snoozed_by, room.notice().acknowledged_by) == ("Bob", "Ada")
    assert room.replies()[0].startswith("Bob snoozed this until ")
    assert await room.look(incident(), after=MINUTE) == []
    assert await room.look(incident(), after=HOUR) == ["message #all", "reply #all"]
    assert room.notice().snoozed_until is None
    assert room.replies()[0].startswith("The snooze of Bob is over")


# -- several channels


async def test_each_channel_is_told_its_part_only() -> None:
    """One incident over two channels: two messages, and what one does not cover does not appear in it."""
    room = Newsroom([of_namespaces("shop"), of_namespaces("pay")])
    told = await room.look(incident("shop/web", "pay/api", "pay/db", "ops/x", scope=Scope.REGISTRY))
    assert {"message #shop", "message #pay"} <= set(told)
    shop, pay = room.notice("#shop").shares[0], room.notice("#pay").shares[0]
    assert (shop.pods, shop.namespaces, pay.pods, pay.namespaces) == (1, ("shop",), 2, ("pay",))
    for each in room.told.letters:
        assert ("pay/" in each.body, "ops" in each.body) == (each.channel == "#pay", False)
    assert room.told.warnings == ("no route covers 1 failures, for example eu: ops/x-0",)


async def test_what_changes_elsewhere_edits_nothing_here() -> None:
    """Another channel's numbers are none of its business."""
    room = Newsroom([of_namespaces("shop"), of_namespaces("pay")])
    await room.look(incident("shop/web", "pay/api", scope=Scope.REGISTRY))
    both = incident("shop/web", "pay/api", "pay/db", scope=Scope.REGISTRY)
    assert await room.look(both) == ["message #pay"]


async def test_channel_that_is_reached_later_is_told_afresh() -> None:
    """With evidence and whom to call, though the incident is old; since when it fails there."""
    room = Newsroom([of_namespaces("shop"), Route(Match(), "#rest", "@rest")])
    old = room.moment - HOUR
    await room.look(incident("shop/web", scope=Scope.NODE, since=old))
    both = incident("shop/web", scope=Scope.NODE, since=old)
    late = incident("ops/x", scope=Scope.NODE, since=room.moment)
    told = await room.look(replace(both, diagnoses=both.diagnoses + late.diagnoses))
    assert "message #rest" in told
    assert "message #shop" not in told
    notice = room.notice("#rest")
    assert (notice.mention, notice.since) == ("@rest", room.moment - MINUTE)


async def test_channel_whose_pods_healed_is_told_so_while_others_go_on() -> None:
    """And when they fail again, its message is opened again."""
    room = Newsroom([of_namespaces("shop"), of_namespaces("pay")])
    whole = incident("shop/web", "pay/api", scope=Scope.REGISTRY)
    await room.look(whole)
    told = await room.look(incident("pay/api", scope=Scope.REGISTRY))
    assert told == ["message #shop", "reply #shop"]
    assert (room.notice("#shop").standing, room.notice("#pay").standing) == (
        Standing.RESOLVED,
        Standing.OPEN,
    )
    assert await room.look(whole) == ["message #shop", "reply #shop"]
    assert (room.notice("#shop").standing, room.notice("#shop").returns) == (Standing.OPEN, 1)
    assert len(await room.look()) == 4
    assert room.notice("#shop").standing is room.notice("#pay").standing is Standing.RESOLVED


async def test_channel_that_lost_its_pods_to_another_is_not_told_that_they_healed() -> None:
    """A better verdict is worse than was thought, and routes lead it elsewhere."""
    routes = [Route(Match(severity=(Severity.HIGH,)), "#platform"), ALL]
    room = Newsroom(routes, severities={"it": Severity.HIGH})
    await room.look(incident(cause=None, sure=LOW))
    await room.look(incident())
    assert room.notice("#all").standing is Standing.MOVED
    assert room.replies("#all")[0].startswith("Not told here any more")
    assert room.notice("#platform").standing is Standing.OPEN
    await room.look()
    assert room.notice("#platform").standing is Standing.RESOLVED
    assert room.notice("#all").standing is Standing.MOVED


async def test_absorbed_points_to_the_survivor() -> None:
    """In its own message."""
    room = Newsroom(severities={})
    await room.look(incident("shop/a"), incident("shop/b"))
    await room.look(incident("shop/a", "shop/b", scope=Scope.REGISTRY))
    notices = [SlackScribe().notice(each.body) for each in room.store.shelf.messages.values()]
    ends = {each.standing: each for each in notices if each}
    assert ends.keys() == {Standing.OPEN, Standing.ABSORBED}
    assert ends[Standing.ABSORBED].survivor == ends[Standing.OPEN].incident


# -- several clusters


async def test_look_at_one_cluster_changes_its_share_only() -> None:
    """A registry that two clusters miss is one incident; where it is back it disappears."""
    room = Newsroom()
    await room.look(incident("shop/a", scope=Scope.REGISTRY), cluster="eu")
    told = await room.look(incident("shop/b", "shop/c", scope=Scope.REGISTRY), cluster="us")
    assert told[:2] == ["message #all", "reply #all"]
    notice = room.notice()
    assert [(each.cluster, each.pods) for each in notice.shares] == [("us", 2), ("eu", 1)]
    assert "also in us: 2 pods" in notice.news
    assert await room.look(cluster="us") == ["message #all", "reply #all"]
    assert [each.cluster for each in room.notice().shares] == ["eu"]
    assert await room.look(cluster="eu") == ["message #all", "reply #all"]
    assert room.notice().standing is Standing.RESOLVED


async def test_thread_has_the_evidence_of_each_cluster() -> None:
    """Of one that joins, also when it brings back what was over elsewhere; of one that is known, no second time."""
    room = Newsroom()

    async def evidence(*workloads: str, cluster: str) -> list[bool]:
        found = [said(incident(each, scope=Scope.REGISTRY), f"words of {cluster}") for each in workloads]
        await room.look(*found, cluster=cluster)
        replies = [each.body for each in room.told.letters if each.kind is Kind.REPLY]
        return [f"words of {cluster}" in each for each in replies]

    assert await evidence("shop/a", cluster="eu") == [True]
    assert await evidence("shop/b", cluster="us") == [False, True]
    for each in ("eu", "us"):
        await room.look(cluster=each)
    assert await evidence("shop/c", cluster="asia") == [False, True]
    await room.look(cluster="asia")
    assert await evidence("shop/c", cluster="asia") == [False]


# -- what the settings leave out

WITHOUT_PAY = Extent(exclude=("pay",))


async def test_namespace_that_is_left_out_is_said_to_be_no_longer_looked_at() -> None:
    """Alone it ends so; nothing says that it healed."""
    room = await _opened(incident("pay/a"))
    assert await room.look(extent=WITHOUT_PAY) == ["message #all", "reply #all"]
    assert room.notice().standing is Standing.DROPPED
    assert room.replies()[0].startswith("Not looked at any more")
    assert await room.look(incident("pay/a")) == ["message #all", "reply #all"]
    assert (room.notice().standing, room.notice().gap) == (Standing.OPEN, None)


async def test_message_goes_on_without_the_namespace_that_is_left_out() -> None:
    """Its counts are of what is left, and it says why; who takes care later does not say it again."""
    room = await _opened(incident("pay/a", "shop/b", "shop/c", scope=Scope.NODE))
    rest = incident("shop/b", "shop/c", scope=Scope.NODE)
    assert await room.look(rest, extent=WITHOUT_PAY) == ["message #all"]
    (share,) = room.notice().shares
    assert (share.pods, share.namespaces) == (2, ("shop",))
    assert "no longer looked at: pay" in room.notice().news
    (episode,) = room.store.shelf.episodes.values()
    await room.take(lifecycle.acknowledge(episode, "Ada", room.moment))
    assert room.replies()[0].startswith("Ada looks after this")
    assert not any("no longer" in each.body for each in room.told.letters if each.kind is Kind.REPLY)
    await room.look(extent=WITHOUT_PAY)
    assert room.notice().standing is Standing.RESOLVED


async def test_each_channel_is_told_what_was_left_out_of_its_own() -> None:
    """What healed healed, also when the rest was left out at the same moment; no other channel's names are told."""
    every = [incident("pay/a", "shop/b", "ops/c", scope=Scope.NODE)]
    routes = [of_namespaces("pay"), of_namespaces("shop"), ALL]
    for rest in ([], [incident("ops/c", scope=Scope.NODE)]):
        room = await _opened(*every, room=Newsroom(routes))
        await room.look(*rest, extent=WITHOUT_PAY)
        assert room.notice("#pay").standing is Standing.DROPPED
        assert room.notice("#shop").standing is Standing.RESOLVED
        assert room.notice().standing is (Standing.OPEN if rest else Standing.RESOLVED)
        assert all("pay" not in each.body for each in room.told.letters if each.channel != "#pay")


async def test_what_is_left_out_before_it_was_told_is_no_end_of_its_channel() -> None:
    """While it was snoozed it moved to a namespace of the same channel, and then nobody looked any more."""
    room = await _opened(
        incident("shop/a", "ops/b", scope=Scope.NODE), room=Newsroom([of_namespaces("ops"), ALL])
    )
    (episode,) = room.store.shelf.episodes.values()
    await room.take(lifecycle.snooze(episode, "Ada", room.moment + HOUR, room.moment))
    await room.look(incident("pay/c", scope=Scope.NODE))
    await room.look(extent=WITHOUT_PAY)
    assert room.notice().standing is Standing.DROPPED
    assert room.notice("#ops").standing is Standing.RESOLVED


async def test_cluster_that_is_left_out_is_not_over() -> None:
    """Its part of what clusters share goes, in words that are true; where it was all, the message ends."""
    room = Newsroom([Route(Match(("eu",)), "#eu"), ALL])
    everywhere = replace(room, routes=[ALL], store=type(room.store)())
    for each in (room, everywhere):
        await each.look(incident("shop/a", scope=Scope.REGISTRY), cluster="eu")
        await each.look(incident("shop/b", scope=Scope.REGISTRY), cluster="us")
        await each.look(extent=NOWHERE)
    assert room.notice("#eu").standing is Standing.DROPPED
    assert room.notice().standing is Standing.OPEN
    assert "no longer looked at in eu" in everywhere.notice().news
    assert "over in" not in everywhere.notice().news
    assert [each.cluster for each in everywhere.notice().shares] == ["us"]


async def test_absorbed_message_whose_namespace_is_left_out_points_nowhere() -> None:
    """The survivor knows nothing of it."""
    room = Newsroom([of_namespaces("pay"), ALL])
    await room.look(incident("shop/a", "pay/b", scope=Scope.NODE), incident("shop/c", scope=Scope.REGISTRY))
    await room.look(incident("shop/a", "shop/c", scope=Scope.REGISTRY), extent=WITHOUT_PAY)
    assert room.notice("#pay").standing is Standing.DROPPED


# -- what was not seen, and words that fail


async def test_words_told_last_hold_while_numbers_go_on() -> None:
    """A look that proves less takes nothing back, counts what it sees, and stays with the channel."""
    routes = [Route(Match(severity=(Severity.HIGH,)), "#platform"), ALL]
    room = Newsroom(routes, severities={"it": Severity.HIGH})
    await room.look(incident("shop/a", "shop/b", scope=Scope.NODE))
    less = incident("shop/a", "shop/b", "shop/c", scope=Scope.NODE, sure=LOW)
    assert await room.look(less) == ["message #platform"]
    (share,) = room.notice("#platform").shares
    assert (share.pods, share.document.confidence) == (3, HIGH)
    assert share.document.where.workloads == ("Deployment/a", "Deployment/b", "Deployment/c")


async def test_what_a_look_skips_still_counts() -> None:
    """A quick look does not see all that fails; whose that is stands in the routes or in the message."""
    for routes in (
        [ALL],
        [of_namespaces("shop"), ALL],
        [Route(Match(labels=("team=a",)), "#a"), ALL],
    ):
        room = Newsroom(routes)
        quiet = incident("shop/a", "shop/b", "ops/c", scope=Scope.NODE)
        await room.look(labelled(quiet, team="b"))
        seen = labelled(incident("shop/a", "ops/d", scope=Scope.NODE), team="b")
        await room.look(seen, full=False)
        pods = sum(room.notice(each.channel).shares[0].pods for each in routes if each.channel != "#a")
        assert pods == 4, routes


async def test_unreadable_message_is_written_anew() -> None:
    """Another version's words are no reason to fail, and no reason to call anybody again."""
    room = await _opened(incident("shop/a", scope=Scope.NODE))
    await room.deliver()
    ((key, message),) = room.store.shelf.messages.items()
    room.store.shelf.messages[key] = replace(message, body='{"version":99}')
    (episode,) = await room.store.episodes("eu", room.moment)
    assert await room.take(lifecycle.acknowledge(episode, "Ada", room.moment)) == ["reply #all"]
    assert await room.look(incident("shop/a", "shop/b", scope=Scope.NODE)) == ["message #all"]
    assert (room.notice().shares[0].pods, room.notice().called) == (2, True)
    room.store.shelf.messages[key] = replace(message, body="")
    assert await room.look() == ["message #all", "reply #all"]
    assert (room.notice().standing, room.notice().shares) == (Standing.RESOLVED, ())


async def test_unreadable_message_that_no_route_covers_is_closed() -> None:
    """Without saying that anything healed."""
    room = await _opened(incident("shop/a", scope=Scope.NODE))
    ((key, message),) = room.store.shelf.messages.items()
    room.store.shelf.messages[key] = replace(message, body="")
    room.routes = [Route(Match(), "#new")]
    await room.look(incident("shop/a", "shop/b", scope=Scope.NODE))
    assert room.notice("#all").standing is Standing.MOVED
    assert room.notice("#new").standing is Standing.OPEN


# -- storms


async def test_storm_is_one_message_by_cause() -> None:
    """Per channel, with what its routes cover; it rages on, calms down and is over."""
    patience = lifecycle.Patience(hold=MINUTE * 0, calm=MINUTE * 0, alone=1)
    room = Newsroom([of_namespaces("shop"), ALL], patience)
    names = [f"shop/s{number}" for number in range(5)] + [f"ops/o{number}" for number in range(3)]
    every = [incident(each) for each in names[:-1]] + [incident(names[-1], cause="other")]
    assert sorted(await room.look(*every)) == ["message #all", "message #shop"]
    storm = room.notice("#all").storm
    assert storm
    assert (storm.cluster, storm.incidents, storm.pods, storm.namespaces) == ("eu", 3, 3, 1)
    assert [(each.cause, each.incidents, each.example) for each in storm.piles] == [
        ("it", 2, "ops/o0-0"),
        ("other", 1, "ops/o2-0"),
    ]
    assert await room.look(*every, incident("shop/s9")) == ["message #shop"]
    told = await room.look(*[each for each in every if each.place.namespace == "ops"])
    assert told == ["message #shop", "reply #shop"]
    assert room.notice("#shop").standing is Standing.RESOLVED
    await room.look()
    assert room.notice("#all").standing is Standing.RESOLVED


async def test_storm_that_a_look_did_not_see_rages_on() -> None:
    """What was known of one channel's part stays, while another's is counted."""
    patience = lifecycle.Patience(hold=MINUTE * 0, calm=MINUTE * 0, alone=1)
    room = Newsroom([of_namespaces("shop"), ALL], patience)
    every = [incident(f"{space}/w{number}") for space in ("shop", "ops") for number in range(3)]
    await room.look(*every)
    seen = [*every[3:], incident("ops/new")]
    assert await room.look(*seen, unseen=frozenset({"shop"})) == ["message #all"]
    assert room.notice("#shop").storm
    assert room.notice("#shop").standing is Standing.OPEN
    nothing: list[str] = await room.look(unseen=frozenset({"shop"}))
    assert nothing == ["message #all", "reply #all"]


async def test_storm_without_what_is_left_out() -> None:
    """It ends where nobody looks any more, and goes on elsewhere; of what it named it says so."""
    patience = lifecycle.Patience(hold=MINUTE * 0, calm=MINUTE * 0, alone=1)
    room = Newsroom([of_namespaces("shop"), ALL], patience)
    others = [incident(f"ops/w{number}") for number in range(3)] + [incident("pay/x", cause="other")]
    await room.look(*(incident(f"shop/w{number}") for number in range(3)), *others)
    await room.look(*others[:3], extent=Extent(exclude=("shop", "pay")))
    assert room.notice("#shop").standing is Standing.DROPPED
    assert room.notice().standing is Standing.OPEN
    assert "no longer looked at: pay" in room.notice().news
    assert "shop" not in room.notice().news
    await room.look(extent=NOWHERE)
    assert room.notice().standing is Standing.DROPPED


async def test_warnings_of_words_reach_the_caller() -> None:
    """Once, when they were found."""
    room = Newsroom()
    room.voice.warnings.append("of before")
    await room.look(incident())
    assert room.told.warnings == ()

    class _Failing(type(room.voice)):  # type: ignore[misc]
        def message(self, *given: object) -> dict[str, str]:
            self.warnings.append("their words failed")
            return super().message(*given)  # type: ignore[no-any-return]

    room.voice = _Failing(room.voice.catalog)
    await room.look(incident("shop/other"), incident())
    assert room.told.warnings == ("their words failed",)


@pytest.mark.parametrize("length", [1, 599, 600, 601, 5000])
def test_news_are_bounded(length: int) -> None:
    """However much has changed."""
    assert len(tell._cut("x" * length)) == min(length, 600)


async def test_letters_of_ten_thousand_pods_are_bounded() -> None:
    """The message names some, the thread a thousand, and both say how many."""
    room = await _opened(
        incident(*(f"shop/w{number}" for number in range(200)), scope=Scope.REGISTRY, pods=50)
    )
    message, *replies = room.told.letters
    assert message.kind is Kind.MESSAGE
    assert len(message.body) < 20_000
    assert sum(len(each.body) for each in replies) < 120_000
    assert room.notice().shares[0].pods == 10_000
