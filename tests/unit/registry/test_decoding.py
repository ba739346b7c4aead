"""A body that was built to hurt costs no more than its length, and comes out as nothing."""

import gzip
import json
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.registry.decoding import DEEPEST, decoded, inflated
from bot.registry.wire import MOST_MANIFEST


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    # Characters that can be printed: halves of surrogate pairs are replaced.
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@given(PLAIN)
def test_decoded_reads_what_json_writes(value: object) -> None:
    """Whatever is plain JSON comes out as it is, with its characters escaped or not."""
    assert decoded(json.dumps(value).encode()) == value
    assert decoded(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_decoded_survives_anything(body: bytes) -> None:
    """No bytes make it raise, and what comes out can be printed."""
    json.dumps(decoded(body), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{", b"[1,]", b"nul", b"\x1f\x8b\x08", b'{"a":1}{"b":2}', b"\xff\xfe[\x00"]
)
def test_decoded_is_nothing_for_what_is_no_json(body: bytes) -> None:
    """A page, a fragment or another encoding is no value."""
    assert decoded(body) is None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000])
def test_decoded_refuses_numbers_that_are_none(number: str) -> None:
    """What no double and no sane integer holds is refused whole, wherever it stands."""
    assert decoded(f'{{"layers":[{{"size":{number}}}]}}'.encode()) is None


@pytest.mark.attack(19, "deep JSON")
@pytest.mark.attack("R6", "depth")
def test_decoded_stops_at_its_depth() -> None:
    """As deep as manifests ever are is read; a level more is not, whatever the brackets are."""
    assert decoded(b"[" * DEEPEST + b"]" * DEEPEST) is not None
    assert decoded(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1)) is None
    assert decoded(b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1)) is None


def test_decoded_counts_no_brackets_in_strings() -> None:
    """A label may hold as many brackets as it likes, also behind escaped quotes."""
    value = {"label": '[{"' * 1000 + "\\", "other": '\\"[' * 1000}
    assert decoded(json.dumps(value).encode()) == value


def test_decoded_takes_the_last_of_equal_keys() -> None:
    """A key that stands twice is neither an error nor a list."""
    assert decoded(b'{"a":1,"a":{"b":2}}') == {"a": {"b": 2}}


def test_decoded_replaces_what_cannot_be_printed() -> None:
    """Broken UTF-8 and half a surrogate pair become replacement characters; a whole pair stays a character."""
    assert decoded(b'["\xff"]') == ["\ufffd"]
    assert decoded(b'["\\ud83d\\ude00", "\\ud83d", "x\\udc00y"]') == ["\U0001f600", "\ufffd", "x\ufffdy"]
    assert decoded(b"\xef\xbb\xbf[1]") == [1]


HOSTILE = {
    "brackets": b"[" * MOST_MANIFEST,
    "closed": b"[]" * (MOST_MANIFEST // 2),
    "quotes": b'"\\' * (MOST_MANIFEST // 2),
    "escaped quotes": b'"' + b'\\"' * (MOST_MANIFEST // 2),
    "empty lists": b"[" + b"[]," * (MOST_MANIFEST // 3) + b"[]]",
    "short keys": b"{" + b",".join(b'"%d":0' % each for each in range(400_000)) + b"}",
    "one key": b"{" + b'"a":0,' * 600_000 + b'"a":0}',
    "a fraction": b"[0." + b"1" * (MOST_MANIFEST - 10) + b"]",
    "an integer": b"[" + b"1" * (MOST_MANIFEST - 10) + b"]",
    "surrogates": b'["' + b"\\ud800" * (MOST_MANIFEST // 6) + b'"]',
    "integers": b"[" + b"1," * (MOST_MANIFEST // 2 - 2) + b"1]",
    "fractions": b"[" + b"1.5," * (MOST_MANIFEST // 4 - 2) + b"1]",
    "long integers": b"[" + (b"9" * 4000 + b",") * 1000 + b"1]",
    "long fractions": b"[" + (b"1." + b"7" * 300 + b"e-300,") * 13_000 + b"1]",
    "names and numbers": b"["
    + b",".join(b'{"%x":0}' % each for each in range(49_000))
    + b",1.5" * 300_000
    + b"]",
    "strings": b"[" + b'"",' * (MOST_MANIFEST // 3 - 2) + b"1]",
    "closing brackets": b"]" * MOST_MANIFEST,
    "broken text": b'["\\ud800"' + b",1.5" * (MOST_MANIFEST // 4 - 8) + b"]",
    "mended text": b'["\\ud800",' + b",".join(b'"%x"' % each for each in range(14_000)) + b"]",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_decoded_holds_nobody_up(name: str) -> None:
    """Four mebibytes of anything are done with before anybody else in the loop has waited long.

    Fifty milliseconds are the goal; a busy machine gets three times as many, and the best of three counts.
    """

    def seconds() -> float:
        started = time.perf_counter()
        decoded(HOSTILE[name])
        return time.perf_counter() - started

    assert min(seconds() for _ in range(3)) < 0.15


def test_decoded_reads_the_largest_that_is_honest() -> None:
    """An index of thousands of entries, a list of tags of a mebibyte, a label that holds another document."""
    entry = {
        "digest": "sha256:" + "a1" * 32,
        "size": 527,
        "platform": {"os": "linux", "architecture": "amd64"},
    }
    for value in (
        {"manifests": [entry] * 4_000},
        {"name": "shop/web", "tags": [f"1.{each}" for each in range(140_000)]},
        {
            "config": {
                "Labels": {"sbom": json.dumps({"packages": [{"name": "a", "versions": [1, 2]}] * 5_000})}
            }
        },
    ):
        assert decoded(json.dumps(value).encode()) == value


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_inflated_unpacks_what_was_packed(pack: object) -> None:
    """A server that packs unasked is read all the same."""
    assert inflated(pack(b"{}" * 500), "GZip" if pack is gzip.compress else "deflate", 1000) == b"{}" * 500  # type: ignore[operator]  # two functions


@pytest.mark.attack(19, "gzip bomb")
@pytest.mark.attack("R6", "bombs")
@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"a" * 1001, mtime=0), "gzip"),
        (gzip.compress(b"a" * 1000, mtime=0)[:-5], "gzip"),
        (gzip.compress(b"a" * 10, mtime=0) + b"more", "gzip"),
        (b"not packed", "gzip"),
        (b"", "gzip"),
        (b"{}", "br"),
        (b"{}", "gzip, gzip"),
    ],
)
def test_inflated_refuses_what_is_broken_or_too_large(body: bytes, encoding: str) -> None:
    """A byte too many, a byte too few, bytes behind it, or an encoding nobody asked for: nothing comes out."""
    assert inflated(body, encoding, 1000) is None


def test_inflated_leaves_a_bomb_unexploded() -> None:
    """A gibibyte that was packed into one mebibyte is never laid out in memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(256)) + packer.flush()
    tracemalloc.start()
    assert inflated(bomb, "gzip", 100_000) is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
    assert inflated(b"plain", "identity", 100) == b"plain"
