"""Reads label selectors as kubectl takes them, because a dump has no API server to do it: text in -> a test out.

Grammar: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

import re
from collections.abc import Callable, Mapping

from bot.errors import UsageError


Labels = Mapping[str, str]
Test = Callable[[Labels], bool]

_KEY = r"[A-Za-z0-9](?:[A-Za-z0-9./_-]*[A-Za-z0-9])?"
_VALUE = r"[A-Za-z0-9_.-]*"
_EQUAL = re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})")
_IN_SET = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([A-Za-z0-9_.,\s-]*)\)")
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")
_COMMA = re.compile(r",(?![^()]*\))")


def parse(selector: str) -> Test:
    """A test of a pod's labels; the empty selector takes every pod.

    Raises:
        UsageError: kubectl would refuse it too.
    """
    if not selector.strip():
        return lambda _: True
    tests = [_requirement(part.strip()) for part in _COMMA.split(selector[:4096])]
    return lambda labels: all(test(labels) for test in tests)


def _requirement(text: str) -> Test:
    if found := _EQUAL.fullmatch(text):
        key, operator, value = found.groups()
        # A label that is absent is unequal to everything, as for the API server.
        return lambda labels: (labels.get(key) == value) != (operator == "!=")
    if found := _IN_SET.fullmatch(text):
        key, operator, values = found.groups()
        wanted = {value.strip() for value in values.split(",")}
        return lambda labels: (labels.get(key) in wanted) != (operator == "notin")
    if found := _EXISTS.fullmatch(text):
        denied, key = found.groups()
        return lambda labels: (key in labels) != bool(denied)
    raise UsageError(
        f"{text[:60]!r} is not a label selector", "write key=value, key!=value, key in (a,b), key or !key"
    )
