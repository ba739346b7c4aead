"""Which images run where, put in order once for all who ask: pods and nodes in, an Inventory out.

In a storm thousands of failures ask the same pods the same things. Each question here is a look-up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.diagnosis import nearness
from bot.facts import image as images
from bot.facts.image import ImageReference
from bot.facts.objects import Container, Node, Pod


Use = tuple[Pod, Container]


@dataclass(slots=True)
class Inventory:
    """What is in use in the namespaces concerned and held by the nodes. What only fails is not among it.

    Attributes:
        named: registry and repository -> the images of it.
        ran: namespace and canonical image -> the pods that run it, or ran it before they failed.
        tagged: namespace and tag -> the images that run with it.
        held: canonical image -> the nodes that list it.
    """

    named: Mapping[str, Sequence[ImageReference]]
    ran: Mapping[tuple[str, str], Sequence[Pod]]
    tagged: Mapping[tuple[str, str], Sequence[ImageReference]]
    held: Mapping[str, Sequence[str]]
    _by_tail: Mapping[str, Sequence[ImageReference]]
    _repositories: Mapping[str, Sequence[str]]
    _near: dict[tuple[str, str], str] = field(default_factory=dict)

    def same_last_part(self, repository: str) -> Sequence[ImageReference]:
        """Images, of any registry, whose repository ends in the same part of a path."""
        return self._by_tail.get(_tail(repository), ())

    def nearest(self, reference: ImageReference) -> str:
        """The repository of nearly the same name in the same registry; "" when none is near enough."""
        key = (reference.registry, reference.repository)
        if key not in self._near:
            self._near[key] = nearness.nearest_name(key[1], self._repositories.get(key[0], ()))
        return self._near[key]


def taken(pods: Iterable[Pod], nodes: Iterable[Node]) -> Inventory:
    """The inventory of these pods and nodes."""
    named: dict[str, dict[str, ImageReference]] = {}
    ran: dict[tuple[str, str], list[Pod]] = {}
    tagged: dict[tuple[str, str], list[ImageReference]] = {}
    held: dict[str, list[str]] = {}
    for pod, container, reference in _uses(pods):
        if has_run(container, reference):
            ran.setdefault((pod.namespace, reference.canonical), []).append(pod)
        if not (container.running_since and container.image_id):
            continue
        named.setdefault(reference.name, {})[reference.canonical] = reference
        if reference.tag:
            tagged.setdefault((pod.namespace, reference.tag), []).append(reference)
    for name, reference in _held(nodes):
        held.setdefault(reference.canonical, []).append(name)
        # A name by digest tells of no tag, and its name by tag stands beside it.
        if reference.digest is None:
            named.setdefault(reference.name, {}).setdefault(reference.canonical, reference)
    known = {name: tuple(found.values()) for name, found in named.items()}
    every = [reference for found in known.values() for reference in found]
    return Inventory(known, ran, tagged, held, _by_tail(every), _by_registry(every))


def _uses(pods: Iterable[Pod]) -> Iterator[tuple[Pod, Container, ImageReference]]:
    for pod in pods:
        for container in pod.containers:
            reference = images.parsed(container.image)
            if reference is not None:
                yield pod, container, reference


def _held(nodes: Iterable[Node]) -> Iterator[tuple[str, ImageReference]]:
    for node in nodes:
        for name in node.images:
            reference = images.parsed(name)
            if reference is not None:
                yield node.name, reference


def has_run(container: Container, reference: ImageReference) -> bool:
    """Whether a container runs an image or ran it before.

    The image of a pod can be changed in place: the status of what ended may then still speak of the old one.
    """
    if not container.image_id:
        return False
    if container.running_since:
        return True
    return bool(container.last_run or container.restarts) and _tells_of(container.reported_image, reference)


def _tells_of(reported: str, reference: ImageReference) -> bool:
    """Whether the status's own spelling can mean this image: it may drop a tag, or be a digest or nothing."""
    other = images.parsed(reported)
    if other is None or reported.startswith("sha256:"):
        return True
    if other.name != reference.name:
        return False
    return bool(other.digest or reference.digest or other.canonical == reference.canonical)


def _by_tail(references: Iterable[ImageReference]) -> Mapping[str, Sequence[ImageReference]]:
    found: dict[str, list[ImageReference]] = {}
    for reference in references:
        found.setdefault(_tail(reference.repository), []).append(reference)
    return found


def _by_registry(references: Iterable[ImageReference]) -> Mapping[str, Sequence[str]]:
    found: dict[str, set[str]] = {}
    for reference in references:
        found.setdefault(reference.registry, set()).add(reference.repository)
    return {registry: sorted(repositories) for registry, repositories in found.items()}


def _tail(repository: str) -> str:
    return repository.rpartition("/")[2]
