"""The small languages inside a kubectl line: an expression in -> what is wrong with it out; "" for nothing.

https://kubernetes.io/docs/reference/kubectl/jsonpath/, https://kubernetes.io/docs/reference/kubectl/#custom-columns and
https://kubernetes.io/docs/reference/kubectl/ on go-template.
"""

import re
from typing import Final


_QUOTED: Final = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
# What stands in brackets: all, an index or a slice, a name, or a filter.
_SELECTOR: Final = re.compile(
    rf"\*|-?\d+|(?:-?\d*)(?::-?\d*){{1,2}}|(?:{_QUOTED})(?:\s*,\s*(?:{_QUOTED}))*|\?\((.*)\)"
)
_FIELD: Final = re.compile(r"(?:\*|[A-Za-z_](?:[\w/-]|\\\.)*)")
_FILTER: Final = re.compile(r"(@[^=<>!]*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+))?")
_ACTION: Final = re.compile(r"\{((?:[^{}\"']|" + _QUOTED + r")*)\}")
# text/template's own functions and kubectl's: https://pkg.go.dev/text/template#hdr-Functions
_FUNCTIONS: Final = frozenset(
    [
        "and",
        "or",
        "not",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "len",
        "index",
        "slice",
        "print",
        "printf",
        "println",
        "html",
        "js",
        "urlquery",
        "call",
        "base64decode",
        "exists",
        "if",
        "else",
        "end",
        "range",
        "with",
        "break",
        "continue",
        "define",
        "template",
        "block",
        "nil",
        "true",
        "false",
    ]
)


def jsonpath(template: str) -> str:
    """Of ``-o jsonpath=TEMPLATE``: text with actions in braces."""
    left = _ACTION.sub("", template)
    if "{" in left or "}" in left:
        return f"the braces of {template!r} do not match"
    actions = _ACTION.findall(template)
    if not actions:
        return path(template)
    open_ranges = 0
    for each in actions:
        inner = each.strip()
        open_ranges += inner.startswith("range ") - (inner == "end")
        if open_ranges < 0:
            return f"an end without a range in {template!r}"
        if wrong := _action(inner):
            return wrong
    return f"a range without its end in {template!r}" if open_ranges else ""


def _action(inner: str) -> str:
    if inner == "end" or re.fullmatch(_QUOTED, inner):
        return ""
    return path(inner.removeprefix("range ").strip())


def path(text: str) -> str:
    """One path: ``.spec.containers[*].image``, ``..image``, ``$.items[?(@.type=="Ready")].status``."""
    rest = text.removeprefix("$").removeprefix("@")
    if not text:
        return "an empty path"
    if rest and rest[0] not in ".[":
        return f"{text!r} does not begin with a dot"
    while rest:
        if rest[0] == "[":
            inside, rest, wrong = _bracket(rest)
            wrong = wrong or _selector(inside)
        else:
            rest, wrong = _field(rest)
        if wrong:
            return f"{wrong} in {text!r}"
    return ""


def _field(rest: str) -> tuple[str, str]:
    after = rest.removeprefix(".").removeprefix(".")
    if after.startswith("[") or (not after and rest == "."):
        return after, ""
    found = _FIELD.match(after)
    if found is None or (after[found.end() :] and after[found.end()] not in ".["):
        return "", f"{after!r} is no field"
    return after[found.end() :], ""


def _bracket(rest: str) -> tuple[str, str, str]:
    depth, quote = 0, ""
    for place, letter in enumerate(rest):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "[]":
            depth += 1 if letter == "[" else -1
            if not depth:
                return rest[1:place], rest[place + 1 :], ""
    return "", "", "a bracket that is not closed"


def _selector(inside: str) -> str:
    found = _SELECTOR.fullmatch(inside.strip())
    if found is None:
        return f"[{inside}] selects nothing"
    if found[1] is None:
        return ""
    asked = _FILTER.fullmatch(found[1].strip())
    return path(asked[1].strip()) if asked else f"{found[1]!r} is no filter"


def columns(text: str) -> str:
    """Of ``-o custom-columns=TEXT``: HEADER:PATH, separated by commas that stand in no bracket."""
    for each in re.split(r",(?![^\[]*\])", text):
        header, colon, expression = each.partition(":")
        if not header or not colon:
            return f"{each!r} is no HEADER:PATH"
        inner = expression[1:-1] if expression.startswith("{") and expression.endswith("}") else expression
        # A path may go without its dot here.
        if wrong := path(inner if inner.startswith((".", "[", "$")) else f".{inner}"):
            return wrong
    return ""


def go_template(text: str) -> str:
    """Of ``-o go-template=TEXT``: known functions, and each block with its end."""
    actions = re.findall(r"\{\{-?\s*(.*?)\s*-?\}\}", text, re.DOTALL)
    if text.count("{{") != len(actions) or text.count("}}") != len(actions):
        return f"the braces of {text!r} do not match"
    depth = 0
    for each in actions:
        bare = re.sub(_QUOTED, " ", each)
        depth += bool(re.match(r"(if|range|with|define|block)\b", bare)) - (bare.strip() == "end")
        words = re.findall(r"(?<![\w.$])[A-Za-z]\w*", bare)
        if unknown := [word for word in words if word not in _FUNCTIONS]:
            return f"no function {unknown[0]!r} in {text!r}"
    return f"a block without its end in {text!r}" if depth else ""
