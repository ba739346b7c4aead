"""The door: what was typed in, an exit code out, and never a traceback.

Exit codes: 0 done (healthy or diagnosed), 1 with ``--exit-code`` when a failure was found, from ``check`` when an
image will not be pulled and from ``doctor`` when something is wrong, 2 usage, 3 target not found, 4 a cluster could not be read, 5 internal, 6 interrupted.
Everything that goes wrong is one line on stderr and a hint. Commands import what they need when they run, so that
``--help`` answers at once.
"""

import contextlib
import os
import shlex
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot.cli import audit_commands, bot_commands, commands, playbook_commands, review_commands, streams
from bot.errors import BotError, place


_INTERNAL = 5
_INTERRUPTED = 6
# What typer returns for Ctrl-C: 128 + SIGINT, as a shell would.
_TYPER_INTERRUPTED = 130
_LONGEST_LINE = 1000


class _Group(TyperGroup):
    """Commands that end in silence when nobody reads on (``imagepull sweep | head``)."""

    def make_context(self, *args: Any, **named: Any) -> Any:
        try:  # --help is printed in here
            return super().make_context(*args, **named)
        except (BrokenPipeError, SystemExit):  # the second is rich's word for the first
            _silence()
            raise typer.Exit from None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        # Plain on the first page alone: importing what draws the frames takes longer than everything else.
        self.rich_markup_mode = None
        super().format_help(ctx, formatter)

    def invoke(self, ctx: Any) -> Any:
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _silence()
            return 0
        return code


def _silence() -> None:
    # Python flushes stdout once more at exit: https://docs.python.org/3/library/signal.html#note-on-sigpipe
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


app = typer.Typer(
    cls=_Group,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Begin with `imagepull demo`, or `imagepull why` in a cluster where a pod will not start. Each command's --help has examples. None changes a cluster; the bot does what somebody approved, and only that.",
)
app.command(
    "why", epilog=commands.WHY_EXAMPLES, short_help="Say why a pod or workload cannot get its image."
)(commands.why)
app.command("sweep", epilog=commands.SWEEP_EXAMPLES, short_help="Look over clusters once: each cause once.")(
    commands.sweep
)
app.command("explain", epilog=commands.EXPLAIN_EXAMPLES, short_help="Say what messages mean, offline.")(
    commands.explain
)
app.command(
    "check", epilog=commands.CHECK_EXAMPLES, short_help="Say of manifests which images will not be pulled."
)(commands.check)
app.command(
    "forewarn", epilog=commands.FOREWARN_EXAMPLES, short_help="Say what will break though it works now."
)(commands.forewarn)
app.command("dump", epilog=commands.DUMP_EXAMPLES, short_help="Write what --from reads, without any secret.")(
    commands.dump
)
app.command("init", epilog=bot_commands.INIT_EXAMPLES, short_help="Write a commented settings file.")(
    bot_commands.init
)
app.command("run", epilog=bot_commands.RUN_EXAMPLES, short_help="Run the bot in Slack.")(bot_commands.run)
app.command(
    "doctor", epilog=bot_commands.DOCTOR_EXAMPLES, short_help="Check everything that newcomers get wrong."
)(bot_commands.doctor)
app.command(
    "slack-manifest", epilog=bot_commands.MANIFEST_EXAMPLES, short_help="Print what Slack makes the app of."
)(bot_commands.slack_manifest)
app.command("demo", short_help="Try the bot in a workspace in the browser, with nothing installed.")(
    bot_commands.demo
)
app.command(
    "digest", epilog=review_commands.DIGEST_EXAMPLES, short_help="Tell the last seven days in numbers."
)(review_commands.digest)
app.command(
    "accuracy",
    epilog=review_commands.ACCURACY_EXAMPLES,
    short_help="Say how often people said that it was right.",
)(review_commands.accuracy)
app.add_typer(audit_commands.audit, name="audit", short_help="Show and verify the record of changes.")
app.add_typer(
    playbook_commands.playbooks, name="playbooks", short_help="Check, start and preview the knowledge."
)


