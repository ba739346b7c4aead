"""What the bot's own buttons, fields and views are called between Slack and us. Their values are ids, never trusted."""

from typing import Final


ACKNOWLEDGE: Final = "incident-acknowledge"
SNOOZE: Final = "incident-snooze"
LIST: Final = "incidents-list"
SHARE: Final = "answer-share"
ASK: Final = "ask"
CHOOSE: Final = "ask-choose"
# The spans that one can snooze for without typing.
SPANS: Final = ("1h", "4h", "1d")
