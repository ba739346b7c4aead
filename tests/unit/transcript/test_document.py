"""A transcript comes from anybody: it is read whole or refused in a line."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BotError, UnsafeSource, UsageError
from bot.facts.request import Request
from bot.transcript import document


ASKED = Request(("web-1",), namespace="shop")
CLUSTER: dict[str, Any] = {"name": "prod", "questions": [{"asked": "nodes", "answer": []}]}


def _text(**changes: Any) -> str:
    whole = json.loads(document.written(ASKED, CLUSTER, {"exchanges": [{"a": "\x1b[31m\u202e"}]}, "now"))
    return json.dumps(whole | changes)


def test_what_is_written_is_read_again() -> None:
    """One JSON document, with its schema first."""
    raw = document.written(ASKED, CLUSTER, {"exchanges": [{"a": 1}]}, "2026-11-22T09:00:00Z").encode()
    assert raw.startswith(b'{\n "schema": "imagepull-transcript/v1"')
    assert document.is_one(raw)
    found = document.read(raw, "t.json")
    assert found.asked == ASKED
    assert (found.cluster.name, found.cluster.vantage) == ("prod", "unknown")
    assert [each.asked for each in found.cluster.questions] == ["nodes"]
    assert found.registry.exchanges == ({"a": 1},)
    assert found.observed_at == "2026-11-22T09:00:00Z"


def test_a_terminal_obeys_nothing_in_it() -> None:
    """Escapes and marks of direction stand as ASCII."""
    assert document.written(ASKED, CLUSTER, {"exchanges": ["\x1b]52;c;\u202e\x9b"]}, "").isascii()
    assert "\x1b" not in document.written(ASKED, CLUSTER, {"exchanges": ["\x1b"]}, "")


@pytest.mark.parametrize(
    ("raw", "is_one"),
    [
        (_text(), True),
        (_text(schema="imagepull-transcript/v9"), True),
        (_text()[:150], True),
        (json.dumps({"kind": "Pod", "schema": "x", "note": "imagepull-transcript/v1"}), False),
        ('{"items": [{"schema": "imagepull-transcript/v1"}]}', False),
        ('{"schema": 5, "x": "imagepull-transcript/v1"}', False),
        ('["imagepull-transcript/v1"]', False),
        ("{}", False),
        ("", False),
    ],
)
def test_a_transcript_is_known_by_its_schema(raw: str, *, is_one: bool) -> None:
    """Even of another version or cut off, so that it is not taken for a dump."""
    assert document.is_one(raw.encode()) is is_one


@pytest.mark.parametrize(
    "raw",
    [
        _text(schema="imagepull-transcript/v2"),
        _text()[:-20],
        _text(asked=None),
        _text(asked={"targets": "web"}),
        _text(asked={"targets": [1]}),
        _text(cluster={}),
        _text(cluster={"name": "x", "questions": {}}),
        _text(cluster={"name": "x", "mirrors": {"a": 1}}),
        _text(cluster={"name": "x", "questions": [{"given": []}]}),
        _text(registry=[]),
        _text(registry={"asked": [1]}),
        _text(more=1),
        "[]",
        "",
        "\xff",
    ],
)
def test_what_is_off_is_refused_in_a_line(raw: str) -> None:
    """The line names the file, and the hint how to get another."""
    with pytest.raises(UsageError, match=r"'mine\.json'") as caught:
        document.read(raw.encode("latin-1"), "mine.json")
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_what_has_no_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Depth, size and number cost a line."""
    deep = _text(registry=0).replace(
        '"registry": 0', '"registry": {"exchanges": [' + "[" * 90_000 + "]" * 90_000 + "]}"
    )
    with pytest.raises(UnsafeSource, match="nested too deeply"):
        document.read(deep.encode(), "t.json")
    monkeypatch.setattr(document, "MOST", 0)
    with pytest.raises(UnsafeSource, match="more than 0 questions"):
        document.read(_text().encode(), "t.json")
    monkeypatch.setattr(document, "LARGEST", 1024 * 1024)
    with pytest.raises(UnsafeSource, match="more than 1 MiB"):
        document.read(b" " * 1024 * 1024 + b"{}", "t.json")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(["observed_at", "asked", "cluster", "registry", "schema"]), _JSON))
def test_no_document_breaks_the_reading(changes: dict[str, Any]) -> None:
    """Whatever stands there is read or refused."""
    with contextlib.suppress(BotError):
        document.read(_text(**changes).encode(), "t.json")
