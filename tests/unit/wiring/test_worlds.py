"""Dumps, transcripts, clusters and none become worlds."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import wiring
from bot.demo import story
from bot.errors import ClusterUnreadable, UsageError
from bot.facts.objects import Unread
from bot.facts.request import Request
from bot.settings import Settings
from bot.wiring import Access, Probing, Proof


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


async def test_wiring_tells_the_world_the_mirrors() -> None:
    """Of a dump, too."""
    said = Settings.model_validate(
        {"registries": {"mirrors": {"docker.io": "mirror.corp.example"}}}
    ).registries
    known = wiring.knowledge()
    async with (
        wiring.probing(Probing("off", {}, said), known) as probers,
        wiring.opened(Access(dump=story.RECORDINGS), known, probers=probers) as world,
    ):
        assert world.mirrors == {"docker.io": "mirror.corp.example"}


async def test_wiring_opens_a_transcript_as_it_is(tmp_path: Path) -> None:
    """It answers as the dump did that it was made of, and is neither proven again nor moved in time."""
    known, proof, place = wiring.knowledge(), Proof(), tmp_path / "transcript.json"
    async with wiring.opened(Access(name="mine", dump=story.RECORDINGS), known, proof=proof) as world:
        nodes = await world.reader.nodes()
    place.write_text(proof.written(Request()))
    async with wiring.opened(Access(dump=place), known) as world:
        assert (world.name, await world.reader.nodes()) == ("mine", nodes)
    for access, noting in ((Access(dump=place), Proof()), (Access(dump=place, at=datetime.now(UTC)), None)):
        with pytest.raises(UsageError, match="a transcript"):
            async with wiring.opened(access, known, proof=noting):
                pass


async def test_wiring_opens_a_world_without_a_cluster() -> None:
    """Registries are asked as before, with nobody's credentials; of the cluster nothing is known."""
    known = wiring.knowledge()
    with wiring.without_cluster(
        known, wiring.Probers({"docker.io": "mirror.example"}), "no cluster", "--context"
    ) as world:
        unread = await world.reader.nodes()
        assert (world.name, world.mirrors) == ("", {"docker.io": "mirror.example"})
    assert unread == Unread("nodes", "no cluster", "--context")


def test_dump_is_read_without_what_asks_clusters_and_registries() -> None:
    """It would make every start slower, and a dump opens no connection."""
    program = (
        "import sys; from pathlib import Path; from bot.cli import why; from bot.cli.asking import Asked, Shape; "
        "from bot.demo import story; why.run(Asked(source=story.RECORDINGS), ['shop/api-59fffb898-dbsxn'], Shape()); "
        "print([name for name in ('aiohttp', 'bot.cluster.client', 'bot.registry.live', 'bot.registry.thrift') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "[]"
