"""What is wrong with a line for another program: words in, complaints out; held against ``tools.yaml``.

A misspelled flag, a flag of another sub-command, a value that is missing, a name too many. Of kubectl also what it is asked about:
kinds, verbs, field selectors, output, patches, and files that the line names in this repository.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests import calls, kubectl
from tests.calls import Call
from tests.written import ROOT, TOOLS


def faults(words: Sequence[str], *, whole: bool = True, folder: Path = ROOT) -> list[str]:
    """What is wrong with a line.

    Args:
        words: the program first.
        whole: it is meant to be typed as it stands; else it is named within a sentence, and may lack what it is about.
        folder: where its page lies, for the files that it names.
    """
    call = calls.taken_apart(words, whole=whole)
    if not call.wrong:
        call.wrong += calls.count(call)
        call.wrong += _MORE.get(call.program, _nothing)(call, folder)
        if call.rest and call.rest[0] in TOOLS:
            call.wrong += faults(call.rest, folder=folder)
    return call.wrong


def _nothing(_: Call, __: Path) -> Iterator[str]:
    yield from ()


def _helm(call: Call, folder: Path) -> Iterator[str]:
    charts = call.names[-1:] if call.path in ("install", "upgrade", "template", "lint") else []
    yield from calls.files(folder, plain=charts)
    yield from (f"{each!r} sets nothing" for each in call.values("--set", "--set-string") if "=" not in each)


def _docker(call: Call, _: Path) -> Iterator[str]:
    for each in call.values("--platform"):
        if not all(re.fullmatch(r"[a-z]+/[a-z0-9]+(/v\d)?|[A-Z]+", part) for part in each.split(",")):
            yield f"{each!r} is no platform"
    yield from (f"{each!r} mounts nothing" for each in call.values("--volume") if ":" not in each)
    yield from (f"{each!r} sets nothing" for each in call.values("--build-arg") if "=" not in each)


def _curl(call: Call, _: Path) -> Iterator[str]:
    yield from (
        f"{each!r} is no address" for each in call.names if not re.match(r"https?://\S+$|[A-Z]+$|\$", each)
    )


def _skopeo(call: Call, _: Path) -> Iterator[str]:
    if call.path != "login":
        transports = r"(docker://|docker-archive:|oci:|dir:|docker-daemon:|containers-storage:)."
        yield from (f"{each!r} names no transport" for each in call.names if not re.match(transports, each))


_MORE: Final[Mapping[str, Callable[[Call, Path], Iterator[str]]]] = {
    "kubectl": kubectl.faults,
    "helm": _helm,
    "docker": _docker,
    "podman": _docker,
    "nerdctl": _docker,
    "curl": _curl,
    "skopeo": _skopeo,
}
