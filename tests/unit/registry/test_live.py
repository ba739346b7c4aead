"""Real connections to servers that really misbehave: every question ends as what it is, in time, and nothing leaks."""

import asyncio
import base64
import gzip
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.facts.objects import Unread
from bot.facts.testimony import Fault, Identity, Step
from bot.registry.addresses import Address
from bot.registry.dialer import Limits
from bot.registry.live import LiveWire
from bot.registry.permits import Permit, Permits, Probe, Reach
from bot.registry.wire import MOST_ERROR, Ask, Failed, Reply
from tests.fakes import certificates
from tests.fakes.misbehaving import Misbehaving, Script, answer, closed_port, deaf, endless, says, server_tls


QUICK = Limits(lookup=0.2, connect=0.3, total=0.6, stagger=0.05)
# No test waits longer, however the server drips.
LATEST = 1.5
SOMEBODY = Identity("shop", "regcred", "registry.internal", "f")
CANARY = "canary:0wl-in-the-cellar"
BASIC = base64.b64encode(CANARY.encode()).decode()
FINE = says(answer(b"{}"))


@dataclass
class World:
    """Names that all lead to this machine, one registry that is allowed, and the wire to it.

    Attributes:
        ca: the authority that the registry's permit adds.
        asked: every name that was looked up.
    """

    ca: Path
    limits: Limits = QUICK
    leads: str = "127.0.0.1"
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, port: int) -> tuple[Address, ...] | Fault:  # noqa: ARG002
        """Where every name leads."""
        self.asked.append(host)
        return (ipaddress.ip_address(self.leads),)

    def permit(self, registry: str, **changes: object) -> Permit:
        """What this registry's permit says unless a test changes it."""
        usual = Permit(
            registry,
            Probe.CREDENTIALS,
            addresses=(Reach(ipaddress.ip_network("127.0.0.1/32")),),
            ca_file=self.ca,
        )
        return replace(usual, **changes)  # type: ignore[arg-type]  # a test's own words

    async def send(self, ask: Ask, **changes: object) -> Reply | Failed:
        """Put one question."""
        permit = self.permit(ask.registry, **changes)
        async with LiveWire(Permits({ask.registry: permit}), self.resolve, self.limits) as wire:
            return await wire.send(ask)

    async def get(self, port: int, host: str = "registry.internal", **changes: object) -> Reply | Failed:
        """Ask a registry at this port for its base endpoint."""
        scheme = "http" if changes.get("plain_http") else "https"
        return await self.send(
            Ask("GET", f"{scheme}://{host}:{port}/v2/", f"{host}:{port}", Step.BASE), **changes
        )


@pytest.fixture
def world(tmp_path: Path) -> World:
    """The world, with its authority in a file."""
    ca = tmp_path / "ca.pem"
    ca.write_text(certificates.REGISTRY_AUTHORITY)
    return World(ca)


@pytest.fixture(scope="module")
def tls() -> ssl.SSLContext:
    """A good certificate."""
    return server_tls()


@pytest.mark.attack("R4", "SNI and Host unchanged")
async def test_live_wire_asks_as_it_should(world: World, tls: ssl.SSLContext) -> None:
    """Name, host, agent and headers are what the registry may expect, and its answer comes back whole."""
    names: list[str | None] = []
    tls.sni_callback = lambda _line, name, _context: names.append(name)
    headers = ("X-A: 1", "Content-Type: a/b", "x-a: 2", "Set-Cookie: a=b")
    async with Misbehaving(says(answer(b'{"a": 1}', "200 OK", *headers)), tls=tls) as server:
        url = f"https://registry.internal:{server.port}/v2/a/../b%2Fc?d=%7E&e=+"
        ask = Ask("GET", url, f"registry.internal:{server.port}", Step.MANIFEST, accept="a/b, c/d")
        found = await world.send(ask)
    tls.sni_callback = None  # type: ignore[assignment]  # how it is taken away
    assert isinstance(found, Reply)
    assert (found.status, found.body) == (200, b'{"a": 1}')
    assert found.headers["x-a"] == "1, 2"
    assert found.headers["content-type"] == "a/b"
    said = server.heard.decode().split("\r\n")
    assert said[0] == "GET /v2/a/../b%2Fc?d=%7E&e=+ HTTP/1.1"
    assert f"Host: registry.internal:{server.port}" in said
    assert "User-Agent: imagepull" in said
    assert "Accept: a/b, c/d" in said
    assert "Accept-Encoding: identity" in said
    assert "authorization" not in server.heard.decode().lower()
    assert names == ["registry.internal"]
    assert world.asked == ["registry.internal"]


