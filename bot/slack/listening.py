"""What Slack sends, acknowledged and taken up: a payload in, work for the crew out.

Slack waits three seconds and sends again what it thinks was not heard. So every listener acknowledges, whatever
happens, does nothing twice, and leaves what takes time to others; what nobody listens for is acknowledged as well.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.errors import BotError, UsageError
from bot.slack import answers, commands, confirmations, home, incoming, modal, names, pressing, verdicts
from bot.slack.commands import Command, Verb
from bot.slack.conversation import Conversation
from bot.slack.forms import Forms
from bot.slack.homes import Homes
from bot.slack.incoming import Body, Caller
from bot.slack.intake import shown
from bot.slack.judging import ACTIONS, Judging
from bot.slack.once import Once
from bot.slack.working import Crew


Ack = Callable[..., Awaitable[Any]]
_SLOW = (Verb.WHY, Verb.FIX, Verb.SWEEP)
_CARE = (Verb.ACK, Verb.SNOOZE)
# Slack waits three seconds for options, and has to get them.
_OPTIONS_WITHIN = 2.5
_ANYTHING: Final = re.compile(r"[\s\S]*")
# Bolt acknowledges nothing that nobody listens for, or that it cannot read itself, and Slack sends it again.
_UNHEARD = frozenset({404, 500})
_LOG = logging.getLogger("imagepull.slack")


class Bolt(AsyncApp):
    """Bolt, which answers 200 to everything that is genuine: what is not acknowledged comes again."""

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Have it heard, and acknowledged in any case."""
        response: BoltResponse | None = await super().async_dispatch(req)
        if response is not None and response.status not in _UNHEARD:
            return response
        _LOG.warning("Slack sent something that nothing here answers")
        return BoltResponse(status=200, body="")


