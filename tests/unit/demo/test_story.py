"""The demo's story is complete, and every command in it can be typed."""

import json

from bot.demo import story


def test_story_reads_lines_and_commands() -> None:
    """What stands before a command is said before it; blank lines only part."""
    read = list(story.steps("one\ntwo\n$ imagepull sweep\n\n$ imagepull why 'a b'\n"))
    assert [each.said for each in read] == [("one", "two"), ()]
    assert read[1].command == ("imagepull", "why", "a b")
    assert read[1].line == "imagepull why 'a b'"


def test_story_sweeps_first_and_explains_after() -> None:
    """A sweep, then at least four pods."""
    verbs = [each.command[1] for each in story.steps()]
    assert verbs[0] == "sweep"
    assert verbs[1:] == ["why"] * len(verbs[1:])
    assert len(verbs) > 4
    assert all(each.said for each in story.steps())


def test_story_carries_its_recordings() -> None:
    """The dump is there, and no Secret's value is in it."""
    secrets = json.loads((story.RECORDINGS / "secrets.json").read_text(encoding="utf-8"))["items"]
    assert secrets
    assert not any("data" in each or "stringData" in each for each in secrets)
