"""What happens to others tells where the fault lies: on other nodes, of the same registry, at the same time.

One failing pod is one witness. A node is only blamed when another node did what this one could not; a
registry only when several nodes agree, or it said so itself. All of these read the scene: the failures of
the same look, and the pulls that worked around them.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.diagnosis.checks import witnesses
from bot.diagnosis.checks.claims import Case, answered, check, no, unknown, unread, yes
from bot.diagnosis.scene import NETWORK_SYMPTOMS, ROAD_SYMPTOMS, Pulled
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.failure import PullFailure, Source
from bot.facts.objects import Unread
from bot.facts.statement import Statement


# https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff: the kubelet tries again after at most
# 300 s; a failure that stands this long after a pull that worked was tried again and failed again.
_TRIED_AGAIN = timedelta(seconds=330)
# A registry that is unwell drops one request and answers the next with an error: neither proves the road.
_UNWELL = frozenset({"registry-server-error", "unexpected-response"})
# Events carry whole seconds, and the pods of one rollout start in the same one.
_SAME_MOMENT = timedelta(seconds=5)
# These end before the registry has answered anything.
_ON_THE_WAY = frozenset({"dns-failure", "connect-timeout", "connect-refused", "tls-handshake-failed"})
_LAYER_SYMPTOMS = frozenset({"layer-corrupt", "blob-missing"})
_UNANSWERED = NETWORK_SYMPTOMS - {"dns-failure", "connect-refused"}
# These end before the registry is asked, or say nothing of where the pull stopped.
_NEVER_ASKED = frozenset(
    {
        "",
        "backoff-only",
        "kubelet-pull-limit",
        "never-pull",
        "invalid-reference",
        "credential-fetch-failed",
        "disk-full",
        "local-runtime-error",
        "pull-cancelled",
        "pull-stalled",
        "proxy-failed",
        "signature-rejected",
        "exec-format-error",
    }
)


@check("other-nodes-pull", Witness.CLUSTER, "0", 2)
async def other_nodes_pull(case: Case) -> Evidence:
    """Another node pulled from the same registry since this failure began.

    NO when other nodes tried and fail on the same road; UNKNOWN when none tried.
    """
    failure, family = case.failure, case.scene.family(case.failure)
    pulls, missing = await case.scene.pulls()
    others = [
        pull for pull in _since(case, pulls) if pull.registry == family and pull.node != failure.pod.node
    ]
    failing = case.scene.failing_nodes(case.failure) - {failure.pod.node}
    good = [pull for pull in others if pull.node and pull.node not in failing]
    if good:
        best = max(good, key=lambda pull: (pull.proven, pull.at))
        return yes(
            "other-nodes-pull", node=best.node, registry=failure.registry, pod=best.pod, at=_clock(best.at)
        )
    if failing:
        return no("other-nodes-pull", nodes=case.scene.spelled(failing), registry=failure.registry)
    return _nobody("other-nodes-pull", missing, "no other node tried this registry since")


@check("registry-reached-elsewhere", Witness.CLUSTER, "0", 2)
async def registry_reached_elsewhere(case: Case) -> Evidence:
    """Another node got an answer from this registry since, even if a bad one: so the registry can be reached.

    One that somebody had asked, and that reached it before this one failed again, is as good as one that pulled. NO when other
    nodes tried and reached nothing either; UNKNOWN when none tried, or when all the registry gave them was an error of its own:
    one that is unwell may answer some and drop others.
    """
    said = witnesses.reached_elsewhere(case)
    if said is not None:
        return _as_asked("registry-reached-elsewhere", case, said)
    return await _got_further(case, "registry-reached-elsewhere", NETWORK_SYMPTOMS, besides=_UNWELL)


@check("name-resolves-elsewhere", Witness.CLUSTER, "0", 2)
async def name_resolves_elsewhere(case: Case) -> Evidence:
    """Another node resolved this registry's name since: it pulled, or failed later on the way.

    One that somebody had asked, and that got an address before this one failed again, is as good as one that pulled. NO when
    DNS fails other nodes too; UNKNOWN when none tried.
    """
    said = witnesses.resolved_elsewhere(case)
    if said is not None:
        return _as_asked("name-resolves-elsewhere", case, said)
    return await _got_further(case, "name-resolves-elsewhere", frozenset({"dns-failure"}))


@check("node-dns-fails-for-known-name", Witness.CLUSTER, "0", 2)
async def node_dns_fails_for_known_name(case: Case) -> Evidence:
    """This node cannot resolve another registry's name either, which other nodes do resolve. Never NO."""
    node = case.failure.pod.node
    for each in case.scene.on_node(node):
        if each.symptom.id != "dns-failure" or case.scene.family(each) == case.scene.family(case.failure):
            continue
        other = await name_resolves_elsewhere(replace(case, failure=each))
        if other.answer is Answer.YES:
            return yes(
                "node-dns-fails-for-known-name",
                node=node,
                registry=each.registry,
                other=other.details["node"],
            )
    return unknown("node-dns-fails-for-known-name", "no other name is known that this node should resolve")


