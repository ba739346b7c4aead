"""Yes and no to a plan: a click on its card in, whoever decides asked, one line to the clicker out.

Who clicked is asked afresh, and so is everybody who said yes before. What cannot be known is no yes; what is refused is
told to the clicker alone. The card itself is edited by whoever decides.
"""

from bot.errors import BotError, UsageError
from bot.facts.people import Asker
from bot.ports.answering import Nothing
from bot.ports.keeping import Address
from bot.ports.repairing import Click, Proposed, Repairs
from bot.slack import answers, cards, commands, confirmations, incoming, names, offering
from bot.slack.asking import READ_ONLY
from bot.slack.incoming import Caller
from bot.slack.members import Members
from bot.slack.message import Message
from bot.slack.replying import Replies


_NO_PLAN = Nothing("there is no such plan", "`history` lists those that you may see")


class Deciding:
    """Takes the clicks on the cards of plans.

    Args:
        repairs: decides; None where nothing may be changed.
        members: says who somebody is now.
        replies: reaches them.
    """

    def __init__(self, repairs: Repairs | None, members: Members, replies: Replies) -> None:
        self._repairs = repairs
        self._members = members
        self._replies = replies

    async def press(self, caller: Caller, click: incoming.Click) -> None:
        """Do what a button of a card says."""
        try:
            if self._repairs is None:
                await self._replies.privately(caller, answers.nothing(READ_ONLY))
            elif click.action == names.WHOLE:
                await self._show(self._repairs, caller, click)
            else:
                told = await self._decide(self._repairs, caller, click)
                await self._replies.privately(caller, told)
        except BotError as error:
            await self._replies.privately(caller, answers.refused(error))
        except Exception:
            await self._replies.privately(caller, confirmations.fell_over())
            raise

    async def _decide(self, repairs: Repairs, caller: Caller, click: incoming.Click) -> Message:
        asker = await self._members.afresh(caller)
        yes = click.action == names.APPROVE
        decide = repairs.approve if yes else repairs.decline
        where = Click(Address(click.channel, click.moment), self._members.person)
        found = await decide(asker, _plan(click.value), where)
        return offering.decided(found, yes=yes) if isinstance(found, Proposed) else answers.nothing(found)

    async def _show(self, repairs: Repairs, caller: Caller, click: incoming.Click) -> None:
        """All of a plan, in the clicker's direct messages: only there a file is theirs alone."""
        told = await self._whole(repairs, await self._members.afresh(caller), _plan(click.value))
        if isinstance(told, Nothing):
            await self._replies.privately(caller, answers.nothing(told))
            return
        await self._replies.openly(Caller(caller.user, caller.team), told)
        await self._replies.privately(caller, answers.said("All of it is in your direct messages."))

    async def _whole(self, repairs: Repairs, asker: Asker, name: str) -> Message | Nothing:
        seen = await repairs.changes(asker)
        if isinstance(seen, Nothing):
            return seen
        found = next((each for each in seen if each.id == name), None)
        return cards.whole(found) if found else _NO_PLAN


def _plan(value: str) -> str:
    """The id that a value says; "" for what is none, which is no plan's and is recorded as such."""
    try:
        return commands.plan(value)
    except UsageError:
        return ""
