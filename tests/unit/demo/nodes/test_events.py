"""Events, and their repeats."""

from datetime import UTC, datetime, timedelta

from bot.demo.cluster.store import Store
from bot.demo.nodes.events import Recorder


def test_a_repeat_counts_on() -> None:
    """Under one name, with its first and its last time; another sentence is another Event."""
    store = Store()
    pod = {**store.put({"kind": "Pod", "metadata": {"name": "p", "namespace": "a"}})}
    moment = datetime(2026, 11, 22, 9, tzinfo=UTC)
    times = iter([moment, moment + timedelta(minutes=1), moment])
    recorder = Recorder(store, "kubelet", "n", lambda: next(times))
    for message in ("one", "one", "two"):
        recorder.write("Pod", pod, "Failed", message, place="spec.containers{x}", warns=True)
    events = {each["message"]: each for each in store.every("events")}
    assert (events["one"]["count"], events["two"]["count"]) == (2, 1)
    assert events["one"]["firstTimestamp"] == "2026-11-22T09:00:00Z"
    assert events["one"]["lastTimestamp"] == "2026-11-22T09:01:00Z"
    assert events["one"]["involvedObject"]["fieldPath"] == "spec.containers{x}"
    assert events["one"]["type"] == "Warning"
