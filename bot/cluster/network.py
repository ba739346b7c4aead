"""Names what a network did to a request: an exception in -> a few words out.

The texts of network libraries hold addresses and, of proxies, passwords; none of them is passed on.
"""

from typing import Final
from urllib.parse import urlsplit

import aiohttp


# Raised while there is no connection yet, so nothing of the request can have been read by anybody.
UNCONNECTED: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientSSLError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


def fault(problem: Exception) -> str:
    """What happened to a connection."""
    if isinstance(problem, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        return "the proxy does not let us through"
    if isinstance(problem, aiohttp.ClientConnectorDNSError):
        return "the name cannot be resolved"
    return "connection refused" if isinstance(problem, aiohttp.ClientConnectorError) else "connection dropped"


def certificate_fault(problem: Exception) -> str:
    """Why a server's certificate is not trusted."""
    cause = getattr(problem, "certificate_error", problem)
    return getattr(cause, "verify_message", "") or type(cause).__name__


def host(server: str) -> str:
    """Host and port of a URL, without whoever stands before an ``@``."""
    return urlsplit(server).netloc.rpartition("@")[2]
