"""What Slack says of the app is held against its manifest. How the rest is asked tests/contract/test_doctor.py tries."""

from datetime import UTC, datetime

from bot.facts.finding import State
from bot.settings import Settings
from bot.slack.admission import OPTIONAL, SCOPES, Identity
from bot.wiring.doctor import workspace


def _states(*scopes: str) -> list[State]:
    found = workspace.manifest(Identity("T", "U", "B", "Acme", frozenset(scopes)))
    return [each.state for each in found if each.key != "slack manifest"]


def test_manifest_holds_scopes_against_it() -> None:
    """Too few, too many, the optional ones, and none that are told."""
    whole = (*SCOPES, *OPTIONAL)
    assert _states(*whole) == [State.OK]
    assert _states(*SCOPES) == [State.WARNING, State.OK]
    assert _states(*whole, "admin") == [State.WARNING, State.OK]
    assert _states(*(set(whole) - {"commands"})) == [State.WRONG]
    assert _states() == [State.UNCHECKED]


async def test_look_asks_nobody_without_tokens() -> None:
    """And says so."""
    found = [each async for each in workspace.look(Settings(), {}, lambda: datetime.now(UTC), [])]
    assert [each.state for each in found] == [State.WRONG, State.UNCHECKED]


async def test_slack_that_is_off_is_asked_nothing() -> None:
    """It needs no token; routes that lead there are told."""
    known = Settings.model_validate({"slack": {"mode": "off"}, "routes": [{"channel": "#shop"}]})
    found = [each async for each in workspace.look(known, {}, lambda: datetime.now(UTC), [])]
    assert [(each.key, each.state) for each in found] == [
        ("slack.mode", State.OK),
        ("routes", State.WARNING),
    ]
