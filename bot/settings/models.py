"""The whole of the settings: an index of every option."""

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from bot.settings.approvals import Approval, Secrets, Witness
from bot.settings.carriers import Alertmanager, Webhook
from bot.settings.chat import People, Slack
from bot.settings.clusters import Cluster
from bot.settings.digests import Digest, several
from bot.settings.kinds import Duration, Interval, Section, UserPath, port, refuse, span
from bot.settings.operations import Operations
from bot.settings.registries import Registries
from bot.settings.routes import Route
from bot.settings.warnings import Warnings


class Detection(Section):
    """When a failure counts."""

    hold: Duration = span("60s")
    """How long a failure must last before it is told."""
    stalled_after: Duration = span("10m")
    """How long a pull may say nothing before it counts as stalled."""
    full_sweep_every: Annotated[int, Field(ge=1)] = 10
    """Every how many sweeps all pods are listed, instead of the Pending ones and those that events name."""
    flapping: Duration = span("30m")
    """How soon after its end a failure that returns is the same incident, on the same message."""
    calm: Duration = span("30s")
    """How long a message is left alone when only its numbers change."""
    storm_after: Annotated[int, Field(ge=1)] = 50
    """How many incidents of one cluster are told one by one; what goes beyond is one message."""


class Playbooks(Section):
    """Your own knowledge beside the shipped one."""

    folder: UserPath | None = None
    """A folder shaped like the shipped ``playbooks/``; the same id overrides."""


class Store(Section):
    """Where the bot remembers incidents and what is still to be told."""

    url: str = "sqlite:///imagepull.db"
    """``sqlite:///FILE`` for one replica, ``postgresql+asyncpg://user@host/database`` for several. No password in here."""
    password_file: UserPath | None = None
    """A file with the database's password; else PGPASSWORD or ~/.pgpass, as for psql."""
    keep: Interval = span("30d")
    """How long an incident is remembered after its end."""

    @model_validator(mode="after")
    def _no_password(self) -> "Store":
        user = self.url.partition("://")[2].rpartition("@")[0]
        if ":" in user:
            refuse("a password does not belong into url", "use password_file, PGPASSWORD or ~/.pgpass")
        return self


class Settings(Section):
    """Everything that can be set. Every key is optional."""

    clusters: dict[str, Cluster] = Field(default_factory=dict)
    """The clusters, by the name that ``-c`` takes and messages show."""
    registries: Registries = Registries()
    """The registries that may be asked, those that never are, and the mirrors that stand before them."""
    detection: Detection = Detection()
    """When a failure counts."""
    slack: Slack = Slack()
    """How the bot is in Slack."""
    routes: tuple[Route, ...] = ()
    """Which channel is told of what; the first that fits decides. Without one the bot answers, and tells nothing by itself."""
    people: People = People()
    """Who may ask the bot about what, and for what."""
    approvals: tuple[Approval, ...] = ()
    """Which changes may be made, and who must approve them; the first that fits decides. Without one the bot changes nothing."""
    secrets: Secrets = Secrets()
    """What may be done with pull secrets."""
    digest: Annotated[tuple[Digest, ...], BeforeValidator(several)] = ()
    """Which channels are told of each week in numbers, with a chart; unsaid, none. One for each channel."""
    witness: Witness | None = None
    """How a node that cannot pull may be asked what it sees; unsaid, none is."""
    webhooks: tuple[Webhook, ...] = ()
    """Who is told of incidents by signed HTTP requests."""
    alertmanager: Alertmanager = Alertmanager()
    """Alertmanagers that are told of every open incident."""
    warnings: Warnings = Warnings()
    """What the bot warns of before it breaks: tokens that end, images that are gone, registries that are given up."""
    store: Store = Store()
    """Where the bot remembers incidents and what is still to be told."""
    playbooks: Playbooks = Playbooks()
    """Your own knowledge beside the shipped one."""
    operations: Operations = Operations()
    """How the bot is watched."""

    @model_validator(mode="after")
    def _no_port_twice(self) -> "Settings":
        watched = self.operations.listen
        if watched and self.slack.mode != "off" and port(watched) == port(self.slack.listen):
            refuse(
                "operations.listen and slack.listen name one port",
                "give operations another one: 0.0.0.0:8080",
            )
        return self

    @model_validator(mode="after")
    def _no_digest_twice(self) -> "Settings":
        names = [each.channel for each in self.digest]
        if twice := next((each for each in names if names.count(each) > 1), ""):
            refuse(f"two digests go to {twice}", "one channel is told of a week once")
        return self

    @model_validator(mode="after")
    def _no_webhook_twice(self) -> "Settings":
        names = [each.name for each in self.webhooks]
        if twice := next((each for each in names if names.count(each) > 1), ""):
            refuse(f"two webhooks are called {twice!r}", "a name is what tells them apart")
        return self
