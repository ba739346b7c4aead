"""What the node says of itself: its platform, its disk, its kubelet's own limits."""

from bot.diagnosis.checks.claims import Case, answered, check, no, node_of, unknown, unread, yes
from bot.facts.evidence import Evidence, Witness
from bot.facts.objects import Unread


@check("node-under-pressure", Witness.CLUSTER, "1", 1)
async def node_under_pressure(case: Case) -> Evidence:
    """The node reports DiskPressure.

    UNKNOWN when nodes may not be read. A full image store need not show here: the kubelet watches the
    filesystem's share, and a small image still fits.
    """
    node = await node_of(case)
    if isinstance(node, Unread):
        return unread("node-under-pressure", node)
    if node.disk_pressure is None:
        return unknown("node-under-pressure", "the node does not report it")
    return answered("node-under-pressure", node.disk_pressure, node=node.name)


@check("node-kubelet-throttled", Witness.CLUSTER, "0", 0)
async def node_kubelet_throttled(case: Case) -> Evidence:
    """The kubelet of this node refuses pulls over its own limit (registryPullQPS)."""
    node = case.failure.pod.node
    throttled = [each for each in case.scene.on_node(node) if each.symptom.id == "kubelet-pull-limit"]
    return answered("node-kubelet-throttled", bool(throttled), node=node, pods=str(len(throttled)))


@check("node-of-platform-exists", Witness.CLUSTER, "1", 1)
async def node_of_platform_exists(case: Case) -> Evidence:
    """Another node of the cluster has a different processor architecture.

    The pod could run there if the image is built for it.
    """
    nodes = await case.scene.reader.nodes()
    if isinstance(nodes, Unread):
        return unread("node-of-platform-exists", nodes)
    mine = next((node.platform for node in nodes if node.name == case.failure.pod.node), None)
    if mine is None:
        return unknown("node-of-platform-exists", "the node's platform is not known")
    others = {node.platform for node in nodes if node.platform and node.platform != mine}
    if others:
        spelled = sorted(map(str, others))
        arch = min(each.architecture for each in others)
        return yes("node-of-platform-exists", platform=str(mine), others=", ".join(spelled), arch=arch)
    if any(node.platform is None for node in nodes):
        return unknown("node-of-platform-exists", "not every node tells its platform")
    return no("node-of-platform-exists", platform=str(mine))


@check("runs-on-other-architecture", Witness.CLUSTER, "1", 2)
async def runs_on_other_architecture(case: Case) -> Evidence:
    """The same image runs on a node of another architecture and not here. NO when it runs on one like this."""
    reference = case.failure.reference
    nodes = await case.scene.reader.nodes()
    pods = await case.scene.reader.neighbours(case.failure.pod.namespace)
    for missing in (nodes, pods):
        if isinstance(missing, Unread):
            return unread("runs-on-other-architecture", missing)
    if isinstance(nodes, Unread) or isinstance(pods, Unread) or reference is None:
        return unknown("runs-on-other-architecture", "the reference does not parse")
    platforms = {node.name: node.platform for node in nodes}
    mine = platforms.get(case.failure.pod.node)
    running = {
        platforms.get(pod.node)
        for pod in pods
        for container in pod.containers
        if container.running_since and container.image == case.failure.image
    } - {None}
    if mine is None or not running:
        return unknown("runs-on-other-architecture", "it runs on no other node of the cluster")
    others = sorted(str(platform) for platform in running if platform != mine)
    if mine in running or not others:
        return no("runs-on-other-architecture", platform=str(mine))
    return yes("runs-on-other-architecture", platform=str(mine), others=", ".join(others))
