"""Which pods and events are worth a second look."""

from typing import Any

import msgspec
import pytest

from bot.cluster import reduce, shapes, suspects
from tests.fakes import objects


def _pod(**changes: Any) -> shapes.PodShape:
    return msgspec.convert(objects.pod(**changes), shapes.PodShape)


def _event(**changes: Any) -> shapes.EventShape:
    return msgspec.convert(objects.event(**changes), shapes.EventShape)


EPHEMERAL = {"ephemeralContainerStatuses": [{"name": "debug", "state": objects.waiting()}]}
DONE_INIT = {
    "initContainerStatuses": [
        {"name": "i", "state": objects.terminated(0), "lastState": objects.terminated(1)}
    ]
}
UNTOLD: dict[str, Any] = {"containerStatuses": None}


@pytest.mark.parametrize(
    ("suspect", "changes"),
    [
        (True, {"state": objects.waiting()}),
        (True, {"state": objects.waiting("ContainerCreating")}),
        (True, {"state": objects.waiting(), "phase": "Running"}),
        (True, {"status": EPHEMERAL}),
        (True, {"state": objects.terminated(1), "phase": "Failed"}),
        (True, {"state": {}, "last": objects.terminated(137), "phase": "Running"}),
        (True, {"status": UNTOLD, "phase": "Pending"}),
        (False, {}),
        (False, {"last": objects.terminated(137)}),
        (False, {"status": DONE_INIT}),
        (False, {"state": objects.terminated(0), "phase": "Succeeded"}),
        (False, {"status": UNTOLD, "phase": "Pending", "spec": {"nodeName": None}}),
        (False, {"status": UNTOLD, "phase": "Failed"}),
    ],
)
def test_is_suspect_errs_towards_yes(*, suspect: bool, changes: dict[str, Any]) -> None:
    """Waiting, ended badly, or silent on a node; what runs, succeeded or waits for a node is left alone."""
    assert suspects.is_suspect(_pod(**changes)) is suspect


def test_is_suspect_takes_an_empty_pod() -> None:
    """Nothing is known, so nothing is amiss."""
    assert not suspects.is_suspect(shapes.PodShape())


def test_bears_on_pulling_wants_a_pod_and_a_reason() -> None:
    """An owner's event and a probe's event are about something else."""
    assert suspects.bears_on_pulling(_event())
    assert suspects.bears_on_pulling(_event(reason="Pulling"))
    assert not suspects.bears_on_pulling(_event(reason="Unhealthy"))
    assert not suspects.bears_on_pulling(_event(involvedObject={"kind": "ReplicaSet", "name": "web"}))
    assert not suspects.bears_on_pulling(_event(involvedObject=None))


@pytest.mark.parametrize(
    ("silent", "changes"),
    [
        (True, {"state": objects.waiting("ContainerCreating")}),
        (True, {"status": UNTOLD, "phase": "Pending"}),
        (False, {"state": objects.waiting("ImagePullBackOff")}),
        (False, {}),
    ],
)
def test_waits_in_silence_until_somebody_speaks(*, silent: bool, changes: dict[str, Any]) -> None:
    """A container that is being created, or of which nothing was said at all."""
    assert suspects.waits_in_silence(reduce.to_pod(_pod(**changes))) is silent


def test_waits_in_silence_not_while_an_init_container_runs() -> None:
    """The others wait their turn."""
    pod = _pod(
        state=objects.waiting("PodInitializing"),
        spec={"initContainers": [{"name": "setup", "image": "s:1"}]},
        status={"initContainerStatuses": [{"name": "setup", "state": objects.running()}]},
    )
    assert not suspects.waits_in_silence(reduce.to_pod(pod))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (objects.waiting("ErrImagePull"), "ErrImagePull"),
        (objects.waiting("ContainerCreating"), ""),
        (objects.running(), ""),
        (objects.terminated(1), ""),
        ({}, ""),
    ],
)
def test_complaint_is_what_the_kubelet_says_of_a_container_that_waits(
    state: dict[str, Any], said: str
) -> None:
    """Silence is none."""
    status = _pod(state=state).status
    assert status is not None
    assert status.container_statuses is not None
    assert suspects.complaint(status.container_statuses[0]) == said
