"""The wiring finds what it composes."""

from pathlib import Path

import pytest

from bot import wiring
from bot.demo import story
from bot.errors import BotError, ClusterUnreadable
from bot.facts.objects import Unread
from bot.wiring import Access


def test_wiring_finds_the_shipped_playbooks() -> None:
    """Beside the checkout here, inside the package when installed."""
    assert (wiring.shipped_playbooks() / "causes").is_dir()
    assert (wiring.shipped_playbooks() / "symptoms").is_dir()


def test_wiring_reads_all_knowledge() -> None:
    """Causes with their words, signatures, registries."""
    known = wiring.knowledge()
    assert known.catalog.causes
    assert known.registries.retired


async def test_wiring_opens_a_dump() -> None:
    """A dump becomes a world under the name it was given."""
    async with wiring.opened(Access(name="mine", dump=story.RECORDINGS), wiring.knowledge()) as world:
        assert world.name == "mine"
        assert not isinstance(await world.reader.nodes(), Unread)


async def test_wiring_tells_what_is_odd_about_a_dump(tmp_path: Path) -> None:
    """Live Secret values in somebody's dump are a warning."""
    (tmp_path / "s.json").write_text(
        '{"kind": "Secret", "apiVersion": "v1", "type": "kubernetes.io/dockercfg", "data": {".dockercfg": "e30="}, '
        '"metadata": {"name": "a", "namespace": "b", "creationTimestamp": "2026-01-01T00:00:00Z"}}'
    )
    told: list[str] = []
    async with wiring.opened(Access(dump=tmp_path), wiring.knowledge(), told.append):
        pass
    assert any("Secret" in line for line in told)


async def test_wiring_says_when_there_is_no_way_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a kubeconfig nor a pod."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ClusterUnreadable):
        async with wiring.opened(Access(), wiring.knowledge()):
            pass


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


async def test_wiring_writes_a_dump_of_a_dump(tmp_path: Path) -> None:
    """What is written can be opened."""
    written = await wiring.write_dump(Access(dump=story.RECORDINGS), ("shop",), tmp_path / "copy")
    assert written.objects
    async with wiring.opened(Access(dump=tmp_path / "copy"), wiring.knowledge()) as world:
        assert await world.reader.pods("shop")
