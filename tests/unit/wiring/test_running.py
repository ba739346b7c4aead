"""The bot looks on time, stores what is to be told, answers, and takes up other settings without losing anything."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.errors import BotError
from bot.facts.episode import Stage
from bot.facts.notice import Standing
from bot.facts.people import Asker, Person
from bot.ports.answering import Question, Told
from bot.settings import Settings, Teller
from bot.slack.letters import SlackScribe
from bot.store.opening import Store
from bot.wiring.running import Bot, Shores
from bot.workflows.attending import Errand
from bot.workflows.patrol import Ending
from tests.fakes import objects
from tests.fakes.api_server import FakeApiServer, Fault
from tests.fakes.editions import FakeEditions
from tests.fakes.forewarnings import FakeForewarnings
from tests.fakes.opinions import FakeOpinions
from tests.fakes.posts import FakeDispatches
from tests.fakes.shelved import ShelvedLedger
from tests.fakes.store import FakeStore


DANA = Asker(Person("U1", "T1", "dana"))
GONE = 'rpc error: code = NotFound desc = failed to pull and unpack image "registry.example/web:9": not found'


def _failing(name: str = "web-1") -> dict[str, Any]:
    return objects.pod(name, state=objects.waiting("ImagePullBackOff", GONE))


class Bench:
    """A bot with one cluster, and what it stored."""

    def __init__(self, folder: Path, server: FakeApiServer) -> None:
        self.server, self.folder = server, folder
        self.store = FakeStore()
        self.stored = 0
        self.bot: Bot

    def settings(self, *clusters: str, **more: Any) -> Settings:
        """Settings with these clusters, all on the same server."""
        file = self.folder / "kubeconfig"
        named = {"name": "it", "context": {"cluster": "it", "user": "it"}}
        told = {
            "current-context": "it",
            "contexts": [named],
            "clusters": [{"name": "it", "cluster": {"server": self.server.url}}],
            "users": [{"name": "it", "user": {"token": "t"}}],
        }
        file.write_text(json.dumps(told))
        each = {"kubeconfig": str(file), "interval": "1h", "deadline": "5s"}
        tree = {
            "clusters": dict.fromkeys(clusters, each),
            "routes": [{"channel": "#image-pulls"}],
            "detection": {"hold": "1s"},
        }
        return Settings.model_validate(tree | more)

    def shores(self) -> Shores:
        """What the bot works with."""
        return Shores(
            Store(
                self.store,
                self.store,
                self.store,
                ShelvedLedger(self.store.shelf),
                self.store,
                FakeDispatches(self.store.shelf),
                FakeOpinions(self.store.shelf),
                FakeEditions(self.store.shelf),
                FakeForewarnings(self.store.shelf),
            ),
            SlackScribe(),
            self._count,
        )

    def _count(self) -> None:
        self.stored += 1

    @property
    def stages(self) -> list[Stage]:
        """How far every incident has come."""
        return [each.stage for each in self.store.shelf.episodes.values()]

    async def until(self, wanted: Callable[[], object]) -> None:
        """Wait for it."""
        async with asyncio.timeout(1.8):
            while not wanted():  # noqa: ASYNC110  # what is waited for knows nothing of the test
                await asyncio.sleep(0.01)


@asynccontextmanager
async def _begun(folder: Path, *clusters: str, **more: Any) -> AsyncIterator[Bench]:
    async with FakeApiServer([_failing(), objects.named("Namespace", "shop", "")]) as server:
        bench = Bench(folder, server)
        bench.bot = await Bot.made(bench.settings(*clusters, **more), bench.shores())
        await bench.bot.start()
        try:
            yield bench
        finally:
            await bench.bot.stop()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A bot that looks at ``eu``."""
    async with _begun(tmp_path, "eu") as made:
        yield made


