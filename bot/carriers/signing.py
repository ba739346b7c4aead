"""How a receiver knows that it was us: secrets and a body in, the headers of Standard Webhooks out.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md has them, and libraries that check
them in most languages. While a secret is changed both sign, so that the receiver may take up the new one at any time.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.errors import UsageError


_START: Final = "whsec_"
# The specification: between 24 bytes (192 bits) and 64 bytes (512 bits).
_SHORTEST, _LONGEST = 24, 64


@dataclass(frozen=True, slots=True)
class Key:
    """A secret that is shared with a receiver. Shown nowhere."""

    secret: bytes = field(repr=False)


def key(text: str) -> Key:
    """The key that ``whsec_…`` spells.

    Raises:
        UsageError: it spells none; nothing of it is told.
    """
    hint = f"write {_START} and the base64 of {_SHORTEST} to {_LONGEST} random bytes"
    if not text.startswith(_START):
        raise UsageError(f"it does not begin with {_START}", hint)
    try:
        secret = base64.b64decode(text.removeprefix(_START), validate=True)
    except (binascii.Error, ValueError):
        raise UsageError("it is not base64", hint) from None
    if not _SHORTEST <= len(secret) <= _LONGEST:
        raise UsageError("it has the wrong length", hint)
    return Key(secret)


def headers(keys: Sequence[Key], name: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers that prove a body.

    Args:
        keys: one, or while it is changed two.
        name: the post's id, the same however often it is sent.
        at: now; a receiver refuses what is minutes old.
        body: as it is sent.
    """
    stamp = str(int(at.timestamp()))
    signed = b".".join((name.encode(), stamp.encode(), body))
    return {
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(_signature(each, signed) for each in keys),
    }


def _signature(key: Key, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.new(key.secret, signed, hashlib.sha256).digest()).decode()
