"""The clusters of the settings: how each is reached, how often it is looked at, and which of its namespaces."""

from typing import Literal

from pydantic import model_validator

from bot.settings.kinds import Interval, Section, UserPath, refuse, span


class Namespaces(Section):
    """Which namespaces of a cluster are looked at. Patterns as a shell writes them: ``team-*``."""

    include: tuple[str, ...] = ()
    """Only these; nothing listed means all."""
    exclude: tuple[str, ...] = ()
    """Never these, even when included."""


class Cluster(Section):
    """How one cluster is reached, by its name in the settings."""

    context: str = ""
    """Context of the kubeconfig; empty for the current one."""
    kubeconfig: UserPath | None = None
    """Another kubeconfig than the usual one."""
    in_cluster: bool = False
    """Use the identity of the pod that the bot runs in."""
    interval: Interval = span("60s")
    """How often the bot looks."""
    deadline: Interval = span("2m")
    """How long one look of the bot may take; a cluster that hangs longer was not seen."""
    allow_exec: tuple[str, ...] = ()
    """Programs that the kubeconfig may start to get a token: ``aws``, ``gke-gcloud-auth-plugin``."""
    vantage: Literal["inside", "outside", "unknown"] = "unknown"
    """Where the bot stands: outside this cluster's network its own view of a registry counts against a node."""
    namespaces: Namespaces = Namespaces()
    """Which namespaces are looked at."""

    @model_validator(mode="after")
    def _one_way_in(self) -> "Cluster":
        if self.in_cluster and (self.context or self.kubeconfig):
            refuse("in_cluster leaves no room for context or kubeconfig; keep one of them")
        return self
