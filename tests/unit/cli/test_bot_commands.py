"""The commands about the bot hold signatures and help; their work is imported when they run."""

import ast
import inspect

import pytest

from bot.cli import bot_commands


RUN = [
    bot_commands.init,
    bot_commands.run,
    bot_commands.doctor,
    bot_commands.slack_manifest,
    bot_commands.demo,
]


@pytest.mark.parametrize("command", RUN, ids=lambda each: each.__name__)
def test_bot_commands_say_what_they_do(command: object) -> None:
    """The first line of each docstring is what the help lists."""
    assert (inspect.getdoc(command) or "").partition("\n")[0].rstrip().endswith(".")


def test_bot_commands_import_nothing_heavy() -> None:
    """At the top stand typer and the light modules alone."""
    tree = ast.parse(inspect.getsource(bot_commands))
    top = {name.name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert top <= {"Path", "Annotated", "options", "Output"}


@pytest.mark.parametrize(
    "text",
    [
        bot_commands.DOCTOR_EXAMPLES,
        bot_commands.RUN_EXAMPLES,
        bot_commands.MANIFEST_EXAMPLES,
        bot_commands.INIT_EXAMPLES,
    ],
)
def test_bot_commands_have_examples(text: str) -> None:
    """Each example is a command that begins as one would type it."""
    assert text.count("imagepull") >= 2
