"""Lines come whole, in whatever pieces they arrive."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cluster.lines import Lines, TooLong


def test_line_in_pieces_is_one_line() -> None:
    """It ends where it says so."""
    lines = Lines(100)
    assert lines.cut(b'{"a"') == []
    assert lines.cut(b":1") == []
    assert lines.cut(b'}\n{"b":2}\n{') == [b'{"a":1}', b'{"b":2}']
    assert lines.cut(b"}\n\n\n") == [b"{}"]


def test_line_without_end_is_not_waited_for() -> None:
    """Memory does not grow with what somebody sends."""
    lines = Lines(10)
    assert lines.cut(b"12345\n1234567890") == [b"12345"]
    with pytest.raises(TooLong):
        lines.cut(b"1")


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")), max_size=8), st.data())
def test_pieces_make_no_difference(told: list[bytes], chance: st.DataObject) -> None:
    """Any cut gives the same lines."""
    whole = b"".join(line + b"\n" for line in told)
    lines, got, at = Lines(1000), list[bytes](), 0
    while at < len(whole):
        size = chance.draw(st.integers(1, 30))
        got += lines.cut(whole[at : at + size])
        at += size
    assert got == [line for line in told if line]
