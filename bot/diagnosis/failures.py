"""Finds the pull failures of a pod: status and events in, :class:`PullFailure` out.

A pod tells of a failed pull in six places, and each alone misses cases: the waiting reason (which rotates
with the back-off and may be raw error text), the waiting message (since 1.32 with the real error), the
events (one hour), the last run (restart-time failures hide behind CrashLoopBackOff), the silence after a
``Pulling`` event, and the first line of a log. This module reads the first five; the log is read by the
workflow for the containers that :func:`may_be_foreign_binary` names.

What is *not* a pull failure is decided here as well: a look-alike must never be claimed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.diagnosis.signatures import SignatureBook
from bot.facts import image as images
from bot.facts.failure import PullFailure, Source, Symptom
from bot.facts.objects import Container, ContainerKind, Pod, PodEvent, Run


# https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/images/types.go
PULL_REASONS = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "ImageInspectError",
        "ErrImageNeverPull",
        "InvalidImageName",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
# https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/container/sync_result.go (ErrCreateContainer)
_CANNOT_BE_MADE = "CreateContainerError"
# Nothing has happened yet, or nothing is said about it.
_QUIET_REASONS = frozenset({"", "ContainerCreating", "PodInitializing"})
# https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/container/sync_result.go: these come after a pull.
_LATER_REASONS = frozenset(
    {
        "CrashLoopBackOff",
        "CreateContainerConfigError",
        "CreateContainerError",
        "PreCreateHookError",
        "PreStartHookError",
        "PostStartHookError",
        "RunContainerError",
        "ContainerCannotRun",
        "KillContainerError",
        "VerifyNonRootError",
        "RunInitContainerError",
        "CreatePodSandboxError",
        "ConfigPodSandboxError",
        "KillPodSandboxError",
        "SetupNetworkError",
        "TeardownNetworkError",
    }
)
_PULL_EVENTS = frozenset({"Failed", "InspectFailed", "ErrImageNeverPull", "BackOff"})
_GOOD_EVENTS = frozenset({"Pulled", "Created", "Started"})
# A binary of another architecture dies at once: exec(2) fails before the first instruction. The shell's and
# the runtimes' exit codes for "could not execute" (POSIX 2.8.2: 126 and 127; runc 1, 128 and 255).
_FOREIGN_EXIT_CODES = frozenset({1, 126, 127, 128, 255})
_FOREIGN_RUN = timedelta(seconds=2)
# Events live one hour (kube-apiserver --event-ttl); a silence older than that has no event left to prove it.
_EVENT_TTL = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Look:
    """What detection needs beside the pod: how to read messages, what time it is, how long silence may last."""

    signatures: SignatureBook
    now: datetime
    stalled_after: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Said:
    """A text about a pull, and where it stood."""

    message: str
    source: Source
    symptom: Symptom
    reason: str
    at: datetime | None = None


def detect(pod: Pod, events: Sequence[PodEvent], look: Look) -> tuple[PullFailure, ...]:
    """Every pull failure of one pod, at most one for a container and one for each of its image volumes.

    Args:
        pod: the pod as the kubelet last reported it.
        events: what is known to have been said about it, in any order; may be empty.
        look: patterns, the time, the threshold for silence.
    """
    if pod.phase in ("Succeeded", "Failed"):
        return ()
    found = [_of_container(pod, container, events, look) for container in pod.containers]
    failures = [each for each in found if each is not None]
    if not failures:
        failures = list(_silences(pod, events, look))
    return tuple(failures)


def recovered(pod: Pod, events: Sequence[PodEvent], look: Look) -> Symptom | None:
    """What a pod complained of that has its images by now; None when it never did."""
    for container in pod.containers:
        if container.running_since is None:
            continue
        said = _newest_error(_about(container, events), look)
        if said is not None:
            return said.symptom
    return None


def may_be_foreign_binary(container: Container) -> bool:
    """Whether a container died the way one of another architecture does, so that its log is worth reading."""
    if container.kind is ContainerKind.EPHEMERAL or container.running_since is not None:
        return False
    run = container.ended or container.last_run
    if run is None or run.exit_code not in _FOREIGN_EXIT_CODES:
        return False
    if run.started is None or run.finished is None:
        return run.reason in ("StartError", "ContainerCannotRun")
    return run.finished - run.started <= _FOREIGN_RUN


def may_be_no_image(container: Container) -> bool:
    """Whether a container cannot be made although its image is there, as with a chart that was pulled for one.

    The reason alone proves nothing: a missing command gives the same.
    """
    return container.kind is not ContainerKind.EPHEMERAL and container.waiting_reason == _CANNOT_BE_MADE


def of_artifact(pod: Pod, container: Container) -> PullFailure:
    """The failure of a container whose image turned out to be none."""
    symptom = Symptom("manifest-unsupported", "manifest-unsupported/media-type")
    said = _Said(container.waiting_message, Source.REGISTRY, symptom, container.waiting_reason)
    return _failure(pod, container, said, (), "")


def from_log(pod: Pod, container: Container, log: str, look: Look) -> PullFailure | None:
    """The failure that a crashed container's log proves, or None when the log tells of something else."""
    for line in log.splitlines():
        symptom = look.signatures.match(line, "StartError")
        if symptom is not None and symptom.id == "exec-format-error":
            said = _Said(line, Source.LOG, symptom, _run_reason(container))
            return _failure(pod, container, said, (), "")
    return None


