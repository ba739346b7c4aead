"""The clusters of the settings: how each is reached, how often it is looked at, which of its namespaces, and who changes it."""

from typing import Literal

from pydantic import Field, model_validator

from bot.settings.kinds import Budget, Interval, Names, Rate, Section, UserPath, refuse, span


class Namespaces(Section):
    """Which namespaces of a cluster are looked at. Patterns as a shell writes them: ``team-*``."""

    include: tuple[str, ...] = ()
    """Only these; nothing listed means all."""
    exclude: tuple[str, ...] = ()
    """Never these, even when included."""


class Writer(Section):
    """The identity that carries out approved changes: another one than the bot looks with."""

    context: str = ""
    """Another context than the cluster's own."""
    kubeconfig: UserPath | None = None
    """Another kubeconfig than the cluster's own."""
    token_file: UserPath | None = None
    """A file with a token, used instead of the credentials there; read again every minute."""

    @model_validator(mode="after")
    def _one_identity(self) -> "Writer":
        if not (self.token_file or self.context or self.kubeconfig):
            refuse("that is no identity", "name a context, a kubeconfig or a token_file")
        return self


def _identity(writer: Writer) -> tuple[object, ...]:
    return writer.context, writer.kubeconfig, writer.token_file


class Teller(Writer):
    """The identity that writes Events on failing workloads, and may do nothing else."""

    context: str = Field(default="", examples=["prod-teller"])
    """Another context than the cluster's own."""
    token_file: UserPath | None = Field(default=None, examples=["/run/secrets/teller-token"])
    """A file with a token, used instead of the credentials there; read again every minute."""
    namespaces: Names = ("*",)
    """In which namespaces: names or patterns; those that the identity has the right for."""


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
    watch: bool = False
    """Hear of failing pods as they begin to fail, by a watch beside the looks: within two seconds instead of one ``interval``."""
    deadline: Interval = span("2m")
    """How long one look of the bot may take; a cluster that hangs longer was not seen."""
    allow_exec: tuple[str, ...] = ()
    """Programs that the kubeconfig may start to get a token: ``aws``, ``gke-gcloud-auth-plugin``."""
    vantage: Literal["inside", "outside", "unknown"] = "unknown"
    """Where the bot stands: outside this cluster's network its own view of a registry counts against a node."""
    namespaces: Namespaces = Namespaces()
    """Which namespaces are looked at."""
    writer: Writer | None = None
    """Who carries out approved changes; unsaid, nothing is ever changed there."""
    teller: Teller | None = None
    """Who writes verdicts as Events on the workloads that fail; unsaid, nobody does. It counts after a restart."""
    changes: Rate = Field(default=Budget(20, 3600), json_schema_extra={"default": "20/h"})
    """How many changes are carried out at most: a number per s, m, h or d."""

    @model_validator(mode="after")
    def _writer_is_another(self) -> "Cluster":
        if self._is_own(self.writer):
            refuse(
                "writer is the identity that the bot looks with",
                "give changes an identity of their own, with the rights of tier 3",
            )
        if self._is_own(self.teller):
            refuse(
                "teller is the identity that the bot looks with",
                "give Events an identity of their own, with the rights of deploy/rbac/tier-tell.yaml",
            )
        if self.writer and self.teller and _identity(self.writer) == _identity(self.teller):
            refuse("teller is the identity that changes", "give Events an identity of their own")
        return self

    def _is_own(self, other: Writer | None) -> bool:
        """Whether it is who looks."""
        if other is None or other.token_file or self.in_cluster:
            return False
        return other.kubeconfig in (None, self.kubeconfig) and other.context == self.context

    @model_validator(mode="after")
    def _one_way_in(self) -> "Cluster":
        if self.in_cluster and (self.context or self.kubeconfig):
            refuse("in_cluster leaves no room for context or kubeconfig; keep one of them")
        return self
