"""The three kinds of patches."""

import copy
from typing import Any

import pytest

from bot.demo.cluster.patches import merged, replayed, strategic
from bot.demo.cluster.refusals import Refused


ITEM: dict[str, Any] = {"a": {"b": [1, 2], "c": "x"}, "d/e": 1}


def test_merge_replaces_lists_and_removes_by_null() -> None:
    """RFC 7386; the old object stays as it was."""
    old = copy.deepcopy(ITEM)
    assert merged(ITEM, {"a": {"b": [3], "c": None}, "n": {"m": None}}) == {
        "a": {"b": [3]},
        "d/e": 1,
        "n": {},
    }
    assert old == ITEM


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/a/b/-", "value": 3}, {"a": {"b": [1, 2, 3], "c": "x"}, "d/e": 1}),
        ({"op": "add", "path": "/a/b/0", "value": 0}, {"a": {"b": [0, 1, 2], "c": "x"}, "d/e": 1}),
        ({"op": "replace", "path": "/d~1e", "value": 2}, {"a": {"b": [1, 2], "c": "x"}, "d/e": 2}),
        ({"op": "remove", "path": "/a/b/1"}, {"a": {"b": [1], "c": "x"}, "d/e": 1}),
        ({"op": "move", "from": "/a/c", "path": "/f"}, {"a": {"b": [1, 2]}, "d/e": 1, "f": "x"}),
        ({"op": "copy", "from": "/a/c", "path": "/f"}, {**ITEM, "f": "x"}),
        ({"op": "test", "path": "/a/c", "value": "x"}, ITEM),
    ],
)
def test_operations_do_what_they_say(operation: dict[str, Any], expected: dict[str, Any]) -> None:
    """RFC 6902."""
    assert replayed(ITEM, [operation]) == expected


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/a/c", "value": "y"},
        {"op": "replace", "path": "/none", "value": 1},
        {"op": "replace", "path": "/a/b/7", "value": 1},
        {"op": "remove", "path": "/a/b/-1"},
        {"op": "add", "path": "/a/x/y", "value": 1},
        {"op": "add", "path": "", "value": 1},
        {"op": "add", "path": "a", "value": 1},
        {"op": "add", "path": "/a"},
        {"op": "frob", "path": "/a", "value": 1},
        "add",
    ],
)
def test_operations_that_cannot_be_done_are_all_refused_alike(operation: Any) -> None:
    """422 without a word of what it was; nothing is half done."""
    with pytest.raises(Refused) as refused:
        replayed(ITEM, [{"op": "add", "path": "/n", "value": 1}, operation])
    assert (refused.value.code, refused.value.details) == (422, {})
    assert "n" not in ITEM


def test_strategic_merge_goes_by_the_kinds_keys() -> None:
    """Known entries are changed where they stand, new ones come first, $patch deletes or replaces."""
    spec = {
        "containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "2"}],
        "nodeSelector": {"x": "y"},
    }
    patch = {"containers": [{"name": "b", "image": "3"}, {"name": "c", "image": "4"}]}
    found = strategic("PodSpec", spec, patch)
    assert [(each["name"], each["image"]) for each in found["containers"]] == [
        ("c", "4"),
        ("a", "1"),
        ("b", "3"),
    ]
    gone = strategic(
        "PodSpec", spec, {"containers": [{"name": "a", "$patch": "delete"}], "nodeSelector": None}
    )
    assert gone == {"containers": [{"name": "b", "image": "2"}]}
    replaced = strategic("PodSpec", spec, {"$patch": "replace", "containers": []})
    assert replaced == {"containers": []}
    whole = strategic("PodSpec", spec, {"containers": [{"$patch": "replace"}, {"name": "z"}]})
    assert whole["containers"] == [{"name": "z"}]
