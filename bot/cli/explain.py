"""``imagepull explain``: a stream of messages in, one line about each out, with nothing read but the stream.

A line is a message as it stands, or a JSON object ``{"id", "message", "reason"}``. Input is taken as it
arrives and answered before more is asked for, so ``tail -f | imagepull explain`` answers at once and a file
of any size needs no memory. A line that cannot be read is answered with its error and the stream goes on.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol

import msgspec

from bot.diagnosis.signatures import SignatureBook


# One read from the stream; also how much is answered before it is flushed.
_CHUNK = 1 << 16
# A longer line is cut here: no message is, and a stream without line ends must not fill the memory.
_LONGEST_LINE = 1 << 20

Output = Literal["text", "json"]


class Incoming(Protocol):
    """A binary stream that gives what has arrived (``sys.stdin.buffer``, ``io.BytesIO``)."""

    def read1(self, size: int, /) -> bytes:
        """At most ``size`` bytes, as soon as there are any; empty at the end."""
        ...


class Outgoing(Protocol):
    """A binary stream that takes answers (``sys.stdout.buffer``, ``io.BytesIO``)."""

    def write(self, content: bytes, /) -> int:
        """Take all of it."""
        ...

    def flush(self) -> None:
        """Hand on what was taken."""
        ...


class _Line(msgspec.Struct):
    message: str | None
    id: Any = None
    reason: str | None = None


def run(
    stream_in: Incoming,
    stream_out: Outgoing,
    book: SignatureBook,
    possible_by_symptom: Mapping[str, tuple[str, ...]],
    output: Output,
) -> int:
    """Answer every line until the stream ends.

    Args:
        stream_in: messages, a line each.
        stream_out: where the answers go; flushed after each read.
        book: the signatures.
        possible_by_symptom: symptom id -> ids of the causes that show it, in the order in which they are told.
        output: ``json`` for one object a line, ``text`` for columns parted by tabs: id, symptom, causes, signature.

    Returns:
        The exit code, 0.
    """
    speaker = _Json(possible_by_symptom) if output == "json" else _Text(possible_by_symptom)
    decode = msgspec.json.Decoder(_Line).decode
    recognize, number = book.recognize, 0
    for lines in _arriving(stream_in):
        answers = []
        for line in lines:
            number += 1
            if not line or line.isspace():
                continue
            name: Any = number
            try:
                if line.lstrip().startswith(b"{"):
                    given = decode(line)
                    if given.id is not None:
                        name = given.id
                    named = recognize(given.message or "", given.reason or "")
                else:
                    named = recognize(line.decode().rstrip("\r"))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                cut = len(line) >= _LONGEST_LINE
                answers.append(speaker.broken(name, "longer than 1 MiB" if cut else _said(error)))
            else:
                answers.append(speaker.answer(name, named))
        stream_out.write(b"".join(answers))
        stream_out.flush()
    return 0


def _arriving(stream: Incoming) -> Iterator[list[bytes]]:
    """The lines that are complete after each read; the last one needs no line end."""
    rest, cut = b"", False
    while chunk := stream.read1(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\n") if not cut else _after_cut(rest, chunk)
        cut = cut and not whole
        if len(rest) > _LONGEST_LINE:
            rest, cut = rest[:_LONGEST_LINE], True
        if whole:
            yield whole
    if rest:
        yield [rest]


def _after_cut(rest: bytes, chunk: bytes) -> list[bytes]:
    """The rest of a line that was cut is dropped; what follows its end is kept."""
    _, end, following = chunk.partition(b"\n")
    return [rest, *following.split(b"\n")] if end else [rest]


def _said(error: Exception) -> str:
    """What is wrong with a line, without a word of the line itself."""
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: byte {error.start} is {error.object[error.start]:#04x}"
    if isinstance(error, RecursionError):
        return "JSON nested too deeply"
    return str(error)


class _Json:
    """Speaks JSON Lines. All but the id is the same for one signature, so it is made once."""

    def __init__(self, possible: Mapping[str, tuple[str, ...]]) -> None:
        self._possible = possible
        self._tails: dict[tuple[str, str] | None, bytes] = {}

    def answer(self, name: object, named: tuple[str, str] | None) -> bytes:
        """One line about a message."""
        tail = self._tails.get(named)
        if tail is None:
            tail = self._tails[named] = self._tail(named)
        return b'{"id":' + msgspec.json.encode(name) + tail

    def broken(self, name: object, error: str) -> bytes:
        """One line about a line that could not be read."""
        told = {"id": name, "symptom": None, "possible": [], "signature": None, "error": error}
        return msgspec.json.encode(told) + b"\n"

    def _tail(self, named: tuple[str, str] | None) -> bytes:
        symptom, signature = named or (None, None)
        told = {
            "symptom": symptom,
            "possible": self._possible.get(symptom, ()) if symptom else (),
            "signature": signature,
        }
        return b"," + msgspec.json.encode(told)[1:] + b"\n"


class _Text:
    """Speaks columns parted by tabs, "-" where there is nothing."""

    def __init__(self, possible: Mapping[str, tuple[str, ...]]) -> None:
        self._possible = possible

    def answer(self, name: object, named: tuple[str, str] | None) -> bytes:
        """One line about a message."""
        symptom, signature = named or ("-", "-")
        causes = ", ".join(self._possible.get(symptom, ())) or "-"
        return "\t".join((_shown(name), symptom, causes, signature)).encode() + b"\n"

    def broken(self, name: object, error: str) -> bytes:
        """One line about a line that could not be read."""
        return "\t".join((_shown(name), "-", "-", f"! {error}")).encode() + b"\n"


def _shown(name: object) -> str:
    """An id that cannot move the terminal's cursor."""
    text = name if isinstance(name, str) else msgspec.json.encode(name).decode()
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
