"""One incident per cause and place; a wider place needs its witnesses."""

import pytest

from bot.facts.cause import Cause, Scope, Severity
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.failure import Workload
from bot.facts.verdict import Confidence, Diagnosis, Incident, Verdict
from bot.incidents import grouping
from tests import cases


def _cause(*scopes: Scope) -> Cause:
    return Cause("it", "It", 10, scopes, Severity.HIGH, (), (), ())


def _diagnosis(
    name: str = "web-1",
    *yeses: str,
    node: str = "node-a",
    namespace: str = "shop",
    image: str = cases.IMAGE,
    sure: Confidence = Confidence.HIGH,
    mirror: str = "",
) -> Diagnosis:
    evidence = [Evidence(check, Answer.YES, Witness.CLUSTER) for check in yeses]
    if mirror:
        evidence.append(Evidence("mirror-in-play", Answer.YES, Witness.MESSAGE, {"mirror": mirror}))
    failure = cases.failure(about=cases.pod(name, image, node=node, namespace=namespace))
    workload = Workload("Deployment", namespace, name.rpartition("-")[0])
    return Diagnosis(failure, workload, Verdict("it", sure, tuple(evidence)))


def _group(cause: Cause | None, *diagnoses: Diagnosis) -> tuple[Incident, ...]:
    return grouping.group(diagnoses, {cause.id: cause} if cause else {}, cases.BOOK)


@pytest.mark.parametrize(
    ("scope", "same", "apart"),
    [
        (Scope.WORKLOAD, {"name": "web-2", "node": "node-b"}, {"name": "api-1"}),
        (Scope.NAMESPACE, {"name": "api-1", "node": "node-b"}, {"namespace": "data"}),
        (Scope.NAMESPACE, {"name": "api-1"}, {"image": "other.example/web:1"}),
        (Scope.NODE, {"name": "api-1", "namespace": "data"}, {"node": "node-b"}),
        (
            Scope.REGISTRY,
            {"name": "api-1", "namespace": "data", "node": "node-b"},
            {"image": "other.example/web:1"},
        ),
        (Scope.CLUSTER, {"image": "other.example/web:1", "namespace": "data", "node": "node-b"}, None),
    ],
)
def test_place_of_a_cause_with_one_scope(
    scope: Scope, same: dict[str, str], apart: dict[str, str] | None
) -> None:
    """What shares the place is one incident, what does not is another."""
    cause = _cause(scope)
    together = _group(cause, _diagnosis(), _diagnosis(**{"name": "web-9"} | same))
    assert [(each.place.scope, len(each.diagnoses)) for each in together] == [(scope, 2)]
    if apart is not None:
        assert len(_group(cause, _diagnosis(), _diagnosis(**{"name": "web-9"} | apart))) == 2


def test_same_workload_name_in_another_namespace_is_another_workload() -> None:
    """Names are unique in a namespace only."""
    assert len(_group(_cause(Scope.WORKLOAD), _diagnosis(), _diagnosis(namespace="data"))) == 2


NODE_OR_CLUSTER = _cause(Scope.NODE, Scope.CLUSTER)


def test_one_node_is_the_node() -> None:
    """However many pods fail there."""
    (only,) = _group(NODE_OR_CLUSTER, _diagnosis(), _diagnosis("api-1"))
    assert (only.place.scope, only.place.node) == (Scope.NODE, "node-a")


def test_several_nodes_without_a_good_one_are_the_cluster() -> None:
    """Nobody managed it."""
    (only,) = _group(NODE_OR_CLUSTER, _diagnosis(), _diagnosis("api-1", node="node-b"))
    assert (only.place.scope, len(only.pods)) == (Scope.CLUSTER, 2)


