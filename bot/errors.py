"""Errors that a person can act on: each says what went wrong and carries a hint for the operator.

::

    BotError                     anything we expected could go wrong
    ├── UsageError               the call's words are off                            (exit code 2)
    ├── TargetNotFound           nothing of that name is there                       (exit code 3)
    ├── ClusterUnreadable        a cluster or dump could not be read at all          (exit code 4)
    ├── InvalidReference         an image reference that no runtime can parse
    ├── PlaybookError            a playbook that does not say what it must
    ├── StoreError               what is remembered cannot be read or written
    │   └── Overtaken            somebody else stored it first: load it and decide again
    ├── SettingsError            a settings file that cannot be used                 (exit code 2)
    └── UnsafeSource             a dump that tries to reach outside itself           (exit code 2)

Third-party exceptions stop at the room that owns the library; what crosses a port is one of these or a
value that says why it is not known (:class:`bot.facts.objects.Unread`).
"""

import traceback
from pathlib import PurePath


class BotError(Exception):
    """What went wrong, in one line, with what to do about it.

    Args:
        message: one line, without secrets.
        hint: what the reader can do; empty when there is nothing to add.
    """

    exit_code = 5

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(BotError):
    """The call's words are off: an unknown option value, a target that cannot be read."""

    exit_code = 2


class TargetNotFound(BotError):
    """Nothing of that name is in the cluster or the dump."""

    exit_code = 3


class ClusterUnreadable(BotError):
    """A cluster or dump could not be read at all; a single forbidden read is an ``Unread`` instead."""

    exit_code = 4


class InvalidReference(BotError):
    """An image reference that no runtime can parse; the message says where it breaks."""

    exit_code = 2


class PlaybookError(BotError):
    """A playbook that does not say what it must; the message names the file and the field."""

    exit_code = 2


class SettingsError(BotError):
    """A settings file that cannot be used; the message names the key."""

    exit_code = 2


class UnsafeSource(BotError):
    """A dump that tries to reach outside itself, or is larger than we read."""

    exit_code = 2


class StoreError(BotError):
    """What is remembered cannot be read or written; the message says why, without a word of the URL."""


class Overtaken(StoreError):
    """Somebody else stored it first: load it and decide again."""


def place(error: BaseException) -> str:
    """Where in this house a fault of ours came up, `` in desk.py:12``; "" when it was elsewhere."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = next((each for each in reversed(frames) if "bot" in PurePath(each.filename).parts), None)
    return f" in {PurePath(ours.filename).name}:{ours.lineno}" if ours else ""
