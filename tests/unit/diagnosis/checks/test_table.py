"""The table as a whole: every row says what it needs, and nothing unseen is ever taken for absent."""

import pytest

from bot.diagnosis.checks import table
from bot.facts.evidence import Answer, Witness
from bot.facts.failure import Source
from bot.wiring import Knowledge
from tests import cases
from tests.fakes.cluster import DENIED, FakeReader


CHECKS = table.checks()
# A NO without a single read, and who told it instead.
TOLD_BY_THE_FAILURE = {
    "secret-named": "the pod carries the names of its pull secrets itself",
    "secret-matches-registry": "a pod that names no secret has none that matches",
    "registry-uses-node-identity": "the image's own host is not one of a cloud",
    "node-kubelet-throttled": "the failures of this look are what it asks",
    "blocked-behind-other-pull": "a pull that reported an error waits for nobody",
    "recovered": "the pod itself, as just read, still waits",
    "owner-is-gitops": "a bare pod has no owner",
}


def _denied() -> FakeReader:
    return FakeReader(
        pods=DENIED,
        events=DENIED,
        nodes=DENIED,
        secrets=DENIED,
        accounts=DENIED,
        owners=DENIED,
        logs=DENIED,
        namespaces=DENIED,
    )


@pytest.mark.parametrize("identifier", sorted(CHECKS))
def test_row_says_what_it_needs(identifier: str) -> None:
    """Each has a claim in words, a tier that exists, and a cost."""
    row = CHECKS[identifier]
    assert row.id == identifier
    assert row.doc.strip()
    assert row.tier in ("0", "1", "2a", "2b", "registry", "node")
    assert row.requests >= 0
    assert (row.tier == "registry") == (row.witness is Witness.REGISTRY)
    assert (row.tier == "node") == (row.witness is Witness.NODE)


def test_playbooks_name_only_checks_that_exist(known: Knowledge) -> None:
    """A cause cannot rest on a question that nobody asks."""
    asked = {e.check for cause in known.catalog.causes for ask in cause.evidence for e in ask.any_of}
    assert asked <= set(CHECKS)


@pytest.mark.parametrize("source", [Source.STATUS, Source.SILENCE])
@pytest.mark.parametrize("named", [(), ("regcred",)])
@pytest.mark.parametrize("identifier", sorted(CHECKS))
async def test_unread_never_becomes_no(identifier: str, named: tuple[str, ...], source: Source) -> None:
    """Where nothing may be read, only the message or the pod itself can make a NO; a YES needs them as well."""
    about = cases.case(cases.failure("unauthorized", cases.pod(pull_secrets=named), source=source), _denied())
    told = await cases.ask(identifier, about)
    assert told.check == identifier
    if told.source is Witness.MESSAGE:
        return
    if told.answer is Answer.NO:
        assert identifier in TOLD_BY_THE_FAILURE
        if identifier == "secret-matches-registry":
            assert not named
    elif told.answer is Answer.YES:
        assert identifier == "secret-named"


@pytest.mark.parametrize("named", [(), ("regcred",)])
@pytest.mark.parametrize("identifier", sorted(CHECKS))
async def test_unknown_tells_why(identifier: str, named: tuple[str, ...]) -> None:
    """Each UNKNOWN has its reason; one that comes from a refused read carries the remedy."""
    about = cases.case(cases.failure("unauthorized", cases.pod(pull_secrets=named)), _denied())
    told = await cases.ask(identifier, about)
    if told.answer is Answer.UNKNOWN:
        assert told.why_unknown
        assert (told.why_unknown == DENIED.why) == (told.would_answer == DENIED.remedy)
    else:
        assert (told.why_unknown, told.would_answer, told.what) == ("", "", "")


@pytest.mark.parametrize("identifier", sorted(CHECKS))
async def test_reference_that_does_not_parse_stops_no_check(identifier: str) -> None:
    """An image text that no grammar reads is answered about, not stumbled over."""
    about = cases.case(
        cases.failure("invalid-reference", cases.pod(image="registry.example/Shop/{{ tag }}:"))
    )
    assert (await cases.ask(identifier, about)).check == identifier


@pytest.mark.parametrize("identifier", sorted(CHECKS))
async def test_pod_without_a_node_is_no_witness_of_one(identifier: str) -> None:
    """A pod that is bound nowhere neither blames a node nor vouches for one."""
    mine = cases.failure("connect-timeout", cases.pod(node=""))
    other = cases.failure("connect-timeout", cases.pod("web-2", node=""))
    told = await cases.ask(identifier, cases.case(mine, others=[other]))
    if "node" in identifier:
        assert told.answer is not Answer.YES
