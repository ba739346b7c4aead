"""What stands in Slack's blocks: buttons, selects, inputs and the pieces of rich text, each with its limits.

https://docs.slack.dev/reference/block-kit/block-elements and …/composition-objects. ``ELEMENTS`` and ``RICH_TEXT`` name
them by type.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from bot.demo.workspace.validation.rules import (
    ALL_BLOCKS,
    ID,
    Also,
    Field,
    Notes,
    Rule,
    exactly_one,
    many,
    number,
    of_type,
    one_of,
    only,
    plain_text,
    shape,
    string,
    switch,
    text_object,
    typed,
)


_CONFIRM = Field(
    shape(
        {
            "title": Field(plain_text(100), required=True),
            "text": Field(text_object(300), required=True),
            "confirm": Field(plain_text(30), required=True),
            "deny": Field(plain_text(30), required=True),
            "style": Field(one_of("primary", "danger")),
        }
    )
)


def _option(label: Rule, *, link: bool = False) -> Rule:
    url = {"url": Field(string(3_000))} if link else {}
    return shape(
        {
            "text": Field(label, required=True),
            "value": Field(string(75), required=True),
            "description": Field(plain_text(75)),
            **url,
        }
    )


_OPTION = _option(plain_text(75))
_CHOICE = _option(text_object(75))  # of radio buttons and checkboxes
_GROUP = shape(
    {"label": Field(plain_text(75), required=True), "options": Field(many(_OPTION, 100), required=True)}
)

# What an app answers to a search: https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
OFFERED = shape({"options": Field(many(_OPTION, 100, 0), required=True)})
OFFERED_GROUPS = shape({"option_groups": Field(many(_GROUP, 100, 0), required=True)})


def _offered(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    groups = [each for each in _list(value, "option_groups") if isinstance(each, Mapping)]
    found = [*_list(value, "options"), *(each for group in groups for each in _list(group, "options"))]
    return [each for each in found if isinstance(each, Mapping)]


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _chosen_among_offered(notes: Notes, path: str, value: Mapping[str, Any]) -> None:
    """What is chosen at first must be one of the options, whole; and no two options mean the same."""
    offered = _offered(value)
    chosen = [
        *_list(value, "initial_options"),
        *([value["initial_option"]] if "initial_option" in value else []),
    ]
    if any(each not in offered for each in chosen):
        notes(path, "an initial option is none of the options")
    for name, times in Counter(str(each.get("value")) for each in offered).items():
        if times > 1:
            notes(path, f"option value {name!r} stands {times} times")


def _static(notes: Notes, path: str, value: Mapping[str, Any]) -> None:
    exactly_one("options", "option_groups")(notes, path, value)
    _chosen_among_offered(notes, path, value)


def _element(name: str, also: Also | None = None, **fields: Field) -> Rule:
    common = {"action_id": ID, "confirm": _CONFIRM, "focus_on_load": Field(switch)}
    return shape(of_type(name, **common, **fields), also)


def _ordered(low: str, high: str) -> Also:
    def rule(notes: Notes, path: str, value: Mapping[str, Any]) -> None:
        least, most = value.get(low), value.get(high)
        if isinstance(least, int) and isinstance(most, int) and least > most:
            notes(path, f"{low} is more than {high}")

    return rule


def _selects() -> dict[str, Rule]:
    placeholder = {"placeholder": Field(plain_text(150))}
    lists = {"options": Field(many(_OPTION, 100)), "option_groups": Field(many(_GROUP, 100))}
    outside = {"min_query_length": Field(number(0, 100))}
    several = {"max_selected_items": Field(number(1, 100))}
    one, more = {"initial_option": Field(_OPTION)}, {"initial_options": Field(many(_OPTION, 100))}
    found = {
        "static_select": _element("static_select", _static, **placeholder, **lists, **one),
        "external_select": _element("external_select", None, **placeholder, **outside, **one),
        "multi_static_select": _element(
            "multi_static_select", _static, **placeholder, **lists, **more, **several
        ),
        "multi_external_select": _element(
            "multi_external_select", None, **placeholder, **outside, **more, **several
        ),
    }
    for noun in ("user", "conversation", "channel"):
        name = f"{noun}s_select"
        first = {f"initial_{noun}": Field(string(255)), "response_url_enabled": Field(switch)}
        found[name] = _element(name, None, **placeholder, **first)
        firsts = {f"initial_{noun}s": Field(many(string(255), 100))}
        found[f"multi_{name}"] = _element(f"multi_{name}", None, **placeholder, **firsts, **several)
    return found


def _typing(name: str, **fields: Field) -> Rule:
    return _element(name, None, placeholder=Field(plain_text(150)), **fields)


IMAGE = shape(
    of_type(
        "image",
        image_url=Field(string(3_000)),
        alt_text=Field(string(2_000), required=True),
    ),
    exactly_one("image_url"),
)
ELEMENTS: dict[str, Rule] = {
    "button": _element(
        "button",
        text=Field(plain_text(75), required=True),
        value=Field(string(2_000)),
        url=Field(string(3_000)),
        style=Field(one_of("primary", "danger")),
        accessibility_label=Field(string(75)),
    ),
    "overflow": _element(
        "overflow", options=Field(many(_option(plain_text(75), link=True), 5), required=True)
    ),
    "radio_buttons": _element(
        "radio_buttons",
        _chosen_among_offered,
        options=Field(many(_CHOICE, 10), required=True),
        initial_option=Field(_CHOICE),
    ),
    "checkboxes": _element(
        "checkboxes",
        _chosen_among_offered,
        options=Field(many(_CHOICE, 10), required=True),
        initial_options=Field(many(_CHOICE, 10)),
    ),
    "datepicker": _typing("datepicker", initial_date=Field(string(10, 10))),
    "timepicker": _typing("timepicker", initial_time=Field(string(5, 5)), timezone=Field(string(255))),
    "datetimepicker": _element("datetimepicker", initial_date_time=Field(number(10**9, 10**10 - 1))),
    "plain_text_input": _element(
        "plain_text_input",
        _ordered("min_length", "max_length"),
        placeholder=Field(plain_text(150)),
        initial_value=Field(string(3_000)),
        multiline=Field(switch),
        min_length=Field(number(0, 3_000)),
        max_length=Field(number(1, 3_000)),
    ),
    "number_input": _typing(
        "number_input",
        is_decimal_allowed=Field(switch, required=True),
        initial_value=Field(string(255)),
        min_value=Field(string(255)),
        max_value=Field(string(255)),
    ),
    "url_text_input": _typing("url_text_input", initial_value=Field(string(3_000))),
    "email_text_input": _typing("email_text_input", initial_value=Field(string(3_000))),
    "image": IMAGE,
    **_selects(),
}
TYPED_IN = ("plain_text_input", "number_input", "url_text_input", "email_text_input")

# https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

_STYLE = Field(shape(dict.fromkeys(("bold", "italic", "strike", "code", "underline"), Field(switch))))
_RUNS: dict[str, Rule] = {
    "text": shape(of_type("text", text=Field(string(ALL_BLOCKS), required=True), style=_STYLE)),
    "link": shape(
        of_type(
            "link",
            url=Field(string(3_000), required=True),
            text=Field(string(3_000)),
            style=_STYLE,
            unsafe=Field(switch),
        )
    ),
    "emoji": shape(of_type("emoji", name=Field(string(255), required=True), style=_STYLE)),
    "user": shape(of_type("user", user_id=Field(string(255), required=True), style=_STYLE)),
    "usergroup": shape(of_type("usergroup", usergroup_id=Field(string(255), required=True), style=_STYLE)),
    "channel": shape(of_type("channel", channel_id=Field(string(255), required=True), style=_STYLE)),
    "broadcast": shape(
        of_type("broadcast", range=Field(one_of("here", "channel", "everyone"), required=True))
    ),
}
_BORDER = Field(number(0, 1))


def _runs(name: str, *kinds: str, **fields: Field) -> Rule:
    runs = only(_RUNS, *(kinds or tuple(_RUNS)))
    return shape(of_type(name, elements=Field(many(runs, 1_000), required=True), **fields))


_RICH: dict[str, Rule] = {
    "rich_text_section": _runs("rich_text_section"),
    "rich_text_quote": _runs("rich_text_quote", border=_BORDER),
    "rich_text_preformatted": _runs(
        "rich_text_preformatted", "text", "link", border=_BORDER, language=Field(string(255))
    ),
    "rich_text_list": shape(
        of_type(
            "rich_text_list",
            elements=Field(
                many(typed({"rich_text_section": _runs("rich_text_section")}), 1_000), required=True
            ),
            style=Field(one_of("bullet", "ordered"), required=True),
            indent=Field(number(0, 8)),
            offset=Field(number(0, 10_000)),
            border=_BORDER,
        )
    ),
}
RICH_TEXT = {"elements": Field(many(typed(_RICH), 1_000), required=True)}
