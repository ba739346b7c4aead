"""The bot in Slack: a desk in, people answered out.

Bolt does the talking, over Socket Mode or HTTP; who listens to what stands in :mod:`bot.slack.listening`. Here it is put
together, started, watched and stopped. A token that is wrong ends the start; Slack being away does not.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from aiohttp import ClientSession, ClientTimeout
from slack_bolt.authorization import AuthorizeResult

from bot.errors import BotError, SettingsError
from bot.facts.document import Unchecked
from bot.facts.people import Asker
from bot.ports.answering import Desk
from bot.ports.judging import Jury
from bot.ports.repairing import Repairs
from bot.slack import admission
from bot.slack.admission import Identity
from bot.slack.asking import Asking
from bot.slack.connecting import Line
from bot.slack.conversation import Conversation, Sharing
from bot.slack.counting import CountedClient, Failed, unheard
from bot.slack.door import Door
from bot.slack.forms import Forms
from bot.slack.homes import Homes
from bot.slack.intake import Intake
from bot.slack.judging import Judging
from bot.slack.listening import Answering, Bolt, Crews, Listeners
from bot.slack.members import Members
from bot.slack.once import First, Once
from bot.slack.replying import Replies
from bot.slack.working import Crew, Traffic


_LOG = logging.getLogger("imagepull.slack")
_TIMEOUT = ClientTimeout(total=30)
_GRACE = 5.0
_QUICK = 16
_DISPATCHED_AT_ONCE = 8
# From the first time that Slack is away to how often it is tried in the end.
_PATIENCE = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True)
class Options:
    """How the bot is in Slack.

    Attributes:
        bot_token: ``xoxb-…``.
        app_token: ``xapp-…``, for Socket Mode.
        signing_secret: for HTTP.
        api_url: Slack's Web API.
        proxy: through which Slack is reached; "" for none. No variable is read.
        host: where HTTP listens.
        ping: seconds between two signs of life of Socket Mode.
        failed: is told of each call of Slack's that failed.
    """

    bot_token: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    mode: Literal["socket", "http"] = "socket"
    share: Sharing = "ephemeral"
    api_url: str = "https://slack.com/api/"
    proxy: str = ""
    host: str = "0.0.0.0"  # noqa: S104 - where Slack comes in over HTTP, as the settings' own default
    port: int = 3000
    path: str = "/slack/events"
    ping: float = 10.0
    failed: Failed = unheard


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is.

    Attributes:
        now: with its zone.
        seconds: only grows; for spans.
    """

    now: Callable[[], datetime]
    seconds: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Health:
    """How it stands with Slack, for ``doctor`` and the metrics.

    Attributes:
        connected: what people say arrives.
        team: name of the workspace; "" while it is not known.
        troubles: what does not work, why, and what mends it.
    """

    connected: bool
    team: str
    troubles: tuple[Unchecked, ...]


