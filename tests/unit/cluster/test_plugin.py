"""Exec plugins run as kubectl runs them, and their failures are told without their output."""

import json
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.cluster import plugin
from bot.errors import ClusterUnreadable


V1 = "client.authentication.k8s.io/v1"


def _script(tmp_path: Path, body: str) -> str:
    path = tmp_path / "login"
    path.write_text(f"#!{sys.executable}\nimport json, os, sys\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def _says(tmp_path: Path, **status: Any) -> str:
    answer = json.dumps({"apiVersion": V1, "kind": "ExecCredential", "status": status})
    return _script(tmp_path, f"print({answer!r})")


async def _ask(command: str, permission: plugin.Permission | None = None, **entry: Any) -> plugin.Credential:
    entry = {"command": command, "apiVersion": V1, "interactiveMode": "Never"} | entry
    cluster = {"server": "https://api.example", "certificate-authority-data": "Q0E="}
    return await plugin.ask(entry, cluster, {"FROM": "outside"}, permission or plugin.Permission())


async def test_ask_takes_a_token(tmp_path: Path) -> None:
    """A token with its end."""
    command = _says(tmp_path, token="secret", expirationTimestamp="2026-11-22T09:00:00Z")
    credential = await _ask(command)
    assert (credential.token, credential.expires) == ("secret", datetime(2026, 11, 22, 9, tzinfo=UTC))
    assert "secret" not in repr(credential)


async def test_ask_takes_a_client_certificate(tmp_path: Path) -> None:
    """A certificate with its key, and no token."""
    credential = await _ask(_says(tmp_path, clientCertificateData="CERT", clientKeyData="KEY"))
    assert (credential.certificate, credential.key, credential.token) == ("CERT", "KEY", "")


async def test_ask_tells_the_plugin_what_kubectl_would(tmp_path: Path) -> None:
    """Arguments, its own environment over ours, and the cluster where it is wanted."""
    body = (
        "told = [sys.argv[1], os.environ['FROM'], os.environ['MINE'], json.loads(os.environ['KUBERNETES_EXEC_INFO'])]\n"
        f"print(json.dumps({{'apiVersion': '{V1}', 'status': {{'token': json.dumps(told)}}}}))"
    )
    entry = {"args": ["get-token"], "env": [{"name": "MINE", "value": "1"}], "provideClusterInfo": True}
    argument, outside, mine, info = json.loads((await _ask(_script(tmp_path, body), **entry)).token)
    assert (argument, outside, mine) == ("get-token", "outside", "1")
    assert (info["apiVersion"], info["kind"], info["spec"]["interactive"]) == (V1, "ExecCredential", False)
    assert info["spec"]["cluster"] == {"server": "https://api.example", "certificate-authority-data": "Q0E="}


@pytest.mark.attack(24, "exec plugin")
async def test_ask_names_a_plugin_that_fails(tmp_path: Path) -> None:
    """The exit code is told, the output is not."""
    with pytest.raises(ClusterUnreadable, match="exit code 3") as caught:
        await _ask(_script(tmp_path, "print('canary'); sys.exit(3)"))
    assert "canary" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("answer", ["canary", "{}", '{"apiVersion": "v0", "status": {"token": "canary"}}'])
async def test_ask_refuses_other_answers(tmp_path: Path, answer: str) -> None:
    """Neither a token nor a certificate of the version that was asked for."""
    with pytest.raises(ClusterUnreadable, match="answered no credential") as caught:
        await _ask(_script(tmp_path, f"print({answer!r})"))
    assert "canary" not in str(caught.value) + caught.value.hint


async def test_ask_passes_on_the_install_hint(tmp_path: Path) -> None:
    """A plugin that is not installed says how to get it."""
    with pytest.raises(ClusterUnreadable, match="cannot be run") as caught:
        await _ask(str(tmp_path / "none"), installHint="install it from there")
    assert caught.value.hint == "install it from there"


async def test_ask_runs_only_what_is_allowed(tmp_path: Path) -> None:
    """Nothing at all with --no-exec; on an allow-list the bare name is enough."""
    command = _says(tmp_path, token="t")
    with pytest.raises(ClusterUnreadable, match="login") as refused:
        await _ask(command, plugin.Permission(()))
    assert "allow_exec: [login]" in refused.value.hint
    assert (await _ask(command, plugin.Permission(("login",)))).token == "t"


async def test_ask_refuses_versions_that_are_gone(tmp_path: Path) -> None:
    """The version v1alpha1 is gone from kubectl, too."""
    with pytest.raises(ClusterUnreadable, match="API version"):
        await _ask(_says(tmp_path, token="t"), apiVersion="client.authentication.k8s.io/v1alpha1")


async def test_ask_does_not_prompt_where_nobody_sits(tmp_path: Path) -> None:
    """A plugin that always prompts cannot run in the background."""
    with pytest.raises(ClusterUnreadable, match="terminal"):
        await _ask(_says(tmp_path, token="t"), interactiveMode="Always")