async def test_live_wire_asks_the_system_where_a_name_leads(world: World, tls: ssl.SSLContext) -> None:
    """Without another resolver the system's answers; of its two addresses the one that opens is taken."""
    async with Misbehaving(FINE, tls=tls) as server:
        registry = f"localhost:{server.port}"
        reaches = (Reach(ipaddress.ip_network("127.0.0.0/8")), Reach(ipaddress.ip_network("::1/128")))
        wire = LiveWire(Permits({registry: world.permit(registry, addresses=reaches)}), limits=QUICK)
        found = await wire.send(Ask("GET", f"https://{registry}/v2/", registry, Step.BASE))
        assert isinstance(found, Reply)


@pytest.mark.attack("R5", "no proxy from the environment")
async def test_live_wire_takes_nothing_from_its_surroundings(
    world: World, tls: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No proxy, no password file, no key log and no cookie: what the environment says and what a server left is not used."""
    cookie = says(answer(b"{}", "200 OK", "Set-Cookie: canary=1; Path=/"))
    async with Misbehaving(FINE) as proxy, Misbehaving(cookie, tls=tls) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        (tmp_path / "netrc").write_text("machine registry.internal login canary password canary\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
        registry = f"registry.internal:{server.port}"
        wire = LiveWire(Permits({registry: world.permit(registry)}), world.resolve, QUICK)
        for _ in range(2):
            found = await wire.send(Ask("GET", f"https://{registry}/v2/", registry, Step.BASE))
            assert isinstance(found, Reply)
        assert (proxy.calls, server.calls) == (0, 2)
        assert b"canary" not in server.heard
        assert not (tmp_path / "keys").exists()


@pytest.mark.attack("R5", "none by itself")
async def test_live_wire_follows_no_redirect(world: World, tls: ssl.SSLContext) -> None:
    """Where a registry sends us is an answer; whether to go there is for whoever asked."""
    async with Misbehaving(FINE) as elsewhere:
        there = f"Location: http://127.0.0.1:{elsewhere.port}/"
        async with Misbehaving(says(answer(b"", "307 Temporary Redirect", there)), tls=tls) as server:
            found = await world.get(server.port)
        assert isinstance(found, Reply)
        assert (found.status, elsewhere.calls) == (307, 0)


async def test_live_wire_reads_no_body_of_a_head(world: World, tls: ssl.SSLContext) -> None:
    """A HEAD's length is the length of what was not sent."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\nDocker-Content-Digest: sha256:1\r\n\r\n"
    async with Misbehaving(says(head, hangs=True), tls=tls) as server:
        registry = f"registry.internal:{server.port}"
        found = await world.send(Ask("HEAD", f"https://{registry}/v2/a/manifests/1", registry, Step.MANIFEST))
    assert isinstance(found, Reply)
    assert (found.headers["docker-content-digest"], found.body) == ("sha256:1", b"")


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ERROR = b"HTTP/1.1 500 Oh\r\n\r\n"
MISDEEDS: dict[str, tuple[Script, Fault]] = {
    "says nothing": (says(hangs=True), Fault.RESPONSE_TIMEOUT),
    "drips its head": (says(*[b"H", b"T", b"T", b"P"], *[b"/"] * 90, every=0.01), Fault.GARBLED),
    "drips its headers": (says(OK, *[b"A: b\r\n"] * 100, every=0.02), Fault.RESPONSE_TIMEOUT),
    "drips its body": (says(OK + b"Content-Length: 99\r\n\r\n", *[b"a"] * 99, every=0.02), Fault.RESPONSE_TIMEOUT),
    "drips an error": (says(ERROR, *[b"a"] * 99, every=0.02), Fault.RESPONSE_TIMEOUT),
    "stops in its body": (says(OK + b"Content-Length: 9\r\n\r\nabc", hangs=True), Fault.RESPONSE_TIMEOUT),
    "never ends": (endless(OK + b"\r\n", b"a" * 65536), Fault.TOO_LARGE),
    "says that it is huge": (says(OK + b"Content-Length: 99999999\r\n\r\nabc"), Fault.TOO_LARGE),
    "never ends its chunks": (endless(CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n"), Fault.TOO_LARGE),
    "never ends tiny chunks": (endless(CHUNKED, b"1\r\na\r\n" * 1000), Fault.GARBLED),
    "never ends a chunk's head": (endless(CHUNKED + b"5;", b"a" * 65536), Fault.GARBLED),
    "never ends its headers": (endless(OK, b"A: b\r\n" * 1000), Fault.GARBLED),
    "never ends a header": (endless(OK + b"A: ", b"a" * 65536), Fault.GARBLED),
    "never ends its trailers": (endless(CHUNKED + b"0\r\n", b"A: b\r\n" * 1000), Fault.GARBLED),
    "never ends saying go on": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), Fault.GARBLED),
    "hangs up at once": (says(), Fault.DROPPED),
    "resets at once": (says(resets=True), Fault.DROPPED),
    "hangs up in its head": (says(OK + b"Content-Le"), Fault.DROPPED),
    "hangs up in its body": (says(OK + b"Content-Length: 9\r\n\r\nabc"), Fault.DROPPED),
    "resets in its body": (says(OK + b"Content-Length: 9\r\n\r\nabc", resets=True), Fault.DROPPED),
    "hangs up in a chunk": (says(CHUNKED + b"9\r\nabc"), Fault.DROPPED),
    "hangs up in an error": (says(ERROR[:-2] + b"Content-Length: 9\r\n\r\nabc"), Fault.DROPPED),
    "sends a broken chunk": (says(CHUNKED + b"zz\r\nabc\r\n"), Fault.GARBLED),
    "sends a broken chunk later": (says(CHUNKED + b"3\r\nabc\r\n", b"zz\r\n", every=0.05), Fault.GARBLED),
    "is no HTTP": (says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), Fault.GARBLED),
    "is bare HTML": (says(b"<html>hello</html>\r\n\r\n"), Fault.GARBLED),
    "is binary": (says(bytes(range(256)) * 9), Fault.GARBLED),
    "has two lengths": (says(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"), Fault.GARBLED),
    "has a negative length": (says(OK + b"Content-Length: -5\r\n\r\nabcdef"), Fault.GARBLED),
    "has an absurd length": (says(OK + b"Content-Length: " + b"9" * 40 + b"\r\n\r\nabc"), Fault.GARBLED),
    "says more than its length": (says(OK + b"Content-Length: 2\r\n\r\nabcdef"), Fault.GARBLED),
    "has no such status": (says(b"HTTP/1.1 999 Oh\r\n\r\nabc"), Fault.GARBLED),
    "speaks another protocol": (says(b"HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"), Fault.GARBLED),
    "packs a bomb": (says(answer(gzip.compress(bytes(1 << 24)), "200 OK", "Content-Encoding: gzip")), Fault.GARBLED),
    "packs badly": (says(answer(b"abc", "200 OK", "Content-Encoding: gzip")), Fault.GARBLED),
    "packs in secret": (says(answer(b"abc", "200 OK", "Content-Encoding: br")), Fault.GARBLED),
}  # fmt: skip


@pytest.mark.attack("R6", "time")
@pytest.mark.parametrize("plain", [True, False], ids=["http", "https"])
@pytest.mark.parametrize("misdeed", MISDEEDS)
async def test_live_wire_survives_misdeeds(
    misdeed: str, world: World, tls: ssl.SSLContext, *, plain: bool
) -> None:
    """Whatever a server does with an answer, the question ends in time and in what it was."""
    script, fault = MISDEEDS[misdeed]
    async with Misbehaving(script, tls=None if plain else tls) as server:
        started = time.monotonic()
        found = await world.get(server.port, plain_http=plain)
        assert time.monotonic() - started < LATEST
        assert isinstance(found, Failed)
        assert found.fault is fault
        # aiohttp would ask once more where a connection was dropped.
        assert server.calls == 1


@pytest.mark.attack("R6", "error body")
async def test_live_wire_cuts_errors_and_keeps_their_status(world: World, tls: ssl.SSLContext) -> None:
    """An error's text is read to 64 KiB; one that cannot be unpacked is an error without text."""
    async with Misbehaving(endless(ERROR, b"a" * 65536), tls=tls) as server:
        found = await world.get(server.port)
    assert isinstance(found, Reply)
    assert (found.status, len(found.body)) == (500, MOST_ERROR)
    bomb = answer(gzip.compress(bytes(1 << 24)), "404 Not Found", "Content-Encoding: gzip")
    async with Misbehaving(says(bomb), tls=tls) as server:
        found = await world.get(server.port)
    assert isinstance(found, Reply)
    assert (found.status, found.body) == (404, b"")


async def test_live_wire_unpacks_what_nobody_asked_to_be_packed(world: World, tls: ssl.SSLContext) -> None:
    """A cache that packs everything is read all the same."""
    packed = answer(gzip.compress(b'{"a": 1}'), "200 OK", "Content-Encoding: gzip")
    async with Misbehaving(says(packed), tls=tls) as server:
        found = await world.get(server.port)
    assert isinstance(found, Reply)
    assert found.body == b'{"a": 1}'


@pytest.mark.attack(19, "endless body")
@pytest.mark.attack("R6", "manifest")
async def test_live_wire_reads_as_much_as_it_was_asked_for(world: World, tls: ssl.SSLContext) -> None:
    """A body of exactly the cap is read, one byte more is too large, with a length or without."""
    for size, fits in ((1000, True), (1001, False)):
        for sent in (answer(b"a" * size), OK + b"\r\n" + b"a" * size):
            async with Misbehaving(says(sent), tls=tls) as server:
                registry = f"registry.internal:{server.port}"
                ask = Ask("GET", f"https://{registry}/v2/", registry, Step.BASE, most=1000)
                assert isinstance(await world.send(ask), Reply if fits else Failed)


async def test_live_wire_gives_headers_that_can_be_printed(world: World, tls: ssl.SSLContext) -> None:
    """Bytes that are no text come out as replacement characters."""
    async with Misbehaving(says(OK + b"A: \xff\xfe\tb\r\nContent-Length: 0\r\n\r\n"), tls=tls) as server:
        found = await world.get(server.port)
    assert isinstance(found, Reply)
    assert found.headers["a"] == "\ufffd\ufffd b"


CERTIFICATES = {
    "expired": (certificates.REGISTRY_EXPIRED, "registry.internal", Fault.TLS_CERTIFICATE_EXPIRED, ""),
    "not valid yet": (certificates.REGISTRY_EARLY, "registry.internal", Fault.TLS_CERTIFICATE_EXPIRED, ""),
    "self-signed": (certificates.REGISTRY_SELF_SIGNED, "registry.internal", Fault.TLS_UNKNOWN_AUTHORITY, "ca_file"),
    "another name": (certificates.REGISTRY, "other.internal", Fault.TLS_NAME_MISMATCH, ""),
    "another address": (certificates.REGISTRY, "127.0.0.2", Fault.TLS_NAME_MISMATCH, ""),
}  # fmt: skip


@pytest.mark.parametrize("flaw", CERTIFICATES)
async def test_live_wire_is_never_silently_insecure(flaw: str, world: World) -> None:
    """A certificate with a flaw ends the question before anything of it is sent, and the flaw is named."""
    certificate, host, fault, setting = CERTIFICATES[flaw]
    at = ("127.0.0.2", 0) if host == "127.0.0.2" else ("127.0.0.1", 0)
    async with Misbehaving(FINE, tls=server_tls(certificate), at=at) as server:
        everywhere = (Reach(ipaddress.ip_network("127.0.0.0/8")),)
        found = await world.get(server.port, host, addresses=everywhere)
        assert isinstance(found, Failed)
        assert found.fault is fault
        assert setting in found.remedy
        assert not server.heard


async def test_live_wire_trusts_an_added_authority_for_its_registry_alone(
    world: World, tls: ssl.SSLContext
) -> None:
    """Without the file the authority is unknown; with it, it counts at home and at listed token services only."""
    async with Misbehaving(FINE, tls=tls) as server:
        found = await world.get(server.port, ca_file=None)
        assert isinstance(found, Failed)
        assert found.fault is Fault.TLS_UNKNOWN_AUTHORITY
        assert found.remedy == f"registries.registry.internal:{server.port}.ca_file in the settings"
        elsewhere = f"https://localhost:{server.port}/"
        token = Ask("GET", elsewhere, "registry.internal", Step.TOKEN)
        for ask in (token, Ask("GET", elsewhere, "registry.internal", Step.CONFIG, redirected=True)):
            found = await world.send(ask)
            assert isinstance(found, Failed)
            assert (found.fault, found.remedy) == (Fault.TLS_UNKNOWN_AUTHORITY, "")
        listed = (f"localhost:{server.port}",)
        assert isinstance(await world.send(token, token_services=listed), Reply)


async def test_live_wire_owns_up_to_its_own_missing_files(world: World, tmp_path: Path) -> None:
    """A certificate file that cannot be read is no fault of the registry's, which is not asked."""
    found = await world.get(443, ca_file=tmp_path / "missing.pem")
    assert isinstance(found, Failed)
    assert found.fault is Fault.NO_AUTHORITIES
    assert world.asked == []


async def test_live_wire_tells_what_speaks_no_tls(world: World) -> None:
    """HTTP, another protocol, silence and a hang-up instead of a handshake are four different things."""
    for script, fault in (
        (says(answer(b"", "400 Bad Request")), Fault.TLS_PLAIN_HTTP),
        (says(b"SSH-2.0-OpenSSH_9.2\r\n"), Fault.TLS_FAILED),
        (says(hangs=True), Fault.TLS_HANDSHAKE_TIMEOUT),
        (says(), Fault.DROPPED),
        (says(resets=True), Fault.DROPPED),
    ):
        async with Misbehaving(script, listens=False) as server:
            found = await world.get(server.port)
            assert isinstance(found, Failed)
            assert found.fault is fault
            assert ("plain_http" in found.remedy) == (fault is Fault.TLS_PLAIN_HTTP)


def _refuse(door: socket.socket, wants: ssl.SSLContext) -> None:
    """Ask for a certificate, and say why it goes no further without one; asyncio's servers only hang up."""
    met, _ = door.accept()
    with wants.wrap_socket(met, server_side=True, do_handshake_on_connect=False) as line:
        line.settimeout(1)
        with suppress(ssl.SSLError):
            line.do_handshake()
        while socket.socket.recv(line, 65536):
            pass


async def test_live_wire_tells_who_wants_a_certificate_of_ours(world: World) -> None:
    """A refusal that comes after the handshake, as TLS 1.3 has it, is one of TLS all the same."""
    wants = server_tls()
    wants.verify_mode = ssl.CERT_REQUIRED
    wants.load_verify_locations(cadata=certificates.AUTHORITY)
    with socket.create_server(("127.0.0.1", 0)) as door:
        refusing = asyncio.create_task(asyncio.to_thread(_refuse, door, wants))
        found = await world.get(door.getsockname()[1])
        await refusing
    assert isinstance(found, Failed)
    assert found.fault is Fault.TLS_FAILED
    assert "certificate required" in found.detail


async def test_live_wire_tells_a_closed_door_from_a_silent_one(world: World) -> None:
    """Refused, unanswered, and a name that leads nowhere."""
    found = await world.get(closed_port())
    assert isinstance(found, Failed)
    assert found.fault is Fault.CONNECT_REFUSED
    with deaf() as port:
        found = await world.get(port)
    assert isinstance(found, Failed)
    assert found.fault is Fault.CONNECT_TIMEOUT


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, Fault.UNSAFE_ADDRESS),
        ({"step": Step.TOKEN}, Fault.UNSAFE_TOKEN_SERVICE),
        ({"redirected": True}, Fault.UNSAFE_REDIRECT),
        ({"step": Step.TOKEN, "redirected": True}, Fault.UNSAFE_REDIRECT),
    ],
)
async def test_live_wire_tells_who_led_it_inward(
    world: World, changes: dict[str, object], fault: Fault
) -> None:
    """An inner address is refused in the name of whoever named it; the setting that would allow it is told."""
    world.leads = "10.0.0.7"
    ask = Ask("GET", "https://registry.internal/", "registry.internal", Step.BASE)
    found = await world.send(replace(ask, **changes))  # type: ignore[arg-type]  # a test's own words
    assert isinstance(found, Failed)
    assert (found.fault, found.detail) == (fault, "private address (10.0.0.7)")
    assert found.remedy == (
        "registries.registry.internal.addresses in the settings, or --allow-registry registry.internal=CIDR"
    )
    world.leads = "169.254.169.254"
    found = await world.send(ask, addresses=(Reach(ipaddress.ip_network("0.0.0.0/0")),))
    assert isinstance(found, Failed)
    assert (found.detail, found.remedy) == ("metadata address (169.254.169.254)", "")


