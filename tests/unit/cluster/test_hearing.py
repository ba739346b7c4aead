"""Which lines of a watch are news, and what is remembered of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.cluster.hearing import Ear, Ended, Garbled
from bot.ports.watching import Sign, Signal
from tests.fakes import objects


RECORDED = Path(__file__).parents[2] / "recordings"
WATCHES = sorted((RECORDED / "watches").glob("*.jsonl"))
PULLS = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}
_versions = iter(range(1000, 10_000))


def _line(pod: dict[str, Any], kind: str = "MODIFIED") -> bytes:
    """As the server writes it: the name comes first."""
    meta = pod["metadata"] | {"resourceVersion": str(next(_versions))}
    told = {"type": kind, "object": {"kind": "Pod", "apiVersion": "v1", **pod, "metadata": meta}}
    return json.dumps(told, separators=(",", ":")).encode()


def _waits(reason: str, name: str = "web-1", image: str = "app:1", restarts: int = 0) -> bytes:
    pod = objects.pod(name, state=objects.waiting(reason, "x"))
    pod["status"]["containerStatuses"][0] |= {"image": image, "restartCount": restarts}
    return _line(pod)


def _runs(name: str = "web-1", kind: str = "MODIFIED") -> bytes:
    return _line(objects.pod(name, phase="Running", state=objects.running()), kind)


def _heard(ear: Ear, *lines: bytes) -> list[Sign]:
    signals = [ear.hear(line) for line in lines]
    return [each.sign for each in signals if each]


def test_pod_that_begins_to_fail_is_news_once() -> None:
    """Its state rotates for ever."""
    ear = Ear()
    said = ["ContainerCreating", "ErrImagePull", "ImagePullBackOff", "ErrImagePull", "ImagePullBackOff"]
    assert _heard(ear, *map(_waits, said)) == [Sign.FAILS]
    assert ear.failing == 1


def test_pod_that_runs_again_is_mended_and_forgotten() -> None:
    """Silence in between says nothing."""
    ear = Ear()
    assert _heard(ear, _waits("ErrImagePull"), _waits("ContainerCreating"), _runs(), _runs()) == [
        Sign.FAILS,
        Sign.MENDED,
    ]
    assert ear.failing == 0


@pytest.mark.parametrize("last", [_runs(kind="DELETED"), _line(objects.pod("web-1", phase="Failed"))])
def test_pod_that_is_no_more_is_gone(last: bytes) -> None:
    """Another one may be on its way in its stead."""
    ear = Ear()
    assert _heard(ear, _waits("ErrImagePull"), last, last) == [Sign.FAILS, Sign.GONE]


def test_crash_is_news_when_it_is_new() -> None:
    """One that ran between two crashes is neither mended, nor news again."""
    ear = Ear()
    crash, later = (_waits("CrashLoopBackOff", restarts=number) for number in (1, 5))
    assert _heard(ear, crash, _runs(), later, later) == [Sign.FAILS]
    assert _heard(ear, _waits("ErrImagePull"), later, _waits("ErrImagePull")) == [Sign.FAILS]


def test_another_image_that_fails_is_news() -> None:
    """Somebody tried to mend it."""
    ear = Ear()
    other = _waits("ErrImagePull", image="registry.example/web:10")
    assert _heard(ear, _waits("ErrImagePull"), other, other) == [Sign.FAILS, Sign.FAILS]


def test_image_that_is_changed_in_a_loop_takes_no_more_memory() -> None:
    """Each is news; a pod has some containers, and not thousands."""
    ear = Ear()
    said = [_waits("ErrImagePull", image=f"app:{number}") for number in range(1000)]
    assert _heard(ear, *said) == [Sign.FAILS] * 1000
    assert len(ear._how(("shop", "web-1")) or ()) <= 100
    assert ear.failing == 1


def test_namespaces_that_are_left_out_are_not_heard_of() -> None:
    """And nothing is remembered of them."""
    ear = Ear(lambda space: space != "shop")
    assert _heard(ear, _waits("ErrImagePull")) == []
    assert ear.failing == 0
    assert ear.version


def test_version_is_that_of_the_last_line() -> None:
    """Whichever it was, and however it was read."""
    ear = Ear()
    ear.begin("7")
    assert ear.version == "7"
    healthy = _runs()
    ear.hear(healthy)
    assert ear.version == json.loads(healthy)["object"]["metadata"]["resourceVersion"]
    ear.hear(_mark("9999"))
    assert ear.version == "9999"
    ear.hear(b'{"type":"MODIFIED","object":{"metadata":{"name":"x"},"broken,"status":{}}}')
    assert ear.version == ""


def _mark(version: str) -> bytes:
    told = {"kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": version}}
    return json.dumps(
        {"type": "BOOKMARK", "object": {**told, "spec": {"containers": None}, "status": {}}}
    ).encode()


@pytest.mark.parametrize(
    "line", [b"<html>", b'{"type":"MODIFIED","object":{"kind":"Pod"', b"[]", b"\xff{}", b"{}"]
)
def test_what_is_no_line_is_refused(line: bytes) -> None:
    """It is not guessed at."""
    with pytest.raises(Garbled):
        Ear().hear(line)


@pytest.mark.parametrize("name", ["watches/pods-too-old", "watches/events-too-old"])
def test_recorded_ends_are_understood(name: str) -> None:
    """Both wordings of 410."""
    with pytest.raises(Ended) as ended:
        Ear().hear(_stream(RECORDED / "api-server" / f"{name}.jsonl")[0])
    assert ended.value.code == 410


def test_pod_of_an_odd_form_is_left_to_sweeps() -> None:
    """Its version counts all the same."""
    ear = Ear()
    told = {
        "metadata": {"name": "x", "namespace": "a", "resourceVersion": "5"},
        "status": {"containerStatuses": 7},
    }
    assert ear.hear(json.dumps({"type": "MODIFIED", "object": told}).encode()) is None
    assert ear.version == "5"


def test_after_a_gap_a_look_says_what_is_known() -> None:
    """What is mended by then is forgotten, what fails is no news, and what was heard since counts as heard."""
    ear = Ear()
    ear.begin("1")
    _heard(ear, _waits("ErrImagePull", "a"), _waits("ErrImagePull", "b"), _waits("ErrImagePull", "c"))
    ear.begin("2")
    _heard(ear, _waits("ImagePullBackOff", "c"))
    ear.settle({("shop", "a"), ("shop", "new")})
    assert ear.failing == 3
    assert _heard(ear, *(_waits("ErrImagePull", name) for name in ("a", "c", "new"))) == []
    assert _heard(ear, _waits("ErrImagePull", "b")) == [Sign.FAILS]


def test_pod_that_went_while_it_was_looked_at_is_not_remembered_for_ever() -> None:
    """A look tells of it after its last line was heard, and no other comes."""
    ear = Ear()
    _heard(ear, _waits("ErrImagePull", "a"), _waits("ErrImagePull", "stays"), _runs("a", kind="DELETED"))
    ear.settle({("shop", "a"), ("shop", "stays"), ("shop", "stalls")})
    assert ear.failing == 3
    ear.settle({("shop", "stays"), ("shop", "stalls")})
    assert ear.failing == 2
    assert _heard(ear, _runs("stalls"), _runs("stays")) == [Sign.MENDED, Sign.MENDED]
    assert ear.failing == 0


def _stream(path: Path) -> list[bytes]:
    lines = path.read_bytes().splitlines()
    return lines[1:-1] if b"_end" in lines[-1] else lines


@pytest.mark.parametrize("path", WATCHES, ids=lambda path: path.stem)
@pytest.mark.parametrize("as_sent", [True, False], ids=["as the server writes it", "spaced"])
def test_recorded_streams_tell_of_each_failing_pod(path: Path, *, as_sent: bool) -> None:
    """Each once for each way in which it fails, and of no other."""
    told = [json.loads(line) for line in _stream(path)]
    separators = (",", ":") if as_sent else (", ", ": ")
    ear = Ear()
    signals = [ear.hear(json.dumps(each, separators=separators).encode()) for each in told]
    failing = {each["object"]["metadata"]["name"] for each in told if _says(each["object"]) & PULLS}
    crashing = {
        each["object"]["metadata"]["name"] for each in told if "CrashLoopBackOff" in _says(each["object"])
    }
    heard = [each.pod for each in signals if each and each.sign is Sign.FAILS]
    assert failing <= set(heard) <= failing | crashing
    assert len(heard) <= 2 * len(failing | crashing)
    assert ear.version == told[-1]["object"]["metadata"]["resourceVersion"]


def test_recorded_life_of_a_pod_is_told_in_two_words() -> None:
    """It fails, and with another image it runs; that it is deleted then is nobody's business."""
    ear = Ear()
    signals = [ear.hear(line) for line in _stream(RECORDED / "api-server" / "watches" / "pods-from-rv.jsonl")]
    told = [each for each in signals if each]
    assert told == [Signal(Sign.FAILS, "team-x", "life"), Signal(Sign.MENDED, "team-x", "life")]


def test_every_suspect_of_the_recordings_that_says_why_is_heard() -> None:
    """What a sweep would take up is heard of, unless it only waits in silence or crashed: whatever kind of container."""
    kinds = set()
    for file in sorted((RECORDED / "scenarios").glob("*/*/dump/pods.json")):
        for pod in json.loads(file.read_bytes())["items"]:
            if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
                continue
            if _says(pod) & PULLS:
                signal = Ear().hear(
                    json.dumps({"type": "MODIFIED", "object": pod}, separators=(",", ":")).encode()
                )
                assert signal is not None, file
                assert signal.sign is Sign.FAILS
                kinds |= {kind for kind in _KINDS if _says(pod, (kind,)) & PULLS}
    assert kinds == set(_KINDS)


_KINDS = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")


def _says(pod: Any, kinds: tuple[str, ...] = _KINDS) -> set[str]:
    groups = [pod.get("status", {}).get(kind) or () for kind in kinds]
    return {each["state"].get("waiting", {}).get("reason", "") for group in groups for each in group}
