"""An incident as one channel reads it: valid and inert whatever happened, and with buttons while somebody can do something."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.facts.notice import Notice, Pile, Share, Standing, Storm
from bot.facts.verdict import Confidence
from bot.slack import limits, names, notices
from bot.slack.message import Message, words
from tests import slack


ID = "k7q2mzr4ta"
LATER = slack.AT + timedelta(hours=3)


def _share(text: str = "web", many: int = 1, cluster: str = "eu", **changes: Any) -> Share:
    return Share(cluster, slack.document(text, many, **changes), many, many, (text,) * many)


def _notice(*shares: Share, **changes: Any) -> Notice:
    return replace(Notice(ID, slack.AT, slack.AT, shares or (_share(),)), **changes)


def _text(message: Message) -> str:
    return "\n".join(words(each) for each in message.blocks if each["type"] not in ("actions", "section"))


def _kinds(message: Message) -> list[str]:
    return [each["type"] for each in message.blocks]


def _without_buttons(message: Message) -> Message:
    """What clicks send back is no value of anybody's."""
    return replace(message, blocks=tuple(each for each in message.blocks if each["type"] != "actions"))


def test_open_incident_has_its_buttons() -> None:
    """Acknowledge and snooze, with what one would type as their values."""
    message = notices.told(_notice())
    acknowledge, snooze = message.blocks[-3]["elements"]
    assert (acknowledge["action_id"], acknowledge["value"]) == (names.ACKNOWLEDGE, f"ack {ID}")
    assert snooze["action_id"] == names.SNOOZE
    assert [each["value"] for each in snooze["options"]] == [f"snooze {ID} {span}" for span in names.SPANS]
    assert slack.wrong(_without_buttons(message)) == []
    assert slack.refused(message) == []


@pytest.mark.parametrize("standing", [Standing.OPEN, Standing.RESOLVED])
def test_verdict_is_asked_about_last(standing: Standing) -> None:
    """While it goes on and when it is over: the value says what this message shows, and where there is room all fits."""
    message = notices.told(_notice(_share(many=50), _share(cluster="us"), standing=standing))
    assert words(message.blocks[-2]) == "Was this right?"
    pressed = message.blocks[-1]["elements"]
    assert [(each["action_id"], each["value"]) for each in pressed] == [
        (names.RIGHT, f"{ID} wrong-tag"),
        (names.WRONG, f"{ID} wrong-tag"),
    ]
    assert slack.refused(message) == []


@pytest.mark.parametrize(
    "changes",
    [{"standing": each} for each in (Standing.ABSORBED, Standing.MOVED, Standing.DROPPED)]
    + [{"cause": None}],
)
def test_verdict_is_not_asked_about_where_there_is_none(changes: dict[str, Any]) -> None:
    """Where no cause is named, and where the incident is told elsewhere or not at all."""
    shares = (_share(cause=None),) if "cause" in changes else (_share(),)
    standing = changes.get("standing", Standing.OPEN)
    assert names.RIGHT not in str(notices.told(_notice(*shares, standing=standing)).blocks)


def test_alert_offers_what_may_be_asked_for() -> None:
    """Three at most, in words; the value is the incident's id and the action, and nothing else; without actions no button."""
    offered = replace(_share(), actions=("roll-back", "evil", "set-image", "retry-now", "suspend"))
    message = notices.told(_notice(offered, replace(_share(cluster="us"), actions=("roll-back",))))
    found = message.blocks[-4]["elements"]
    assert [(each["text"]["text"], each["action_id"], each["value"]) for each in found] == [
        ("Roll back…", f"{names.REPAIR}-roll-back", f"fix #{ID} roll-back"),
        ("Set image…", f"{names.REPAIR}-set-image", f"fix #{ID} set-image"),
        ("Retry now…", f"{names.REPAIR}-retry-now", f"fix #{ID} retry-now"),
    ]
    assert slack.refused(message) == []
    assert names.REPAIR not in str(notices.told(_notice()).blocks)
    assert names.REPAIR not in str(notices.told(_notice(offered, standing=Standing.RESOLVED)).blocks)


def test_route_calls_and_speaks_of_severity() -> None:
    """Below the headline; once it was delivered nobody is called by it any more."""
    notice = _notice(mention="@here @shop", severity="SEV-1")
    message = notices.told(notice, {"@shop": "S012AB3CD"})
    (section,) = message.blocks[1]["elements"]
    kinds = [each["type"] for each in section["elements"]]
    assert kinds == ["text", "text", "broadcast", "text", "usergroup"]
    assert "medium confidence, SEV-1; 1 pod" in message.text
    again = notices.told(replace(notice, called=True))
    assert words(again.blocks[1]) == "SEV-1 · @here @shop"
    assert slack.wrong(_without_buttons(again)) == []


def test_message_says_what_happened_since() -> None:
    """News, who looks after it, until when it is quiet, and how often it came back."""
    told = _text(
        notices.told(
            _notice(
                news="3 pods, before 1",
                returns=2,
                acknowledged_by="Ada",
                snoozed_by="Bob",
                snoozed_until=LATER,
            )
        )
    )
    assert "Updated 2026-03-01 14:02:11 UTC: 3 pods, before 1" in told
    assert "Back again, 2 times so far · Acknowledged by Ada · Snoozed by Bob until 2026-03-01 17:02" in told


