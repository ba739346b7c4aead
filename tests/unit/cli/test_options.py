"""Options are spelled and meant as kubectl spells and means them."""

from typing import get_args

import pytest

from bot.cli import options


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
