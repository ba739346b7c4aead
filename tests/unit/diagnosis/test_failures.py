"""Detection: what is a pull failure, what is not, and which image it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import wiring
from bot.diagnosis import failures
from bot.diagnosis.failures import Look
from bot.facts.failure import Source
from bot.facts.objects import Container, ContainerKind, Pod, PodEvent, Run


NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
IMAGE = "registry.example/team/app:2.0"
NOT_FOUND = f'rpc error: code = NotFound desc = failed to pull and unpack image "{IMAGE}": failed to resolve image: {IMAGE}: not found'
REFUSED = (
    f'failed to pull and unpack image "{IMAGE}": failed to resolve image: failed to do request: '
    'Head "https://registry.example/v2/team/app/manifests/2.0": dial tcp 192.0.2.7:443: connect: connection refused'
)


@pytest.fixture(scope="module")
def look() -> Look:
    """The shipped signatures at noon."""
    return Look(wiring.knowledge().signatures, NOW)


def ago(**span: float) -> datetime:
    """A moment before noon."""
    return NOW - timedelta(**span)


def container(**facts: object) -> Container:
    """A container ``app`` that wants ``IMAGE``."""
    return replace(Container("app", ContainerKind.MAIN, IMAGE), **facts)


def pod(*containers: Container, **facts: object) -> Pod:
    """A scheduled pod of a ReplicaSet's making."""
    base = Pod("shop", "web-1", phase="Pending", node="n1", created=ago(minutes=20), containers=containers)
    return replace(base, **facts)


def event(
    reason: str, message: str, *, last: datetime, first: datetime | None = None, **facts: object
) -> PodEvent:
    """An event about the container ``app``."""
    base = PodEvent("shop", "web-1", reason, message, container="app", first=first or last, last=last)
    return replace(base, **facts)


def only(found: tuple[failures.PullFailure, ...]) -> failures.PullFailure:
    """The one failure there is."""
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("reason", "message", "symptom"),
    [
        ("ErrImagePull", NOT_FOUND, "manifest-not-found"),
        ("ImagePullBackOff", f'Back-off pulling image "{IMAGE}": ErrImagePull: {REFUSED}', "connect-refused"),
        (
            "RegistryUnavailable",
            f"image pull failed for {IMAGE} because the registry is unavailable: {REFUSED}",
            "connect-refused",
        ),
        (
            "ErrImageNeverPull",
            f'Container image "{IMAGE}" is not present with pull policy of Never',
            "never-pull",
        ),
        (
            "InvalidImageName",
            'Failed to apply default image tag "a:b:c": couldn\'t parse image name "a:b:c": invalid reference format',
            "invalid-reference",
        ),
        (
            "illegal base64 data at input byte 0",
            "illegal base64 data at input byte 0",
            "credential-fetch-failed",
        ),
    ],
)
def test_detect_reads_every_waiting_reason_of_a_pull(
    look: Look, reason: str, message: str, symptom: str
) -> None:
    """The kubelet's own reasons, and a reason that is raw error text."""
    failure = only(failures.detect(pod(container(waiting_reason=reason, waiting_message=message)), (), look))
    assert (failure.symptom.id, failure.reason, failure.source) == (symptom, reason, Source.STATUS)


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("CrashLoopBackOff", "back-off 10s restarting failed container=app pod=web-1_shop(uid)"),
        ("CreateContainerConfigError", 'configmap "app-config" not found'),
        (
            "CreateContainerError",
            "failed to generate container: failed to generate spec: no command specified",
        ),
        ("RunContainerError", "context deadline exceeded"),
        ("PodInitializing", ""),
        ("ContainerCreating", ""),
        ("SomeNewReason", "something nobody has seen before"),
    ],
)
def test_detect_leaves_look_alikes_alone(look: Look, reason: str, message: str) -> None:
    """What waits for another reason is not claimed."""
    assert failures.detect(pod(container(waiting_reason=reason, waiting_message=message)), (), look) == ()