@check("several-nodes-fail", Witness.CLUSTER, "0", 2)
async def several_nodes_fail(case: Case) -> Evidence:
    """At least two nodes fail for this registry. NO when another node pulls from it; UNKNOWN with one witness."""
    nodes = case.scene.failing_nodes(case.failure)
    if len(nodes) > 1:
        return yes("several-nodes-fail", nodes=case.scene.spelled(nodes), registry=case.failure.registry)
    others = await other_nodes_pull(case)
    if others.answer is Answer.YES:
        return no("several-nodes-fail", node=others.details["node"], registry=case.failure.registry)
    if others.what:
        return replace(others, check="several-nodes-fail")
    return unknown("several-nodes-fail", "only one node is known to fail")


@check("registry-healthy-for-others", Witness.CLUSTER, "0", 2)
async def registry_healthy_for_others(case: Case) -> Evidence:
    """Some pod pulled from this registry since this failure began, on whichever node."""
    family = case.scene.family(case.failure)
    pulls, missing = await case.scene.pulls()
    good = [pull for pull in _since(case, pulls) if pull.registry == family and pull.proven]
    if good:
        best = max(good, key=lambda pull: pull.at)
        return yes("registry-healthy-for-others", pod=best.pod, node=best.node, at=_clock(best.at))
    if len(case.scene.failing_nodes(case.failure)) > 1:
        return no("registry-healthy-for-others", registry=case.failure.registry)
    return _nobody("registry-healthy-for-others", missing, "nobody else tried this registry since")


@check("registry-recovered-since", Witness.CLUSTER, "0", 2)
async def registry_recovered_since(case: Case) -> Evidence:
    """Pulls from this registry work again since the last attempt, so the next one should.

    For faults of the road only this node's own success counts: another node's says nothing about this
    one. NO when nobody pulled since, or somebody did so long ago that this one was tried again and failed
    again; UNKNOWN when others pulled all the while, so that their success means nothing for this image. A node
    that was asked and reached the registry since is as good as one that pulled, where it was the way there that failed.
    """
    failure, last = case.failure, case.failure.last_attempt
    said = witnesses.recovered(case) if failure.symptom.id in _ON_THE_WAY else None
    if said is not None:
        return yes("registry-recovered-since", Witness.NODE, node=said.spot.node, at=_clock(said.at))
    return await _pulled_since(case, failure, last)


async def _pulled_since(case: Case, failure: PullFailure, last: datetime | None) -> Evidence:
    """Whether anybody pulled since the last attempt, so that the next one should work."""
    pulls, missing = await case.scene.pulls()
    if last is None:
        return unknown("registry-recovered-since", "the time of the last attempt is not known")
    good = _that_tell_of_recovery(case, pulls)
    after = [pull for pull in good if pull.at > last]
    if after and any(failure.since and failure.since < pull.at < last for pull in good):
        return unknown("registry-recovered-since", "others pulled from this registry all the while")
    if after and failure.source is not Source.SILENCE and case.scene.now - after[0].at > _TRIED_AGAIN:
        return no("registry-recovered-since", registry=failure.registry, at=_clock(after[0].at))
    if after:
        first = after[0]
        return yes("registry-recovered-since", pod=first.pod, node=first.node, at=_clock(first.at))
    if missing:
        return unread("registry-recovered-since", missing[0])
    return no("registry-recovered-since", registry=failure.registry)


