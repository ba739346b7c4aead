"""Manifests are read, and dumps written, where people keep them."""

from pathlib import Path

import pytest

from bot import wiring
from bot.demo import story
from bot.errors import UsageError
from bot.facts.request import Request
from bot.wiring import Access, Proof


def test_wiring_reads_manifests(tmp_path: Path) -> None:
    """Files and stdin alike."""
    file = tmp_path / "web.yaml"
    text = "kind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: x}]}\n"
    file.write_text(text, encoding="utf-8")
    found = wiring.read_manifests(
        [str(file), "-"], "shop", lambda most: text.encode()[:most], recursive=False
    )
    assert [(each.source, each.namespace) for each in found.workloads] == [(str(file), "shop"), ("-", "shop")]


async def test_wiring_writes_a_dump_of_a_dump(tmp_path: Path) -> None:
    """What is written can be opened."""
    written = await wiring.write_dump(Access(dump=story.RECORDINGS), ("shop",), tmp_path / "copy")
    assert written.objects
    async with wiring.opened(Access(dump=tmp_path / "copy"), wiring.knowledge()) as world:
        assert await world.reader.pods("shop")


async def test_wiring_copies_no_transcript(tmp_path: Path) -> None:
    """It is no dump, and safe to pass on as it is."""
    proof, place = Proof(), tmp_path / "transcript.json"
    async with wiring.opened(Access(dump=story.RECORDINGS), wiring.knowledge(), proof=proof):
        pass
    place.write_text(proof.written(Request()))
    with pytest.raises(UsageError, match="a transcript is no dump"):
        await wiring.write_dump(Access(dump=place), None, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