@pytest.mark.parametrize("kind", [ContainerKind.INIT, ContainerKind.SIDECAR, ContainerKind.EPHEMERAL])
def test_detect_sees_every_kind_of_container(look: Look, kind: ContainerKind) -> None:
    """Init, sidecar and ephemeral containers fail like main ones, also in a Running pod."""
    failing = container(kind=kind, waiting_reason="ErrImagePull", waiting_message=NOT_FOUND)
    healthy = Container("other", ContainerKind.MAIN, "registry.example/other:1", running_since=ago(hours=1))
    assert only(failures.detect(pod(healthy, failing, phase="Running"), (), look)).kind is kind


def test_detect_finds_two_failures_in_two_containers(look: Look) -> None:
    """Two containers with two causes are two failures."""
    first = container(waiting_reason="ErrImagePull", waiting_message=NOT_FOUND)
    second = container(name="b", waiting_reason="ErrImagePull", waiting_message=REFUSED)
    found = failures.detect(pod(first, second), (), look)
    assert [each.symptom.id for each in found] == ["manifest-not-found", "connect-refused"]


def test_detect_keeps_an_unknown_wording_as_a_failure_without_symptom(look: Look) -> None:
    """The kubelet says that the pull failed; that nobody knows the words does not make it healthy."""
    failure = only(
        failures.detect(pod(container(waiting_reason="ErrImagePull", waiting_message="zzz")), (), look)
    )
    assert failure.symptom.id == ""


def test_detect_looks_behind_a_bare_back_off(look: Look) -> None:
    """Before 1.32 the back-off hides the error, and only the event still has it."""
    waiting = container(
        waiting_reason="ImagePullBackOff", waiting_message=f'Back-off pulling image "{IMAGE}"'
    )
    events = [
        event("Failed", f'Failed to pull image "{IMAGE}": {NOT_FOUND}', last=ago(minutes=3)),
        event("Failed", "Error: ErrImagePull", last=ago(minutes=3)),
        event("BackOff", f'Back-off pulling image "{IMAGE}"', last=ago(minutes=1)),
    ]
    failure = only(failures.detect(pod(waiting), events, look))
    assert (failure.symptom.id, failure.reason, failure.source) == (
        "manifest-not-found",
        "ImagePullBackOff",
        Source.EVENT,
    )


def test_detect_prefers_any_error_to_the_kubelets_own_throttle(look: Look) -> None:
    """The text "pull QPS exceeded" appears beside the true cause and is not the cause."""
    waiting = container(waiting_reason="ErrImagePull", waiting_message="pull QPS exceeded")
    earlier = event("Failed", f'Failed to pull image "{IMAGE}": {NOT_FOUND}', last=ago(minutes=3))
    assert only(failures.detect(pod(waiting), [earlier], look)).symptom.id == "manifest-not-found"
    assert only(failures.detect(pod(waiting), [], look)).symptom.id == "kubelet-pull-limit"


def test_detect_sees_a_restart_that_cannot_pull_behind_crash_loop_back_off(look: Look) -> None:
    """At restart time the state rotates; the events tell that the last pull failed."""
    run = Run(3, "Error", started=ago(minutes=9), finished=ago(minutes=8))
    rotating = container(
        waiting_reason="CrashLoopBackOff",
        waiting_message="back-off 20s restarting failed container=app",
        last_run=run,
    )
    events = [
        event("Pulled", f'Successfully pulled image "{IMAGE}" in 1s', last=ago(minutes=9)),
        event("Started", "Container started", last=ago(minutes=9)),
        event(
            "Failed",
            f'Failed to pull image "{IMAGE}": {NOT_FOUND}',
            last=ago(minutes=2),
            first=ago(minutes=8),
        ),
        event(
            "BackOff",
            "Back-off restarting failed container app in pod web-1_shop(uid)",
            last=ago(minutes=1),
            type="Warning",
        ),
    ]
    failure = only(failures.detect(pod(rotating, phase="Running"), events, look))
    assert (failure.symptom.id, failure.since) == ("manifest-not-found", ago(minutes=8))


