"""What the operator's own settings may do in a message and nothing else may: call people, and show emoji.

A mention as a route spells it in, the rich text that Slack makes a call of out. Whatever cannot be read so is shown as
it stands and calls nobody.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.slack.elements import Runs, run
from bot.slack.escaping import visible


NOBODY: Final[Mapping[str, str]] = MappingProxyType({})
# https://docs.slack.dev/messaging/formatting-message-text#mentioning-groups
_GROUP = re.compile(r"(?:<!subteam\^)?(S[A-Z0-9]{5,20})(?:\|[^<>]*)?>?")
_PERSON = re.compile(r"(?:<@)?([UW][A-Z0-9]{5,20})>?")
_ALL = re.compile(r"@(here|channel|everyone)|<!(here|channel|everyone)>")
_EMOJI = re.compile(r":([a-z0-9_+'-]{1,80}):")
_MOST = 10
_LONGEST = 80


def called(mention: str, groups: Mapping[str, str] = NOBODY) -> Runs:
    """Rich text that calls whom a mention names.

    Args:
        mention: one or several, with spaces between.
        groups: ids of user groups by ``@handle``; one that is not in there is shown and not called.
    """
    found: Runs = []
    for word in mention.split()[:_MOST]:
        found += [*(run(" ") if found else []), *_call(word, groups)]
    return found


def named(mention: str) -> Runs:
    """The same as text that calls nobody."""
    return run(visible(" ".join(mention.split()[:_MOST]), _MOST * _LONGEST))


def spoken(words: str) -> Runs:
    """The operator's own words for a severity, with emoji where they name some."""
    found: Runs = []
    rest = words[:_LONGEST]
    while match := _EMOJI.search(rest):
        found += [*run(visible(rest[: match.start()], _LONGEST), bold=True)]
        found.append({"type": "emoji", "name": match[1]})
        rest = rest[match.end() :]
    return [*found, *run(visible(rest, _LONGEST), bold=True)]


def _call(word: str, groups: Mapping[str, str]) -> Runs:
    if everybody := _ALL.fullmatch(word):
        return [{"type": "broadcast", "range": everybody[1] or everybody[2]}]
    if group := _GROUP.fullmatch(groups.get(word, word)):
        return [{"type": "usergroup", "usergroup_id": group[1]}]
    if person := _PERSON.fullmatch(word):
        return [{"type": "user", "user_id": person[1]}]
    return run(visible(word, _LONGEST))
