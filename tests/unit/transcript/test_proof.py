"""Whoever replays a transcript works in a world like the one it was taken of."""

import json
from datetime import UTC, datetime

from bot.facts.request import Request
from bot.facts.testimony import Asked
from bot.ports.reading import Scan
from bot.transcript import document
from bot.transcript.proof import Proof, told
from bot.transcript.striking import Strike
from bot.wiring import Knowledge
from bot.workflows.world import World
from tests.cases import pod
from tests.fakes.cluster import FakeReader
from tests.recorded import world


ASKED = (Asked("registry.example", 3, 4, "60/h", datetime(2026, 11, 22, 9, tzinfo=UTC)),)


def _world(known: Knowledge) -> World:
    made = world(FakeReader(pods=[pod()]), known)
    return World(
        made.reader,
        made.prober,
        made.signatures,
        made.causes,
        made.registries,
        vantage="outside",
        cluster="prod",
        mirrors={"docker.io": "mirror.example"},
        asked=lambda: ASKED,
    )


async def _written(known: Knowledge, strike: Strike = str) -> str:
    proof = Proof(_world(known), strike)
    await proof.world.reader.look(Scan())
    await proof.world.reader.nodes()
    return proof.written(Request(("web-1",)), [{"a": 1}])


async def test_a_world_comes_back_with_all_that_decides(known: Knowledge) -> None:
    """Its witnesses, where one stood, the mirrors, and what registries had been asked."""
    transcript = document.read((await _written(known)).encode(), "t.json")
    again = told(transcript, world(FakeReader(), known))
    before = _world(known)
    for name in ("name", "vantage", "mirrors"):
        assert getattr(again, name) == getattr(before, name)
    assert again.asked() == ASKED
    assert again.reader.name == "fake"
    assert await again.reader.look(Scan()) == await before.reader.look(Scan())


async def test_a_transcript_names_its_moment(known: Knowledge) -> None:
    """That of the look."""
    whole = json.loads(await _written(known))
    assert whole["observed_at"] == "2026-11-22T09:00:00+00:00"
    assert whole["registry"]["exchanges"] == [{"a": 1}]


async def test_a_transcript_without_a_look_has_no_moment(known: Knowledge) -> None:
    """Nothing was seen, so nothing is dated."""
    assert json.loads(Proof(_world(known), str).written(Request(), []))["observed_at"] == ""
