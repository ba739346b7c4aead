"""The registry as a witness: the same questions, and the same answers, whoever runs the registry.

On the registry in this process with every family's way in, on Debian's own ``docker-registry``, and on the transcripts
of both, which no registry stands behind any more. Where servers really differ, the difference stands in a table.
"""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from bot.facts.image import Platform, parse
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Fault, Identity, Step, Testimony
from bot.ports.credentials import Credential
from bot.ports.probing import RegistryProber
from bot.registry import exchanges
from bot.registry.asking import Asker
from bot.registry.client import Client
from bot.registry.permits import Budget, Permit, Probe, Reach
from bot.registry.recorded import RecordedLender, RecordedRules, RecordedWire
from bot.registry.transcript import Noted
from bot.registry.wire import Wire
from tests.contract.test_probing_auth import WAYS, Expected, Ways
from tests.fakes import certificates, docker_registry
from tests.fakes.asking_live import Live, clock, prober_on
from tests.fakes.docker_registry import PASSWORD, USER, DockerRegistry, Variant
from tests.fakes.misbehaving import server_tls
from tests.fakes.registry_content import DOCKER_LIST, HELM_CONFIG, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, Image
from tests.fakes.registry_families import FAMILIES, OPEN, Family
from tests.fakes.registry_server import RegistryServer
from tests.fakes.registry_shop import API, ARM, CHART, LOST, OLD_WEB, SHOP, TORN, WEB


Answer = Testimony | Unread
SECRETS = {"regcred": Credential(USER, PASSWORD), "stale": Credential(USER, "wrong-canary")}
LOOPBACK = (Reach(ip_network("127.0.0.1/32")),)
AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64", "v8")
NOTHING = "sha256:" + "0" * 64

OK = Expected(status=200, code="")
UNAUTHORIZED = Expected()
NO_MANIFEST = Expected(status=404, code="MANIFEST_UNKNOWN")
NO_NAME = Expected(status=404, code="NAME_UNKNOWN")


@dataclass(frozen=True)
class World:
    """A registry, and how it answers.

    Attributes:
        ways: how it refuses.
        family: of a registry in this process; None for Debian's.
        variant: whether it speaks HTTPS and, of Debian's, whether it is locked.
        in_order: it lists tags in the order that the specification asks for.
    """

    ways: Ways
    family: Family | None = None
    variant: Variant = field(default_factory=Variant)
    in_order: bool = True

    @property
    def is_open(self) -> bool:
        """Whether it asks nobody for a name."""
        return not (self.family.scheme if self.family else self.variant.locked)


EVERYBODY = Ways(nobody=OK, wrong=OK, no_repository=NO_NAME)
# docker-registry 2.8 says of a manifest in a repository that does not exist what it says of a missing tag, and lists
# tags in the order of its folders, whatever the specification says.
DEBIAN = Ways(wrong=UNAUTHORIZED, no_repository=NO_MANIFEST)
PLAIN = Variant(tls=False)
WORLDS = {
    "open": World(EVERYBODY, OPEN),
    "plain": World(EVERYBODY, OPEN, PLAIN),
    **{name: World(ways, FAMILIES[name]) for name, ways in WAYS.items()},
    "docker-registry": World(replace(DEBIAN, nobody=OK, wrong=OK), in_order=False),
    "docker-registry htpasswd": World(DEBIAN, variant=Variant(locked=True), in_order=False),
    "docker-registry plain": World(replace(DEBIAN, nobody=OK, wrong=OK), variant=PLAIN, in_order=False),
}
RECORDED = ["hub", "docker-registry htpasswd"]


