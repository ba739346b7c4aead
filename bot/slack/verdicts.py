"""The form that asks what it was instead: a verdict that somebody calls wrong in, a view out; what was filled in, a voice out.

What comes back is looked at as if somebody had made it up: it points at a verdict, and whoever hears it looks what that is.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from bot.facts.opinion import SOMETHING_ELSE, Judgement
from bot.ports.judging import Said
from bot.slack import commands, modal, names
from bot.slack.answers import button, plain, said
from bot.slack.incoming import Caller, text
from bot.slack.limits import Block
from bot.slack.message import Message
from bot.slack.modal import Form


VIEW: Final = "verdict-view"
_INSTEAD = "verdict-was"
_REMARK = "verdict-remark"
_TITLE = "What was it really?"
_OPTION = 75
# Options of a select: https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
_MOST = 100
_LONGEST_ID = 150
_LONGEST_REMARK = 300


def thanked(judgement: Judgement, value: str) -> Message:
    """What who pressed a button is told, alone; who said "wrong" may say more.

    Args:
        judgement: what they said.
        value: of the button that they pressed.
    """
    if judgement is Judgement.RIGHT:
        return said("Noted: this was right. Thank you.", "press the other one if you change your mind")
    told = said("Noted: this was wrong. Thank you.", "saying what it was helps to find why")
    more: Block = {"type": "actions", "elements": [button("Say what it was…", names.INSTEAD, value)]}
    return Message(told.text, (*told.blocks, more))


def told() -> Message:
    """What who filled in the form is told, alone."""
    return said("Noted, with what it was. Thank you.")


def asking(caller: Caller, value: str, causes: Mapping[str, str]) -> Block:
    """The form to fill in.

    Args:
        caller: who is to fill it in, where the answer goes.
        value: of the button, which says what it is about.
        causes: what it may have been: ids with titles, in their order.

    Raises:
        UsageError: the value says nothing.
    """
    _, cause = commands.verdict(value)
    offered = [(each, title) for each, title in causes.items() if each != cause and len(each) <= _LONGEST_ID]
    offered = [*offered[: _MOST - 1], (SOMETHING_ELSE, "Something else")]
    select = {
        "type": "static_select",
        "action_id": _INSTEAD,
        "placeholder": plain("Choose a cause", _OPTION),
        "options": [{"text": plain(title, _OPTION), "value": each} for each, title in offered],
    }
    line = {"type": "plain_text_input", "action_id": _REMARK, "max_length": _LONGEST_REMARK}
    hidden = {"place": Form(caller).hidden(), "about": value}
    return {
        "type": "modal",
        "callback_id": VIEW,
        "title": plain(_TITLE, 24),
        "submit": plain("Send", 24),
        "close": plain("Close", 24),
        "private_metadata": json.dumps(hidden, separators=(",", ":")),
        "blocks": [
            _input(_INSTEAD, "It was", select),
            _input(_REMARK, "In a line, if you like (no passwords)", line) | {"optional": True},
        ],
    }


def place(view: Any, caller: Caller) -> Caller:
    """Where the answer to a filled form goes; it is checked where it is sent."""
    return modal.form({"private_metadata": text(_hidden(view), "place")}, caller).caller


def filled(view: Any) -> Said:
    """What a filled form says.

    Raises:
        UsageError: it is about nothing.
    """
    incident, cause = commands.verdict(text(_hidden(view), "about"))
    instead = text(view, "state", "values", _INSTEAD, _INSTEAD, "selected_option", "value")
    remark = text(view, "state", "values", _REMARK, _REMARK, "value")
    return Said(incident, cause, Judgement.WRONG, instead, remark)


def _hidden(view: Any) -> Any:
    try:
        return json.loads(text(view, "private_metadata"))
    except (ValueError, RecursionError):
        return {}


def _input(name: str, label: str, element: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "input", "block_id": name, "label": plain(label, _OPTION), "element": element}