async def test_first_look_comes_at_once_and_is_told(bench: Bench) -> None:
    """The pod has failed for long enough: its incident is stored with its letters, and delivery is woken."""
    await bench.until(lambda: bench.stages and bench.stored)
    assert bench.stages == [Stage.OPEN]
    assert {each.letter.channel for each in bench.store.shelf.letters.values()} == {"#image-pulls"}
    assert (await bench.store.glances())[0].trouble == ""
    assert bench.store.shelf.words


async def test_what_is_mended_is_resolved_by_the_next_look(bench: Bench) -> None:
    """A look that somebody wants sooner comes sooner."""
    await bench.until(lambda: bench.stored)
    bench.server.store.delete("pods", "shop", "web-1")
    bench.bot.look_soon("eu")
    await bench.until(lambda: bench.stages == [Stage.RESOLVED] or bench.bot.look_soon("eu"))


@pytest.mark.attack(25, "one hanging cluster", "others go on")
async def test_cluster_that_hangs_holds_up_no_other(tmp_path: Path) -> None:
    """What fails elsewhere is told, and told to be over, while one cluster's API server says nothing."""
    async with FakeApiServer([_failing()]) as silent:
        silent.faults.append(Fault(times=-1, hang=True))
        mute = tmp_path / "mute"
        mute.mkdir()
        hanging = Bench(mute, silent).settings("dark").clusters
        clusters = {**hanging, **Bench(tmp_path, silent).settings("eu").clusters}
        async with _begun(
            tmp_path, clusters={name: each.model_dump() for name, each in clusters.items()}
        ) as bench:
            await bench.until(lambda: silent.log and bench.stages)
            bench.server.store.delete("pods", "shop", "web-1")
            await bench.until(lambda: bench.stages == [Stage.RESOLVED] or bench.bot.look_soon("eu"))
            assert [each.cluster for each in await bench.store.glances()] == ["eu"]


@pytest.mark.attack(25, "never called resolved")
async def test_cluster_that_refuses_is_remembered_as_not_seen(bench: Bench) -> None:
    """Nothing ends, and the next full look is still owed."""
    await bench.until(lambda: bench.stored)
    bench.server.faults.append(Fault(times=-1, status=403))
    done = await bench.bot.look("eu")
    assert done.ending is Ending.UNSEEN
    assert bench.stages == [Stage.OPEN]
    assert (await bench.store.glances())[0].trouble


async def test_desk_answers_by_the_same_settings(bench: Bench) -> None:
    """People get documents in the words of the playbooks."""
    answer = await bench.bot.desk.why(DANA, Question(("web-1",)))
    assert isinstance(answer, Told)
    assert answer.documents[0].where.pods == ("shop/web-1",)
    await bench.until(lambda: bench.stored)
    listed = await bench.bot.desk.incidents(DANA)
    assert isinstance(listed, tuple)
    stored = bench.stored
    await bench.bot.desk.acknowledge(DANA, listed[0].id)
    assert bench.stored == stored + 1


async def test_other_settings_are_taken_up(bench: Bench) -> None:
    """A cluster that is new is looked at, one that goes has its incidents ended, and what needs a restart is named."""
    await bench.until(lambda: bench.stored)
    waits = await bench.bot.apply(bench.settings("us", slack={"share": "channel"}))
    assert waits == ("slack",)
    assert Stage.RESOLVED in bench.stages
    await bench.until(lambda: Stage.OPEN in bench.stages)
    assert [each.name for each in await bench.bot.desk.clusters(DANA)] == ["us"]
    assert set(bench.store.shelf.owners) == {"us"}


async def test_settings_of_those_without_slack_are_named_at_a_reload(bench: Bench) -> None:
    """They count after a restart, and nobody would know."""
    settings = bench.settings("eu")
    hook = {"name": "ops", "url": "https://hooks.corp.example/x"}
    told = bench.settings("eu", webhooks=[hook], alertmanager={"urls": ["https://am.corp.example"]})
    teller = Teller(context="teller")
    clusters = {name: each.model_copy(update={"teller": teller}) for name, each in settings.clusters.items()}
    waits = await bench.bot.apply(told.model_copy(update={"clusters": clusters}))
    assert waits == ("webhooks", "alertmanager", "clusters.eu.teller")
    assert await bench.bot.apply(settings) == ()


