"""What a workspace holds before anybody speaks: the team, its people and channels, and the app with its rights.

The default is the workspace of the demo; a test changes it with :func:`dataclasses.replace`.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Seated:
    """Somebody in the workspace.

    Attributes:
        handle: the name after the @.
        team: of somebody from another workspace, its id; empty for one of ours.
    """

    id: str
    handle: str
    real_name: str
    title: str
    deleted: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    is_admin: bool = False
    team: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A user group; its members by handle."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A channel; its members by handle, the app by its own name."""

    id: str
    name: str
    members: tuple[str, ...]
    topic: str = ""
    private: bool = False
    archived: bool = False
    shared: bool = False


# What the bot's manifest asks for: design page on Slack.
SCOPES = frozenset(
    {
        "commands",
        "chat:write",
        "users:read",
        "usergroups:read",
        "channels:read",
        "groups:read",
        "app_mentions:read",
        "im:history",
        "files:write",
    }
)


@dataclass(frozen=True, slots=True)
class Installed:
    """The app in the workspace.

    Attributes:
        handle: of its bot user.
        events: what it subscribes to; ``message.im`` stands for messages in direct ones.
        escapes: whether mentions in a command's text come as ids (``should_escape`` in the manifest).
    """

    id: str = "A0SIMULATED"
    bot_id: str = "B0SIMULATED"
    user_id: str = "U0IMAGEPULL"
    handle: str = "imagepull"
    name: str = "imagepull"
    command: str = "/imagepull"
    usage_hint: str = "why [pod] | sweep | help"
    scopes: frozenset[str] = SCOPES
    events: frozenset[str] = frozenset({"app_mention", "message.im", "app_home_opened"})
    escapes: bool = False


def _people() -> tuple[Seated, ...]:
    return (
        Seated("U0000000DANA", "dana", "Dana Reyes", "developer", email="dana@acme.example"),
        Seated("U00000000SAM", "sam", "Sam Okafor", "SRE", is_admin=True, email="sam@acme.example"),
        Seated("U00000000LEE", "lee", "Lee Novak", "stranger", email="lee@acme.example"),
        Seated("U0000000GUST", "gus", "Gus Weber", "guest", is_restricted=True, email="gus@agency.example"),
        Seated("U00000000UMA", "uma", "Uma Lindt", "single-channel guest", is_ultra_restricted=True),
        Seated("U0000000RILE", "riley", "Riley Cho", "from Globex", team="T0GLOBEX0001"),
        Seated("U0000000MORG", "morgan", "Morgan Silva", "deactivated", deleted=True),
        Seated("U0000DEPLOYB", "deploybot", "Deploy Bot", "another bot", is_bot=True),
    )


def _groups() -> tuple[Group, ...]:
    return (
        Group("S0DEVELOPERS", "developers", "Developers", ("dana",)),
        Group("S0000000SRES", "sre", "SRE", ("sam",)),
        Group("S0000PLATFOR", "platform", "Platform", ("sam",)),
    )


def _channels() -> tuple[Place, ...]:
    ours = ("dana", "sam", "lee")
    return (
        Place("C0IMAGEPULLS", "image-pulls", (*ours, "imagepull"), "What Kubernetes cannot pull, and why"),
        Place("C0SHOPONCALL", "shop-oncall", (*ours, "gus", "imagepull"), "The shop's team"),
        Place("C000PAYMENTS", "payments", ("dana", "sam", "riley", "imagepull"), "With Globex", shared=True),
        Place("C0PLATFORMAL", "platform-alerts", ("sam", "imagepull", "deploybot"), "Nodes and registries"),
        Place("C00000RANDOM", "random", (*ours, "gus", "uma"), "Anything"),
        Place("C0SREPRIVATE", "sre-private", ("sam", "imagepull"), "SRE only", private=True),
        Place("C0BOARDROOM0", "board", ("lee",), "Nobody invited the bot", private=True),
        Place("C00000000OLD", "old-alerts", ("sam", "imagepull"), "Moved", archived=True),
    )


@dataclass(frozen=True, slots=True)
class Seed:
    """A whole workspace.

    Attributes:
        paid: user groups exist on paid plans only.
        keeps: messages kept per channel.
    """

    team_id: str = "T0ACME000001"
    team_name: str = "Acme"
    domain: str = "acme"
    people: tuple[Seated, ...] = field(default_factory=_people)
    groups: tuple[Group, ...] = field(default_factory=_groups)
    channels: tuple[Place, ...] = field(default_factory=_channels)
    app: Installed = field(default_factory=Installed)
    paid: bool = True
    keeps: int = 1_000


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things take or hold, in seconds.

    Attributes:
        ack: until a delivery that was not acknowledged is given up.
        retries: how long after the failure an event is tried again, each time.
        trigger: how long a trigger_id holds.
        response_url: how long one holds.
        ping: between pings to a socket.
    """

    # https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response
    ack: float = 3.0
    # https://docs.slack.dev/apis/events-api/#retries
    retries: tuple[float, ...] = (0.0, 60.0, 300.0)
    # https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses
    trigger: float = 3.0
    # https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    response_url: float = 1_800.0
    ping: float = 10.0
