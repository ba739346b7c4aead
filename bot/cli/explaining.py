"""``imagepull explain``: messages on the line or on stdin in, their symptoms and possible causes out."""

import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from bot import settings, wiring
from bot.cli import explain
from bot.cli.asking import Output
from bot.facts.cause import Cause


def run(messages: Sequence[str], config: Path | None, output: Output) -> int:
    """Explain every message, and give the exit code."""
    known = wiring.knowledge(settings.load(config).playbooks.folder)
    if messages:
        lines = "\n".join(_line(each) for each in messages)
        source: explain.Incoming = io.BytesIO(lines.encode("utf-8", "surrogateescape"))
    else:
        if sys.stdin.isatty():
            sys.stderr.write("imagepull: reading messages from stdin, a line each; Ctrl-D ends\n")
        source = cast("explain.Incoming", sys.stdin.buffer)
    sys.stdout.flush()
    return explain.run(
        source,
        sys.stdout.buffer,
        known.signatures,
        possible(known.catalog.causes),
        "json" if output is Output.JSON else "text",
    )


def _line(message: str) -> str:
    """One argument as one line of the stream, with its own line breaks kept: they part the rows of a table."""
    if "\n" not in message or message.lstrip().startswith("{"):
        return " ".join(message.splitlines())
    return json.dumps({"message": message})


def possible(causes: Sequence[Cause]) -> Mapping[str, tuple[str, ...]]:
    """Symptom -> the causes that show it: in the catalog's order, those last that most symptoms would fit.

    A mirror's fault or a registry that has closed looks like nearly anything; it is told by the image's name and
    not by the message.
    """
    symptoms = {symptom for cause in causes for symptom in cause.symptoms}
    ordered = sorted(causes, key=lambda cause: (2 * len(cause.symptoms) > len(symptoms), cause.order))
    return {
        symptom: tuple(cause.id for cause in ordered if symptom in cause.symptoms)
        for symptom in sorted(symptoms)
    }
