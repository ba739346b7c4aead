"""How fast ``explain -o json`` answers on one core: JSON in, JSON out, nothing answered twice from memory.

Every line is another text: the recorded, dockerd's and public messages, their hosts, images and ids changed
from line to line, in the mix in which they were recorded. The bar is 20,000 messages a second. Beside it, as
ratios of the same run: reading and writing the JSON alone, and the pattern engine alone.
"""

import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec


ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.catalog import symptoms  # noqa: E402
from bot.cli import explain  # noqa: E402
from bot.diagnosis.signatures import SignatureBook  # noqa: E402


MESSAGES = 60_000
BAR = 20_000
ROUNDS = 3


def main() -> int:
    """Print messages a second; exit 1 below the bar."""
    book = SignatureBook(symptoms.load(ROOT / "playbooks" / "symptoms"))
    lines = list(stream())
    content = b"\n".join(lines)
    given = [msgspec.json.decode(line) for line in lines]
    print(
        f"{len(lines):,} messages, {len(set(lines)):,} distinct, {len(content) / len(lines):.0f} bytes each"
    )
    whole = best(lambda: explain.run(io.BytesIO(content), io.BytesIO(), book, {}, "json"))
    codec = best(lambda: [msgspec.json.encode(msgspec.json.decode(line)) for line in lines])
    engine = best(lambda: [book.recognize(row["message"], row["reason"]) for row in given])
    for title, seconds in (("explain -o json", whole), ("JSON alone", codec), ("engine alone", engine)):
        print(
            f"{title:<16}{len(lines) / seconds:>12,.0f} a second   {seconds / whole:>6.2f} of explain's time"
        )
    return 0 if len(lines) / whole >= BAR else 1


def stream() -> Iterator[bytes]:
    """The recorded mix over and over, no line like another."""
    names = ("messages.jsonl", "dockerd.jsonl", "public_messages.jsonl", "public_messages_2.jsonl")
    rows = [
        json.loads(text)
        for name in names
        for text in (ROOT / "tests" / "recordings" / name).read_text().splitlines()
    ]
    for place in range(MESSAGES):
        row = rows[place % len(rows)]
        message = f"{row['message']}".replace("example", f"n{place}.example").replace("web", f"web{place}")
        told = {"id": place, "message": f"{message} #{place}", "reason": row.get("reason") or ""}
        yield json.dumps(told).encode()


def best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of a few rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    raise SystemExit(main())
