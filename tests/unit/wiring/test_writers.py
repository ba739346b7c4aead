"""Who changes a cluster is found, and is somebody else at the same server."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.store import Store
from bot.errors import ClusterUnreadable, UsageError
from bot.ports.rehearsing import Accepted, Live
from bot.wiring.access import Access
from bot.wiring.writers import WriterAccess, login_of, writing
from tests.fakes import writes
from tests.fakes.faulty_cluster import FaultyCluster


def _kubeconfig(file: Path, server: str = "http://127.0.0.1:1", **contexts: str) -> Path:
    """Contexts of one server, or of the one they name, each with a token of its own name."""
    told: dict[str, Any] = {"current-context": next(iter(contexts), "reader")}
    names = contexts or {"reader": server, "writer": server}
    told["clusters"] = [{"name": name, "cluster": {"server": url or server}} for name, url in names.items()]
    told["users"] = [{"name": name, "user": {"token": f"{name}-token"}} for name in names]
    told["contexts"] = [{"name": name, "context": {"cluster": name, "user": name}} for name in names]
    file.write_text(json.dumps(told))
    return file


@pytest.mark.parametrize("by_file", [False, True])
async def test_writing_reads_and_writes_as_two(tmp_path: Path, by_file: bool) -> None:
    """By a context of its own, or by a token at the server of the reader's."""
    store = Store([*writes.namespaces("shop"), writes.deployment()])
    tokens = {"reader-token": ADMIN, "writer-token": ADMIN}
    token = tmp_path / "token"
    token.write_text("writer-token")
    writer = WriterAccess(token_file=token) if by_file else WriterAccess(context="writer")
    async with FaultyCluster(store, tokens) as cluster:
        access = Access(kubeconfig=_kubeconfig(tmp_path / "config", cluster.url))
        async with writing(access, writer) as change:
            live = await change.read(writes.WEB)
            assert isinstance(live, Live)
            for attempt in (change.rehearse, change.change):
                assert isinstance(await attempt(writes.set_image(), live, "plan-1"), Accepted)
        told = [(each.method, each.headers["Authorization"]) for each in cluster.heard]
    assert told == [("GET", "Bearer reader-token"), *[("PATCH", "Bearer writer-token")] * 2]


def test_login_of_takes_the_current_context_of_another_file(tmp_path: Path) -> None:
    """The reader's context need not be in it."""
    access = Access(kubeconfig=_kubeconfig(tmp_path / "one"), context="reader")
    other = _kubeconfig(tmp_path / "two", elsewhere="http://127.0.0.1:1/")
    assert login_of(access, WriterAccess(kubeconfig=other)).name == "elsewhere"


def test_login_of_goes_to_no_other_server(tmp_path: Path) -> None:
    """A Secret would be copied into whatever cluster is there."""
    file = _kubeconfig(tmp_path / "config", reader="", writer="http://127.0.0.1:2")
    with pytest.raises(ClusterUnreadable, match="leads to another server"):
        login_of(Access(kubeconfig=file), WriterAccess(context="writer"))


def test_login_of_wants_somebody_named(tmp_path: Path) -> None:
    """Nobody changes a cluster by accident, least of all who looks at it."""
    access = Access(kubeconfig=_kubeconfig(tmp_path / "config"))
    with pytest.raises(ClusterUnreadable, match="nobody is named"):
        login_of(access, WriterAccess())
    with pytest.raises(UsageError, match="no context"):
        login_of(access, WriterAccess(context="zzz"))


def test_writer_access_takes_its_place_beside_a_pod_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pod the token comes to the pod's own server."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    way = login_of(Access(in_cluster=True), WriterAccess(token_file=tmp_path / "token"))
    assert way.name == "in-cluster"
