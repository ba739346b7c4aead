"""``imagepull explain``: messages on the line or on stdin in, their symptoms and possible causes out."""

import io
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
        # A message that holds line breaks is one message all the same, and lines are what the stream counts.
        lines = "\n".join(" ".join(each.splitlines()) for each in messages)
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


def possible(causes: Sequence[Cause]) -> Mapping[str, tuple[str, ...]]:
    """Symptom -> the causes that show it, likeliest first."""
    ordered = sorted(causes, key=lambda cause: cause.order)
    symptoms = {symptom for cause in ordered for symptom in cause.symptoms}
    return {
        symptom: tuple(cause.id for cause in ordered if symptom in cause.symptoms)
        for symptom in sorted(symptoms)
    }
