"""When things are done, never what: names with their intervals in, runs that never overlap themselves out.

A run that takes longer than its interval makes the next ones fall together into one; a change of the jobs disturbs
none that stays as it is. Intervals have a jitter, so that a hundred clusters are not looked at in the same second.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger


# A tenth of the interval spreads what would come together, and nobody notices it.
_JITTER = 0.1
_MOST_JITTER = timedelta(seconds=30)
# Jobs that come together begin one after another, by about as much as a look at a small cluster takes: what hundreds of
# clusters send would be held in memory at once.
_APART = timedelta(milliseconds=50)
# It warns of each run that was left out because the last one goes on: that is what we ask for.
logging.getLogger("apscheduler").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is done again and again.

    Attributes:
        interval: from one beginning to the next.
        run: does it once.
        sort: what makes two jobs of a name the same; while it stays, the job goes on undisturbed.
    """

    interval: timedelta
    run: Callable[[], Awaitable[object]]
    sort: object = None


class Schedule:
    """Runs jobs by name, each at once, or soon where many begin together, and then by its interval.

    Args:
        failed: is told what a run raised; the next one comes all the same.
        now: the time, for the first runs.
    """

    def __init__(
        self,
        failed: Callable[[str, Exception], object],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._failed = failed
        self._now = now
        self._jobs: dict[str, Job] = {}
        self._running: dict[str, asyncio.Task[object]] = {}
        self._wanted: set[str] = set()
        self._scheduler = AsyncIOScheduler(
            executors={"default": AsyncIOExecutor()},
            # However late: a loop that was busy, or a machine that slept, owes one run and no more.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    def start(self) -> None:
        """Begin. The event loop runs already."""
        self._scheduler.start()

    async def stop(self) -> None:
        """End: what is under way is cancelled, and waited for."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        await self._end(list(self._running))
        self._scheduler.shutdown(wait=False)

    async def set(self, jobs: Mapping[str, Job]) -> None:
        """Have these jobs and no others. A run of one that goes or changes is cancelled, and waited for."""
        gone = [name for name, job in self._jobs.items() if name not in jobs or _differs(job, jobs[name])]
        for name in gone:
            self._scheduler.remove_job(name)
        await self._end(gone)
        new = [name for name in jobs if name in gone or name not in self._jobs]
        for position, name in enumerate(new):
            self._add(name, jobs[name], min(position * _APART, jobs[name].interval / 2))
        self._jobs = dict(jobs)

    def soon(self, name: str) -> None:
        """Have the next run of a job at once; if it is running, after that."""
        if name in self._running:
            self._wanted.add(name)  # the scheduler leaves out what is due while the last one goes on
        elif self._scheduler.get_job(name) is not None:
            self._scheduler.modify_job(name, next_run_time=self._now())

    def _add(self, name: str, job: Job, after: timedelta) -> None:
        jitter = min(job.interval * _JITTER, _MOST_JITTER)
        self._scheduler.add_job(
            self._run,
            IntervalTrigger(
                seconds=job.interval.total_seconds(), jitter=jitter.total_seconds(), timezone=UTC
            ),
            id=name,
            args=(name, job),
            next_run_time=self._now() + after,
        )

    async def _run(self, name: str, job: Job) -> None:
        self._wanted.discard(name)
        await self._once(name, job)
        while name in self._wanted and self._jobs.get(name) is job:
            self._wanted.discard(name)
            await self._once(name, job)

    async def _once(self, name: str, job: Job) -> None:
        task = asyncio.ensure_future(job.run())
        self._running[name] = task
        await asyncio.wait({task})
        if self._running.get(name) is task:
            del self._running[name]
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):  # whatever it was, the next run may go well
            self._failed(name, error)

    async def _end(self, names: list[str]) -> None:
        self._wanted.difference_update(names)
        tasks = [task for name in names if (task := self._running.get(name)) is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # for the scheduler to hear of it


def _differs(old: Job, new: Job) -> bool:
    return (old.interval, old.sort) != (new.interval, new.sort)
