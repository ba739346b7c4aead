"""`explain` takes messages from the line or from stdin."""

import io
import json
import sys

import pytest

from bot.cli import explaining
from bot.cli.asking import Output
from bot.facts.cause import Cause, Scope, Severity


class _Stdin:
    def __init__(self, content: bytes) -> None:
        self.buffer = io.BufferedReader(io.BytesIO(content))  # type: ignore[arg-type]

    def isatty(self) -> bool:
        return False


LIMIT = "toomanyrequests: You have reached your pull rate limit"


def test_explaining_takes_messages_from_the_line(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Each argument is one message, even when it holds line breaks."""
    assert explaining.run((LIMIT, f"Failed\n{LIMIT}"), None, Output.JSON) == 0
    lines = capfdbinary.readouterr().out.splitlines()
    assert [json.loads(line)["symptom"] for line in lines] == ["rate-limited", "rate-limited"]


def test_explaining_keeps_the_rows_of_a_pasted_table(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """What a probe said in another row does not name the pull; JSON on the line stays JSON."""
    table = (
        "Warning  Unhealthy  2m  kubelet  Readiness probe failed: dial tcp 192.0.2.5:80: connect: connection refused\n"
        'Warning  Failed  20s  kubelet  Failed to pull image "web:v9": manifest for web:v9 not found'
    )
    given = json.dumps({"id": "a", "message": LIMIT}, indent=1)
    assert explaining.run((table, given), None, Output.JSON) == 0
    lines = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [(line["id"], line["symptom"]) for line in lines] == [
        (1, "manifest-not-found"),
        ("a", "rate-limited"),
    ]


def test_explaining_reads_stdin(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line each; what is not an image pull message is null."""
    monkeypatch.setattr(sys, "stdin", _Stdin(f"{LIMIT}\nnothing of ours\n".encode()))
    assert explaining.run((), None, Output.JSON) == 0
    lines = capfdbinary.readouterr().out.splitlines()
    assert [json.loads(line)["symptom"] for line in lines] == ["rate-limited", None]


def test_explaining_lists_causes_in_the_order_of_the_table() -> None:
    """A symptom's causes by their order; one that fits most symptoms is told last."""

    def cause(name: str, order: int, *symptoms: str) -> Cause:
        return Cause(name, name, order, (Scope.NODE,), Severity.LOW, symptoms, (), ())

    wide = cause("wide", 0, "x", "y", "z")
    found = explaining.possible((wide, cause("b", 2, "x"), cause("a", 1, "x", "y"), cause("c", 3, "z", "v")))
    assert found == {"x": ("a", "b", "wide"), "y": ("a", "wide"), "z": ("c", "wide"), "v": ("c",)}
