"""Rids facts of credentials before they are written down: a fact in -> the same fact, its texts redacted, out.

Names and numbers stay as they are, because they are compared letter by letter; texts that somebody wrote lose
whatever looks like a credential, or is known to be one.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, Final

from bot.facts.redaction import redact


Strike = Callable[[str], str]

# Names, and words out of a fixed list. The API server, or the grammar of references, allows no free text in them.
_IDENTIFIERS: Final = frozenset(
    {
        "namespace", "name", "uid", "node", "kind", "container", "pod", "pod_uid", "service_account", "pull_secrets",
        "phase", "pull_policy", "type", "fingerprint", "revision", "api_version", "os", "architecture", "variant",
        "digest", "media_type", "layers", "missing", "tags", "host", "code", "secret", "key", "flaw", "source",
    }
)  # fmt: skip
# A user name may be the name of an organisation as well, and an image must stay the one that is meant.
_IMAGES: Final = frozenset({"image", "reported_image", "image_id", "images", "image_volumes"})
_MOST_KEPT = 50_000


class Striker:
    """Strikes texts, and remembers what became of them: in a large cluster most are said again and again.

    Args:
        strike: rids a text of values that are known to be secret; it may come to know more. The names of images go
            without it, and everything goes through ``redact``.
    """

    def __init__(self, strike: Strike = str) -> None:
        self._strike = strike
        self._kept: dict[str, str] = {}

    def fact(self, value: Any, field: str = "") -> Any:
        """A fact, or a tuple or mapping of them, as it may be written down."""
        if isinstance(value, str) and not isinstance(value, Enum):
            if field in _IDENTIFIERS:
                return value
            # First what is known: a pattern might strike half of it.
            return self._redacted(value if field in _IMAGES else self._strike(value))
        if isinstance(value, tuple):
            return tuple(self.fact(each, field) for each in value)
        if isinstance(value, Mapping):
            return {name: self.fact(inner, field) for name, inner in value.items()}
        if is_dataclass(value) and not isinstance(value, type):
            struck = {each.name: self.fact(getattr(value, each.name), each.name) for each in fields(value)}
            return replace(value, **struck)
        return value

    def _redacted(self, text: str) -> str:
        kept = self._kept.get(text)
        if kept is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            kept = self._kept[text] = redact(text)
        return kept
