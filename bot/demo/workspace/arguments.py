"""What a call brings along: a form, a query or JSON in -> typed arguments out, or Slack's word for what is wrong."""

import json
from collections.abc import Mapping
from typing import Any

from bot.demo.workspace.refusals import Object, Refused, lacking


class Arguments:
    """The arguments of one call. In a form everything is text, lists and objects as JSON."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def __contains__(self, name: str) -> bool:
        return self._given.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """A text."""
        found = self._given.get(name)
        return default if found is None else str(found)

    def required(self, name: str) -> str:
        """A text that has to be there.

        Raises:
            Refused: it is not.
        """
        found = self.text(name)
        if not found:
            raise lacking(name)
        return found

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false, in the ways that Slack takes them."""
        found = self._given.get(name)
        return default if found is None else str(found).lower() in ("true", "1")

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        try:
            return int(self.text(name) or default)
        except ValueError:
            raise Refused("invalid_arguments") from None

    def value(self, name: str, error: str = "invalid_arguments") -> Any:
        """A list or an object; None where there is none.

        Raises:
            Refused: with the error, where it is no JSON.
        """
        found = self._given.get(name)
        if not isinstance(found, str):
            return found
        if not found:
            return None
        try:
            return json.loads(found)
        except ValueError:
            raise Refused(error) from None

    def object(self, name: str, error: str = "invalid_arguments") -> Object | None:
        """An object; None where there is none."""
        found = self.value(name, error)
        if found is not None and not isinstance(found, dict):
            raise Refused(error)
        return found
