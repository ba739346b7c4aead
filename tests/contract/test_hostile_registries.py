"""Cases 15 to 23 of the security design, each against servers that really misbehave, from the pod to the verdict.

The canary is a user name and a password that occur nowhere else. In every case it reaches nobody but the registry that
its secret names, nothing that anybody sees holds any of it, nothing that could not be learned is claimed, and it ends.
"""

import base64
import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from bot.cluster.client import ApiClient, Pace
from bot.cluster.lending import SecretLender
from bot.cluster.reader import ApiReader
from bot.registry.permits import Permits, Reach
from tests.fakes import certificates, objects, siege, siege_field
from tests.fakes.api_server import FakeApiServer
from tests.fakes.cluster import FakeReader
from tests.fakes.live import at_once
from tests.fakes.logins import TokenLogin
from tests.fakes.misbehaving import Misbehaving, Script, answer, endless, says, server_tls
from tests.fakes.registry_content import OCI_INDEX, OCI_MANIFEST, Repository, single
from tests.fakes.registry_families import ECR, FAMILIES, GHCR, HTPASSWD, HUB, OPEN, QUAY, Family, Said, errors
from tests.fakes.registry_server import RegistryServer
from tests.fakes.siege import BASIC, DENIED, NOT_FOUND, PASSWORD, USER, Look, besieged, sings
from tests.fakes.siege_field import AT_THE_DOOR, LATEST, SHOP, USERS, WEB, Field


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    """The authority of registry.internal."""
    path = tmp_path / "ca.pem"
    path.write_text(certificates.REGISTRY_AUTHORITY)
    return path


