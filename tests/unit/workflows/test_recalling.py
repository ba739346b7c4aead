"""What was said first is remembered, and only where nothing is said any more."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.failure import PullFailure, Source, Symptom, Workload
from bot.facts.statement import Seen, Spot, Statement
from bot.facts.verdict import Confidence, Diagnosis, Verdict
from bot.ports.keeping import Words
from bot.wiring import Knowledge
from bot.workflows import recalling
from bot.workflows.recalling import Notes
from tests import cases, recorded
from tests.fakes.cluster import NOW, FakeReader
from tests.fakes.store import FakeStore


GONE = f'failed to resolve reference "{cases.IMAGE}": {cases.IMAGE}: not found'
MUTE = Symptom("backoff-only", "backoff-only/back-off")


def _failure(symptom: Symptom, message: str) -> PullFailure:
    made = cases.failure(about=replace(cases.pod("web-1"), uid="u1"))
    return replace(made, symptom=symptom, message=message, reason="ImagePullBackOff", source=Source.STATUS)


async def test_mute_failure_gets_its_first_words_back(known: Knowledge) -> None:
    """The same container of the same pod with the same image, and nothing else."""
    memory = FakeStore()
    world = replace(recorded.world(FakeReader(), known), recollection=memory, cluster="eu")
    told = _failure(Symptom("manifest-not-found", "x"), GONE)
    await Notes(memory).take("eu", [told], NOW)
    mute = _failure(MUTE, "Back-off pulling image")
    (heard,) = await recalling.recalled(world, [mute])
    assert (heard.symptom.id, heard.message, heard.source) == ("manifest-not-found", GONE, Source.MEMORY)
    for other in (
        replace(mute, image="other:1"),
        replace(mute, container="sidecar"),
        replace(mute, pod=replace(mute.pod, uid="u2")),
    ):
        assert await recalling.recalled(world, [other]) == (other,)


@pytest.mark.attack(31, "memory")
async def test_password_in_an_image_is_not_remembered(known: Knowledge) -> None:
    """Somebody pasted an address with a login: its words are found again without what must not be stored."""
    memory = FakeStore()
    world = replace(recorded.world(FakeReader(), known), recollection=memory, cluster="eu")
    pasted = {"image": "https://bob:c4n4ry@registry.example/web:9", "reference": None}
    told = replace(_failure(Symptom("manifest-not-found", "x"), GONE), **pasted)
    await Notes(memory).take("eu", [told], NOW)
    assert "c4n4ry" not in repr(memory.shelf.words)
    mute = replace(_failure(MUTE, "Back-off pulling image"), **pasted)
    (heard,) = await recalling.recalled(world, [mute])
    assert heard.message == GONE


async def test_failure_that_speaks_for_itself_is_left_alone(known: Knowledge) -> None:
    """What is said now counts more than what was said once."""
    memory = FakeStore()
    world = replace(recorded.world(FakeReader(), known), recollection=memory)
    await Notes(memory).take(world.name, [_failure(Symptom("manifest-not-found", "x"), GONE)], NOW)
    now = _failure(Symptom("dns-failure", "x"), "no such host")
    assert await recalling.recalled(world, [now]) == (now,)


async def test_nothing_is_noted_that_says_nothing(known: Knowledge) -> None:
    """A back-off is no first word, and neither is a silence; where nobody remembers nothing is asked."""
    memory = FakeStore()
    mute = _failure(MUTE, "Back-off pulling image")
    silent = replace(_failure(Symptom("pull-stalled", "x"), ""), source=Source.SILENCE)
    await Notes(memory).take("eu", [mute, silent], NOW)
    assert not memory.shelf.words
    assert await recalling.recalled(recorded.world(FakeReader(), known), [mute]) == (mute,)


async def test_words_that_tell_nothing_are_not_put_in_a_mouth(known: Knowledge) -> None:
    """What an older version remembered and no pattern knows stays unsaid."""
    memory = FakeStore()
    world = replace(recorded.world(FakeReader(), known), recollection=memory)
    await Notes(memory).take(world.name, [_failure(Symptom("odd", "x"), "something odd happened")], NOW)
    mute = _failure(MUTE, "Back-off pulling image")
    assert await recalling.recalled(world, [mute]) == (mute,)


async def test_words_are_stored_once_for_each_image() -> None:
    """A failure that goes on for days costs no writing at every look."""

    class Counting(FakeStore):
        asked = 0

        async def note_words(self, words: Sequence[Words]) -> None:
            """How many."""
            self.asked += len(words)

    memory = Counting()
    notes, told = Notes(memory), _failure(Symptom("manifest-not-found", "x"), GONE)
    for _ in range(3):
        await notes.take("eu", [told, told], NOW)
    await notes.take("eu", [replace(told, image="other:1")], NOW)
    assert memory.asked == 2


def _missed(tag: str, answer: Answer, source: Witness = Witness.REGISTRY) -> Diagnosis:
    failure = cases.failure(image=f"registry.example/shop/web:{tag}")
    verdict = Verdict(None, Confidence.LOW, (Evidence("manifest-exists", answer, source),))
    return Diagnosis(failure, Workload("Deployment", "shop", "web"), verdict)


async def test_tags_that_were_missed_and_came_are_remembered() -> None:
    """Across a restart, too; what no registry said is not noted, and nothing is stored twice."""
    memory, notes = FakeStore(), None
    for answer, at in (
        (Answer.NO, NOW),
        (Answer.NO, NOW + cases.MINUTE),
        (Answer.YES, NOW + 2 * cases.MINUTE),
    ):
        notes = Notes(memory) if answer is Answer.YES or notes is None else notes
        found = [_missed("1", answer), _missed("2", Answer.UNKNOWN), _missed("3", Answer.NO, Witness.MESSAGE)]
        await notes.take_tags(found, at)
    (late,) = await memory.late_tags("registry.example/shop/web")
    assert (late.tag, late.asked, late.seen) == ("1", NOW, NOW + 2 * cases.MINUTE)


async def test_memory_is_asked_only_about_repositories_with_a_tag_that_came_late(known: Knowledge) -> None:
    """In a storm of names that nobody ever saw it is asked once."""
    memory = FakeStore()
    for there in (False, True):
        await memory.note_tag("registry.example/web", "1", NOW, there=there)
    await memory.note_tag("registry.example/api", "1", NOW, there=False)
    world = replace(recorded.world(FakeReader(), known), recollection=memory)
    late = await recalling.late_ones(world)
    assert late is not None
    assert late.repositories == {"registry.example/web"}
    assert [each.tag for each in await late.late_tags("registry.example/web")] == ["1"]
    assert await late.late_tags("registry.example/api") == ()
    assert await recalling.late_ones(replace(world, recollection=None)) is None


async def test_many_words_are_noted_a_few_hundred_at_a_time() -> None:
    """Nobody who wants to write waits for all of a storm."""
    sizes: list[int] = []

    class Counting(FakeStore):
        async def note_words(self, words: Sequence[Words]) -> None:
            sizes.append(len(words))
            await super().note_words(words)

    memory = Counting()
    one = _failure(Symptom("manifest-not-found", "x"), GONE)
    many = [replace(one, pod=replace(one.pod, uid=f"u{number}")) for number in range(450)]
    notes = Notes(memory)
    await notes.take("eu", many, NOW)
    await notes.take("eu", many, NOW)
    assert sizes == [200, 200, 50]
    assert len(memory.shelf.words) == 450


async def test_words_of_nodes_come_from_whoever_remembers(known: Knowledge) -> None:
    """Of this cluster; else those that were given."""
    spot = Spot("eu", "node-a", "registry.example")
    said = Statement(spot, Seen("registry.example", 443), NOW, "p1")
    memory = FakeStore()
    await memory.note_statement(said)
    await memory.note_statement(replace(said, spot=replace(spot, cluster="us")))
    world = replace(recorded.world(FakeReader(), known), cluster="eu")
    assert await recalling.stated(replace(world, recollection=memory)) == (said,)
    assert await recalling.stated(replace(world, said=(said,))) == (said,)
    assert await recalling.stated(world) == ()
