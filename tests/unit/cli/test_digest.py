"""The last seven days are told from the bot's database, in words, as JSON and as a picture; nothing is sent."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import digest
from bot.cli.asking import Output
from bot.errors import StoreError, UsageError
from bot.facts.episode import Stage
from bot.store import opening
from tests import lives


HOUR = timedelta(hours=1)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of a bot with a digest for a team."""
    path = tmp_path / "imagepull.yaml"
    team = "{channel: '#shop', namespaces: [shop], timezone: Europe/Berlin}"
    path.write_text(f"store: {{url: 'sqlite:///{tmp_path / 'imagepull.db'}'}}\ndigest: [{team}]\n")
    return path


def _fill(config: Path) -> None:
    now = datetime.now(UTC)
    memory = lives.opened(lives.incident("shop/web"), lives.incident("pay/api"))
    first, second = (replace(each, version=0, since=now - 5 * HOUR) for each in memory.live)
    over = replace(second, stage=Stage.RESOLVED, parts=(), ended=now - 2 * HOUR)

    async def fill() -> None:
        async with opening.opened(f"sqlite:///{config.with_name('imagepull.db')}") as store:
            await store.keeper.save([first, over], [], [])

    asyncio.run(fill())


def test_week_is_told_in_words(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of everything, or of what a channel would be told; and the picture is written."""
    _fill(config)
    picture = config.with_name("week.png")
    assert digest.run(config, "", Output.TEXT, picture) == 0
    said = capsys.readouterr().out
    assert "2 incidents (none the week before): 2 began in this week, 1 ended, 1 still open." in said
    assert "Time to resolve: after 3h." in said
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert digest.run(config, "shop", Output.TEXT, None) == 0
    said = capsys.readouterr().out
    assert "Only namespaces shop" in said
    assert "1 incident (none the week before)" in said
    assert "pay" not in said


def test_program_gets_the_numbers(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Times in ISO 8601, spans in seconds."""
    _fill(config)
    assert digest.run(config, "", Output.JSON, None) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["incidents"], told["open"]) == (digest.SCHEMA, 2, 1)
    assert told["lasting"] == {"count": 1, "median": 10800, "slow": 10800}
    assert told["week"]["end"].endswith("+00:00")


def test_what_cannot_be_told_is_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No database, no such channel, no place for the picture, and nothing to draw."""
    with pytest.raises(StoreError, match="there is no database"):
        digest.run(config, "", Output.TEXT, None)
    with pytest.raises(UsageError, match="no digest goes to") as refused:
        digest.run(config, "#other", Output.TEXT, None)
    assert "#shop" in refused.value.hint
    asyncio.run(_made(config))
    assert digest.run(config, "", Output.TEXT, None) == 0
    assert "No image failed to be pulled in this week." in capsys.readouterr().out
    with pytest.raises(UsageError, match="nothing to draw"):
        digest.run(config, "", Output.TEXT, config.with_name("week.png"))
    _fill(config)
    with pytest.raises(UsageError, match="cannot be written"):
        digest.run(config, "", Output.TEXT, config.parent)


async def _made(config: Path) -> None:
    async with opening.opened(f"sqlite:///{config.with_name('imagepull.db')}"):
        pass
