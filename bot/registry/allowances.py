"""How much a registry still allows, and when it may be asked again: an answer's headers in -> a limit and a moment out.

Docker Hub says ``ratelimit-limit: 100;w=21600`` (https://docs.docker.com/docker-hub/usage/pulls/), GitLab and what
stands before many others ``RateLimit-Limit``, ``RateLimit-Reset`` (a Unix time)
(https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers), GitHub the same with
``X-`` before it. A window is a length, never a moment; a moment comes from ``Retry-After`` or a reset time alone.
"""

import ipaddress
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.facts.testimony import Limit


# ``100;w=21600``, and the older draft's ``100, 100;w=60`` (draft-ietf-httpapi-ratelimit-headers-03): the first counts.
_QUOTA = re.compile(r"\s*([0-9]{1,9})\s*(?:;\s*w\s*=\s*([0-9]{1,9}))?", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_LONGEST = timedelta(days=1)
# A reset of more seconds than this is a moment and not a length: the 9th of September 2001.
_UNIX_TIMES_BEGIN = 1_000_000_000


def limit(headers: Mapping[str, str]) -> Limit | None:
    """What the headers say of the limit; None when nothing.

    Args:
        headers: of an answer, by lower-case name.
    """
    most, window = _quota(_either(headers, "ratelimit-limit"))
    remaining, window_left = _quota(_either(headers, "ratelimit-remaining"))
    source = headers.get("docker-ratelimit-source", "").strip()
    if most is None and remaining is None and not source:
        return None
    return Limit(most, remaining, window or window_left, _source(source))


def retry_at(status: int, headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the registry says that it may be asked again: later than now and within a day; None when it names no time.

    Args:
        status: of the answer; a reset time is heeded for a 429 alone, because others send it with every answer.
        headers: by lower-case name.
        now: when the answer came.
    """
    named = _moment(headers.get("retry-after", ""), now)
    if named is None and status == 429:
        named = _moment(_either(headers, "ratelimit-reset"), now)
    if named is None or named <= now:
        return None
    return min(named, now + _LONGEST)


def _either(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name) or headers.get(f"x-{name}", "")


def _quota(text: str) -> tuple[int | None, timedelta | None]:
    match = _QUOTA.match(text)
    if match is None:
        return None, None
    return int(match[1]), timedelta(seconds=int(match[2])) if match[2] else None


def _source(text: str) -> str:
    """The address that the limit counts for; anything else names an account, and its name is not kept."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return "account" if text else ""


def _moment(text: str, now: datetime) -> datetime | None:
    """Seconds from now, a Unix time, or an HTTP date (https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)."""
    text = text.strip()[:64]
    if _SECONDS.fullmatch(text):
        seconds = int(text)
        if seconds < _UNIX_TIMES_BEGIN:
            return now + min(timedelta(seconds=seconds), _LONGEST)
        return datetime.fromtimestamp(min(seconds, now.timestamp() + _LONGEST.total_seconds()), UTC)
    try:
        read = parsedate_to_datetime(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
