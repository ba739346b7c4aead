"""The record is shown, judged and kept elsewhere; the same as processes is in tests/acceptance/test_audit.py."""

import asyncio
import io
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import audit
from bot.errors import StoreError, UsageError
from bot.facts.audit import BEGINNING, Event
from bot.store import opening
from tests import proposed
from tests.fakes.cluster import NOW


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of a bot that recorded three things, an hour apart, about two plans."""
    url = f"sqlite:///{tmp_path / 'imagepull.db'}"
    path = tmp_path / "imagepull.yaml"
    path.write_text(f"store: {{url: '{url}'}}\n")
    plans = ("p1", "p2", "p1")
    entries = [
        proposed.entry(Event.SENT, NOW + number * timedelta(hours=1), plan=plan)
        for number, plan in enumerate(plans)
    ]

    async def fill() -> None:
        async with opening.opened(url) as store:
            await store.ledger.note(entries)

    asyncio.run(fill())
    return path


def _tamper(config: Path, statement: str) -> None:
    connection = sqlite3.connect(config.with_name("imagepull.db"))
    with connection:
        connection.execute(statement)
    connection.close()


def _verified(capsys: pytest.CaptureFixture[str], config: Path, *given: str) -> tuple[int, list[str]]:
    capsys.readouterr()
    code = audit.run_verify(config, *given)
    return code, capsys.readouterr().out.splitlines()


def _digests(config: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    assert audit.run_export(config, None) == 0
    return [json.loads(line)["digest"] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("most", "plan", "since", "numbers"),
    [
        (20, "", "", ["1", "2", "3"]),
        (2, "", "", ["2", "3"]),
        (20, "p1", "", ["1", "3"]),
        (1, "p", "", ["3"]),
        (20, "p3", "", []),
        (20, "", "2026-11-22T10:00:00Z", ["2", "3"]),
        (20, "p1", "2026-11-22T10:00:00Z", ["3"]),
        (20, "", "36500d", ["1", "2", "3"]),
    ],
)
def test_show_tells_the_newest_that_are_wanted(
    config: Path, capsys: pytest.CaptureFixture[str], most: int, plan: str, since: str, numbers: list[str]
) -> None:
    """And how many there are in all, and the last digest."""
    assert audit.run_show(config, most, plan, since) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines if not line.startswith(" ")]
    assert [row[0] for row in rows if "sent" in row] == numbers
    assert lines[-2:] == [f"{len(numbers)} of 3 records", f"last digest: {_digests(config, capsys)[-1]}"]


@pytest.mark.attack(32, "tampered audit row")
def test_show_shows_what_was_tampered_with(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All the rest, and that something is wrong."""
    _tamper(config, "UPDATE audit SET body = 'x' WHERE number = 2")
    assert audit.run_show(config, 20) == 0
    shown = capsys.readouterr().out
    assert "illegible: this record cannot be read" in shown
    assert "broken: record 2 was altered" in shown


def test_begin_is_a_span_or_a_time() -> None:
    """Anything else is refused; what is too long ago is ever."""
    assert audit.begin_of("2h", NOW) == NOW - timedelta(hours=2)
    assert audit.begin_of("2026-11-22", NOW) == datetime(2026, 11, 22, tzinfo=UTC)
    assert audit.begin_of("36500d", datetime(50, 1, 1, tzinfo=UTC)) == datetime.min.replace(tzinfo=UTC)
    for wrong in ("yesterday", "2026-99-99", "2x"):
        with pytest.raises(UsageError):
            audit.begin_of(wrong, NOW)


def test_verify_tells_how_many_and_the_last_digest(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To be noted somewhere else."""
    last = _digests(config, capsys)[-1]
    assert _verified(capsys, config) == (0, ["3 records, each in its place", f"last digest: {last}"])


@pytest.mark.parametrize(
    ("statement", "said", "before"),
    [
        (
            "UPDATE audit SET body = replace(body, 'T1/U1', 'T1/U2') WHERE number = 2",
            "record 2 was altered",
            1,
        ),
        ("UPDATE audit SET body = '' WHERE number = 1", "record 1 was altered", 0),
        ("DELETE FROM audit WHERE number = 2", "record 2 is missing: 3 follows 1", 1),
        (
            "UPDATE audit SET previous = digest WHERE number = 3",
            "record 3 does not follow the one before it",
            2,
        ),
    ],
)
def test_verify_tells_what_is_broken_and_where(
    config: Path, capsys: pytest.CaptureFixture[str], statement: str, said: str, before: int
) -> None:
    """And how far it still holds; the same of an export of it."""
    last = ["0" * 64, *_digests(config, capsys)][before]
    _tamper(config, statement)
    told = [f"broken: {said}", f"in their places before that: {before} record{'s' * (before != 1)}"]
    assert _verified(capsys, config) == (1, [*told, f"last digest: {last}"])
    kept = config.with_name("kept.jsonl")
    assert audit.run_export(config, kept) == 0
    assert "the record is broken" in capsys.readouterr().err
    assert _verified(capsys, config, "", str(kept)) == (1, [*told, f"last digest: {last}"])


def test_verify_finds_a_cut_off_end_by_a_digest(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is left holds together, but is not all that there was."""
    digests = _digests(config, capsys)
    code, lines = _verified(capsys, config, digests[1].upper())
    assert (code, lines[-1]) == (0, "the expected digest is that of record 2")
    _tamper(config, "DELETE FROM audit WHERE number = 3")
    assert _verified(capsys, config)[0] == 0
    code, lines = _verified(capsys, config, digests[2])
    assert code == 1
    assert lines[0].startswith("broken: none of 2 records has the expected digest")
    assert _verified(capsys, config, BEGINNING)[0] == 0
    with pytest.raises(UsageError, match="no digest"):
        audit.run_verify(config, "abc")


def test_verify_reads_an_export(config: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """From a file or stdin, with nothing else there."""
    kept = tmp_path / "kept.jsonl"
    assert audit.run_export(config, kept) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"3 records in {kept}"
    assert kept.stat().st_mode & 0o777 == 0o600
    config.with_name("imagepull.db").unlink()
    assert _verified(capsys, config, "", str(kept))[1][0] == "3 records, each in its place"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(kept.read_bytes())))
        assert _verified(capsys, config, "", "-")[0] == 0
    kept.write_bytes(kept.read_bytes() + b"\xff nothing\n")
    code, lines = _verified(capsys, config, "", str(kept))
    assert (code, lines[0]) == (1, "broken: line 4 holds no record")
    with pytest.raises(UsageError, match="cannot be read"):
        audit.run_verify(config, "", str(tmp_path))


def test_export_overwrites_nothing_and_leaves_no_half(config: Path, tmp_path: Path) -> None:
    """It may be the only proof that there is."""
    kept = tmp_path / "kept.jsonl"
    kept.write_text("precious")
    with pytest.raises(UsageError, match="there already"):
        audit.run_export(config, kept)
    assert kept.read_text() == "precious"
    with pytest.raises(UsageError, match="cannot be written"):
        audit.run_export(config, tmp_path / "none" / "kept.jsonl")
    config.with_name("imagepull.db").unlink()
    with pytest.raises(StoreError, match="there is no database"):
        audit.run_export(config, tmp_path / "half.jsonl")
    assert not (tmp_path / "half.jsonl").exists()