def _of_container(
    pod: Pod, container: Container, events: Sequence[PodEvent], look: Look
) -> PullFailure | None:
    if container.running_since is not None:
        return None
    about = _about(container, events)
    said = _waiting(container, about, look) or _ran_into_it(container, look)
    if said is None:
        return None
    return _failure(pod, container, said, about, _volume(pod, container, said))


def _waiting(container: Container, about: Sequence[PodEvent], look: Look) -> _Said | None:
    reason, message = container.waiting_reason, container.waiting_message
    if reason in PULL_REASONS:
        symptom = look.signatures.match(message, reason)
        said = _Said(message, Source.STATUS, symptom or Symptom("", ""), reason)
        return _more_telling(said, about, look)
    if reason and reason not in _QUIET_REASONS and reason not in _LATER_REASONS:
        # The kubelet puts raw error text into the reason when preparing the pull itself fails.
        symptom = look.signatures.match(message or reason, reason)
        if symptom is not None:
            return _Said(message or reason, Source.STATUS, symptom, reason)
    if container.waiting_reason in _QUIET_REASONS or container.ended or container.last_run:
        return _between_tries(container, about, look)
    return None


def _more_telling(said: _Said, about: Sequence[PodEvent], look: Look) -> _Said:
    """A back-off without its error, or the kubelet's own throttle, says less than the error before it."""
    if said.symptom.id not in ("", "backoff-only", "kubelet-pull-limit"):
        return said
    earlier = _newest_error(about, look, besides=("kubelet-pull-limit",))
    if earlier is None and said.symptom.id != "kubelet-pull-limit":
        earlier = _newest_error(about, look)
    if earlier is None:
        return said
    return _Said(earlier.message, Source.EVENT, earlier.symptom, said.reason, earlier.at)


def _between_tries(container: Container, about: Sequence[PodEvent], look: Look) -> _Said | None:
    """A pull that failed after everything that went well, while the state shows something else.

    At restart time the state rotates through CrashLoopBackOff; only the events keep telling of the pull.
    """
    error = _newest_error(about, look)
    if error is None or error.at is None:
        return None
    good = [event.last for event in about if event.reason in _GOOD_EVENTS and event.last]
    if good and max(good) >= error.at:
        return None
    run = container.ended or container.last_run
    if run is not None and run.finished is not None and run.finished > error.at:
        return None
    return _Said(error.message, Source.EVENT, error.symptom, "ErrImagePull", error.at)


def _ran_into_it(container: Container, look: Look) -> _Said | None:
    """``exec format error`` in the status itself: runtimes that check before they start report it there."""
    texts = [(container.waiting_reason, container.waiting_message)]
    texts += [(run.reason, run.message) for run in (container.ended, container.last_run) if run is not None]
    for reason, message in texts:
        if not message or reason in PULL_REASONS:
            continue
        symptom = look.signatures.match(message, reason)
        if symptom is not None and symptom.id == "exec-format-error":
            return _Said(message, Source.RUN, symptom, reason)
    return None


def _silences(pod: Pod, events: Sequence[PodEvent], look: Look) -> Iterable[PullFailure]:
    """Pulls that began and never reported: no error exists for them, only the missing end."""
    for container in pod.containers:
        if container.waiting_reason not in _QUIET_REASONS or container.running_since or container.ended:
            continue
        about = _about(container, events)
        begun = _begun(about)
        if begun is None and not events and _silent_beyond_events(pod, container, look):
            begun = pod.scheduled or pod.created
        if begun is None or look.now - begun < look.stalled_after:
            continue
        said = _Said(
            "", Source.SILENCE, Symptom("pull-stalled", "pull-stalled/silence"), "ContainerCreating", begun
        )
        yield _failure(pod, container, said, about, _volume_by_event(pod, container, about))
        # Containers start one after another: those behind the first silent one have not begun.
        return


def _begun(about: Sequence[PodEvent]) -> datetime | None:
    pulling = [event for event in about if event.reason == "Pulling" and event.last]
    if not pulling:
        return None
    newest = max(pulling, key=_when)
    ends = [event for event in about if event.reason in ("Pulled", "Failed", "Created", "Started")]
    if any(_when(event) >= _when(newest) and event is not newest for event in ends):
        return None
    return newest.last


