"""``imagepull run`` as a process: a cluster on one side, a workspace on the other, and nobody in between.

What fails is told once, what is mended is told to be over, questions are answered; a kill -9 loses and doubles nothing;
other settings are taken up. The same runs on a real cluster when ``IMAGEPULL_TEST_KUBECONFIG`` names one.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.demo.workspace.server import SimulatedSlack
from bot.settings import Store
from bot.slack import names
from bot.wiring import recorded
from tests import clusters
from tests.clusters import Cluster
from tests.fakes.postgres import Postgres


IMAGEPULL = Path(sys.executable).with_name("imagepull")
CHANNEL = "#image-pulls"
# A real kubelet takes its time.
_PATIENCE = 150.0 if os.environ.get(clusters.REAL) else 40.0


@dataclass
class Running:
    """The bot as a process, and where it is.

    Attributes:
        settings: as they stand in its file.
    """

    folder: Path
    slack: SimulatedSlack
    cluster: Cluster
    settings: dict[str, Any]
    process: asyncio.subprocess.Process | None = None
    errors: list[str] = field(default_factory=list)

    def write(self) -> None:
        """Put the settings into the file."""
        (self.folder / "imagepull.yaml").write_text(yaml.safe_dump(self.settings))

    async def start(self, extra: Mapping[str, str] = {}) -> None:
        """Start the bot, and wait until it hears."""
        tokens = {"SLACK_BOT_TOKEN": self.slack.bot_token, "SLACK_APP_TOKEN": self.slack.app_token}
        kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                IMAGEPULL,
                "run",
                env={**kept, "HOME": str(self.folder), "PYTHONWARNINGS": "error", **tokens, **extra},
                cwd=self.folder,
                stderr=log,
            )
        await self.slack.until(lambda: self.slack.connected, 30)

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and wait for the end."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(how)
        code = await asyncio.wait_for(self.process.wait(), 20)
        self.process = None
        return code

    @property
    def log(self) -> list[dict[str, Any]]:
        """What the bot has logged."""
        lines = (self.folder / "log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def alerts(self, channel: str = CHANNEL) -> list[str]:
        """What the bot's own messages in a channel say by now."""
        seen = self.slack.person("sam").sees(channel)
        own = [each for each in seen if each.get("thread_ts", each["ts"]) == each["ts"]]
        return [each["text"] for each in own if not each.get("ephemeral")]

    async def told(self, *words: str, channel: str = CHANNEL) -> str:
        """Wait for a message with all these words, and give it."""

        def found() -> str:
            return next((each for each in self.alerts(channel) if all(word in each for word in words)), "")

        try:
            return await self.slack.until(found, _PATIENCE)
        except TimeoutError:
            raise AssertionError(f"nobody said {words}: {self.alerts(channel)}, {self.log[-5:]}") from None


@asynccontextmanager
async def _running(folder: Path) -> AsyncIterator[Running]:
    async with SimulatedSlack() as slack, clusters.opened(folder) as cluster:
        settings = {
            "clusters": {
                "mine": {
                    "kubeconfig": str(cluster.kubeconfig),
                    "interval": "2s",
                    "namespaces": {"include": [cluster.namespace]},
                }
            },
            "detection": {"hold": "1s", "full_sweep_every": 2},
            "routes": [{"channel": CHANNEL}],
            "slack": {"api_url": slack.api},
            "store": {"url": f"sqlite:///{folder / 'imagepull.db'}"},
        }
        bot = Running(folder, slack, cluster, settings)
        bot.write()
        try:
            yield bot
        finally:
            if bot.process is not None:
                await bot.end(signal.SIGKILL)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Running]:
    """A bot that runs, on a cluster where nothing fails yet."""
    async with _running(tmp_path) as made:
        await made.start()
        yield made


async def test_failure_is_told_answered_and_told_to_be_over(bot: Running) -> None:
    """From a Deployment that cannot start to a message that says how long it lasted."""
    await bot.cluster.deploy("caps", "registry.example/Shop/Web:1")
    await bot.cluster.deploy("local", "imagepull-test/never-pulled:1", "Never")
    alert = await bot.told("registry.example/Shop/Web:1")
    assert "high confidence" in alert
    await bot.told("never-pulled")
    assert len(bot.alerts()) == 2
    sam = bot.slack.person("sam")
    await sam.sends("#shop-oncall", f"/imagepull why caps -n {bot.cluster.namespace}")

    def answered(words: str) -> Mapping[str, Any] | None:
        told = (each for each in sam.sees("#shop-oncall") if each.get("ephemeral"))
        return next((each for each in told if words in str(each)), None)

    answer = await bot.slack.until(lambda: answered("registry.example/Shop/Web:1"), 20)
    await sam.clicks(answer, names.RIGHT)
    await bot.slack.until(lambda: answered("this was right"), 20)
    await bot.cluster.remove("caps")
    assert "registry.example/Shop/Web:1" in await bot.told("Resolved after")
    assert len(bot.alerts()) == 2
    assert await bot.end() == 0
    assert not [each for each in bot.log if each["level"] in ("error", "critical")]
    async with recorded.remembered(Store(**bot.settings["store"])) as memory:
        (heard,) = await memory.opinions.since(datetime.min.replace(tzinfo=UTC))
    assert (heard.judgement, heard.shown.cluster) == ("right", "mine")


