"""Incidents as looks find them, and a memory that carries them from look to look: what the tests of their life stand on."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.facts.cause import Scope
from bot.facts.episode import Episode
from bot.facts.failure import Workload
from bot.facts.verdict import Confidence, Diagnosis, Incident, Place, Verdict
from bot.incidents import lifecycle
from bot.incidents.lifecycle import Change, Outcome, Patience, Turn
from bot.incidents.looking import Look
from tests import cases
from tests.fakes.cluster import NOW


SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
REGISTRY = "registry.example"


def diagnosis(
    workload: str = "shop/web", image: str = cases.IMAGE, pods: int = 0, **changes: Any
) -> Diagnosis:
    """One failing pod of ``namespace/name``, since the very moment of the look unless ``since`` says otherwise."""
    namespace, _, name = workload.partition("/")
    about = cases.pod(f"{name}-{pods}", image, namespace=namespace)
    failure = cases.failure(about=about, since=changes.pop("since", None))
    verdict = Verdict("it", changes.pop("sure", Confidence.HIGH), ())
    return Diagnosis(failure, Workload("Deployment", namespace, name), verdict)


def incident(
    *workloads: str,
    cause: str | None = "it",
    scope: Scope = Scope.WORKLOAD,
    sure: Confidence = Confidence.HIGH,
    pods: int = 1,
    **changes: Any,
) -> Incident:
    """One cause in one place; of a scope that names a workload the first one is it."""
    names = workloads or ("shop/web",)
    namespace, _, name = names[0].partition("/")
    place = {
        Scope.WORKLOAD: Place(scope, namespace=namespace, workload=f"Deployment/{name}"),
        Scope.NAMESPACE: Place(scope, namespace=namespace, registry=REGISTRY),
        Scope.NODE: Place(scope, node="node-a"),
        Scope.REGISTRY: Place(scope, registry=changes.pop("registry", REGISTRY)),
        Scope.CLUSTER: Place(scope),
    }[scope]
    found = [diagnosis(each, pods=number, sure=sure, **changes) for each in names for number in range(pods)]
    return Incident(cause, place, sure, tuple(found))


@dataclass
class Memory:
    """What a store would keep, in plain Python.

    Attributes:
        episodes: by id.
        changes: all that was to be told so far.
        moment: of the last look.
    """

    patience: Patience = Patience()  # noqa: RUF009  # frozen
    episodes: dict[str, Episode] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    moment: datetime = NOW

    def look(
        self, *incidents: Incident, after: timedelta = MINUTE, cluster: str = "eu", **seen: Any
    ) -> list[Turn]:
        """Look again, so long after the last time: what is to be told."""
        self.moment += after
        return self.take(
            lifecycle.advance(
                self.episodes.values(), Look(cluster, self.moment, incidents, **seen), self.patience
            )
        )

    def take(self, outcome: Outcome) -> list[Turn]:
        """Keep what came of something."""
        for each in outcome.forgotten:
            del self.episodes[each.id]
        for each in outcome.changed:
            self.episodes[each.id] = replace(each, version=each.version + 1)
        self.changes += outcome.changes
        return [each.turn for each in outcome.changes]

    @property
    def live(self) -> Sequence[Episode]:
        """What goes on."""
        return [each for each in self.episodes.values() if each.stage.is_live]

    @property
    def only(self) -> Episode:
        """The one that there is."""
        (episode,) = self.episodes.values()
        return episode


def opened(*incidents: Incident, patience: Patience | None = None, **seen: Any) -> Memory:
    """A memory in which these are open already."""
    memory = Memory(patience or Patience())
    memory.look(*incidents, **seen)
    memory.look(*incidents, **seen)
    return memory