@check("network-fails-widely", Witness.CLUSTER, "0", 2)
async def network_fails_widely(case: Case) -> Evidence:
    """At least two nodes cannot reach any of at least two registries each: the cluster's own way out is broken.

    Then every failure to reach a registry is a part of it, also on a node that tried only one. NO as soon as
    one pull worked since. Where a registry answered some node since, if with a refusal, there is a way out, and
    nodes that reach none have faults of their own.
    """
    lost = case.scene.unreachable()
    nodes = sorted(node for node, registries in lost.items() if len(registries) > 1)
    pulls, missing = await case.scene.pulls()
    worked = next((pull for pull in _since(case, pulls) if pull.proven), None)
    if worked is not None:
        return no("network-fails-widely", pod=worked.pod, node=worked.node, at=_clock(worked.at))
    if len(nodes) > 1 and case.failure.symptom.id in NETWORK_SYMPTOMS:
        answered = case.scene.answered(NETWORK_SYMPTOMS | _NEVER_ASKED | _UNWELL)
        if answered is not None and _meanwhile(answered, case.failure):
            return unknown("network-fails-widely", "registries answer other nodes meanwhile")
        registries = ", ".join(sorted(set().union(*(lost[node] for node in nodes))))
        return yes("network-fails-widely", nodes=", ".join(nodes), registries=registries)
    return _nobody("network-fails-widely", missing, "too few nodes or registries are concerned to tell")


@check("internet-unreachable", Witness.CLUSTER, "0", 2)
async def internet_unreachable(case: Case) -> Evidence:
    """A registry that the world uses does not answer this node, and no other such registry did since.

    NO as soon as the node pulled from one of them; UNKNOWN for a registry of one's own, and for a refused
    connection: somebody answered that.
    """
    failure, registries = case.failure, case.scene.registries
    if not registries.is_well_known(failure.registry) or failure.symptom.id not in _UNANSWERED:
        return unknown("internet-unreachable", "this registry's silence does not tell")
    if not case.scene.asked_the_registry(failure):
        return unknown("internet-unreachable", "it was another host that did not answer")
    pulls, missing = await case.scene.pulls()
    for pull in _since(case, pulls):
        if pull.node == failure.pod.node and pull.proven and registries.is_well_known(pull.registry):
            return no("internet-unreachable", node=pull.node, registry=pull.registry, at=_clock(pull.at))
    if missing:
        return unread("internet-unreachable", missing[0])
    return yes("internet-unreachable", node=failure.pod.node, registry=failure.registry)


@check("node-pulls-others", Witness.CLUSTER, "0", 2)
async def node_pulls_others(case: Case) -> Evidence:
    """This node pulled from another registry since this failure began.

    NO when it fails for several registries and pulled from none.
    """
    failure, family = case.failure, case.scene.family(case.failure)
    pulls, missing = await case.scene.pulls()
    here = [pull for pull in _since(case, pulls) if pull.node == failure.pod.node and pull.registry != family]
    proven = [pull for pull in here if pull.proven]
    if proven:
        best = max(proven, key=lambda pull: pull.at)
        return yes("node-pulls-others", node=failure.pod.node, registry=best.registry, at=_clock(best.at))
    lost = {
        case.scene.family(each)
        for each in case.scene.on_node(failure.pod.node)
        if each.symptom.id in ROAD_SYMPTOMS
    }
    if len(lost) > 1:
        return no("node-pulls-others", node=failure.pod.node, registries=", ".join(sorted(lost)))
    return _nobody("node-pulls-others", missing, "the node tried no other registry since")


