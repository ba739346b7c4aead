"""What we write into a cluster ourselves proves nothing there: our own Events change neither a look, nor a watch, nor an answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot import wiring
from bot.cluster.announcing import REASON
from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.store import Store
from bot.facts.episode import Stage
from bot.facts.target import Target
from bot.facts.verdict import Report
from bot.ports.announcing import Announcement, Told
from bot.ports.reading import Scan
from bot.settings import Settings
from bot.slack.letters import SlackScribe
from bot.store import opening
from bot.wiring import tellers
from bot.wiring.access import Access
from bot.wiring.running import Bot, Shores
from bot.wiring.writers import WriterAccess
from bot.workflows import diagnose
from bot.workflows import sweep as sweeping
from bot.workflows.attending import Tempo
from tests.fakes import objects, writes
from tests.fakes.cluster import NOW
from tests.fakes.faulty_cluster import FaultyCluster


GONE = 'rpc error: code = NotFound desc = failed to pull and unpack image "registry.example/web:9": not found'
# As a kubelet says it, of something else: whoever quoted it would call it another cause.
OURS = (
    'Failed to pull image "registry.example/web:9": 429 Too Many Requests, toomanyrequests: pull rate limit'
)
CANARY = "toomanyrequests"


@dataclass
class Staged:
    """A cluster in which a bare pod fails, one runs, one waits in silence, and a Deployment stands."""

    folder: Path
    cluster: FaultyCluster

    @property
    def access(self) -> Access:
        """How it is looked at."""
        file = self.folder / "kubeconfig"
        told = {
            "current-context": "it",
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "clusters": [{"name": "it", "cluster": {"server": self.cluster.url}}],
            "users": [{"name": "it", "user": {"token": "reader"}}],
        }
        file.write_text(json.dumps(told))
        return Access("eu", kubeconfig=file)

    async def announce(self) -> None:
        """Write our Event on everything."""
        token = self.folder / "token"
        token.write_text("teller")
        places = [("Pod", "web-1"), ("Pod", "fine"), ("Pod", "silent"), ("Deployment", "web")]
        async with tellers.announcing(self.access, WriterAccess(token_file=token)) as announcer:
            for kind, name in places:
                said = Announcement(f"{kind}/{name}", kind, "shop", name, OURS, NOW, NOW)
                assert (await announcer.announce(said)).told is Told.DONE

    def looks(self) -> list[str]:
        """The lists of pods: one for each look."""
        asked = [each.path for each in self.cluster.sent("GET") if "/api/v1/pods?" in each.path]
        return [each for each in asked if "limit=500" in each]

    async def sweeps(self, *, full: bool) -> Report:
        """What a look finds."""
        async with wiring.opened(self.access, wiring.knowledge()) as world:
            return await sweeping.sweep(world, Scan(None, full=full))

    async def why(self, name: str) -> Report:
        """What is answered about a pod."""
        async with wiring.opened(self.access, wiring.knowledge()) as world:
            return await diagnose.why(world, (Target("", "shop", name),), Scan(("shop",), full=True))


@asynccontextmanager
async def _staged(folder: Path) -> AsyncIterator[Staged]:
    pods = [
        objects.pod("web-1", state=objects.waiting("ErrImagePull", GONE)),
        objects.pod("fine", phase="Running"),
        objects.pod("silent", state=objects.waiting("ContainerCreating")),
        objects.event("web-1", message=f"Failed to pull image: {GONE}"),
        writes.deployment(),
        *writes.namespaces("shop"),
    ]
    async with FaultyCluster(Store(pods), {"reader": ADMIN, "teller": ADMIN}) as cluster:
        yield Staged(folder, cluster)


def _read(report: Report) -> Any:
    """Everything that a look found but how long it took."""
    return report.diagnoses, report.incidents, report.looked_at, report.recovered, report.unchecked


@pytest.mark.parametrize("full", [True, False])
async def test_own_events_change_nothing_in_a_look(tmp_path: Path, full: bool) -> None:
    """Neither what fails nor why; and nobody quotes them."""
    async with _staged(tmp_path) as staged:
        before = await staged.sweeps(full=full)
        await staged.announce()
        assert len([each for each in staged.cluster.store.every("events") if each["reason"] == REASON]) == 4
        after = await staged.sweeps(full=full)
        assert before.diagnoses
        assert _read(after) == _read(before)
        assert CANARY not in repr(after)


@pytest.mark.parametrize("name", ["web-1", "fine", "silent"])
async def test_own_events_change_nothing_in_an_answer(tmp_path: Path, name: str) -> None:
    """Though all events of the pod are read for it."""
    async with _staged(tmp_path) as staged:
        before = await staged.why(name)
        await staged.announce()
        after = await staged.why(name)
        assert _read(after) == _read(before)
        assert CANARY not in repr(after)


async def test_own_events_wake_no_watch_and_change_no_incident(tmp_path: Path) -> None:
    """No look follows them, and the next one stores what the one before did."""
    async with _staged(tmp_path) as staged, opening.opened(f"sqlite:///{tmp_path / 'bot.db'}") as store:
        told = {
            "kubeconfig": str(staged.access.kubeconfig),
            "interval": "1h",
            "deadline": "5s",
            "watch": True,
        }
        settings = Settings.model_validate({"clusters": {"eu": told}, "detection": {"hold": "1s"}})
        bot = await Bot.made(settings, Shores(store, SlackScribe(), lambda: None))
        bot._watches._tempo = Tempo(settle=0.2, rest=0.1)
        await bot.start()
        try:
            async with asyncio.timeout(10):
                while not staged.cluster.watching or len(staged.looks()) < 2:  # noqa: ASYNC110  # it knows nothing of the test
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)
            looks, before = len(staged.looks()), await store.keeper.episodes("eu", bot._shores.now())
            await staged.announce()
            await asyncio.sleep(0.7)
            assert len(staged.looks()) == looks
            await bot.look("eu")
            after = await store.keeper.episodes("eu", bot._shores.now())
        finally:
            await bot.stop()
    assert [each.stage for each in before] == [Stage.OPEN]
    assert [(each.id, each.stage, each.reading) for each in after] == [
        (each.id, each.stage, each.reading) for each in before
    ]