@pytest.fixture(autouse=True)
def no_song(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test does, nothing of the canary stands in any log."""
    with siege_field.nothing_logged(caplog):
        yield


Opened = Callable[..., Any]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Opens a field with a registry of a family in its middle."""
    return partial(siege_field.opened, tmp_path)


def only_the_door(look: Look) -> None:
    """Nothing is claimed of what lies behind the registry's door."""
    assert look.claims == AT_THE_DOOR


# --- 15 ---------------------------------------------------------------------------------------------------------------

INWARD = {
    "the metadata service": "169.254.169.254",
    "the loopback": "127.0.0.1:{trap}",
    "the unspecified address": "0.0.0.0:{trap}",
    "the unspecified IPv6 address": "[::]:{trap}",
    "the IPv6 loopback": "[::1]:{trap}",
    "a mapped address": "[::ffff:127.0.0.1]:{trap}",
    "a mapped metadata service": "[::ffff:169.254.169.254]",
    "a mapped one in hexadecimal": "[::ffff:a9fe:a9fe]",
    "a compatible address": "[::127.0.0.1]:{trap}",
    "a NAT64 address": "[64:ff9b::a9fe:a9fe]",
    "a decimal number": "2130706433:{trap}",
    "a hexadecimal number": "0x7f000001:{trap}",
    "an octal number": "0177.0.0.1:{trap}",
    "a short address": "127.1:{trap}",
    "an address with a dot": "127.0.0.1.:{trap}",
    "a zone": "[fe80::1%25eth0]:{trap}",
    "a private address": "10.0.0.1",
    "a name that leads to the metadata service": "metadata.internal",
    "a name that leads inward": "inner.internal",
    "a name of this machine": "localhost:{trap}",
    "a user and a loopback": "registry.internal@127.0.0.1:{trap}",
    "a password and a loopback": "registry.internal:443@127.0.0.1:{trap}",
    "a fragment": "127.0.0.1:{trap}#registry.internal",
    "a backslash": "127.0.0.1:{trap}\\@registry.internal",
    "another alphabet's full stop": "127\u30020\u30020\u30021:{trap}",
}  # fmt: skip


@pytest.mark.attack("R4", "token services and redirects too")
@pytest.mark.attack(
    15,
    "169.254.169.254",
    "127.0.0.1",
    "address 0.0.0.0",
    "[::]",
    "mapped address",
    "decimal address",
    "name that resolves inward",
    '"unsafe token service"',
)
@pytest.mark.parametrize("family", [HUB, GHCR], ids=["any-token", "no-token"])
@pytest.mark.parametrize("where", INWARD)
async def test_no_token_service_leads_inward(opened: Opened, where: str, family: Family) -> None:
    """Case 15: wherever the realm leads inside, however it is written, no connection is made and the answer says why.

    The registry itself stands on this machine, with its own port alone listed: the guard is never off.
    """
    async with opened(family) as here, Misbehaving(says(answer(b'{"token": "x"}')), listens=False) as trap:
        here.registry.mischief.realm = f"https://{INWARD[where].format(trap=trap.port)}/token"
        own = (Reach(ip_network("127.0.0.1/32"), here.registry.port),)
        look = await here.look(addresses=own)
        only_the_door(look)
        assert trap.calls == 0
        assert "unsafe token service" in look.text
        assert not here.was_told


@pytest.mark.attack("R5", "checked again")
@pytest.mark.attack("R4", "token services and redirects too")
@pytest.mark.attack(
    15,
    "169.254.169.254",
    "127.0.0.1",
    "address 0.0.0.0",
    "[::]",
    "mapped address",
    "decimal address",
    "name that resolves inward",
)
@pytest.mark.parametrize("where", INWARD)
async def test_no_redirect_leads_inward(opened: Opened, where: str) -> None:
    """Case 15: nor does a redirect, of whatever question."""
    async with opened(OPEN) as here, Misbehaving(says(answer(b"{}")), listens=False) as trap:
        location = f"https://{INWARD[where].format(trap=trap.port)}/v2/shop/web/manifests/1.5"
        here.registry.mischief.everything = Said(307, "", {"Location": location.encode().decode("latin-1")})
        own = (Reach(ip_network("127.0.0.1/32"), here.registry.port),)
        look = await here.look(addresses=own)
        assert trap.calls == 0
        assert not look.claims
        assert "unsafe redirect" in look.whys


@pytest.mark.attack(15, "name that changes its answer")
@pytest.mark.parametrize(
    "answers",
    [
        [["127.0.0.1"], ["169.254.169.254"]],
        [["127.0.0.1"], ["127.0.0.1"], ["169.254.169.254"]],
        [["127.0.0.1"], ["127.0.0.1", "169.254.169.254"]],
        [["127.0.0.1"], ["::ffff:169.254.169.254"]],
        [["127.0.0.1"], ["10.0.0.1"]],
        [["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"], ["fd00:ec2::254"]],
    ],
)
async def test_name_that_changes_its_answer_moves_nobody(opened: Opened, answers: Any) -> None:
    """Case 15, rebinding: each connection has one lookup, goes to what was checked, and ends where the check does."""
    async with opened(HTPASSWD) as here:
        here.names.leads = {"registry.internal": answers}
        own = (Reach(ip_network("127.0.0.0/8"), here.registry.port),)
        look = await here.look(addresses=own)
        connections = len(here.names.asked)
        assert len(here.registry.requests) < len(answers)
        assert connections >= len(answers)
        assert "manifest-exists" not in look.claims
        assert "credential-accepted" not in look.claims
        assert "address" in look.whys


@pytest.mark.attack(15, "name that changes its answer", '"unsafe token service"')
async def test_token_service_that_changes_its_answer_gets_nothing(opened: Opened) -> None:
    """Case 15, rebinding: a listed token service that leads home once and inward then is not followed inward."""
    async with opened(HUB) as here:
        realm = f"api.internal:{here.stranger.port}"
        here.registry.mischief.realm = f"https://{realm}/token"
        here.names.leads = {"api.internal": [["127.0.0.1"], ["169.254.169.254"]]}
        look = await here.look(token_services=(realm,), key="other.example")
        assert len(here.stranger.requests) == 1
        assert here.names.asked.count("api.internal") > 1
        assert "manifest-exists" not in look.claims
        assert "unsafe token service" in look.text


# --- 16 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.attack("R3", "said where it stays")
@pytest.mark.attack(16, "token service elsewhere")
@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize(
    "path", ["/v2/auth", "/v2/auth?service=registry.docker.io&scope=repository:x:pull,push"]
)
async def test_credential_stays_when_the_token_service_is_elsewhere(
    opened: Opened, scheme: str, path: str
) -> None:
    """Case 16: a token service that would gladly take it, with a certificate that everybody trusts, is no reason to give it."""
    async with opened(QUAY) as here:
        other = here.stranger if scheme == "https" else here.eavesdropper
        here.registry.mischief.realm = f"{scheme}://{other.host}{path}"
        look = await here.look(message=DENIED)
        assert {**AT_THE_DOOR, **look.claims} == look.claims
        assert "credential-accepted" not in look.claims
        assert "repository-permitted" not in look.claims
        assert not here.was_told
        assert "unsafe token service" in look.text
        assert not any(
            "push" in each.path.partition("scope=")[2].partition("scope=")[2] for each in other.requests
        )


LOCATIONS = {
    "elsewhere": "https://{stranger}/v2/shop/web/manifests/1.5",
    "over HTTP": "http://{eavesdropper}/v2/shop/web/manifests/1.5",
    "home over HTTP": "http://{registry}/v2/shop/web/manifests/1.5",
    "with a user": "https://someone:something@{stranger}/v2/",
    "as if at home": "https://{registry}@{stranger}/v2/",
    "with a question": "https://{stranger}/v2/?authorization=Basic%20eDp5&X-Amz-Signature=00",
    "without a scheme": "//{stranger}/v2/shop/web/manifests/1.5",
    "to a file": "file:///etc/passwd",
    "to another protocol": "gopher://{stranger}/_GET",
    "in a circle": "https://{registry}/v2/shop/web/manifests/1.5",
    "nowhere": "",
    "to a line break": "https://{stranger}/\tv2",
}


@pytest.mark.attack(16, "redirect elsewhere")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("how", LOCATIONS)
async def test_credential_stays_when_everything_leads_elsewhere(
    opened: Opened, how: str, status: int
) -> None:
    """Case 16: whatever is asked, and however it is sent on, whoever is there hears nobody in particular ask."""

    class Sending(RegistryServer):
        """Sends on whoever has logged in."""

        location = ""

        def _asked(self, seen: Any, *rest: Any) -> Said:
            if not seen.authorization:
                return super()._asked(seen, *rest)
            return Said(status, "", {"Location": self.location} if self.location else {})

    async with opened(HTPASSWD, server=Sending) as here:
        hosts = here.hosts()
        here.registry.location = LOCATIONS[how].format(**hosts)
        look = await here.look(message=DENIED)
        assert here.was_told
        assert not here.eavesdropper.requests
        assert not any(each.authorization for each in here.stranger.requests)
        assert "credential-accepted" not in look.claims or how in ("elsewhere", "without a scheme")
        assert len(here.registry.requests) < 40


@pytest.mark.parametrize("how", LOCATIONS)
async def test_credential_stays_when_a_token_service_leads_elsewhere(opened: Opened, how: str) -> None:
    """Case 16: a token service that sends us on has given no token, and is not followed."""
    async with opened(QUAY) as here:
        hosts = here.hosts()
        location = LOCATIONS[how].format(**hosts)
        here.registry.mischief.tokens = Said(307, "", {"Location": location} if location else {})
        look = await here.look(message=DENIED)
        only_the_door(look)
        assert not here.stranger.requests
        assert not here.eavesdropper.requests


@pytest.mark.attack("R6", "config")
@pytest.mark.attack(16, "redirect elsewhere")
@pytest.mark.parametrize("how", ["elsewhere", "over HTTP", "with a question", "without a scheme"])
async def test_credential_stays_when_blobs_are_elsewhere(opened: Opened, how: str) -> None:
    """Case 16: what stores a registry's layers and configs is asked as nobody."""
    held = {"shop/web": Repository({"1.5": single(name="web")}, readers=frozenset({USER}))}
    async with opened(HTPASSWD, held) as here:
        hosts = here.hosts()
        here.registry.mischief.redirect_blobs = LOCATIONS[how].format(**hosts)
        look = await here.look()
        assert here.was_told
        assert look.claims["manifest-exists"] == "yes"
        assert "config-platform-matches" not in look.claims
        assert not any(each.authorization for each in here.stranger.requests)
        assert not here.eavesdropper.requests


@pytest.mark.parametrize(
    "link",
    [
        "https://{stranger}/v2/shop/web/tags/list?last=1.4",
        "http://{eavesdropper}/v2/shop/web/tags/list?last=1.4",
        "//{stranger}/v2/shop/web/tags/list?last=1.4",
        "https://{registry}@{stranger}/v2/shop/web/tags/list",
        "/v2/shop/vault/tags/list",
        "/v2/shop/web/../vault/tags/list",
        "/v2/shop/web/%2e%2e/vault/tags/list",
        "/token?scope=x",
    ],
)
async def test_credential_stays_when_the_next_page_is_elsewhere(opened: Opened, link: str) -> None:
    """Case 16: a list of tags goes on where it began, or it is not complete."""
    async with opened(HTPASSWD) as here:
        hosts = here.hosts()
        here.registry.mischief.next_page = link.format(**hosts)
        look = await here.look("shop/web:9.9")
        assert not here.stranger.requests
        assert not here.eavesdropper.requests
        assert not any("vault" in each.path for each in here.registry.requests)
        assert look.claims["manifest-exists"] == "no"
        assert "similar-tag-exists" not in look.claims


# --- 17 ---------------------------------------------------------------------------------------------------------------

# Key in the secret -> whether the kubelet would offer it for {host}/shop/web.
KEYS = {
    "{host}": True,
    "https://{host}": True,
    "http://{host}/v2/": True,
    "{host}/shop": True,
    "{host}/sh": True,
    "*.internal:{port}": True,
    "re*y.internal:{port}": True,
    "someone@{host}": True,
    "registry.internal": False,
    "registry.internal:{other}": False,
    "*:{port}": False,
    "*": False,
    "*.*.internal:{port}": False,
    "REGISTRY.internal:{port}": False,
    "registry.internai:{port}": False,
    "registry.internal.evil.example:{port}": False,
    "registry.internal:{port}.evil.example": False,
    "{host}/other": False,
    "{host}/shop/website": False,
    "{host}/SHOP": False,
    "{host}@evil.example": False,
    "evil.example/{host}": False,
    "ftp://{host}": False,
    " {host}": False,
    "https://index.docker.io/v1/": False,
    "index.docker.io": False,
    "docker.io": False,
    "": False,
}


@pytest.mark.attack(17, "typosquat host", "index.docker.io/v1/", "path", "wildcard", "port", "case")
@pytest.mark.parametrize("key", KEYS)
async def test_credential_is_offered_exactly_where_the_kubelet_would(opened: Opened, key: str) -> None:
    """Case 17: letter by letter, port by port, and never because it looks alike."""
    async with opened(HTPASSWD) as here:
        spelled = key.format(host=here.registry.host, port=here.registry.port, other=here.registry.port + 1)
        look = await here.look(key=spelled or "\t")
        assert here.was_told is KEYS[key]
        assert ("credential-accepted" in look.claims) is KEYS[key]
        if not KEYS[key]:
            assert "manifest-exists" not in look.claims


@pytest.mark.attack(17, "typosquat host")
@pytest.mark.parametrize(
    "host", ["registry.internai", "registry-internal.example", "registry.internal.evil.example", "127.0.0.1"]
)
async def test_look_alike_host_gets_nothing(opened: Opened, host: str) -> None:
    """Case 17: a pod whose image is at a typosquatter's, who asks for the password that its secret has for the real one."""
    async with opened(HTPASSWD) as here:
        image = f"{host}:{here.registry.port}/shop/web:1.5"
        cluster = siege.cluster(
            image, siege.secret(here.registry.host, f"registry.internal:{here.registry.port}")
        )
        permits = Permits(
            {f"{host}:{here.registry.port}": replace(here.permit, registry=f"{host}:{here.registry.port}")}
        )
        async with besieged(permits, cluster, names=here.names) as under:
            look = await under.look()
            assert not under.keeper.asked
        here.check(look)
        assert not here.was_told


@pytest.mark.attack(17, "typosquat host")
async def test_typosquatter_with_a_good_certificate_gets_nothing(opened: Opened) -> None:
    """Case 17: nor does one that everybody trusts and who is asked: no key that looks like its name is its own."""
    async with opened(HTPASSWD) as here:
        host, port = here.stranger.host, here.stranger.port
        keys = ("api.internai", "ap.internal", "api.internal.evil.example", "evil.api.internal", "*", "*.api.internal", "API.internal")  # fmt: skip
        secret = siege.secret(
            "api.internal", f"api.internal:{port + 1}", *(f"{each}:{port}" for each in keys)
        )
        permits = Permits({host: replace(here.permit, registry=host)})
        cluster = siege.cluster(f"{host}/shop/vault:1.5", secret, message=DENIED)
        async with besieged(permits, cluster, names=here.names) as under:
            look = await under.look()
            assert not under.keeper.asked
        here.check(look)
        assert here.stranger.requests


@pytest.mark.attack("R2", "text and annotations")
@pytest.mark.parametrize("message", [DENIED, NOT_FOUND, "Back-off pulling image"])
async def test_text_names_no_registry(opened: Opened, message: str) -> None:
    """Rule 2: who is named in a message, as a redirect, a token service or the image itself, is not asked."""
    async with opened(HTPASSWD) as here:
        other = here.stranger.host
        image = f"{here.registry.host}/shop/web:1.5"
        named = f'failed to pull "{other}/shop/web:1.5": GET https://{other}/token?service={other}: 401 Unauthorized; '
        pod = siege.pod(image, named + message, "regcred")
        cluster = FakeReader(pods=(pod,), secrets=(siege.secret(here.registry.host, other),))
        permits = Permits(
            {
                host: replace(here.permit, registry=host, token_services=(other,))
                for host in (here.registry.host, other)
            }
        )
        async with besieged(permits, cluster, names=here.names) as under:
            here.check(await under.look())
        assert here.registry.requests
        assert not here.stranger.requests
        assert here.names.asked
        assert {*here.names.asked} == {"registry.internal"}


@pytest.mark.parametrize("listed", ["registry.internal", "registry.internal:1", "REGISTRY.internal:{port}"])
async def test_permit_for_another_port_or_spelling_opens_nothing(opened: Opened, listed: str) -> None:
    """Case 17: what the operator lists is compared letter by letter too; nobody is asked at all."""
    async with opened(HTPASSWD) as here:
        cluster = siege.cluster(f"{here.registry.host}/shop/web:1.5", siege.secret(here.registry.host))
        permits = Permits({listed.format(port=here.registry.port): here.permit})
        async with besieged(permits, cluster, names=here.names) as under:
            look = await under.look()
        here.check(look)
        assert not here.registry.requests
        assert not look.claims
        assert f"--allow-registry {here.registry.host}" in look.text


# --- 18 ---------------------------------------------------------------------------------------------------------------


FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


@pytest.mark.attack(18, "urls")
async def test_foreign_layers_are_not_fetched(opened: Opened) -> None:
    """Case 18: neither the ``urls`` of a layer, of a config or of an index's entry, nor any layer's body."""
    async with Misbehaving(says(answer(b"{}")), listens=False) as trap:
        urls = [f"{scheme}://127.0.0.1:{trap.port}/layer" for scheme in ("https", "http")]
        parts = [
            ("application/vnd.oci.image.config.v1+json", f"sha256:{'5' * 64}"),
            (FOREIGN, siege.WEB_LAYER),
        ]
        config, layer = (
            {"mediaType": kind, "digest": digest, "size": 2, "urls": urls} for kind, digest in parts
        )
        body = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": config,
            "layers": [layer],
            "urls": urls,
        }
        foreign = replace(single(name="foreign"), body=json.dumps(body).encode(), blobs={})
        async with opened(HTPASSWD, {"shop/web": Repository({"1.5": foreign}, frozenset({USER}))}) as here:
            look = await here.look(message=siege.LAYER)
        assert trap.calls == 0
        blobs = [line for line in here.registry.lines if siege.WEB_LAYER in line]
        assert blobs
        assert all(line.startswith("HEAD ") for line in blobs)
        assert look.claims["layers-present"] == "no"


