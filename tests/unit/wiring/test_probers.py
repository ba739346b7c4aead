"""Registries are asked by one session: its budget and its answers outlive a look, its credentials do not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import wiring
from bot.facts.image import parse
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Identity, Testimony
from bot.ports.credentials import Credential, CredentialLender
from bot.ports.probing import RegistryProber
from bot.registry.unasked import UnaskedRegistry
from bot.registry.wire import Ask, Failed, Reply, Wire
from bot.settings import Settings
from bot.wiring import Access, Probers, Probing
from bot.wiring.probers import _cache
from tests.fakes import objects
from tests.fakes.api_server import FakeApiServer
from tests.fakes.registry import FakeProber
from tests.fakes.registry_content import Repository, single
from tests.fakes.registry_server import RegistryServer


async def test_probing_off_names_the_flag() -> None:
    """Nobody is asked, and the answer says why."""
    async with wiring.probing(Probing("off"), wiring.knowledge()) as probers:
        with probers.at(Access(), None) as prober:
            answer = await prober.base(parse("docker.io/library/nginx"))
    assert answer == Unread("registry docker.io", "not asked (--probe off)", "--probe anonymous")


class _Lender:
    """Lends one password."""

    def __init__(self, password: str) -> None:
        self._password = password

    async def lend(self, identity: Identity) -> Credential:  # noqa: ARG002  # the port's question
        """The same for everybody."""
        return Credential("bob", self._password)


async def test_probers_keep_a_cluster_s_prober_and_never_mix_their_lenders() -> None:
    """What was told is remembered from look to look, and each look lends out of its own cluster."""
    made: list[CredentialLender] = []

    def make(lender: CredentialLender) -> RegistryProber:
        made.append(lender)
        return FakeProber()

    probers, identity = Probers(made=make), Identity("shop", "regcred", "a.example")
    one, other = Access("one"), Access("other")
    with probers.at(one, _Lender("first")) as before, probers.at(other, _Lender("second")) as elsewhere:
        assert before is not elsewhere
        assert [await each.lend(identity) for each in made] == [
            Credential("bob", "first"),
            Credential("bob", "second"),
        ]
    with probers.at(one, _Lender("third")) as after:
        assert after is before
        assert await made[0].lend(identity) == Credential("bob", "third")
        assert isinstance(await made[1].lend(identity), Unread)
    assert isinstance(await made[0].lend(identity), Unread)


async def test_looks_that_overlap_each_have_a_lender() -> None:
    """One that ends takes nothing from the other."""
    made: list[CredentialLender] = []

    def make(lender: CredentialLender) -> RegistryProber:
        made.append(lender)
        return FakeProber()

    probers, access, identity = Probers(made=make), Access("eu"), Identity("shop", "regcred", "a.example")
    with probers.at(access, _Lender("first")):
        with probers.at(access, _Lender("second")):
            assert await made[0].lend(identity) == Credential("bob", "second")
        assert await made[0].lend(identity) == Credential("bob", "first")
    assert isinstance(await made[0].lend(identity), Unread)


def test_probers_ask_nobody_unless_told_to() -> None:
    """The plain default."""
    with Probers().at(Access(), None) as prober:
        assert isinstance(prober, UnaskedRegistry)


@asynccontextmanager
async def _stage(folder: Path) -> AsyncIterator[tuple[Access, RegistryServer, FakeApiServer]]:
    """A cluster with one Secret, a registry that speaks HTTP, and the way to the cluster."""
    held = {"shop/web": Repository({"1.4": single()})}
    async with (
        RegistryServer(held) as registry,
        FakeApiServer([objects.named("Secret", "regcred")]) as cluster,
    ):
        file = folder / "config"
        file.write_text(
            f"current-context: here\nclusters: [{{name: c, cluster: {{server: '{cluster.url}'}}}}]\n"
            "users: [{name: u, user: {}}]\ncontexts: [{name: here, context: {cluster: c, user: u}}]\n"
        )
        yield Access(kubeconfig=file), registry, cluster


async def test_budget_and_answers_outlive_a_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second look asks the registry nothing that the first one asked, and its count goes on."""
    monkeypatch.setenv("HOME", str(tmp_path))
    known = wiring.knowledge()
    async with _stage(tmp_path) as (access, registry, _):
        said: dict[str, Any] = {
            registry.host: {"plain_http": True, "addresses": ["127.0.0.1"], "probe": "anonymous"},
            "mirrors": {"docker.io": registry.host},
        }
        plan = Probing(settings=Settings.model_validate({"registries": said}).registries)
        image = parse(f"{registry.host}/shop/web:1.4")
        async with wiring.probing(plan, known) as probers:
            for _ in range(3):
                async with wiring.opened(access, known, probers=probers) as world:
                    assert world.mirrors == {"docker.io": registry.host}
                    answer = await world.prober.manifest(image, ANONYMOUS)
                    assert isinstance(answer, Testimony)
                    assert answer.told.is_ok
                    assert not isinstance(await world.prober.tags(image, ANONYMOUS), Unread)
                    (asked,) = world.asked()
    assert len(registry.requests) == asked.questions == 2


