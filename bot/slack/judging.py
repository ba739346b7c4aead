"""Right or wrong, as people press it: a click or a filled form in, the jury asked, one line to whoever pressed out."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError
from bot.facts.opinion import Judgement
from bot.ports.answering import Nothing
from bot.ports.judging import Jury, Said
from bot.slack import answers, commands, confirmations, names, verdicts
from bot.slack.incoming import Body, Caller, Click
from bot.slack.members import Members
from bot.slack.message import Message
from bot.slack.replying import Replies
from bot.slack.webapi import call


ACTIONS = (names.RIGHT, names.WRONG, names.INSTEAD)
_NO_JURY = Nothing("nobody keeps such answers here", "the bot's operator does")


class Judging:
    """Takes what people say of verdicts.

    Args:
        jury: keeps it; None where nobody does.
        members: says who somebody is.
        replies: reaches them.
        client: Slack's Web API.
    """

    def __init__(self, jury: Jury | None, members: Members, replies: Replies, client: AsyncWebClient) -> None:
        self._jury, self._members, self._replies, self._client = jury, members, replies, client

    async def press(self, caller: Caller, click: Click) -> None:
        """Do what one of the buttons says."""
        try:
            if self._jury is None:
                await self._replies.privately(caller, answers.nothing(_NO_JURY))
            elif click.action == names.INSTEAD:
                view = verdicts.asking(caller, click.value, self._jury.causes())
                await call(self._client.views_open, trigger_id=caller.trigger, view=view)
            else:
                right = click.action == names.RIGHT
                judgement = Judgement.RIGHT if right else Judgement.WRONG
                said = Said(*commands.verdict(click.value), judgement)
                await self._take(self._jury, caller, said, verdicts.thanked(judgement, click.value))
        except BotError as error:
            await self._replies.privately(caller, answers.refused(error))
        except Exception:
            await self._replies.privately(caller, confirmations.fell_over())
            raise

    async def submit(self, caller: Caller, body: Body) -> None:
        """Take what a filled form says, and answer where it was opened."""
        view = body.get("view")
        place = verdicts.place(view, caller)
        try:
            if self._jury is not None:
                await self._take(self._jury, place, verdicts.filled(view), verdicts.told())
        except BotError as error:
            await self._replies.privately(place, answers.refused(error))

    async def _take(self, jury: Jury, caller: Caller, said: Said, thanks: Message) -> None:
        found = await jury.judge(await self._members.asker(caller), said)
        told = answers.nothing(found) if isinstance(found, Nothing) else thanks
        await self._replies.privately(caller, told)