@check("others-on-node-say-the-same", Witness.CLUSTER, "0", 0)
async def others_on_node_say_the_same(case: Case) -> Evidence:
    """Another image fails on this node with the same symptom. Never NO: nobody else may have tried."""
    failure = case.failure
    for each in case.scene.on_node(failure.pod.node):
        same = each.symptom.id == failure.symptom.id
        if same and each.pod.key != failure.pod.key and each.image != failure.image:
            return yes(
                "others-on-node-say-the-same", node=failure.pod.node, pod=each.pod.key, image=each.image
            )
    return unknown("others-on-node-say-the-same", "no other image is known to fail like this on the node")


@check("siblings-on-host-pull", Witness.CLUSTER, "0", 1)
async def siblings_on_host_pull(case: Case) -> Evidence:
    """Another pod of the namespace runs an image of this registry; the pull secret it uses is a lead.

    NO when others use the registry and none of them has its image.
    """
    failure = case.failure
    users = await case.scene.using(failure.pod.namespace, failure.registry)
    if isinstance(users, Unread):
        return unread("siblings-on-host-pull", users)
    using = False
    for pod, container in users:
        if pod.key == failure.pod.key:
            continue
        if container.running_since and container.image_id:
            secret = ", ".join(pod.pull_secrets)
            return yes("siblings-on-host-pull", pod=pod.name, image=container.image, secret=secret)
        # One that is over, or that restarts, had its image once.
        if container.image_id:
            return unknown(
                "siblings-on-host-pull", "no other pod of the namespace runs an image of this registry"
            )
        using = True
    if using:
        return no("siblings-on-host-pull", registry=failure.registry)
    return unknown("siblings-on-host-pull", "no other pod of the namespace runs an image of this registry")


@check("same-layer-fails-elsewhere", Witness.CLUSTER, "0", 2)
async def same_layer_fails_elsewhere(case: Case) -> Evidence:
    """The same image arrives damaged or incomplete on another node too. NO when another node has it whole."""
    image = case.failure.reference
    if image is None:
        return unknown("same-layer-fails-elsewhere", "the reference does not parse")
    nodes = {
        each.pod.node
        for each in case.scene.failures
        if each.symptom.id in _LAYER_SYMPTOMS
        and each.reference
        and each.reference.canonical == image.canonical
    } - {case.failure.pod.node}
    if nodes:
        return yes("same-layer-fails-elsewhere", nodes=", ".join(sorted(nodes)))
    pulls, missing = await case.scene.pulls()
    good = [
        pull
        for pull in pulls
        if pull.image == image.canonical and pull.node not in ("", case.failure.pod.node)
    ]
    if good:
        return no("same-layer-fails-elsewhere", node=good[0].node)
    return _nobody("same-layer-fails-elsewhere", missing, "no other node tried this image")


@check("blocked-behind-other-pull", Witness.CLUSTER, "0", 2)
async def blocked_behind_other_pull(case: Case) -> Evidence:
    """An earlier pull hangs on the same node and holds up this one (``serializeImagePulls``, the default).

    NO when nothing hangs ahead of it, or when the node pulled something else meanwhile.
    """
    failure = case.failure
    if failure.source is not Source.SILENCE:
        return no("blocked-behind-other-pull")
    if failure.since is None:
        return unknown("blocked-behind-other-pull", "the time at which the pull began is not known")
    here = case.scene.on_node(failure.pod.node)
    ahead = [(each.since, each) for each in here if each.since and _ahead(each, failure)]
    if not ahead:
        return no("blocked-behind-other-pull")
    began, first = min(ahead, key=lambda pair: pair[0])
    pulls, _ = await case.scene.pulls()
    if any(pull.proven and pull.node == failure.pod.node and pull.at > began for pull in pulls):
        return no("blocked-behind-other-pull", pod=first.pod.key, node=failure.pod.node)
    if case.scene.family(first) == case.scene.family(failure):
        return unknown("blocked-behind-other-pull", "both ask the same registry, which may be silent itself")
    return yes("blocked-behind-other-pull", pod=first.pod.key, image=first.image, node=failure.pod.node)