async def test_bot_that_is_killed_goes_on_where_it_was(bot: Running) -> None:
    """Nothing is lost, nothing is told twice, and the same message is edited in the end."""
    await bot.cluster.deploy("caps", "registry.example/Shop/Web:1")
    await bot.told("registry.example/Shop/Web:1")
    # What is in hand when somebody dies is taken up again after two minutes; the soak waits for that, this does not.
    await bot.slack.until(lambda: "In full" in str(bot.slack.person("sam").sees(CHANNEL)), 20)
    await asyncio.sleep(2)
    await bot.end(signal.SIGKILL)
    await bot.cluster.deploy("other", "registry.example/Shop/Other:1")
    await bot.start()
    await bot.told("registry.example/Shop/Other:1")
    await bot.cluster.remove("caps")
    await bot.told("Resolved after", "registry.example/Shop/Web:1")
    assert len(bot.alerts()) == 2


async def test_other_settings_are_taken_up_and_bad_ones_refused(bot: Running) -> None:
    """Without a restart; the reason for a refusal stands in the log, and the old ones hold."""
    before = dict(bot.settings)
    bot.settings["routes"] = [{"channel": "#shop-oncall"}]
    bot.write()

    def logged(event: str) -> list[dict[str, Any]]:
        return [each for each in bot.log if each["event"] == event]

    await bot.slack.until(lambda: logged("settings taken up"), 20)
    await bot.cluster.deploy("caps", "registry.example/Shop/Web:1")
    await bot.told("registry.example/Shop/Web:1", channel="#shop-oncall")
    bot.settings = {**before, "rutes": []}
    bot.write()
    (refused,) = await bot.slack.until(lambda: logged("settings refused, the old ones stay"), 20)
    assert refused["hint"] == "did you mean 'routes'?"
    await bot.cluster.deploy("other", "registry.example/Shop/Other:1")
    await bot.told("registry.example/Shop/Other:1", channel="#shop-oncall")
    assert not bot.alerts(CHANNEL)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SLACK_BOT_TOKEN", "", "there is no bot token"),
        ("SLACK_BOT_TOKEN", "xapp-1", "the bot token is an app token"),
        ("SLACK_APP_TOKEN", "", "there is no app token"),
        ("SLACK_BOT_TOKEN", "xoxb-wrong", "bot token"),
    ],
)
async def test_token_problem_is_named_with_its_fix(
    tmp_path: Path, variable: str, value: str, said: str
) -> None:
    """Two lines and exit code 2, and the token stands in none of them."""
    async with _running(tmp_path) as bot:
        tokens = {"SLACK_BOT_TOKEN": bot.slack.bot_token, "SLACK_APP_TOKEN": bot.slack.app_token}
        process = await asyncio.create_subprocess_exec(
            IMAGEPULL,
            "run",
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **tokens, variable: value},
            cwd=tmp_path,
            stderr=asyncio.subprocess.PIPE,
        )
        _, err = await asyncio.wait_for(process.communicate(), 30)
    told = [line for line in err.decode().splitlines() if not line.startswith("{")]
    assert process.returncode == 2
    assert len(told) == 2
    assert said in told[0]
    assert told[1].startswith("hint: ")
    assert not value or value not in err.decode() or value == "xapp-1"


@pytest.mark.attack(13, "alerts", "questions")
async def test_two_replicas_share_everything_and_either_goes_on_alone(
    tmp_path: Path, postgres_server: Postgres
) -> None:
    """On PostgreSQL: each alert once, each question answered once though Slack sends it to both, and one may die."""
    async with _running(tmp_path) as bot:
        bot.settings["store"] = {"url": postgres_server.database()}
        bot.write()
        await bot.start()
        other = Running(bot.folder, bot.slack, bot.cluster, bot.settings)
        await other.start()
        await bot.slack.until(lambda: len(bot.slack.service.sockets.connections) == 2, 20)
        await bot.cluster.deploy("caps", "registry.example/Shop/Web:1")
        await bot.told("registry.example/Shop/Web:1")
        sam = bot.slack.person("sam")
        bot.slack.faults.doubles = 1
        await sam.sends("#random", "/imagepull clusters")

        def answers() -> list[dict[str, Any]]:
            return [each for each in sam.sees("#random") if each.get("ephemeral")]

        await bot.slack.until(answers, 20)
        await asyncio.sleep(1.5)
        assert len(answers()) == 1
        # Whoever had the cluster: the other one takes over, and nothing is told again.
        await bot.end(signal.SIGKILL)
        try:
            await bot.cluster.deploy("other", "registry.example/Shop/Other:1")
            await bot.told("registry.example/Shop/Other:1")
            assert len(bot.alerts()) == 2
        finally:
            await other.end()
