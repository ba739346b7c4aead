"""What was written down answers the same again."""

import json
from pathlib import Path

from bot import wiring
from bot.demo import story
from bot.facts.image import parse
from bot.facts.objects import Unread
from bot.facts.request import Request
from bot.facts.testimony import Testimony
from bot.wiring import Access, Proof
from tests.fakes import objects


async def test_wiring_asks_no_registry_of_a_dump_without_answers(tmp_path: Path) -> None:
    """And says what would let it be asked."""
    (tmp_path / "pods.json").write_text(json.dumps({"kind": "PodList", "items": [objects.pod()]}))
    async with wiring.opened(Access(dump=tmp_path), wiring.knowledge()) as world:
        told = await world.prober.base(parse("registry.example/shop/web:1.4"))
    assert isinstance(told, Unread)
    assert (told.why, told.remedy) == (
        "not asked (a dump opens no connection)",
        "ask the live cluster, or add recorded answers",
    )


async def test_wiring_answers_from_what_is_recorded(tmp_path: Path) -> None:
    """At the dump's own time, once for each look; of what is off a line is told, and of other registries nothing."""
    (tmp_path / "pods.json").write_text(json.dumps({"kind": "PodList", "items": [objects.pod()]}))
    asked = {"method": "GET", "url": "https://registry.example/v2/", "headers": {}}
    answers = [
        {"identity": "anonymous", "request": asked, "response": {"status": each}} for each in (401, 200)
    ]
    (tmp_path / "registry.json").write_text(json.dumps({"exchanges": [*answers, 7]}))
    warned: list[str] = []
    async with wiring.opened(Access(dump=tmp_path), wiring.knowledge(), warned.append) as world:
        told = [await world.prober.base(parse("registry.example/shop/web:1.4")) for _ in range(2)]
        other = await world.prober.base(parse("other.example/shop/web:1.4"))
    assert [each.told.status for each in told if isinstance(each, Testimony)] == [401, 401]
    assert isinstance(other, Unread)
    assert other.why == "its answers are not recorded"
    assert warned == ["'registry.json': exchange 3 is left out: Expected `object`, got `int`"]


async def test_proof_says_what_was_asked(tmp_path: Path) -> None:
    """A transcript carries the question that it answers; a dump answers any."""
    proof, asked, place = Proof(), Request(targets=("shop/web",)), tmp_path / "transcript.json"
    async with wiring.opened(Access(dump=story.RECORDINGS), wiring.knowledge(), proof=proof) as world:
        await world.reader.nodes()
    place.write_text(proof.written(asked))
    assert wiring.request_of(place) == asked
    assert wiring.request_of(story.RECORDINGS) is None
