"""The ways in of every family of registries, over real sockets and TLS, with the guarded wire that is shipped.

Security cases 15, 16, 17, 21 and 22: each with a server that really behaves so, and a credential that must not arrive.
"""

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from bot.facts.image import parse
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Fault, Identity, Step, Told
from bot.ports.credentials import Credential
from bot.registry.addresses import Address
from bot.registry.asking import Asker, Outcome, Question
from bot.registry.live import LiveWire
from bot.registry.permits import Budget, Permit, Permits, Probe, Reach
from bot.registry.thrift import Thrifty
from tests.fakes import certificates
from tests.fakes.misbehaving import server_tls
from tests.fakes.registry_content import OCI_INDEX, OCI_MANIFEST, Repository, artifact, index, single
from tests.fakes.registry_families import FAMILIES, HTPASSWD, HUB, OPEN, QUAY, Family, Said
from tests.fakes.registry_server import RegistryServer
from tests.fakes.wires import FakeLender


JANE = Credential("jane", "pässword-canary")
WRONG = Credential("jane", "wrong-canary")
LOOPBACK = (Reach(ip_network("127.0.0.0/8")),)
ACCEPT = f"{OCI_INDEX}, {OCI_MANIFEST}"
CONTENT = {
    "shop/web": Repository({"1.0": index(single(name="web"), single("linux/arm64", name="web"))}),
    "shop/api": Repository({"1.0": single(name="api"), "chart": artifact()}, readers=frozenset({"jane"})),
    "shop/vault": Repository({"1.0": single(name="vault")}, readers=frozenset({"root"})),
}


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority of the made-up registries."""
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    path.write_text(certificates.REGISTRY_AUTHORITY)
    return path


@dataclass
class Stage:
    """A running registry and somebody to ask it."""

    server: RegistryServer
    asker: Asker
    lender: FakeLender
    thrifty: Thrifty

    def image(self, name: str = "shop/api:1.0") -> str:
        """A reference to something in the registry."""
        return f"{self.server.host}/{name}"

    def jane(self) -> Identity:
        """Whoever holds the credential for this registry."""
        return Identity("shop", "regcred", self.server.host, "f1")

    async def manifest(
        self, name: str = "shop/api:1.0", who: Identity = ANONYMOUS, method: str = "GET"
    ) -> Told:
        """Ask for a manifest."""
        image = parse(self.image(name))
        path = f"/v2/{image.repository}/manifests/{image.tag}"
        return await self.told(Question(image, who, Step.MANIFEST, path, method, ACCEPT, 4096))

    async def told(self, question: Question) -> Told:
        """What is told of a question that was put."""
        outcome = await self.asker.put(question)
        assert isinstance(outcome, Outcome)
        return outcome.told


async def _loopback(host: str, port: int) -> tuple[Address, ...] | Fault:  # noqa: ARG001  # a resolver's question
    return () if host == "nowhere.internal" else (ip_address("127.0.0.1"),)


@pytest.fixture
def opened(ca_file: Path) -> Any:
    """Opens a registry of a family, and somebody with a password to ask it."""

    @asynccontextmanager
    async def opening(
        family: Family = OPEN,
        *,
        plain: bool = False,
        lent: Credential = JANE,
        permit: Any = None,
        **server: Any,
    ) -> AsyncIterator[Stage]:
        users = {"jane": JANE.password, "root": "x"}
        tls = None if plain else server_tls()
        async with AsyncExitStack() as stack:
            running = await stack.enter_async_context(
                RegistryServer(CONTENT, family, users=users, tls=tls, **server)
            )
            allowed = Permit(
                running.host, Probe.CREDENTIALS, addresses=LOOPBACK, ca_file=ca_file, plain_http=plain
            )
            permits = Permits({running.host: replace(allowed, **(permit or {}))})
            wire = await stack.enter_async_context(LiveWire(permits, _loopback))
            lender, now = FakeLender(lent), lambda: datetime.now(UTC)
            thrifty = Thrifty(wire, permits, now)
            yield Stage(running, Asker(thrifty, permits, lender, now), lender, thrifty)

    return opening


@dataclass(frozen=True)
class Expected:
    """How a family ends a question: step, status and code."""

    step: Step = Step.MANIFEST
    status: int = 401
    code: str = "UNAUTHORIZED"


@dataclass(frozen=True)
class Ways:
    """What a family answers; the defaults are those of a registry that keeps private and missing apart for nobody."""

    nobody: Expected = Expected()
    wrong: Expected = Expected(Step.TOKEN)
    forbidden: Expected = Expected()
    no_repository: Expected = Expected()
    no_tag: Expected = field(default_factory=lambda: Expected(status=404, code="MANIFEST_UNKNOWN"))


DENIED = Expected(status=403, code="DENIED")
NO_TOKEN = Expected(Step.TOKEN, 403, "DENIED")
NO_NAME = Expected(status=404, code="NAME_UNKNOWN")
UNKNOWN = Expected(status=404, code="MANIFEST_UNKNOWN")
WAYS = {
    "htpasswd": Ways(wrong=Expected(), forbidden=DENIED, no_repository=NO_NAME),
    "hub": Ways(wrong=Expected(Step.TOKEN, 401, "")),
    "ghcr": Ways(nobody=NO_TOKEN, wrong=NO_TOKEN, forbidden=UNKNOWN, no_repository=UNKNOWN),
    "gitlab": Ways(nobody=NO_TOKEN, wrong=NO_TOKEN),
    "harbor": Ways(no_tag=Expected(status=404, code="NOT_FOUND")),
    "quay": Ways(wrong=Expected(Step.TOKEN, 401, "")),
    "acr": Ways(nobody=Expected(Step.TOKEN)),
    "nvcr": Ways(),
    "ecr-public": Ways(),
    "ecr": Ways(nobody=Expected(code=""), wrong=DENIED, forbidden=DENIED, no_repository=NO_NAME),
}


def _ended(told: Told) -> Expected:
    assert told.fault is None
    return Expected(told.step, told.status, told.code)


def test_every_family_is_tried() -> None:
    """The open one below, the others in the table."""
    assert {*WAYS, "open"} == set(FAMILIES)


@pytest.mark.parametrize("name", WAYS)
async def test_a_credential_lets_one_in(opened: Any, name: str) -> None:
    """With Basic or through the token service; what follows costs one request."""
    async with opened(FAMILIES[name]) as stage:
        told = await stage.manifest(who=stage.jane())
        assert told.is_ok
        assert told.challenged
        assert told.scheme == ("Basic" if FAMILIES[name].scheme == "basic" else "Bearer")
        before = len(stage.server.requests)
        assert (await stage.manifest(who=stage.jane(), method="HEAD")).is_ok
        assert len(stage.server.requests) == before + 1


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_each_refusal_is_told(opened: Any, name: str, method: str) -> None:
    """Nobody, a wrong password, no right, no repository, no tag: as the family tells them. A HEAD has no code."""
    ways, family = WAYS[name], FAMILIES[name]

    def fitting(expected: Expected) -> Expected:
        return replace(expected, code="") if method == "HEAD" and expected.step is Step.MANIFEST else expected

    async with opened(family) as stage:
        jane = stage.jane()
        assert _ended(await stage.manifest(method=method)) == fitting(ways.nobody)
        assert _ended(await stage.manifest("shop/vault:1.0", jane, method)) == fitting(ways.forbidden)
        assert _ended(await stage.manifest("shop/wbe:1.0", jane, method)) == fitting(ways.no_repository)
        assert _ended(await stage.manifest("shop/api:9.9", jane, method)) == fitting(ways.no_tag)
    async with opened(family, lent=WRONG) as stage:
        wrong = await stage.manifest(who=stage.jane(), method=method)
        assert _ended(wrong) == fitting(ways.wrong)
        assert "canary" not in repr(wrong)


@pytest.mark.parametrize("name", [name for name in WAYS if FAMILIES[name].scheme == "bearer"])
async def test_a_public_image_is_there_for_nobody(opened: Any, name: str) -> None:
    """With a token that everybody gets."""
    async with opened(FAMILIES[name]) as stage:
        told = await stage.manifest("shop/web:1.0")
        assert (told.is_ok, told.scheme, told.challenged) == (True, "Bearer", True)


@pytest.mark.parametrize("name", [name for name in WAYS if FAMILIES[name].scheme == "bearer"])
async def test_tags_are_listed(opened: Any, name: str) -> None:
    """Also where that takes another right than pulling."""
    async with opened(FAMILIES[name]) as stage:
        assert (await stage.manifest(who=stage.jane())).is_ok
        image = parse(stage.image())
        question = Question(image, stage.jane(), Step.TAGS, "/v2/shop/api/tags/list?n=1")
        assert (await stage.told(question)).is_ok


@pytest.mark.parametrize("name", ["hub", "quay", "acr", "htpasswd", "ecr"])
async def test_login_knows_a_password(opened: Any, name: str) -> None:
    """As docker login asks, without any repository in mind."""
    async with opened(FAMILIES[name]) as stage:
        outcome = await stage.asker.login(parse(stage.image()), stage.jane())
        assert isinstance(outcome, Outcome)
        assert outcome.told.is_ok
        assert not stage.server.heard("scope=")
        nobody = await stage.asker.login(parse(stage.image()), ANONYMOUS)
        assert isinstance(nobody, Outcome)
        assert (nobody.told.status, nobody.told.challenged) == (401, True)
    async with opened(FAMILIES[name], lent=WRONG) as stage:
        outcome = await stage.asker.login(parse(stage.image()), stage.jane())
        assert isinstance(outcome, Outcome)
        assert outcome.told.status in (401, 403)


async def test_an_open_registry_gets_no_credential(opened: Any) -> None:
    """It asks for none, so a pull secret for it changes nothing."""
    async with opened() as stage:
        assert (await stage.manifest("shop/web:1.0", stage.jane())).is_ok
        assert not stage.server.heard("canary")
        assert not stage.server.heard("authorization")


async def test_a_plain_registry_is_asked_over_http(opened: Any) -> None:
    """By nobody; a credential never goes there."""
    async with opened(HTPASSWD, plain=True) as stage:
        assert (await stage.manifest()).status == 401
        unread = await stage.asker.put(
            Question(parse(stage.image()), stage.jane(), Step.MANIFEST, "/v2/shop/api/x")
        )
        assert isinstance(unread, Unread)
        assert len(stage.server.requests) == 1


async def test_the_credential_is_sent_as_it_stands(opened: Any) -> None:
    """Once, in UTF-8, to the token service; the registry itself sees the token alone."""
    async with opened(HUB) as stage:
        assert (await stage.manifest(who=stage.jane())).is_ok
        token = "/token?service=registry.docker.io&scope=repository%3Ashop%2Fapi%3Apull"
        manifest = "GET /v2/shop/api/manifests/1.0"
        assert stage.server.lines == [manifest, f"GET {token} Basic", f"{manifest} Bearer"]
        encoded = base64.b64encode("jane:pässword-canary".encode()).decode()
        assert stage.server.requests[1].authorization == f"Basic {encoded}"


INWARD = (
    "127.0.0.1",
    "169.254.169.254",
    "127.0.0.2",
    "0.0.0.0",  # noqa: S104  # nobody listens: it must not be asked
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:169.254.169.254]",
    "2130706433",
    "0x7f000001",
    "127.1",
    "100.100.100.200",
    "[fd00:ec2::254]",
    "inward.internal",
)


@pytest.mark.parametrize("host", INWARD)
@pytest.mark.parametrize("known", [True, False], ids=["secret", "nobody"])
async def test_no_token_service_is_asked_inward(opened: Any, host: str, known: bool, ca_file: Path) -> None:
    """Security case 15: no connection, and "unsafe token service"; the registry's own listed address is one port."""
    async with AsyncExitStack() as stack:
        trap = await stack.enter_async_context(RegistryServer(tls=server_tls()))
        stage = await stack.enter_async_context(opened(HUB))
        permit = Permit(
            stage.server.host,
            Probe.CREDENTIALS,
            addresses=(Reach(ip_network("127.0.0.1/32"), stage.server.port),),
            ca_file=ca_file,
        )
        permits = Permits({stage.server.host: permit})
        wire = await stack.enter_async_context(LiveWire(permits, _loopback))
        asker = Asker(wire, permits, stage.lender, lambda: datetime.now(UTC))
        stage.server.mischief.realm = f"https://{host}:{trap.port}/token"
        who = stage.jane() if known else ANONYMOUS
        outcome = await asker.put(
            Question(parse(stage.image()), who, Step.MANIFEST, "/v2/shop/api/manifests/1.0")
        )
        assert isinstance(outcome, Outcome)
        assert (outcome.told.step, outcome.told.fault) == (Step.TOKEN, Fault.UNSAFE_TOKEN_SERVICE)
        assert trap.requests == []
        assert not stage.server.heard("canary")


