"""A replica that begins says so, where the settings want it said. The rest is in tests/contract/test_operations.py."""

import json
import socket

import pytest
from aiohttp import ClientSession

from bot.errors import SettingsError
from bot.operations.standing import Phase
from bot.settings import Settings
from bot.wiring import operating
from bot.workflows.patrol import Ending, Round
from tests.fakes.cluster import NOW


def _settings() -> Settings:
    """With a port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return Settings.model_validate({"operations": {"listen": f"127.0.0.1:{taken.getsockname()[1]}"}})


async def _asks(port: int, path: str) -> tuple[int, str]:
    async with ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()


async def test_replica_that_begins_is_not_ready_and_lives() -> None:
    """The port answers before the store does."""
    async with operating.watched(_settings(), lambda: NOW) as watch:
        status, body = await _asks(watch.port, "/readyz")
        assert status == 503
        assert "schema" in json.loads(body)["checks"][0]["why"]
        assert (await _asks(watch.port, "/livez"))[0] == 200
        assert "imagepull_ready 0.0" in (await _asks(watch.port, "/metrics"))[1]


async def test_looks_count_from_the_first_one_on() -> None:
    """It may be over before anything else is known."""
    async with operating.watched(_settings(), lambda: NOW) as watch:
        watch.looked(Round("eu", Ending.UNSEEN, "refused"), 0.5)
        assert 'imagepull_sweeps_total{cluster="eu",ending="unseen"} 1.0' in (await watch.numbers()).decode()


async def test_port_that_is_taken_is_told() -> None:
    """And the first one goes on."""
    settings = _settings()
    async with operating.watched(settings, lambda: NOW) as watch:
        with pytest.raises(SettingsError, match="cannot listen"):
            async with operating.watched(settings, lambda: NOW):
                pass
        assert (await _asks(watch.port, "/livez"))[0] == 200


async def test_nobody_listens_unless_told() -> None:
    """What is asked inside is answered all the same."""
    async with operating.watched(Settings(), lambda: NOW) as watch:
        assert watch.port == 0
        assert not (await watch.ready()).is_ready
        assert Phase.STARTING in (await watch._standing()).phase
