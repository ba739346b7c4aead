"""The engine: what weighs, what wins, what is refused, and that no input makes it slow."""

import time
from pathlib import Path

import pytest

from bot.catalog import symptoms
from bot.diagnosis.signatures import Pattern, Role, SignatureBook, SymptomRule
from bot.errors import PlaybookError


SHIPPED = Path(__file__).resolve().parents[3] / "playbooks" / "symptoms"


def pattern(name: str, regex: str, **more: object) -> Pattern:
    """A pattern of the kubelet's."""
    return Pattern(id=name, regex=regex, runtimes=("kubelet",), **({"rank": 50} | more))


def rule(
    name: str, *patterns: Pattern, role: Role = Role.SYMPTOM, reasons: tuple[str, ...] = ()
) -> SymptomRule:
    """A rule around patterns."""
    return SymptomRule(name, "test", "said so", patterns, role, reasons)


REFUSED = rule("refused", pattern("refused", "connection refused"))
DNS = rule(
    "dns",
    pattern(
        "lookup", "no such host", rank=10, extract={"host": ("lookup ([^:]+)",)}, constants={"dns": "no"}
    ),
)
PULL = rule(
    "pull", pattern("pull", "Failed to pull", weight=5), role=Role.EVIDENCE, reasons=("ErrImagePull",)
)
PROBE = rule(
    "probe", pattern("probe", "probe failed", weight=5), role=Role.LOOK_ALIKE, reasons=("Unhealthy",)
)
LOCAL = rule("invalid", pattern("invalid", "cannot be parsed"), reasons=("InvalidImageName",))
AFTER = rule("exec", pattern("exec", "exec format error", rank=90, weight=4, any_reason=True))

BOOK = SignatureBook((REFUSED, DNS, PULL, PROBE, LOCAL, AFTER))


def test_book_claims_nothing_without_evidence() -> None:
    """A network error alone may be anybody's."""
    assert BOOK.match("dial tcp: connection refused") is None


def test_book_claims_with_evidence_in_the_text() -> None:
    """The kubelet's wrapper says that a pull is meant."""
    found = BOOK.match("Failed to pull: connection refused")
    assert found is not None
    assert (found.id, found.signature) == ("refused", "refused/refused")


def test_book_claims_with_evidence_in_the_reason() -> None:
    """A reason that only pulls have is evidence enough."""
    assert BOOK.recognize("connection refused", "ErrImagePull") == ("refused", "refused/refused")


def test_book_takes_a_reason_that_repeats_the_message_as_evidence() -> None:
    """The kubelet repeats a raw error as the reason of a failed pull, and nowhere else."""
    assert BOOK.recognize("connection refused", "connection refused") == ("refused", "refused/refused")
    assert BOOK.recognize("connection refused", "something else") is None


def test_book_weighs_look_alikes_against_evidence() -> None:
    """A tie is a look-alike: unknown is allowed, wrong is not."""
    assert BOOK.match("probe failed: Failed to pull: connection refused") is None


def test_book_lets_a_foreign_reason_outweigh_any_text() -> None:
    """A probe's reason stays a probe's reason."""
    assert BOOK.match("Failed to pull: connection refused", "Unhealthy") is None
    shipped = SignatureBook(symptoms.load(SHIPPED))
    assert shipped.match('Failed to pull image "web": pull QPS exceeded', "CrashLoopBackOff") is None


def test_book_lets_a_pulls_reason_outweigh_a_look_alikes_words() -> None:
    """What the kubelet calls a failed pull is one, whatever the image is called."""
    assert BOOK.recognize("probe failed: connection refused", "ErrImagePull") == (
        "refused",
        "refused/refused",
    )


def test_book_names_the_lowest_rank() -> None:
    """Of two signals the one nearer to the root wins, whatever their order in the text."""
    assert BOOK.recognize("Failed to pull: connection refused: no such host") == ("dns", "dns/lookup")


