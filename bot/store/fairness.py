"""How replicas share clusters evenly without speaking to each other: how many there are in, which cluster to give up out.

Each has as many as its share, rounded up, and whatever is free is taken at once by whoever asks. A cluster beyond the share is
given up once; where nobody took it by the next time it is asked for, nobody else wants it, and it is kept: replicas may have
different settings while those change.
"""


class Fairness:
    """One replica's part of the clusters that it asks for."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._given: set[str] = set()
        self._kept: set[str] = set()
        self._replicas = 1

    def asks(self, cluster: str) -> None:
        """It is one of those that there are."""
        self._asked.add(cluster)

    def forgets(self, cluster: str) -> None:
        """It is asked for no more."""
        for each in (self._asked, self._given, self._kept):
            each.discard(cluster)

    def counts(self, replicas: int) -> None:
        """There are so many replicas now, this one among them."""
        if replicas != self._replicas:
            self._replicas = max(replicas, 1)
            self._kept.clear()

    def gives(self, cluster: str, held: int) -> bool:
        """Whether to give up one of those that are held."""
        share = -(-len(self._asked) // self._replicas)
        gives = held > share and cluster not in self._kept
        if gives:
            self._given.add(cluster)
        return gives

    def took(self, cluster: str) -> None:
        """It was free."""
        if cluster in self._given:
            self._given.discard(cluster)
            self._kept.add(cluster)

    def is_elsewhere(self, cluster: str) -> None:
        """Somebody else has it."""
        self._given.discard(cluster)
