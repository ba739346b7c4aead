"""The commands about clusters and messages as people type them: their arguments, their help, their examples.

Words in -> a call into the module that does the work, imported only then. This module and its neighbours (``bot_commands``,
``playbook_commands``, …) hold signatures and help alone, because all of it is read before ``--help`` can answer.
"""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import asking, completion, options
from bot.cli.asking import Output
from bot.facts.forewarning import Kind


# Each paragraph becomes a line of the help; 78 columns fit everywhere.
WHY_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull why[/]                             [dim]what fails in this namespace[/]

[cyan]imagepull why web-7d9f4 -n shop[/]           [dim]one pod; or shop/web-7d9f4[/]

[cyan]imagepull why deploy/web sts/db[/]           [dim]workloads, as in kubectl[/]

[cyan]imagepull why web-7d9f4 --from dump/[/]      [dim]a dump; nothing is contacted[/]

[cyan]imagepull why web-7d9f4 --allow-registry r.corp.example[/]  [dim]ask it, too[/]

[cyan]imagepull why web-7d9f4 --prove > t.json[/]  [dim]proof; why --from t.json[/]

[cyan]imagepull why deploy/web -o json | jq '.failures\\[].verdict.cause'[/]
"""
SWEEP_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull sweep[/]                           [dim]what is wrong, each cause once[/]

[cyan]imagepull sweep -n shop -n pay[/]            [dim]two namespaces of it[/]

[cyan]imagepull sweep -c prod-eu -c prod-us[/]     [dim]clusters of the settings[/]

[cyan]imagepull sweep --from dump/ -o json[/]      [dim]a dump, for a program[/]

[cyan]imagepull sweep -o slack[/]                  [dim]the same as Slack messages[/]

[cyan]imagepull sweep --exit-code || page-somebody[/]
"""
EXPLAIN_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull explain 'toomanyrequests: You have reached your pull rate limit'[/]

[cyan]imagepull explain -o json < messages.jsonl[/]

[cyan]imagepull explain "$(kubectl describe pod web-1)"[/]   [dim]several lines, one message[/]

[cyan]kubectl get events -A -o json | jq -c '.items\\[] | {message, reason}' | imagepull explain[/]

[cyan]imagepull playbooks render rate-limited[/]   [dim]what one of the causes is, and what to do[/]
"""
DUMP_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull dump ./for-the-vendor[/]           [dim]the context's namespace[/]

[cyan]imagepull dump -n shop -n pay ./two[/]       [dim]two namespaces[/]

[cyan]imagepull sweep --from ./two[/]              [dim]reads it[/]

[cyan]imagepull dump --from theirs/ ./safe[/]      [dim]Secrets taken out of a dump[/]
"""
CHECK_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull check -f deploy.yaml[/]            [dim]against the context's cluster[/]

[cyan]imagepull check -R -f k8s/ -c prod-eu[/]     [dim]a folder, a cluster of the settings[/]

[cyan]helm template shop ./chart | imagepull check -f -[/]

[cyan]imagepull check -f deploy.yaml --no-cluster --platform linux/arm64[/]

[cyan]imagepull check -f deploy.yaml --strict -o json[/]  [dim]for a pipeline[/]
"""
FOREWARN_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull forewarn[/]                              [dim]what will break in the cluster[/]

[cyan]imagepull forewarn -c prod-eu --probe credentials[/] [dim]with the pods' own pull secrets[/]

[cyan]imagepull forewarn --kind token-expires[/]         [dim]one kind; no registry is asked[/]

[cyan]imagepull forewarn --from dump/ -o json[/]         [dim]a dump, for a program[/]
"""


def why(  # noqa: PLR0913  # a command's parameters are its options
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TARGET",
            help="A pod, KIND/NAME, or NAMESPACE/POD. [dim]Else: list the namespace's failures.[/]",
            autocompletion=completion.targets,
            show_default=False,
        ),
    ] = None,
    *,
    namespace: options.Namespace = None,
    everywhere: options.AllNamespaces = False,
    selector: options.Selector = "",
    context: options.Context = "",
    kubeconfig: options.Kubeconfig = None,
    cluster: options.ClusterName = "",
    source: options.From = None,
    at: options.At = "",
    stalled_after: options.StalledAfter = "",
    no_exec: options.NoExec = False,
    config: options.Config = None,
    probe: options.Probe = None,
    allow_registry: options.AllowRegistries = None,
    watch: options.Watch = False,
    output: options.Posted = Output.TEXT,
    exit_code: options.ExitCode = False,
    prove: options.Prove = False,
) -> int:
    """Say why a pod or workload cannot get its image: the cause, the proof, and what to do."""
    asked = asking.Asked(
        namespaces=(namespace,) if namespace else (),
        everywhere=everywhere,
        selector=selector,
        context=context,
        kubeconfig=kubeconfig,
        clusters=(cluster,) if cluster else (),
        source=source,
        at=at,
        stalled_after=stalled_after,
        no_exec=no_exec,
        config=config,
        probe=probe,
        allow_registries=tuple(allow_registry or ()),
    )
    from bot.cli import why as work  # noqa: PLC0415  # heavy: only when it runs

    shape = asking.Shape(output, exit_code=exit_code, watch=watch, prove=prove)
    return work.run(asked, tuple(targets or ()), shape)


