"""A bot without Slack, whole: a cluster whose pods fail in, a webhook, an Alertmanager and numbers out, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.carriers import body, courier
from bot.settings import Tokens
from bot.store import opening
from bot.wiring import operating
from bot.wiring.serving import serving
from tests import beyond
from tests.beyond import CANARY, KEYS, Town
from tests.fakes.alertmanager import FakeAlertmanager
from tests.fakes.receiver import OTHER, SECRET, Receiver


@pytest.fixture(autouse=True)
def always_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept for a second."""
    monkeypatch.setattr(operating, "_FRESH_S", 0.0)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town[FakeAlertmanager]]:
    """One of them."""
    async with FakeAlertmanager() as alerts, beyond.town(tmp_path, alerts) as made:
        yield made


def _states(hook: Receiver) -> list[str]:
    return [each.said["state"] for each in hook.took]


async def test_incident_is_told_from_its_beginning_to_its_end(town: Town[FakeAlertmanager]) -> None:
    """Signed, by the schema, under ids of its own; and with no letter for a channel that nobody serves."""
    async with serving(town.settings(), Tokens(), keys=KEYS) as service:
        assert service.chat is None
        await town.hook.until(lambda: len(town.hook.took) == 2)
        status, ready = await town.asks("/readyz")
        assert (status, [each["name"] for each in json.loads(ready)["checks"]]) == (
            200,
            ["running", "schema", "store", "clusters"],
        )
        await _until(lambda: len(town.alerts.active(datetime.now(UTC))) == 2)
        for name in ("web-1", "web-2"):
            town.server.store.delete("pods", "shop", name)
        await town.hook.until(lambda: _states(town.hook).count("resolved") == 2)
        await _until(lambda: not town.alerts.active(datetime.now(UTC)))
        numbers = (await town.asks("/metrics"))[1]
    assert sorted(_states(town.hook)) == ["opened", "opened", "resolved", "resolved"]
    assert len({each.key for each in town.hook.took}) == 4
    for each in town.hook.took:
        assert each.is_from(SECRET)
        assert not each.is_from(OTHER)
        jsonschema.validate(each.said, body.schema(), format_checker=jsonschema.FormatChecker())
        assert CANARY.encode() not in each.body
    assert set(town.alerts.authorizations) == {f"Bearer {CANARY}"}
    assert 'imagepull_posts_total{carrier="webhook/ops",ending="arrived"} 4.0' in numbers
    assert "imagepull_slack" not in numbers
    assert CANARY not in numbers
    async with opening.opened(town.url) as store:
        assert (await store.outbox.backlog()).letters == 0
        assert await store.dispatches.waiting() == {}


async def _until(enough: Any) -> None:
    async with asyncio.timeout(10):
        while not enough():  # noqa: ASYNC110  # it is told over HTTP
            await asyncio.sleep(0.02)


async def test_alert_is_told_again_and_known_by_the_same_labels(town: Town[FakeAlertmanager]) -> None:
    """A bot that begins anew tells what the memory has, at once, and no alert is there twice; a webhook that is new to it, too."""
    hook = {"name": "ops", "url": town.hook.url}
    for hooks in ([], [hook]):
        before = town.alerts.requests
        told = {"urls": town.alerts.url, "resend": "1s"}
        async with serving(town.settings(alertmanager=told, webhooks=hooks), Tokens(), keys=KEYS):
            await _until(lambda: town.alerts.requests > before + 2)  # noqa: B023  # it is called right here
            await town.hook.until(lambda: len(town.hook.took) == 2 * len(hooks))  # noqa: B023  # likewise
    assert _states(town.hook) == ["opened", "opened"]
    held = list(town.alerts.held.values())
    assert len(held) == 2
    for each in held:
        assert each.labels["alertname"] == "ImagePullFailing"
        assert (each.labels["cluster"], each.labels["namespace"]) == ("eu", "shop")
        assert {"confidence", "pods"}.isdisjoint(each.labels)
        assert {"summary", "description", "evidence", "confidence", "pods"} <= set(each.annotations)
        # It ends by itself when nobody tells it again.
        assert 0 < (each.ends - datetime.now(UTC)).total_seconds() <= 4
        assert CANARY not in json.dumps([each.labels, each.annotations])


async def test_receiver_that_fails_is_told_in_the_end(
    town: Town[FakeAlertmanager], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the same id each time, and it holds up neither Alertmanager nor looks."""
    monkeypatch.setattr(courier, "_PAUSES", (0.1,))
    town.hook.answers = [500, 503, 429]
    async with serving(town.settings(), Tokens(), keys=KEYS):
        await town.hook.until(lambda: len(town.hook.took) == 2)
    keys = [each.key for each in town.hook.received]
    assert len(keys) > 2
    assert len(set(keys)) == 2
    bodies = {(each.key, each.body) for each in town.hook.received}
    assert len(bodies) == 2