@dataclass(frozen=True, slots=True)
class Crews:
    """Who does the work: what may take half a minute, and what must not wait behind that."""

    thorough: Crew
    quick: Crew


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers people.

    Attributes:
        conversation: tells them what they asked.
        forms: asks them.
        homes: shows them how it stands.
        judging: takes what they say of verdicts.
    """

    conversation: Conversation
    forms: Forms
    homes: Homes
    judging: Judging


class Listeners:
    """Listens to everything.

    Args:
        answering: answers it.
        crews: do what takes time.
        once: knows what was heard before.
        bot: gives the bot's own user id.
    """

    def __init__(
        self,
        *,
        answering: Answering,
        crews: Crews,
        once: Once,
        bot: Callable[[], str],
    ) -> None:
        self._conversation = answering.conversation
        self._forms = answering.forms
        self._homes = answering.homes
        self._judging = answering.judging
        self._crews = crews
        self._once = once
        self._bot = bot

    def listen(self, bolt: AsyncApp) -> None:
        """Have Bolt call what is here, and nothing fall through."""
        bolt.command(_ANYTHING)(self._guarded(self._command))
        bolt.event("app_mention")(self._guarded(self._said))
        bolt.event("message")(self._guarded(self._said))
        bolt.event("app_home_opened")(self._guarded(self._home_opened))
        bolt.view(modal.VIEW)(self._guarded(self._submitted))
        bolt.view(verdicts.VIEW)(self._guarded(self._judged))
        bolt.options(modal.POD)(self._guarded(self._searched))
        bolt.block_action(_ANYTHING)(self._guarded(self._clicked))
        for anything in (bolt.action, bolt.options, bolt.view, bolt.view_closed, bolt.shortcut, bolt.event):
            anything(_ANYTHING)(self._guarded(_nothing))

    def _guarded(self, listener: Callable[[Ack, Body], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        """Nothing escapes: Bolt loses the acknowledgement with it."""

        async def guarded(ack: Ack, body: Body) -> None:
            try:
                await listener(ack, body)
            except Exception as error:  # noqa: BLE001 - and what it says may hold the body
                _LOG.error("a listener of Slack failed: %s", type(error).__name__)
                if getattr(ack, "response", None) is None:
                    await ack(shown(confirmations.fell_over()) if "command" in body else "")

        return guarded

    async def _command(self, ack: Ack, body: Body) -> None:
        caller, typed = incoming.of_command(body), incoming.text(body, "text")
        if caller is None or not self._once.first(incoming.key(body)):
            await ack()
            return
        try:
            command = commands.read(typed)
        except UsageError as error:
            await ack(shown(answers.refused(error)))
            return
        if command.verb is Verb.HELP:
            await ack(shown(answers.helped()))
            return
        if self._take_up(caller, command, body):
            await ack()
        else:
            await ack(shown(confirmations.busy()))

    def _take_up(self, caller: Caller, command: Command, body: Body) -> bool:
        """Hand it over; False when that is too much."""
        if command.verb is Verb.ASK and caller.trigger:
            return self._crews.quick.start(self._alone(body, lambda: self._forms.open(caller)))
        crew = self._crews.thorough if command.verb in _SLOW else self._crews.quick
        return crew.start(self._alone(body, lambda: self._answer(caller, command)))

    def _alone(self, body: Body, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """The same work, unless another replica was sent it as well and came first."""
        key = incoming.key(body)

        async def alone() -> None:
            if await self._once.anywhere(key):
                await work()

        return alone

    async def _answer(
        self, caller: Caller, command: Command, *, after: bool = False, quiet: bool = False
    ) -> None:
        await self._conversation.answer(caller, command, after=after, quiet=quiet)
        if command.verb in _CARE:
            await self._homes.renew(caller)

    async def _said(self, ack: Ack, body: Body) -> None:
        await ack()
        caller, event = incoming.of_event(body), body.get("event")
        is_mention = incoming.text(event, "type") == "app_mention"
        if caller is None or not (is_mention or caller.private) or not self._once.first(incoming.key(body)):
            return
        said = commands.after_mention(incoming.text(event, "text"), self._bot())
        try:
            command = commands.read(said)
        except UsageError as error:
            told = answers.refused(error)
            self._crews.quick.start(lambda: self._conversation.say(caller, told))
            return
        if not self._take_up(caller, command, body):
            self._crews.quick.start(lambda: self._conversation.say(caller, confirmations.busy()))

    async def _home_opened(self, ack: Ack, body: Body) -> None:
        await ack()
        caller = incoming.of_event(body)
        if (
            caller
            and incoming.text(body, "event", "tab") != "messages"
            and self._once.first(incoming.key(body))
        ):
            self._crews.quick.start(lambda: self._homes.publish(caller))

    async def _clicked(self, ack: Ack, body: Body) -> None:
        await ack()
        caller, click = incoming.of_interaction(body), incoming.click(body)
        if caller is None or click is None or not self._once.first(incoming.key(body)):
            return
        crew = self._crews.thorough if click.action.startswith(pressing.LONG) else self._crews.quick
        if not crew.start(self._alone(body, lambda: self._act(caller, click, body))):
            self._crews.quick.start(lambda: self._conversation.say(caller, confirmations.busy()))

    async def _act(self, caller: Caller, click: incoming.Click, body: Body) -> None:
        """Do what a button or a select says; one that nobody knows does nothing."""
        action, value = click.action, click.value
        if action == names.ASK:
            await self._forms.open(caller)
        elif action == names.SHARE:
            await self._conversation.share(caller, value)
        elif action == home.REFRESH:
            await self._homes.publish(caller)
        elif action == modal.CLUSTER:
            await self._forms.choose(caller, body, value)
        elif action in pressing.OF_PLANS:
            await self._conversation.decide(caller, click)
        elif action in ACTIONS:
            await self._judging.press(caller, click)
        elif action.startswith(pressing.TYPED):
            await self._as_typed(caller, click)

    async def _as_typed(self, caller: Caller, click: incoming.Click) -> None:
        """What a button's value says is read as if it had been typed, and means no more than its button may."""
        try:
            command = commands.read(click.value)
        except UsageError as error:
            await self._conversation.refuse(caller, error)
            return
        if not pressing.may_mean(click.action, command):
            await self._conversation.refuse(
                caller, UsageError("this button says nothing that it may", "ask again")
            )
            return
        # Choices stand in a message of their own, which the answer takes the place of; alerts stay as they are.
        is_choice = click.action.startswith(names.CHOOSE)
        await self._answer(caller, command, after=is_choice, quiet=not caller.channel)

    async def _submitted(self, ack: Ack, body: Body) -> None:
        caller = incoming.of_interaction(body)
        wrong = self._forms.wrong(body, caller) if caller else None
        if wrong:
            await ack(dict(wrong))
            return
        await ack()
        if caller and self._once.first(incoming.key(body)):
            self._crews.thorough.start(self._alone(body, lambda: self._forms.submit(caller, body)))

    async def _judged(self, ack: Ack, body: Body) -> None:
        await ack()
        caller = incoming.of_interaction(body)
        if caller and self._once.first(incoming.key(body)):
            self._crews.quick.start(self._alone(body, lambda: self._judging.submit(caller, body)))

    async def _searched(self, ack: Ack, body: Body) -> None:
        caller = incoming.of_interaction(body)
        found: list[Mapping[str, Any]] = []
        try:
            async with asyncio.timeout(_OPTIONS_WITHIN):
                found = list(await self._forms.offer(caller, body)) if caller else []
        except (TimeoutError, BotError) as error:
            _LOG.warning("a search found no answer: %s", type(error).__name__)
        await ack(options=found)


async def _nothing(ack: Ack, _body: Body) -> None:
    await ack()
