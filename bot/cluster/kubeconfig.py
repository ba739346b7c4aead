"""Reads kubeconfig files the way kubectl does: a list of files in -> the entries of one context out.

The official client lets the last file of ``KUBECONFIG`` win and resolves a user's paths against the cluster's
file; kubectl lets the first win and resolves each entry against its own file, so the merging is done here.
https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from bot.errors import ClusterUnreadable, UsageError


class _Entry(msgspec.Struct, gc=False):
    name: str = ""
    cluster: dict[str, Any] | None = None
    user: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


class _File(msgspec.Struct, gc=False, rename="kebab"):
    current_context: str | None = None
    clusters: list[_Entry] | None = None
    users: list[_Entry] | None = None
    contexts: list[_Entry] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """A context as ``kubectl config get-contexts`` lists it."""

    name: str
    namespace: str = "default"
    current: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Where one context leads, its paths made absolute. Holds credentials: never print it."""

    context: str
    namespace: str
    cluster: Mapping[str, Any] = field(repr=False)
    user: Mapping[str, Any] = field(repr=False)


def locate(flag: str | None, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The files kubectl would read: ``--kubeconfig``, else those of ``KUBECONFIG``, else ``~/.kube/config``.

    Files that do not exist are left out, as kubectl does; only a missing ``--kubeconfig`` is an error.

    Raises:
        UsageError: the file given as flag does not exist.
    """
    if flag:
        path = Path(flag).expanduser()
        if not path.is_file():
            raise UsageError(
                f"there is no kubeconfig at {flag}", "check --kubeconfig, or kubeconfig in the settings"
            )
        return (path.absolute(),)
    listed = [Path(part).expanduser() for part in environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    if not listed and environ.get("HOME"):
        listed = [Path(environ["HOME"]) / ".kube" / "config"]
    return tuple(path.absolute() for path in listed if path.is_file())


def contexts(paths: tuple[Path, ...]) -> tuple[Context, ...]:
    """Every context of the files, in their order.

    Raises:
        ClusterUnreadable: a file that is no kubeconfig.
    """
    merged = _merge(paths)
    return tuple(
        Context(name, (entry or {}).get("namespace") or "default", name == merged.current)
        for name, entry in merged.contexts.items()
    )


def choose(paths: tuple[Path, ...], context: str | None) -> Choice:
    """The entries that one context names; the current context when none is asked for.

    Raises:
        UsageError: no context of that name, or none at all.
        ClusterUnreadable: a file that is no kubeconfig, or a context that leads nowhere.
    """
    merged = _merge(paths)
    name = context or merged.current
    if not name:
        raise UsageError(
            "the kubeconfig has no current context", f"choose one with --context: {_listed(merged)}"
        )
    if name not in merged.contexts:
        raise UsageError(f"there is no context {name!r}", f"the kubeconfig has {_listed(merged)}")
    chosen = merged.contexts[name]
    cluster = merged.clusters.get(chosen.get("cluster") or "")
    if not cluster or not cluster.get("server"):
        raise ClusterUnreadable(
            f"context {name!r} names no cluster with a server", "mend its cluster entry in the kubeconfig"
        )
    user_name = chosen.get("user") or ""
    if user_name and user_name not in merged.users:
        raise ClusterUnreadable(
            f"context {name!r} names a user that the kubeconfig does not have", "mend the context's user"
        )
    return Choice(name, chosen.get("namespace") or "default", cluster, merged.users.get(user_name) or {})


@dataclass(slots=True)
class _Merged:
    current: str = ""
    clusters: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    contexts: dict[str, dict[str, Any]] = field(default_factory=dict)


def _merge(paths: tuple[Path, ...]) -> _Merged:
    merged = _Merged()
    for path in paths:
        read = _read(path)
        merged.current = merged.current or read.current_context or ""
        for entry in read.clusters or ():
            absolute = _absolute(entry.cluster or {}, ("certificate-authority",), path.parent)
            merged.clusters.setdefault(entry.name, absolute)
        for entry in read.users or ():
            merged.users.setdefault(entry.name, _absolute_user(entry.user or {}, path.parent))
        for entry in read.contexts or ():
            merged.contexts.setdefault(entry.name, entry.context or {})
    return merged


def _read(path: Path) -> _File:
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise ClusterUnreadable(
            f"cannot read the kubeconfig {path}: {problem.strerror}", "check its permissions"
        ) from None
    try:
        return msgspec.yaml.decode(raw, type=_File | None) or _File()
    # Neither error is quoted: a parser shows the line it stumbled over, which may be a token.
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ClusterUnreadable(
            f"{path} is not a kubeconfig", "it must be YAML with clusters, users and contexts"
        ) from None


def _absolute(entry: dict[str, Any], keys: tuple[str, ...], folder: Path) -> dict[str, Any]:
    return entry | {key: str(folder / entry[key]) for key in keys if entry.get(key)}


def _absolute_user(user: dict[str, Any], folder: Path) -> dict[str, Any]:
    user = _absolute(user, ("client-certificate", "client-key", "tokenFile"), folder)
    plugin = user.get("exec")
    # A bare name is looked up in PATH, anything with a slash belongs to the file's folder, as in client-go.
    if isinstance(plugin, dict) and os.sep in str(plugin.get("command") or ""):
        user["exec"] = plugin | {"command": str(folder / plugin["command"])}
    return user


def _listed(merged: _Merged) -> str:
    return ", ".join(list(merged.contexts)[:10]) or "no contexts"
