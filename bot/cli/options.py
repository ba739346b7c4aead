"""The options that several commands share, spelled and meant as kubectl spells and means them.

Each is a type for a typer signature, so that one option reads the same in every command's help.
"""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import completion
from bot.cli.asking import Output
from bot.cli.asking import Probe as Level
from bot.errors import UsageError


_WHAT = "What to check"
_WHERE = "Where to look"
_HOW = "How to look"
_ASK = "Which registries to ask"
_OUT = "What comes out"

Namespace = Annotated[
    str | None,
    typer.Option(
        "-n",
        "--namespace",
        metavar="NS",
        help="Look in this namespace. [dim]Else: the context's.[/]",
        autocompletion=completion.namespaces,
        rich_help_panel=_WHERE,
    ),
]
Namespaces = Annotated[
    list[str] | None,
    typer.Option(
        "-n",
        "--namespace",
        metavar="NS",
        help="Only this namespace; may be repeated. [dim]Else: all.[/]",
        autocompletion=completion.namespaces,
        rich_help_panel=_WHERE,
    ),
]
AllNamespaces = Annotated[
    bool, typer.Option("-A", "--all-namespaces", help="Look in every namespace.", rich_help_panel=_WHERE)
]
Selector = Annotated[
    str,
    typer.Option(
        "-l",
        "--selector",
        metavar="LABELS",
        help="Only pods with these labels: app=web.",
        rich_help_panel=_WHERE,
    ),
]
Context = Annotated[
    str,
    typer.Option(
        "--context",
        metavar="NAME",
        help="A context of the kubeconfig. [dim]Else: the current one.[/]",
        autocompletion=completion.contexts,
        rich_help_panel=_WHERE,
    ),
]
Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        "--kubeconfig",
        metavar="FILE",
        help="Another kubeconfig. [dim]Else: $KUBECONFIG, ~/.kube/config, in-cluster.[/]",
        rich_help_panel=_WHERE,
    ),
]
ClusterName = Annotated[
    str,
    typer.Option(
        "-c",
        "--cluster",
        metavar="NAME",
        help="A cluster of the settings file.",
        autocompletion=completion.clusters,
        rich_help_panel=_WHERE,
    ),
]
ClusterNames = Annotated[
    list[str] | None,
    typer.Option(
        "-c",
        "--cluster",
        metavar="NAME",
        help="A cluster of the settings file; may be repeated. [dim]Else: all of them.[/]",
        autocompletion=completion.clusters,
        rich_help_panel=_WHERE,
    ),
]
From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="PATH",
        help="Read a dump (a folder or file of `kubectl get … -o json`) instead of a cluster. "
        "No connection is opened.",
        rich_help_panel=_WHERE,
    ),
]
At = Annotated[
    str,
    typer.Option(
        "--at", metavar="TIME", help="The dump's now. [dim]Else: its newest time.[/]", rich_help_panel=_WHERE
    ),
]
StalledAfter = Annotated[
    str,
    typer.Option(
        "--stalled-after",
        metavar="SPAN",
        help="A pull that says nothing for so long has stalled. [dim]Else: 10m.[/]",
        rich_help_panel=_HOW,
    ),
]
NoExec = Annotated[
    bool,
    typer.Option("--no-exec", help="Never start the kubeconfig's credential program.", rich_help_panel=_HOW),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Settings file. [dim]Else: $IMAGEPULL_CONFIG, ./imagepull.yaml, ~/.config/imagepull/imagepull.yaml; "
        "none is needed.[/]",
        rich_help_panel=_HOW,
    ),
]
Probe = Annotated[
    Level | None,
    typer.Option(
        "--probe",
        metavar="LEVEL",
        help="off, anonymous, or credentials: also with the pull secrets that the kubelet would use, each at its own "
        "registry alone. [dim]Else: anonymous for well-known public registries, of others what the settings say.[/]",
        rich_help_panel=_ASK,
    ),
]
AllowRegistries = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-registry",
        metavar="HOST[=CIDR]",
        help="Ask this registry too; may be repeated. CIDR: the private addresses that its name may resolve to.",
        rich_help_panel=_ASK,
    ),
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "-f",
        "--filename",
        metavar="FILE",
        help="Manifests: a file, a folder, or - for stdin; may be repeated.",
        autocompletion=completion.manifests,
        rich_help_panel=_WHAT,
    ),
]
Recursive = Annotated[
    bool,
    typer.Option("-R", "--recursive", help="Read the folders inside folders too.", rich_help_panel=_WHAT),
]
Platforms = Annotated[
    list[str] | None,
    typer.Option(
        "--platform",
        metavar="OS/ARCH",
        help="Take this for what the nodes run: linux/arm64; may be repeated. [dim]Else: the cluster's nodes tell.[/]",
        autocompletion=completion.platforms,
        rich_help_panel=_WHERE,
    ),
]
NoCluster = Annotated[
    bool,
    typer.Option("--no-cluster", help="Ask registries alone, and no cluster.", rich_help_panel=_WHERE),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help="End with 1 also when something could not be checked.", rich_help_panel=_OUT
    ),
]
Watch = Annotated[
    bool,
    typer.Option(
        "-w", "--watch", help="Look again every few seconds and print changes.", rich_help_panel=_HOW
    ),
]
Posted = Annotated[
    Output,
    typer.Option(
        "-o", "--output", help="Words, JSON for programs, or what Slack would get.", rich_help_panel=_OUT
    ),
]


def _not_posted(output: Output) -> Output:
    if output is Output.SLACK:
        raise UsageError("-o slack is for why and sweep", "take -o text or -o json")
    return output


Format = Annotated[
    Output,
    typer.Option(
        "-o",
        "--output",
        help="Words, or JSON for programs.",
        metavar="<text|json>",
        callback=_not_posted,
        rich_help_panel=_OUT,
    ),
]
ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="End with 1 when a failure was found.", rich_help_panel=_OUT)
]
Prove = Annotated[
    bool,
    typer.Option(
        "--prove",
        help="Print the transcript: every question and answer, without secrets; the answer goes to stderr. "
        "`why --from` it reaches the same verdict, offline, for anyone.",
        rich_help_panel=_OUT,
    ),
]
Full = Annotated[
    bool,
    typer.Option(
        "--full",
        help="With -w: list every pod at each look, not only every few.",
        rich_help_panel=_HOW,
    ),
]
Quick = Annotated[
    bool,
    typer.Option(
        "--quick",
        help="List only the Pending pods and those that pull events name: faster on a huge cluster, and misses a "
        "Running pod whose restart fails after its events are gone.",
        rich_help_panel=_HOW,
    ),
]