def test_other_clusters_have_a_line_each() -> None:
    """With what differs; many are counted."""
    sure = _share(cluster="us", many=2, confidence=Confidence.HIGH)
    told = _text(notices.told(_notice(_share(), sure, *(_share(cluster=f"c{each}") for each in range(6)))))
    assert "us: 2 pods of 2 workloads (high confidence) in web and web" in told
    assert "c0: 1 pod of 1 workload in web\n" in told
    assert "and in 2 more clusters" in told


@pytest.mark.parametrize(
    ("standing", "headline", "note"),
    [
        (Standing.RESOLVED, "Resolved: It is", "Resolved after 3h: 2026-03-01 14:02:11 UTC to 2026-03-01 17"),
        (Standing.ABSORBED, "Part of another: It is", "Told with incident abcdefghjk from now on"),
        (Standing.DROPPED, "No longer looked at: It is", "Not looked at any more after 3h"),
        (Standing.MOVED, "Told elsewhere: It is", "Not told here any more after 3h"),
    ],
)
def test_what_is_over_has_no_buttons_of_care(standing: Standing, headline: str, note: str) -> None:
    """Its words stay, with how long it lasted or where it goes on."""
    notice = _notice(standing=standing, ended=LATER, survivor="abcdefghjk")
    message = notices.told(notice)
    pressed = [each for block in message.blocks if block["type"] == "actions" for each in block["elements"]]
    asked = [names.RIGHT, names.WRONG] if standing is Standing.RESOLVED else []
    assert [each["action_id"] for each in pressed] == asked
    assert words(message.blocks[0]).startswith(headline)
    assert note in _text(message)
    bare = notices.told(replace(notice, shares=()))
    assert words(bare.blocks[0]).endswith(f": Incident {ID}")
    assert note in _text(bare)
    assert slack.wrong(_without_buttons(message), bare) == []
    assert slack.refused(message) == []


def test_storm_is_told_by_cause() -> None:
    """With an example each."""
    piles = (Pile("a", "The tag does not exist", 900, 950, "shop/web-1"), Pile(None, "Nobody knows", 1, 1))
    storm = Storm("eu", 901, 951, 901, 7, piles, more=3)
    message = notices.told(_notice(shares=(), storm=storm, mention="@here"))
    assert words(message.blocks[0]) == "Storm in eu: 901 incidents, 951 failing pods"
    told = _text(message)
    assert "The tag does not exist: 900 incidents, 950 pods, for example shop/web-1" in told
    assert "Nobody knows: 1 incident, 1 pod\n" in told
    assert "and 3 more causes" in told
    assert _kinds(message)[-1] == "actions"
    over = notices.told(_notice(shares=(), storm=storm, standing=Standing.RESOLVED, ended=LATER))
    assert words(over.blocks[0]).startswith("Resolved: Storm in eu")
    assert slack.wrong(over, _without_buttons(notices.told(_notice(shares=(), storm=storm)))) == []


def test_open_incident_without_words_is_told_by_its_name() -> None:
    """Nothing is lost because nothing can be said."""
    message = notices.told(replace(_notice(), shares=()))
    assert words(message.blocks[0]) == f"Incident {ID}"
    assert _kinds(message)[-1] == "actions"


@given(slack.hostile(), slack.hostile(), st.integers(0, 7), st.sampled_from(Standing))
@settings(deadline=None, max_examples=40)
def test_message_is_valid_and_inert(text: str, other: str, many: int, standing: Standing) -> None:
    """Cases 9 and 10: whatever stands wherever, nothing of it does anything, and Slack takes it."""
    shares = tuple(_share(text, many, cluster=f"{other}{each}") for each in range(many + 1))
    storm = Storm(text, many, many, many, many, (Pile(text, text, many, many, text),) * 10, many)
    changes = {
        "standing": standing,
        "news": text,
        "acknowledged_by": text,
        "snoozed_by": other,
        "snoozed_until": LATER,
        "mention": text,
        "severity": text[:30],
        "survivor": other,
        "called": True,
        "returns": many,
    }
    for notice in (_notice(*shares, **changes), _notice(**changes, storm=storm), _notice(**changes)):
        message = notices.told(notice)
        assert slack.refused(message) == []
        inert = notices.told(replace(notice, severity=""))
        assert slack.wrong(_without_buttons(inert)) == []


@pytest.mark.parametrize("text", ['"\\' * 2000, "😀" * 2000, "\u202e" * 2000, "<&>`" * 2000, "x " * 5000])
@pytest.mark.parametrize("many", [60, 400])
def test_message_of_anything_fits(text: str, many: int) -> None:
    """Case 11: 60 workloads, 5,000-character errors, 400 pods; in many clusters, with everything said besides."""
    shares = tuple(_share(text[:300], many, cluster=text[:300], message=text) for _ in range(9))
    changes = {
        "news": text,
        "acknowledged_by": text,
        "snoozed_by": text,
        "snoozed_until": LATER,
        "returns": 9,
        "mention": "<!subteam^S012AB3CDEF|@somebody> " * 20,
        "severity": text[:30],
    }
    message = notices.told(_notice(*shares, **changes))
    assert slack.refused(message) == []
    assert limits.fits(message.blocks)
