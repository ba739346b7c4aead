"""What people use: the app is told, and its answer is carried out."""

from typing import Any

import pytest

from bot.demo.workspace.clicking import Clicking
from bot.demo.workspace.refusals import Refused
from bot.demo.workspace.service import Service
from bot.demo.workspace.socket_mode import Answered
from tests.fakes.workspace import call, service


DANA, SAM = "U0000000DANA", "U00000000SAM"
INPUT = {
    "type": "input",
    "block_id": "b",
    "label": {"type": "plain_text", "text": "x"},
    "element": {"type": "plain_text_input", "action_id": "a", "initial_value": "x"},
}
SEARCH = {"type": "actions", "block_id": "s", "elements": [{"type": "external_select", "action_id": "find"}]}


def modal(**more: Any) -> dict[str, Any]:
    """A modal with an input."""
    text = {"type": "plain_text", "text": "x"}
    return {"type": "modal", "title": text, "submit": text, "blocks": [INPUT, SEARCH], **more}


class App:
    """An app that answers as it is told, before somebody with a modal."""

    def __init__(self, **more: Any) -> None:
        self.made: Service = service()
        self.asked: list[dict[str, Any]] = []
        self.answer = Answered(acked=True)
        self.clicking = Clicking(self.made)
        self.made.delivery.ask = self._ask  # type: ignore[method-assign]
        trigger = self.made.tickets.trigger(DANA)
        self.view: dict[str, Any] = call(self.made, "views.open", trigger_id=trigger, view=modal(**more))[
            "view"
        ]

    async def _ask(self, _kind: str, payload: dict[str, Any]) -> Answered:
        self.asked.append(payload)
        return self.answer

    @property
    def stack(self) -> list[dict[str, Any]]:
        """What is open."""
        return self.made.space.views.stack(DANA)

    @property
    def warned(self) -> list[str]:
        """What Slack itself said."""
        return list(self.made.space.warned.get(DANA, ()))

    async def submit(self, answer: Any, *, acked: bool = True) -> dict[str, str]:
        """Send the first modal off, and have the app answer so."""
        self.answer = Answered(acked, answer)
        return await self.clicking.submit(DANA, self.view["id"], {})


async def test_a_submission_ends_the_modal() -> None:
    """When the app says nothing else."""
    app = App()
    assert await app.submit(None) == {}
    assert app.stack == []
    assert app.asked[0]["view"]["state"]["values"]["b"]["a"]["value"] == "x"


async def test_a_submission_is_answered_as_the_app_says() -> None:
    """Errors, another view, one on top, or all away."""
    app = App()
    assert await app.submit({"response_action": "errors", "errors": {"b": "no"}}) == {"b": "no"}
    await app.submit({"response_action": "update", "view": modal(callback_id="second")})
    assert app.stack[-1]["callback_id"] == "second"
    await app.submit({"response_action": "push", "view": modal()})
    assert len(app.stack) == 2
    await app.submit({"response_action": "clear"})
    assert app.stack == []
    with pytest.raises(Refused, match="not_found"):
        await app.submit(None)


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "no"}},
        {"response_action": "errors"},
        {"response_action": "update", "view": {"type": "home", "blocks": []}},
        {"response_action": "update", "view": {"type": "modal", "blocks": []}},
        {"response_action": "odd"},
    ],
)
async def test_a_bad_answer_is_trouble(answer: dict[str, Any]) -> None:
    """As Slack says it; the modal stays."""
    app = App()
    assert await app.submit(answer) == {}
    assert "trouble connecting" in app.warned[0]
    assert len(app.stack) == 1


async def test_no_answer_is_trouble() -> None:
    """For a submission, a click and a search."""
    app = App()
    await app.submit(None, acked=False)
    view = {"type": "view", "view_id": app.view["id"]}
    select = {"action_id": "find", "block_id": "s", "selected_option": None}
    await app.clicking.act(DANA, view, select, {})
    assert await app.clicking.suggest(DANA, view, {"action_id": "find", "value": "x"}) == {"options": []}
    assert len(app.warned) == 3


async def test_a_search_shows_what_the_app_offers() -> None:
    """If Slack would take it."""
    app = App()
    view = {"type": "view", "view_id": app.view["id"]}
    offered = {"options": [{"text": {"type": "plain_text", "text": "x"}, "value": "v"}]}
    app.answer = Answered(acked=True, payload=offered)
    assert await app.clicking.suggest(DANA, view, {"action_id": "find", "value": "x"}) == offered
    assert app.asked[0]["value"] == "x"
    app.answer = Answered(acked=True, payload={"options": [{}]})
    assert await app.clicking.suggest(DANA, view, {"action_id": "find", "value": "x"}) == {"options": []}


async def test_what_is_chosen_stays_chosen() -> None:
    """In the state of the view."""
    app = App()
    view = {"type": "view", "view_id": app.view["id"]}
    option = {"text": {"type": "plain_text", "text": "x"}, "value": "v"}
    await app.clicking.act(
        DANA,
        view,
        {"action_id": "find", "selected_option": option},
        {"values": {"b": {"a": {"value": "typed"}}}},
    )
    values = app.asked[0]["view"]["state"]["values"]
    assert values["s"]["find"]["selected_option"] == option
    assert values["b"]["a"]["value"] == "typed"


async def test_closing_is_told_where_it_is_wanted() -> None:
    """Of one modal, or of the whole stack."""
    app = App(notify_on_close=True, clear_on_close=True)
    await app.clicking.close(DANA, app.view["id"])
    assert [(each["type"], each["is_cleared"]) for each in app.asked] == [("view_closed", True)]
    quiet = App()
    await quiet.clicking.close(DANA, quiet.view["id"])
    assert quiet.asked == []


async def test_nobody_uses_what_they_do_not_see() -> None:
    """Others' modals, and messages where they are not."""
    app = App()
    for container, error in (
        ({"type": "view", "view_id": app.view["id"]}, "not_found"),
        ({"type": "message", "channel": "C0BOARDROOM0", "ts": "1"}, "message_not_found"),
    ):
        with pytest.raises(Refused, match=error):
            await app.clicking.act(SAM, container, {"action_id": "find"}, {})


async def test_home_is_opened() -> None:
    """The app hears of it, with the view when there is one."""
    app, heard = App(), []
    app.made.delivery.emit = lambda event, _channel=None: heard.append(event)  # type: ignore[method-assign,misc]
    app.clicking.open_home(DANA)
    call(app.made, "views.publish", user_id=DANA, view={"type": "home", "blocks": []})
    app.clicking.open_home(DANA)
    assert [(each["type"], each["tab"], "view" in each) for each in heard] == [
        ("app_home_opened", "home", False),
        ("app_home_opened", "home", True),
    ]
