"""The commands about the bot as people type them: set it up, look whether all is in place, run it, try it.

Like ``commands`` it holds signatures, help and examples; the work is imported when it runs.
"""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import options
from bot.cli.asking import Output


DOCTOR_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull doctor[/]                              [dim]by ./imagepull.yaml[/]

[cyan]imagepull doctor --config /etc/imagepull.yaml[/] [dim]by another file[/]

[cyan]imagepull doctor --json | jq '.findings\\[] | select(.state == "wrong")'[/]
"""
RUN_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull run[/]                                 [dim]by ./imagepull.yaml[/]

[cyan]imagepull run --config /etc/imagepull.yaml[/]    [dim]by another file[/]

[cyan]imagepull slack-manifest[/]                      [dim]what Slack makes the app of[/]
"""
MANIFEST_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull slack-manifest[/]                                           [dim]Socket Mode, or as the settings say[/]

[cyan]imagepull slack-manifest --url https://bot.example/slack/events[/]    [dim]HTTP[/]
"""
INIT_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull init[/]                            [dim]./imagepull.yaml[/]

[cyan]imagepull init ~/.config/imagepull/imagepull.yaml[/]  [dim]for every folder[/]
"""


def init(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Where to write it. [dim]Else: ./imagepull.yaml.[/]", show_default=False
        ),
    ] = Path("imagepull.yaml"),
    kubeconfig: options.Kubeconfig = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> int:
    """Write a commented settings file for this machine's contexts. The terminal works without one."""
    from bot.cli import init as work  # noqa: PLC0415  # heavy: only when it runs

    return work.run(file, kubeconfig, force=force)


def run(
    config: options.Config = None,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Log also what is only of use when something is looked for."),
    ] = False,
) -> int:
    """Run the bot: look at every cluster of the settings on time, tell Slack, and answer there.

    Tokens come from SLACK_BOT_TOKEN and SLACK_APP_TOKEN, or from the files that the settings name. The settings are read
    again when their file changes.
    """
    from bot.cli import run as work  # noqa: PLC0415  # heavy: only when it runs

    return work.run(config, verbose=verbose)


def doctor(
    config: options.Config = None,
    machine: Annotated[
        bool, typer.Option("--json", help="For a program: every finding with its key; the same as -o json.")
    ] = False,
    output: options.Format = Output.TEXT,
) -> int:
    """Check all that the settings speak of, and print the command that mends what is wrong; then it ends with 1.

    Tokens and scopes, channels and people, each cluster with the rights of each tier, registries, playbooks, the database and
    the clock. Nothing is made, migrated, posted or changed.
    """
    from bot.cli import doctor as work  # noqa: PLC0415  # heavy: only when it runs

    return work.run(config, machine=machine or output is Output.JSON)


def slack_manifest(
    config: options.Config = None,
    url: Annotated[
        str,
        typer.Option(
            "--url",
            metavar="URL",
            help="Where Slack's requests arrive, for mode http: https://bot.corp.example/slack/events.",
            show_default=False,
        ),
    ] = "",
    history: Annotated[
        bool,
        typer.Option(
            "--history/--no-history",
            help="With the scopes that let an uncertain delivery be looked up before it is repeated.",
        ),
    ] = True,
) -> int:
    """Print the Slack app's manifest, to be pasted at api.slack.com/apps, From a manifest."""
    from bot.cli import slack_manifest as work  # noqa: PLC0415  # heavy: only when it runs

    return work.run(config, url, history=history)


def demo(
    port: Annotated[
        int,
        typer.Option(
            "--port",
            metavar="PORT",
            help="Where the workspace listens on this machine. [dim]Else: anywhere that is free.[/]",
            min=0,
            max=65535,
            show_default=False,
        ),
    ] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page, where there is a browser.")
    ] = True,
    story: Annotated[
        bool, typer.Option("--story", help="Without all that: a recorded cluster, explained right here.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what the bot does.")] = False,
) -> int:
    """Try the bot with nothing installed: a workspace in the browser, and a simulated cluster with much that is wrong.

    Everything is on this machine and gone at the end; nothing else is contacted.
    """
    if story:
        from bot.cli import story as recorded  # noqa: PLC0415  # heavy: only when it runs

        return recorded.run()
    from bot.cli import demo as work  # noqa: PLC0415  # likewise

    return work.run(port, browser=browser, verbose=verbose)