async def test_a_credential_stays_when_the_realm_is_elsewhere(opened: Any) -> None:
    """Security case 16: a token service on another port and one on another name get nothing of it."""
    async with opened(OPEN) as other, opened(HUB) as stage:
        hosts = {"shop/api:1.0": other.server.host, "shop/vault:1.0": f"localhost:{stage.server.port}"}
        for name, host in hosts.items():
            stage.server.mischief.realm = f"https://{host}/token"
            told = await stage.manifest(name, stage.jane())
            assert (told.step, told.host, told.fault) == (Step.TOKEN, host, Fault.UNSAFE_TOKEN_SERVICE)
        assert other.server.requests == []
        assert not stage.server.heard("canary")
        assert stage.lender.asked == []


async def test_a_listed_token_service_gets_it(opened: Any) -> None:
    """The operator's word lets it go there, and nowhere else."""
    async with opened(QUAY) as elsewhere:
        services = {"token_services": (elsewhere.server.host,)}
        async with opened(HTPASSWD, permit=services) as stage:
            realm = f'Bearer realm="https://{elsewhere.server.host}/v2/auth",service="quay.io"'
            stage.server.mischief.challenge = realm
            await stage.manifest(who=stage.jane())
            assert elsewhere.server.heard("canary")
            assert not stage.server.heard("canary")


