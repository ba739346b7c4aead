"""Rules, numbers and dashboard before Debian's own Prometheus: it reads, evaluates and draws what we ship."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.operations import meters
from bot.operations.endpoint import Endpoint
from bot.operations.readiness import Readiness
from bot.settings import Tokens
from bot.wiring.serving import serving
from tests import beyond, charts, installs, metered
from tests.beyond import KEYS, Town
from tests.fakes import monitoring
from tests.fakes.alertmanager import FakeAlertmanager
from tests.required import missing


MONITORING = installs.DEPLOY / "monitoring"
RULES, CASES = MONITORING / "imagepull.rules.yaml", MONITORING / "imagepull.rules.test.yaml"
COMPONENTS = installs.DEPLOY / "manifests" / "components"
PANELS = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))["panels"]
# What the operator's discovery adds to a Service's target:
# https://prometheus-operator.dev/docs/developer/getting-started/#using-servicemonitors
DISCOVERED = {"namespace": "imagepull", "service": "imagepull", "pod": "imagepull-0", "container": "bot"}


@pytest.fixture(scope="module")
def program() -> str:
    """Where Prometheus is installed; skips, or fails where it is required, if it is not."""
    return monitoring.binary(monitoring.PROMETHEUS) or missing(monitoring.PROMETHEUS)


@pytest.fixture(scope="module")
def promtool(program: str) -> Callable[..., str]:
    """Runs it; what it says, which has to be no complaint."""
    found = monitoring.binary(monitoring.PROMTOOL)
    assert found, f"{program} is there, and its promtool is not"

    def run(*words: str, given: bytes | None = None, where: Path = MONITORING) -> str:
        # Cleaning up memory is most of what the rules' cases take.
        environment = {"PATH": os.environ["PATH"], "GOGC": "400", "GOMAXPROCS": "1"}
        done = subprocess.run(
            [found, *words], input=given, cwd=where, env=environment, capture_output=True, check=False
        )
        told = (done.stdout + done.stderr).decode()
        assert done.returncode == 0, told
        return told

    return run


def _shipped() -> dict[str, Any]:
    """The rules as they come: as a file, of the manifests, and of the chart."""
    wanted = {"prometheusRule": {"enabled": True}}
    (chart,) = installs.of("PrometheusRule", charts.objects(charts.rendered(installs.CHART, wanted)))
    manifest = yaml.safe_load((COMPONENTS / "prometheusrule" / "prometheusrule.yaml").read_text())
    return {"file": yaml.safe_load(RULES.read_text()), "manifest": manifest["spec"], "chart": chart["spec"]}


@pytest.mark.parametrize("way", ["file", "manifest", "chart"])
def test_rules_are_such_as_prometheus_takes(way: str, promtool: Callable[..., str], tmp_path: Path) -> None:
    """Whichever way they are installed, and without a word about their style."""
    shipped = _shipped()[way]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(shipped))
    told = promtool("check", "rules", "--lint-fatal", "rules.yaml", where=tmp_path)
    assert f"{len(shipped['groups'][0]['rules'])} rules found" in told


def test_numbers_are_such_as_prometheus_takes(promtool: Callable[..., str]) -> None:
    """Names, units, words of help and types."""
    assert promtool("check", "metrics", given=metered.meters().text()) == ""


def test_alerts_fire_on_what_they_are_for_and_on_nothing_else(promtool: Callable[..., str]) -> None:
    """Each as its cases say, with its severity and its words."""
    assert "SUCCESS" in promtool("test", "rules", CASES.name)


def _queries() -> dict[str, str]:
    """What Grafana asks for each panel; it fills in the interval itself."""
    return {
        f"{panel['title']} {number}": target["expr"].replace("$__rate_interval", "1m")
        for panel in PANELS
        for number, target in enumerate(panel["targets"])
    }


@pytest.fixture
async def replica() -> AsyncIterator[str]:
    """The host and port of a bot's own endpoint that tells every number."""
    made = metered.meters()

    async def numbers() -> bytes:
        return made.text()

    async def ready() -> Readiness:
        return Readiness(())

    endpoint = Endpoint(numbers, meters.CONTENT_TYPE, ready)
    try:
        yield f"127.0.0.1:{await endpoint.open('127.0.0.1', 0)}"
    finally:
        await endpoint.close()


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town[FakeAlertmanager]]:
    """A cluster whose pods fail."""
    async with FakeAlertmanager() as alerts, beyond.town(tmp_path, alerts) as made:
        yield made


async def test_prometheus_reads_the_bot_and_answers_every_panel(
    program: str, town: Town[FakeAlertmanager], replica: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As the ServiceMonitor has it ask: the rules are healthy, and an alert says which namespace its incident is in."""
    monitor = yaml.safe_load((COMPONENTS / "servicemonitor" / "servicemonitor.yaml").read_text())
    (asked,) = monitor["spec"]["endpoints"]
    scrape = {"metrics_path": asked["path"], "honor_labels": asked.get("honorLabels", False)}
    operations = {"listen": f"127.0.0.1:{town.port}", "incidents": 10}
    targets = [f"127.0.0.1:{town.port}", replica]
    folder = tmp_path_factory.mktemp("prometheus")
    async with serving(town.settings(operations=operations), Tokens(), keys=KEYS):
        with monitoring.prometheus(program, folder, (targets, DISCOVERED), [RULES], **scrape) as server:

            async def answer(path: str, **query: str) -> Any:
                told = await asyncio.to_thread(server.ask, path, **query)
                assert not told.get("warnings")
                return told["data"]

            async def firing() -> list[dict[str, str]]:
                found = (await answer("/api/v1/alerts"))["alerts"]
                labels = [each["labels"] for each in found]
                return [each for each in labels if each["alertname"] == "ImagepullIncident"]

            async def sampled() -> int:
                looks = "min(count_over_time(imagepull_build_info[1m]))"
                return int((await answer("/api/v1/query", query=looks))["result"][0]["value"][1])

            async with asyncio.timeout(15):
                while len(await firing()) < 3:  # noqa: ASYNC110  # it is told over HTTP
                    await asyncio.sleep(0.1)
                # A rate takes two samples.
                while await sampled() < 2:  # noqa: ASYNC110  # likewise
                    await asyncio.sleep(0.1)
            (group,) = (await answer("/api/v1/rules"))["groups"]
            found = await answer("/api/v1/targets")
            drawn = {name: await answer("/api/v1/query", query=each) for name, each in _queries().items()}
            alerts = await firing()
    assert {rule["health"] for rule in group["rules"]} == {"ok"}, group["rules"]
    assert [each["health"] for each in found["activeTargets"]] == ["up", "up"]
    assert [name for name, each in drawn.items() if not each["result"]] == []
    places = {(each.get("namespace"), each.get("workload", "").rpartition("/")[2]) for each in alerts}
    assert {("shop", "web-1"), ("shop", "web-2")} <= places
