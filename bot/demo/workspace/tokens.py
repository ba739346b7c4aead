"""Who may call what: a token in -> whose it is and what it may, or Slack's refusal.

The tokens say of themselves that they are none of Slack's; one that has the shape of a real one is refused, so that
nobody gets used to pasting theirs here.
"""

import hmac
import re
import secrets
from dataclasses import dataclass, field

from bot.demo.workspace.refusals import Refused, invalid


# https://docs.slack.dev/authentication/tokens: kind, then numbers of workspace and app, then what is secret
_REAL = re.compile(r"xox[a-z]-(?:\d+-)?\d{8,}-|xoxe[.-]|xapp-\d-A[A-Z0-9]+-\d+-[0-9a-f]{16}")
BOT, APP = "bot", "app"


@dataclass(slots=True)
class Token:
    """One token of the app.

    Attributes:
        kind: bot or app.
        scopes: what it was granted; may be changed at any time.
        trouble: Slack's word for why it is not taken any more, ``token_revoked``; empty while it is.
    """

    value: str = field(repr=False)
    kind: str
    scopes: set[str]
    trouble: str = ""

    def needs(self, scopes: frozenset[str]) -> None:
        """Hold it against the scopes of a method; one of them is enough.

        Raises:
            Refused: it has none of them.
        """
        if scopes and not scopes & self.scopes:
            needed = ",".join(sorted(scopes))
            raise Refused("missing_scope", needed=needed, provided=",".join(sorted(self.scopes)))


class Tokens:
    """All that were handed out."""

    def __init__(self) -> None:
        self._all: list[Token] = []

    def issue(self, kind: str, scopes: frozenset[str]) -> Token:
        """A new one."""
        prefix = "xapp" if kind == APP else "xoxb"
        made = Token(f"{prefix}-simulated-not-a-real-token-{secrets.token_hex(12)}", kind, set(scopes))
        self._all.append(made)
        return made

    def whose(self, authorization: str, kind: str | None = None) -> Token:
        """Whose token came, by the header or by itself.

        Args:
            authorization: ``Bearer …``, or the token.
            kind: what the method takes; None for any.

        Raises:
            Refused: nobody's, a real one, one in trouble, or one of the other kind.
        """
        given = authorization.removeprefix("Bearer ").strip()
        if not given:
            raise Refused("not_authed")
        if is_real(given):
            raise invalid("invalid_auth", "[ERROR] this is a simulated workspace: it takes no real token")
        found = None
        for each in self._all:
            if hmac.compare_digest(each.value.encode(), given.encode()):
                found = each
        if found is None:
            raise Refused("invalid_auth")
        if found.trouble:
            raise Refused(found.trouble)
        if kind is not None and found.kind != kind:
            raise Refused("not_allowed_token_type")
        return found


def is_real(token: str) -> bool:
    """Whether a token has the shape of one that Slack hands out."""
    return _REAL.match(token) is not None
