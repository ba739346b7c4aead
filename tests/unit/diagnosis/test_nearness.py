"""Which names and tags are nearly the same; nearness proposes and never proves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.diagnosis import nearness


@pytest.mark.parametrize(
    ("text", "names", "near"),
    [
        ("shop/cehckout", ["shop/checkout"], "shop/checkout"),
        ("shop/chekout", ["shop/checkout"], "shop/checkout"),
        ("shop/checkoutss", ["shop/checkout"], "shop/checkout"),
        ("shop/checkoutsss", ["shop/checkout"], ""),
        ("shop/api", ["shop/app"], ""),
        ("shop/wbe", ["shop/web"], "shop/web"),
        ("shop/api", ["shop/apis"], ""),
        ("shpo/checkout", ["shop/checkout"], "shop/checkout"),
        ("shpo/cehckout", ["shop/checkout"], ""),
        ("checkout", ["shop/checkout"], ""),
        ("shop/checkout", ["shop/checkout"], ""),
        ("shop/checkoutx", ["shop/checkouty", "shop/checkout"], "shop/checkout"),
        ("shop/checkout", [], ""),
    ],
)
def test_nearest_name(text: str, names: list[str], near: str) -> None:
    """At most two slips, in one part of the path; in a short part only swapped letters."""
    assert nearness.nearest_name(text, names) == near


@pytest.mark.parametrize(
    ("tags", "newest"),
    [
        (["1.9", "1.10", "1.2"], "1.10"),
        (["v2", "v10"], "v10"),
        (["latest", "main"], ""),
        (["20240101", "1.2"], "1.2"),
        ([], ""),
    ],
)
def test_newest_counts_as_versions_count(tags: list[str], newest: str) -> None:
    """Ten comes after nine; dates and words are no versions."""
    assert nearness.newest(tags) == newest


@pytest.mark.parametrize(
    ("tag", "before", "told"),
    [
        ("1.5", "1.4", True),
        ("2.0", "1.4", True),
        ("1.4.1", "1.4.0", True),
        ("1.5.0", "1.4.7", True),
        ("1.5.1", "1.4.7", False),
        ("1.6", "1.4", False),
        ("1.4", "1.4", False),
        ("1.3", "1.4", False),
        ("1.5-rc1", "1.4", False),
        ("v1.5", "1.4", False),
        ("1.4.1", "1.4", False),
        ("latest", "1.4", False),
        ("20240102", "20240101", False),
        ("1.10", "1.9", True),
    ],
)
def test_follows_is_the_direct_successor(tag: str, before: str, told: bool) -> None:
    """One part one higher, zeros after it, the same around it."""
    assert nearness.follows(tag, before) is told


@given(st.text(max_size=40), st.lists(st.text(max_size=40), max_size=5))
def test_no_text_is_stumbled_over(text: str, others: list[str]) -> None:
    """Tags and names come from anybody."""
    assert nearness.nearest_name(text, others) in (*others, "")
    assert nearness.newest(others) in (*others, "")
    assert nearness.follows(text, text) is False


@pytest.mark.parametrize(
    ("tag", "tags", "near"),
    [
        ("1.2.3", ("9.9", "v1.2.3", "1.2.4"), ("v1.2.3", "1.2.4")),
        ("lates", ("latest", "stable"), ("latest",)),
        ("LATEST", ("latest",), ("latest",)),
        ("1_4_2", ("1.4.2",), ("1.4.2",)),
        ("1.4", ("1.4.2", "2.0", "1.5"), ("1.4.2", "1.5")),
        ("3.19-alpine", ("3.19", "3.19-alpin", "4"), ("3.19-alpin", "3.19")),
        ("1.5", ("1.3", "2.5", "1.6", "1.4"), ("1.4", "1.6", "1.3")),
        ("2.10.1", ("2.1.1", "2.10.0"), ("2.10.0", "2.1.1")),
        ("1.41", ("1.4", "1.4.1"), ("1.4.1", "1.4")),
        ("v1", ("v2", "1"), ("1",)),
        ("a", ("b", "c"), ()),
        ("1.0", ("1.0",), ()),
        ("x", (), ()),
    ],
)
def test_nearest_tags_are_those_that_may_be_meant(
    tag: str, tags: tuple[str, ...], near: tuple[str, ...]
) -> None:
    """Other spellings first, then a slip of the finger or the same line; a single letter is near to nothing."""
    assert nearness.nearest_tags(tag, tags) == near


def test_nearest_tags_are_few() -> None:
    """Each is looked up, so three are enough."""
    assert len(nearness.nearest_tags("release-1", tuple(f"release-{n}" for n in range(2, 9)))) == 3


@pytest.mark.parametrize(
    ("text", "other", "count"),
    [("1.4.2", "1.4.2", 0), ("LATEST", "latest", 0), ("latets", "latest", 1), ("1.4", "1.4.12", 3)],
)
def test_edits_counts_letters_whatever_their_case(text: str, other: str, count: int) -> None:
    """A swap of neighbours is one."""
    assert nearness.edits(text, other) == count
