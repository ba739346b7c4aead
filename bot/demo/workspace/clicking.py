"""What people use: a button, a select, a modal, Home in -> the app told of it, and its answer carried out."""

from collections.abc import Mapping
from typing import Any

from bot.demo.workspace import content, filled
from bot.demo.workspace.channels import Channel
from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.service import Service
from bot.demo.workspace.validation.limits import refusals_of_options


_TROUBLE = "We had some trouble connecting. Try again?"


class Clicking:
    """What people use, in one workspace."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._space = service.space

    async def act(self, user: str, container: Object, action: Object, state: Object) -> None:
        """Use an element of a message or a view.

        Args:
            user: id of who.
            container: ``type`` message, ephemeral or view, with ``channel`` and ``ts`` or ``view_id``.
            action: ``block_id``, ``action_id`` and what was chosen, under Slack's name.
            state: ``values`` of every input beside it.

        Raises:
            Refused: there is no such thing, or the user cannot see it.
        """
        channel, shown = self._shown(user, container)
        blocks = filled.blocks_of(shown)
        block, element = filled.find(blocks, str(action.get("action_id")), str(action.get("block_id", "")))
        made = filled.used(block, element, action) | {"action_ts": self._space.stamp()}
        given = _with(_values(state), made)
        if channel is None:
            shown["state"] = {"values": filled.state(blocks, given)}
            payload = self._service.payloads.action_in_view(user, shown, made)
        else:
            values = {"values": filled.state(blocks, given)}
            payload = self._service.payloads.action_on_message(user, channel, shown, made, values)
        answered = await self._service.delivery.ask("interactive", payload)
        if not answered.acked:
            self._space.warn(user, f"{self._service.seed.app.name} did not respond.")

    async def suggest(self, user: str, container: Object, asked: Object) -> Object:
        """Type into a select whose options the app knows.

        Returns:
            ``options`` or ``option_groups``; no options where the app gave none that Slack would take.
        """
        channel, shown = self._shown(user, container)
        block, element = filled.find(
            filled.blocks_of(shown), str(asked.get("action_id")), str(asked.get("block_id", ""))
        )
        typed = {"action_id": element["action_id"], "block_id": block["block_id"]}
        typed["value"] = str(asked.get("value", ""))
        payload = self._service.payloads.suggestion(user, channel, shown, typed)
        answered = await self._service.delivery.ask("interactive", payload)
        wrong = refusals_of_options(answered.payload) if answered.acked else ["no answer"]
        if wrong:
            self._space.warn(user, "There was a problem loading the options.")
            return {"options": []}
        return dict(answered.payload)

    async def submit(self, user: str, view_id: str, state: Object) -> dict[str, str]:
        """Send a modal off.

        Returns:
            What is wrong with it, by block; empty when the app took it.
        """
        view = self._modal(user, view_id)
        values = filled.state(view["blocks"], _values(state))
        wrong = filled.missing(view["blocks"], values)
        if wrong:
            return wrong
        view["state"] = {"values": values}
        answered = await self._service.delivery.ask(
            "interactive", self._service.payloads.submission(user, view)
        )
        if not answered.acked:
            self._space.warn(user, _TROUBLE)
            return {}
        told = answered.payload if isinstance(answered.payload, Mapping) else {}
        try:
            return self._responded(user, view_id, told)
        except Refused:
            self._space.warn(user, _TROUBLE)
            return {}

    async def close(self, user: str, view_id: str) -> None:
        """Close a modal without sending it off."""
        view = self._modal(user, view_id)
        cleared = bool(view["clear_on_close"])
        gone = self._space.views.close(user, view, everything=cleared)
        self._space.tell_modals(user)
        for each in gone:
            if each["notify_on_close"]:
                payload = self._service.payloads.closing(user, each, cleared=cleared)
                await self._service.delivery.ask("interactive", payload)

    def open_home(self, user: str) -> None:
        """Open the app's Home."""
        channel = self._space.direct(user)
        event: Object = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": "home"}
        if user in self._space.views.homes:
            event["view"] = self._space.views.homes[user]
        self._service.emit("app_home_opened", event | {"event_ts": self._space.stamp()}, channel)

    def _responded(self, user: str, view_id: str, told: Mapping[str, Any]) -> dict[str, str]:
        """Carry out a response_action: https://docs.slack.dev/surfaces/modals#updating_response."""
        views, what = self._space.views, told.get("response_action")
        view = self._modal(user, view_id)
        if what == "errors":
            return _errors(view, told.get("errors"))
        if what in ("update", "push"):
            made = content.view(self._service.seed, _modal_in(told))
            if what == "update":
                views.replace(user, view, made)
            else:
                views.push(user, made)
        elif what in (None, "clear"):
            views.close(user, view, everything=what == "clear")
        else:
            raise Refused("invalid_arguments")
        self._space.tell_modals(user)
        return {}

    def _shown(self, user: str, container: Object) -> tuple[Channel | None, Object]:
        if container.get("type") == "view":
            whose, view = self._space.views.find(str(container.get("view_id", "")))
            if whose != user:
                raise Refused("not_found")
            return None, view
        channel, ts = self._space.channel(str(container.get("channel"))), str(container.get("ts"))
        found = channel.shown.get((user, ts)) or channel.messages.get(ts)
        if found is None or not self._space.sees(user, channel):
            raise Refused("message_not_found")
        return channel, found

    def _modal(self, user: str, view_id: str) -> Object:
        for each in self._space.views.stack(user):
            if each["id"] == view_id:
                return each
        raise Refused("not_found")


def _values(state: Object) -> dict[str, Any]:
    values = state.get("values")
    return values if isinstance(values, dict) else {}


def _with(values: dict[str, Any], action: Object) -> dict[str, Any]:
    beside = values.get(action["block_id"])
    beside = beside if isinstance(beside, dict) else {}
    return {**values, action["block_id"]: {**beside, action["action_id"]: action}}


def _errors(view: Object, told: Any) -> dict[str, str]:
    inputs = {each["block_id"] for each in view["blocks"] if each["type"] == "input"}
    if not isinstance(told, Mapping) or not told or not set(told) <= inputs:
        raise Refused("invalid_arguments")
    return {str(name): str(text) for name, text in told.items()}


def _modal_in(told: Mapping[str, Any]) -> Object:
    view = told.get("view")
    if not isinstance(view, dict) or view.get("type") != "modal":
        raise Refused("invalid_arguments")
    return view