async def test_live_wire_does_not_tell_strangers_where_inner_names_lead(world: World) -> None:
    """Whoever may name a token service learns no address of the inside by it."""
    world.leads = "10.0.0.7"
    found = await world.send(Ask("GET", "https://db.svc/token", "registry.internal", Step.TOKEN))
    assert isinstance(found, Failed)
    assert (found.fault, found.detail) == (Fault.UNSAFE_TOKEN_SERVICE, "private address")


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_live_wire_connects_to_no_unsafe_token_service(host: str, scheme: str, world: World) -> None:
    """A realm that leads inward is not asked, however it is spelled."""
    async with Misbehaving(FINE, listens=False) as server:
        ask = Ask("GET", f"{scheme}://{host}:{server.port}/token", "registry.example", Step.TOKEN)
        found = await world.send(ask, addresses=())
        assert isinstance(found, Failed)
        assert found.fault is Fault.UNSAFE_TOKEN_SERVICE
        assert (server.calls, world.asked) == (0, [])


def _basic(url: str, registry: str, step: Step = Step.BASE, **changes: object) -> Ask:
    words: dict[str, object] = {"identity": SOMEBODY, "scheme": "Basic", "secret": BASIC, **changes}
    return Ask("GET", url, registry, step, **words)  # type: ignore[arg-type]  # a test's own words


