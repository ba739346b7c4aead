"""Ways in: what a kubeconfig's user entry or a pod's account turns into."""

import base64
import json
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cluster import login, plugin
from bot.cluster.client import ApiClient, Pace
from bot.cluster.resources import Resource
from bot.cluster.sending import Request, Unheard
from bot.errors import ClusterUnreadable, UsageError
from tests.fakes import certificates, objects
from tests.fakes.api_server import FakeApiServer, Identity
from tests.fakes.live import at_once


NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def _login(tmp_path: Path, user: dict[str, Any], *, allow: bool = False, **cluster: Any) -> login.Login:
    path = tmp_path / "config"
    entry = {"server": "http://127.0.0.1:1"} | cluster
    config = {
        "current-context": "dev",
        "clusters": [{"name": "dev", "cluster": entry}],
        "users": [{"name": "dev", "user": user}],
        "contexts": [{"name": "dev", "context": {"cluster": "dev", "user": "dev"}}],
    }
    path.write_text(yaml.safe_dump(config))
    return login.find((path,), None, {"PATH": ""}, plugin.Permission(None if allow else ()))


async def _headers(way: login.Login) -> dict[str, str]:
    ready = await way(NOW)
    await ready.rest.close()
    return dict(ready.headers)


@pytest.mark.parametrize(
    ("user", "header"),
    [
        ({"token": "abc"}, "Bearer abc"),
        ({"username": "me", "password": "pw"}, "Basic " + base64.b64encode(b"me:pw").decode()),
        ({}, None),
    ],
)
async def test_context_login_sends_what_the_user_entry_says(
    tmp_path: Path, user: dict[str, Any], header: str | None
) -> None:
    """A token, a name with a password, or nothing at all."""
    assert (await _headers(_login(tmp_path, user))).get("Authorization") == header


async def test_context_login_reads_a_token_file_again(tmp_path: Path) -> None:
    """A token file rotates, so what was read is stale after a minute."""
    (tmp_path / "token").write_text("first")
    way = _login(tmp_path, {"tokenFile": "token"})
    ready = await way(NOW)
    await ready.rest.close()
    assert ready.stale_after == NOW + timedelta(minutes=1)
    assert "first" not in repr(ready)
    (tmp_path / "token").write_text("second")
    assert (await _headers(way))["Authorization"] == "Bearer second"


async def test_context_login_impersonates(tmp_path: Path) -> None:
    """The user entry may act as somebody else; groups cannot be sent and are refused, not dropped."""
    assert (await _headers(_login(tmp_path, {"token": "t", "as": "jane"})))["Impersonate-User"] == "jane"
    with pytest.raises(ClusterUnreadable, match="impersonates"):
        await _login(tmp_path, {"token": "t", "as": "jane", "as-groups": ["dev"]})(NOW)


async def test_context_login_names_a_forbidden_plugin(tmp_path: Path) -> None:
    """With --no-exec the plugin is named and not run."""
    user = {"exec": {"command": "aws", "apiVersion": "client.authentication.k8s.io/v1"}}
    with pytest.raises(ClusterUnreadable, match="'aws'"):
        await _login(tmp_path, user)(NOW)


@pytest.mark.parametrize(
    ("user", "cluster"),
    [
        ({"tokenFile": "missing"}, {}),
        ({"client-certificate": "missing"}, {"server": "https://x"}),
        ({}, {"server": "https://x", "certificate-authority-data": "bm90IGEgY2VydA=="}),
        ({}, {"server": "https://x", "certificate-authority-data": "!"}),
        ({}, {"proxy-url": "socks5://proxy:1080"}),
    ],
)
async def test_context_login_says_what_to_mend(
    tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any]
) -> None:
    """Files that are missing or no certificates, and proxies that are not spoken: one line and a hint."""
    with pytest.raises(ClusterUnreadable) as caught:
        await _login(tmp_path, user, **cluster)(NOW)
    assert caught.value.hint


