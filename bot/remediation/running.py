"""What ran here: a failing workload in, the images that it and its namespace are known to have run out.

Only what ran counts. That somebody wrote a name into a template proves nothing, and lets nobody take an image from there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from bot.diagnosis import inventory, nearness
from bot.diagnosis.checks.claims import Case
from bot.facts import image as images
from bot.facts.image import ImageReference
from bot.facts.objects import Unread


@dataclass(frozen=True, slots=True)
class Ran:
    """What is known to have run.

    Attributes:
        repositories: names of those from which an image ran in the namespace.
        tags: repository -> the tags of it that ran, here or on any node.
        held: canonical images that ran in the namespace, or that nodes hold.
    """

    repositories: frozenset[str] = frozenset()
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    held: frozenset[str] = frozenset()

    def allows(self, image: ImageReference, listed: Sequence[str]) -> bool:
        """Whether an image's repository ran here, or is among those that the settings list."""
        return image.name in self.repositories or any(fnmatchcase(image.name, pattern) for pattern in listed)

    def newer(self, image: ImageReference) -> str:
        """The tag of the same repository that ran and is newer; "" where none is known."""
        mine = image.tag or ""
        last = nearness.newest(each for each in self.tags.get(image.name, ()) if each != mine)
        return last if last and nearness.newest((mine, last)) == last else ""


async def ran(case: Case) -> Ran:
    """What ran in the namespace of a failure; what cannot be seen is not in it."""
    reader, namespace = case.scene.reader, case.failure.pod.namespace
    pods, nodes = await reader.neighbours(namespace), await reader.nodes()
    mine = inventory.taken(() if isinstance(pods, Unread) else pods, ())
    everywhere = inventory.taken((), () if isinstance(nodes, Unread) else nodes)
    here = [each for found in mine.named.values() for each in found]
    here += [each for _, text in mine.ran if (each := images.parsed(text))]
    here += await _of_revisions(case)
    known = [*here, *(each for found in everywhere.named.values() for each in found)]
    tags: dict[str, list[str]] = {}
    for each in known:
        tags.setdefault(each.name, []).extend([each.tag] if each.tag else [])
    held = frozenset(everywhere.held) | {text for _, text in mine.ran} | {each.canonical for each in here}
    return Ran(frozenset(each.name for each in here), tags, held)


async def _of_revisions(case: Case) -> list[ImageReference]:
    """The images of the revisions of a Deployment that serve."""
    if case.workload.kind != "Deployment":
        return []
    revisions = await case.scene.revisions(case.workload)
    if isinstance(revisions, Unread):
        return []
    spelled = {image for each in revisions if each.ready for image in each.images.values()}
    return [reference for text in sorted(spelled) if (reference := images.parsed(text))]