WRONG: dict[str, Callable[[str, str], Ask]] = {
    "another token service": lambda home, other: _basic(f"https://{other}/token", home, Step.TOKEN),
    "a redirect": lambda home, other: _basic(f"https://{other}/", home, redirected=True),
    "a redirect home": lambda home, _: _basic(f"https://{home}/", home, redirected=True),
    "another host": lambda home, other: _basic(f"https://{other}/v2/", home),
    "plain HTTP": lambda home, _: _basic(f"http://{home}/v2/", home),
    "a token for a token service": lambda home, other: _basic(
        f"https://{other}/token", home, Step.TOKEN, scheme="Bearer"
    ),
    "a user in the URL": lambda home, _: Ask("GET", f"https://{CANARY}@{home}/v2/", home, Step.BASE),
    "a line break": lambda home, _: _basic(
        f"https://{home}/v2/", home, scheme="Bearer", secret=f"x\r\nX-Canary: {CANARY}"
    ),
}


@pytest.mark.parametrize("way", WRONG)
@pytest.mark.parametrize("plain", [True, False], ids=["http", "https"])
async def test_live_wire_lets_no_credential_go_astray(
    way: str, world: World, tls: ssl.SSLContext, *, plain: bool
) -> None:
    """A planted credential never arrives, at a server that would write it down; nor is it in what is told."""
    line = None if plain else tls
    async with Misbehaving(FINE, tls=line) as home, Misbehaving(FINE, tls=line) as other:
        ask = WRONG[way](f"registry.internal:{home.port}", f"localhost:{other.port}")
        found = await world.send(ask, plain_http=plain)
        assert isinstance(found, Failed)
        assert (home.calls, other.calls) == (0, 0)
    for told in (str(found), repr(ask) if "@" not in ask.url else ""):
        assert CANARY not in told
        assert BASIC not in told


