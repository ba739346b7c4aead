"""Who changes a cluster: how it is looked at and whose credentials write there in -> what sees, rehearses and changes it out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.errors import ClusterUnreadable
from bot.ports.rehearsing import Rehearse
from bot.ports.writing import Change
from bot.wiring.access import Access, login_to


if TYPE_CHECKING:
    from bot.cluster.login import Login

# An API server gives a request up after 60 seconds, and says so: an answer that is waited for is worth more than none.
# https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ (--request-timeout)
_PATIENCE = 65.0


@dataclass(frozen=True, slots=True)
class WriterAccess:
    """Whose credentials change a cluster, when not those that look at it.

    Attributes:
        context: another context than the cluster's own.
        kubeconfig: another kubeconfig than the cluster's own.
        token_file: a file with a token, used instead of the credentials there; read again every minute.
    """

    context: str = ""
    kubeconfig: Path | None = None
    token_file: Path | None = None


class Writer(Rehearse, Change, Protocol):
    """Sees a cluster whole, rehearses on it, and changes it."""


@asynccontextmanager
async def writing(access: Access, writer: WriterAccess, patience: float = _PATIENCE) -> AsyncIterator[Writer]:
    """What changes one cluster; nobody is asked anything before the first use.

    Args:
        access: how it is looked at.
        writer: who changes it.
        patience: seconds that the answer to a write is waited for.

    Raises:
        UsageError: no such context.
        ClusterUnreadable: there is no way in, or the two lead to different servers.
    """
    from bot.cluster.client import ApiClient, Pace  # noqa: PLC0415  # only a live cluster is changed
    from bot.cluster.writing.writer import ApiWriter  # noqa: PLC0415  # likewise

    logins = login_to(access), login_of(access, writer)
    async with AsyncExitStack() as held:
        reads = await held.enter_async_context(ApiClient(logins[0]))
        writes = await held.enter_async_context(ApiClient(logins[1], Pace(timeout=patience)))
        yield ApiWriter(reads, writes)


def login_of(access: Access, writer: WriterAccess) -> "Login":
    """The writer's way to the server that is looked at.

    Raises:
        UsageError, ClusterUnreadable: as ``writing`` does.
    """
    from bot.cluster import login  # noqa: PLC0415  # only a live cluster is changed

    if writer == WriterAccess():
        raise ClusterUnreadable(
            "nobody is named who may change it", "name a context, kubeconfig or token_file"
        )
    way = login_to(_place(access, writer))
    _require_one_server(login_to(access), way)
    return login.TokenFileLogin(way, writer.token_file.absolute()) if writer.token_file else way


def _place(access: Access, writer: WriterAccess) -> Access:
    """Where the writer's credentials, or at least its server, stand."""
    if writer.kubeconfig:
        return replace(access, kubeconfig=writer.kubeconfig, context=writer.context, in_cluster=False)
    if writer.context:
        return replace(access, context=writer.context, in_cluster=False)
    return access


def _require_one_server(reads: "Login", writes: "Login") -> None:
    """A copy would go to whatever cluster the writer's context leads to: nothing there would tell that it is another."""
    from bot.cluster.login import ContextLogin  # noqa: PLC0415  # only a live cluster is changed

    if not isinstance(reads, ContextLogin) or not isinstance(writes, ContextLogin):
        return
    one, other = (str(each.choice.cluster.get("server")).rstrip("/") for each in (reads, writes))
    if one != other:
        raise ClusterUnreadable(
            f"the writer's context {writes.name!r} leads to another server than {reads.name!r}",
            "give it a context with the same server, or a token_file",
        )
