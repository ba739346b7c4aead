"""What others did not do is counted by kinds that this code has, and by registries that the settings have."""

from prometheus_client import CollectorRegistry

from bot.operations.troubles import Troubles
from bot.ports.counting import Trouble


def test_failed_call_is_counted_by_kind_and_every_kind_begins_at_nothing() -> None:
    """Of a series that is not there nobody sees that it grew."""
    registry = CollectorRegistry()
    troubles = Troubles(registry)
    troubles.slack(Trouble.CHANNEL)
    found = {
        each.value: registry.get_sample_value("imagepull_slack_errors_total", {"kind": each.value})
        for each in Trouble
    }
    assert found == {each.value: float(each is Trouble.CHANNEL) for each in Trouble}


def test_nothing_is_told_of_slack_where_the_bot_is_not_meant_to_be() -> None:
    """Zeros would say that all is well there."""
    registry = CollectorRegistry()
    Troubles(registry, in_slack=False).slack(Trouble.NETWORK)
    assert not [each for each in registry.collect() if "slack" in each.name]


def test_question_is_counted_under_no_registry_but_those_of_the_settings() -> None:
    """An image may name any host."""
    registry = CollectorRegistry()
    troubles = Troubles(registry)
    for host in ("docker.io", "a.tenant.example", "b.tenant.example"):
        troubles.asked(host, "2xx", {"docker.io"})
    told = "imagepull_registry_answers_total"
    assert registry.get_sample_value(told, {"registry": "docker.io", "ending": "2xx"}) == 1
    assert registry.get_sample_value(told, {"registry": "other", "ending": "2xx"}) == 2
