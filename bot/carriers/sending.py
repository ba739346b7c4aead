"""One request to whoever the settings name: a URL and a body in, what became of it out.

No redirect is followed, no cookie kept, no proxy taken from the environment, and nothing is read of an answer but its status:
whatever is at the other end gets what was meant for it, once, and half a minute of ours at most.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from bot.carriers import fates
from bot.carriers.fates import Fate, Outcome
from bot.errors import SettingsError


PATIENCE: Final = 15.0
_LONGEST_LINE = 8190


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is posted to.

    Attributes:
        url: may hold what others must not know: never shown.
        trust: which certificates are believed; None for those of the system.
        headers: that prove who we are, of those who know us by a token.
    """

    url: str = field(repr=False)
    trust: ssl.SSLContext | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def trust(file: Path | None) -> ssl.SSLContext | None:
    """The certificates of a file, beside the system's.

    Raises:
        SettingsError: there are none in it.
    """
    if file is None:
        return None
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(file)
    except (OSError, ssl.SSLError):
        raise SettingsError(f"{str(file)!r} holds no certificates that can be read", "see ca_file") from None
    return context


class Sender:
    """Posts to anybody.

    Args:
        session: made by :func:`sender`.
        patience: seconds that one request may take, with everything.
    """

    def __init__(self, session: aiohttp.ClientSession, patience: float = PATIENCE) -> None:
        self._session, self._patience = session, patience

    async def post(self, place: Place, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Post once."""
        try:
            async with (
                asyncio.timeout(self._patience),
                self._session.post(
                    place.url,
                    data=body,
                    headers={"Content-Type": "application/json", **place.headers, **headers},
                    allow_redirects=False,
                    ssl=place.trust or True,
                ) as answer,
            ):
                return fates.of_status(answer.status, answer.headers.get("Retry-After", ""))
        except TimeoutError:
            return Outcome(Fate.LATER, "no answer in time")
        # Both are that for a certificate that is not believed, depending on who looks at it.
        except (aiohttp.ClientSSLError, ssl.SSLError):
            return Outcome(Fate.LATER, "no secure connection")
        except (aiohttp.ClientConnectorError, OSError):
            return Outcome(Fate.LATER, "no connection")
        except (aiohttp.ClientError, ValueError):
            # Its text may hold the URL.
            return Outcome(Fate.LATER, "no answer that HTTP knows")


@asynccontextmanager
async def sender(patience: float = PATIENCE) -> AsyncIterator[Sender]:
    """What posts, for as long as the block lasts."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "imagepull", "Accept": "*/*"},
        trust_env=False,
        auto_decompress=False,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
    ) as session:
        yield Sender(session, patience)
