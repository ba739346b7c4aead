"""Runs a kubeconfig's exec plugin the way kubectl does: its ``exec`` entry in -> a credential out.

The official client's own runner hides the plugin's prompts, knows no ``provideClusterInfo`` and turns every
failure into an anonymous call. Contract: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any

import msgspec

from bot.cluster import reduce
from bot.errors import ClusterUnreadable


# A plugin that may not prompt has no reason to take longer; one that may waits for a person.
_PATIENCE_SECONDS = 60.0
_MOST_OUTPUT = 1 << 20
_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")


@dataclass(frozen=True, slots=True)
class Credential:
    """What a plugin answered."""

    token: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """Which plugins may run.

    Attributes:
        commands: None for any, as kubectl does; a tuple for only these (name or path); empty for none.
        interactive: a person sits at a terminal, so the plugin may prompt.
    """

    commands: tuple[str, ...] | None = None
    interactive: bool = False


class _Status(msgspec.Struct, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: str | None = None


class _Answer(msgspec.Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""
    status: _Status | None = None


async def ask(
    plugin: Mapping[str, Any], cluster: Mapping[str, Any], environ: Mapping[str, str], permission: Permission
) -> Credential:
    """Run the plugin and take its credential.

    Raises:
        ClusterUnreadable: it may not run, cannot be found, fails, or answers something else. Its output is
            never quoted.
    """
    command = str(plugin.get("command") or "")
    _refuse(command, plugin, permission)
    arguments = [str(each) for each in plugin.get("args") or ()]
    surroundings = dict(environ)
    surroundings.update({str(each["name"]): str(each["value"]) for each in plugin.get("env") or ()})
    surroundings["KUBERNETES_EXEC_INFO"] = _told(plugin, cluster, permission)
    try:
        running = await asyncio.create_subprocess_exec(
            command,
            *arguments,
            env=surroundings,
            stdin=None if _may_prompt(plugin, permission) else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=None,  # as kubectl: the plugin's prompts and complaints are for the person
            limit=_MOST_OUTPUT,
        )
    except OSError as problem:
        raise ClusterUnreadable(
            f"the credential plugin {command!r} cannot be run: {problem.strerror}",
            str(plugin.get("installHint") or "install it, or choose another context").strip(),
        ) from None
    patience = None if _may_prompt(plugin, permission) else _PATIENCE_SECONDS
    return _credential(command, plugin, await _output(command, running, patience))


def _refuse(command: str, plugin: Mapping[str, Any], permission: Permission) -> None:
    allowed = permission.commands
    if allowed is not None and command not in allowed and PurePath(command).name not in allowed:
        raise ClusterUnreadable(
            f"this context runs the credential plugin {command!r}, which is not allowed here",
            f"clusters.NAME.allow_exec: [{PurePath(command).name}] in the settings, and no --no-exec; "
            "or a context with a token or a client certificate",
        )
    if plugin.get("apiVersion") not in _VERSIONS:
        raise ClusterUnreadable(
            f"the credential plugin {command!r} is set up for an API version that is no longer spoken",
            f"set its apiVersion to {_VERSIONS[0]}",
        )
    if plugin.get("interactiveMode") == "Always" and not permission.interactive:
        raise ClusterUnreadable(
            f"the credential plugin {command!r} needs a terminal to prompt on", "log in on a terminal first"
        )


def _may_prompt(plugin: Mapping[str, Any], permission: Permission) -> bool:
    return permission.interactive and plugin.get("interactiveMode") != "Never"


def _told(plugin: Mapping[str, Any], cluster: Mapping[str, Any], permission: Permission) -> str:
    spec: dict[str, Any] = {"interactive": _may_prompt(plugin, permission)}
    if plugin.get("provideClusterInfo"):
        keys = (
            "server",
            "tls-server-name",
            "insecure-skip-tls-verify",
            "certificate-authority-data",
            "proxy-url",
        )
        spec["cluster"] = {key: cluster[key] for key in keys if cluster.get(key)}
        for extension in cluster.get("extensions") or ():
            if extension.get("name") == "client.authentication.k8s.io/exec":
                spec["cluster"]["config"] = extension.get("extension")
    told = {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": spec}
    return msgspec.json.encode(told).decode()


async def _output(command: str, running: asyncio.subprocess.Process, patience: float | None) -> bytes:
    try:
        output, _ = await asyncio.wait_for(running.communicate(), patience)
    except TimeoutError:
        raise ClusterUnreadable(
            f"the credential plugin {command!r} gave no answer within {patience:.0f} s",
            "run it by hand to see why",
        ) from None
    finally:
        if running.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                running.kill()
            await running.wait()
    if running.returncode:
        raise ClusterUnreadable(
            f"the credential plugin {command!r} ended with exit code {running.returncode}",
            "log in again, then retry",
        )
    return output


def _credential(command: str, plugin: Mapping[str, Any], output: bytes) -> Credential:
    try:
        answer = msgspec.json.decode(output, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = _Answer()
    status = answer.status
    pair = bool(status and status.client_certificate_data and status.client_key_data)
    if status is None or not (status.token or pair) or answer.api_version != plugin.get("apiVersion"):
        raise ClusterUnreadable(
            f"the credential plugin {command!r} answered no credential of {plugin.get('apiVersion')}",
            "run it by hand to see what it prints",
        )
    return Credential(
        token=status.token or "",
        certificate=(status.client_certificate_data or "") if pair else "",
        key=(status.client_key_data or "") if pair else "",
        expires=reduce.moment(status.expiration_timestamp),
    )
