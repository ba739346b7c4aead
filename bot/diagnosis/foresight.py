"""When something that works now is worth a warning: moments in, yes or no out.

A warning that comes every day for what mends itself every day is read by nobody, so a token that a machine renews is left
alone until the machine must have failed.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from bot.facts.registries import Retired


# Nobody types a new token every other day: what lives no longer than this is renewed by a machine.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html: 12 hours; Google's and Azure's: one to three.
MACHINES_RENEW: Final = timedelta(days=2)
# Such machines run at half of a token's life, the lazy ones every 10 or 11 of 12 hours. In its last twentieth all are late.
_LATE: Final = 20
# A token that somebody made for ten days is not old on its third.
_LAST_PART: Final = 3


def is_ending(issued: datetime | None, expires: datetime, now: datetime, before: timedelta) -> bool:
    """Whether a token's end is near enough to be told, or past.

    Args:
        issued: when it was made, if it says so.
        expires: when it ends.
        now: the time.
        before: how long before its end a token is warned of, if its life is long enough for that.
    """
    return expires - now <= notice(issued, expires, before)


def notice(issued: datetime | None, expires: datetime, before: timedelta) -> timedelta:
    """How long before its end a token is warned of.

    One that lives for two days at most is renewed by a machine: only its last twentieth shows that it was not. Any other
    is warned of ``before`` its end, but not sooner than in the last third of its life; of one that does not say when it was
    made no life is known, and ``before`` it is.
    """
    if issued is None or issued >= expires:
        return before
    life = expires - issued
    return life / _LATE if life <= MACHINES_RENEW else min(before, life / _LAST_PART)


def is_worth_telling(retired: Retired, now: datetime, within: timedelta) -> bool:
    """Whether a registry's end lies ahead, or not further back than that; never where its date is none."""
    since = day_of(retired)
    return since is not None and now - since <= within


def day_of(retired: Retired) -> datetime | None:
    """The day from which a registry is given up; None where it is not told as one."""
    try:
        return datetime.combine(date.fromisoformat(retired.since), datetime.min.time(), UTC)
    except ValueError:
        return None