def sweep(  # noqa: PLR0913  # a command's parameters are its options
    *,
    namespace: options.Namespaces = None,
    everywhere: options.AllNamespaces = False,
    selector: options.Selector = "",
    context: options.Context = "",
    kubeconfig: options.Kubeconfig = None,
    cluster: options.ClusterNames = None,
    source: options.From = None,
    at: options.At = "",
    stalled_after: options.StalledAfter = "",
    no_exec: options.NoExec = False,
    config: options.Config = None,
    probe: options.Probe = None,
    allow_registry: options.AllowRegistries = None,
    full: options.Full = False,
    quick: options.Quick = False,
    watch: options.Watch = False,
    output: options.Posted = Output.TEXT,
    exit_code: options.ExitCode = False,
) -> int:
    """Look over clusters once and list the incidents: each cause once, with everything it breaks."""
    asked = asking.Asked(
        namespaces=tuple(namespace or ()),
        everywhere=everywhere,
        selector=selector,
        context=context,
        kubeconfig=kubeconfig,
        clusters=tuple(cluster or ()),
        source=source,
        at=at,
        stalled_after=stalled_after,
        no_exec=no_exec,
        config=config,
        probe=probe,
        allow_registries=tuple(allow_registry or ()),
    )
    from bot.cli import sweep as work  # noqa: PLC0415  # heavy: only when it runs

    depth = asking.depth(full=full, quick=quick)
    return work.run(asked, asking.Shape(output, exit_code=exit_code, watch=watch, depth=depth))


def check(  # noqa: PLR0913  # a command's parameters are its options
    more: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE",
            help="Further files, as a shell's *.yaml gives them.",
            autocompletion=completion.manifests,
            show_default=False,
        ),
    ] = None,
    *,
    files: options.Files = None,
    recursive: options.Recursive = False,
    platform: options.Platforms = None,
    no_cluster: options.NoCluster = False,
    namespace: options.Namespace = None,
    context: options.Context = "",
    kubeconfig: options.Kubeconfig = None,
    cluster: options.ClusterName = "",
    source: options.From = None,
    at: options.At = "",
    no_exec: options.NoExec = False,
    config: options.Config = None,
    probe: options.Probe = None,
    allow_registry: options.AllowRegistries = None,
    output: options.Format = Output.TEXT,
    strict: options.Strict = False,
) -> int:
    """Say of manifests, before they are deployed, which images will not be pulled; ends with 1 when one will not."""
    asked = asking.Asked(
        namespaces=(namespace,) if namespace else (),
        context=context,
        kubeconfig=kubeconfig,
        clusters=(cluster,) if cluster else (),
        source=source,
        at=at,
        no_exec=no_exec,
        config=config,
        probe=probe,
        allow_registries=tuple(allow_registry or ()),
    )
    from bot.cli import check as work  # noqa: PLC0415  # heavy: only when it runs

    plan = work.Plan(
        sources=(*(files or ()), *(more or ())),
        recursive=recursive,
        platforms=tuple(platform or ()),
        cluster=not no_cluster,
        strict=strict,
    )
    return work.run(asked, plan, output)


def dump(  # noqa: PLR0913  # a command's parameters are its options
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="A new or empty folder, or an earlier dump.", show_default=False),
    ],
    *,
    namespace: options.Namespaces = None,
    everywhere: options.AllNamespaces = False,
    context: options.Context = "",
    kubeconfig: options.Kubeconfig = None,
    cluster: options.ClusterName = "",
    source: options.From = None,
    no_exec: options.NoExec = False,
    config: options.Config = None,
) -> int:
    """Write what `why --from` and `sweep --from` read, every Secret reduced to its structure."""
    from bot.cli import dump as work  # noqa: PLC0415  # heavy: only when it runs

    asked = asking.Asked(
        namespaces=tuple(namespace or ()),
        everywhere=everywhere,
        context=context,
        kubeconfig=kubeconfig,
        clusters=(cluster,) if cluster else (),
        source=source,
        no_exec=no_exec,
        config=config,
    )
    return work.run(asked, folder)


def forewarn(  # noqa: PLR0913  # a command's parameters are its options
    *,
    kinds: Annotated[
        list[Kind] | None,
        typer.Option("--kind", help="Only this kind; may be repeated. [dim]Else: all.[/]"),
    ] = None,
    namespace: options.Namespaces = None,
    context: options.Context = "",
    kubeconfig: options.Kubeconfig = None,
    cluster: options.ClusterName = "",
    source: options.From = None,
    at: options.At = "",
    no_exec: options.NoExec = False,
    config: options.Config = None,
    probe: options.Probe = None,
    allow_registry: options.AllowRegistries = None,
    output: options.Format = Output.TEXT,
    exit_code: options.ExitCode = False,
) -> int:
    """Say what will break though it works now: tokens that end, running images that are gone, registries given up."""
    asked = asking.Asked(
        namespaces=tuple(namespace or ()),
        context=context,
        kubeconfig=kubeconfig,
        clusters=(cluster,) if cluster else (),
        source=source,
        at=at,
        no_exec=no_exec,
        config=config,
        probe=probe,
        allow_registries=tuple(allow_registry or ()),
    )
    from bot.cli import forewarn as work  # noqa: PLC0415  # heavy: only when it runs

    return work.run(asked, kinds or (), output, exit_code=exit_code)


def explain(
    messages: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MESSAGE",
            help='What a runtime said. [dim]Else: a line each from stdin, plain or as JSON {"id", "message", "reason"}.[/]',
            show_default=False,
        ),
    ] = None,
    config: options.Config = None,
    output: options.Format = Output.TEXT,
) -> int:
    """Say what messages mean, offline: the symptom, and every cause that shows it."""
    from bot.cli import explaining as work  # noqa: PLC0415  # heavy: only when it runs

    return work.run(tuple(messages or ()), config, output)
