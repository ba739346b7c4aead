"""Jobs and CronJobs: when they run, and when they do not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.demo.cluster.store import Store
from bot.demo.controllers.jobs import Jobs


def _template(image: str) -> dict[str, Any]:
    return {"metadata": {}, "spec": {"containers": [{"name": "c", "image": image}]}}


class Night:
    """A CronJob for three in the morning, seen at ten in the evening."""

    def __init__(self, **spec: Any) -> None:
        self.now = datetime(2026, 11, 22, 22, tzinfo=UTC)
        told = {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": _template("i:1")}}, **spec}
        self.store = Store(
            [
                {"kind": "Namespace", "metadata": {"name": "a"}},
                {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "a"}},
                {"kind": "CronJob", "metadata": {"name": "o", "namespace": "a"}, "spec": told},
            ]
        )
        self._controller = Jobs(self.store, lambda: self.now)

    def look(self, times: int = 3) -> None:
        """Let the controllers work."""
        for _ in range(times):
            self._controller.step()

    def change(self, kind: str, plural: str, name: str, **spec: Any) -> None:
        """Another spec."""
        item = self.store.get(plural, "a", name)
        self.store.put({**item, "spec": {**item["spec"], **spec}}, kind)

    @property
    def images(self) -> list[str]:
        """Of all pods."""
        return sorted(pod["spec"]["containers"][0]["image"] for pod in self.store.every("pods"))


def test_a_new_one_runs_at_once() -> None:
    """One Job, one pod, and no more when looked at again."""
    night = Night()
    night.look()
    assert night.images == ["i:1"]
    told = night.store.get("cronjobs", "a", "o")["status"]
    assert [each["kind"] for each in told["active"]] == ["Job"]


def test_another_template_counts_from_the_next_run_on() -> None:
    """What runs stays what it is."""
    night = Night()
    night.look()
    changed = {"spec": {"template": _template("i:2")}}
    night.change("CronJob", "cronjobs", "o", jobTemplate=changed)
    night.look()
    assert night.images == ["i:1"]
    night.now += timedelta(hours=5, minutes=1)
    night.look()
    assert night.images == ["i:1", "i:2"]


@pytest.mark.parametrize(("policy", "images"), [("Forbid", ["i:1"]), ("Replace", ["i:2"])])
def test_runs_may_not_overlap(policy: str, images: list[str]) -> None:
    """The next one waits, or takes the place of the one before."""
    night = Night(concurrencyPolicy=policy)
    night.look()
    night.change("CronJob", "cronjobs", "o", jobTemplate={"spec": {"template": _template("i:2")}})
    night.now += timedelta(hours=5, minutes=1)
    night.look()
    alive = {each["metadata"]["uid"] for each in night.store.every("jobs")}
    pods = [pod for pod in night.store.every("pods") if pod["metadata"]["ownerReferences"][0]["uid"] in alive]
    assert [pod["spec"]["containers"][0]["image"] for pod in pods] == images


def test_a_suspended_one_rests() -> None:
    """A CronJob makes no Jobs; a Job loses its pods, and gets them back."""
    night = Night()
    night.look()
    night.change("CronJob", "cronjobs", "o", suspend=True)
    night.now += timedelta(hours=5, minutes=1)
    night.look()
    (job,) = night.store.every("jobs")
    name = job["metadata"]["name"]
    night.change("Job", "jobs", name, suspend=True)
    night.look()
    assert night.images == []
    (told,) = night.store.get("jobs", "a", name)["status"]["conditions"]
    assert told["reason"] == "JobSuspended"
    night.change("Job", "jobs", name, suspend=False)
    night.look()
    assert night.images == ["i:1"]


class Once:
    """A Job that runs once, and is taken away some time after its end."""

    def __init__(self, **spec: Any) -> None:
        self.now = datetime(2026, 11, 22, 22, tzinfo=UTC)
        self.store = Store(
            [
                {"kind": "Namespace", "metadata": {"name": "a"}},
                {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "a"}},
                {
                    "kind": "Job",
                    "metadata": {"name": "o", "namespace": "a"},
                    "spec": {"template": _template("i:1"), **spec},
                },
            ]
        )
        self._controller = Jobs(self.store, lambda: self.now)

    def look(self, after: float = 0) -> Any:
        """Let the controller work so many seconds later; what the Job says of itself."""
        self.now += timedelta(seconds=after)
        self._controller.step()
        found = self.store.find("jobs", "a", "o")
        conditions = (found or {}).get("status", {}).get("conditions") or ()
        return "gone" if found is None else [each["reason"] for each in conditions]

    def end(self) -> None:
        """Have its pod end well."""
        (pod,) = self.store.every("pods", "a")
        self.store.put({**pod, "status": {"phase": "Succeeded"}}, "Pod")


def test_a_job_whose_pod_has_ended_is_complete_and_goes_in_time() -> None:
    """With its pod, so many seconds after its end as it says; without that it stays."""
    once = Once(ttlSecondsAfterFinished=300)
    assert once.look() == []
    once.end()
    assert once.look() == ["CompletionsReached"]
    assert once.look(299) == ["CompletionsReached"]
    assert once.look(1) == "gone"
    assert not list(once.store.every("pods", "a"))
    lasting = Once()
    lasting.look()
    lasting.end()
    lasting.look()
    assert lasting.look(10_000) == ["CompletionsReached"]


def test_a_job_that_takes_too_long_fails_with_its_pod() -> None:
    """After as long as it says."""
    once = Once(activeDeadlineSeconds=60)
    once.look()
    assert once.look(59) == []
    assert once.look(1) == ["DeadlineExceeded"]
    assert not list(once.store.every("pods", "a"))