@pytest.mark.attack("R3", "verified TLS")
async def test_live_wire_lets_no_credential_into_an_unverified_line(world: World) -> None:
    """A credential for the right host stays here when the host cannot prove who it is, or speaks no TLS."""
    for context in (
        server_tls(certificates.REGISTRY_SELF_SIGNED),
        server_tls(certificates.REGISTRY_EXPIRED),
        None,
    ):
        async with Misbehaving(FINE, tls=context, listens=False) as server:
            registry = f"registry.internal:{server.port}"
            assert isinstance(await world.send(_basic(f"https://{registry}/v2/", registry)), Failed)
            await asyncio.sleep(0.01)
            assert BASIC.encode() not in server.heard


async def test_live_wire_brings_a_credential_home(world: World, tls: ssl.SSLContext) -> None:
    """To the registry itself, and to a listed token service, it does arrive: once, and as it was."""
    async with Misbehaving(FINE, tls=tls) as server:
        registry = f"registry.internal:{server.port}"
        assert isinstance(await world.send(_basic(f"https://{registry}/v2/", registry)), Reply)
        assert server.heard.count(f"Authorization: Basic {BASIC}\r\n".encode()) == 1
    async with Misbehaving(FINE, tls=tls) as service:
        host = f"localhost:{service.port}"
        ask = _basic(f"https://{host}/token", "registry.internal", Step.TOKEN)
        assert isinstance(await world.send(ask, token_services=(host,)), Reply)
        assert service.heard.count(BASIC.encode()) == 1


