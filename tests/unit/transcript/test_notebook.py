"""What is noted answers the same again: every fact, every refusal, in the order of asking."""

import asyncio
import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import ClusterUnreadable, UsageError
from bot.facts.objects import Pod, Unread
from bot.transcript import probing, reading
from bot.transcript.notebook import Entry, Notebook, Told
from bot.transcript.striking import Striker


KINDS = reading._KINDS | probing._KINDS


async def _coming(value: Any, turns: int = 0) -> Any:
    for _ in range(turns):
        await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


def _told(notebook: Notebook, kinds: Mapping[str, Any] = KINDS) -> Told:
    raw = json.dumps(notebook.written())
    return Told(msgspec.json.decode(raw, type=list[Entry]), kinds)


def _any(kind: Any) -> st.SearchStrategy[Any]:
    """Any value that a field of this type can hold."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(_any, inner))
    if origin in (tuple, frozenset):
        return st.lists(_any(inner[0]), max_size=2).map(origin)
    if origin is Mapping or origin is dict:
        return st.dictionaries(st.text(max_size=3), _any(inner[1]), max_size=2)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{each.name: _any(hints[each.name]) for each in fields(kind)})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    offsets = st.integers(-12 * 60, 12 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    return {
        datetime: st.datetimes(timezones=offsets),
        str: st.text(max_size=4),
        int: st.integers(-(2**70), 2**70),
        bool: st.booleans(),
        timedelta: st.timedeltas(timedelta(0), timedelta(days=999)),
        type(None): st.none(),
    }[kind]


@pytest.mark.parametrize("asked", sorted(KINDS))
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(data=st.data())
def test_every_fact_comes_back_exactly(asked: str, data: st.DataObject) -> None:
    """Whatever a witness can say: written as JSON and read again it is equal."""
    fact = data.draw(_any(KINDS[asked]))
    striker = Striker()
    striker.fact = lambda value, _field="": value  # type: ignore[method-assign]  # nothing is struck here
    notebook = Notebook(striker)
    asyncio.run(notebook.noted(asked, ["x", 1, True], _coming(fact)))
    assert _told(notebook).answer(asked, ["x", 1, True]) == fact


@settings(max_examples=25, deadline=None)
@given(message=st.text(max_size=40))
def test_what_is_handed_on_is_what_is_told_again(message: str) -> None:
    """The diagnosis hears what the transcript will say, struck and all."""
    notebook = Notebook()
    heard = asyncio.run(notebook.noted("log_tail", [], _coming(f"password={message}")))
    assert _told(notebook).answer("log_tail", []) == heard


async def test_unread_and_refused_come_back() -> None:
    """A reason why nothing is known, and an end of all asking."""
    notebook = Notebook()
    unread = Unread("nodes", "forbidden", "list nodes")
    assert await notebook.noted("nodes", [], _coming(unread)) == unread
    with pytest.raises(ClusterUnreadable, match="no way in"):
        await notebook.noted("look", [1], _coming(ClusterUnreadable("no way in: token=abc123", "try")))
    told = _told(notebook)
    assert told.answer("nodes", []) == unread
    with pytest.raises(ClusterUnreadable, match=r"no way in: token=\[redacted\]") as caught:
        told.answer("look", [1])
    assert caught.value.hint == "try"
    with pytest.raises(KeyError):
        told.answer("nodes", [1])


async def test_answers_come_in_order_as_often_as_they_came() -> None:
    """Said twice, then otherwise; the last one stays."""
    notebook = Notebook()
    for text in ("a", "a", "b", "a"):
        await notebook.noted("log_tail", ["x"], _coming(text))
    assert [each.get("times") for each in notebook.written()] == [2, None, None]
    told = _told(notebook)
    assert [told.answer("log_tail", ["x"]) for _ in range(6)] == ["a", "a", "b", "a", "a", "a"]


async def test_questions_stand_in_the_order_of_asking() -> None:
    """An answer that overtakes another does not change it; one that is given up leaves nothing."""
    notebook = Notebook()
    never = asyncio.ensure_future(notebook.noted("log_tail", ["never"], _coming("x", 10_000)))
    await asyncio.gather(
        notebook.noted("log_tail", ["slow"], _coming("x", 5)),
        notebook.noted("log_tail", ["fast"], _coming("y")),
    )
    never.cancel()
    assert [each["given"] for each in notebook.written()] == [["slow"], ["fast"]]


async def test_a_secret_found_out_later_is_struck_from_what_was_noted() -> None:
    """A password may stand in a message that was read before it was lent."""
    known: list[str] = []
    notebook = Notebook(Striker(lambda text: text.replace(known[0], "") if known else text))
    await notebook.noted("pod", [], _coming(Pod("a", "b", annotations={"c": "canary"})))
    known.append("canary")
    assert "canary" not in json.dumps(notebook.written())


def test_other_faults_are_nobodys_answer() -> None:
    """What is a fault of ours stays one."""
    notebook = Notebook()
    with pytest.raises(ZeroDivisionError):
        asyncio.run(notebook.noted("nodes", [], _coming(ZeroDivisionError())))
    assert notebook.written() == []


@pytest.mark.parametrize(
    "entry",
    [
        {"asked": "open_the_door", "answer": 1},
        {"asked": "nodes"},
        {"asked": "nodes", "answer": [], "unread": {"what": "", "why": ""}},
        {"asked": "nodes", "answer": None},
        {"asked": "nodes", "answer": [7]},
        {"asked": "nodes", "answer": [{"name": 7}]},
        {"asked": "nodes", "answer": [{}]},
        {"asked": "nodes", "answer": [], "times": 0},
        {"asked": "nodes", "answer": [], "times": 10**9},
        {"asked": "base", "answer": {"told": {"identity": {}, "step": "dance", "host": "x"}}},
    ],
)
def test_an_entry_that_is_off_is_refused_by_number(entry: dict[str, Any]) -> None:
    """One line that says which question it is."""
    good = {"asked": "namespaces", "answer": ["a"]}
    with pytest.raises(UsageError, match="question 2 of the transcript is not understood") as caught:
        Told(_entries(good, entry), KINDS)
    assert "\n" not in caught.value.message


def _entries(*items: dict[str, Any]) -> list[Entry]:
    return msgspec.json.decode(json.dumps(items), type=list[Entry])