def _silent_beyond_events(pod: Pod, container: Container, look: Look) -> bool:
    """No event is left, the sandbox stands, and the container still has no image: only a pull is outstanding."""
    since = pod.scheduled or pod.created
    return bool(
        pod.sandbox_ready
        and pod.phase == "Pending"
        and not container.image_id
        and container.waiting_reason == "ContainerCreating"
        and since is not None
        and look.now - since > _EVENT_TTL
    )


def _about(container: Container, events: Sequence[PodEvent]) -> tuple[PodEvent, ...]:
    """The events of one container; those of image volumes name no container and count for all."""
    return tuple(event for event in events if event.container in ("", container.name))


def _newest_error(about: Sequence[PodEvent], look: Look, besides: tuple[str, ...] = ()) -> _Said | None:
    newest: _Said | None = None
    for event in sorted(about, key=_when):
        if event.reason not in _PULL_EVENTS or "restarting failed container" in event.message:
            continue
        symptom = look.signatures.match(event.message, event.reason)
        if symptom is None or symptom.id in ("backoff-only", "exec-format-error", *besides):
            continue
        if symptom.id == "credential-fetch-failed" and event.reason == "FailedToRetrieveImagePullSecret":
            continue
        newest = _Said(event.message, Source.EVENT, symptom, event.reason, event.last or event.first)
    return newest


def _failure(
    pod: Pod, container: Container, said: _Said, about: Sequence[PodEvent], volume: str
) -> PullFailure:
    image = pod.image_volumes[volume] if volume else container.image
    tries = [event for event in about if event.reason == "Pulling" and _names(event.message, image)]
    failed = [event for event in about if event.reason in ("Failed", "InspectFailed") and event.last]
    return PullFailure(
        pod=pod,
        container=container.name,
        kind=ContainerKind.IMAGE_VOLUME if volume else container.kind,
        image=image,
        reference=images.parsed(image),
        reason=said.reason,
        message=said.message,
        source=said.source,
        symptom=said.symptom,
        since=_since(pod, container, said, about),
        volume=volume,
        attempts=max((event.count for event in tries), default=None),
        last_attempt=max((event.last for event in (*tries, *failed) if event.last), default=said.at),
    )


def _since(pod: Pod, container: Container, said: _Said, about: Sequence[PodEvent]) -> datetime | None:
    if said.source in (Source.RUN, Source.LOG):
        run = container.last_run or container.ended
        return run.started if run else pod.created
    if said.source is Source.SILENCE:
        return said.at
    good = max((event.last for event in about if event.reason in _GOOD_EVENTS and event.last), default=None)
    first = [event.first for event in about if event.reason in ("Failed", "InspectFailed") and event.first]
    after = [moment for moment in first if good is None or moment >= good]
    return min(after, default=said.at or pod.created)


def _volume(pod: Pod, container: Container, said: _Said) -> str:
    """The image volume a text speaks of, when it is not the container's own image."""
    if not pod.image_volumes or said.source in (Source.RUN, Source.LOG, Source.REGISTRY):
        return ""
    if _names(said.message, container.image) and container.image not in pod.image_volumes.values():
        return ""
    return next((name for name, image in pod.image_volumes.items() if _names(said.message, image)), "")


def _volume_by_event(pod: Pod, container: Container, about: Sequence[PodEvent]) -> str:
    newest = max((event for event in about if event.reason == "Pulling"), key=_when, default=None)
    if newest is None or _names(newest.message, container.image):
        return ""
    return next((name for name, image in pod.image_volumes.items() if _names(newest.message, image)), "")


def _names(message: str, image: str) -> bool:
    """Whether a message speaks of an image: runtimes add ``docker.io/library/`` and ``:latest`` as they like."""
    reference = images.parsed(image)
    if reference is None:
        return image in message
    spellings = {image, reference.canonical, reference.name}
    if reference.digest:
        spellings.add(f"{reference.name}@{reference.digest}")
    return any(_as_word(spelling, message) for spelling in spellings)


def _as_word(spelling: str, message: str) -> bool:
    start = message.find(spelling)
    while start >= 0:
        end = start + len(spelling)
        before = message[start - 1] if start else " "
        after = message[end] if end < len(message) else " "
        if not (before.isalnum() or before in "-_/.") and not (after.isalnum() or after in "-_/"):
            return True
        start = message.find(spelling, start + 1)
    return False


def _run_reason(container: Container) -> str:
    run: Run | None = container.ended or container.last_run
    return container.waiting_reason or (run.reason if run else "")


def _when(event: PodEvent) -> float:
    moment = event.last or event.first
    return moment.timestamp() if moment else 0.0