async def test_a_credential_stays_when_a_redirect_leads_elsewhere(opened: Any) -> None:
    """Security case 16: nothing goes along, not even to a host that is trusted with it as a token service."""
    async with opened(OPEN) as cdn, opened(HTPASSWD, permit={"token_services": (cdn.server.host,)}) as stage:
        stage.server.mischief.redirect_blobs = f"https://{cdn.server.host}/store/{{digest}}"
        told = await stage.told(_layer(stage))
        assert (told.status, told.host, told.redirected) == (200, cdn.server.host, True)
        assert [each.authorization for each in cdn.server.requests] == [""]
        assert not cdn.server.heard("canary")


async def test_a_registrys_own_store_is_asked_as_nobody(opened: Any) -> None:
    """A relative redirect stays on the host, and nothing goes along all the same."""
    async with opened(HTPASSWD) as stage:
        stage.server.stores = True
        told = await stage.told(_layer(stage))
        assert (told.is_ok, told.host, told.redirected) == (True, stage.server.host, True)
        assert stage.server.requests[-1].path.startswith("/store/")
        assert stage.server.requests[-1].authorization == ""


def _layer(stage: Stage) -> Question:
    digest = CONTENT["shop/api"].tags["1.0"].layers[0]
    path = f"/v2/shop/api/blobs/{digest}"
    return Question(parse(stage.image()), stage.jane(), Step.LAYER, path, "HEAD")


