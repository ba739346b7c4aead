"""Where a registry sends one: the text of a realm or a ``Location`` in -> a :class:`Lead`, taken apart beyond doubt, out.

Two readers that take a URL apart differently are how a secret ends up with somebody else, so only what every reader
takes the same way is let through: no user information, no backslash, nothing but ASCII, a plain host and port.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin


_LONGEST = 8192  # a presigned address of a cloud's storage has about two thousand characters
# With ``_``, which some private hosts have in their names.
_HOST = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])"
# Printable ASCII without the characters that readers disagree about.
_REST = r"[!$%&'()*+,\-./0-9:;=@A-Z_a-z~?|{}\[\]^`]*"
_URL = re.compile(rf"(?i:(https?))://({_HOST}(?::[0-9]{{1,5}})?)((?:[/?]{_REST})?)(?:#{_REST})?", re.ASCII)
_ANY_HOST = re.compile(
    rf"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#\\]*@)?({_HOST}(?::[0-9]{{1,5}})?)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Lead:
    """An absolute URL.

    Attributes:
        scheme: ``https`` or ``http``.
        host: as written, with its port where one is given.
        rest: the path, and the query where there is one; it begins with ``/``.
    """

    scheme: str
    host: str
    rest: str

    @property
    def url(self) -> str:
        """The whole of it."""
        return f"{self.scheme}://{self.host}{self.rest}"

    def asking(self, **parameters: str) -> str:
        """The URL with these parameters behind those that it has; empty ones are left out."""
        added = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items() if value)
        if not added:
            return self.url
        return f"{self.url}{'&' if '?' in self.rest else '?'}{added}"


def lead(text: str) -> Lead | None:
    """Take an absolute URL apart; None when it is not plainly one over HTTP."""
    match = _URL.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    rest = match[3] if match[3].startswith("/") else f"/{match[3]}"
    return Lead(match[1].lower(), match[2], rest)


def onward(base: Lead, location: str) -> Lead | None:
    """Where a ``Location`` leads from where it was given; None when that is not plain."""
    if not 0 < len(location) <= _LONGEST:
        return None
    try:
        return lead(urljoin(base.url, location))
    except ValueError:  # brackets that hold no address
        return None


def host_of(text: str) -> str:
    """The host that a URL seems to name, for telling of it and nothing else; "" when none is in sight."""
    match = _ANY_HOST.match(text[:_LONGEST])
    return match[1] if match else ""
