"""Refusals: as Slack sends them."""

from bot.demo.workspace.refusals import Refused, invalid, lacking


def test_a_refusal_is_slacks_body() -> None:
    """An error has its name, and what comes with it beside."""
    assert Refused("missing_scope", needed="a").body() == {
        "ok": False,
        "error": "missing_scope",
        "needed": "a",
    }
    assert lacking("channel").body()["response_metadata"]["messages"] == [
        "[ERROR] missing required field: channel"
    ]
    assert invalid("x", "y").status == 200
