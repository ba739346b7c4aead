"""What people said of verdicts is told in numbers that claim no more than they show, and without who said it."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli import accuracy
from bot.cli.asking import Output
from bot.errors import StoreError, UsageError
from bot.facts.opinion import SOMETHING_ELSE, Judgement, Opinion
from bot.facts.verdict import Confidence
from bot.store import opening
from tests import lives
from tests.fakes.cluster import NOW
from tests.fakes.jury import SHOWN


VOICES = [
    *(Opinion(SHOWN, f"T1/U{number}", Judgement.RIGHT, NOW) for number in range(18)),
    Opinion(SHOWN, "T1/UCANARY", Judgement.WRONG, NOW, SOMETHING_ELSE, "it was the mirror"),
    Opinion(SHOWN, "T1/UCANARY2", Judgement.WRONG, NOW, "disk"),
    Opinion(replace(SHOWN, confidence=Confidence.LOW), "T1/U99", Judgement.RIGHT, NOW - timedelta(days=9)),
]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of a bot that nobody has told anything."""
    path = tmp_path / "imagepull.yaml"
    path.write_text(f"store: {{url: 'sqlite:///{tmp_path / 'imagepull.db'}'}}\n")
    return path


def _fill(config: Path, *voices: Opinion) -> None:
    async def fill() -> None:
        async with opening.opened(f"sqlite:///{config.with_name('imagepull.db')}") as store:
            (episode,) = lives.opened(lives.incident()).live
            await store.keeper.save([replace(episode, version=0)], [], [])
            for each in voices:
                await store.opinions.note(each)

    asyncio.run(fill())


def test_shares_are_told_as_far_as_they_are_known(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of many answers with an interval, of few without; and what the wrong ones were."""
    _fill(config, *VOICES)
    assert accuracy.run(config, "", Output.TEXT) == 0
    lines = [" ".join(each.split()) for each in capsys.readouterr().out.splitlines()]
    assert lines[0] == "cause confidence right wrong unanswered"
    assert "it high - 0 1" in lines
    assert "wrong-tag high 18 of 20 (70% to 97%) 2 0" in lines
    assert "said to be: disk 1, something else 1" in lines
    assert "wrong-tag low 1 of 1 0 0" in lines
    assert "CANARY" not in str(lines)
    assert "mirror" not in str(lines)


def test_program_gets_numbers_and_lines(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Since when they were asked for; nobody's name."""
    _fill(config, *VOICES)
    assert accuracy.run(config, "2026-11-22T00:00:00Z", Output.JSON) == 0
    said = capsys.readouterr().out
    told = json.loads(said)
    assert (told["schema"], told["since"]) == (accuracy.SCHEMA, "2026-11-22T00:00:00+00:00")
    (score,) = [each for each in told["scores"] if each["cause"] == "wrong-tag"]
    assert score == {
        "cause": "wrong-tag",
        "confidence": "high",
        "right": 18,
        "wrong": 2,
        "unanswered": 0,
        "interval": [0.699, 0.972],
        "instead": [{"cause": "disk", "answers": 1}, {"cause": "something-else", "answers": 1}],
    }
    assert [(each["instead"], each["remark"]) for each in told["wrong"]] == [
        ("something-else", "it was the mirror"),
        ("disk", ""),
    ]
    assert "CANARY" not in said


def test_no_answers_are_said_to_be_none(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And what is there to be answered is counted."""
    _fill(config)
    assert accuracy.run(config, "", Output.TEXT) == 0
    said = capsys.readouterr().out
    assert "nobody has said yet" in said
    assert "unanswered" in said


def test_nothing_is_made_by_asking(config: Path) -> None:
    """Where there is no database that is said; what is no time is refused."""
    with pytest.raises(StoreError, match="there is no database"):
        accuracy.run(config, "", Output.TEXT)
    assert not config.with_name("imagepull.db").exists()
    with pytest.raises(UsageError, match="neither a span nor a time"):
        accuracy.run(config, "yesterday", Output.TEXT)
