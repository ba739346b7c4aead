"""Clusters staged by hand out of recorded objects: who fails where with which recorded words, and who runs.

A stage in -> a :class:`~tests.recorded.Recording` out. The words stay what a real runtime said; only the image,
its host, the node and the hour are other ones.
"""

import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from functools import cache

from bot.cluster.dump import DumpReader
from bot.facts import image as images
from bot.facts.objects import Container, ContainerKind, Node, OwnerReference, Pod, PodEvent, Unread
from tests import recorded
from tests.recorded import NOW, Recording


@cache
def scenario(key: str) -> Recording:
    """One recorded scenario, moved to end at ``NOW``."""
    folder = recorded.RECORDINGS / "scenarios" / key / "dump"
    # A dump answers without ever waiting, so its coroutine ends at the first step, whatever loop runs.
    try:
        recorded.recording(DumpReader.open(folder)).send(None)
    except StopIteration as end:
        facts: Recording = end.value
        return facts.told({})
    raise AssertionError("reading a dump waited for something")


def failing(  # each says where and when one recorded failure happens again
    key: str,
    pod: str,
    node: str,
    *,
    image: str = "",
    namespace: str = "shop",
    shift: timedelta = timedelta(0),
) -> Recording:
    """The first failing pod of a scenario again: under another name, on another node, for another image."""
    facts = scenario(key)
    first = next(each for each in facts.pods if any(not c.running_since for c in each.containers))
    old = images.parse(next(c.image for c in first.containers if not c.running_since))
    names = {first.name: pod, first.namespace: namespace, first.node: node}
    names |= {owner.name: f"{pod.rpartition('-')[0]}-rs" for owner in first.owners}
    one = dataclasses.replace(
        facts,
        pods=(first,),
        events=tuple(each for each in facts.events if each.pod == first.name),
        nodes=(Node(first.node, images=()),),
        secrets=(),
        owners=(),
    ).told(names)
    return one.reworded(_words(old, image), shift) if image else one.reworded({}, shift)


def running(
    pod: str, node: str, image: str, *, namespace: str = "shop", pulled: timedelta = timedelta(seconds=30)
) -> Recording:
    """A healthy pod whose kubelet pulled its image so long ago."""
    at = NOW - pulled
    container = Container(
        "app",
        ContainerKind.MAIN,
        image,
        "IfNotPresent",
        image,
        f"{image}@sha256:{'0' * 64}",
        running_since=at,
        ready=True,
    )
    message = (
        f'Successfully pulled image "{image}" in 1.2s (1.2s including waiting). Image size: 305290 bytes.'
    )
    facts = Pod(
        namespace, pod, f"uid-{pod}", "Running", node, at, containers=(container,), owners=owned_by(pod)
    )
    event = PodEvent(namespace, pod, "Pulled", message, container="app", first=at, last=at, node=node)
    return Recording(pods=(facts,), events=(event,), nodes=(Node(node),), namespaces=(namespace,), now=NOW)


def stage(*parts: Recording) -> Recording:
    """All of them in one cluster; a namespace that several use is there once."""
    whole = recorded.merged(parts)
    return dataclasses.replace(whole, namespaces=tuple(dict.fromkeys(whole.namespaces)))


def owned_by(pod: str) -> tuple[OwnerReference, ...]:
    """The ReplicaSet that a pod's name tells."""
    name = f"{pod.rpartition('-')[0]}-rs"
    return (OwnerReference("ReplicaSet", name, f"uid-{name}", "apps/v1"),)


def with_pods(facts: Recording, **changes: object) -> Recording:
    """The same with every pod changed."""
    pods = tuple(dataclasses.replace(pod, **changes) for pod in facts.pods)  # type: ignore[arg-type]
    return dataclasses.replace(facts, pods=pods)


def with_message(facts: Recording, message: str) -> Recording:
    """The same with every container waiting over this message, and every failure event saying it."""
    pods = tuple(
        dataclasses.replace(
            pod, containers=tuple(dataclasses.replace(c, waiting_message=message) for c in pod.containers)
        )
        for pod in facts.pods
    )
    events = tuple(
        dataclasses.replace(each, message=message) if each.reason == "Failed" else each
        for each in facts.events
    )
    return dataclasses.replace(facts, pods=pods, events=events)


def unread(what: str) -> Unread:
    """A read that an API server refused."""
    return Unread(what, "forbidden", f"list {what}")


def _words(old: images.ImageReference, image: str) -> Mapping[str, str]:
    """The image as text, in every way the runtimes spell it; its host also where it stands alone."""
    new = images.parse(image)
    return {
        old.spelled: new.spelled,
        f"/v2/{old.repository}/manifests/{old.effective_tag}": f"/v2/{new.repository}/manifests/{new.effective_tag}",
        old.registry: new.registry,
    }