def _questions(host: str, who: Identity) -> Mapping[str, Callable[[RegistryProber], Awaitable[Answer]]]:
    """Every question of the port; ``who`` is whoever may read there."""
    stale = Identity("shop", "stale", host, "f2")

    def manifest(name: str, by: Identity = who, *, whole: bool = False) -> Any:
        return lambda prober: prober.manifest(parse(f"{host}/{name}"), by, whole=whole)

    def tags(name: str) -> Any:
        return lambda prober: prober.tags(parse(f"{host}/{name}"), who)

    def config(name: str, platform: Platform | None = None) -> Any:
        return lambda prober: prober.config(parse(f"{host}/{name}"), who, platform)

    def layers(name: str, *digests: str) -> Any:
        return lambda prober: prober.layers(parse(f"{host}/{name}"), who, digests)

    any_image = parse(f"{host}/shop/web:1.4")
    return {
        "base": lambda prober: prober.base(any_image),
        "login": lambda prober: prober.login(any_image, who),
        "login with a wrong password": lambda prober: prober.login(any_image, stale),
        "a tag": manifest("shop/web:1.4"),
        "a tag, by nobody": manifest("shop/web:1.4", ANONYMOUS),
        "a tag, with a wrong password": manifest("shop/web:1.4", stale),
        "a missing tag": manifest("shop/web:9.9"),
        "a missing tag, by nobody": manifest("shop/web:9.9", ANONYMOUS),
        "a deleted tag": manifest("shop/gone:1.0"),
        "a missing repository": manifest("shop/wbe:1.4"),
        "a digest": manifest(f"shop/web@{WEB.digest}"),
        "a missing digest": manifest(f"shop/web@{NOTHING}"),
        "a tag and a digest": manifest(f"shop/web:9.9@{ARM.digest}"),
        "an index": manifest("shop/web:1.4", whole=True),
        "a docker list": manifest("shop/web:1.3", whole=True),
        "a single image": manifest("shop/api:1.0", whole=True),
        "a chart": manifest("shop/chart:1.0", whole=True),
        "the tags": tags("shop/web:1.4"),
        "the tags of a deleted image": tags("shop/gone:1.0"),
        "the tags of a missing repository": tags("shop/wbe:1.4"),
        "the config of a single image": config("shop/web:arm"),
        "the config of an entry": config("shop/web:1.4", ARM64),
        "the config of the other entry": config("shop/web:1.3", AMD64),
        "the config of a chart": config("shop/chart:1.0"),
        "the layers": layers("shop/api:1.0", *API.layers),
        "a lost layer": layers("shop/torn:1.0", *TORN.layers),
    }


@dataclass
class Stage:
    """A registry that can be asked.

    Attributes:
        host: as images name it.
        permit: what may be asked.
        server: the registry itself; None where only its transcript is left.
        asking: who asks it.
        answers: of the transcript, by question.
    """

    world: World
    host: str
    permit: Permit
    server: RegistryServer | DockerRegistry | None = None
    asking: Live | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)

    @property
    def who(self) -> Identity:
        """Whoever may read there. Credentials never go over plain HTTP, so there it is nobody in particular."""
        return Identity("shop", "regcred", self.host, "f1") if self.world.variant.tls else ANONYMOUS

    @asynccontextmanager
    async def live(
        self, listen: Callable[[Wire], Wire] = lambda wire: wire, **permit: Any
    ) -> AsyncIterator[Live]:
        """Somebody else who asks it, under another permit."""
        async with prober_on(replace(self.permit, **permit), SECRETS, listen) as live:
            yield live

    async def ask(self, question: str) -> Answer:
        """The answer to one question, by somebody who has asked nothing before."""
        if self.asking is None:
            return self.answers[question]
        return await _questions(self.host, self.who)[question](self.asking.another().prober)

    async def told(self, question: str) -> Testimony:
        """The answer where there has to be one."""
        answer = await self.ask(question)
        assert isinstance(answer, Testimony)
        assert "canary" not in repr(answer)
        return answer

    async def ended(self, question: str) -> Expected:
        """How a question ended."""
        told = (await self.told(question)).told
        assert told.fault is None
        return Expected(told.step, told.status, told.code)

    async def recorded(self) -> "Twice":
        """Every question asked in a row, and once more of the transcript, which was written out and read again."""
        noted: list[Noted] = []

        def listen(wire: Wire) -> Wire:
            noted.append(Noted(wire))
            return noted[-1]

        async with self.live(listen) as live:
            answers = await _everything(live.prober, self)
        written = json.dumps({"exchanges": noted[0].exchanges()})
        read = exchanges.read(written.encode())
        assert not read.warnings
        lender, rules = RecordedLender(read.exchanges), RecordedRules(read.exchanges)
        replayed = Client(Asker(RecordedWire(read.exchanges), rules, lender, clock), clock, sparing=False)
        return Twice(answers, await _everything(replayed, self), written)


