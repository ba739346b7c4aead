"""The ways in are found."""

from pathlib import Path

import pytest

from bot import wiring
from bot.errors import BotError, ClusterUnreadable
from bot.wiring import Access, access


def test_wiring_knows_contexts_and_namespaces(tmp_path: Path) -> None:
    """The current context first; its namespace is the default one."""
    file = tmp_path / "config"
    file.write_text(
        "current-context: b\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\nusers: [{name: u, user: {}}]\n"
        "contexts: [{name: a, context: {cluster: c, user: u}}, {name: b, context: {cluster: c, user: u, namespace: shop}}]\n"
    )
    assert wiring.contexts(file) == ("b", "a")
    assert wiring.default_namespace(Access(kubeconfig=file)) == "shop"
    assert wiring.default_namespace(Access(kubeconfig=file, context="a")) == "default"
    with pytest.raises(BotError):
        wiring.default_namespace(Access(kubeconfig=file, context="zzz"))


def test_login_says_of_a_machine_that_it_is_no_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags of the terminal would not help whoever tries a pod's settings on their own machine."""
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ClusterUnreadable, match="in_cluster is for pods") as caught:
        access.login_to(Access(in_cluster=True))
    assert "--" not in caught.value.hint
