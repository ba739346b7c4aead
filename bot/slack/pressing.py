"""What a button may mean: the name of a button and the command that its value says in, whether it may say that out.

A value is read as if somebody had typed it, since it may have been edited; and it means no more than its button does.
"""

from collections.abc import Callable, Mapping
from typing import Final

from bot.slack import names
from bot.slack.commands import Command, Verb


_RULES: Final[Mapping[str, Callable[[str, Command], bool]]] = {
    names.ACKNOWLEDGE: lambda _, command: command.verb is Verb.ACK,
    names.SNOOZE: lambda _, command: command.verb is Verb.SNOOZE,
    names.LIST: lambda _, command: command.verb is Verb.LIST,
    names.CHOOSE: lambda _, command: (
        command.verb in (Verb.WHY, Verb.FIX) and not (command.incident or command.undo)
    ),
    names.REPAIR: lambda end, command: (
        command.is_wish and bool(command.incident) and end == f"-{command.action}"
    ),
    names.OFFER: lambda _, command: bool(command.question.words and command.action),
    names.UNDO: lambda _, command: bool(command.undo),
    names.AGAIN: lambda _, command: command.is_wish,
}
TYPED: Final = tuple(_RULES)
# On the card of a plan, with its id as their value.
OF_PLANS: Final = (names.APPROVE, names.DECLINE, names.WHOLE)
# These take long: they look at clusters, or ask Slack afresh.
LONG: Final = (names.CHOOSE, names.SHARE, names.REPAIR, names.OFFER, names.UNDO, names.AGAIN, *OF_PLANS)


def may_mean(action: str, command: Command) -> bool:
    """Whether a button of that name may say this."""
    for name, rule in _RULES.items():
        if action.startswith(name):
            return rule(action.removeprefix(name), command)
    return False
