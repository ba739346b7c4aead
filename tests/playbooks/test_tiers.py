"""What each tier of rights can and cannot tell of a pull secret: least privilege that explains itself.

The table is reasoned, not recorded. At tiers 0 and 1 no Secret can be read: the words of the runtime and the
names in the pod are all there is, so nothing that depends on a Secret's content is certain. At 2a the named
ones can be read; a Secret that nobody names stays unseen, so "missing" and "not attached" cannot be told
apart for certain. At 2b both can. Docker Hub and GHCR refuse private and missing alike, whatever we may read.
"""

from dataclasses import dataclass

import pytest

from bot import wiring
from bot.cluster.dump import DumpReader
from bot.diagnosis import judge
from bot.facts.evidence import Answer
from bot.facts.verdict import Confidence, Diagnosis, Report
from tests import recorded
from tests.fakes.cluster import TIERS, TieredReader
from tests.recorded import Truth


PREFIXES = ("secret-", "sa-without-secret", "private-no-secret", "ecr-no-auth", "hub-", "ghcr-denied")
TRUTHS = tuple(each for each in recorded.truths() if each.scenario.startswith(PREFIXES))
MISSING, LOOSE, MISMATCH = "pull-secret-missing", "pull-secret-not-attached", "pull-secret-mismatch"
REFUSED, NODE, TAG, NAME = "credentials-rejected", "node-credentials", "wrong-tag", "wrong-repository"


@dataclass(frozen=True)
class Expected:
    """What a tier must answer: the cause, how sure, and what it must leave possible."""

    cause: str | None
    confidence: str = "high"
    possible: frozenset[str] = frozenset()


def _open(cause: str, *possible: str, sure: str = "medium") -> Expected:
    return Expected(cause, sure, frozenset(possible))


# Nothing is named, so only an unnamed Secret is open, and 2b settles that.
NOTHING_NAMED = {tier: _open(MISSING, LOOSE) for tier in ("0", "1", "2a")} | {"2b": Expected(MISSING)}
# A Secret is named and cannot be read before 2a: everything about it is open. All of it can be read at 2a.
UNREADABLE = _open(MISMATCH, MISSING, LOOSE, REFUSED)
# Where containerd says that it had no credentials to send, none can have been refused either.
UNFIT = _open(MISMATCH, MISSING, LOOSE)
TABLE: dict[str, dict[str, Expected]] = {
    "private-no-secret": NOTHING_NAMED,
    # The kubelet itself tells at tier 0 that the named one is missing; whether another would fit is seen at 2b.
    "secret-missing": NOTHING_NAMED,
    "secret-other-namespace": NOTHING_NAMED,
    # Nobody names it: below 2b it is as good as missing.
    "secret-not-attached": NOTHING_NAMED | {"2b": Expected(LOOSE)},
    # Another ServiceAccount names it, so that 2a can read it by name.
    "sa-without-secret": NOTHING_NAMED | {"2a": Expected(LOOSE), "2b": Expected(LOOSE)},
    "secret-wrong-host": {
        "0": UNFIT,
        "1": UNFIT,
        "2a": Expected(MISMATCH),
        "2b": Expected(MISMATCH),
    },
    "secret-garbage-opaque": {
        "0": UNFIT,
        "1": UNFIT,
        "2a": Expected(MISMATCH),
        "2b": Expected(MISMATCH),
    },
    "secret-wrong-password": {
        "0": UNREADABLE,
        "1": UNREADABLE,
        "2a": Expected(REFUSED),
        "2b": Expected(REFUSED),
    },
    "secret-legacy-dockercfg": {
        "0": UNREADABLE,
        "1": UNREADABLE,
        "2a": Expected(REFUSED),
        "2b": Expected(REFUSED),
    },
    # "incorrect username or password" names the fault at tier 0; which Secret it is needs 2a.
    "hub-bad-creds": {
        "0": _open(REFUSED),
        "1": _open(REFUSED),
        "2a": Expected(REFUSED),
        "2b": Expected(REFUSED),
    },
    # Never certain: the registry says the same of private and missing repositories.
    "hub-private-noauth": {tier: _open(MISSING, NAME) for tier in TIERS},
    "hub-repo-missing": {tier: _open(MISSING, NAME) for tier in TIERS},
    "ghcr-denied": {tier: _open(MISSING, NAME) for tier in TIERS},
    # The tag is missing, not the right to it; what else the node holds (tier 1) tells that the repository exists.
    "secret-good-tag-missing": {"0": _open(TAG, NAME, sure="low")}
    | {tier: _open(TAG, "image-not-published") for tier in ("1", "2a", "2b")},
    # Who names a Secret is known only with the ServiceAccounts (tier 1). One node alone never makes it certain.
    "ecr-no-auth": {
        "0": _open(MISSING, NODE),
        "1": _open(NODE, LOOSE),
        "2a": _open(NODE, LOOSE),
        "2b": _open(NODE),
    },
    # It runs: the warning about the missing one of two is not a failure.
    "secret-one-of-two-missing": {tier: Expected(None) for tier in TIERS},
}


