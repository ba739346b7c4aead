"""Through a proxy goes what the guard lets out, and nothing that comes back before TLS holds is taken for the registry's."""

import asyncio
import base64
import ipaddress
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.facts.testimony import Fault, Identity, Step
from bot.registry.addresses import Address
from bot.registry.dialer import Limits
from bot.registry.live import LiveWire
from bot.registry.permits import Permit, Permits, Probe, Proxy, Reach
from bot.registry.tunnel import through
from bot.registry.wire import Ask, Failed, Reply
from tests.fakes import certificates
from tests.fakes.misbehaving import Misbehaving, answer, closed_port, deaf, endless, says, server_tls
from tests.fakes.proxy import ConnectProxy


QUICK = Limits(lookup=0.2, connect=0.3, total=0.6, stagger=0.05)
LATEST = 1.5
REGISTRY = "registry.internal:443"
CANARY = base64.b64encode(b"canary:0wl-in-the-cellar").decode()
FINE = says(answer(b"{}"))
NOWHERE: Mapping[str, tuple[str, ...]] = {}


@dataclass
class World:
    """Who asks, from a place that knows few names.

    Attributes:
        ca: the authority that the registry's permit adds.
        names: what our own DNS knows, beside the proxy's name; everything else does not exist.
        asked: the names that were looked up.
    """

    ca: Path
    names: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"registry.internal": ("192.0.2.9",)}
    )
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, port: int) -> tuple[Address, ...] | Fault:  # noqa: ARG002
        """What our own DNS says."""
        self.asked.append(host)
        found = {"proxy.internal": ("127.0.0.1",), **self.names}.get(host)
        return tuple(ipaddress.ip_address(each) for each in found) if found else Fault.DNS_NXDOMAIN

    def wire(self, proxy: Proxy, registry: str = REGISTRY, **changes: object) -> LiveWire:
        """The wire, with one registry that may be asked."""
        reaches = (Reach(ipaddress.ip_network("10.1.0.0/16")),)
        usual = {"addresses": reaches, "ca_file": self.ca, "proxy": proxy}
        permit = Permit(registry, Probe.CREDENTIALS, **(usual | changes))  # type: ignore[arg-type]  # a test's own words
        return LiveWire(Permits({registry: permit}), self.resolve, QUICK)

    async def get(self, port: int, registry: str = REGISTRY, **changes: object) -> Reply | Failed:
        """Ask for the base endpoint through a proxy at this port."""
        scheme = "http" if changes.get("plain_http") else "https"
        proxy = changes.pop("proxy", Proxy("proxy.internal", port))
        assert isinstance(proxy, Proxy)
        ask = Ask("GET", f"{scheme}://{registry}/v2/", registry, Step.BASE)
        return await self.wire(proxy, registry, **changes).send(ask)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """The world; its registry's name leads to a private address that is listed."""
    ca = tmp_path / "ca.pem"
    ca.write_text(certificates.REGISTRY_AUTHORITY)
    return World(ca, {"registry.internal": ("10.1.0.9",)})


@pytest.fixture(scope="module")
def tls() -> ssl.SSLContext:
    """A good certificate of the registry's."""
    return server_tls()


async def test_tunnel_carries_a_question_and_tells_the_proxy_a_name_alone(
    world: World, tls: ssl.SSLContext
) -> None:
    """One CONNECT line by name; of the question and its credential the proxy carries nothing that it could read."""
    secret = base64.b64encode(b"jane:canary-of-the-registry").decode()
    async with Misbehaving(FINE, tls=tls) as server, ConnectProxy({REGISTRY: server.port}) as proxy:
        ask = Ask("GET", "https://registry.internal/v2/shop/tags/list", REGISTRY, Step.TAGS,
                  identity=Identity("shop", "regcred", REGISTRY, "f"), scheme="Basic", secret=secret)  # fmt: skip
        found = await world.wire(Proxy("proxy.internal", proxy.port)).send(ask)
        assert isinstance(found, Reply)
        assert proxy.heads == [
            f"CONNECT {REGISTRY} HTTP/1.1\r\nHost: {REGISTRY}\r\nUser-Agent: imagepull\r\n\r\n"
        ]
        assert secret.encode() in server.heard
        assert secret.encode() not in proxy.carried
        assert b"Proxy-" not in server.heard
    assert world.asked == ["registry.internal", "proxy.internal"]


