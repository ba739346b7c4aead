"""Options are spelled and meant as kubectl spells and means them."""

from typing import get_args

import pytest

from bot.cli import options
from bot.cli.asking import Output
from bot.errors import UsageError


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("Namespace", ("-n", "--namespace")),
        ("Namespaces", ("-n", "--namespace")),
        ("AllNamespaces", ("-A", "--all-namespaces")),
        ("Selector", ("-l", "--selector")),
        ("Context", ("--context",)),
        ("Kubeconfig", ("--kubeconfig",)),
        ("ClusterName", ("-c", "--cluster")),
        ("Watch", ("-w", "--watch")),
        ("Format", ("-o", "--output")),
        ("Posted", ("-o", "--output")),
        ("From", ("--from",)),
        ("At", ("--at",)),
        ("StalledAfter", ("--stalled-after",)),
        ("NoExec", ("--no-exec",)),
        ("Probe", ("--probe",)),
        ("AllowRegistries", ("--allow-registry",)),
        ("Files", ("-f", "--filename")),
        ("Recursive", ("-R", "--recursive")),
        ("Platforms", ("--platform",)),
        ("NoCluster", ("--no-cluster",)),
        ("Strict", ("--strict",)),
        ("ExitCode", ("--exit-code",)),
        ("Full", ("--full",)),
        ("Quick", ("--quick",)),
    ],
)
def test_options_are_spelled_as_in_kubectl(name: str, spelled: tuple[str, ...]) -> None:
    """The short and long forms, and a help text each."""
    _, option = get_args(getattr(options, name))
    # In an annotation typer takes the first spelling for the default, and puts it right later.
    assert (option.default, *option.param_decls) == spelled
    assert option.help


def test_only_diagnoses_are_posted() -> None:
    """Where there is no message for Slack, asking for one is a mistake."""
    _, option = get_args(options.Format)
    assert option.callback(Output.JSON) is Output.JSON
    with pytest.raises(UsageError, match="why and sweep"):
        option.callback(Output.SLACK)
