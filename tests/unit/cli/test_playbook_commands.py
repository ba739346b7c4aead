"""The commands about playbooks hold signatures and help; their work is imported when they run."""

import ast
import inspect

import pytest

from bot.cli import playbook_commands


RUN = [
    playbook_commands.check_playbooks,
    playbook_commands.new_playbook,
    playbook_commands.render_playbook,
]


@pytest.mark.parametrize("command", RUN, ids=lambda each: each.__name__)
def test_playbook_commands_say_what_they_do(command: object) -> None:
    """The first line of each docstring is what the help lists."""
    assert (inspect.getdoc(command) or "").endswith(".")


def test_playbook_commands_import_nothing_heavy() -> None:
    """At the top stand typer and the light modules alone."""
    tree = ast.parse(inspect.getsource(playbook_commands))
    top = {name.name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert top <= {"Path", "Annotated", "completion"}
