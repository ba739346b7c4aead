"""Every recording with its registry's answers: what text left open is decided, and nothing more than that."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot import wiring
from bot.diagnosis import judge
from bot.facts.cause import Weight
from bot.facts.evidence import Answer, Witness
from bot.facts.verdict import Confidence, Diagnosis, Report
from bot.ports.reading import Scan
from tests import recorded
from tests.recorded import RECORDINGS, Truth


TRUTHS = recorded.truths()
FAILING = [each for each in TRUTHS if each.cause is not None]
CLUSTERS = sorted(recorded.clusters())
# Where even a registry that answers leaves it open, and what would close it.
OPEN: Mapping[str, str] = {
    "hub-private-noauth": "Docker Hub answers alike for private and missing",
    "hub-repo-missing": "Docker Hub answers alike for private and missing",
    "ghcr-denied": "GHCR answers alike for private and missing",
    "ecr-no-auth": "nodes pull with an identity of their own; the one node there is cannot be compared",
    "no-space": "there is no second node to compare with",
    "dns-timeout": "DNS answers neither the node nor us",
    "tcp-timeout": "we may stand behind the same firewall as the node",
    "wrong-tag": "the tag directly follows the newest: it may be on its way",
    "rollout-stuck": "the tag directly follows the newest: it may be on its way",
    "replicas-20": "the tag directly follows the newest: it may be on its way",
}


async def _report(truth: Truth, known: wiring.Knowledge) -> Report:
    return await recorded.answered(truth.folder, known, Scan(stalled_after=truth.stalled_after))


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.key)
async def test_scenario_with_its_registry_yields_its_cause(truth: Truth, known: wiring.Knowledge) -> None:
    """The label, or a cause that is as good with every witness heard; never one that only ignorance excuses."""
    causes = {each.verdict.cause for each in (await _report(truth, known)).diagnoses}
    if not causes:
        assert truth.cause is None or truth.no_claim_is_fine
    else:
        assert truth.cause is not None, f"a look-alike was claimed: {causes}"
        assert causes <= truth.proven


@pytest.mark.parametrize("truth", FAILING, ids=lambda truth: truth.key)
async def test_scenario_is_sure_wherever_every_must_is_answered(
    truth: Truth, known: wiring.Knowledge
) -> None:
    """Less than high means: a must stayed unanswered, or a second cause is proven as well."""
    for each in (await _report(truth, known)).diagnoses:
        if each.verdict.confidence is not Confidence.HIGH:
            assert _open_musts(each, known) or _others_proven(each, known)


@pytest.mark.parametrize("truth", FAILING, ids=lambda truth: truth.key)
async def test_scenario_stays_open_only_where_a_reason_is_known(
    truth: Truth, known: wiring.Knowledge
) -> None:
    """Every recording whose verdict is not sure stands in a list, with the reason."""
    report = await _report(truth, known)
    sure = all(each.verdict.confidence is Confidence.HIGH for each in report.diagnoses)
    assert sure or truth.scenario in OPEN


@pytest.mark.parametrize("name", CLUSTERS)
async def test_cluster_with_its_registries_yields_exactly_its_incidents(
    name: str, known: wiring.Knowledge
) -> None:
    """Each incident once, with its cause, scope and pods, and nothing else claimed."""
    truth = recorded.clusters()[name]
    report = await recorded.answered(RECORDINGS / "clusters" / name / "dump", known)
    told = {each.pods: (each.cause, each.place.scope.value) for each in report.incidents}
    for row in truth["incidents"]:
        cause, scope = told.pop(tuple(sorted(row["pods"])))
        assert cause in (row["cause"], *row["also_accepted"])
        assert scope in (row["scope"], row.get("also_scope"))
    assert not told


@pytest.mark.attack("R1", "nothing is opened for a dump")
@pytest.mark.parametrize(
    "key", ["cri-o/wrong-tag", "containerd-2/hub-bad-creds", "containerd-1.7/exec-format"]
)
async def test_replay_opens_no_connection(
    key: str, known: wiring.Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is asked of a recording, no name is looked up and no socket is opened."""
    tried: list[object] = []

    def refuse(*asked: object, **_: object) -> None:
        tried.append(asked)
        raise OSError("a connection was tried")

    for place, name in ((socket, "getaddrinfo"), (socket.socket, "connect"), (socket.socket, "connect_ex")):
        monkeypatch.setattr(place, name, refuse)
    truth = next(each for each in TRUTHS if each.key == key)
    answers = [each for row in (await _report(truth, known)).diagnoses for each in row.verdict.evidence]
    assert any(each.source is Witness.REGISTRY and each.answer is not Answer.UNKNOWN for each in answers)
    assert tried == []


