"""How often a message is named rightly: right / wrong / unknown by symptom, and on what no pattern was written from.

Four figures, each with its split named:

- *all*: every message this project carries: recordings, dockerd's, public ones. Patterns were written with
  most of these in sight, so this one flatters.
- *held-out scenarios*: recorded scenarios set aside, by name, before any message of theirs was looked at;
  their symptoms' patterns come from the runtimes' sources and from public threads.
- *runtime left out*: each runtime's messages, after every pattern that only that runtime's wording justifies
  was dropped (``runtime:`` of the pattern). What is left are the kubelet's, Go's and the registries' words.
- *first run*: what was answered when messages from public threads were run for the first time, before anything
  was mended because of them (``first_run`` of each row). Two collections by two people; of the second, ``2a`` was
  run before its mending and ``2b``, from other threads, after it. The published figures (docs/classification.md).

``unknown`` is "no symptom" where there is one; ``wrong`` is any other symptom, or a look-alike that was claimed.
"""

import dataclasses
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.catalog import symptoms  # noqa: E402
from bot.diagnosis.signatures import SignatureBook, SymptomRule  # noqa: E402


RECORDINGS = ROOT / "tests" / "recordings"
FILES = ("messages.jsonl", "dockerd.jsonl", "public_messages.jsonl", "public_messages_2.jsonl")
RUNTIMES = ("containerd", "cri-o", "dockerd")
GRADES = ("right", "wrong", "unknown")
# Set aside before their messages were read.
HELD_OUT = frozenset(
    {
        "cdn-dns-blocked",
        "digest-not-found",
        "ecr-repo-missing",
        "ephemeral-container",
        "exec-format",
        "ghcr-denied",
        "http-hang",
        "http-vs-https",
        "invalid-name-template",
        "mirror-only-down",
        "neg-missing-configmap",
        "neg-quota",
        "no-space",
        "proxy-refused",
        "ratelimit-hub",
        "registry-403-proxy",
        "registry-500",
        "secret-wrong-password",
        "signature-missing",
        "x509-unknown-ca",
    }
)

# What they said then, before anything was mended because of them.
HELD_OUT_FIRST_RUN = Counter(right=489, wrong=3)

Row = dict[str, Any]


def main() -> int:
    """Print the tables; exit 1 when a message is named wrongly."""
    rules = symptoms.load(ROOT / "playbooks" / "symptoms")
    book = SignatureBook(rules)
    recorded, daemon, public, second = (rows(name) for name in FILES)
    print(f"{len(symptoms.symptoms(rules))} symptoms, {sum(len(rule.patterns) for rule in rules)} patterns\n")
    by_symptom = tally(
        book, [*recorded, *daemon, *public, *second], lambda row: row["symptom"] or "(none: look-alike)"
    )
    table("all messages, by symptom", by_symptom)
    for title, some in (
        ("recordings", recorded),
        ("dockerd", daemon),
        ("public, now", [*public, *second]),
    ):
        line(title, total(book, some))
    print()
    held_out = [row for row in recorded if row["scenario"] in HELD_OUT]
    line("held-out, first run", HELD_OUT_FIRST_RUN)
    line("held-out, now", total(book, held_out))
    for runtime in RUNTIMES:
        own = [row for row in (*recorded, *daemon) if row["runtime"].startswith(runtime)]
        line(f"{runtime} left out", total(SignatureBook(without(rules, runtime)), own))
    print()
    for title, some in first_runs(public, second):
        line(f"first run, {title}", Counter(row["first_run"] for row in some))
        look_alikes = [row for row in some if row["symptom"] is None]
        line("  of these look-alikes", Counter(row["first_run"] for row in look_alikes))
    return 1 if sum(count["wrong"] for count in by_symptom.values()) else 0


def first_runs(public: list[Row], second: list[Row]) -> list[tuple[str, list[Row]]]:
    """The rows of each first run, titled as docs/classification.md titles them."""
    return [
        ("collection 1", public),
        ("batch 2a", [row for row in second if row["batch"] == "2a"]),
        ("batch 2b", [row for row in second if row["batch"] == "2b"]),
    ]


def rows(name: str) -> list[Row]:
    """The messages of one file."""
    return [json.loads(text) for text in (RECORDINGS / name).read_text().splitlines()]


def grade(book: SignatureBook, row: Row) -> str:
    """Right, wrong or unknown."""
    named = book.recognize(row["message"] or "", row.get("reason") or "")
    told = named[0] if named else None
    if told == row["symptom"] or told in row["also_ok"]:
        return "right"
    return "unknown" if told is None else "wrong"


def tally(book: SignatureBook, some: Iterable[Row], key: Callable[[Row], str]) -> dict[str, Counter[str]]:
    """Grades by whatever the key says."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for row in some:
        counted[key(row)][grade(book, row)] += 1
    return counted


def total(book: SignatureBook, some: Iterable[Row]) -> Counter[str]:
    """Grades of all of them."""
    return Counter(grade(book, row) for row in some)


def without(rules: Iterable[SymptomRule], runtime: str) -> list[SymptomRule]:
    """The rules without what only this runtime's wording justifies."""
    return [
        dataclasses.replace(
            rule, patterns=tuple(pattern for pattern in rule.patterns if pattern.runtimes != (runtime,))
        )
        for rule in rules
    ]


def table(title: str, counted: dict[str, Counter[str]]) -> None:
    """One line a key, sorted."""
    print(f"{title:<28}" + "".join(f"{name:>9}" for name in GRADES))
    for key in sorted(counted):
        print(f"  {key:<26}" + "".join(f"{counted[key][name] or '':>9}" for name in GRADES))
    print()


def line(title: str, counted: Counter[str]) -> None:
    """One line with its shares."""
    number = counted.total()
    shares = "  ".join(f"{name} {counted[name]} ({counted[name] / number:.1%})" for name in GRADES)
    print(f"{title:<28}{number:>6} messages: {shares}")


if __name__ == "__main__":
    raise SystemExit(main())
