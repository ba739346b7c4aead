"""Playbooks that cannot be used are told before the bot needs them."""

import shutil
from pathlib import Path

from bot.facts.finding import State
from bot.wiring.doctor import knowing
from bot.wiring.knowing import shipped_playbooks


async def test_look_is_content_with_the_shipped_ones() -> None:
    """They were tried when they were built."""
    found = [each async for each in knowing.look(None)]
    assert [each.state for each in found] == [State.OK]


async def test_look_names_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """The settings' key is in it."""
    found = [each async for each in knowing.look(tmp_path / "none")]
    assert [(each.key, each.state) for each in found] == [("playbooks.folder", State.WRONG)]


async def test_look_says_every_sentence_of_an_own_template(tmp_path: Path) -> None:
    """One that could not be said at three in the morning is told now."""
    cause = tmp_path / "causes" / "wrong-tag"
    shutil.copytree(shipped_playbooks() / "causes" / "wrong-tag", cause)
    words = (cause / "message.j2").read_text()
    (cause / "message.j2").write_text(
        words.replace("{% block headline %}", "{% block headline %}{{ nosuch.thing }}")
    )
    found = [each async for each in knowing.look(tmp_path)]
    assert {each.state for each in found} == {State.WRONG}
    assert all("playbooks check --folder" in each.remedy for each in found)
