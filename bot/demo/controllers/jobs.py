"""Jobs and CronJobs: a schedule in -> Jobs when they are due; a Job in -> its pod, until it is over or suspended, out."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.demo.cluster.store import Store
from bot.demo.controllers.making import Maker, drawn, is_ready, leaves, reference
from bot.demo.controllers.schedules import due


Object = dict[str, Any]
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Jobs:
    """The controllers of Jobs and of CronJobs. Of a Job's containers only those end by themselves that look at something.

    Args:
        now: the world's clock.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._jobs = Maker(store, "job-controller", now)
        self._crons = Maker(store, "cronjob-controller", now)

    def step(self) -> None:
        """Bring everything a step nearer to what is wished for."""
        for item in self._store.every("cronjobs"):
            self._cron(item)
        for item in self._store.every("jobs"):
            self._job(item)

    def _job(self, item: Object) -> None:
        if _ended(item) is not None:
            self._expire(item)
            return
        pods = [pod for pod in self._jobs.owned("pods", item) if not leaves(pod)]
        status: Object = {"uncountedTerminatedPods": {}}
        if item["spec"].get("suspend"):
            for pod in pods:
                self._jobs.take("Job", item, pod)
            told = {
                "type": "Suspended",
                "status": "True",
                "reason": "JobSuspended",
                "message": "Job suspended",
            }
            status["conditions"] = [told]
        elif over := self._over(item, pods):
            status |= over
        else:
            if not pods:
                self._jobs.pod_of("Job", item, drawn(item["metadata"]["name"]))
            started = (item.get("status") or {}).get("startTime") or self._now().strftime(_TIME)
            status |= {"startTime": started, "active": 1, "ready": sum(map(is_ready, pods))}
        self._jobs.tell("Job", item, status)

    def _over(self, item: Object, pods: list[Object]) -> Object:
        """How a Job ends now; nothing where it does not."""
        now = self._now()
        told: Object = {"startTime": (item.get("status") or {}).get("startTime") or now.strftime(_TIME)}
        ended = {"status": "True", "lastTransitionTime": now.strftime(_TIME)}
        if any((pod.get("status") or {}).get("phase") == "Succeeded" for pod in pods):
            done = {"type": "Complete", "reason": "CompletionsReached", **ended}
            return {**told, "succeeded": 1, "completionTime": now.strftime(_TIME), "conditions": [done]}
        limit = item["spec"].get("activeDeadlineSeconds")
        if limit is None or now - _moment(told["startTime"]) < timedelta(seconds=limit):
            return {}
        for pod in pods:
            self._jobs.take("Job", item, pod)
        return {
            **told,
            "failed": 1,
            "conditions": [{"type": "Failed", "reason": "DeadlineExceeded", **ended}],
        }

    def _expire(self, item: Object) -> None:
        """Take a Job away whose time after its end is over: https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/."""
        kept, ended = item["spec"].get("ttlSecondsAfterFinished"), _ended(item)
        if kept is None or ended is None or self._now() - ended < timedelta(seconds=kept):
            return
        for pod in self._jobs.owned("pods", item):
            self._jobs.take("Job", item, pod)
        self._store.delete("jobs", item["metadata"]["namespace"], item["metadata"]["name"])

    def _cron(self, item: Object) -> None:
        """A Job when the CronJob is new, which spares a wait, and whenever it is due."""
        if item["spec"].get("suspend"):
            return
        told, now = (item.get("status") or {}).get("lastScheduleTime"), self._now()
        last = datetime.strptime(told, _TIME).replace(tzinfo=UTC) if told else None
        if last is not None and not due(item["spec"]["schedule"], last, now):
            return
        before, policy = self._crons.owned("jobs", item), item["spec"].get("concurrencyPolicy")
        if before and policy == "Forbid":
            return
        for each in before if policy == "Replace" else ():
            self._store.delete("jobs", each["metadata"]["namespace"], each["metadata"]["name"])
        self._run(item, now)

    def _run(self, item: Object, now: datetime) -> None:
        meta = item["metadata"]
        name = f"{meta['name']}-{int(now.timestamp()) // 60}"
        job = {
            "metadata": {"name": name, "ownerReferences": [reference("CronJob", item)]},
            "spec": copy.deepcopy(item["spec"]["jobTemplate"]["spec"]),
        }
        if self._crons.make("Job", meta["namespace"], job) is not None:
            self._crons.events.write("CronJob", item, "SuccessfulCreate", f"Created job {name}")
        active = [
            {
                "kind": "Job",
                "namespace": meta["namespace"],
                "name": each["metadata"]["name"],
                "uid": each["metadata"]["uid"],
                "apiVersion": "batch/v1",
            }
            for each in self._crons.owned("jobs", item)
        ]
        self._crons.tell("CronJob", item, {"active": active, "lastScheduleTime": now.strftime(_TIME)})


def _ended(item: Object) -> datetime | None:
    """When a Job did; None while it has not."""
    conditions = (item.get("status") or {}).get("conditions") or ()
    over = [each for each in conditions if each["type"] in ("Complete", "Failed")]
    return _moment(over[0]["lastTransitionTime"]) if over else None


def _moment(told: str) -> datetime:
    return datetime.strptime(told, _TIME).replace(tzinfo=UTC)