@pytest.mark.parametrize(
    "scenario", ["wrong-tag", "secret-wrong-password", "secret-not-attached", "hub-bad-creds"]
)
async def test_names_decide_nothing_for_the_registry_either(
    scenario: str, known: wiring.Knowledge, tmp_path: Path
) -> None:
    """The same dump under another namespace, its registry's identities included, reaches the same verdicts."""
    truth = next(each for each in TRUTHS if each.key == f"cri-o/{scenario}")
    namespace = truth.pod.partition("/")[0]
    for file in truth.folder.rglob("*.json"):
        text = file.read_text(encoding="utf-8").replace(namespace, "registry-down-x509")
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    before, after = await _report(truth, known), await recorded.answered(tmp_path, known)
    assert [_told(each) for each in after.diagnoses] == [_told(each) for each in before.diagnoses]


@pytest.mark.parametrize("truth", FAILING, ids=lambda truth: truth.key)
async def test_silent_registry_never_makes_wrong(
    truth: Truth, known: wiring.Knowledge, tmp_path: Path
) -> None:
    """With any one answer of the registry taken away the true cause stays in sight, and nothing wrong is sure."""
    for file in truth.folder.rglob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    whole = json.loads((truth.folder / "registry.json").read_text(encoding="utf-8"))
    for kept in _halves(whole["exchanges"]):
        (tmp_path / "registry.json").write_text(json.dumps({"exchanges": kept}), encoding="utf-8")
        scan = Scan(stalled_after=truth.stalled_after)
        for each in (await recorded.answered(tmp_path, known, scan)).diagnoses:
            right = each.verdict.cause in truth.fine
            assert right or each.verdict.confidence is not Confidence.HIGH
            assert right or truth.cause in each.verdict.possible


def _halves(exchanges: list[object]) -> list[list[object]]:
    """A few ways to know less: every other answer, only the base's, only the manifests', none of the tags."""
    return [exchanges[::2], exchanges[1::2], exchanges[:1], exchanges[1:3], exchanges[:3]]


def _told(each: Diagnosis) -> tuple[object, ...]:
    answers = {item.check: item.answer for item in each.verdict.evidence}
    return each.verdict.cause, each.verdict.confidence, each.verdict.possible, answers


def _open_musts(each: Diagnosis, known: wiring.Knowledge) -> list[str]:
    """The musts of the verdict's cause that are not met."""
    cause = next(item for item in known.catalog.causes if item.id == each.verdict.cause)
    answers = {item.check: item.answer for item in each.verdict.evidence}
    symptom = each.failure.symptom.id
    return [
        ask.any_of[0].check
        for ask in cause.evidence
        if ask.weight is Weight.MUST
        and (not ask.when or symptom in ask.when)
        and not any(answers.get(want.check) is want.expect for want in ask.any_of)
    ]


def _others_proven(each: Diagnosis, known: wiring.Knowledge) -> list[str]:
    """The other causes that the same evidence proves."""
    answers = {item.check: item.answer for item in each.verdict.evidence}
    symptom = each.failure.symptom.id
    listed = [item for item in known.catalog.causes if symptom in item.symptoms]
    standings = [judge.stand(item, symptom, answers) for item in listed if item.id != each.verdict.cause]
    return [each.cause.id for each in standings if each.proven and not each.broken_by]
