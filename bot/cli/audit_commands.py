"""``imagepull audit …`` as people type it: arguments, help and examples; the work is in ``audit``, imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import options


audit = typer.Typer(
    help="The record of changes: who asked, who approved, what was done, and what came of it.",
    no_args_is_help=True,
)
_SHOW_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull audit show[/]                      [dim]the newest 20, the newest last[/]

[cyan]imagepull audit show --since 2d -n 500[/]    [dim]of the last two days[/]

[cyan]imagepull audit show --plan 3kq9[/]          [dim]what became of one plan[/]
"""
_VERIFY_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull audit verify[/]                    [dim]each record in its place?[/]

[cyan]imagepull audit verify --expect DIGEST[/]    [dim]and none missing since you noted that digest?[/]

[cyan]imagepull audit verify --from kept.jsonl[/]  [dim]an export; nothing is contacted[/]
"""
_EXPORT_EXAMPLES = """\
[bold]Examples[/]

[cyan]imagepull audit export kept.jsonl[/]         [dim]a new file, yours alone[/]

[cyan]imagepull audit export | jq -c .entry[/]     [dim]for a program[/]
"""


@audit.command("show", epilog=_SHOW_EXAMPLES)
def show(
    number: Annotated[
        int,
        typer.Option("--number", "-n", metavar="COUNT", help="How many, of the newest.", min=1, max=100_000),
    ] = 20,
    plan: Annotated[
        str,
        typer.Option("--plan", metavar="ID", help="Only of this plan; the id's beginning will do."),
    ] = "",
    since: Annotated[
        str,
        typer.Option("--since", metavar="SPAN", help="Only since then: 2h, 3d, or 2026-11-22T09:00:47Z."),
    ] = "",
    config: options.Config = None,
) -> int:
    """Show what was recorded, the newest last."""
    from bot.cli import audit as work  # noqa: PLC0415  # heavy: only when it runs

    return work.run_show(config, number, plan, since)


@audit.command("verify", epilog=_VERIFY_EXAMPLES)
def verify(
    expected: Annotated[
        str,
        typer.Option(
            "--expect", metavar="DIGEST", help="One of the records must have it: nothing was cut off."
        ),
    ] = "",
    source: Annotated[
        str,
        typer.Option(
            "--from", metavar="FILE", help="An export, or - for stdin. [dim]Else: the bot's database.[/]"
        ),
    ] = "",
    config: options.Config = None,
) -> int:
    """Say whether anything was altered, taken out or put in; ends with 1 when so."""
    from bot.cli import audit as work  # noqa: PLC0415  # heavy: only when it runs

    return work.run_verify(config, expected, source)


@audit.command("export", epilog=_EXPORT_EXAMPLES)
def export(
    target: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="A new file. [dim]Else: stdout.[/]", show_default=False),
    ] = None,
    config: options.Config = None,
) -> int:
    """Write every record with its digests, a line of JSON each."""
    from bot.cli import audit as work  # noqa: PLC0415  # heavy: only when it runs

    return work.run_export(config, target)
