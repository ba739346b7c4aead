"""Views: a stack of three modals per person, and a Home."""

import pytest

from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.views import Views


def _view(name: str) -> Object:
    return {
        "id": name,
        "external_id": f"x-{name}",
        "blocks": [{"block_id": "b"}],
        "state": {"values": {}},
        "root_view_id": name,
        "previous_view_id": None,
    }


def test_modals_are_stacked() -> None:
    """Each knows the first and the one below; there are three at most."""
    views = Views()
    views.open("U", _view("1"))
    views.push("U", _view("2"))
    views.push("U", _view("3"))
    third = views.stack("U")[-1]
    assert (third["root_view_id"], third["previous_view_id"]) == ("1", "2")
    with pytest.raises(Refused, match="push_limit_reached"):
        views.push("U", _view("4"))


def test_a_view_is_found_by_both_names() -> None:
    """By Slack's id and by the app's; none is not found."""
    views = Views()
    views.open("U", _view("1"))
    assert views.find("1")[0] == views.find(external_id="x-1")[0] == "U"
    with pytest.raises(Refused, match="not_found"):
        views.find()


def test_what_was_typed_stays_where_its_block_stays() -> None:
    """A view in another's place keeps its id and the values of blocks that are still there."""
    views = Views()
    views.open("U", _view("1"))
    old = views.stack("U")[0]
    old["state"]["values"] = {"b": {"a": {}}, "gone": {"a": {}}}
    made = views.replace("U", old, _view("9"))
    assert made["id"] == "1"
    assert made["state"]["values"] == {"b": {"a": {}}}
    views.homes["U"] = _view("h")
    views.replace("U", views.homes["U"], _view("h2"))
    assert views.homes["U"]["id"] == "h"


def test_modals_are_closed_one_by_one_or_all() -> None:
    """The one in front comes first."""
    views = Views()
    views.open("U", _view("1"))
    views.push("U", _view("2"))
    front = views.stack("U")[-1]
    assert views.close("U", front) == [front]
    views.push("U", _view("3"))
    gone = views.close("U", views.stack("U")[-1], everything=True)
    assert [each["id"] for each in gone] == ["3", "1"]
    assert views.stack("U") == []
