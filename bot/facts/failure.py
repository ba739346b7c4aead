"""One image that one container could not get, and what the node said about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.facts.image import ImageReference
from bot.facts.objects import ContainerKind, Pod


# imageBackOffPeriod and MaxImageBackOff:
# https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet.go
_FIRST_BACK_OFF: Final = timedelta(seconds=10)
_LONGEST_BACK_OFF: Final = timedelta(seconds=300)


class Source(StrEnum):
    """Where the telling text stood."""

    STATUS = "status"
    EVENT = "event"
    RUN = "run"
    LOG = "log"
    SILENCE = "silence"
    REGISTRY = "registry"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Workload:
    """The thing a person would edit: ``Deployment/web``; for a bare or static pod the pod itself."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Symptom:
    """What the runtime or the registry said. Never a cause.

    Attributes:
        id: an id of ``playbooks/symptoms/``.
        signature: the pattern that matched, ``symptom/pattern``; for a silence the rule that saw it.
        fields: what the pattern took out of the message: ``host`` (who failed, lower case, port kept),
            ``status`` (HTTP), ``lookup`` (the name DNS was asked for), ``dns`` (``no-such-host``, ``servfail``,
            ``timeout``), ``mirror`` (present when the URL carries ``?ns=``), ``identity`` (``anonymous``, or how the login was
            named), ``blocked`` (how access was refused to everybody), ``plugin``, ``proxy``, ``secret``.
    """

    id: str
    signature: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PullFailure:
    """A container whose image is not there (or, for ``exec-format-error``, is for another machine).

    Attributes:
        container: name of the container; for an image volume the container that mounts it.
        image: the reference as the spec spells it (for an image volume, the volume's).
        reference: the same taken apart; None when it does not parse.
        reason: the kubelet's waiting or terminated reason, verbatim.
        message: the most telling text, verbatim.
        source: where that text stood.
        since: the earliest sign of this failure.
        volume: name of the image volume; "" for containers.
        attempts: pull attempts counted so far, where an event tells.
        last_attempt: when the kubelet last tried, where an event tells.
    """

    pod: Pod
    container: str
    kind: ContainerKind
    image: str
    reference: ImageReference | None
    reason: str
    message: str
    source: Source
    symptom: Symptom
    since: datetime | None = None
    volume: str = ""
    attempts: int | None = None
    last_attempt: datetime | None = None

    @property
    def registry(self) -> str:
        """Host of the image's registry; "" when the reference does not parse."""
        return self.reference.registry if self.reference else ""

    def next_try(self, now: datetime) -> datetime | None:
        """When the kubelet's back-off ends; None when that is over, or when no event tells."""
        if not self.attempts or self.last_attempt is None:
            return None
        # The exponent is held small: counts in events run into the thousands.
        wait = min(_FIRST_BACK_OFF * 2 ** min(self.attempts - 1, 8), _LONGEST_BACK_OFF)
        expected = self.last_attempt + wait
        return expected if expected > now else None
