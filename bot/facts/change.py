"""A change to a cluster before anybody made it: what is to be written, to which object, and under which conditions.

A plan says all of it, and its digest covers all that matters: who approves a digest approves these writes to these objects in
this cluster under these conditions, and nothing else.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


# Written with every change into the object itself, so that it can tell whether the change was made, whoever died meanwhile.
ANNOTATION: Final = "imagepull/plan"
# On Secrets that we made, by which the writer's admission policy and the way back know them.
LABEL: Final = "imagepull/copied"
# On Jobs that ask a node, by which the writer and its admission policy know them.
ASKING: Final = "imagepull/witness"
FIELD_MANAGER: Final = "imagepull"
# The actions that mend nothing and tell more: they may be asked for on a guess.
LOOKING: Final = frozenset({"ask-node"})


class Risk(StrEnum):
    """How much can go wrong with a change; says nothing about whether it helps."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Verb(StrEnum):
    """What is done to an object."""

    PATCH = "patch"
    DELETE = "delete"
    COPY = "copy"
    CREATE = "create"


class Style(StrEnum):
    """How a patch is read: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/."""

    STRATEGIC = "strategic"
    MERGE = "merge"


@dataclass(frozen=True, slots=True, order=True)
class ObjectKey:
    """Where an object stands in a cluster.

    Attributes:
        namespace: "" for what has none.
    """

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {place}"


@dataclass(frozen=True, slots=True)
class Dependency:
    """A field of the live object that must still be what it was when the change was planned.

    Attributes:
        path: keys from the top; in a list of named things ``name=web`` stands for the one of that name.
        value: what it must be, as JSON with sorted keys; ``null`` where it must not be there.
        said: what it is in words: "the image of container web".
    """

    path: tuple[str, ...]
    value: str
    said: str


@dataclass(frozen=True, slots=True)
class Copying:
    """One registry's entry of a pull secret that is to be copied. Its value is read when it is written, and not before.

    Attributes:
        source: the Secret that is read.
        uid: of the source.
        version: its resourceVersion.
        keys: names of the source's data, sorted.
        entry: the one registry key that is taken.
    """

    source: ObjectKey
    uid: str
    version: str
    keys: tuple[str, ...]
    entry: str


@dataclass(frozen=True, slots=True)
class Write:
    """One request to the API server that changes something.

    Attributes:
        key: of the object; of a copy and of what is created the one to be made.
        uid: of the object when it was planned; "" for what is yet to be made.
        patch: JSON, without what belongs to every write (uid, resourceVersion, the plan's id); of what is created the whole
            object; "" for deletes and copies.
        back: the patch that undoes it, given that what it wrote is still there; "" where nothing undoes it. Of what is made
            nothing is needed: it is deleted.
        depends: what must hold in the live object.
        copying: of a copy what is taken from where.
        said: what it does, in words.
    """

    verb: Verb
    key: ObjectKey
    uid: str = ""
    patch: str = ""
    style: Style = Style.STRATEGIC
    back: str = ""
    depends: tuple[Dependency, ...] = ()
    copying: Copying | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of what changes, as the API server's own dry run shows it.

    Attributes:
        where: object and field: ``Deployment shop/web: spec.template.spec.containers[web].image``.
        before: "" where there was nothing.
        after: "" where there is nothing any more.
    """

    where: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Premise:
    """What must still be wrong for a change to make sense.

    Attributes:
        workload: ``Kind/name``; ``Pod/name`` for a pod of its own.
        container: that cannot get its image; "" where no single one is meant.
        image: as the spec spells it; "" likewise.
        cause: id of the cause that was found.
    """

    namespace: str
    workload: str
    container: str
    image: str
    cause: str


@dataclass(frozen=True, slots=True)
class Pledge:
    """An image that was proven pullable when the change was planned, and must not have moved when it is made.

    Attributes:
        image: the reference that will be pulled.
        digest: what it named then.
        platform: for which nodes it was proven, ``linux/amd64``; several with commas.
    """

    image: str
    digest: str
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A change, whole.

    Attributes:
        id: nobody else's, and nothing that can be guessed.
        action: id of the action.
        writes: in this order; at least one.
        premise: what is wrong.
        pledge: of changes that name another image.
        headline: what is done, in one line.
        differences: what changes.
        warnings: what whoever approves must know: an older version, what is lost.
        undoes: id of the plan whose way back this is; "".
        expires: after that nobody approves it any more.
    """

    id: str
    action: str
    risk: Risk
    cluster: str
    writes: tuple[Write, ...]
    premise: Premise
    headline: str
    made: datetime
    expires: datetime
    pledge: Pledge | None = None
    differences: tuple[Difference, ...] = ()
    warnings: tuple[str, ...] = ()
    undoes: str = ""

    @property
    def namespace(self) -> str:
        """Where it belongs for who may ask and approve; "" for what has none, as a node."""
        return self.premise.namespace

    @property
    def digest(self) -> str:
        """Equal for the same writes to the same objects under the same conditions in the same cluster, and for nothing else."""
        parts: list[object] = [self.id, self.action, self.cluster, self.undoes]
        parts += [_told(each) for each in self.writes]
        parts += [_flat(self.premise), _flat(self.pledge) if self.pledge else []]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def spelled(value: object) -> str:
    """A value of an object as a :class:`Dependency` spells it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _told(write: Write) -> list[object]:
    copying = write.copying
    taken = (
        [*_flat(copying.source), copying.uid, copying.version, copying.keys, copying.entry] if copying else []
    )
    depends = [[each.path, each.value] for each in write.depends]
    return [write.verb, _flat(write.key), write.uid, write.style, write.patch, depends, taken]


def _flat(value: ObjectKey | Premise | Pledge) -> list[str]:
    return [getattr(value, name) for name in value.__dataclass_fields__]
