"""Where a field stands, and that it must not have changed."""

from bot.facts.change import Dependency
from bot.remediation import fields


BODY = {
    "spec": {
        "containers": [{"name": "web", "image": "a:1"}, {"name": "log", "image": "b:2"}],
        "paused": False,
    },
    "metadata": {"annotations": {"example.com/a=b": "c"}},
}


def test_found_goes_through_mappings_and_lists_of_named_things() -> None:
    """The path is the one that dependencies are spelled with."""
    assert fields.found(BODY, ("spec", "containers", "name=log", "image")) == "b:2"
    assert fields.found(BODY, ("spec", "paused")) is False
    assert fields.found(BODY, ("metadata", "annotations", "example.com/a=b")) == "c"


def test_found_gives_none_where_the_path_ends_early() -> None:
    """Neither a missing key nor a value on the way is an error."""
    for path in (("spec", "x", "y"), ("spec", "containers", "name=no", "image"), ("spec", "paused", "deep")):
        assert fields.found(BODY, path) is None
    assert fields.found({"spec": "text"}, ("spec", "name=t")) is None


def test_pinned_spells_what_is_there_and_that_nothing_is() -> None:
    """A field that is not there must not come to be there either."""
    assert fields.pinned(BODY, ("spec", "paused"), "whether it is paused") == Dependency(
        ("spec", "paused"), "false", "whether it is paused"
    )
    assert fields.pinned(BODY, ("spec", "no"), "x").value == "null"


def test_nested_is_a_merge_patch_of_one_field() -> None:
    """Nothing else is in it."""
    assert fields.nested(("spec", "unschedulable"), None) == {"spec": {"unschedulable": None}}