def test_book_names_the_same_among_equals() -> None:
    """Two errors of one rank in one text: which one is named does not hang on the order of the files."""
    equals = (PULL, rule("b", pattern("b", "bee")), rule("a", pattern("a1", "ant"), pattern("a2", "aunt")))
    text = "Failed to pull: bee ant aunt"
    named = {SignatureBook(order).recognize(text) for order in (equals, equals[::-1])}
    assert named == {("a", "a/a1")}


def test_book_names_by_reason_what_no_pattern_knows() -> None:
    """A telling reason speaks where the text says nothing known."""
    assert BOOK.recognize("what is this", "InvalidImageName") == ("invalid", "invalid/InvalidImageName")
    found = BOOK.match("what is this", "InvalidImageName")
    assert found is not None
    assert dict(found.fields) == {}


def test_book_names_what_shows_after_the_pull_under_any_reason() -> None:
    """A wrong binary shows in a crash, whose reason otherwise rules everything out; a probe's text still does."""
    assert BOOK.recognize("exec format error", "Unhealthy") == ("exec", "exec/exec")
    assert BOOK.recognize("probe failed: exec format error") is None


def test_book_skips_a_wording_that_its_exception_covers() -> None:
    """Where `unless` matches, the next wording has its turn."""
    bare = rule("bare", pattern("bare", "back-off", rank=1, weight=5, unless="back-off: "))
    book = SignatureBook((bare, REFUSED))
    assert book.recognize("back-off") == ("bare", "bare/bare")
    assert book.recognize("back-off: connection refused") == ("refused", "refused/refused")
    assert book.recognize("back-off: never heard of") is None


def test_book_takes_fields_of_the_winner_only() -> None:
    """Extracted and implied fields come together; the host is lower case."""
    found = BOOK.match("Failed to pull: lookup R.Example: no such host")
    assert found is not None
    assert dict(found.fields) == {"host": "r.example", "dns": "no"}


def test_book_refuses_a_pattern_that_re2_cannot_read() -> None:
    """Look-around is refused with the pattern's name."""
    with pytest.raises(PlaybookError, match=r"bad/look: RE2 cannot read"):
        SignatureBook((rule("bad", pattern("look", "(?=x)")),))


def test_book_refuses_an_exception_that_re2_cannot_read() -> None:
    """The same for `unless`."""
    with pytest.raises(PlaybookError, match=r"bad/look"):
        SignatureBook((rule("bad", pattern("look", "x", unless="(")),))


def test_book_refuses_an_extraction_without_a_group() -> None:
    """Nothing could be taken out."""
    with pytest.raises(PlaybookError, match="has no group"):
        SignatureBook((rule("bad", pattern("field", "x", extract={"host": ("abc",)})),))


def test_empty_book_claims_nothing() -> None:
    """Without rules everything is unknown."""
    assert SignatureBook(()).match("Failed to pull: connection refused") is None


HOSTILE = {
    "nested quotes": '\\"' * 50_000,
    "escapes": "\\" * 100_000,
    "one word": "x" * 100_000,
    "lookups": "lookup " * 14_000,
    "wrappers": 'Failed to pull image "' * 4_500,
    "statuses": "unexpected status from GET request to " * 2_600,
    "mirrors": "(Mirrors also failed: " * 4_500,
    "blanks": " \t\n" * 33_000,
    "entities": "&quot;" * 16_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_stays_linear_on_hostile_lines(text: str) -> None:
    """Eight times the text costs no more than a generous twenty times the time."""
    book = SignatureBook(symptoms.load(SHIPPED))
    short, long = text[: len(text) // 8], text
    book.match(long)
    assert spent(book, long) < 20 * spent(book, short) + 0.01


def spent(book: SignatureBook, text: str) -> float:
    """Seconds that the fastest of a few matches took of this thread's own, whatever else the machine does."""
    times = []
    for _ in range(5):
        start = time.thread_time()
        book.match(text)
        times.append(time.thread_time() - start)
    return min(times)
