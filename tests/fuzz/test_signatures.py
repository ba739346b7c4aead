"""Whatever a message says, it is named the same by every way of asking, by whatever order of rules, and with nothing of its own in the answer."""

import functools
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot import wiring
from bot.cli import explain
from bot.diagnosis import wording
from bot.diagnosis.signatures import SignatureBook
from tests.fuzz.engine import Target
from tests.fuzz.pen import Pen


RECORDINGS = Path(__file__).parents[1] / "recordings"
CANARY = "c4n4ryPassw0rd"


@functools.cache
def _books() -> tuple[SignatureBook, SignatureBook]:
    """The shipped rules, and the same from the last to the first."""
    book = wiring.knowledge().signatures
    return book, SignatureBook(reversed(book.rules))


def holds(value: Any) -> None:
    """One answer for one message; fields are of its own words; a stream says the same, a line for a line."""
    message, reason = value["message"], value["reason"]
    book, turned = _books()
    named, symptom = book.recognize(message, reason), book.match(message, reason)
    assert named == (symptom and (symptom.id, symptom.signature))
    assert named == book.recognize(message, reason)
    other = turned.recognize(message, reason)
    assert (other and other[0]) == (named and named[0])
    if symptom is not None:
        known = {rule.id for rule in book.rules}
        assert symptom.id in known
        assert symptom.signature.startswith(f"{symptom.id}/")
        _fields_are_of_the_message(symptom.fields, message)
    _streamed(message, reason, named)


def _fields_are_of_the_message(fields: Any, message: str) -> None:
    constants = {
        value for rule in _books()[0].rules for each in rule.patterns for value in each.constants.values()
    }
    said = wording.plain(message).decode("utf-8", "replace").lower()
    for value in fields.values():
        assert value in constants | {"yes"} or value.lower() in said or "\ufffd" in value


def _streamed(message: str, reason: str, named: tuple[str, str] | None) -> None:
    """Both spellings of a line, in JSON and in columns."""
    whole = message.encode("utf-8", "replace").decode()
    line = json.dumps({"id": 7, "message": whole, "reason": reason.encode("utf-8", "replace").decode()})
    plain = " ".join(whole.split())
    lines = f"{line}\n{plain}\n".encode()
    for output in ("json", "text"):
        answers = io.BytesIO()
        assert explain.run(io.BytesIO(lines), answers, _books()[0], {}, output) == 0
        told = answers.getvalue().decode()
        assert CANARY not in told
        assert told.count("\n") == 1 + bool(plain)
        if output == "json":
            first = json.loads(told.splitlines()[0])
            assert first["id"] == 7
            if message.isprintable() and reason.isprintable():
                assert (first["symptom"], first["signature"]) == (named or (None, None))
        else:
            assert told.replace("\n", "").replace("\t", "").isprintable()


def _read(name: str) -> list[str]:
    lines = (RECORDINGS / name).read_text(encoding="utf-8").splitlines()
    return sorted({json.loads(line)["message"] for line in lines})


_MESSAGES = [*_read("messages.jsonl"), *_read("public_messages.jsonl"), *_read("dockerd.jsonl")]
_REASONS = (
    "",
    "ErrImagePull",
    "ImagePullBackOff",
    "Failed",
    "BackOff",
    "Unhealthy",
    "FailedMount",
    "InvalidImageName",
    "x",
    "Pulling",
)


def _made(pen: Pen) -> Any:
    """A recorded message: misspelled, spliced, escaped again, in a row of a table, or very long."""
    message = pen.misspelled(_MESSAGES, 5)
    match pen.below(8):
        case 0:
            message = json.dumps(message)[1:-1]
        case 1:
            message = f"Warning  Failed  3m (x4 over 5m)  kubelet  {message}\nWarning  Unhealthy  1m  kubelet  probe failed"
        case 2:
            message = f"{message} https://bob:{CANARY}@registry.corp.example {pen.misspelled(_MESSAGES, 2)}"
        case 3:
            message *= pen.one(2, 30)
    reason = message if pen.maybe(12) else pen.among(_REASONS)
    return {"message": message, "reason": reason}


TARGET = Target("signatures", _made, holds)


def test_messages_are_named_alike_by_all_ways(fuzzed: Callable[[Target], None]) -> None:
    """By a question, by a stream, and with the rules in another order."""
    fuzzed(TARGET)
