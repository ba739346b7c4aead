"""People for tests: somebody's name in -> what they write and use, and what they see."""

from collections.abc import Mapping
from typing import Any

from bot.demo.workspace.clicking import Clicking
from bot.demo.workspace.filled import blocks_of, chosen, find
from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.service import Service
from bot.demo.workspace.writing import Writing


class Person:
    """Somebody in the workspace.

    Attributes:
        id: of the user.
    """

    def __init__(self, service: Service, name: str) -> None:
        self._service = service
        self._space = service.space
        self._writing = Writing(service)
        self._clicking = Clicking(service)
        self.id: str = self._space.user(name)["id"]

    async def sends(self, where: str, text: str, *, thread: Object | None = None) -> Object | None:
        """Write into the message box and send it; a slash in front makes it a command.

        Args:
            where: ``#shop-oncall``, a channel's id, or ``@imagepull`` for the direct messages with the app.
            text: as typed.
            thread: the message in whose thread the box stands.

        Returns:
            The message, None for a command or where Slack refused.
        """
        return await self._writing.send(self.id, self._place(where), text, thread["ts"] if thread else "")

    def sees(self, where: str, *, thread: Object | None = None) -> list[Object]:
        """The messages in a channel, oldest first, with those that only this person sees.

        Args:
            where: as in :meth:`sends`.
            thread: only the replies to this message.
        """
        channel = self._space.channel(self._place(where))
        if not self._space.sees(self.id, channel):
            return []
        told = self._space.messages(self.id, channel)
        if thread is None:
            return told
        return [each for each in told if each.get("thread_ts") == thread["ts"] != each["ts"]]

    @property
    def warnings(self) -> list[str]:
        """What Slack itself said to them, in grey, the latest last."""
        return list(self._space.warned.get(self.id, ()))

    @property
    def modals(self) -> list[Object]:
        """The modals that stand before them, the one in front last."""
        return list(self._space.views.stack(self.id))

    @property
    def home(self) -> Object | None:
        """The app's Home as it was last published for them."""
        return self._space.views.homes.get(self.id)

    def opens_home(self) -> None:
        """Open the app's Home; the app hears of it."""
        self._clicking.open_home(self.id)

    async def clicks(self, shown: Object, action_id: str, choice: Any = None) -> None:
        """Use a button, or choose in a select, of a message or a view; returns when the app has acknowledged it.

        Args:
            shown: a message out of :meth:`sees`, a modal, or Home.
            action_id: of the element.
            choice: what is chosen: an option's value or text, several in a list, an option itself where the app offers
                them; a text, a date or an id elsewhere; nothing for a button.

        Raises:
            Refused: there is no such element or option.
        """
        block, element = find(blocks_of(shown), action_id)
        action = {"block_id": block["block_id"], "action_id": action_id, **chosen(element, choice)}
        state = shown.get("state") or {"values": {}}
        await self._clicking.act(self.id, _container(shown), action, state)

    async def suggests(self, shown: Object, action_id: str, typed: str) -> list[Object]:
        """Type into a select whose options the app knows; returns what it offers, groups opened."""
        block, _ = find(blocks_of(shown), action_id)
        asked = {"block_id": block["block_id"], "action_id": action_id, "value": typed}
        told = await self._clicking.suggest(self.id, _container(shown), asked)
        grouped = [each for group in told.get("option_groups", ()) for each in group["options"]]
        return [*told.get("options", ()), *grouped]

    async def submits(self, values: Mapping[str, Any] | None = None) -> dict[str, str]:
        """Fill the modal in front and send it off.

        Args:
            values: action_id -> choice, as in :meth:`clicks`; what is not named stays as it is.

        Returns:
            What is wrong, by block_id; empty when the app took it.
        """
        view = self._front()
        state: dict[str, dict[str, Object]] = {
            block: dict(inputs) for block, inputs in view["state"]["values"].items()
        }
        for action_id, choice in (values or {}).items():
            block, element = find(view["blocks"], action_id)
            state.setdefault(block["block_id"], {})[action_id] = chosen(element, choice)
        return await self._clicking.submit(self.id, view["id"], {"values": state})

    async def closes(self) -> None:
        """Close the modal in front without sending it off."""
        await self._clicking.close(self.id, self._front()["id"])

    def _front(self) -> Object:
        if not self.modals:
            raise Refused("not_found")
        return self.modals[-1]

    def _place(self, where: str) -> str:
        app = self._service.seed.app
        return self._space.direct(self.id).id if where in (f"@{app.handle}", app.user_id) else where


def _container(shown: Object) -> Object:
    if "root_view_id" in shown:
        return {"type": "view", "view_id": shown["id"]}
    kind = "ephemeral" if shown.get("ephemeral") else "message"
    return {"type": kind, "channel": shown["channel"], "ts": shown["ts"]}
