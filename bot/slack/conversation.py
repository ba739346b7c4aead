"""A conversation: somebody's command in, the desk asked, the answer to them out.

The asker hears first and alone, and may share it; in direct messages, and where the operator wants it so, it is posted
with its thread at once. What is refused is told to the asker alone, always.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal

from bot.errors import BotError, UsageError
from bot.slack import answers, commands, confirmations
from bot.slack.asking import Asking, Reply
from bot.slack.commands import Command, Verb
from bot.slack.deciding import Deciding
from bot.slack.incoming import Caller, Click
from bot.slack.members import Members
from bot.slack.message import Message
from bot.slack.replying import Replies
from bot.slack.sharing import Answers, Kept
from bot.slack.webapi import Refused


Sharing = Literal["ephemeral", "channel"]
# As many messages as an address to answer at takes, but for what comes after.
_MOST_OPEN = 4
# How long somebody waits without a word. What a command is told first cannot be replaced by what comes after
# (https://github.com/slackapi/bolt-js/issues/2287), so a quick answer comes without it.
_PATIENT = 2.0
# What hangs longer is given up, so that others are answered.
_LONGEST = 120.0
# Sharing an answer does nothing but that, whatever a button's value says.
_NEVER_AGAIN = (Verb.ASK, Verb.ACK, Verb.SNOOZE)
_UNSEEN = frozenset({"not_in_channel", "channel_not_found"})
_UNINVITED = "for the thread and files the bot must be a member here: /invite it"


class Conversation:
    """Tells people what they asked.

    Args:
        asking: has the answers.
        members: says who somebody is.
        replies: reaches them.
        share: whether the asker hears first, or all of the channel.
        seconds: a clock that only grows.
        patient: how many seconds somebody waits without a word.
    """

    def __init__(
        self,
        asking: Asking,
        members: Members,
        replies: Replies,
        share: Sharing,
        seconds: Callable[[], float],
        patient: float = _PATIENT,
    ) -> None:
        self._asking = asking
        self._members = members
        self._replies = replies
        self._share = share
        self._patient = patient
        self._answers = Answers(seconds)
        self._deciding = Deciding(asking.repairs, members, replies)

    async def answer(
        self, caller: Caller, command: Command, *, after: bool = False, quiet: bool = False
    ) -> None:
        """Ask, and tell.

        Args:
            caller: who wants to know.
            command: what.
            after: something was said or clicked that the answer takes the place of.
            quiet: what shows by itself where it was clicked need not be told.
        """
        try:
            reply = await self._reply(caller, command, after=after)
            if not (quiet and reply.done):
                # What changes something is never done again by sharing its answer.
                asked = "" if command.is_wish else commands.spelled(command)
                await self._deliver(caller, reply, asked, after=after)
        except BotError as error:
            await self._replies.privately(caller, answers.refused(error), replace=after)
        except Exception:
            await self._replies.privately(caller, confirmations.fell_over(), replace=after)
            raise

    async def say(self, caller: Caller, told: Message, *, after: bool = False) -> None:
        """Tell the one who asked, and nobody else."""
        await self._replies.privately(caller, told, replace=after)

    async def refuse(self, caller: Caller, error: BotError) -> None:
        """Tell the one who asked what is off."""
        await self.say(caller, answers.refused(error))

    async def decide(self, caller: Caller, click: Click) -> None:
        """Take a yes or no to a plan."""
        await self._deciding.press(caller, click)

    async def share(self, caller: Caller, value: str) -> None:
        """Post to the channel what somebody was told there before, in their name.

        Args:
            caller: who clicked.
            value: of the button; anything, as far as we know.
        """
        kept = self._answers.of(value, caller)
        if kept is not None and kept.shared:
            await self._replies.privately(caller, confirmations.shared_before())
            return
        try:
            kept = kept or await self._asked_again(caller, value.partition(" ")[2])
            kept.shared = True
            await self._post(caller, kept)
        except BotError as error:
            if kept is not None:
                kept.shared = False
            await self._replies.privately(caller, answers.refused(error))

    async def _reply(self, caller: Caller, command: Command, *, after: bool = False) -> Reply:
        """What there is to tell; who waits long is told that it takes a while."""
        who = self._members.afresh if command.is_wish else self._members.asker
        asker = await who(caller)
        asked = asyncio.ensure_future(self._asking.reply(asker, command))
        try:
            await asyncio.wait({asked}, timeout=self._patient)
            if not asked.done():
                looking = confirmations.looking(commands.spelled(command))
                await self._replies.privately(caller, looking, replace=after)
            async with asyncio.timeout(_LONGEST):
                return await asked
        except TimeoutError:
            raise BotError(
                "this took too long", "`clusters` tells which one is slow; ask about less"
            ) from None
        finally:
            asked.cancel()

    async def _deliver(self, caller: Caller, reply: Reply, asked: str, *, after: bool) -> None:
        if not reply.open:
            await self._alone(caller, reply.messages, after=after)
        elif caller.private or not caller.channel:
            await self._openly(caller, reply.messages)
        elif self._share == "channel" and await self._opened(caller, reply.messages):
            if after:
                await self._replies.answered(caller, {"delete_original": True})
        else:
            value = self._answers.keep(caller, reply.messages, asked)
            await self._alone(caller, answers.alone(reply.messages, value), after=after)

    async def _alone(self, caller: Caller, told: Sequence[Message], *, after: bool) -> None:
        for number, each in enumerate(told):
            await self._replies.privately(caller, each, replace=after and number == 0)

    async def _openly(self, caller: Caller, told: Sequence[Message]) -> None:
        for each in told:
            await self._replies.openly(caller, each)

    async def _opened(self, caller: Caller, told: Sequence[Message]) -> bool:
        """Post to the channel; False where the bot cannot."""
        try:
            await self._openly(caller, told)
        except Refused as error:
            if error.code not in _UNSEEN:
                raise
            return False
        return True

    async def _asked_again(self, caller: Caller, asked: str) -> Kept:
        """An answer that is not remembered here is asked for once more, with the rights of whoever clicks."""
        command = commands.read(asked)
        if command.verb in _NEVER_AGAIN or command.is_wish:
            raise UsageError("this answer is not remembered any more", "ask again, and share that")
        reply = await self._asking.reply(await self._members.asker(caller), command)
        if not reply.open:
            raise UsageError("there is nothing to share any more", "ask again")
        value = self._answers.keep(caller, reply.messages, asked)
        kept = self._answers.of(value, caller)
        if kept is None:
            raise UsageError("too many ask at once", "try again in a minute")
        return kept

    async def _post(self, caller: Caller, kept: Kept) -> None:
        named = answers.attributed(kept.messages, caller.user)
        if await self._opened(caller, named):
            await self._replies.privately(caller, answers.shared(kept.messages), replace=True)
            return
        # Where the bot is no member it may still answer the click, in the open, with a message and no thread.
        for each in map(answers.in_short, named[:_MOST_OPEN]):
            body = {**each.payload(), "response_type": "in_channel", "replace_original": False}
            if not await self._replies.answered(caller, body):
                raise Refused("not_in_channel")
        await self._replies.privately(caller, answers.said("Shared.", _UNINVITED))