def _show_version(wanted: bool) -> None:
    if not wanted:
        return
    from importlib import metadata  # noqa: PLC0415  # slow, and only for this

    sys.stdout.write(f"imagepull {metadata.version('imagepull')}\n")
    raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001  # its callback does the work
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Finds why Kubernetes cannot pull an image, with proof, and says what to do about it."""
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")


def entry() -> None:
    """The console script: run the command line and end the process with its exit code."""
    sys.exit(run(sys.argv[1:], _program(sys.argv[0])))


def complete_for_kubectl() -> None:
    """The console script that kubectl asks what could follow ``kubectl imagepull …``.

    It wants a candidate a line and then a directive; 4 means "and no file names"
    (https://github.com/spf13/cobra/blob/main/completions.go).
    """
    words = ["imagepull", *sys.argv[1:]]
    os.environ |= {
        "_IMAGEPULL_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(shlex.quote(word) if word else "" for word in words),
        "COMP_CWORD": str(len(words) - 1),
    }
    try:
        app(args=[], prog_name="imagepull", standalone_mode=False)
    except SystemExit:
        sys.stdout.write("\n:4\n")


def run(arguments: Sequence[str], program: str = "imagepull") -> int:
    """Run one command line; whatever happens ends as an exit code and at most two lines on stderr."""
    try:
        streams.prepare()
        code = app(args=list(arguments), prog_name=program, standalone_mode=False)
    except BotError as error:
        _tell(error.message, error.hint)
        return error.exit_code
    except typer.TyperException as error:
        _tell(*_usage(error, program))
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except Exception as error:  # noqa: BLE001  # the last stop before the user
        return _unwritten(error) or _internal(error)
    if code == _TYPER_INTERRUPTED:
        return _interrupted()
    return code if isinstance(code, int) else 0


def _program(path: str) -> str:
    """What people typed: kubectl runs its plugins as ``kubectl-NAME``."""
    return "kubectl imagepull" if Path(path).name.startswith("kubectl") else "imagepull"


def _tell(message: str, hint: str) -> None:
    from bot.facts import text  # noqa: PLC0415  # only when something went wrong

    with contextlib.suppress(OSError):  # stderr may be closed: nobody is there to be told
        sys.stderr.write(f"imagepull: {text.shown(' '.join(message.split()), _LONGEST_LINE)}\n")
        if hint:
            sys.stderr.write(f"hint: {text.shown(' '.join(hint.split()), _LONGEST_LINE)}\n")
        sys.stderr.flush()


def _usage(error: typer.TyperException, program: str) -> tuple[str, str]:
    """A usage error in our own two lines: what is off, and the nearest right spelling or where to look."""
    message = error.format_message().strip().rstrip(".").replace("Value error, ", "")
    near: Sequence[str] = getattr(error, "possibilities", None) or ()
    if near:
        return getattr(error, "message", message), f"did you mean {' or '.join(sorted(near))}?"
    message, question, guess = message.partition(". Did you mean ")
    if question:
        return message, f"did you mean {guess}"
    context = getattr(error, "ctx", None)
    command = context.command_path if context else program
    return message, f"`{command} --help` shows what can be asked"


def _interrupted() -> int:
    _tell("interrupted", "")
    return _INTERRUPTED


def _unwritten(error: Exception) -> int:
    """Tell that the answer cannot be put out, and give the exit code; 0 when that is not what is wrong."""
    why = streams.unwritable(error) if isinstance(error, OSError) else ""
    if not why:
        return 0
    _silence()
    _tell(f"the answer cannot be written: {why}", "send stdout somewhere else")
    return _INTERNAL


def _internal(error: Exception) -> int:
    """A fault of ours. Its text may hold anything, a secret included, so only its place is told unasked."""
    if os.environ.get("IMAGEPULL_DEBUG"):
        traceback.print_exception(error)
    _tell(
        f"internal error: {type(error).__name__}{place(error)}",
        "run again with IMAGEPULL_DEBUG=1 to see where, and report it",
    )
    return _INTERNAL
