"""``response_url``: what an app posts there in -> a message, another one in its place, or one less.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

import json

from aiohttp import web

from bot.demo.workspace.arguments import Arguments
from bot.demo.workspace.channels import Channel
from bot.demo.workspace.content import content, spoken
from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.service import Service
from bot.demo.workspace.tickets import Hook


class Responding:
    """The response URLs of one workspace."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._space = service.space

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Take what an app posts."""
        if self._service.faults.away:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        try:
            self.respond(request.match_info["name"], _read(await request.read()))
        except Refused as refused:
            status = 400 if refused.status == 200 else refused.status
            return web.json_response(refused.body(), status=status)
        return web.Response(text="ok")

    def respond(self, name: str, body: Object) -> None:
        """Do what an app wants there.

        Args:
            name: the secret end of the URL.
            body: what it posted.

        Raises:
            Refused: the URL does not hold any more, or there is nothing to say.
        """
        hook, given = self._service.tickets.use(name), Arguments(body)
        channel = self._space.channel(hook.channel)
        if given.flag("delete_original"):
            self._replace(hook, channel, None)
            return
        said = content(given)
        if given.text("thread_ts"):
            said["thread_ts"] = given.text("thread_ts")
        # To a command's URL there is no original: https://github.com/slackapi/bolt-python/issues/1268
        if given.flag("replace_original") and hook.source:
            self._replace(hook, channel, said)
        elif given.text("response_type") == "in_channel":
            self._service.say(channel, said)
        else:
            self._space.show(channel, hook.user, spoken(self._service.seed, said))

    def _replace(self, hook: Hook, channel: Channel, said: Object | None) -> None:
        if hook.ephemeral:
            message = None if said is None else spoken(self._service.seed, said)
            self._space.reshow(channel, hook.user, hook.source, message)
        elif hook.source in channel.messages:
            if said is None:
                self._space.remove(channel, hook.source)
            else:
                changes = {"blocks": None, "attachments": None, **said}
                self._space.change(channel, hook.source, changes, edited="blocks" not in said)


def _read(body: bytes) -> Object:
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Refused("invalid_payload")
    return told