@dataclass(frozen=True)
class Twice:
    """The answers of a registry, those of its transcript, and the transcript."""

    live: Mapping[str, Answer]
    replayed: Mapping[str, Answer]
    written: str


async def _everything(prober: RegistryProber, stage: Stage) -> Mapping[str, Answer]:
    return {name: await ask(prober) for name, ask in _questions(stage.host, stage.who).items()}


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority of the made-up registries."""
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    path.write_text(certificates.REGISTRY_AUTHORITY)
    return path


@pytest.fixture
def opened(ca_file: Path, request: pytest.FixtureRequest) -> Any:
    """Opens a registry by its name in the table."""

    @asynccontextmanager
    async def opening(name: str) -> AsyncIterator[Stage]:
        world = WORLDS[name]
        async with AsyncExitStack() as stack:
            server = (
                request.getfixturevalue("debian")(world.variant)
                if world.family is None
                else await stack.enter_async_context(_in_this_process(world))
            )
            permit = Permit(
                server.host,
                Probe.CREDENTIALS,
                Budget(1000, 3600),
                addresses=LOOPBACK,
                ca_file=ca_file,
                plain_http=not world.variant.tls,
            )
            asking = await stack.enter_async_context(prober_on(permit, SECRETS))
            yield Stage(world, server.host, permit, server, asking)

    return opening


def _in_this_process(world: World) -> RegistryServer:
    assert world.family is not None
    tls = server_tls() if world.variant.tls else None
    server = RegistryServer(SHOP, world.family, users={USER: PASSWORD}, tls=tls)
    server.page = 3
    return server


@pytest.fixture(scope="module")
def transcripts() -> dict[str, Stage]:
    """What is left of registries that were asked everything, by name."""
    return {}


@pytest.fixture(params=[*WORLDS, *(f"recorded {name}" for name in RECORDED)])
async def stage(
    request: pytest.FixtureRequest, opened: Any, transcripts: dict[str, Stage]
) -> AsyncIterator[Stage]:
    """Each registry in turn, and the transcripts."""
    name = request.param.removeprefix("recorded ")
    if name == request.param:
        async with opened(name) as stage:
            yield stage
        return
    if name not in transcripts:
        async with opened(name) as stage:
            replayed = (await stage.recorded()).replayed
            transcripts[name] = replace(stage, server=None, asking=None, answers=replayed)
    yield transcripts[name]


async def test_base_tells_that_a_registry_answers(stage: Stage) -> None:
    """A registry that wants a name says so, and that is an answer."""
    answer = await stage.told("base")
    is_open = stage.world.is_open
    assert (answer.told.step, answer.told.status) == (Step.BASE, 200 if is_open else 401)
    assert answer.told.challenged is not is_open


async def test_login_tells_whether_a_password_is_known(stage: Stage) -> None:
    """The right one is; a wrong one is refused where anybody looks at it, and over HTTP none is ever sent."""
    assert (await stage.told("login")).told.status == 200
    wrong = await stage.ask("login with a wrong password")
    if not stage.world.variant.tls:
        assert isinstance(wrong, Unread)
        return
    assert isinstance(wrong, Testimony)
    assert wrong.told.is_ok is stage.world.is_open
    assert stage.world.is_open or wrong.told.status in (401, 403)


async def test_tag_that_is_there_is_found(stage: Stage) -> None:
    """By its digest, and without a word on what it is: the body was not asked for."""
    answer = await stage.told("a tag")
    assert answer.told.is_ok
    assert answer.manifest is not None
    assert (answer.manifest.digest, answer.manifest.media_type) == (WEB.digest, OCI_INDEX)
    assert answer.manifest.is_image is None
    assert bool(answer.told.scheme) is not stage.world.is_open


async def test_nobody_gets_what_is_private(stage: Stage) -> None:
    """Unless the registry is open to all; what it says then is its own way."""
    assert await stage.ended("a tag, by nobody") == stage.world.ways.nobody
    hidden, missing = await stage.ended("a tag, by nobody"), await stage.ended("a missing tag, by nobody")
    assert (hidden == missing) is not stage.world.is_open


async def test_wrong_password_is_refused(stage: Stage) -> None:
    """By the registry or by its token service, each in its own words."""
    answer = await stage.ask("a tag, with a wrong password")
    if not stage.world.variant.tls:
        assert isinstance(answer, Unread)
        assert "plain HTTP" in answer.why
        return
    assert await stage.ended("a tag, with a wrong password") == stage.world.ways.wrong


@pytest.mark.parametrize("question", ["a missing tag", "a deleted tag", "a missing digest"])
async def test_tag_that_is_not_there_is_missing(stage: Stage, question: str) -> None:
    """Also one that was there."""
    assert await stage.ended(question) == stage.world.ways.no_tag


async def test_repository_that_is_not_there_is_told_in_the_registrys_own_way(stage: Stage) -> None:
    """Some say that the name is unknown, some refuse, and one says no more than of a missing tag."""
    assert await stage.ended("a missing repository") == stage.world.ways.no_repository


@pytest.mark.parametrize(("question", "image"), [("a digest", WEB), ("a tag and a digest", ARM)])
async def test_digest_finds_what_it_names(stage: Stage, question: str, image: Image) -> None:
    """Whatever the tag beside it says."""
    answer = await stage.told(question)
    assert answer.manifest is not None
    assert answer.manifest.digest == image.digest


@pytest.mark.parametrize(
    ("question", "image", "media_type"),
    [("an index", WEB, OCI_INDEX), ("a docker list", OLD_WEB, DOCKER_LIST)],
)
async def test_index_tells_its_platforms(stage: Stage, question: str, image: Image, media_type: str) -> None:
    """Both kinds of index."""
    manifest = (await stage.told(question)).manifest
    assert manifest is not None
    assert (manifest.digest, manifest.media_type, manifest.is_index) == (image.digest, media_type, True)
    assert (manifest.platforms, manifest.is_image, manifest.partial) == ((AMD64, ARM64), True, False)


async def test_single_image_tells_its_layers(stage: Stage) -> None:
    """And that it is an image; its platform stands in its config."""
    manifest = (await stage.told("a single image")).manifest
    assert manifest is not None
    assert (manifest.digest, manifest.media_type, manifest.is_index) == (API.digest, OCI_MANIFEST, False)
    assert (manifest.kind, manifest.is_image, manifest.layers) == (OCI_CONFIG, True, API.layers)


async def test_chart_is_no_image(stage: Stage) -> None:
    """Its config's media type tells, and no config is asked for."""
    manifest = (await stage.told("a chart")).manifest
    assert manifest is not None
    assert (manifest.digest, manifest.kind, manifest.is_image) == (CHART.digest, HELM_CONFIG, False)
    answer = await stage.told("the config of a chart")
    assert (answer.told.step, answer.platform) == (Step.MANIFEST, None)


