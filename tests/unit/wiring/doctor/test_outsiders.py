"""The doctor looks at secrets and at who listens, and posts nothing."""

import socket

from bot.facts.finding import State
from bot.settings import Settings
from bot.wiring.doctor import outsiders
from tests.fakes.alertmanager import FakeAlertmanager
from tests.fakes.receiver import SECRET, Receiver


async def _found(environment: dict[str, str], **tree: object) -> list[tuple[str, State]]:
    known = Settings.model_validate(tree)
    found = [each async for each in outsiders.look(known, environment)]
    assert "canary" not in str(found)
    return [(each.key, each.state) for each in found]


async def test_nothing_is_said_where_nobody_is_named() -> None:
    """But where Slack is off as well."""
    assert await _found({}) == []
    assert await _found({}, slack={"mode": "off"}) == [("webhooks", State.WARNING)]


async def test_who_listens_is_well_and_gets_nothing() -> None:
    """What is told is told in earnest."""
    async with Receiver() as receiver, FakeAlertmanager() as manager:
        tree = {
            "webhooks": [{"name": "ops", "url": receiver.url}],
            "alertmanager": {"urls": manager.url},
        }
        assert await _found({"WEBHOOK_SECRET_OPS": SECRET}, **tree) == [
            ("webhooks.ops", State.OK),
            ("alertmanager.urls", State.OK),
        ]
        assert (receiver.received, manager.requests) == ([], 0)


async def test_what_is_wrong_is_named_and_not_shown() -> None:
    """A secret that is missing or none, and a port where nobody is."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/canary"
    hooks = [{"name": "ops", "url": url}]
    assert await _found({}, webhooks=hooks) == [("webhooks", State.WRONG)]
    assert await _found({"WEBHOOK_SECRET_OPS": "canary"}, webhooks=hooks) == [("webhooks", State.WRONG)]
    assert await _found({"WEBHOOK_SECRET_OPS": SECRET}, webhooks=hooks) == [("webhooks.ops", State.WRONG)]