async def test_live_wire_asks_nobody_who_is_not_allowed(world: World) -> None:
    """Without a permit, with one that says off, or once it is closed, no name is even looked up."""
    ask = Ask("GET", "https://registry.internal/v2/", "registry.internal", Step.BASE)
    found = await LiveWire(Permits({}), world.resolve).send(ask)
    assert isinstance(found, Failed)
    assert found.remedy == "--allow-registry registry.internal"

    class Always:
        def of(self, registry: str) -> Permit | Unread:
            return Permit(registry, Probe.OFF)

    assert isinstance(await LiveWire(Always(), world.resolve).send(ask), Failed)
    wire = LiveWire(Permits({ask.registry: world.permit(ask.registry)}), world.resolve)
    await wire.close()
    assert isinstance(await wire.send(ask), Failed)
    assert world.asked == []


def _open() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("step", [Step.TOKEN, Step.LAYER])
async def test_live_wire_asks_no_denied_host_whoever_leads_there(
    world: World, tls: ssl.SSLContext, step: Step
) -> None:
    """A token service or a redirect of a registry that may be asked."""
    async with Misbehaving(FINE, tls=tls) as server:
        permits = Permits({"registry.internal": world.permit("registry.internal")}, ("local*",))
        url = f"https://localhost:{server.port}/"
        ask = Ask("GET", url, "registry.internal", step, redirected=step is Step.LAYER)
        found = await LiveWire(permits, world.resolve, QUICK).send(ask)
        assert isinstance(found, Failed)
        fault = Fault.UNSAFE_REDIRECT if step is Step.LAYER else Fault.UNSAFE_TOKEN_SERVICE
        assert (found.fault, found.remedy) == (fault, "registries.deny in the settings")
        assert server.calls == 0


