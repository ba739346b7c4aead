"""A diagnosis where only a proxy leads out: over real sockets and TLS, through a real CONNECT proxy, from the pod to the verdict.

The proxy hears where to connect to and nothing else, and whatever it says itself answers nothing about the registry.
"""

import base64
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot import wiring
from bot.facts.image import parse
from bot.facts.testimony import Testimony
from bot.registry.permits import Proxy
from bot.settings import Settings
from tests.fakes import certificates, siege_field
from tests.fakes.misbehaving import server_tls
from tests.fakes.proxy import ConnectProxy
from tests.fakes.registry_content import Repository, single
from tests.fakes.registry_families import HTPASSWD, HUB, OPEN, Family
from tests.fakes.registry_server import RegistryServer
from tests.fakes.siege import DENIED, LAYER, USER, sings
from tests.fakes.siege_field import Field


Opened = Callable[..., Any]
PAIR = base64.b64encode(b"proxy-user:proxy-canary-0wl").decode()


@pytest.fixture(autouse=True)
def no_song(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test does, nothing of the canary stands in any log."""
    with siege_field.nothing_logged(caplog):
        yield


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Opens a field with a registry of a family in its middle."""
    return partial(siege_field.opened, tmp_path)


def leads(here: Field) -> dict[str, int]:
    """What the proxy's DNS knows: everybody on the field."""
    hosts = here.hosts().values()
    return {each: int(each.rpartition(":")[2]) for each in hosts}


def at(proxy: ConnectProxy, authorization: str = "") -> Proxy:
    """The proxy, as the settings would name it."""
    return Proxy("proxy.internal", proxy.port, authorization=authorization)


def nowhere(here: Field) -> None:
    """Our own DNS knows nobody on the field."""
    here.names.leads = {each: [[]] for each in ("registry.internal", "api.internal")}


@pytest.mark.parametrize("known", [True, False], ids=["known here", "known to the proxy alone"])
@pytest.mark.parametrize("family", [HTPASSWD, HUB], ids=["basic", "token"])
async def test_diagnosis_through_a_proxy_is_the_one_without(
    opened: Opened, family: Family, *, known: bool
) -> None:
    """The same is claimed, at the same price; the proxy hears CONNECT lines for the registry and no credential."""
    async with opened(family) as here:
        direct = await here.look(message=DENIED)
        price = len(here.registry.requests)
        async with ConnectProxy(leads(here)) as proxy:
            if not known:
                nowhere(here)
            look = await here.look(message=DENIED, proxy=at(proxy))
            assert look.claims == direct.claims
            assert look.claims["credential-accepted"] == "yes"
            assert len(here.registry.requests) == 2 * price
            assert set(proxy.lines) == {f"CONNECT {here.registry.host} HTTP/1.1"}
            heard = "".join(proxy.heads) + proxy.carried.decode("latin-1")
            assert "authorization" not in heard.lower()
            assert not sings(heard)


async def test_redirect_goes_through_the_proxy_too(opened: Opened) -> None:
    """Anonymously, by the name of whoever stores the layers; where we do not know that name, it stays where it is."""
    held = {"shop/web": Repository({"1.5": single(name="web")}, readers=frozenset({USER}))}
    async with opened(HTPASSWD, held) as here:
        stranger = here.stranger.host
        here.registry.mischief.redirect_blobs = f"https://{stranger}/v2/shop/web/blobs/{{digest}}"
        async with ConnectProxy(leads(here)) as proxy:
            await here.look(message=LAYER, proxy=at(proxy))
            assert f"CONNECT {stranger} HTTP/1.1" in proxy.lines
            assert here.stranger.requests
            nowhere(here)
            before = len(here.stranger.requests)
            look = await here.look(message=LAYER, proxy=at(proxy))
            assert len(here.stranger.requests) == before
            assert proxy.lines.count(f"CONNECT {stranger} HTTP/1.1") == before
            assert "not known here" in look.whys
            assert look.claims["manifest-exists"] == "yes"


async def test_proxy_s_credentials_are_for_the_proxy(opened: Opened) -> None:
    """With them it lets us through; no registry sees them, and nothing that is shown holds them."""
    async with opened(HTPASSWD) as here, ConnectProxy(leads(here), wants=f"Basic {PAIR}") as proxy:
        look = await here.look(message=DENIED, proxy=at(proxy, PAIR))
        assert look.claims["credential-accepted"] == "yes"
        assert not any(PAIR in each.text for each in here.registry.requests)
        assert PAIR not in look.shown


PROXIES: dict[str, dict[str, Any]] = {
    "wants credentials": {"wants": f"Basic {PAIR}"},
    "forbids": {"says": b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html>blocked</html>"},
    "cannot find it": {},
    "is too slow": {"says": b"HTTP/1.1 504 Gateway Timeout\r\n\r\n"},
    "says 404": {"says": b'HTTP/1.1 404 Not Found\r\n\r\n{"errors": [{"code": "MANIFEST_UNKNOWN"}]}'},
    "says 429": {"says": b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\n\r\n"},
    "shows a page": {"says": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>sign in</html>"},
    "is no proxy": {"says": b"SSH-2.0-OpenSSH_9.2\r\n\r\n"},
    "hangs": {"hangs": True},
    "hangs behind its yes": {"says": b"HTTP/1.1 200 OK\r\n\r\n", "hangs": True},
    "cuts the handshake": {"cuts_after": 100},
    "cuts the answer": {"cuts_after": 1500},
}


@pytest.mark.parametrize("vantage", ["inside", "outside"])
@pytest.mark.parametrize("how", PROXIES)
async def test_what_a_proxy_says_is_nothing_that_the_registry_said(
    opened: Opened, how: str, vantage: str
) -> None:
    """Nothing is claimed of the registry wherever we stand, the reason names the proxy, and another one is not asked instead."""
    behaves = PROXIES[how]
    async with opened(OPEN) as here:
        known = {} if how == "cannot find it" else leads(here)
        async with (
            ConnectProxy(known, **behaves) as proxy,
            here.siege(message=DENIED, proxy=at(proxy)) as under,
        ):
            under.world = replace(under.world, vantage=vantage)
            look = await under.look()
            here.check(look)
            assert not look.claims
            assert f"the proxy http://proxy.internal:{proxy.port}: " in look.whys
            assert proxy.heads
            assert all(each.partition(" ")[0] == "CONNECT" for each in proxy.lines)


@pytest.mark.parametrize(
    "where", ["169.254.169.254", "metadata.internal", "inner.internal", "[::ffff:169.254.169.254]"]
)
@pytest.mark.parametrize("led", ["token service", "redirect"])
async def test_nobody_is_led_inward_through_a_proxy(opened: Opened, where: str, led: str) -> None:
    """It would connect to whatever it is told, so the guard looks first, and the proxy does not hear of it."""
    async with opened(HUB if led == "token service" else OPEN) as here, ConnectProxy(leads(here)) as proxy:
        if led == "redirect":
            here.registry.mischief.redirect_manifests = f"https://{where}/latest/meta-data"
        else:
            here.registry.mischief.realm = f"https://{where}/token"
        look = await here.look(message=DENIED, proxy=at(proxy))
        assert set(proxy.lines) == {f"CONNECT {here.registry.host} HTTP/1.1"}
        assert f"unsafe {led}" in look.whys
        assert not here.was_told


async def test_registry_whose_name_leads_inward_is_not_asked_through_a_proxy(opened: Opened) -> None:
    """What the operator did not list stays closed, whoever would connect to it."""
    async with opened(OPEN) as here, ConnectProxy(leads(here)) as proxy:
        for inward in ("169.254.169.254", "10.1.2.3"):
            here.names.leads = {"registry.internal": [[inward]]}
            look = await here.look(proxy=at(proxy))
            assert not look.claims
            assert "address" in look.whys
        assert not proxy.heads


async def test_proxy_that_looks_into_tls_is_not_the_registry(opened: Opened, tmp_path: Path) -> None:
    """It has a certificate of its own: nothing is asked of it, and no registry's certificate is called bad."""
    forged = tmp_path / "forged.pem"
    forged.write_text(certificates.REGISTRY_SELF_SIGNED + certificates.REGISTRY_KEY)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(forged)
    untrusted = 'failed to do request: Head "https://{0}": tls: failed to verify certificate: x509: certificate signed by unknown authority'
    async with opened(OPEN) as here, RegistryServer({}, OPEN, tls=tls) as looking:
        async with ConnectProxy({here.registry.host: looking.port}) as proxy:
            look = await here.look(message=untrusted, proxy=at(proxy))
        assert not look.claims
        assert not looking.requests
        assert "tls unknown authority" in look.whys
        assert "ca_file" in look.whys


async def test_settings_lead_through_the_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the words of the settings to the registry's answer; another registry is excepted, and nobody's variable counts."""
    (tmp_path / "ca.pem").write_text(certificates.REGISTRY_AUTHORITY)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("REGISTRY_PROXY_CREDENTIALS", "proxy-user:proxy-canary-0wl")
    tls = server_tls()
    async with RegistryServer(tls=tls) as far, RegistryServer(tls=tls) as near:
        usual = {"probe": "anonymous", "addresses": ["127.0.0.1"], "ca_file": tmp_path / "ca.pem"}
        async with ConnectProxy({far.host: far.port}, wants=f"Basic {PAIR}") as proxy:
            said: dict[str, Any] = {
                "proxy": f"http://127.0.0.1:{proxy.port}",
                far.host: usual,
                near.host: {**usual, "proxy": "direct"},
            }
            plan = wiring.Probing(settings=Settings.model_validate({"registries": said}).registries)
            async with wiring.probing(plan, wiring.knowledge()) as probers:
                with probers.at(wiring.Access(), None) as prober:
                    for registry in (far, near):
                        heard = await prober.base(parse(f"{registry.host}/shop/web"))
                        assert isinstance(heard, Testimony)
                        assert heard.told.is_ok
            assert proxy.lines == [f"CONNECT {far.host} HTTP/1.1"]
    assert len(far.requests) == len(near.requests) == 1