@pytest.mark.parametrize(
    "location", ["http://{host}/x", "https://u:p@{host}/x", "https://169.254.169.254/x", "//[::1]/x"]
)
async def test_a_redirect_goes_nowhere_unsafe(opened: Any, location: str) -> None:
    """No plain HTTP, no user information, no address inside."""
    async with opened(HTPASSWD) as stage:
        stage.server.mischief.redirect_manifests = location.replace("{host}", stage.server.host)
        before = len(stage.server.requests)
        told = await stage.manifest(who=stage.jane())
        assert told.fault is Fault.UNSAFE_REDIRECT
        assert len(stage.server.requests) == before + 2


@pytest.mark.parametrize(
    "key",
    [
        "127.0.0.1",
        "{host}/other",
        "*.0.0.1",
        "localhost:{port}",
        "https://127.0.0.1:1/v1/",
        "index.docker.io",
    ],
)
async def test_a_key_that_does_not_match_is_not_sent(opened: Any, key: str) -> None:
    """Security case 17: nothing is asked with it at all."""
    async with opened(HTPASSWD) as stage:
        written = key.replace("{host}", stage.server.host).replace("{port}", str(stage.server.port))
        identity = Identity("shop", "regcred", written, "f1")
        image = parse(stage.image())
        unread = await stage.asker.put(Question(image, identity, Step.MANIFEST, "/v2/shop/api/manifests/1.0"))
        assert isinstance(unread, Unread)
        assert stage.server.requests == []


