"""The wiring finds what it composes."""

import ipaddress
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import wiring
from bot.demo import story
from bot.errors import BotError, ClusterUnreadable
from bot.facts import hosts
from bot.facts.image import parse
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Identity, Testimony
from bot.ports.credentials import Credential, CredentialLender
from bot.ports.probing import RegistryProber
from bot.registry.permits import Budget, Permit, Permits, Probe, Reach
from bot.registry.unasked import UnaskedRegistry
from bot.registry.wire import Ask, Failed, Reply, Wire
from bot.settings import Settings
from bot.wiring import Access, Probers, Probing
from tests.fakes import objects
from tests.fakes.api_server import FakeApiServer
from tests.fakes.registry import FakeProber
from tests.fakes.registry_content import Repository, single
from tests.fakes.registry_server import RegistryServer


def test_wiring_finds_the_shipped_playbooks() -> None:
    """Beside the checkout here, inside the package when installed."""
    assert (wiring.shipped_playbooks() / "causes").is_dir()
    assert (wiring.shipped_playbooks() / "symptoms").is_dir()


def test_wiring_reads_all_knowledge() -> None:
    """Causes with their words, signatures, registries."""
    known = wiring.knowledge()
    assert known.catalog.causes
    assert known.registries.retired


async def test_wiring_opens_a_dump() -> None:
    """A dump becomes a world under the name it was given."""
    async with wiring.opened(Access(name="mine", dump=story.RECORDINGS), wiring.knowledge()) as world:
        assert world.name == "mine"
        assert not isinstance(await world.reader.nodes(), Unread)


async def test_wiring_tells_what_is_odd_about_a_dump(tmp_path: Path) -> None:
    """Live Secret values in somebody's dump are a warning."""
    (tmp_path / "s.json").write_text(
        '{"kind": "Secret", "apiVersion": "v1", "type": "kubernetes.io/dockercfg", "data": {".dockercfg": "e30="}, '
        '"metadata": {"name": "a", "namespace": "b", "creationTimestamp": "2026-01-01T00:00:00Z"}}'
    )
    told: list[str] = []
    async with wiring.opened(Access(dump=tmp_path), wiring.knowledge(), told.append):
        pass
    assert any("Secret" in line for line in told)


async def test_wiring_says_when_there_is_no_way_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a kubeconfig nor a pod."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ClusterUnreadable):
        async with wiring.opened(Access(), wiring.knowledge()):
            pass


def test_wiring_knows_contexts_and_namespaces(tmp_path: Path) -> None:
    """The current context first; its namespace is the default one."""
    file = tmp_path / "config"
    file.write_text(
        "current-context: b\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\nusers: [{name: u, user: {}}]\n"
        "contexts: [{name: a, context: {cluster: c, user: u}}, {name: b, context: {cluster: c, user: u, namespace: shop}}]\n"
    )
    assert wiring.contexts(file) == ("b", "a")
    assert wiring.default_namespace(Access(kubeconfig=file)) == "shop"
    assert wiring.default_namespace(Access(kubeconfig=file, context="a")) == "default"
    with pytest.raises(BotError):
        wiring.default_namespace(Access(kubeconfig=file, context="zzz"))


async def test_wiring_writes_a_dump_of_a_dump(tmp_path: Path) -> None:
    """What is written can be opened."""
    written = await wiring.write_dump(Access(dump=story.RECORDINGS), ("shop",), tmp_path / "copy")
    assert written.objects
    async with wiring.opened(Access(dump=tmp_path / "copy"), wiring.knowledge()) as world:
        assert await world.reader.pods("shop")


def _permits(mode: str = "", *allowed: str, **registries: Any) -> Permits:
    """What may be asked when this was typed and these registries stand in the settings."""
    said = Settings.model_validate({"registries": registries}).registries
    typed = {
        host: (hosts.addresses(at),) if at else ()
        for host, _, at in (each.partition("=") for each in allowed)
    }
    return wiring.permitted(Probing(mode, typed, said), wiring.knowledge().registries)


def _level(permits: Permits, registry: str) -> str:
    found = permits.of(registry)
    return found.probe.value if isinstance(found, Permit) else "off"


@pytest.mark.parametrize(
    ("mode", "typed", "says_anonymous", "says_credentials"),
    [
        ("", "anonymous", "anonymous", "credentials"),
        ("anonymous", "anonymous", "anonymous", "anonymous"),
        ("credentials", "credentials", "anonymous", "credentials"),
    ],
)
def test_wiring_permits_what_both_the_flag_and_the_settings_permit(
    mode: str, typed: str, says_anonymous: str, says_credentials: str
) -> None:
    """A flag sets how far to go where the settings say nothing, and goes beyond them nowhere."""
    said: dict[str, Any] = {
        f"{probe}.example": {"probe": probe} for probe in ("anonymous", "credentials", "off")
    }
    permits = _permits(mode, "typed.example", "off.example", **said, **{"silent.example": {}})
    assert _level(permits, "docker.io") == _level(permits, "typed.example") == typed
    assert _level(permits, "anonymous.example") == says_anonymous
    assert _level(permits, "credentials.example") == says_credentials
    assert {_level(permits, f"{each}.example") for each in ("off", "silent", "unlisted")} == {"off"}


