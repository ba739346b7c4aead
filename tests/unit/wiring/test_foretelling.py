"""The bot warns on time: off unless it is wanted, told where the routes say, and over when it is."""

import asyncio
import base64
import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.facts.bulletin import Bulletin
from bot.facts.forewarning import Kind
from bot.settings import Settings
from bot.slack.letters import SlackScribe
from bot.store.opening import Store
from bot.wiring.knowing import shipped_playbooks
from bot.wiring.running import Bot, Shores
from bot.workflows.foretell import Foretold
from tests.fakes import objects
from tests.fakes.api_server import FakeApiServer, Fault
from tests.fakes.editions import FakeEditions
from tests.fakes.forewarnings import FakeForewarnings
from tests.fakes.opinions import FakeOpinions
from tests.fakes.posts import FakeDispatches
from tests.fakes.shelved import ShelvedLedger
from tests.fakes.store import FakeStore


NOW = datetime.now(UTC)
WARNS = {"kinds": ["token-expires", "retired-registry"], "every": "24s"}


def secret(left: timedelta) -> dict[str, Any]:
    """A pull secret with a token of ninety days."""
    ends = NOW + left
    claims = {"exp": int(ends.timestamp()), "iat": int((ends - timedelta(days=90)).timestamp())}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    auths = {"auths": {"registry.example": {"username": "robot", "password": f"e30.{body}.sig"}}}
    coded = base64.b64encode(json.dumps(auths).encode()).decode()
    meta = {"name": "regcred", "namespace": "shop", "uid": "u-regcred"}
    kind = "kubernetes.io/dockerconfigjson"
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": meta,
        "type": kind,
        "data": {".dockerconfigjson": coded},
    }


def pod() -> dict[str, Any]:
    """A pod that runs with it."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web-1", "namespace": "shop", "uid": "u-web-1"},
        "spec": {
            "containers": [{"name": "c", "image": "registry.example/web:1"}],
            "imagePullSecrets": [{"name": "regcred"}],
        },
        "status": {"phase": "Running"},
    }


class Bench:
    """A bot that warns, and what it stored."""

    def __init__(self, folder: Path, server: FakeApiServer) -> None:
        self.folder, self.server, self.store = folder, server, FakeStore()
        self.rounds: list[Foretold] = []
        self.bot: Bot

    def settings(self, *clusters: str, **more: Any) -> Settings:
        """Settings with these clusters."""
        file = self.folder / "kubeconfig"
        told = {
            "current-context": "it",
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "clusters": [{"name": "it", "cluster": {"server": self.server.url}}],
            "users": [{"name": "it", "user": {"token": "t"}}],
        }
        file.write_text(json.dumps(told))
        each = {"kubeconfig": str(file), "interval": "1h", "deadline": "5s"}
        tree = {"clusters": dict.fromkeys(clusters, each), "routes": [{"channel": "#image-pulls"}]}
        return Settings.model_validate(tree | more)

    def shores(self) -> Shores:
        """What the bot works with."""
        shelf = self.store.shelf
        kept = Store(
            self.store,
            self.store,
            self.store,
            ShelvedLedger(shelf),
            self.store,
            FakeDispatches(shelf),
            FakeOpinions(shelf),
            FakeEditions(shelf),
            FakeForewarnings(shelf),
        )
        return Shores(kept, SlackScribe(), lambda: None, foretold=self.rounds.append)

    def told(self) -> Mapping[str, Bulletin]:
        """What the messages say by now."""
        scribe = SlackScribe()
        kept = self.store.shelf.messages
        return {key[1]: found for key, each in kept.items() if (found := scribe.bulletin(each.body))}

    async def until(self, wanted: Callable[[], object]) -> None:
        """Wait for it."""
        async with asyncio.timeout(1.8):
            while not wanted():  # noqa: ASYNC110  # what is waited for knows nothing of the test
                await asyncio.sleep(0.01)


@pytest.fixture
async def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """One that runs, with one cluster."""
    items = [pod(), secret(timedelta(days=3)), objects.named("Namespace", "shop", "")]
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(FakeApiServer(items))
        made = Bench(tmp_path, server)
        wanted = getattr(request, "param", WARNS)
        made.bot = await Bot.made(
            made.settings("prod", **({"warnings": wanted} if wanted else {})), made.shores()
        )
        stack.push_async_callback(made.bot.stop)
        await made.bot.start()
        yield made


async def test_a_token_is_told_and_its_renewal_ends_it(bench: Bench) -> None:
    """In the channel of its namespace, with the Secret's name and the day, and nothing of its value."""
    await bench.until(bench.told)
    told = bench.told()["#image-pulls"]
    assert told.kind is Kind.TOKEN
    assert "regcred" in "".join(each.text for each in told.headline)
    assert "e30" not in repr(bench.store.shelf.messages)
    bench.server.store.put(secret(timedelta(days=80)))
    await bench.bot.foretelling.round_at("prod")
    assert bench.told()["#image-pulls"].ending.startswith("The token was renewed")


async def test_a_cluster_that_refuses_ends_nothing(bench: Bench) -> None:
    """The round says why."""
    await bench.until(bench.told)
    bench.server.faults.append(Fault(on=lambda asked: asked.resource == "pods", times=-1, status=403))
    done = await bench.bot.foretelling.round_at("prod")
    assert "cannot be listed" in done.trouble
    assert bench.told()["#image-pulls"].ended is None


async def test_what_is_wanted_no_more_is_dropped(bench: Bench) -> None:
    """And is not said to be well."""
    await bench.until(bench.told)
    await bench.bot.apply(bench.settings("prod"))
    assert "Not looked at any more" in bench.told()["#image-pulls"].ending


async def test_what_was_open_when_the_bot_starts_with_warnings_off_is_dropped(bench: Bench) -> None:
    """Nobody is left with a warning that no round will ever end."""
    await bench.until(bench.told)
    await bench.bot.stop()
    bench.bot = await Bot.made(bench.settings("prod"), bench.shores())
    await bench.bot.start()
    await bench.until(lambda: bench.told()["#image-pulls"].ended)
    await bench.bot.stop()
    assert "Not looked at any more" in bench.told()["#image-pulls"].ending


async def test_own_words_are_told(bench: Bench, tmp_path: Path) -> None:
    """From the operator's folder, as soon as the settings name it."""
    await bench.until(bench.told)
    own = tmp_path / "own" / "warnings" / "token-expires"
    shutil.copytree(shipped_playbooks() / "warnings" / "token-expires", own)
    words = (own / "message.j2").read_text(encoding="utf-8")
    (own / "message.j2").write_text(
        words.replace("{% block headline %}", "{% block headline %}Ours: "), "utf-8"
    )
    more = {"warnings": WARNS, "playbooks": {"folder": str(tmp_path / "own")}}
    await bench.bot.apply(bench.settings("prod", **more))
    await bench.bot.foretelling.round_at("prod")
    assert "".join(each.text for each in bench.told()["#image-pulls"].headline).startswith("Ours: ")


@pytest.mark.parametrize("bench", [None, {"kinds": []}], indirect=True)
async def test_nothing_is_looked_for_unless_it_is_wanted(bench: Bench) -> None:
    """No round, and no Secret is read."""
    await bench.until(lambda: bench.store.shelf.glances)
    assert not bench.rounds
    assert not bench.server.asked("secrets")