@check("pull-in-progress", Witness.CLUSTER, "0", 2)
async def pull_in_progress(case: Case) -> Evidence:
    """The pull is likely still running: the same node pulled something else from this registry meanwhile, so the road is open.

    Otherwise UNKNOWN, because the kubelet reports no progress.
    """
    failure, family = case.failure, case.scene.family(case.failure)
    pulls, missing = await case.scene.pulls()
    good = [
        pull
        for pull in _since(case, pulls)
        if pull.node == failure.pod.node and pull.registry == family and pull.proven
    ]
    if good and failure.source is Source.SILENCE:
        return yes("pull-in-progress", pod=good[-1].pod, node=failure.pod.node, at=_clock(good[-1].at))
    return _nobody("pull-in-progress", missing, "the kubelet does not report how far a pull is")


@check("recovered", Witness.CLUSTER, "0", 0)
async def recovered(case: Case) -> Evidence:
    """The container has its image by now. NO while the failure stands."""
    container = next(
        (each for each in case.failure.pod.containers if each.name == case.failure.container), None
    )
    return answered("recovered", container is not None and container.running_since is not None)


def _as_asked(check_id: str, case: Case, said: Statement) -> Evidence:
    """That another node did, in its own words."""
    at = said.at.strftime("%H:%M")
    return yes(
        check_id, Witness.NODE, node=said.spot.node, registry=case.failure.registry, pod=f"asked at {at}"
    )


async def _got_further(
    case: Case, check_id: str, stuck: frozenset[str], besides: frozenset[str] = frozenset()
) -> Evidence:
    """Whether another node got past the step at which these symptoms stop; those besides prove nothing."""
    failure = case.failure
    pulled = await other_nodes_pull(case)
    if pulled.answer is Answer.YES:
        return yes(
            check_id, node=pulled.details["node"], registry=failure.registry, pod=pulled.details["pod"]
        )
    scene, node = case.scene, failure.pod.node
    for each in scene.that_asked(scene.family(failure), stuck | _NEVER_ASKED | besides):
        if each.pod.node != node and _meanwhile(each.last_attempt, failure):
            return yes(check_id, node=each.pod.node, registry=failure.registry, pod=each.pod.key)
    tries = scene.last_tries(scene.family(failure), stuck)
    nodes = frozenset(name for name, last in tries.items() if name != node and _meanwhile(last, failure))
    if nodes:
        return no(check_id, nodes=scene.spelled(nodes), registry=failure.registry)
    if pulled.what:
        return replace(pulled, check=check_id)
    return unknown(check_id, "no other node got any further since")


def _meanwhile(last_attempt: datetime | None, mine: PullFailure) -> bool:
    return mine.since is None or last_attempt is None or last_attempt >= mine.since - _SAME_MOMENT


def _that_tell_of_recovery(case: Case, pulls: tuple[Pulled, ...]) -> list[Pulled]:
    """The proven pulls from this registry, oldest first; for faults of the road those of this node."""
    failure, family = case.failure, case.scene.family(case.failure)
    anywhere = failure.symptom.id not in NETWORK_SYMPTOMS
    good = [
        pull
        for pull in pulls
        if pull.registry == family and pull.proven and (anywhere or pull.node == failure.pod.node)
    ]
    return sorted(good, key=lambda pull: pull.at)


def _since(case: Case, pulls: tuple[Pulled, ...]) -> list[Pulled]:
    since = case.failure.since
    return [pull for pull in pulls if since is None or pull.at >= since - _SAME_MOMENT]


def _ahead(other: PullFailure, mine: PullFailure) -> bool:
    return (
        other.source is Source.SILENCE
        and other.pod.node == mine.pod.node
        and (other.pod.key, other.container) != (mine.pod.key, mine.container)
        and other.since is not None
        and mine.since is not None
        and other.since < mine.since
    )


def _nobody(check_id: str, missing: tuple[Unread, ...], why: str) -> Evidence:
    return unread(check_id, missing[0]) if missing else unknown(check_id, why)


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M:%S")
