"""The commands hold signatures and help; their work is imported when they run."""

import ast
import inspect

import pytest

from bot.cli import commands


RUN = [
    commands.why,
    commands.sweep,
    commands.explain,
    commands.check,
    commands.dump,
    commands.forewarn,
]


@pytest.mark.parametrize("command", RUN, ids=lambda each: each.__name__)
def test_commands_say_what_they_do(command: object) -> None:
    """The first line of each docstring is what the help lists."""
    assert (inspect.getdoc(command) or "").endswith(".")


def test_commands_import_nothing_heavy() -> None:
    """At the top stand typer and the light modules alone."""
    tree = ast.parse(inspect.getsource(commands))
    top = {name.name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert top <= {"Path", "Annotated", "asking", "completion", "options", "Output", "Kind"}


@pytest.mark.parametrize(
    "text",
    [
        commands.WHY_EXAMPLES,
        commands.SWEEP_EXAMPLES,
        commands.CHECK_EXAMPLES,
        commands.EXPLAIN_EXAMPLES,
        commands.DUMP_EXAMPLES,
        commands.FOREWARN_EXAMPLES,
    ],
)
def test_commands_have_examples(text: str) -> None:
    """Each example is a command that begins as one would type it."""
    assert text.count("imagepull") >= 2