async def test_tags_are_listed_to_the_end(stage: Stage) -> None:
    """All of them, over several pages where the registry has pages."""
    answer = await stage.told("the tags")
    assert sorted(answer.tags) == ["1.3", "1.4", "1.4.1", "arm"]
    assert answer.complete
    assert answer.tags == tuple(sorted(answer.tags)) or not stage.world.in_order
    if isinstance(stage.server, RegistryServer):
        assert any("tags/list?last=" in line for line in stage.server.lines)
    empty = await stage.told("the tags of a deleted image")
    assert (empty.told.status, empty.tags, empty.complete) == (200, (), True)


async def test_tags_of_a_missing_repository_are_refused(stage: Stage) -> None:
    """By its name, or as if one might not read it."""
    missing = await stage.told("the tags of a missing repository")
    assert not missing.told.is_ok
    assert missing.tags == ()
    if stage.world.family is None or stage.world.ways.no_repository == NO_NAME:
        assert (missing.told.status, missing.told.code) == (404, "NAME_UNKNOWN")


@pytest.mark.parametrize(
    ("question", "platform"),
    [
        ("the config of a single image", ARM64),
        ("the config of an entry", ARM64),
        ("the config of the other entry", AMD64),
    ],
)
async def test_config_tells_the_platform(stage: Stage, question: str, platform: Platform) -> None:
    """Of a single image, and of the entry that a node of that platform takes."""
    answer = await stage.told(question)
    assert (answer.told.step, answer.told.is_ok, answer.platform) == (Step.CONFIG, True, platform)


