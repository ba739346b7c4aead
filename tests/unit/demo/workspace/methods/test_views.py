"""views.*: opened by a trigger, pushed, changed and published."""

from typing import Any

import pytest

from bot.demo.workspace.service import Service
from tests.fakes.workspace import call, refusal, service


DANA = "U0000000DANA"
MODAL: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "x"},
    "blocks": [{"type": "divider"}],
    "external_id": "ext",
}
UNNAMED = {name: value for name, value in MODAL.items() if name != "external_id"}
HOME: dict[str, Any] = {"type": "home", "blocks": []}


def _opened(made: Service) -> dict[str, Any]:
    view: dict[str, Any] = call(made, "views.open", trigger_id=made.tickets.trigger(DANA), view=MODAL)["view"]
    return view


def test_a_trigger_opens_one_modal() -> None:
    """A bad view does not use it up."""
    made = service()
    trigger = made.tickets.trigger(DANA)
    assert refusal(made, "views.open", trigger_id=trigger, view={"type": "modal"}) == "invalid_arguments"
    assert refusal(made, "views.open", trigger_id=trigger, view=HOME) == "invalid_arguments"
    assert refusal(made, "views.open", trigger_id=trigger) == "invalid_arguments"
    assert refusal(made, "views.open", view=MODAL) == "invalid_arguments"
    assert refusal(made, "views.open", trigger_id=trigger, view=MODAL) == ""
    assert refusal(made, "views.open", trigger_id=trigger, view=UNNAMED) == "exchanged_trigger_id"
    assert (
        refusal(made, "views.open", trigger_id=made.tickets.trigger(DANA), view=MODAL)
        == "duplicate_external_id"
    )


def test_a_modal_is_pushed_from_an_open_one() -> None:
    """And from nowhere else."""
    made = service()
    first = _opened(made)
    trigger = made.tickets.trigger(DANA, first["id"])
    assert (
        call(made, "views.push", trigger_id=trigger, view=UNNAMED)["view"]["previous_view_id"] == first["id"]
    )
    assert refusal(made, "views.push", trigger_id=made.tickets.trigger(DANA), view=UNNAMED) == "not_found"


@pytest.mark.parametrize("by", ["view_id", "external_id"])
def test_a_view_is_updated_if_nobody_did_before(by: str) -> None:
    """A hash that is not the latest is a conflict."""
    made = service()
    view = _opened(made)
    which = {by: view["id"] if by == "view_id" else "ext"}
    changed = call(made, "views.update", **which, hash=view["hash"], view=MODAL)["view"]
    assert changed["id"] == view["id"]
    assert refusal(made, "views.update", **which, hash=view["hash"], view=MODAL) == "hash_conflict"
    assert refusal(made, "views.update", view_id="V1", view=MODAL) == "not_found"


def test_home_is_published_for_people() -> None:
    """Again and again, into the same view."""
    made = service()
    first = call(made, "views.publish", user_id=DANA, view=HOME)["view"]
    second = call(made, "views.publish", user_id=DANA, view=HOME, hash=first["hash"])["view"]
    assert first["id"] == second["id"]
    assert refusal(made, "views.publish", user_id=DANA, view=HOME, hash=first["hash"]) == "hash_conflict"
    assert refusal(made, "views.publish", user_id="U0000DEPLOYB", view=HOME) == "invalid_arguments"
    call(made, "views.update", view_id=first["id"], view=HOME)
    assert made.space.views.homes[DANA]["id"] == first["id"]