async def test_account_login_reads_the_mounted_token(tmp_path: Path) -> None:
    """In a pod the token, the CA and the namespace are mounted, and the token rotates."""
    (tmp_path / "token").write_text("mounted")
    (tmp_path / "namespace").write_text("shop\n")
    (tmp_path / "ca.crt").write_text(certificates.AUTHORITY)
    environ = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    way = login.AccountLogin(environ, tmp_path)
    assert way.namespace == "shop"
    ready = await way(NOW)
    await ready.rest.close()
    assert (ready.server, ready.stale_after) == ("https://10.0.0.1:443", NOW + timedelta(minutes=1))
    assert ready.headers["Authorization"].endswith("mounted")


async def test_account_login_names_what_is_missing(tmp_path: Path) -> None:
    """A pod without a mounted token."""
    environ = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    way = login.AccountLogin(environ, tmp_path)
    assert way.namespace == "default"
    with pytest.raises(ClusterUnreadable, match="own account"):
        await way(NOW)


async def test_token_file_login_brings_its_own_credential_to_the_same_server(tmp_path: Path) -> None:
    """Nothing of the context's user goes along, and the file is read again a minute later."""
    user = {"token": "reader", "as": "somebody", "username": "me", "password": "pw"}
    way = login.TokenFileLogin(_login(tmp_path, user), tmp_path / "token")
    assert (way.name, way.namespace) == ("dev", "default")
    for token in ("writer", "renewed"):
        way.file.write_text(f"{token}\n")
        ready = await way(NOW)
        await ready.rest.close()
        assert (ready.server, dict(ready.headers)) == (
            "http://127.0.0.1:1",
            {"Authorization": f"Bearer {token}"},
        )
        assert ready.stale_after == NOW + timedelta(minutes=1)


async def test_token_file_login_takes_the_pod_s_server_and_authority(tmp_path: Path) -> None:
    """In a pod the reader's token stays where it is."""
    (tmp_path / "token").write_text("mounted")
    (tmp_path / "ca.crt").write_text(certificates.AUTHORITY)
    other = tmp_path / "writer"
    other.write_text("writer")
    environ = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    ready = await login.TokenFileLogin(login.AccountLogin(environ, tmp_path), other)(NOW)
    await ready.rest.close()
    assert ready.server == "https://10.0.0.1:443"
    assert ready.headers["Authorization"].endswith("writer")


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
async def test_token_file_login_never_goes_without_a_token(tmp_path: Path, content: bytes | None) -> None:
    """Nor with the reader's instead."""
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ClusterUnreadable, match="no token"):
        await login.TokenFileLogin(_login(tmp_path, {"token": "reader"}), file)(NOW)


def test_find_prefers_a_kubeconfig_and_falls_back_to_the_pod(tmp_path: Path) -> None:
    """Neither of them is one clear line."""
    assert _login(tmp_path, {}).name == "dev"
    inside = login.find((), None, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, plugin.Permission())
    assert inside.name == "in-cluster"
    with pytest.raises(ClusterUnreadable, match="no kubeconfig"):
        login.find((), None, {}, plugin.Permission())
    with pytest.raises(UsageError, match="no context"):
        login.find((tmp_path / "config",), "other", {}, plugin.Permission())


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


AUTHORITY = {"certificate-authority-data": _encoded(certificates.AUTHORITY)}
NAMED = AUTHORITY | {"tls-server-name": "api.internal"}
CERTIFICATE = {
    "client-certificate-data": _encoded(certificates.CLIENT),
    "client-key-data": _encoded(certificates.CLIENT_KEY),
}


