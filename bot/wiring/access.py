"""The ways in: options and a kubeconfig in -> :class:`Access` to one cluster or dump out, and who is logged in there."""

import os
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cluster import kubeconfig
from bot.errors import ClusterUnreadable


if TYPE_CHECKING:
    from bot.cluster.login import Login

# What an in-cluster pod's namespace is read from
# (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/).
_OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@dataclass(frozen=True, slots=True)
class Access:
    """How one cluster or dump is reached.

    Attributes:
        name: what it is called in answers; "" for the context's own name.
        dump: read this instead of a cluster.
        at: the dump's "now"; None for its newest time.
        may_exec: which credential programs the kubeconfig may start; None for any, as kubectl does.
        vantage: where we stand: ``inside``, ``outside`` or ``unknown``.
        include: patterns of namespaces; nothing means all.
        exclude: patterns of namespaces to leave out.
    """

    name: str = ""
    context: str = ""
    kubeconfig: Path | None = None
    in_cluster: bool = False
    dump: Path | None = None
    at: datetime | None = None
    may_exec: tuple[str, ...] | None = None
    vantage: str = "unknown"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def contexts(file: Path | None) -> tuple[str, ...]:
    """The kubeconfig's contexts, the current one first."""
    known = kubeconfig.contexts(_files(file))
    return tuple(each.name for each in sorted(known, key=lambda each: (not each.current, each.name)))


def default_namespace(access: Access) -> str:
    """The namespace that kubectl would use."""
    files = () if access.in_cluster else _files(access.kubeconfig)
    if files:
        return kubeconfig.choose(files, access.context or None).namespace
    return _OWN_NAMESPACE.read_text(encoding="utf-8").strip() if _OWN_NAMESPACE.is_file() else "default"


def login_to(access: Access) -> "Login":
    """Where a live cluster's API server is, and who we are there.

    Raises:
        UsageError: no such context.
        ClusterUnreadable: there is no way in.
    """
    from bot.cluster import login, plugin  # noqa: PLC0415  # only a live cluster is logged in to

    if access.in_cluster and not os.environ.get("KUBERNETES_SERVICE_HOST"):
        raise ClusterUnreadable(
            "in_cluster is for pods, and this is none", "run it in the pod, or name a context in its place"
        )
    # A daemon may have none, or a closed one.
    interactive = sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
    permission = plugin.Permission(access.may_exec, interactive=interactive)
    files = () if access.in_cluster else _files(access.kubeconfig)
    return login.find(files, access.context or None, os.environ, permission)


def _files(file: Path | None) -> tuple[Path, ...]:
    return kubeconfig.locate(str(file) if file else None, os.environ)
