"""What a channel would get, from the reports of several clusters."""

from bot import wiring
from bot.rendering import compose
from bot.rendering.voice import Voice
from tests import reports
from tests.fakes import slack_limits


def test_alerts_and_lists_are_messages() -> None:
    """One with its thread for each document; one list for each cluster."""
    report = reports.report(reports.diagnosis())
    with Voice(reports.catalog()) as voice:
        alerts = wiring.slack_alerts([(report, compose.documents(report, voice))] * 2)
        listed = wiring.slack_list([(report, compose.incident_documents(report, voice))] * 2)
    assert alerts["schema"] == listed["schema"] == "imagepull-slack/v1"
    assert [len(each["thread"]) for each in alerts["messages"]] == [1, 0, 1, 0]
    assert len(listed["messages"]) == 2
    for message in (*alerts["messages"], *listed["messages"]):
        assert slack_limits.check(message) == []
