"""What the bot's own buttons, fields and views are called between Slack and us. Their values are ids, never trusted."""

from typing import Final


ACKNOWLEDGE: Final = "incident-acknowledge"
SNOOZE: Final = "incident-snooze"
LIST: Final = "incidents-list"
SHARE: Final = "answer-share"
ASK: Final = "ask"
CHOOSE: Final = "ask-choose"
# Under an alert, with the action behind it; below an answer, with a number; both ask for a change.
REPAIR: Final = "repair-alert"
OFFER: Final = "repair-offer"
# On the card of a plan.
APPROVE: Final = "plan-approve"
DECLINE: Final = "plan-decline"
WHOLE: Final = "plan-whole"
UNDO: Final = "plan-undo"
AGAIN: Final = "plan-again"
# Under an alert, and in what who says "wrong" is told.
RIGHT: Final = "verdict-right"
WRONG: Final = "verdict-wrong"
INSTEAD: Final = "verdict-instead"
# The spans that one can snooze for without typing.
SPANS: Final = ("1h", "4h", "1d")
# What can be asked for by name: the actions that change something, as playbooks/actions.yaml lists them.
ACTIONS: Final = (
    "set-image",
    "roll-back",
    "attach-pull-secret",
    "detach-pull-secret",
    "copy-pull-secret",
    "recreate-pod",
    "retry-now",
    "pin-architecture",
    "use-mirror",
    "cordon-node",
    "ask-node",
    "suspend",
    "watch-and-tell",
)


def spoken(action: str) -> str:
    """An action in words."""
    return action.replace("-", " ").capitalize()
