"""What manifests ask of a cluster before anything runs, and what is to be expected of it.

Manifests in -> :class:`Manifests`: the workloads with their images, and the Secrets and ServiceAccounts beside them.
What a check of them found is a :class:`Precheck`: one :class:`Forecast` for each image of each workload.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.facts.evidence import Answer, Evidence
from bot.facts.image import ImageReference, Platform
from bot.facts.objects import Container, PullSecret, ServiceAccount, Unread
from bot.facts.testimony import Asked


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on a node: on a label (``matchExpressions``) or on its name (``matchFields``)."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Toleration:
    """What lets a pod onto a tainted node; an empty key or effect means any."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """Which nodes a pod may run on.

    Attributes:
        selector: labels that the node must have.
        terms: required node affinity: one of these must hold, with everything in it; None where there is none.
        node: the one node that ``spec.nodeName`` names; "" for none.
        os: what ``spec.os.name`` says; "" for nothing.
        everywhere: a DaemonSet: also on nodes that take no other new pods.
    """

    selector: Mapping[str, str] = field(default_factory=dict)
    terms: tuple[tuple[Requirement, ...], ...] | None = None
    tolerations: tuple[Toleration, ...] = ()
    node: str = ""
    os: str = ""
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A workload of a manifest.

    Attributes:
        source: the file, as it was named; ``-`` for stdin.
        containers: what needs an image; an image volume is one of kind ``image-volume``, named as the volume.
        pull_secrets: those of the pod template alone.
        service_account: what the template names; "" for nothing, which means ``default``.
    """

    source: str
    kind: str
    namespace: str
    name: str
    containers: tuple[Container, ...]
    pull_secrets: tuple[str, ...] = ()
    service_account: str = ""
    placement: Placement = field(default_factory=Placement)

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Skipped:
    """An object in which no pod template was found.

    Attributes:
        names_images: it is of a kind that nobody here knows, and speaks of images all the same.
    """

    source: str
    kind: str
    name: str
    names_images: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that cannot be read.

    Attributes:
        why: one line, without anything that stands in the file.
        hint: what to do about it.
    """

    source: str
    why: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Manifests:
    """What the files hold.

    Attributes:
        secrets: pull secrets, as structure.
        promised: namespace and name of a Secret -> why its content is not known though the files will make it.
        problems: what could not be read; the rest was.
    """

    workloads: tuple[Planned, ...] = ()
    secrets: tuple[PullSecret, ...] = ()
    promised: Mapping[tuple[str, str], Unread] = field(default_factory=dict)
    accounts: tuple[ServiceAccount, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    problems: tuple[Problem, ...] = ()


class Outcome(StrEnum):
    """What is to be expected of an image."""

    OK = "ok"  # proven: a pull as the kubelet would make it works, on every platform it may land on
    WILL_FAIL = "will-fail"  # proven
    MAY_FAIL = "may-fail"  # on some nodes, or soon
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Landing:
    """Nodes of one platform that a workload may run on, and whether its image fits them.

    Attributes:
        platform: None where the nodes do not tell theirs.
        nodes: their names; empty where the platform was given instead of a cluster.
        answer: whether the image runs there.
        evidence: what the registry said about it.
    """

    platform: Platform | None
    nodes: tuple[str, ...] = ()
    answer: Answer = Answer.UNKNOWN
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected of one image of one workload.

    Attributes:
        reference: the image taken apart; None when it does not parse.
        containers: those of the workload that use it.
        pull_secrets: the names that the pod would carry.
        decisive: ids of the checks whose answers decide.
        missing: ids of those that would have to answer, to know for sure.
        evidence: every answer, those about platforms left out: they stand with the landings.
        unread: what was not seen and would have to be, to know.
    """

    planned: Planned
    image: str
    reference: ImageReference | None
    containers: tuple[Container, ...]
    pull_secrets: tuple[str, ...]
    outcome: Outcome
    decisive: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    landings: tuple[Landing, ...] = ()
    missing: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()

    def answer(self, check: str) -> Evidence | None:
        """What a check answered; None when it was not asked."""
        return next((each for each in self.evidence if each.check == check), None)


@dataclass(frozen=True, slots=True)
class Precheck:
    """What is to be expected of every image.

    Attributes:
        cluster: the target; "" when none was asked.
        observed_at: ISO 8601, UTC.
        asked: how often registries were asked of late.
    """

    cluster: str
    observed_at: str
    forecasts: tuple[Forecast, ...]
    asked: tuple[Asked, ...] = ()
