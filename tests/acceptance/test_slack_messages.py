"""The whole way to Slack: recordings and hostile failures in, messages that Slack takes and that do nothing out."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from bot import wiring
from bot.facts.cause import Scope
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.failure import PullFailure, Workload
from bot.facts.image import parsed
from bot.facts.objects import Pod
from bot.facts.verdict import Confidence, Diagnosis, Incident, Place, Report, RuledOut, Verdict
from bot.ports.reading import Scan
from bot.rendering import compose
from bot.rendering.voice import Voice
from bot.workflows import sweep
from tests import reports, slack
from tests.fakes import slack_limits, slack_markup


ROOT = Path(__file__).parents[2]
CLUSTERS = sorted((ROOT / "tests" / "recordings" / "clusters").glob("*/dump"))
SCENARIOS = sorted((ROOT / "tests" / "recordings" / "scenarios").glob("*/*/dump"))
IMAGEPULL = Path(sys.executable).with_name("imagepull")


def _payloads(messages: list[dict[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for each in messages:
        yield each
        yield from _payloads(each["thread"])


def _both(report: Report, catalog: Any) -> Iterator[Mapping[str, Any]]:
    """What ``why`` and ``sweep`` would send."""
    with Voice(catalog) as voice:
        alerts = wiring.slack_alerts([(report, compose.documents(report, voice))])
        listed = wiring.slack_list([(report, compose.incident_documents(report, voice))])
    yield from _payloads([*alerts["messages"], *listed["messages"]])


def _wrong(report: Report, known: wiring.Knowledge) -> list[str]:
    return [
        problem
        for payload in _both(report, known.catalog)
        for problem in (*slack_limits.check(payload), *slack_markup.arising(payload))
    ]


@pytest.mark.parametrize(
    "dump",
    [*CLUSTERS, *SCENARIOS[::3]],
    ids=lambda each: "/".join(each.parts[-3:-1]),
)
async def test_recordings_become_valid_messages(dump: Path, known: wiring.Knowledge) -> None:
    """Every whole cluster, and every third scenario."""
    async with wiring.opened(wiring.Access(name="prod-eu", dump=dump), known) as world:
        report = await sweep.sweep(world, Scan())
    assert _wrong(report, known) == []
    assert sum(1 for _ in _both(report, known.catalog)) >= 2


def _failing(text: str, number: int) -> Diagnosis:
    """A failure in which everything that others write is hostile."""
    failure = reports.failure()
    where = Pod(f"ns{text}", f"pod{number}{text}", node=f"node{text}", service_account=text)
    image = f"registry.corp.example/{text}:{text}"
    bad = replace(
        failure, pod=where, container=text, image=image, reference=parsed(image), reason=text, message=text
    )
    return Diagnosis(bad, Workload("Deployment", f"ns{text}", f"w{number}{text}"), _judged(text))


def _judged(text: str) -> Verdict:
    details = dict.fromkeys(("nearest", "tags", "host", "secret", "secrets", "nodes", "name", "with"), text)
    unknown = {"why_unknown": text, "would_answer": text, "what": text}
    return Verdict(
        cause="wrong-tag",
        confidence=Confidence.MEDIUM,
        evidence=(
            Evidence("repository-exists", Answer.YES, Witness.REGISTRY, details),
            Evidence("manifest-exists", Answer.NO, Witness.REGISTRY, details),
            Evidence("similar-tag-exists", Answer.YES, Witness.REGISTRY, details),
            Evidence("image-ran-before", Answer.UNKNOWN, Witness.HISTORY, **unknown),  # type: ignore[arg-type]
        ),
        ruled_out=(RuledOut("image-removed", "manifest-exists"),),
        possible=("image-not-published",),
        deciding_question="image-ran-before",
    )


@given(slack.hostile())
@settings(deadline=None, max_examples=15)
def test_hostile_failures_become_inert_messages(known: wiring.Knowledge, text: str) -> None:
    """Cases 9 and 10 of the security model, from the failure to what is sent, with the shipped words."""
    found = _failing(text, 0)
    incident = Incident("wrong-tag", Place(Scope.WORKLOAD, f"ns{text}", text), Confidence.MEDIUM, (found,))
    report = reports.report(found, cluster=text, incidents=(incident,), unchecked=((text, text, text),))
    assert _wrong(report, known) == []


@pytest.mark.attack(11, "60 workloads", "5,000-character errors")
def test_large_incidents_are_inside_every_limit(known: wiring.Knowledge) -> None:
    """Case 11: 60 workloads and 400 pods behind one registry, each with an error of 5,000 characters."""
    found = tuple(
        replace(
            _failing("<&>" * 60, number),
            workload=Workload("Deployment", "ns", f"w{number % 60}"),
        )
        for number in range(400)
    )
    found = tuple(replace(each, failure=_long(each.failure)) for each in found)
    place = Place(Scope.REGISTRY, registry="registry.corp.example")
    report = reports.report(*found, incidents=(Incident("wrong-tag", place, Confidence.MEDIUM, found),))
    with Voice(known.catalog) as voice:
        documents = compose.incident_documents(report, voice)
        alerts = wiring.slack_alerts([(report, documents)])
    wrong = [each for payload in _payloads(alerts["messages"]) for each in slack_limits.check(payload)]
    assert wrong == []
    files = {file["name"] for payload in _payloads(alerts["messages"]) for file in payload["files"]}
    assert {"message.txt", "pods.txt"} <= files


def _long(failure: PullFailure) -> PullFailure:
    return replace(failure, message="e\n" * 2500)


@pytest.mark.parametrize("words", [("sweep",), ("why", "-A"), ("why", "-n", "shop")])
def test_command_prints_what_slack_would_get(words: tuple[str, ...], tmp_path: Path) -> None:
    """One JSON document whose messages are valid."""
    dump = ROOT / "bot" / "demo" / "recordings" / "demo"
    command = [IMAGEPULL, *words, "--from", dump, "-o", "slack"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, timeout=60)
    told = json.loads(ended.stdout)
    assert told["schema"] == "imagepull-slack/v1"
    assert told["messages"]
    assert [each for payload in _payloads(told["messages"]) for each in slack_limits.check(payload)] == []