@pytest.mark.parametrize(
    "check", ["other-nodes-pull", "registry-reached-elsewhere", "name-resolves-elsewhere"]
)
def test_several_nodes_beside_a_good_one_are_each_their_own(check: str) -> None:
    """A node that got further shows that the cluster is not the place."""
    told = _group(NODE_OR_CLUSTER, _diagnosis("web-1", check), _diagnosis("api-1", node="node-b"))
    assert sorted((each.place.scope, each.place.node) for each in told) == [
        (Scope.NODE, "node-a"),
        (Scope.NODE, "node-b"),
    ]


def test_wide_fault_is_the_clusters_even_for_one_pod() -> None:
    """Its evidence holds its two witnesses, so `why` on one pod says what a sweep says."""
    (only,) = _group(NODE_OR_CLUSTER, _diagnosis("web-1", "network-fails-widely"))
    assert only.place.scope is Scope.CLUSTER


def test_node_or_registry_by_its_witnesses() -> None:
    """Two nodes and one registry are the registry; two registries are not."""
    cause = _cause(Scope.NODE, Scope.REGISTRY)
    (only,) = _group(cause, _diagnosis(), _diagnosis("api-1", node="node-b"))
    assert (only.place.scope, only.place.registry) == (Scope.REGISTRY, "registry.example")
    apart = _group(cause, _diagnosis(), _diagnosis("api-1", node="node-b", image="other.example/web:1"))
    assert {each.place.scope for each in apart} == {Scope.NODE}


def test_mirror_is_one_place_for_all_its_registries() -> None:
    """What fails is the mirror, for whichever registry it stands."""
    (only,) = _group(
        _cause(Scope.REGISTRY),
        _diagnosis(mirror="mirror.example"),
        _diagnosis("api-1", image="nginx:1", mirror="mirror.example"),
    )
    assert only.place.registry == "mirror.example"


def test_registrys_other_names_are_one_place() -> None:
    """docker.io and index.docker.io are not two outages."""
    (only,) = _group(
        _cause(Scope.REGISTRY),
        _diagnosis(image="nginx:1"),
        _diagnosis("api-1", image="index.docker.io/library/api:1"),
    )
    assert only.place.registry == "docker.io"


def test_no_cause_stays_with_its_workload() -> None:
    """What nobody knows is gathered no wider than it was seen."""
    told = _group(None, _diagnosis(), _diagnosis("web-2"), _diagnosis("api-1"))
    assert sorted(len(each.pods) for each in told) == [1, 2]


def test_incident_is_as_sure_as_its_surest_member() -> None:
    """One proof is enough for what shares the cause and the place."""
    (only,) = _group(_cause(Scope.NODE), _diagnosis(sure=Confidence.LOW), _diagnosis("api-1"))
    assert only.confidence is Confidence.HIGH


def test_order_is_widest_surest_largest() -> None:
    """A tired reader sees first what concerns most."""
    wide = Cause("wide", "Wide", 20, (Scope.CLUSTER,), Severity.LOW, (), (), ())
    narrow = _cause(Scope.WORKLOAD)
    guess, sure, twice = (
        _diagnosis("a-1", sure=Confidence.LOW),
        _diagnosis("b-1"),
        [_diagnosis("c-1"), _diagnosis("c-2")],
    )
    last = Diagnosis(guess.failure, guess.workload, Verdict("wide", Confidence.LOW, ()))
    told = grouping.group([guess, sure, *twice, last], {"it": narrow, "wide": wide}, cases.BOOK)
    assert [(each.cause, each.workloads, len(each.pods)) for each in told] == [
        ("wide", 1, 1),
        ("it", 1, 2),
        ("it", 1, 1),
        ("it", 1, 1),
    ]
    assert told[-1].confidence is Confidence.LOW


def test_two_containers_of_one_pod_count_one_pod() -> None:
    """Pods are listed once."""
    (only,) = _group(_cause(Scope.WORKLOAD), _diagnosis(), _diagnosis())
    assert (only.pods, len(only.diagnoses)) == (("shop/web-1",), 2)


def test_nothing_makes_nothing() -> None:
    """No diagnosis, no incident."""
    assert _group(_cause(Scope.NODE)) == ()