def test_wiring_opens_a_registry_of_which_the_settings_say_everything_but_how_far() -> None:
    """Its addresses and budget hold once a flag opens it, or when everybody knows it."""
    said: dict[str, Any] = {
        "registry.corp.example": {
            "addresses": ["10.20.0.0/16"],
            "budget": "5/m",
            "token_services": ["auth.example"],
        },
        "docker.io": {"budget": "20/h"},
    }
    permits = _permits("credentials", "registry.corp.example=[fd00::7]:5000", **said)
    assert permits.of("registry.corp.example") == Permit(
        "registry.corp.example",
        Probe.CREDENTIALS,
        Budget(5, 60),
        (Reach(ipaddress.ip_network("10.20.0.0/16")), Reach(ipaddress.ip_network("fd00::7"), 5000)),
        token_services=("auth.example",),
    )
    assert _permits(**said).of("docker.io") == Permit("docker.io", Probe.ANONYMOUS, Budget(20, 3600))
    assert isinstance(_permits(**said).of("registry.corp.example"), Unread)


def test_wiring_denies_whatever_was_typed() -> None:
    """The list in the settings wins, and says so."""
    permits = _permits("credentials", "registry.corp.example", deny=["*.corp.example", "docker.io"])
    for registry in ("registry.corp.example", "docker.io"):
        found = permits.of(registry)
        assert isinstance(found, Unread)
        assert found.remedy == "registries.deny in the settings"


@pytest.mark.parametrize(
    ("mode", "probe", "opened_by"),
    [
        ("", "anonymous", "registries.a.example.probe in the settings"),
        ("anonymous", "anonymous", "registries.a.example.probe in the settings"),
        ("anonymous", "credentials", "--probe credentials"),
    ],
)
def test_wiring_names_what_would_let_credentials_be_used(mode: str, probe: str, opened_by: str) -> None:
    """The flag, unless the settings forbid it."""
    found = _permits(mode, **{"a.example": {"probe": probe}}).of("a.example")
    assert isinstance(found, Permit)
    assert (found.probe, found.opened_by) == (Probe.ANONYMOUS, opened_by)


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


async def test_wiring_tells_the_world_the_mirrors() -> None:
    """Of a dump, too."""
    said = Settings.model_validate(
        {"registries": {"mirrors": {"docker.io": "mirror.corp.example"}}}
    ).registries
    known = wiring.knowledge()
    async with (
        wiring.probing(Probing("off", {}, said), known) as probers,
        wiring.opened(Access(dump=story.RECORDINGS), known, probers=probers) as world,
    ):
        assert world.mirrors == {"docker.io": "mirror.corp.example"}


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
    assert wiring._cache(environment) == folder


def test_dump_is_read_without_what_asks_registries() -> None:
    """It would make every start slower, and a dump opens no connection."""
    program = (
        "import sys; from pathlib import Path; from bot.cli import why; from bot.cli.asking import Asked, Shape; "
        "from bot.demo import story; why.run(Asked(source=story.RECORDINGS), ['shop/api-59fffb898-dbsxn'], Shape()); "
        "print([name for name in ('aiohttp', 'bot.registry.live', 'bot.registry.thrift') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "[]"


def test_wiring_reads_manifests(tmp_path: Path) -> None:
    """Files and stdin alike."""
    file = tmp_path / "web.yaml"
    text = "kind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: x}]}\n"
    file.write_text(text, encoding="utf-8")
    found = wiring.read_manifests(
        [str(file), "-"], "shop", lambda most: text.encode()[:most], recursive=False
    )
    assert [(each.source, each.namespace) for each in found.workloads] == [(str(file), "shop"), ("-", "shop")]


async def test_wiring_opens_a_world_without_a_cluster() -> None:
    """Registries are asked as before, with nobody's credentials; of the cluster nothing is known."""
    known = wiring.knowledge()
    with wiring.without_cluster(
        known, wiring.Probers({"docker.io": "mirror.example"}), "no cluster", "--context"
    ) as world:
        unread = await world.reader.nodes()
        assert (world.name, world.mirrors) == ("", {"docker.io": "mirror.example"})
    assert unread == Unread("nodes", "no cluster", "--context")


async def test_wiring_asks_no_registry_of_a_dump_without_answers(tmp_path: Path) -> None:
    """And says what would let it be asked."""
    (tmp_path / "pods.json").write_text(json.dumps({"kind": "PodList", "items": [objects.pod()]}))
    async with wiring.opened(Access(dump=tmp_path), wiring.knowledge()) as world:
        told = await world.prober.base(parse("registry.example/shop/web:1.4"))
    assert isinstance(told, Unread)
    assert (told.why, told.remedy) == (
        "not asked (a dump opens no connection)",
        "ask the live cluster, or add recorded answers",
    )


async def test_wiring_answers_from_what_is_recorded(tmp_path: Path) -> None:
    """At the dump's own time, once for each look; of what is off a line is told, and of other registries nothing."""
    (tmp_path / "pods.json").write_text(json.dumps({"kind": "PodList", "items": [objects.pod()]}))
    asked = {"method": "GET", "url": "https://registry.example/v2/", "headers": {}}
    answers = [
        {"identity": "anonymous", "request": asked, "response": {"status": each}} for each in (401, 200)
    ]
    (tmp_path / "registry.json").write_text(json.dumps({"exchanges": [*answers, 7]}))
    warned: list[str] = []
    async with wiring.opened(Access(dump=tmp_path), wiring.knowledge(), warned.append) as world:
        told = [await world.prober.base(parse("registry.example/shop/web:1.4")) for _ in range(2)]
        other = await world.prober.base(parse("other.example/shop/web:1.4"))
    assert [each.told.status for each in told if isinstance(each, Testimony)] == [401, 401]
    assert isinstance(other, Unread)
    assert other.why == "its answers are not recorded"
    assert warned == ["'registry.json': exchange 3 is left out: Expected `object`, got `int`"]