class SlackApp:
    """The bot in Slack. Made, then started, then stopped, in one event loop.

    Args:
        options: how it is connected.
        desk: answers.
        clock: tells the time.
        first: says of a key whether no replica was sent it before; without one there is but this replica.
        traffic: told of what waits to be acknowledged.
        repairs: changes what is wrong, after approval; without it nothing can be asked for.
        jury: hears whether verdicts were right; without it nobody does.

    Raises:
        SettingsError: a token or the signing secret is missing.
    """

    def __init__(  # noqa: PLR0913  # each is another room's
        self,
        options: Options,
        desk: Desk,
        clock: Clock,
        first: First | None = None,
        traffic: Traffic | None = None,
        *,
        repairs: Repairs | None = None,
        jury: Jury | None = None,
    ) -> None:
        _check(options)
        self._options = options
        self._desk = desk
        self._repairs = repairs
        self._jury = jury
        self._clock = clock
        self._first = first
        self._silent = _silent()
        self.client: Final = CountedClient(
            options.failed,
            token=options.bot_token,
            base_url=options.api_url,
            logger=self._silent,
            retry_handlers=[],
        )
        self.client.proxy = options.proxy or None
        self._identity: Identity | None = None
        self._members = Members(
            self.client, lambda: self._identity.team if self._identity else "", clock.seconds
        )
        self._traffic = traffic or Traffic()
        self._crews = Crews(Crew(_fell_over, self._traffic), Crew(_fell_over, self._traffic, _QUICK))
        # What is acknowledged and not yet understood.
        self._early = Crew(_fell_over, self._traffic, _DISPATCHED_AT_ONCE)
        self._session: ClientSession | None = None
        self._line: Line | None = None
        self._door: Door | None = None
        self._trouble: BotError | None = None
        self._coming: asyncio.Task[None] | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """Where HTTP listens; 0 while it does not."""
        return self._port

    async def start(self) -> None:
        """Connect. Where Slack is away it is tried again until it is there.

        Raises:
            SettingsError: Slack does not take a token, or there is no listening where the settings say.
        """
        self._session = ClientSession(timeout=_TIMEOUT)
        self.client.session = self._session
        replies = Replies(self.client, self._session, self._options.proxy)
        bolt = self._listening(replies)
        intake = Intake(bolt.async_dispatch, replies, self._early, self._crews.quick, self._traffic)
        try:
            await self._enter(bolt, intake)
        except SettingsError:
            await self.stop()
            raise
        except BotError as error:
            self._trouble = error
            self._coming = asyncio.create_task(self._keep_entering(bolt, intake))

    async def stop(self) -> None:
        """Hear nothing more, finish what is being answered, and go."""
        if self._coming is not None:
            self._coming.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._coming
        if self._door is not None:
            await self._door.close()
            self._door = None
        if self._line is not None:
            await self._line.close()
            self._line = None
        left = 0
        # In the order in which they hand on to each other.
        for crew in (self._early, self._crews.thorough, self._crews.quick):
            left += await crew.stop(_GRACE)
        if left:
            _LOG.warning("%d things that people asked in Slack were not finished before the end", left)
        if self._session is not None:
            await self._session.close()

    async def present(self, people: Sequence[str], channel: str) -> tuple[Asker, ...]:
        """Those of some ``team/id`` whom the workspace knows at this moment, in the channel of that id.

        Raises:
            Refused: Slack does not say.
            BotError: it has not let the bot in yet.
        """
        return await self._members.present(people, channel)

    def health(self) -> Health:
        """How it stands now, without asking anybody."""
        found = self._identity
        troubles = list(admission.shortcomings(found)) if found else []
        named = dict(self._members.troubles)
        if self._trouble is not None:
            named["Slack"] = self._trouble
        elif found is not None and not self._is_connected():
            named["the line to Slack"] = BotError(
                "it is broken", "it is opened again by itself; is Slack reached?"
            )
        troubles += [Unchecked(what, error.message, error.hint) for what, error in named.items()]
        return Health(self._is_connected(), found.team_name if found else "", tuple(troubles))

    async def check(self) -> Health:
        """The same, after Slack was asked whether the token is still good."""
        try:
            self._identity = await admission.admitted(self.client)
        except BotError as error:
            self._trouble = error
        else:
            self._trouble = None
        return self.health()

    def _listening(self, replies: Replies) -> Bolt:
        """Everybody who has a part in it."""
        options, desk, clock = self._options, self._desk, self._clock
        conversation = Conversation(
            Asking(desk, clock.now, self._repairs, self._jury),
            self._members,
            replies,
            options.share,
            clock.seconds,
        )
        listeners = Listeners(
            answering=Answering(
                conversation,
                Forms(desk, self._members, self.client, conversation),
                Homes(desk, self._members, self.client, clock.now, self._repairs),
                Judging(self._jury, self._members, replies, self.client),
            ),
            crews=self._crews,
            once=Once(clock.seconds, shared=self._first),
            bot=lambda: self._identity.user if self._identity else "",
        )

        async def authorized() -> AuthorizeResult:
            # Nothing is heard before this is known; and it is asked once, not in the three seconds that Slack waits.
            known = self._identity or Identity("", "")
            return AuthorizeResult(
                enterprise_id=None,
                team_id=known.team,
                bot_user_id=known.user,
                bot_id=known.bot,
                bot_token=options.bot_token,
            )

        bolt = Bolt(
            # Bolt silences the log of that name with its own.
            name=self._silent.name,
            client=self.client,
            authorize=authorized,
            logger=self._silent,
            # The door has done it: what comes here was signed, or came through our own socket.
            request_verification_enabled=False,
            ssl_check_enabled=False,
            signing_secret=options.signing_secret,
        )
        listeners.listen(bolt)
        return bolt

    async def _enter(self, bolt: Bolt, intake: Intake) -> None:
        """Learn who the bot is, and only then listen."""
        self._identity = await admission.admitted(self.client)
        if self._options.mode == "http":
            door = Door(
                self._options.signing_secret,
                bolt.async_dispatch,
                intake,
                lambda: self._clock.now().timestamp(),
            )
            self._port = await door.open(self._options.host, self._options.port, self._options.path)
            self._door = door
        else:
            url = await admission.socket_url(self.client, self._options.app_token)
            self._line = Line(
                bolt=bolt,
                intake=intake,
                app_token=self._options.app_token,
                silent=self._silent,
                proxy=self._options.proxy,
                ping=self._options.ping,
            )
            await self._line.open(url)
        self._trouble = None

    async def _keep_entering(self, bolt: Bolt, intake: Intake) -> None:
        waits = iter(_PATIENCE)
        wait = next(waits)
        while True:
            await asyncio.sleep(wait)
            wait = next(waits, _PATIENCE[-1])
            try:
                await self._enter(bolt, intake)
            except BotError as error:
                self._trouble = error
                _LOG.warning("Slack: %s (%s)", error.message, error.hint)
            else:
                return

    def _is_connected(self) -> bool:
        if self._options.mode == "http":
            return self._door is not None
        return self._line is not None and self._line.connected


def _check(options: Options) -> None:
    if not options.bot_token.startswith("xoxb-"):
        raise SettingsError("the bot token is none", "it begins with xoxb-; see OAuth & Permissions")
    if options.mode == "socket" and not options.app_token.startswith("xapp-"):
        raise SettingsError("the app token is none", "it begins with xapp-; see Basic Information")
    if options.mode == "http" and not options.signing_secret.strip():
        raise SettingsError("the signing secret is empty", "Slack's page of the app: Basic Information")


def _fell_over(error: BaseException) -> None:
    """What no answer should let out; of strangers' errors the kind alone, as their words may hold what was sent."""
    told = f"{error.message} ({error.hint})" if isinstance(error, BotError) else type(error).__name__
    _LOG.error("an answer in Slack failed: %s", told)


def _silent() -> logging.Logger:
    """A log that keeps nothing: Bolt and the SDK write whole requests, an attacker's too."""
    silent = logging.getLogger("imagepull.bolt")
    silent.setLevel(logging.CRITICAL + 1)
    silent.disabled = True
    return silent
