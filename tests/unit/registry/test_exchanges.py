"""Recorded exchanges are read as they stand, and what is not of the form costs nobody a traceback."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BotError, UnsafeSource, UsageError
from bot.facts.testimony import Fault
from bot.registry import exchanges
from bot.registry.exchanges import canonical
from bot.registry.wire import Failed, Reply


RECORDINGS = Path(__file__).parents[2] / "recordings"
RECORDED = sorted(RECORDINGS.glob("*/**/dump/registry.json"))


def _exchange(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "about": "manifest",
        "identity": "anonymous",
        "request": {"method": "GET", "url": "https://registry.example/v2/", "headers": {}},
        "response": {"status": 200, "headers": {"Content-Type": "text/plain"}, "body": "ok"},
    } | changes
    return {name: value for name, value in told.items() if value is not None}


def _file(*items: object) -> bytes:
    return json.dumps({"image": "x", "exchanges": items}).encode()


def test_exchanges_are_read_as_they_stand() -> None:
    """Headers by lower-case name, the scheme of the credential, the body as bytes."""
    headers = {"AUTHORIZATION": "Basic <redacted>", "Accept": "text/plain"}
    item = _exchange(
        identity="secret:shop/regcred",
        request={"method": "get", "url": "https://registry.example/v2/", "headers": headers},
        response={"status": 401, "headers": {"WWW-Authenticate": ["Basic a", "Bearer b"]}, "body": None},
        key_matches_registry=False,
        emulator_artifact="of a stand-in",
    )
    (found,) = exchanges.read(_file(item)).exchanges
    assert (found.method, found.scheme, found.accept) == ("GET", "basic", "text/plain")
    assert found.outcome == Reply(401, {"www-authenticate": "Basic a, Bearer b"})
    assert (found.sendable, found.artifact) == (False, "of a stand-in")


def test_every_fault_has_its_spelling() -> None:
    """An error is a fault by its own name."""
    items = [_exchange(response=None, error=fault.value, detail="x") for fault in Fault]
    found = exchanges.read(_file(*items)).exchanges
    assert [each.outcome for each in found] == [Failed(fault, "x") for fault in Fault]


def test_a_binary_body_comes_as_base64() -> None:
    """What is no text stands encoded."""
    item = _exchange(response={"status": 200, "body_base64": "/wA="})
    assert exchanges.read(_file(item)).exchanges[0].outcome == Reply(200, {}, b"\xff\0")
    assert exchanges.written(exchanges.read(_file(item)).exchanges[0])["response"]["body_base64"] == "/wA="


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: str(path.relative_to(RECORDINGS).parent.parent))
def test_every_recording_is_read_whole_and_written_again(path: Path) -> None:
    """Nothing of a recording is left out, and what is written of it is read as the same."""
    found = exchanges.read(path.read_bytes())
    assert not found.warnings
    assert len(found.exchanges) == len(json.loads(path.read_bytes())["exchanges"])
    again = json.dumps({"exchanges": [exchanges.written(each) for each in found.exchanges]})
    assert exchanges.read(again.encode()) == found


@pytest.mark.parametrize(
    "changes",
    [
        {"identity": 5},
        {"identity": "somebody"},
        {"request": None},
        {"request": {"method": "GET", "url": "ftp://registry.example/"}},
        {"request": {"method": "GET", "url": "https://u:p@registry.example/"}},
        {"request": {"method": "GET", "url": "https://registry.example:port/"}},
        {"request": {"method": "GET", "url": "https://[registry.example/"}},
        {"request": {"method": "GET", "url": "https://registry.example/", "headers": []}},
        {"response": None},
        {"error": "dropped"},
        {"response": None, "error": "something else"},
        {"response": {"status": "200"}},
        {"response": {"status": 99}},
        {"response": {"status": 200, "headers": {"a": 1}}},
        {"response": {"status": 200, "body": {}}},
        {"response": {"status": 200, "body_base64": "§"}},
    ],
)
def test_a_broken_exchange_is_left_out_and_named(changes: dict[str, Any]) -> None:
    """The others are still read, and a line says which one is off."""
    found = exchanges.read(_file(_exchange(), _exchange(**changes), 7), "a/registry.json")
    assert len(found.exchanges) == 1
    assert [line[:32] for line in found.warnings] == [f"'a/registry.json': exchange {at} is" for at in (2, 3)]


def test_many_broken_exchanges_are_told_once() -> None:
    """A file of nonsense does not fill the screen."""
    found = exchanges.read(_file(*range(1000)))
    assert len(found.warnings) == exchanges.MOST_WARNINGS + 1
    assert found.warnings[-1].endswith("995 exchanges more are left out")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"exchanges": 1}',
        b'{"exchanges": {}}',
        b"\xff\xfe{}",
        b'{"exchanges": ["\xff"]',
    ],
)
def test_a_file_without_exchanges_is_refused_by_name(raw: bytes) -> None:
    """One line that names the file."""
    with pytest.raises(UsageError, match=r"'mine\.json'"):
        exchanges.read(raw, "mine.json")


def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither size, number nor depth costs more than a line."""
    with pytest.raises(UnsafeSource, match="nested too deeply"):
        exchanges.read(b'{"exchanges": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}")
    monkeypatch.setattr(exchanges, "MOST", 3)
    with pytest.raises(UnsafeSource, match="more than 3 registry answers"):
        exchanges.read(_file(1, 2, 3, 4))
    monkeypatch.setattr(exchanges, "LARGEST", 1024 * 1024)
    with pytest.raises(UnsafeSource, match="more than 1 MiB"):
        exchanges.read(b" " * 1024 * 1024 + b"{}")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["about", "identity", "request", "response", "error", "emulator_artifact", "key_matches_registry"]
        ),
        _JSON,
    )
)
def test_no_exchange_breaks_the_reading(item: dict[str, Any]) -> None:
    """Whatever stands there is an exchange or a warning."""
    found = exchanges.read(_file(item))
    assert len(found.exchanges) + len(found.warnings) == 1


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(raw: bytes) -> None:
    """Whatever a file holds, it is read or refused."""
    with contextlib.suppress(BotError):
        exchanges.read(raw)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("https://Registry.Example:443/v2/", "HTTPS://registry.example/v2/"),
        ("http://registry.example:80/v2/", "http://registry.example/v2/"),
        ("https://registry.example", "https://registry.example/"),
        (
            "https://h/token?service=a&scope=repository%3ax%2fy:pull",
            "https://h/token?scope=repository:x/y:pull&service=a",
        ),
        ("https://h/v2/a/manifests/sha256%3Aabc", "https://h/v2/a/manifests/sha256:abc"),
        ("https://h/v2/%61/", "https://h/v2/a/"),
        ("https://[::1]:5000/v2/", "https://[::1]:5000/v2/"),
    ],
)
def test_one_url_has_one_spelling(left: str, right: str) -> None:
    """Order of the query, escapes, the usual port and the host's case make no difference."""
    assert canonical(left) == canonical(right)


@pytest.mark.parametrize(
    "other",
    [
        "http://registry.example/v2/a/tags/list",
        "https://registry.example:5000/v2/a/tags/list",
        "https://registry.example/v2/a/tags/list/",
        "https://registry.example/v2/A/tags/list",
        "https://registry.example/v2%2Fa/tags/list",
        "https://registry.example/v2/a/tags/list?n=1",
    ],
)
def test_different_urls_stay_apart(other: str) -> None:
    """What another registry could read otherwise is another question."""
    assert canonical(other) != canonical("https://registry.example/v2/a/tags/list")
