"""``imagepull audit`` as processes: the record is shown, judged, kept elsewhere and judged again, and never a traceback."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.facts.audit import Event
from bot.store import opening
from tests import proposed
from tests.fakes.postgres import Postgres


IMAGEPULL = Path(sys.executable).with_name("imagepull")
CANARY = "hunter2-canary-4711"


@dataclass(frozen=True)
class Ended:
    """How a call ended."""

    code: int
    out: str
    err: str


def _call(home: Path, *words: str, extra: Mapping[str, str] = {}, stdin: str = "") -> Ended:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONWARNINGS": "error", **extra}
    ended = subprocess.run(
        [IMAGEPULL, "audit", *words],
        cwd=home,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in ended.stderr
    assert CANARY not in ended.stdout + ended.stderr
    return Ended(ended.returncode, ended.stdout, ended.stderr)


async def _fill(url: str) -> None:
    """A plan from its beginning to its end, and a refusal."""
    async with opening.opened(url) as store:
        asked = await store.ledger.save(proposed.proposal(), [proposed.entry(digest="ab" * 32)])
        answered = replace(proposed.entry(Event.ANSWERED), actor="imagepull")
        said = {"answered": f"denied: token={CANARY}"}
        await store.ledger.save(asked, [proposed.entry(Event.SENT), replace(answered, details=said)])
        await store.ledger.note([proposed.entry(Event.REFUSED, plan="")])


async def test_record_is_shown_kept_and_judged(tmp_path: Path) -> None:
    """By the settings beside it; what somebody cut off is found by what was kept."""
    await _fill(f"sqlite:///{tmp_path / 'imagepull.db'}")
    shown = _call(tmp_path, "show", "--plan", "p1")
    assert (shown.code, shown.err) == (0, "")
    assert "3 of 4 records" in shown.out
    assert "answered: denied: token=[redacted]" in shown.out
    kept = _call(tmp_path, "export")
    assert (kept.code, len(kept.out.splitlines())) == (0, 4)
    verified = _call(tmp_path, "verify")
    assert (verified.code, verified.out.splitlines()[0]) == (0, "4 records, each in its place")
    assert _call(tmp_path, "verify", "--from", "-", stdin=kept.out) == verified
    last = verified.out.split()[-1]
    with sqlite3.connect(tmp_path / "imagepull.db") as connection:
        connection.execute("DELETE FROM audit WHERE number = 4")
    connection.close()
    assert _call(tmp_path, "verify").code == 0
    cut = _call(tmp_path, "verify", "--expect", last)
    assert cut.code == 1
    assert "cut off" in cut.out
    with sqlite3.connect(tmp_path / "imagepull.db") as connection:
        connection.execute("UPDATE audit SET body = replace(body, 'T1/U1', 'T1/U7') WHERE number = 2")
    connection.close()
    broken = _call(tmp_path, "verify")
    assert (broken.code, broken.out.splitlines()[0]) == (1, "broken: record 2 was altered")


@pytest.mark.parametrize("words", [("show",), ("verify",), ("export",), ("export", "kept.jsonl")])
def test_missing_database_is_told_and_not_made(tmp_path: Path, words: tuple[str, ...]) -> None:
    """In a line with a hint; and no file is left."""
    ended = _call(tmp_path, *words)
    assert (ended.code, ended.out) == (5, "")
    first, second = ended.err.splitlines()
    assert first == "imagepull: there is no database where store.url says"
    assert second.startswith("hint: run this where the bot runs")
    assert not list(tmp_path.glob("*"))


def test_what_cannot_be_used_is_a_line_with_a_hint(tmp_path: Path) -> None:
    """Each with the code of its kind."""
    (tmp_path / "imagepull.db").write_text("no database at all" * 100)
    for code, words in (
        (5, ("show",)),
        (2, ("show", "--since", "yesterday")),
        (2, ("show", "-n", "0")),
        (2, ("verify", "--expect", "abc")),
        (2, ("verify", "--from", "nothing.jsonl")),
        (2, ("export", "imagepull.db")),
        (2, ("show", "--config", "nothing.yaml")),
    ):
        ended = _call(tmp_path, *words)
        assert (ended.code, ended.out, len(ended.err.splitlines())) == (code, "", 2), words


async def test_record_in_postgresql_is_read_by_its_settings(
    tmp_path: Path, postgres_server: Postgres
) -> None:
    """Before the bot ran there is none, and none is made."""
    url = postgres_server.database()
    given = {"IMAGEPULL_STORE__URL": url}
    none = _call(tmp_path, "verify", extra=given)
    assert (none.code, none.err.splitlines()[0]) == (
        5,
        "imagepull: the database has no record of changes yet",
    )
    await _fill(url)
    assert _call(tmp_path, "verify", extra=given).out.startswith("4 records, each in its place")