def test_detect_does_not_claim_a_crash_after_a_pull_that_recovered(look: Look) -> None:
    """A failed pull followed by a good one is history, whatever the container does afterwards."""
    crashing = container(
        waiting_reason="CrashLoopBackOff",
        last_run=Run(3, "Error", started=ago(minutes=2), finished=ago(minutes=1)),
    )
    events = [
        event("Failed", f'Failed to pull image "{IMAGE}": {REFUSED}', last=ago(minutes=9)),
        event("Pulled", f'Container image "{IMAGE}" already present on machine', last=ago(minutes=2)),
    ]
    assert failures.detect(pod(crashing, phase="Running"), events, look) == ()


def test_detect_calls_a_long_silence_after_pulling_a_stall(look: Look) -> None:
    """No error exists for a hanging pull: only the missing end of it, after the threshold."""
    waiting = container(waiting_reason="ContainerCreating")
    begun = [event("Pulling", f'Pulling image "{IMAGE}"', last=ago(minutes=11))]
    failure = only(failures.detect(pod(waiting), begun, look))
    assert (failure.symptom.id, failure.source, failure.since) == (
        "pull-stalled",
        Source.SILENCE,
        ago(minutes=11),
    )
    assert failures.detect(pod(waiting), [event("Pulling", "Pulling image", last=ago(minutes=9))], look) == ()


def test_detect_sees_no_stall_where_the_pull_ended(look: Look) -> None:
    """A Pulled event ends the silence, even in the same second."""
    waiting = container(waiting_reason="ContainerCreating")
    events = [
        event("Pulling", f'Pulling image "{IMAGE}"', last=ago(minutes=20)),
        event("Pulled", f'Successfully pulled image "{IMAGE}" in 1s', last=ago(minutes=20)),
    ]
    assert failures.detect(pod(waiting), events, look) == ()


def test_detect_sees_a_stall_older_than_events_only_behind_a_ready_sandbox(look: Look) -> None:
    """After an hour no event is left; a pod that waits for a volume has no sandbox and is not claimed."""
    waiting = container(waiting_reason="ContainerCreating")
    old = pod(waiting, created=ago(hours=3), scheduled=ago(hours=3))
    assert only(failures.detect(replace(old, sandbox_ready=True), (), look)).symptom.id == "pull-stalled"
    assert failures.detect(replace(old, sandbox_ready=False), (), look) == ()
    assert failures.detect(replace(old, sandbox_ready=None), (), look) == ()


def test_detect_names_the_image_of_an_image_volume(look: Look) -> None:
    """The message of an image volume sits on the container, beside the container's own good image."""
    reference = "registry.example/models/big:7"
    text = (
        f'Back-off pulling image "{reference}": ErrImagePull: failed to resolve image: {reference}: not found'
    )
    mounted = pod(
        container(waiting_reason="ImagePullBackOff", waiting_message=text), image_volumes={"model": reference}
    )
    failure = only(failures.detect(mounted, (), look))
    assert (failure.kind, failure.image, failure.volume) == (ContainerKind.IMAGE_VOLUME, reference, "model")


def test_detect_recognises_images_however_the_runtime_spells_them(look: Look) -> None:
    """``nginx:1`` in the spec is ``docker.io/library/nginx:1`` in the message: still the container's own image."""
    text = 'failed to pull and unpack image "docker.io/library/nginx:1": failed to resolve image: docker.io/library/nginx:1: not found'
    own = container(image="nginx:1", waiting_reason="ErrImagePull", waiting_message=text)
    failure = only(failures.detect(pod(own, image_volumes={"m": "registry.example/nginx-extra:1"}), (), look))
    assert (failure.kind, failure.image) == (ContainerKind.MAIN, "nginx:1")