def _tls(folder: Path) -> ssl.SSLContext:
    for name in ("AUTHORITY", "SERVER", "SERVER_KEY"):
        (folder / name).write_text(getattr(certificates, name))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "AUTHORITY"))
    context.load_cert_chain(folder / "SERVER", folder / "SERVER_KEY")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def _over_tls(folder: Path, user: dict[str, Any], **cluster: Any) -> FakeApiServer:
    async with FakeApiServer([objects.pod()], tls=_tls(folder)) as server:
        way = _login(folder, user, **({"server": server.url} | cluster), allow=True)
        async with ApiClient(way, Pace(sleep=at_once)) as client:
            await client.get(Resource("pods"))
    return server


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_write_goes_over_the_same_tls_as_a_look(
    tmp_path: Path, trusted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same certificate and to the same name; to a server that is not trusted nothing is sent."""
    # Whatever other tests have this process trust.
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    async with FakeApiServer([objects.pod()], tls=_tls(tmp_path)) as server:
        cluster = NAMED if trusted else {"tls-server-name": "api.internal"}
        way = _login(tmp_path, CERTIFICATE, server=server.url, **cluster)
        request = Request("DELETE", Resource("pods", "shop", "web-1").path, {}, "application/json", b"{}")
        async with ApiClient(way) as client:
            if trusted:
                assert (await client.send(request)).status == 200
                assert server.peers == ["client"]
                return
            with pytest.raises(Unheard, match="no secure connection") as unheard:
                await client.send(request)
        assert not unheard.value.sent
        assert server.log == []


async def test_context_login_shows_a_client_certificate_and_calls_the_server_by_its_name(
    tmp_path: Path,
) -> None:
    """Mutual TLS with a server whose certificate is made out to another name than its address."""
    server = await _over_tls(tmp_path, CERTIFICATE, **NAMED)
    assert server.peers == ["client"]


async def test_context_login_takes_a_certificate_from_a_plugin(tmp_path: Path) -> None:
    """An exec plugin may answer a certificate instead of a token."""
    status = {"clientCertificateData": certificates.CLIENT, "clientKeyData": certificates.CLIENT_KEY}
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    path = tmp_path / "plugin"
    path.write_text(f"#!{sys.executable}\nprint({json.dumps(answer)!r})\n")
    path.chmod(0o700)
    user = {"exec": {"command": "./plugin", "apiVersion": "client.authentication.k8s.io/v1"}}
    server = await _over_tls(tmp_path, user, **NAMED)
    assert server.peers == ["client"]


@pytest.mark.parametrize("cluster", [{}, AUTHORITY])
async def test_context_login_trusts_nobody_it_should_not(tmp_path: Path, cluster: dict[str, Any]) -> None:
    """An unknown authority and a wrong name end the matter, with what to check."""
    with pytest.raises(ClusterUnreadable, match="no secure connection") as caught:
        await _over_tls(tmp_path, CERTIFICATE, **cluster)
    assert "certificate-authority" in caught.value.hint


@pytest.mark.parametrize(
    ("server", "asked"),
    [
        ("http://127.0.0.1:1", False),
        ("http://localhost:1", False),
        ("http://[::1]:1", False),
        ("http://api.example", True),
    ],
)
async def test_context_login_leaves_the_environment_s_proxy_out_at_home(
    tmp_path: Path, server: str, *, asked: bool
) -> None:
    """No proxy leads to this machine, whatever HTTP_PROXY says; kubectl knows that, too."""
    ready = await _login(tmp_path, {}, server=server)(NOW)
    session = ready.rest._create_pool_manager()
    assert session.trust_env is asked
    await session.close()
    await ready.rest.close()


async def test_context_login_asks_its_plugin_again_when_refused(tmp_path: Path) -> None:
    """A token that the server no longer takes is fetched anew."""
    path = tmp_path / "plugin"
    path.write_text(
        f"#!{sys.executable}\nfrom pathlib import Path\nseen = Path({str(tmp_path / 'seen')!r})\n"
        "token = 'good' if seen.exists() else 'stale'\nseen.touch()\n"
        'print(\'{"apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "%s"}}\' % token)\n'
    )
    path.chmod(0o700)
    user = {"exec": {"command": "./plugin", "apiVersion": "client.authentication.k8s.io/v1"}}
    async with (
        FakeApiServer([objects.pod()], tokens={"good": Identity()}) as server,
        ApiClient(_login(tmp_path, user, server=server.url, allow=True)) as client,
    ):
        assert (await client.get(Resource("pods"))).body
    assert len(server.log) == 2