async def _report(truth: Truth, tier: str, known: wiring.Knowledge) -> Report:
    return await recorded.swept(TieredReader(DumpReader.open(truth.folder), tier), known)


def test_table_has_every_secret_scenario() -> None:
    """No scenario about pull secrets goes without an expected answer at each tier."""
    assert {each.scenario for each in TRUTHS} == set(TABLE)
    assert all(set(row) == set(TIERS) for row in TABLE.values())


@pytest.mark.attack("T2", "what is lost")
@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.key)
async def test_tier_tells_what_it_can_and_leaves_the_rest_open(
    truth: Truth, tier: str, known: wiring.Knowledge
) -> None:
    """The expected answer at each tier, on every runtime; the true cause is told or left possible."""
    expected = TABLE[truth.scenario][tier]
    diagnoses = (await _report(truth, tier, known)).diagnoses
    if expected.cause is None:
        assert not diagnoses
        return
    assert diagnoses
    for each in diagnoses:
        assert (each.verdict.cause, each.verdict.confidence.value) == (expected.cause, expected.confidence)
        assert expected.possible <= set(each.verdict.possible)
        assert truth.cause in (each.verdict.cause, *each.verdict.possible)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.key)
async def test_tier_is_never_sure_beside_an_unknown(truth: Truth, tier: str, known: wiring.Knowledge) -> None:
    """High stands on answered musts alone, and what a right would add is listed with that right."""
    report = await _report(truth, tier, known)
    for each in report.diagnoses:
        _stands(each, known)
        _tells_what_is_missing(each, report, tier)


async def test_unnamed_secret_stays_unknown_by_name(known: wiring.Knowledge) -> None:
    """Without the right to list, a Secret that nobody names is UNKNOWN and not absent."""
    for truth in (each for each in TRUTHS if each.scenario in ("secret-not-attached", "private-no-secret")):
        for each in (await _report(truth, "2a", known)).diagnoses:
            found = each.verdict.answer("secret-for-registry-exists")
            assert found is not None
            assert found.answer is Answer.UNKNOWN
            assert found.would_answer == f"list secrets in namespace {each.failure.pod.namespace} (tier 2b)"


def _stands(each: Diagnosis, known: wiring.Knowledge) -> None:
    if each.verdict.confidence is not Confidence.HIGH:
        return
    cause = next(cause for cause in known.catalog.causes if cause.id == each.verdict.cause)
    answers = {item.check: item.answer for item in each.verdict.evidence}
    standing = judge.stand(cause, each.failure.symptom.id, answers)
    assert standing.met == standing.musts


def _tells_what_is_missing(each: Diagnosis, report: Report, tier: str) -> None:
    """Each read that the tier forbids and that a check wanted is under "unchecked", with its remedy."""
    rows = set(report.unchecked)
    forbidden = [item for item in each.verdict.evidence if item.why_unknown == "forbidden"]
    for item in forbidden:
        assert item.answer is Answer.UNKNOWN
        assert (item.what, "forbidden", item.would_answer) in rows
        needed = item.would_answer.rpartition("(tier ")[2].rstrip(")")
        assert TIERS.index(needed) > TIERS.index(tier)
    if tier == "2b":
        assert not forbidden
