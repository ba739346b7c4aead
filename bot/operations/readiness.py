"""Whether a replica does its work, and why not: a standing in, one line for each thing that it needs out.

A replica that is not ready gets no requests of Slack's and holds a roll-out up. So what it can work without is told and
makes no difference: one cluster of many that was never seen, or a channel that was archived, is no reason to answer
nobody. No line names anything: whoever reaches the port may read them.
"""

from dataclasses import dataclass

from bot.operations.standing import Phase, Standing


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a replica has, or lacks.

    Attributes:
        needed: without it the replica is not ready.
        why: what is wrong; "" when nothing is.
    """

    name: str
    needed: bool
    why: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it is there."""
        return not self.why


@dataclass(frozen=True, slots=True)
class Readiness:
    """All of it."""

    checks: tuple[Check, ...]

    @property
    def is_ready(self) -> bool:
        """Whether nothing is lacking that is needed."""
        return all(each.is_good for each in self.checks if each.needed)


def judged(standing: Standing) -> Readiness:
    """What a standing comes to."""
    if standing.phase is Phase.STARTING:
        why = "the store is opened and its schema brought up to date, then Slack is called if it is to be"
        return Readiness((Check("running", needed=True, why=why),))
    if standing.phase is Phase.STOPPING:
        return Readiness((Check("running", needed=True, why="it was told to stop"),))
    return Readiness(
        (
            Check("running", needed=True),
            # It is brought up to date before anything else begins, or the start ends.
            Check("schema", needed=True),
            Check("store", needed=True, why="" if standing.store else "it does not answer; the log says why"),
            _clusters(standing),
            *(_slack(standing) if standing.slack else ()),
        )
    )


def _slack(standing: Standing) -> tuple[Check, ...]:
    """Where the bot is meant to be there."""
    return Check("slack", needed=True, why=_away(standing)), _channels(standing), _scopes(standing)


def _away(standing: Standing) -> str:
    """Why nobody there can be told anything, or say anything."""
    if not standing.connected:
        return "not connected; it is tried again"
    return f"it takes nothing: {standing.barred}; the log says what to do" if standing.barred else ""


def _clusters(standing: Standing) -> Check:
    """Some are enough to work; while the store does not answer nobody knows."""
    of = len(standing.sights)
    never = sum(each.seen_at is None for each in standing.sights)
    if not standing.store or not never:
        return Check("clusters", needed=False)
    return Check("clusters", needed=never == of, why=f"{never} of {of} never seen; the log says why")


def _channels(standing: Standing) -> Check:
    of = len(standing.resting)
    return Check("channels", needed=False, why=f"{of} get nothing; the log says which" if of else "")


def _scopes(standing: Standing) -> Check:
    lacks = standing.lacking
    return Check("scopes", needed=False, why=f"{lacks} things do not work in Slack" if lacks else "")