async def test_layer_that_was_lost_is_missed(stage: Stage) -> None:
    """And only that one; of the others nothing is missing."""
    whole, torn = await stage.told("the layers"), await stage.told("a lost layer")
    assert (whole.told.is_ok, whole.missing) == (True, ())
    assert (torn.told.step, torn.told.status, torn.missing) == (Step.LAYER, 404, (LOST,))


@pytest.mark.parametrize("name", list(WORLDS))
async def test_transcript_gives_the_same_answers(opened: Any, name: str) -> None:
    """To the last field, from what was written out; and nothing of a credential was."""
    async with opened(name) as stage:
        twice = await stage.recorded()
        assert twice.replayed == twice.live
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        for secret in ("canary", login, login.rstrip("=")[:-1], "token-1-for"):
            assert secret not in twice.written


async def _base(live: Live, host: str) -> Testimony:
    answer = await live.prober.base(parse(f"{host}/shop/web:1.4"))
    assert isinstance(answer, Testimony)
    return answer


# One that speaks HTTPS in this process and one of Debian's.
SECURE = ["htpasswd", "docker-registry htpasswd"]


@pytest.mark.parametrize("name", SECURE)
async def test_unknown_authority_is_not_believed(opened: Any, name: str) -> None:
    """Without its CA file nothing is asked, and the answer names the setting."""
    async with opened(name) as stage, stage.live(ca_file=None) as live:
        answer = await _base(live, stage.host)
        assert answer.told.fault is Fault.TLS_UNKNOWN_AUTHORITY
        assert answer.remedy == f"registries.{stage.host}.ca_file in the settings"


@pytest.mark.parametrize("name", SECURE)
async def test_other_name_than_the_certificates_is_not_believed(opened: Any, name: str) -> None:
    """The registry is the right one, and is called by a name that it cannot prove."""
    async with opened(name) as stage:
        host = f"other.internal:{stage.host.rpartition(':')[2]}"
        async with stage.live(registry=host) as live:
            assert (await _base(live, host)).told.fault is Fault.TLS_NAME_MISMATCH


@pytest.mark.parametrize("name", SECURE)
async def test_private_address_that_nobody_listed_is_not_asked(opened: Any, name: str) -> None:
    """The remedy names the setting and the flag."""
    async with opened(name) as stage, stage.live(addresses=()) as live:
        answer = await _base(live, stage.host)
        assert answer.told.fault is Fault.UNSAFE_ADDRESS
        assert f"--allow-registry {stage.host}=" in answer.remedy


