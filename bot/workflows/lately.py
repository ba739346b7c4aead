"""What failed when a cluster was last looked at: for lists that must be there while somebody types.

Reports in, a few names that match out. Bounded: in a storm the first few thousand tell enough.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from bot.facts.verdict import Report
from bot.ports.answering import Failing


# Beyond this nobody finds a pod by a list, and a person types a name.
_MOST = 20_000
_NEAR_ENOUGH = 0.6
# For finding misspelled names, which costs more than looking whether they hold what was typed.
_MOST_COMPARED = 500


class Lately:
    """The failing pods of each cluster, as of its last look.

    Args:
        fresh: how long a look is good enough to choose from.
    """

    def __init__(self, fresh: timedelta) -> None:
        self._fresh = fresh
        self._seen: dict[str, tuple[datetime, tuple[Failing, ...]]] = {}

    def note(self, cluster: str, failing: Iterable[Failing], moment: datetime) -> None:
        """Remember a look."""
        kept = tuple(each for each, _ in zip(dict.fromkeys(failing), range(_MOST), strict=False))
        self._seen[cluster] = moment, kept

    def forget(self, clusters: Iterable[str]) -> None:
        """Drop what is known of all clusters but these."""
        kept = set(clusters)
        self._seen = {name: seen for name, seen in self._seen.items() if name in kept}

    def knows(self, cluster: str, moment: datetime) -> bool:
        """Whether a look of late enough is remembered."""
        seen = self._seen.get(cluster)
        return seen is not None and moment - seen[0] <= self._fresh

    def find(
        self, cluster: str, typed: str, shows: Callable[[Failing], bool], most: int
    ) -> tuple[Failing, ...]:
        """The pods whose name holds what was typed, those that begin with it first; else the nearest names."""
        _, known = self._seen.get(cluster, (None, ()))
        wanted = typed.strip().lower()
        holding = [each for each in known if wanted in f"{each.namespace}/{each.pod}" and shows(each)]
        if not holding and wanted:
            holding = list(_near(wanted, filter(shows, known)))
        return tuple(sorted(holding, key=lambda each: _rank(each, wanted))[:most])


def failing(report: Report) -> Iterator[Failing]:
    """The failing pods of a report."""
    for each in report.diagnoses:
        pod = each.failure.pod
        yield Failing(report.cluster, pod.namespace, pod.name, each.failure.reason)


def _rank(each: Failing, wanted: str) -> tuple[bool, bool, str, str]:
    begins = each.pod.startswith(wanted) or f"{each.namespace}/{each.pod}".startswith(wanted)
    return not begins, wanted not in each.pod, each.namespace, each.pod


def _near(wanted: str, known: Iterator[Failing]) -> Iterator[Failing]:
    for each, _ in zip(known, range(_MOST_COMPARED), strict=False):
        # The end of a pod's name is made up by its controller; people misspell the beginning.
        if difflib.SequenceMatcher(None, wanted, each.pod[: len(wanted)]).ratio() >= _NEAR_ENOUGH:
            yield each