def test_detect_counts_attempts_and_remembers_the_first(look: Look) -> None:
    """Since when, how often, and when last: from the events."""
    waiting = container(
        waiting_reason="ImagePullBackOff",
        waiting_message=f'Back-off pulling image "{IMAGE}": ErrImagePull: {NOT_FOUND}',
    )
    events = [
        event("Pulling", f'Pulling image "{IMAGE}"', first=ago(minutes=9), last=ago(minutes=2), count=6),
        event(
            "Failed",
            f'Failed to pull image "{IMAGE}": {NOT_FOUND}',
            first=ago(minutes=9),
            last=ago(minutes=2),
            count=6,
        ),
    ]
    failure = only(failures.detect(pod(waiting), events, look))
    assert (failure.attempts, failure.since, failure.last_attempt) == (6, ago(minutes=9), ago(minutes=2))


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_detect_leaves_finished_pods_alone(look: Look, phase: str) -> None:
    """A pod that is over cannot fail to pull any more."""
    assert (
        failures.detect(
            pod(container(waiting_reason="ErrImagePull", waiting_message=NOT_FOUND), phase=phase), (), look
        )
        == ()
    )


def test_detect_reads_exec_format_error_in_the_status(look: Look) -> None:
    """Some runtimes report the foreign binary when they start it."""
    text = 'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/app": exec format error'
    ended = container(waiting_reason="CrashLoopBackOff", last_run=Run(128, "StartError", text))
    failure = only(failures.detect(pod(ended, phase="Running"), (), look))
    assert (failure.symptom.id, failure.source) == ("exec-format-error", Source.RUN)


@pytest.mark.parametrize(
    ("code", "seconds", "expected"),
    [
        (1, 0, True),
        (1, 2, True),
        (255, 1, True),
        (126, 0, True),
        (3, 0, False),
        (1, 3, False),
        (137, 0, False),
        (0, 0, False),
    ],
)
def test_may_be_foreign_binary_is_gated_by_code_and_duration(code: int, seconds: int, expected: bool) -> None:
    """Only a run of at most two seconds with a telling exit code is worth a log."""
    run = Run(code, "Error", started=ago(seconds=60), finished=ago(seconds=60 - seconds))
    assert failures.may_be_foreign_binary(container(last_run=run)) is expected


def test_from_log_believes_only_exec_format_error(look: Look) -> None:
    """A crash that says something else is not ours."""
    crashed = container(last_run=Run(1, "Error", started=ago(minutes=1), finished=ago(minutes=1)))
    told = failures.from_log(pod(crashed), crashed, "exec /app: exec format error\n", look)
    assert told is not None
    assert (told.symptom.id, told.source) == ("exec-format-error", Source.LOG)
    assert failures.from_log(pod(crashed), crashed, "fatal: cannot open config\n", look) is None
    assert failures.from_log(pod(crashed), crashed, "", look) is None


def test_recovered_tells_what_a_running_pod_complained_of(look: Look) -> None:
    """The failure is over; its history is still worth a line."""
    running = pod(container(running_since=ago(minutes=1)), phase="Running")
    events = [event("Failed", f'Failed to pull image "{IMAGE}": {REFUSED}', last=ago(minutes=5))]
    symptom = failures.recovered(running, events, look)
    assert symptom is not None
    assert symptom.id == "connect-refused"
    assert failures.recovered(running, [], look) is None


@pytest.mark.parametrize(
    ("reason", "kind", "may"),
    [
        ("CreateContainerError", ContainerKind.MAIN, True),
        ("CreateContainerError", ContainerKind.EPHEMERAL, False),
        ("CreateContainerConfigError", ContainerKind.MAIN, False),
        ("ImagePullBackOff", ContainerKind.MAIN, False),
    ],
)
def test_container_that_cannot_be_made_may_have_no_image(reason: str, kind: ContainerKind, may: bool) -> None:
    """Only then is its media type worth a question."""
    container = Container("app", kind, "registry.example/a:1", waiting_reason=reason)
    assert failures.may_be_no_image(container) is may
