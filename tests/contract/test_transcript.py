"""Proof that can be passed on: what one person's look found, a transcript of it finds again, offline, with nothing secret in it."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot import wiring
from bot.facts.request import Request
from bot.facts.verdict import Report
from bot.ports.reading import Scan
from bot.registry import exchanges
from bot.transcript import document
from bot.wiring import Access, Knowledge, Proof, replays
from bot.workflows import diagnose
from tests.recorded import RECORDINGS, Truth, truths


CLUSTERS = sorted(path.parent for path in (RECORDINGS / "clusters").glob("*/cluster.yaml"))
TRUTHS = truths()


async def _look(path: Path, known: Knowledge, scan: Scan, proof: Proof | None = None) -> Report:
    async with wiring.opened(Access(name="mine", dump=path), known, proof=proof) as world:
        return await diagnose.why(world, (), scan)


async def _twice(
    folder: Path, tmp_path: Path, known: Knowledge, scan: Scan
) -> tuple[Report, Report, Report, document.Transcript]:
    """A look, the same look with notes being taken, and the look that the notes give; with the notes."""
    proof = Proof()
    plain, noted = await _look(folder, known, scan), await _look(folder, known, scan, proof)
    place = tmp_path / "transcript.json"
    text = proof.written(Request())
    place.write_text(text)
    return plain, noted, await _look(place, known, scan), document.read(text.encode(), "t.json")


@pytest.mark.parametrize("truth", TRUTHS, ids=[each.key for each in TRUTHS])
async def test_a_transcript_of_every_scenario_tells_the_same(
    truth: Truth, tmp_path: Path, known: Knowledge
) -> None:
    """Verdict, evidence and words: the whole report is equal, and taking notes changes nothing of it."""
    scan = Scan(stalled_after=truth.stalled_after)
    plain, noted, again, transcript = await _twice(truth.folder, tmp_path, known, scan)
    assert plain == noted == again
    if transcript.registry.exchanges:
        assert await _from_exchanges(transcript, known, scan, tmp_path / "transcript.json") == plain


@pytest.mark.parametrize("folder", CLUSTERS, ids=[folder.name for folder in CLUSTERS])
async def test_a_transcript_of_every_cluster_tells_the_same(
    folder: Path, tmp_path: Path, known: Knowledge
) -> None:
    """Several incidents at once, and many questions at the same time."""
    plain, noted, again, transcript = await _twice(folder / "dump", tmp_path, known, Scan())
    assert plain == noted == again
    if transcript.registry.exchanges:
        assert await _from_exchanges(transcript, known, Scan(), tmp_path / "transcript.json") == plain


async def _from_exchanges(
    transcript: document.Transcript, known: Knowledge, scan: Scan, place: Path
) -> Report:
    """The look that follows from the registries' own words in a transcript, rather than from what was made of them."""
    recorded = exchanges.read(json.dumps({"exchanges": transcript.registry.exchanges}).encode())
    assert not recorded.warnings
    at = datetime.fromisoformat(transcript.observed_at)
    async with wiring.opened(Access(dump=place), known) as world:
        prober = replays.replayed(recorded.exchanges, at, None)
        return await diagnose.why(replace(world, prober=prober), (), scan)
