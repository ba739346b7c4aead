"""Incidents before Debian's own Alertmanager: what its API says of them, from their beginning to their end."""

import asyncio
import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.carriers import alertmanager
from bot.settings import Tokens
from bot.wiring.serving import serving
from tests import beyond
from tests.beyond import CANARY, KEYS
from tests.fakes import monitoring, objects
from tests.fakes.monitoring import Server
from tests.required import missing


Alerts = Sequence[dict[str, Any]]
RESEND = 1.0
_REFERENCE = 'failed to pull and unpack image "app:1": failed to resolve reference "app:1": '
GONE = f"{_REFERENCE}app:1: not found"
OTHER = f"{_REFERENCE}pulling from host registry-1.docker.io failed with status code [manifests 1]: 401 Unauthorized"


class RealAlertmanager:
    """A running one that can be started anew, at the same port."""

    def __init__(self, program: str, folder: Path, stack: ExitStack) -> None:
        self._program, self._folder, self._stack = program, folder, stack
        self._port = monitoring.free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._server = self._started()

    def stop(self) -> None:
        """Away, and everything that it held with it, as of a pod without a volume."""
        self._stack.close()
        shutil.rmtree(self._folder / "held")

    def start(self) -> None:
        """There again."""
        self._server = self._started()

    async def until(self, enough: Callable[[Alerts], bool]) -> Alerts:
        """The alerts that are active, once they are so."""
        async with asyncio.timeout(15):
            while True:
                found: Alerts = await asyncio.to_thread(self._server.ask, "/api/v2/alerts", active="true")
                if enough(found):
                    return found
                await asyncio.sleep(0.05)

    def _started(self) -> Server:
        made = monitoring.alertmanager(self._program, self._folder, self._port)
        return self._stack.enter_context(made)


def _failing(name: str, message: str) -> dict[str, Any]:
    return objects.pod(name, state=objects.waiting("ImagePullBackOff", message))


def _moment(alert: dict[str, Any], name: str) -> datetime:
    return datetime.fromisoformat(alert[name])


def _of(found: Alerts, pod: str) -> dict[str, str]:
    """The labels of the alert about that one."""
    (labels,) = (each["labels"] for each in found if each["labels"]["workload"].endswith(pod))
    return dict(labels)


async def test_alertmanager_has_an_incident_from_its_beginning_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told again before it ends, there again after Alertmanager lost it, the same to a bot that starts anew, and over at once."""
    monkeypatch.setattr(alertmanager, "_AGAIN_AFTER", 0.2)
    name = monitoring.ALERTMANAGER
    program = monitoring.binary(name) or missing(name)
    folder = tmp_path / "alertmanager"
    folder.mkdir()
    with ExitStack() as stack:
        alerts = RealAlertmanager(program, folder, stack)
        async with beyond.town(tmp_path, alerts) as town:
            for each in ("web-1", "web-2"):
                town.server.store.put(_failing(each, GONE))
            often = {"urls": alerts.url, "resend": f"{RESEND:.0f}s"}
            async with serving(town.settings(alertmanager=often), Tokens(), keys=KEYS):
                first = await alerts.until(lambda found: len(found) == 2)
                _promised(first)
                begun, ends = (max(_moment(each, at) for each in first) for at in ("startsAt", "endsAt"))
                again = await alerts.until(
                    lambda found: all(_moment(each, "endsAt") > ends for each in found)
                )
                assert _fingerprints(again) == _fingerprints(first)
                assert max(_moment(each, "startsAt") for each in again) == begun

                await asyncio.to_thread(alerts.stop)
                await asyncio.to_thread(alerts.start)
                back = await alerts.until(lambda found: len(found) == 2)
                assert _fingerprints(back) == _fingerprints(first)

            # From here on no alert is told again, or ends by itself, as long as the test lasts.
            async with serving(town.settings(alertmanager={"urls": alerts.url}), Tokens(), keys=KEYS):
                latest = max(_moment(each, "endsAt") for each in back) + timedelta(minutes=2)
                after = await alerts.until(
                    lambda found: len(found) == 2 and min(_moment(each, "endsAt") for each in found) > latest
                )
                assert _fingerprints(after) == _fingerprints(first)

                town.server.store.put(_failing("web-1", OTHER))
                gone, stays = _of(first, "web-1"), _of(first, "web-2")
                changed = await alerts.until(
                    lambda found: len(found) == 2 and gone not in [each["labels"] for each in found]
                )
                assert stays in [each["labels"] for each in changed]
                assert {each["labels"]["cause"] for each in changed} > {gone["cause"]}

                for each in ("web-1", "web-2"):
                    town.server.store.delete("pods", "shop", each)
                await alerts.until(lambda found: not found)


def _fingerprints(found: Alerts) -> set[str]:
    return {each["fingerprint"] for each in found}


def _promised(found: Alerts) -> None:
    """What docs/beyond-slack.md says of an alert's labels and annotations."""
    for each in found:
        assert set(each["labels"]) == {
            "alertname",
            "cluster",
            "cause",
            "severity",
            "scope",
            "namespace",
            "workload",
        }
        assert (each["labels"]["alertname"], each["labels"]["cluster"]) == ("ImagePullFailing", "eu")
        assert each["labels"]["namespace"] == "shop"
        words = {"summary", "description", "evidence", "fix", "command", "incident", "confidence", "pods"}
        assert words <= set(each["annotations"]), words - set(each["annotations"])
        assert each["status"]["state"] == "active"
        lasts = (_moment(each, "endsAt") - _moment(each, "updatedAt")).total_seconds()
        assert lasts <= 4 * RESEND
        assert CANARY not in json.dumps(each)
