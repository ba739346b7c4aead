"""Keeps a registry from being asked too much: a question in -> its answer out, or a refusal before anything is sent.

Registries count what comes from an address, and the nodes may share ours: what a diagnosis uses up, a pull lacks.
So each registry has a budget over a sliding window, and one that answers 429 is left alone for as long as it says.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.facts.objects import Unread
from bot.facts.testimony import SILENT, Asked, Fault
from bot.registry import allowances
from bot.registry.endpoints import api_host
from bot.registry.permits import Budget, Rules, plain
from bot.registry.wire import Ask, Failed, Reply, Wire


_TOO_MANY_REQUESTS = 429
# What a proxy failed to bring back may have arrived all the same.
_UNSENT = SILENT - {Fault.PROXY_FAILED}
_HOUR = timedelta(hours=1)
# How long a registry is left alone: a minute at least, whatever it says; six hours are Docker Hub's whole window.
_LEAST = timedelta(minutes=1)
_MOST = timedelta(hours=6)
_UNTOLD = timedelta(minutes=5)
# From so many registries on those are forgotten that count nowhere any more.
_MOST_ACCOUNTS = 1000


@dataclass(slots=True)
class _Account:
    """What one registry was asked, under the name by which it was asked first."""

    registry: str
    sent: deque[datetime] = field(default_factory=deque)
    left_alone_until: datetime | None = None

    def forget(self, now: datetime, kept: timedelta) -> None:
        """Drop what counts nowhere any more."""
        while self.sent and now - self.sent[0] >= kept:
            self.sent.popleft()
        if self.left_alone_until is not None and now >= self.left_alone_until:
            self.left_alone_until = None

    def within(self, now: datetime, span: timedelta) -> int:
        """How many were sent in the last while."""
        return sum(now - each < span for each in self.sent)


class Thrifty:
    """A wire that counts.

    Args:
        wire: puts the questions.
        permits: knows the budgets.
        now: the clock.
    """

    def __init__(self, wire: Wire, permits: Rules, now: Callable[[], datetime]) -> None:
        self._wire, self._permits, self._now = wire, permits, now
        self._accounts: dict[str, _Account] = {}
        self._room = _MOST_ACCOUNTS

    async def send(self, ask: Ask) -> Reply | Failed:
        """Put a question, unless the registry is left alone or its budget is spent."""
        permit = self._permits.of(ask.registry)
        if isinstance(permit, Unread):
            return Failed(Fault.BUDGET_SPENT, permit.why, permit.remedy)
        account = self._account(ask.registry, permit.budget)
        refusal = self._refusal(ask.registry, account, permit.budget)
        if refusal is not None:
            return refusal
        # Counted before it is sent, so that questions put at once do not all see room.
        moment = self._now()
        account.sent.append(moment)
        ended = await self._wire.send(ask)
        if isinstance(ended, Failed) and ended.fault in _UNSENT and moment in account.sent:
            account.sent.remove(moment)
        if isinstance(ended, Reply) and ended.status == _TOO_MANY_REQUESTS and not ask.redirected:
            self._leave_alone(account, ended)
        return ended

    def asked(self) -> tuple[Asked, ...]:
        """What every registry was asked of late, by name; those that nobody asked for an hour are left out."""
        return tuple(
            shown
            for host in sorted(self._accounts)
            if (shown := self._shown(self._accounts[host])) is not None
        )

    def _shown(self, account: _Account) -> Asked | None:
        permit, now = self._permits.of(account.registry), self._now()
        budget = Budget() if isinstance(permit, Unread) else permit.budget
        account.forget(now, _kept(budget))
        if not account.sent and account.left_alone_until is None:
            return None
        questions = account.within(now, timedelta(seconds=budget.seconds))
        return Asked(
            account.registry, questions, account.within(now, _HOUR), str(budget), account.left_alone_until
        )

    def _account(self, registry: str, budget: Budget) -> _Account:
        """One for each place that is asked, however images spell it: a budget is not had twice."""
        host = plain(api_host(registry))
        if host not in self._accounts and len(self._accounts) >= self._room:
            self._forget_idle()
        account = self._accounts.setdefault(host, _Account(registry))
        account.forget(self._now(), _kept(budget))
        return account

    def _forget_idle(self) -> None:
        """A storm may name thousands of hosts under one cloud's name."""
        for host, account in list(self._accounts.items()):
            if self._shown(account) is None:
                del self._accounts[host]
        self._room = max(_MOST_ACCOUNTS, 2 * len(self._accounts))

    def _refusal(self, registry: str, account: _Account, budget: Budget) -> Failed | None:
        if account.left_alone_until is not None:
            return Failed(
                Fault.LEFT_ALONE, f"answered 429; left alone until {_clock(account.left_alone_until)}"
            )
        window = timedelta(seconds=budget.seconds)
        within = [each for each in account.sent if self._now() - each < window]
        if len(within) < budget.questions:
            return None
        # Room comes when so many have left the window that one more fits; a budget of nothing never has any.
        again = f"; again at {_clock(within[-budget.questions] + window)}" if budget.questions > 0 else ""
        detail = f"{len(within)} questions asked, {budget} allowed{again}"
        return Failed(Fault.BUDGET_SPENT, detail, f"registries.{registry}.budget in the settings")

    def _leave_alone(self, account: _Account, reply: Reply) -> None:
        now = self._now()
        named = allowances.retry_at(reply.status, reply.headers, now) or now + _UNTOLD
        until = min(max(named, now + _LEAST), now + _MOST)
        account.left_alone_until = max(until, account.left_alone_until or until)


def _kept(budget: Budget) -> timedelta:
    return max(timedelta(seconds=budget.seconds), _HOUR)


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M:%SZ}"
