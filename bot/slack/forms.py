"""The form that asks what is meant, from its opening to its answer: what somebody does with it in, its next state out."""

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError, UsageError
from bot.ports.answering import Desk, Failing
from bot.slack import board, modal
from bot.slack.commands import Command
from bot.slack.conversation import Conversation
from bot.slack.incoming import Body, Caller, text
from bot.slack.limits import Block
from bot.slack.members import Members
from bot.slack.modal import Form
from bot.slack.webapi import call


# A digest is looked for among so many; 5,000 failing pods are a bad day.
_MOST = 20_000
_NONE = f"{board.NO_CLUSTER}."
_WHO = "The operator's settings name them, and who may ask."


class Forms:
    """Opens forms, fills them, and asks what they say.

    Args:
        desk: knows clusters and failing pods.
        members: says who somebody is.
        client: Slack's Web API.
        conversation: answers.
    """

    def __init__(
        self, desk: Desk, members: Members, client: AsyncWebClient, conversation: Conversation
    ) -> None:
        self._desk = desk
        self._members = members
        self._client = client
        self._conversation = conversation

    async def open(self, caller: Caller) -> None:
        """Open the form at once, and fill it when it is known with what."""
        form = Form(caller)
        try:
            opened = await call(self._client.views_open, trigger_id=caller.trigger, view=modal.opening(form))
        except BotError as error:
            told = f"{error.message}: name what you mean, as in why web-7d4f. {error.hint}"
            await self._conversation.refuse(caller, BotError(told))
            return
        view = text(opened, "view", "id")
        try:
            await self._show(form, view)
        except BotError as error:
            await self._replace(view, modal.refusing(form, error.message, error.hint))
        except Exception:
            await self._replace(view, modal.refusing(form, "That went wrong here, and not with you.", ""))
            raise

    async def choose(self, caller: Caller, body: Body, value: str) -> None:
        """Another cluster was chosen: the pods are that one's."""
        view = body.get("view")
        form = modal.form(view, caller)
        clusters = await self._desk.clusters(await self._members.asker(caller))
        chosen = modal.named(value, clusters)
        await self._show(Form(form.caller, chosen), text(view, "id"), text(view, "hash"))

    async def offer(self, caller: Caller, body: Body) -> list[Block]:
        """The failing pods whose names hold what was typed."""
        form = modal.form(body.get("view"), caller)
        typed = text(body, "value")
        return modal.options(await self._failing(form.caller, form.cluster, typed, modal.MOST_OPTIONS))

    def wrong(self, body: Body, caller: Caller) -> Mapping[str, Any] | None:
        """What is off with a filled form, for Slack to show in it; None when nothing is."""
        try:
            modal.command(body.get("view"), modal.form(body.get("view"), caller).cluster, "")
        except UsageError as error:
            return modal.wrong(error)
        return None

    async def submit(self, caller: Caller, body: Body) -> None:
        """Ask what the form says, and answer where it was opened."""
        view = body.get("view")
        form = modal.form(view, caller)
        try:
            command = await self._command(form, view)
        except BotError as error:
            await self._conversation.refuse(form.caller, error)
            return
        await self._conversation.answer(form.caller, command)

    async def _command(self, form: Form, view: Any) -> Command:
        pod = modal.picked(view)
        if modal.is_digest(pod):
            found = await self._failing(form.caller, form.cluster, "", _MOST)
            pod = next((f"{each.namespace}/{each.pod}" for each in found if modal.reference(each) == pod), "")
            if not pod:
                raise UsageError("that pod does not fail any more", "`list` shows what is open")
        return modal.command(view, form.cluster, pod)

    async def _failing(self, caller: Caller, cluster: str, typed: str, most: int) -> Sequence[Failing]:
        return await self._desk.failing(await self._members.asker(caller), cluster, typed, most)

    async def _show(self, form: Form, view: str, version: str = "") -> None:
        clusters = await self._desk.clusters(await self._members.asker(form.caller))
        cluster = modal.chosen(clusters, form.cluster)
        filled = modal.asking(Form(form.caller, cluster), clusters) if clusters else None
        shown = filled or modal.refusing(form, _NONE, _WHO)
        # What was changed meanwhile is the newer one: Slack refuses an older version.
        await self._replace(view, shown, **({"hash": version} if version else {}))

    async def _replace(self, view: str, shown: Block, **version: str) -> None:
        await call(self._client.views_update, view_id=view, view=shown, **version)