async def test_tunnel_leaves_no_connection_open(
    world: World, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the question has ended, so have both of its connections, also where the proxy is spoken to over TLS."""
    monkeypatch.setenv("SSL_CERT_FILE", str(world.ca))
    for spoken in (None, server_tls()):
        async with (
            Misbehaving(FINE, tls=tls) as server,
            ConnectProxy({REGISTRY: server.port}, tls=spoken) as proxy,
        ):
            named = Proxy("127.0.0.1", proxy.port, is_tls=spoken is not None)
            assert isinstance(await world.get(0, proxy=named), Reply)
            await asyncio.sleep(0.05)
            assert (len(proxy.heads), proxy.open) == (1, 0)


async def test_tunnel_verifies_a_proxy_that_speaks_tls(world: World) -> None:
    """By the system's authorities alone: what was added for a registry was not added for a proxy."""
    async with ConnectProxy(tls=server_tls()) as proxy:
        found = await world.get(0, proxy=Proxy("proxy.internal", proxy.port, is_tls=True))
        assert isinstance(found, Failed)
        assert found.fault is Fault.PROXY_FAILED
        assert "https://proxy.internal" in found.detail
        assert not proxy.heads


async def test_tunnel_shows_the_proxy_its_own_credentials_and_nobody_else(
    world: World, tls: ssl.SSLContext
) -> None:
    """With the right ones it lets us through; they reach no registry, and stand in no answer."""
    async with (
        Misbehaving(FINE, tls=tls) as server,
        ConnectProxy({REGISTRY: server.port}, wants=f"Basic {CANARY}") as proxy,
    ):
        known = Proxy("proxy.internal", proxy.port, authorization=CANARY)
        assert isinstance(await world.get(0, proxy=known), Reply)
        assert CANARY.encode() not in server.heard
        assert CANARY not in f"{known!r} {known}"
        for sent, why in (("", "wants credentials"), (CANARY[::-1], "refuses our credentials")):
            found = await world.get(0, proxy=Proxy("proxy.internal", proxy.port, authorization=sent))
            assert isinstance(found, Failed)
            assert (found.fault, found.remedy) == (
                Fault.PROXY_FAILED,
                "registries.proxy_credentials_file in the settings",
            )
            assert why in found.detail
            assert not sent or sent not in repr(found)


OK = b"HTTP/1.1 200 OK\r\n"
MISDEEDS = {
    "forbids": (says(b"HTTP/1.1 403 No\r\n\r\n<html>"), "403"),
    "cannot reach it": (says(b"HTTP/1.1 504 Late\r\nContent-Length: 0\r\n\r\n"), "504"),
    "is unavailable": (says(b"HTTP/1.0 503 No\r\n\r\n"), "503"),
    "sends us on": (says(b"HTTP/1.1 302 Go\r\nLocation: https://login.example\r\n\r\n"), "302"),
    "is a registry": (says(b"HTTP/1.1 404 No\r\nDocker-Distribution-Api-Version: registry/2.0\r\n\r\n{}"), "404"),
    "says go on": (says(b"HTTP/1.1 100 Continue\r\n\r\n"), "100"),
    "is a page": (says(OK + b"Content-Type: text/html\r\n\r\n<html>sign in</html>"), "no HTTP proxy"),
    "has no such status": (says(b"HTTP/1.1 999 Oh\r\n\r\n"), "no HTTP proxy"),
    "is no HTTP": (says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "no HTTP proxy"),
    "speaks first": (says(b"220 mail.example ESMTP\r\n\r\n"), "no HTTP proxy"),
    "is binary": (says(bytes(range(256)) * 100), "no HTTP proxy"),
    "never ends its headers": (endless(OK, b"A: b\r\n" * 1000), "no HTTP proxy"),
    "never ends a header": (endless(OK + b"A: ", b"a" * 65536), "no HTTP proxy"),
    "drips its headers": (says(OK, *[b"A: b\r\n"] * 100, every=0.02), "no answer to CONNECT"),
    "says nothing": (says(hangs=True), "no answer to CONNECT"),
    "hangs up": (says(), "no HTTP proxy"),
    "resets": (says(resets=True), "no HTTP proxy"),
    "lets us through to nobody": (says(OK + b"\r\n"), "at its other end"),
    "lets us through and hangs": (says(OK + b"\r\n", hangs=True), "tls handshake timeout"),
    "lets us through to a page": (says(OK + b"\r\n", b"HTTP/1.1 400 No\r\n\r\n", every=0.05), "at its other end"),
}  # fmt: skip


@pytest.mark.parametrize("is_tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("misdeed", MISDEEDS)
async def test_tunnel_never_takes_the_proxy_for_the_registry(
    misdeed: str, world: World, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, *, is_tls: bool
) -> None:
    """Whatever a proxy says or does, it is a fault of our own road that names it, in time and with one connection."""
    script, why = MISDEEDS[misdeed]
    monkeypatch.setenv("SSL_CERT_FILE", str(world.ca))
    async with Misbehaving(script, tls=tls if is_tls else None) as server:
        started = time.monotonic()
        named = Proxy("127.0.0.1", server.port, is_tls=is_tls)
        found = await world.get(0, proxy=named)
        assert time.monotonic() - started < LATEST
        assert isinstance(found, Failed)
        assert found.fault is Fault.PROXY_FAILED
        assert f"the proxy {named}: " in found.detail
        assert why in found.detail
        assert server.calls == 1


async def test_tunnel_tells_a_proxy_that_is_not_there(world: World) -> None:
    """Refused, silent, unknown, or where no proxy may be: each is told with the setting that names it."""
    with deaf() as silent:
        places = {
            "connect refused": Proxy("proxy.internal", closed_port()),
            "connect timeout": Proxy("127.0.0.1", silent),
            "dns nxdomain": Proxy("none.internal", 3128),
            "metadata address": Proxy("169.254.169.254", 80),
            "disguised": Proxy("2130706433", 3128),
        }
        for why, proxy in places.items():
            found = await world.get(0, proxy=proxy)
            assert isinstance(found, Failed)
            assert (found.fault, found.remedy) == (Fault.PROXY_FAILED, "registries.proxy in the settings")
            assert found.detail == f"the proxy {proxy}: {why}"


@pytest.mark.parametrize(
    "flaw", [certificates.REGISTRY_EXPIRED, certificates.REGISTRY_SELF_SIGNED, certificates.SERVER]
)
async def test_tunnel_blames_no_registry_for_a_certificate_that_may_be_the_proxy_s(
    flaw: str, world: World, tmp_path: Path
) -> None:
    """A proxy that looks into TLS has certificates of its own; nothing is asked of whoever shows one that does not hold."""
    (tmp_path / "key.pem").write_text(
        flaw + (certificates.SERVER_KEY if flaw == certificates.SERVER else certificates.REGISTRY_KEY)
    )
    bad = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    bad.load_cert_chain(tmp_path / "key.pem")
    async with Misbehaving(FINE, tls=bad) as server, ConnectProxy({REGISTRY: server.port}) as proxy:
        found = await world.get(proxy.port)
        assert isinstance(found, Failed)
        assert found.fault is Fault.PROXY_FAILED
        assert "tls" in found.detail
        assert not server.heard


@pytest.mark.parametrize("cut", [True, False])
async def test_tunnel_tells_an_answer_that_was_cut_off_from_one_of_the_registry(
    world: World, tls: ssl.SSLContext, *, cut: bool
) -> None:
    """Whoever cut it or held it back on the way may be the proxy; a broken answer that TLS vouches for is the registry's."""
    async with (
        Misbehaving(says(hangs=not cut), tls=tls) as server,
        ConnectProxy({REGISTRY: server.port}) as proxy,
    ):
        found = await world.get(proxy.port)
        assert isinstance(found, Failed)
        assert found.fault is Fault.PROXY_FAILED
        assert ("dropped" if cut else "response timeout") in found.detail
    async with (
        Misbehaving(says(b"no HTTP\r\n\r\n"), tls=tls) as server,
        ConnectProxy({REGISTRY: server.port}) as proxy,
    ):
        found = await world.get(proxy.port)
        assert isinstance(found, Failed)
        assert found.fault is Fault.GARBLED


@pytest.mark.parametrize(
    "leads",
    [
        ("169.254.169.254",),
        ("127.0.0.1",),
        ("10.1.0.9", "10.2.0.1"),
        ("::ffff:169.254.169.254",),
        ("fe80::1",),
    ],
)
async def test_tunnel_refuses_a_name_that_leads_inward_before_the_proxy_hears_of_it(
    leads: tuple[str, ...], world: World
) -> None:
    """Where our own DNS knows a name, every address of it must be one that may be asked, as without a proxy."""
    world.names = {"registry.internal": leads}
    async with ConnectProxy({REGISTRY: 1}) as proxy:
        found = await world.get(proxy.port)
        assert isinstance(found, Failed)
        assert found.fault is Fault.UNSAFE_ADDRESS
        assert not proxy.heads


@pytest.mark.parametrize("host", ["169.254.169.254", "[::1]", "10.2.0.1", "2130706433", "127.1"])
async def test_tunnel_refuses_an_address_as_a_host(host: str, world: World) -> None:
    """The proxy would connect to whatever it is told, so it is not told."""
    async with ConnectProxy() as proxy:
        wire = world.wire(Proxy("proxy.internal", proxy.port))
        for step, redirected in ((Step.TOKEN, False), (Step.CONFIG, True)):
            found = await wire.send(Ask("GET", f"https://{host}/", REGISTRY, step, redirected=redirected))
            assert isinstance(found, Failed)
            assert found.fault is (Fault.UNSAFE_REDIRECT if redirected else Fault.UNSAFE_TOKEN_SERVICE)
        assert not proxy.heads


async def test_tunnel_takes_a_name_that_is_not_known_here_from_the_operator_alone(
    world: World, tls: ssl.SSLContext
) -> None:
    """The registry's own host and a listed token service go to the proxy by name; where the registry sends us does not."""
    world.names = NOWHERE
    here = {REGISTRY: 0, "localhost:443": 0}
    async with Misbehaving(FINE, tls=tls) as server, ConnectProxy(dict.fromkeys(here, server.port)) as proxy:
        assert isinstance(await world.get(proxy.port), Reply)
        token = Ask("GET", "https://localhost/token", REGISTRY, Step.TOKEN)
        named = Proxy("proxy.internal", proxy.port)
        assert isinstance(await world.wire(named, token_services=("localhost",)).send(token), Reply)
        before = len(proxy.heads)
        wire = world.wire(named)
        found = await wire.send(token)
        assert isinstance(found, Failed)
        assert (found.fault, found.remedy) == (
            Fault.UNSAFE_TOKEN_SERVICE,
            f"registries.{REGISTRY}.token_services in the settings",
        )
        found = await wire.send(Ask("GET", "https://localhost/blob", REGISTRY, Step.CONFIG, redirected=True))
        assert isinstance(found, Failed)
        assert (found.fault, found.remedy) == (Fault.UNSAFE_REDIRECT, "")
        assert len(proxy.heads) == before


async def test_tunnel_asks_nobody_without_tls(world: World) -> None:
    """What is asked in the clear would be the proxy's to read and to answer."""
    async with ConnectProxy() as proxy:
        found = await world.get(proxy.port, plain_http=True)
        assert isinstance(found, Failed)
        assert (found.fault, found.remedy) == (
            Fault.PROXY_FAILED,
            f"registries.{REGISTRY}.proxy: direct in the settings",
        )
        assert not proxy.heads


def test_through_leaves_alone_what_no_proxy_could_have_done() -> None:
    """And everything where there is none."""
    garbled, dropped = Failed(Fault.GARBLED), Failed(Fault.DROPPED)
    assert through(garbled, Proxy("proxy.internal", 3128)) is garbled
    assert through(dropped, None) is dropped
    assert through(dropped, Proxy("proxy.internal", 3128)).fault is Fault.PROXY_FAILED
