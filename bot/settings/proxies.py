"""The proxies of the settings: what a person writes in -> a URL that names nothing but a proxy out.

A proxy's user and password come from a file or a variable, as every secret does.
"""

import ipaddress
import re
from typing import Annotated, Final

from pydantic import AfterValidator

from bot.facts import hosts
from bot.settings.kinds import refuse, taken


DIRECT: Final = "direct"
_URL = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[^\s/@:?#]+):([0-9]{1,5})/?", re.ASCII)
_USUAL = "write http://proxy.corp.example:3128"


def _proxy(value: str) -> str:
    """The URL of a proxy, spelled plainly; "" for none."""
    if not value:
        return ""
    if "@" in value:
        refuse(
            "a user and a password do not belong into the settings",
            f"{_USUAL}, and put user:password into proxy_credentials_file",
        )
    found = _URL.fullmatch(value)
    if found is None:
        return str(refuse("that is no HTTP proxy with its port", _USUAL))
    taken(hosts.host, f"{found[2]}:{found[3]}")
    host = found[2].strip("[]")
    if _is_address(host):
        taken(hosts.addresses, host)  # it refuses what can never be allowed
    return f"{found[1]}://{found[2]}:{found[3]}"


def _own_proxy(value: str) -> str:
    return value if value == DIRECT else _proxy(value)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


Proxy = Annotated[str, AfterValidator(_proxy)]
OwnProxy = Annotated[str, AfterValidator(_own_proxy)]
