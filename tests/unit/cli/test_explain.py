"""The stream: one answer a line, as it arrives, whatever the line is."""

import io
import json
from pathlib import Path

from bot.catalog import symptoms
from bot.cli import explain
from bot.diagnosis.signatures import SignatureBook


BOOK = SignatureBook(symptoms.load(Path(__file__).resolve().parents[3] / "playbooks" / "symptoms"))
POSSIBLE = {"never-pull": ("image-only-local", "wrong-tag")}
NEVER = 'Container image "web:dev" is not present with pull policy of Never'


class Dripping(io.BytesIO):
    """A stream that gives a few bytes at a time, and remembers how much was asked for."""

    def __init__(self, content: bytes, step: int) -> None:
        super().__init__(content)
        self._step = step

    def read1(self, size: int | None = -1, /) -> bytes:
        """At most `step` bytes."""
        return super().read1(min(self._step, size or self._step))


def answers(content: bytes, step: int = 1 << 20) -> list[dict[str, object]]:
    """What is answered as JSON."""
    out = io.BytesIO()
    assert explain.run(Dripping(content, step), out, BOOK, POSSIBLE, "json") == 0
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_run_answers_plain_lines_by_number() -> None:
    """A message a line; its number is its id; empty lines count and are not answered."""
    assert answers(f"{NEVER}\n\nhello\r\n".encode()) == [
        {
            "id": 1,
            "symptom": "never-pull",
            "possible": ["image-only-local", "wrong-tag"],
            "signature": "never-pull/not-present",
        },
        {"id": 3, "symptom": None, "possible": [], "signature": None},
    ]


def test_run_answers_json_lines_by_their_id() -> None:
    """An id of any JSON type comes back as it was; the reason is evidence; other keys are ignored."""
    lines = [
        {"id": "a/1", "message": "context canceled", "reason": "ErrImagePull", "more": 1},
        {"id": 7, "message": "context canceled", "reason": None},
        {"id": ["x"], "message": None},
        {"message": NEVER},
    ]
    told = answers("\n".join(json.dumps(line) for line in lines).encode())
    assert [(one["id"], one["symptom"]) for one in told] == [
        ("a/1", "pull-cancelled"),
        (7, None),
        (["x"], None),
        (4, "never-pull"),
    ]


def test_run_goes_on_after_broken_lines() -> None:
    """Broken JSON, a missing message, deep nesting and invalid UTF-8 are answered with an error, by line number."""
    deep = b'{"id": ' + b"[" * 100_000 + b"}"
    told = answers(
        b'{"id": 1, "message"\n{"id": 2}\n\xff\xfe oops\n{"message": 3}\n' + deep + b"\n" + NEVER.encode()
    )
    assert [(one["id"], one["symptom"], "error" in one) for one in told] == [
        (1, None, True),
        (2, None, True),
        (3, None, True),
        (4, None, True),
        (5, None, True),
        (6, "never-pull", False),
    ]


def test_run_does_not_depend_on_how_bytes_arrive() -> None:
    """A line cut anywhere is the same line."""
    content = f"{NEVER}\n{json.dumps({'id': 'é', 'message': NEVER})}\nhello".encode()
    assert answers(content, step=1) == answers(content, step=7) == answers(content)


def test_run_answers_before_it_asks_for_more() -> None:
    """Every read is answered and flushed: a pipe that stays open gets its answers."""
    out = io.BytesIO()
    seen = []

    class Watching(Dripping):
        def read1(self, size: int | None = -1, /) -> bytes:
            seen.append(out.getvalue().count(b"\n"))
            return super().read1(size)

    explain.run(Watching(b"aaaa\nbbbb\n", 5), out, BOOK, {}, "json")
    assert seen == [0, 1, 2]


def test_run_cuts_a_line_without_an_end() -> None:
    """Neither memory nor time goes with the length of a line; the next line is whole."""
    told = answers(NEVER.encode() + b"x" * (3 << 20) + b"\n" + NEVER.encode() + b"\n", step=1 << 16)
    assert [one["symptom"] for one in told] == ["never-pull", "never-pull"]


def test_run_says_that_json_was_too_long() -> None:
    """It is our limit that cut it, not whoever sent it."""
    line = json.dumps({"id": "a", "message": "x" * (2 << 20)}).encode()
    first, second = answers(line + b"\n" + NEVER.encode(), step=1 << 16)
    assert (first["id"], first["error"]) == (1, "longer than 1 MiB")
    assert second["symptom"] == "never-pull"


def test_run_speaks_columns() -> None:
    """Text output is parted by tabs, with "-" for nothing, and no control character gets through."""
    out = io.BytesIO()
    content = f'{NEVER}\nhello\n{{"id": "a\\u001b[2J", "message": "x"}}\n{{bad\n'.encode()
    explain.run(io.BytesIO(content), out, BOOK, POSSIBLE, "text")
    lines = out.getvalue().decode().splitlines()
    assert lines[0].split("\t") == [
        "1",
        "never-pull",
        "image-only-local, wrong-tag",
        "never-pull/not-present",
    ]
    assert lines[1].split("\t") == ["2", "-", "-", "-"]
    assert lines[2].split("\t")[0] == "a\N{REPLACEMENT CHARACTER}[2J"
    assert lines[3].split("\t")[:3] == ["4", "-", "-"]
