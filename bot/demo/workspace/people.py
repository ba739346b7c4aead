"""People for tests: somebody's name in -> what they write and use, and what they see."""

from bot.demo.workspace.refusals import Object
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
        shown = [each for (user, _), each in channel.shown.items() if user == self.id]
        every = sorted((*channel.messages.values(), *shown), key=lambda each: str(each["ts"]))
        told = [{**each, "channel": channel.id} for each in every]
        if thread is None:
            return told
        return [each for each in told if each.get("thread_ts") == thread["ts"] != each["ts"]]

    def _place(self, where: str) -> str:
        app = self._service.seed.app
        return self._space.direct(self.id).id if where in (f"@{app.handle}", app.user_id) else where