async def test_digest_is_published_by_the_settings(bench: Bench) -> None:
    """Once it is due, also by settings that came while the bot runs; in its own channel, with a letter."""
    today = f"{datetime.now(UTC):%A}"
    await bench.bot.apply(bench.settings("eu", digest=[{"channel": "#weekly", "day": today, "at": "00:00"}]))
    await bench.until(lambda: bench.store.shelf.editions)
    (edition,) = bench.store.shelf.editions.values()
    assert edition.channel == "#weekly"
    assert "#weekly" in {each.letter.channel for each in bench.store.shelf.letters.values()}


async def test_namespace_that_settings_leave_out_is_dropped(bench: Bench) -> None:
    """The next look, which comes at once, knows that it is not meant to see it."""
    await bench.until(lambda: Stage.OPEN in bench.stages)
    file = str(bench.folder / "kubeconfig")
    only = {"kubeconfig": file, "interval": "1h", "deadline": "5s", "namespaces": {"exclude": ["sho*"]}}
    await bench.bot.apply(bench.settings(clusters={"eu": only}))
    await bench.until(lambda: Stage.RESOLVED in bench.stages)
    (message,) = bench.store.shelf.messages.values()
    notice = SlackScribe().notice(message.body)
    assert notice is not None
    assert notice.standing is Standing.DROPPED


async def test_settings_that_cannot_be_used_change_nothing(bench: Bench, tmp_path: Path) -> None:
    """The reason is raised, and the bot goes on by the old ones."""
    before = bench.bot.settings
    with pytest.raises(BotError, match="playbook folder"):
        await bench.bot.apply(bench.settings("us", playbooks={"folder": str(tmp_path / "none")}))
    assert bench.bot.settings is before
    await bench.until(lambda: bench.stored)


async def test_stop_gives_the_clusters_up(tmp_path: Path) -> None:
    """Another replica need not wait for them."""
    async with _begun(tmp_path, "eu") as bench:
        await bench.until(lambda: bench.stored)
        assert set(bench.store.shelf.owners) == {"eu"}
    assert not bench.store.shelf.owners


@pytest.mark.attack("R1", "off in the bot until the settings say otherwise")
async def test_registries_are_asked_only_when_the_settings_say_so(bench: Bench) -> None:
    """Nobody sits before a bot who could have typed a flag."""
    answer = await bench.bot.desk.why(DANA, Question(("web-1",)))
    assert isinstance(answer, Told)
    assert "registries.docker.io.probe in the settings" in str(answer.report.unchecked)


async def test_quick_looks_come_between_full_ones(tmp_path: Path) -> None:
    """A quick one lists Pending pods only."""
    async with _begun(tmp_path, "eu", detection={"hold": "1s", "full_sweep_every": 2}) as bench:
        await bench.until(lambda: bench.stored)
        bench.server.log.clear()
        await bench.bot.look("eu")
        assert any("Pending" in str(each) for each in bench.server.log)
        bench.server.log.clear()
        await bench.bot.look("eu")
        assert not any("Pending" in str(each) for each in bench.server.log)


async def test_look_for_an_errand_is_quick_and_takes_no_turn(tmp_path: Path) -> None:
    """Full ones keep theirs, and what a watch names is looked at however healthy it seems."""
    async with _begun(tmp_path, "eu", detection={"hold": "1s", "full_sweep_every": 1}) as bench:
        await bench.until(lambda: bench.stored)
        turns = dict(bench.bot._turns)
        bench.server.log.clear()
        await bench.bot.look("eu", Errand((("shop", "other-1"),)))
        asked = str(bench.server.log)
        assert "Pending" in asked
        assert "metadata.name=other-1" in asked
        assert bench.bot._turns == turns