async def test_wire_can_be_listened_to(tmp_path: Path) -> None:
    """Whoever takes notes hears every question, and nothing is taken from a shelf that the notes do not hold."""
    heard: list[Ask] = []

    class _Ear:
        def __init__(self, wire: Wire) -> None:
            self._wire = wire

        async def send(self, ask: Ask) -> Reply | Failed:
            """Note it and pass it on."""
            heard.append(ask)
            return await self._wire.send(ask)

    known = wiring.knowledge()
    async with _stage(tmp_path) as (_, registry, _server):
        said: dict[str, Any] = {registry.host: {"plain_http": True, "addresses": ["127.0.0.1"]}}
        plan = Probing("", {registry.host: ()}, Settings.model_validate({"registries": said}).registries)
        async with wiring.probing(plan, known, _Ear) as probers:
            with probers.at(Access(), None) as prober:
                await prober.base(parse(f"{registry.host}/shop/web"))
    assert len(heard) == len(registry.requests) == 1


async def test_how_questions_end_is_told(tmp_path: Path) -> None:
    """Those that are kept back, too: a budget that is spent is somebody's to raise."""
    heard: list[str] = []
    known = wiring.knowledge()
    async with _stage(tmp_path) as (_, registry, _server):
        said: dict[str, Any] = {
            registry.host: {"plain_http": True, "addresses": ["127.0.0.1"], "budget": "1/h"}
        }
        plan = Probing("", {registry.host: ()}, Settings.model_validate({"registries": said}).registries)

        def told(asked: str, ending: str) -> None:
            assert asked == registry.host
            heard.append(ending)

        async with wiring.probing(plan, known, told=told) as probers:
            with probers.at(Access(), None) as prober:
                await prober.base(parse(f"{registry.host}/shop/web"))
                await prober.manifest(parse(f"{registry.host}/shop/web:1"), ANONYMOUS)
    assert heard == ["2xx", "budget-spent"]


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_CACHE_HOME": "/c", "HOME": "/h"}, Path("/c/imagepull")),
        ({"XDG_CACHE_HOME": "c", "HOME": "/h"}, Path("/h/.cache/imagepull")),
        ({"HOME": "/h"}, Path("/h/.cache/imagepull")),
        ({"HOME": "h"}, None),
        ({}, None),
    ],
)
def test_cache_is_where_this_user_s_caches_are(environment: dict[str, str], folder: Path | None) -> None:
    """As the XDG specification has it; a pod without a home keeps nothing."""
    assert _cache(environment) == folder


async def test_probers_anew_remember_nothing_of_what_registries_said() -> None:
    """Before a change is made it is asked again; who is asked, and how often, stays the same."""
    made: list[CredentialLender] = []

    def make(lender: CredentialLender) -> RegistryProber:
        made.append(lender)
        return FakeProber()

    probers = Probers({"a.example": "mirror.example"}, make)
    with probers.at(Access("one"), None) as before, probers.anew().at(Access("one"), None) as after:
        assert before is not after
    assert probers.anew().mirrors == probers.mirrors
    assert len(made) == 2
