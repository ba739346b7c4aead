"""The commands hold signatures and help; their work is imported when they run."""

import ast
import inspect

import pytest

from bot.cli import review_commands


@pytest.mark.parametrize("command", [review_commands.accuracy, review_commands.digest])
def test_commands_that_look_back_say_what_they_do(command: object) -> None:
    """The first line of each docstring is what the help lists."""
    assert (inspect.getdoc(command) or "").endswith(".")


def test_commands_that_look_back_import_nothing_heavy() -> None:
    """All of it is read before any help can answer."""
    tree = ast.parse(inspect.getsource(review_commands))
    top = {name.name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert top <= {"Path", "Annotated", "options", "Output"}