async def test_live_wire_is_given_up_when_its_question_is(world: World, tls: ssl.SSLContext) -> None:
    """A cancelled question is cancelled at every stage, and leaves no connection behind."""
    before = _open()
    world.limits = Limits()
    async with Misbehaving(says(hangs=True), tls=tls) as server, Misbehaving(says(hangs=True)) as mute:
        for port in (server.port, mute.port):
            task = asyncio.create_task(world.get(port))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    await asyncio.sleep(0.05)
    assert _open() <= before


async def test_live_wire_leaves_no_connection_behind(world: World, tls: ssl.SSLContext) -> None:
    """A server that would keep the line open, or never says goodbye, holds nothing of ours."""
    before = _open()
    kept = answer(b"{}", "200 OK", "Connection: keep-alive")
    async with Misbehaving(says(kept, hangs=True), tls=tls) as server:
        for _ in range(5):
            assert isinstance(await world.get(server.port), Reply)
        await asyncio.sleep(0.05)
        assert _open() <= before + 1  # the server's own door
        assert server.calls == 5


async def test_live_wire_asks_a_few_at_a_time(world: World) -> None:
    """A storm of questions opens a handful of connections, and nobody's time runs while he waits his turn."""
    world.limits = replace(QUICK, total=0.15)
    async with Misbehaving(says(hangs=True)) as server:
        names = [f"r{number}.internal:{server.port}" for number in range(5)]
        permits = Permits({each: world.permit(each, plain_http=True) for each in names})
        wire = LiveWire(permits, world.resolve, world.limits)
        asks = [Ask("GET", f"http://{each}/v2/", each, Step.BASE) for each in names]
        storm = [asyncio.create_task(wire.send(ask)) for ask in asks for _ in range(6)]
        await asyncio.sleep(0.08)
        assert server.calls == 16
        found = await asyncio.gather(*storm)
    assert {each.fault for each in found if isinstance(each, Failed)} == {Fault.RESPONSE_TIMEOUT}
    assert server.calls == 30


