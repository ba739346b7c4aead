"""A node is asked in the demo, whole: an alert that is not sure, somebody's yes in Slack, and the alert edited to what the node said."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.wiring.trying import trying
from tests.acceptance.test_fixes import _head, _plan, _said


Object = dict[str, Any]
CHANNEL = "#platform-alerts"
_PATIENCE = 60.0


async def test_alert_is_edited_to_what_the_node_said(tmp_path: Path) -> None:
    """From not proven to proven, within a look of the answer; and nothing of it stays in the cluster."""
    async with trying(tmp_path) as trial:
        sam = trial.slack.person("sam")

        def message(*words: str, head: str = "") -> Callable[[], Object]:
            def found() -> Object:
                lasting = (each for each in reversed(sam.sees(CHANNEL)) if not each.get("ephemeral"))
                fits = (each for each in lasting if _head(each).startswith(head))
                return next((each for each in fits if all(word in _said(each) for word in words)), {})

            return found

        before = await trial.slack.until(message("quay.io", "Not proven yet"), _PATIENCE)
        assert "nobody had the node asked" in _said(before)
        await sam.sends(CHANNEL, "/imagepull fix deploy/sensor-5 -n edge -c prod-eu ask-node")
        card = await trial.slack.until(message(head="Waits for approval: Ask node edge-5"), _PATIENCE)
        assert "one pod on edge-5, in its network" in _said(card)
        await sam.clicks(card, "plan-approve")
        ended = await trial.slack.until(message(_plan(card), head="Answered"), _PATIENCE)
        assert "edge-5 says of quay.io:443: no address (dns-no-answer)" in _said(ended)

        def edited() -> bool:
            now = next(each for each in sam.sees(CHANNEL) if each["ts"] == before["ts"])
            return "Not proven yet" not in _said(now)

        await trial.slack.until(edited, _PATIENCE)
        assert not list(trial.worlds["prod-eu"].store.every("jobs", "imagepull-witness"))
