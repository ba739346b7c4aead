"""``imagepull playbooks …`` as people type it: arguments and help; the work is in ``playbooks``, imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import completion


playbooks = typer.Typer(
    help="Check, start and preview the knowledge: causes, symptoms and their words.", no_args_is_help=True
)
_Own = Annotated[
    Path | None,
    typer.Option("--folder", metavar="DIR", help="Your own playbooks. [dim]Else: the shipped ones.[/]"),
]


@playbooks.command("check")
def check_playbooks(
    own: _Own = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Write the generated tables of README.md first.")
    ] = False,
) -> int:
    """Lint the playbooks and prove their examples; ends with 1 when something is to be mended."""
    from bot.cli import playbooks as work  # noqa: PLC0415  # heavy: only when it runs

    return work.run_check(own, fix=fix)


@playbooks.command("new")
def new_playbook(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="In kebab-case: mirror-stale.", show_default=False)
    ],
    own: _Own = None,
) -> int:
    """Start a cause: a folder with everything that is to be filled in."""
    from bot.cli import playbooks as work  # noqa: PLC0415  # heavy: only when it runs

    return work.run_new(identifier, own)


@playbooks.command("render")
def render_playbook(
    identifier: Annotated[
        str,
        typer.Argument(metavar="ID", help="A cause.", autocompletion=completion.causes, show_default=False),
    ],
    example: Annotated[
        str,
        typer.Option(
            "--example", metavar="NAME", help="One of its examples. [dim]Else: a made-up failure.[/]"
        ),
    ] = "",
    own: _Own = None,
) -> int:
    """Show how a cause reads in the terminal."""
    from bot.cli import playbooks as work  # noqa: PLC0415  # heavy: only when it runs
    from bot.cli import telling  # noqa: PLC0415  # likewise

    return work.run_render(identifier, example, telling.width(), colour=telling.coloured(), own=own)
