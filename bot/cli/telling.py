"""Prints what was found: reports in, text, JSON or Slack's messages on stdout and an exit code out.

Colour on a terminal and where ``FORCE_COLOR`` asks for it, never where ``NO_COLOR`` forbids it
(https://no-color.org); as wide as the terminal or ``COLUMNS`` says.
"""

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from bot import wiring
from bot.cli import output, report
from bot.cli.asking import Output, Shape
from bot.errors import BotError
from bot.facts import text
from bot.facts.playbook import Catalog
from bot.facts.verdict import Report
from bot.rendering import compose
from bot.rendering.voice import Voice


_FOUND = 1
# In a pipe nobody says how wide it is; a log viewer shows about this much.
_PIPE_WIDTH = 100
_NARROWEST, _WIDEST = 40, 120


def diagnoses(reports: Sequence[Report], catalog: Catalog, shape: Shape) -> int:
    """Print every diagnosis in full; the exit code says whether one was found, if that was asked for."""
    with Voice(catalog) as voice:
        if shape.output is Output.JSON:
            _print_json(reports, voice)
        elif shape.output is Output.SLACK:
            alerts = [(each, compose.documents(each, voice)) for each in reports]
            _print_messages(wiring.slack_alerts(alerts))
        else:
            for each in reports:
                documents = compose.documents(each, voice)
                sys.stdout.write(
                    report.why_text(each, documents, width(), colour=coloured()).rstrip("\n") + "\n"
                )
        _warn(voice)
    return _code(reports, shape)


def incidents(
    reports: Sequence[Report], catalog: Catalog, shape: Shape, again: Sequence[Sequence[str]] = ()
) -> int:
    """Print every incident in a line or two; the exit code likewise.

    Args:
        reports: one for each cluster.
        catalog: the words.
        shape: text, JSON or Slack's messages.
        again: for each report, what the next command must say to look at the same place.
    """
    with Voice(catalog) as voice:
        if shape.output is Output.JSON:
            _print_json(reports, voice)
        elif shape.output is Output.SLACK:
            listed = [(each, compose.incident_documents(each, voice)) for each in reports]
            _print_messages(wiring.slack_list(listed))
        else:
            for place, each in enumerate(reports):
                documents = compose.incident_documents(each, voice)
                where = again[place] if again else ()
                told = report.sweep_text(each, documents, width(), colour=coloured(), again=where)
                sys.stdout.write("\n" * bool(place) + told.rstrip("\n") + "\n")
        _warn(voice)
    return _code(reports, shape)


def as_line(found: Report, catalog: Catalog) -> str:
    """A report as JSON in one line, for what is printed again and again."""
    with Voice(catalog) as voice:
        return json.dumps(_values(found, voice))


def complain(error: BotError, about: str = "") -> None:
    """Tell an error that does not end the call, on stderr, in a line and a hint."""
    prefix = f"imagepull: {text.shown(about)}: " if about else "imagepull: "
    sys.stderr.write(prefix + text.shown(" ".join(error.message.split()), 1000) + "\n")
    if error.hint:
        sys.stderr.write(f"hint: {text.shown(' '.join(error.hint.split()), 1000)}\n")


def coloured(stream: TextIO | None = None, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether to put out colours."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return environment["FORCE_COLOR"] != "0"
    return (stream or sys.stdout).isatty() and environment.get("TERM") != "dumb"


def width(environment: Mapping[str, str] = os.environ) -> int:
    """How many columns there are."""
    wanted = environment.get("COLUMNS", "")
    # isdecimal alone takes other scripts' digits and any length; a terminal has a few hundred columns.
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 5:
        return max(_NARROWEST, int(wanted))
    fallback = (_PIPE_WIDTH, 24)
    return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size(fallback).columns))


def _print_json(reports: Sequence[Report], voice: Voice) -> None:
    if len(reports) == 1:
        sys.stdout.write(json.dumps(_values(reports[0], voice), indent=2) + "\n")
        return
    for each in reports:  # one line for each cluster: a program reads them as they come
        sys.stdout.write(json.dumps(_values(each, voice)) + "\n")


def _print_messages(values: Mapping[str, object]) -> None:
    """One document also for several clusters: it is one answer in Slack, too."""
    sys.stdout.write(json.dumps(values, indent=2) + "\n")


def _values(found: Report, voice: Voice) -> dict[str, object]:
    documents, incidents = compose.documents(found, voice), compose.incident_documents(found, voice)
    return output.as_values(found, documents, incidents, voice.answer)


def _warn(voice: Voice) -> None:
    for warning in voice.warnings:
        sys.stderr.write(f"imagepull: {text.shown(warning, 1000)}\n")


def _code(reports: Sequence[Report], shape: Shape) -> int:
    return _FOUND if shape.exit_code and any(each.diagnoses for each in reports) else 0