async def test_live_wire_lets_no_registry_take_the_room_of_others(world: World, tls: ssl.SSLContext) -> None:
    """Thirty questions that hang keep a question to another registry waiting no longer than one of them."""
    async with Misbehaving(says(hangs=True), tls=tls) as silent, Misbehaving(FINE, tls=tls) as server:
        slow, fine = f"registry.internal:{silent.port}", f"registry.internal:{server.port}"
        permits = Permits({each: world.permit(each) for each in (slow, fine)})
        wire = LiveWire(permits, world.resolve, QUICK)
        hanging = [
            asyncio.create_task(
                wire.send(Ask("GET", f"https://{slow}/v2/a/manifests/1", slow, Step.MANIFEST))
            )
            for _ in range(30)
        ]
        await asyncio.sleep(0.05)
        started = time.monotonic()
        assert isinstance(await wire.send(Ask("GET", f"https://{fine}/v2/", fine, Step.BASE)), Reply)
        assert time.monotonic() - started < QUICK.total
        assert silent.calls <= 6
        base = asyncio.create_task(wire.send(Ask("GET", f"https://{slow}/v2/", slow, Step.BASE)))
        await asyncio.sleep(0.05)
        assert b"GET /v2/ HTTP/1.1" in silent.heard  # whether it answers at all does not wait for the rest
        for each in (*hanging, base):
            each.cancel()
        await asyncio.gather(*hanging, base, return_exceptions=True)


async def test_live_wire_survives_its_own_surprises(world: World) -> None:
    """Even a resolver that breaks ends in an answer: a sweep goes on."""

    async def broken(host: str, port: int) -> tuple[Address, ...]:  # noqa: ARG001
        raise ValueError(CANARY)

    ask = Ask("GET", "https://registry.internal/v2/", "registry.internal", Step.BASE)
    wire = LiveWire(Permits({ask.registry: world.permit(ask.registry)}), broken, QUICK)
    found = await wire.send(ask)
    assert found == Failed(Fault.GARBLED, "ValueError")