@pytest.mark.parametrize("name", ["plain", "docker-registry plain"])
async def test_plain_http_is_not_taken_for_https(opened: Any, name: str) -> None:
    """Nobody said that it speaks HTTP, so it is asked over HTTPS, and never again without."""
    async with opened(name) as stage, stage.live(plain_http=False) as live:
        answer = await _base(live, stage.host)
        assert answer.told.fault is Fault.TLS_PLAIN_HTTP
        assert answer.remedy == f"registries.{stage.host}.plain_http in the settings"


async def test_stopped_registry_refuses_connections(opened: Any) -> None:
    """The one in this process."""
    async with opened("htpasswd") as stage, stage.live() as live:
        assert (await _base(live, stage.host)).told.status == 401
        await stage.server.__aexit__(None, None, None)
        assert (await _base(live, stage.host)).told.fault is Fault.CONNECT_REFUSED


async def test_stopped_docker_registry_refuses_connections(
    docker_registry_program: str, tmp_path: Path, ca_file: Path
) -> None:
    """Debian's."""
    with docker_registry.running(docker_registry_program, tmp_path, Variant()) as registry:
        permit = Permit(registry.host, addresses=LOOPBACK, ca_file=ca_file)
        async with prober_on(permit) as live:
            assert (await _base(live, registry.host)).told.status == 200
            registry.stop()
            assert (await _base(live, registry.host)).told.fault is Fault.CONNECT_REFUSED


async def test_registry_that_had_too_many_questions_is_left_alone(opened: Any) -> None:
    """The second question is not sent, and says why."""
    async with opened("hub") as stage, stage.live() as live:
        stage.server.mischief.retry_after = "120"
        image = parse(f"{stage.host}/shop/web:1.4")
        first = await live.prober.manifest(image, stage.who)
        assert isinstance(first, Testimony)
        assert first.told.status == 429
        assert first.told.retry_at is not None
        assert len(stage.server.requests) == 1
        for second in (await live.prober.tags(image, stage.who), await live.prober.base(image)):
            assert isinstance(second, Testimony)
            assert second.told.fault is Fault.LEFT_ALONE
        assert len(stage.server.requests) == 1


@pytest.mark.parametrize("name", SECURE)
async def test_question_after_the_last_is_not_sent(opened: Any, name: str) -> None:
    """The budget counts requests, and the answer names the setting."""
    async with opened(name) as stage, stage.live(budget=Budget(2, 3600)) as live:
        image = parse(f"{stage.host}/shop/web:1.4")
        # A password costs a request that is refused, and one that is not.
        assert (await live.prober.login(image, stage.who)).told.is_ok
        spent = await live.prober.tags(image, stage.who)
        assert spent.told.fault is Fault.BUDGET_SPENT
        assert spent.remedy == f"registries.{stage.host}.budget in the settings"
        assert [each.questions for each in live.thrifty.asked()] == [2]
        assert not isinstance(stage.server, RegistryServer) or len(stage.server.requests) == 2


async def test_token_for_everybody_is_taken_over_plain_http(ca_file: Path) -> None:
    """A token that anybody gets is no secret; a credential stays at home there."""
    public = {"shop/web": replace(SHOP["shop/web"], readers=None)}
    async with RegistryServer(public, FAMILIES["hub"], users={USER: PASSWORD}) as server:
        permit = Permit(server.host, Probe.CREDENTIALS, addresses=LOOPBACK, ca_file=ca_file, plain_http=True)
        async with prober_on(permit, SECRETS) as live:
            image = parse(f"{server.host}/shop/web:1.4")
            answer = await live.prober.manifest(image, ANONYMOUS)
            assert isinstance(answer, Testimony)
            assert (answer.told.is_ok, answer.told.scheme) == (True, "Bearer")
            jane = Identity("shop", "regcred", server.host, "f1")
            assert isinstance(await live.prober.manifest(image, jane), Unread)
            assert live.lender.asked == []
            assert not server.heard("canary")