# --- 19 ---------------------------------------------------------------------------------------------------------------

OK = b"HTTP/1.1 200 OK\r\n"
JSON = OK + b"Content-Type: application/vnd.oci.image.index.v1+json\r\n"
PAGE = b"<!doctype html><title>Welcome</title><p>Log in"
DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
FLAT = b'{"schemaVersion":2,"manifests":[' + b"{}," * 600_000 + b"{}]}"
MISDEEDS: dict[str, Script] = {
    "an endless body": endless(JSON + b"\r\n", b"[" * 65536),
    "endless chunks": endless(JSON + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"),
    "endless headers": endless(OK, b"X-A: b\r\n" * 1000),
    "a slow head": says(OK, *[b"A: b\r\n"] * 100, every=0.05),
    "a slow body": says(OK + b"Content-Length: 99\r\n\r\n", *[b"a"] * 99, every=0.05),
    "silence": says(hangs=True),
    "a hang-up": says(),
    "a reset": says(resets=True),
    "half a body": says(JSON + b"Content-Length: 99\r\n\r\n{"),
    "a bomb": says(answer(gzip.compress(bytes(1 << 25)), "200 OK", "Content-Encoding: gzip")),
    "a bomb in a bomb": says(answer(gzip.compress(gzip.compress(bytes(1 << 25))), "200 OK", "Content-Encoding: gzip, gzip")),
    "deep JSON": says(answer(DEEP, "200 OK", f"Content-Type: {OCI_INDEX}")),
    "wide JSON": says(answer(FLAT, "200 OK", f"Content-Type: {OCI_INDEX}")),
    "no JSON": says(answer(b"\xff\xfe{}", "200 OK", f"Content-Type: {OCI_INDEX}")),
    "a page": says(answer(PAGE, "200 OK", "Content-Type: text/html")),
    "a page that calls itself an index": says(answer(PAGE, "200 OK", f"Content-Type: {OCI_INDEX}")),
    "HTTP/0.9": says(PAGE),
    "another protocol": says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "two answers at once": says(answer(b"{}", "403 Forbidden")[:-2] + answer(b"{}")),
    "a switch of protocols": says(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
}  # fmt: skip
# What a misdeed at the door says of a registry all the same.
SAID = {"registry-host-exists": "yes", "tls-fails-for-us-too": "no"}


@pytest.mark.attack(19, "endless body", "slow-loris", "gzip bomb", "deep JSON", "HTML 200", "sweep goes on")
@pytest.mark.parametrize("misdeed", MISDEEDS)
async def test_misdeed_is_capped_and_claims_nothing(ca_file: Path, misdeed: str) -> None:
    """Case 19: it ends in time, nothing of the image is claimed, no password was sent, and the rest of the sweep goes on."""
    async with Misbehaving(MISDEEDS[misdeed], tls=server_tls()) as server:
        host = f"registry.internal:{server.port}"
        more = siege.pod("docker.io/acme/other:1.0", NOT_FOUND, name="other-1")
        cluster = siege.cluster(f"{host}/shop/web:1.5", siege.secret(host), more=(more,))
        async with besieged(Permits({host: siege.permit(host, ca_file)}), cluster) as under:
            look = await under.look()
        assert look.seconds < LATEST
        assert not sings(look.shown)
        assert not sings(server.heard.decode("latin-1"))
        assert BASIC.encode() not in server.heard
        assert len(look.report.diagnoses) == 2
        beyond = {check: say for check, say in look.claims.items() if check not in AT_THE_DOOR}
        assert beyond == {}
        assert look.claims["registry-host-exists"] == "yes"
        assert look.confidence != "high"


class Relenting(RegistryServer):
    """Answers as it should until somebody has logged in; from then on with one thing to everything."""

    then = Said(200)

    def _asked(self, seen: Any, *rest: Any) -> Said:
        return self.then if seen.authorization else super()._asked(seen, *rest)


THEN = {
    "a page": Said(200, PAGE.decode()),
    "an empty page": Said(200, ""),
    "a number": Said(200, 7),
    "nothing": Said(204, ""),
    "deep JSON": Said(200, DEEP.decode(), {"Content-Type": "application/json"}),
    "wide JSON": Said(200, FLAT.decode(), {"Content-Type": "application/json"}),
    "a page that is not found": Said(404, PAGE.decode()),
    "a word that is not found": Said(404, "404 page not found"),
    "a teapot": Said(418, PAGE.decode()),
    "an error": Said(500, PAGE.decode()),
    "a gateway": Said(502, PAGE.decode()),
}


@pytest.mark.parametrize("then", THEN)
async def test_misdeed_behind_a_login_claims_nothing(opened: Opened, then: str) -> None:
    """Case 19: a proxy that takes every password and answers everything with the same has neither the image nor the login."""
    async with opened(HTPASSWD, server=Relenting) as here:
        here.registry.then = THEN[then]
        look = await here.look(message=siege.LAYER)
        assert here.was_told
        beyond = {check: say for check, say in look.claims.items() if check not in AT_THE_DOOR}
        assert beyond == {"anonymous-pull-works": "no"}
        assert look.confidence != "high"


@pytest.mark.parametrize("then", ["a page", "deep JSON", "wide JSON", "a teapot", "an error"])
async def test_token_service_that_misbehaves_gives_no_token(opened: Opened, then: str) -> None:
    """Case 19: what it says instead of a token is no answer about the image or the login."""
    async with opened(QUAY) as here:
        here.registry.mischief.tokens = THEN[then]
        look = await here.look(message=DENIED)
        assert here.was_told
        beyond = {check: say for check, say in look.claims.items() if check not in AT_THE_DOOR}
        assert beyond == {}


@pytest.mark.attack(19, "sweep goes on")
async def test_hanging_registry_holds_up_nobody_else(opened: Opened, ca_file: Path) -> None:
    """Case 19: a dozen images at a registry that says nothing cost the one at another registry neither time nor its answer."""
    async with opened(HTPASSWD) as here, Misbehaving(says(hangs=True), tls=server_tls()) as silent:
        hanging = f"registry.internal:{silent.port}"
        pods = [
            siege.pod(f"{hanging}/shop/web-{n}:1.5", DENIED, "regcred", name=f"slow-{n}") for n in range(12)
        ]
        cluster = siege.cluster(
            f"{here.registry.host}/shop/web:1.5", siege.secret(here.registry.host, hanging), more=pods
        )
        permits = Permits({here.registry.host: here.permit, hanging: siege.permit(hanging, ca_file)})
        async with besieged(permits, cluster, names=here.names) as under:
            look = await under.look()
        here.check(look)
        mine = next(each for each in look.report.diagnoses if each.failure.pod.name == "web-1")
        assert mine.verdict.cause == "wrong-tag"
        assert len(look.report.diagnoses) == 13


# --- 20 ---------------------------------------------------------------------------------------------------------------

CERTIFICATES: dict[str, tuple[str, str]] = {
    "expired": (certificates.REGISTRY_EXPIRED, "tls certificate expired"),
    "not valid yet": (certificates.REGISTRY_EARLY, "not valid yet"),
    "self-signed": (certificates.REGISTRY_SELF_SIGNED, "tls unknown authority"),
}


@pytest.mark.attack(20, "self-signed", "expired")
@pytest.mark.parametrize("flaw", CERTIFICATES)
async def test_bad_certificate_ends_every_question(ca_file: Path, flaw: str) -> None:
    """Case 20: not a byte of any question is sent, and the flaw is named."""
    certificate, named = CERTIFICATES[flaw]
    async with Misbehaving(says(answer(b"{}")), tls=server_tls(certificate)) as server:
        host = f"registry.internal:{server.port}"
        cluster = siege.cluster(f"{host}/shop/web:1.5", siege.secret(host), message=DENIED)
        async with besieged(Permits({host: siege.permit(host, ca_file)}), cluster) as under:
            look = await under.look()
        assert not server.heard
    assert not sings(look.shown)
    assert named in look.whys
    assert look.claims == {"registry-host-exists": "yes", "registry-answers": "yes"}


@pytest.mark.attack(20, "wrong name")
async def test_other_name_in_the_certificate_ends_every_question(opened: Opened) -> None:
    """Case 20: a name that leads to somebody else's server, which shows a good certificate of its own."""
    async with opened(HTPASSWD) as here:
        host = f"registry.internal:{here.stranger.port}"
        cluster = siege.cluster(f"{host}/shop/web:1.5", siege.secret(host), message=DENIED)
        async with besieged(Permits({host: replace(here.permit, registry=host)}), cluster) as under:
            look = await under.look()
        here.check(look)
        assert not here.stranger.requests
        assert "tls" in look.whys


@pytest.mark.attack(20, "plain HTTP")
@pytest.mark.parametrize("family", [HTPASSWD, QUAY], ids=["basic", "bearer"])
@pytest.mark.parametrize("plain", [True, False])
async def test_password_never_goes_over_plain_http(opened: Opened, family: Family, *, plain: bool) -> None:
    """Case 20: whether the operator knows of it or not; without his word nothing is asked there at all."""
    async with (
        opened(family) as here,
        RegistryServer(SHOP, family, users=USERS, name="plain.internal") as eavesdropper,
    ):
        host = eavesdropper.host
        cluster = siege.cluster(f"{host}/shop/web:1.5", siege.secret(host), message=DENIED)
        permits = Permits({host: replace(here.permit, registry=host, plain_http=plain)})
        async with besieged(permits, cluster) as under:
            look = await under.look()
            assert not under.keeper.asked
        here.check(look)
        assert not eavesdropper.heard(PASSWORD)
        assert not eavesdropper.heard(USER)
        assert bool(eavesdropper.requests) is plain
        assert "credential-accepted" not in look.claims


# --- 21 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.attack("R8", "a 429 is evidence")
@pytest.mark.attack(21, "429")
@pytest.mark.parametrize(
    "retry_after", ["30", "0", "-1", "99999999999999", "soon", "Fri, 31 Dec 9999 23:59:59 GMT", ""]
)
async def test_429_on_everything_stops_the_asking(opened: Opened, retry_after: str) -> None:
    """Case 21: after the questions that were under way no further one is put, by this look or the next, and that is said."""
    async with opened(HTPASSWD) as here:
        here.registry.mischief.retry_after = retry_after
        async with here.siege(message=DENIED) as under:
            look = await under.look()
            asked = len(here.registry.requests)
            again = await under.look()
        here.check(look)
        here.check(again)
        assert asked <= 4
        assert len(here.registry.requests) == asked
        assert look.claims["rate-limit-exhausted"] == "yes"
        beyond = {*look.claims} - {*AT_THE_DOOR} - {"rate-limit-exhausted", "rate-limit-identity"}
        assert not beyond
        assert "429" in look.whys
        assert "left alone" in look.text or "left alone" in look.whys


async def test_429_of_the_token_service_stops_the_asking(opened: Opened) -> None:
    """Case 21: it counts for its registry."""
    async with opened(QUAY) as here:
        here.registry.mischief.tokens = errors(429, "TOOMANYREQUESTS", "slow down")
        look = await here.look(message=DENIED)
        assert len(here.registry.requests) <= 6
        beyond = {*look.claims} - {*AT_THE_DOOR} - {"rate-limit-exhausted", "rate-limit-identity"}
        assert not beyond


async def test_429_of_one_registry_stops_nothing_at_another(opened: Opened, ca_file: Path) -> None:
    """Case 21: each is counted by itself."""
    async with opened(HTPASSWD) as here, RegistryServer(tls=server_tls(), name="localhost") as busy:
        busy.mischief.retry_after = "60"
        more = siege.pod(f"{busy.host}/shop/web:1.5", DENIED, name="busy-1")
        cluster = siege.cluster(
            f"{here.registry.host}/shop/web:1.5", siege.secret(here.registry.host), more=(more,)
        )
        permits = Permits({here.registry.host: here.permit, busy.host: siege.permit(busy.host, ca_file)})
        async with besieged(permits, cluster) as under:
            look = await under.look()
        here.check(look)
        assert look.claims["manifest-exists"] == "no"


# --- 22 ---------------------------------------------------------------------------------------------------------------

VAULT = {**SHOP, "shop/vault": Repository({"1.5": WEB}, readers=frozenset({"root"}))}
ALIKE = [name for name, family in FAMILIES.items() if family.scheme == "bearer"]


@pytest.mark.attack(22, "404 for private", "401 for missing")
@pytest.mark.parametrize("message", [DENIED, NOT_FOUND], ids=["denied", "not-found"])
@pytest.mark.parametrize("family", ALIKE)
async def test_private_and_missing_stay_open_where_they_look_alike(
    opened: Opened, family: str, message: str
) -> None:
    """Case 22: a good login that gets the same for somebody else's repository and for none proves neither."""
    async with opened(FAMILIES[family], VAULT) as here:
        private = await here.look("shop/vault:1.5", message)
        missing = await here.look("shop/missing:1.5", message)
        assert private.claims == missing.claims
        assert not {"repository-exists", "manifest-exists"} & {*private.claims}
        assert private.claims["credential-accepted"] == "yes"


@pytest.mark.attack(22, "404 for private", "401 for missing")
@pytest.mark.parametrize("family", ALIKE)
async def test_private_and_missing_stay_open_for_nobody(opened: Opened, family: str) -> None:
    """Case 22: without a credential a 401, a 403 or a 404 says nothing of what is behind it."""
    async with opened(FAMILIES[family], VAULT) as here:
        private = await here.look("shop/vault:1.5", DENIED, key="other.example")
        missing = await here.look("shop/missing:1.5", DENIED, key="other.example")
        assert private.claims == missing.claims
        assert not {"repository-exists", "manifest-exists"} & {*private.claims}


@pytest.mark.attack(22, "proven")
async def test_missing_is_proven_where_the_registry_tells_it_apart(opened: Opened) -> None:
    """Case 22: to a login that may read, a registry that refuses what is private says that nothing is there."""
    async with opened(ECR, VAULT) as here:
        private = await here.look("shop/vault:1.5", DENIED)
        missing = await here.look("shop/missing:1.5", DENIED)
        assert "repository-exists" not in private.claims
        assert missing.claims["repository-exists"] == "no"


# --- 23 ---------------------------------------------------------------------------------------------------------------

KIND = "kubernetes.io/dockerconfigjson"


def _content(auths: Any) -> str:
    return base64.b64encode(json.dumps(auths).encode() if not isinstance(auths, bytes) else auths).decode()


def _login(user: str = USER, password: str = PASSWORD) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _many(host: str) -> dict[str, Any]:
    """A secret of 1 MiB: every entry is for this registry, with another password."""
    logins = {f"user{n}@{host}": {"auth": _login(f"{USER}-{n}", PASSWORD)} for n in range(8_000)}
    return {"auths": logins}


SECRETS: dict[str, Callable[[str], dict[str, Any]]] = {
    "of another type": lambda host: {"type": "Opaque", "auths": {"auths": {host: {"auth": _login()}}}},
    "of a type that is a number": lambda host: {"type": 7, "auths": {"auths": {host: {"auth": _login()}}}},
    "without its key": lambda _: {"data": {"config.json": _content({"auths": {}})}},
    "without data": lambda _: {"data": None},
    "not base64": lambda _: {"data": {".dockerconfigjson": f"{PASSWORD}!"}},
    "not JSON": lambda _: {"auths": PASSWORD.encode()},
    "a list": lambda _: {"auths": [USER, PASSWORD]},
    "without auths": lambda _: {"auths": {USER: PASSWORD}},
    "with empty auths": lambda _: {"auths": {"auths": {}}},
    "with auths that are a list": lambda _: {"auths": {"auths": [PASSWORD]}},
    "with an entry that is a text": lambda host: {"auths": {"auths": {host: PASSWORD}}},
    "with a password that is a number": lambda host: {"auths": {"auths": {host: {"username": USER, "password": 7}}}},
    "with a login that is not base64": lambda host: {"auths": {"auths": {host: {"auth": f"{PASSWORD}*"}}}},
    "with a login without a colon": lambda host: {"auths": {"auths": {host: {"auth": _content(PASSWORD.encode())}}}},
    "with a login that is no text": lambda host: {"auths": {"auths": {host: {"auth": _content(b"\xff\xfe:\xff")}}}},
    "without a user name": lambda host: {"auths": {"auths": {host: {"auth": _login("")}}}},
    "deep": lambda _: {"auths": b'{"auths":' * 50_000 + b"1" + b"}" * 50_000},
}  # fmt: skip


@asynccontextmanager
async def _live(here: Field, made: Mapping[str, Any]) -> AsyncIterator[Look]:
    """One look at a real cluster's API, whose pod names this secret."""
    image = f"{here.registry.host}/shop/web:1.5"
    secret = {"type": KIND, **made}
    if "auths" in secret:
        secret["data"] = {".dockerconfigjson": _content(secret.pop("auths"))}
    state = objects.waiting("ErrImagePull", DENIED.format(image))
    spec = {"containers": [{"name": "app", "image": image}], "imagePullSecrets": [{"name": "regcred"}]}
    held = [objects.pod(state=state, spec=spec), objects.named("Secret", "regcred", **secret)]
    async with FakeApiServer(held) as server:
        login = TokenLogin(server.url, [], name="test", namespace="shop")
        async with ApiClient(login, Pace(sleep=at_once)) as client:
            reader = ApiReader(client)
            permits = Permits({here.registry.host: here.permit})
            async with besieged(permits, reader, names=here.names, lender=SecretLender(client)) as under:
                yield await under.look()
            await reader.close()


@pytest.mark.attack(23, "wrong type", "invalid base64", "empty auths", "named")
@pytest.mark.parametrize("flaw", SECRETS)
async def test_odd_secret_crashes_nothing_and_leaks_nothing(opened: Opened, flaw: str) -> None:
    """Case 23: nothing of it is sent or shown, the diagnosis ends, and what is wrong is told."""
    async with opened(HTPASSWD) as here:
        async with _live(here, SECRETS[flaw](here.registry.host)) as look:
            here.check(look)
        assert not here.was_told
        assert not any(each.authorization for each in here.registry.requests)
        assert "credential-accepted" not in look.claims
        assert look.report.diagnoses
        assert "regcred" in look.text


@pytest.mark.attack(23, "colon in the password")
@pytest.mark.parametrize(
    ("user", "password"),
    [
        (USER, f"{PASSWORD}:with:colons"),
        (USER, f"{PASSWORD} mit Umläuten"),
        (USER, ""),
        (USER, f"{PASSWORD}\n"),
    ],
)
async def test_odd_password_is_sent_as_it_stands(opened: Opened, user: str, password: str) -> None:
    """Case 23: to its own registry, byte for byte."""
    async with opened(HTPASSWD, users={user: password}) as here:
        auths = {"auths": {here.registry.host: {"auth": _login(user, password)}}}
        async with _live(here, {"auths": auths}) as look:
            here.check(look)
        assert any(each.authorization == f"Basic {_login(user, password)}" for each in here.registry.requests)
        assert look.claims["credential-accepted"] == "yes"


@pytest.mark.attack(23, "1 MiB")
async def test_secret_of_a_mebibyte_is_tried_in_part(opened: Opened) -> None:
    """Case 23: thousands of credentials for one registry are not all tried, and that is no proof against those that were not."""
    async with opened(HTPASSWD) as here:
        async with _live(here, {"auths": _many(here.registry.host)}) as look:
            here.check(look)
        assert here.was_told
        assert len(here.registry.requests) <= 40
        assert "credential-accepted" not in look.claims
        assert "repository-permitted" not in look.claims
