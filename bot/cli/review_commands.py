"""The commands that look back at what the bot did, as people type them: arguments, help and examples; the work is elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import options
from bot.cli.asking import Output


ACCURACY_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull accuracy[/]                        [dim]all that people ever answered[/]

[cyan]imagepull accuracy --since 90d[/]            [dim]of the last three months[/]

[cyan]imagepull accuracy -o json | jq '.wrong\\[] | {cause, instead, remark}'[/]
"""
DIGEST_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull digest[/]                          [dim]the last seven days, of everything[/]

[cyan]imagepull digest --channel shop-oncall[/]    [dim]as that channel would be told[/]

[cyan]imagepull digest --chart week.png[/]         [dim]with the picture[/]
"""


def accuracy(
    since: Annotated[
        str,
        typer.Option("--since", metavar="SPAN", help="Only since then: 90d, 12h, or 2026-11-22T09:00:47Z."),
    ] = "",
    config: options.Config = None,
    output: options.Format = Output.TEXT,
) -> int:
    """Say of each cause how often people said that it was right, and what it was when it was not."""
    from bot.cli import accuracy as work  # noqa: PLC0415  # heavy: only when it runs

    return work.run(config, since, output)


def digest(
    channel: Annotated[
        str,
        typer.Option(
            "--channel",
            metavar="NAME",
            help="What the digest to this channel is about, by the settings. [dim]Else: everything.[/]",
            show_default=False,
        ),
    ] = "",
    chart: Annotated[
        Path | None,
        typer.Option(
            "--chart", metavar="FILE", help="Write the picture there, as a PNG.", show_default=False
        ),
    ] = None,
    config: options.Config = None,
    output: options.Format = Output.TEXT,
) -> int:
    """Tell the last seven days in numbers, from what the bot remembers. Nothing is sent."""
    from bot.cli import digest as work  # noqa: PLC0415  # heavy: only when it runs

    return work.run(config, channel, output, chart)
