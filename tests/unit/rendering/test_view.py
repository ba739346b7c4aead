"""What a template may name: always, whenever the reference parses, or only sometimes."""

from datetime import datetime

from bot.facts.cause import Scope
from bot.facts.document import Where
from bot.facts.evidence import Answer, Evidence, Witness
from bot.rendering import view
from tests import reports


NOW = datetime.fromisoformat(reports.NOW)


def _where(*pods: str, nodes: tuple[str, ...] = ("node-a",)) -> Where:
    return Where(
        cluster="prod-eu",
        scope=Scope.WORKLOAD,
        namespace="shop",
        workload="Deployment/web",
        pods=pods or ("shop/web-1",),
        workloads=("Deployment/web",),
        nodes=nodes,
        registry="registry.corp.example",
        container="web",
        container_kind="main",
        image=reports.IMAGE,
    )


def test_view_has_every_name_that_is_promised() -> None:
    """The README's table and what is there agree."""
    named = view.of(reports.diagnosis(), _where(), reports.catalog(), NOW)
    assert named.keys() >= {*view.ALWAYS, *view.PARSED}
    assert named.keys() - {"_now"} <= view.NAMES


def test_view_leaves_out_what_a_bad_reference_hides() -> None:
    """No registry is made up for text that no runtime can parse."""
    named = view.of(reports.diagnosis(image="Bad Name"), _where(), reports.catalog(), NOW)
    assert not named.keys() & {"registry", "repository", "image_name", "tag", "digest"}
    assert named.keys() >= view.ALWAYS.keys()


def test_view_knows_the_tag_that_is_meant() -> None:
    """Nothing means latest; a digest means no tag."""
    assert view.of(reports.diagnosis(image="nginx"), _where(), reports.catalog(), NOW)["tag"] == "latest"
    pinned = view.of(reports.diagnosis(image=f"nginx@sha256:{'a' * 64}"), _where(), reports.catalog(), NOW)
    assert "tag" not in pinned
    assert "digest" in pinned


def test_view_names_the_node_only_where_there_is_one() -> None:
    """Of two nodes neither is the node."""
    named = view.of(reports.diagnosis(), _where(nodes=("a", "b")), reports.catalog(), NOW)
    assert "node" not in named
    assert named["nodes"] == ["a", "b"]


def test_evidence_of_a_check_that_was_not_asked_is_unknown() -> None:
    """Templates never meet a check that is not there."""
    found = view.evidence((), ["manifest-exists"])
    assert found == {"manifest_exists": {"answer": "unknown", "yes": False, "no": False, "unknown": True}}


def test_evidence_details_cannot_change_the_answer() -> None:
    """A detail called yes does not make a NO a YES; empty details are missing."""
    answer = Evidence("a-b", Answer.NO, Witness.CLUSTER, {"yes": "1", "key": "k", "empty": ""}, "why")
    assert view.evidence((answer,), ()) == {
        "a_b": {"key": "k", "why_unknown": "why", "answer": "no", "yes": False, "no": True, "unknown": False}
    }


def test_host_is_the_one_that_failed() -> None:
    """The message's own, else the registry's; Docker Hub answers under another name."""
    assert view.host(reports.diagnosis()) == "registry.corp.example"
    assert view.host(reports.diagnosis(image="nginx")) == "registry.corp.example"
    bare = reports.diagnosis(image="nginx")
    bare.failure.symptom.fields.clear()  # type: ignore[attr-defined]
    assert view.host(bare) == "registry-1.docker.io"
