"""The bot takes other settings up while it runs, and refuses those that it cannot use."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import structlog

from bot import settings
from bot.cli import run
from bot.errors import PlaybookError, SettingsError
from bot.settings import Settings
from bot.wiring.running import Bot


ONE = "clusters: {eu: {context: eu}}"


def _write(file: Path, text: str) -> None:
    file.write_text(text)


class _Bot:
    """Takes settings up, or refuses them."""

    def __init__(self, before: Settings) -> None:
        self.settings = before
        self.refuses = False

    async def apply(self, known: Settings) -> tuple[str, ...]:
        """Take them up."""
        if self.refuses:
            raise PlaybookError("there is no playbook folder", "look at playbooks.folder")
        self.settings = known
        return ("store",)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A settings file with a cluster."""
    file = tmp_path / "imagepull.yaml"
    _write(file, ONE)
    return file


@pytest.fixture
def said() -> Iterator[list[str]]:
    """What was logged, as JSON."""
    lines: list[str] = []
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()], logger_factory=lambda *_: _Lines(lines)
    )
    yield lines
    structlog.reset_defaults()


class _Lines:
    def __init__(self, lines: list[str]) -> None:
        self.info = self.error = self.warning = lines.append


def test_bot_without_a_cluster_is_refused(tmp_path: Path) -> None:
    """There would be nothing to look at."""
    config = tmp_path / "imagepull.yaml"
    config.write_text("")
    with pytest.raises(SettingsError, match="no cluster"):
        run.run(config)


async def test_changed_file_is_taken_up(
    config: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the next look at it; what needs a restart is named; the end comes when it is wanted."""
    monkeypatch.setattr(run, "_LOOK_EVERY_S", 0.01)
    bot, stopped = _Bot(settings.load(config, {})), asyncio.Event()
    watching = asyncio.create_task(
        run._Watch(config, cast("Bot", bot), run._fingerprint(config)).until(stopped, asyncio.Event())
    )
    await asyncio.sleep(0.05)
    assert not said
    _write(config, "clusters: {us: {context: us}}")
    async with asyncio.timeout(1.5):
        while "us" not in bot.settings.clusters:  # noqa: ASYNC110  # what is waited for knows nothing of the test
            await asyncio.sleep(0.01)
    stopped.set()
    await watching
    assert [json.loads(line)["event"] for line in said] == [
        "settings taken up",
        "some settings only count after a restart",
    ]


async def test_settings_that_cannot_be_used_are_refused(config: Path, said: list[str]) -> None:
    """The reason is logged, the old ones stay: what is misspelled, and what the bot itself cannot use."""
    bot = _Bot(settings.load(config, {}))
    before = bot.settings
    _write(config, "clusters: {us: {contxt: us}}")
    await run._take_up(config, cast("Bot", bot))
    _write(config, "clusters: {us: {context: us}}")
    bot.refuses = True
    await run._take_up(config, cast("Bot", bot))
    assert bot.settings is before
    misspelled, unusable = map(json.loads, said)
    assert "contxt: unknown key" in misspelled["why"]
    assert misspelled["hint"] == "did you mean 'context'?"
    assert unusable["why"] == "there is no playbook folder"


async def test_same_settings_change_nothing(config: Path, said: list[str]) -> None:
    """A file that was only touched, or got a comment."""
    bot = _Bot(settings.load(config, {}))
    _write(config, ONE + "\n# nothing new\n")
    await run._take_up(config, cast("Bot", bot))
    assert not said


async def test_signal_has_the_file_read_though_it_looks_the_same(config: Path, said: list[str]) -> None:
    """A variable may have changed that the file does not show."""
    bot, stopped, again = _Bot(Settings()), asyncio.Event(), asyncio.Event()
    again.set()
    watching = asyncio.create_task(
        run._Watch(config, cast("Bot", bot), run._fingerprint(config)).until(stopped, again)
    )
    async with asyncio.timeout(1.5):
        while "eu" not in bot.settings.clusters:  # noqa: ASYNC110  # likewise
            await asyncio.sleep(0.01)
    stopped.set()
    await watching
    assert said


def test_file_that_is_gone_has_no_fingerprint(tmp_path: Path) -> None:
    """While a ConfigMap is swapped it may be away for a moment."""
    assert run._fingerprint(tmp_path / "none") == ""


def test_routes_that_are_missing_are_told(said: list[str]) -> None:
    """The bot answers, but nobody would be alerted."""
    run._say(Settings())
    assert json.loads(said[-1])["hint"] == "docs/slack.md"


async def test_what_was_written_while_the_bot_started_is_taken_up(config: Path, said: list[str]) -> None:
    """The file is compared with what was read, not with what it says by then."""
    bot, stopped = _Bot(Settings()), asyncio.Event()
    watching = asyncio.create_task(
        run._Watch(config, cast("Bot", bot), "another").until(stopped, asyncio.Event())
    )
    async with asyncio.timeout(1.5):
        while "eu" not in bot.settings.clusters:  # noqa: ASYNC110  # likewise
            await asyncio.sleep(0.01)
    stopped.set()
    await watching
    assert said
