"""Who is told without Slack is who the settings name."""

from bot.facts.cause import Severity
from bot.incidents.routing import Match
from bot.settings import Settings
from bot.wiring import knowledge, outlets
from bot.workflows import spreading


def test_each_has_one_route_of_its_own() -> None:
    """As the settings match; Alertmanager has one for everything, and is sent nothing."""
    hook = {"name": "ops", "url": "https://h.example", "match": {"severity": "high", "cluster": "prod-*"}}
    settings = Settings.model_validate({"webhooks": [hook], "alertmanager": {"urls": "https://a.example"}})
    one, other = outlets.outlets(settings, knowledge())
    assert (one.carrier, other.carrier) == ("webhook/ops", "alertmanager")
    assert one.routing.routes[0].match == Match(cluster=("prod-*",), severity=(Severity.HIGH,))
    assert one.routing.routes[0].channel == "webhook/ops"
    assert other.routing.routes[0].match == Match()
    assert (one.sends, other.sends) == (spreading.always, spreading.never)
    assert one.routing.severities
    assert outlets.outlets(Settings(), knowledge()) == ()


def test_of_events_the_latest_counts() -> None:
    """A webhook is sent everything, in its order."""
    hook = {"name": "ops", "url": "https://h.example"}
    tree = {"webhooks": [hook], "clusters": {"eu": {"teller": {"token_file": "/t"}}}}
    found = outlets.outlets(Settings.model_validate(tree), knowledge())
    assert [(each.carrier, each.is_latest) for each in found] == [("webhook/ops", False), ("event/eu", True)]
