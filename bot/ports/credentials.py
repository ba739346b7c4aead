"""The one narrow door through which a password passes: from the cluster's Secret to the registry that it is for.

Everything else in the house knows a credential by its structure alone. A value is lent for one question, is not
kept, and shows nothing of itself wherever it is printed.
"""

from dataclasses import dataclass, field
from typing import Protocol

from bot.facts.objects import Unread
from bot.facts.testimony import Identity


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name and a password, as the kubelet would send them. Neither is ever shown."""

    username: str = field(repr=False)
    password: str = field(repr=False)


class CredentialLender(Protocol):
    """Who can read a pull secret's values."""

    async def lend(self, identity: Identity) -> Credential | Unread:
        """The credential under the identity's key, read afresh from its Secret."""
        ...
