"""What stands in the inputs of a message or a view: blocks and what was chosen in -> the state that Slack sends along.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload, ``view.state.values``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.validation.elements import TYPED_IN


_ONE, _MANY = "selected_option", "selected_options"
# Type of an element -> where its state stands, and where its first one is given.
_STATES = {
    "static_select": (_ONE, "initial_option"),
    "external_select": (_ONE, "initial_option"),
    "radio_buttons": (_ONE, "initial_option"),
    "checkboxes": (_MANY, "initial_options"),
    "multi_static_select": (_MANY, "initial_options"),
    "multi_external_select": (_MANY, "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    **dict.fromkeys(TYPED_IN, ("value", "initial_value")),
}
_OPEN = ("external_select", "multi_external_select")
_WANTED = "Please complete this required field."


def blocks_of(shown: Object) -> list[Object]:
    """All blocks of a message or a view, those in attachments among them."""
    inner = [each for one in shown.get("attachments", ()) for each in one.get("blocks", ())]
    return [*shown.get("blocks", ()), *inner]


def elements(blocks: list[Object]) -> Iterator[tuple[Object, Object]]:
    """Every element that somebody can use, with its block."""
    for block in blocks:
        for each in (*block.get("elements", ()), block.get("accessory"), block.get("element")):
            if isinstance(each, dict) and "action_id" in each:
                yield block, each


def find(blocks: list[Object], action_id: str, block_id: str = "") -> tuple[Object, Object]:
    """One element, with its block.

    Raises:
        Refused: it is not there.
    """
    for block, each in elements(blocks):
        if each["action_id"] == action_id and block_id in ("", block["block_id"]):
            return block, each
    raise Refused("no_such_element")


def state(blocks: list[Object], given: Mapping[str, Any]) -> dict[str, dict[str, Object]]:
    """The state of every input: what was chosen, or else what it began with.

    Args:
        blocks: of the message or the view.
        given: ``values`` as the page sends them; what belongs to no input is left out.
    """
    made: dict[str, dict[str, Object]] = {}
    for block, each in elements(blocks):
        if each["type"] not in _STATES:
            continue
        key, first = _STATES[each["type"]]
        told = given.get(block["block_id"])
        told = told.get(each["action_id"]) if isinstance(told, Mapping) else None
        value = each.get(first, [] if key.endswith("s") else None)
        if isinstance(told, Mapping) and key in told:
            value = told[key]
        made.setdefault(block["block_id"], {})[each["action_id"]] = {"type": each["type"], key: value}
    return made


def missing(blocks: list[Object], values: Mapping[str, Mapping[str, Object]]) -> dict[str, str]:
    """What Slack itself says of inputs that have to be filled and are not, by block."""
    found = {}
    for block in blocks:
        if block["type"] != "input" or block.get("optional"):
            continue
        told = values.get(block["block_id"], {})
        if not all(any(value for name, value in each.items() if name != "type") for each in told.values()):
            found[block["block_id"]] = _WANTED
    return found


def used(block: Object, element: Object, given: Mapping[str, Any]) -> Object:
    """The action that arises when an element is used.

    Args:
        block: in which it stands.
        element: as the app sent it.
        given: what was chosen, under the name that Slack has for it.

    Raises:
        Refused: the choice is none of those that it offers.
    """
    kind = element["type"]
    made: Object = {"type": kind, "action_id": element["action_id"], "block_id": block["block_id"]}
    for name in ("text", "value", "style") if kind == "button" else ("placeholder",):
        if name in element:
            made[name] = element[name]
    if kind == "overflow":
        return made | {_ONE: _offered(element, given.get(_ONE))}
    if kind in _STATES:
        key = _STATES[kind][0]
        value = given.get(key)
        if key in (_ONE, _MANY) and kind not in _OPEN and value is not None:
            value = _offered(element, value) if key == _ONE else [_offered(element, each) for each in value]
        made[key] = value
    return made


def chosen(element: Object, choice: Any) -> Object:
    """What a person chose, under the name that Slack has for it.

    Args:
        element: in which.
        choice: an option's value or text, or the option itself where the app offers it; several in a list; a text,
            a date or an id elsewhere.
    """
    kind = element["type"]
    if kind == "overflow":
        return {_ONE: _meant(element, choice)}
    if kind not in _STATES:
        return {}
    key = _STATES[kind][0]
    if key == _ONE:
        return {key: None if choice is None else _meant(element, choice)}
    if key == _MANY:
        return {key: [_meant(element, each) for each in choice]}
    return {key: choice}


def _options(element: Object) -> list[Object]:
    grouped = [each for group in element.get("option_groups", ()) for each in group["options"]]
    return [*element.get("options", ()), *grouped]


def _offered(element: Object, choice: Any) -> Object:
    value = choice.get("value") if isinstance(choice, Mapping) else None
    for each in _options(element):
        if each["value"] == value:
            return each
    raise Refused("no_such_option")


def _meant(element: Object, choice: Any) -> Object:
    if isinstance(choice, dict):
        return choice
    for each in _options(element):
        if choice in (each["value"], each["text"]["text"]):
            return each
    raise Refused("no_such_option")