async def test_a_429_stops_the_asking(opened: Any) -> None:
    """Security case 21: it is told with its time, and that registry is not asked again."""
    async with opened(HUB) as stage:
        stage.server.mischief.retry_after = "600"
        told = await stage.manifest("shop/web:1.0")
        assert (told.status, told.code) == (429, "TOOMANYREQUESTS")
        assert told.retry_at is not None
        again = await stage.manifest("shop/web:1.0")
        assert again.fault is Fault.LEFT_ALONE
        assert again.said.startswith("answered 429; left alone until ")
        assert len(stage.server.requests) == 1
        (asked,) = stage.thrifty.asked()
        assert (asked.registry, asked.questions) == (stage.server.host, 1)
        assert asked.left_alone_until is not None


async def test_a_spent_budget_stops_the_asking(opened: Any) -> None:
    """Every request counts, those to the token service as well."""
    async with opened(HUB, permit={"budget": Budget(4, 3600)}) as stage:
        assert (await stage.manifest("shop/web:1.0")).is_ok
        assert (await stage.manifest("shop/web:1.0")).is_ok
        assert (await stage.manifest("shop/web:1.0")).fault is Fault.BUDGET_SPENT
        assert len(stage.server.requests) == 4


async def test_a_pull_limit_is_told(opened: Any) -> None:
    """A HEAD uses nothing of it; when it is used up, a GET is refused."""
    async with opened(HUB) as stage:
        stage.server.remaining = 1
        head = await stage.manifest("shop/web:1.0", method="HEAD")
        assert head.limit is not None
        assert (head.limit.most, head.limit.remaining, head.limit.source) == (100, 1, "198.51.100.7")
        assert (await stage.manifest("shop/web:1.0")).is_ok
        assert (await stage.manifest("shop/web:1.0")).status == 429


@pytest.mark.parametrize(
    "said",
    [
        Said(200, "<html>Sign in</html>"),
        Said(200, {}),
        Said(200, "[" * 60_000),
        Said(200, {"token": "a b"}),
        Said(302, "", {"Location": "https://nowhere.internal/"}),
    ],
    ids=["html", "empty", "deep", "spaced", "redirect"],
)
async def test_a_token_service_that_talks_nonsense_gives_no_token(opened: Any, said: Said) -> None:
    """The question ends there, with a fault and no exception."""
    async with opened(HUB) as stage:
        stage.server.mischief.tokens = said
        told = await stage.manifest(who=stage.jane())
        assert told.step is Step.TOKEN
        assert told.fault is (Fault.UNSAFE_REDIRECT if said.status == 302 else Fault.GARBLED)


async def test_a_withdrawn_token_is_replaced(opened: Any) -> None:
    """The registry forgot it before its time."""
    async with opened(HUB) as stage:
        assert (await stage.manifest(who=stage.jane())).is_ok
        stage.server.withdraw_tokens()
        assert (await stage.manifest(who=stage.jane())).is_ok


async def test_private_and_missing_look_alike(opened: Any) -> None:
    """Security case 22: a registry that hides one behind the other is told as it answers, not as it is."""
    for family in (HUB, FAMILIES["ghcr"]):
        async with opened(family) as stage:
            private, missing = await stage.manifest("shop/api:1.0"), await stage.manifest("shop/none:1.0")
            assert _ended(private) == _ended(missing)
