"""How an answer reaches somebody: a caller and a message in, the message at its place out.

To the asker alone through the address that came with the question, as long as that is Slack's own; else as an
ephemeral message; else, where the bot is no member, in their direct messages. To everybody only where it is shared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.elements import note
from bot.slack.incoming import Caller
from bot.slack.message import File, Message, message
from bot.slack.refusals import Fate
from bot.slack.webapi import Refused, call


# https://docs.slack.dev/interactivity/handling-user-interaction#message_responses; GovSlack has its own
_ANSWERED_AT = {"slack.com": "hooks.slack.com", "slack-gov.com": "hooks.slack-gov.com"}
_TIMEOUT = ClientTimeout(total=10)
_ASIDE = ("text", "blocks", "parse")
# Where somebody cannot be told something, they can be told it in their direct messages.
_NOT_HERE = frozenset({"not_in_channel", "channel_not_found", "user_not_in_channel", "messages_tab_disabled"})


class Replies:
    """Sends answers.

    Args:
        client: Slack's Web API.
        session: for the addresses that come with questions.
        proxy: through which both go; "" for none.
    """

    def __init__(self, client: AsyncWebClient, session: ClientSession, proxy: str = "") -> None:
        self._client = client
        self._session = session
        self._proxy = proxy

    async def privately(self, caller: Caller, told: Message, *, replace: bool = False) -> None:
        """Tell the one who asked, and nobody else.

        Args:
            caller: who asked, and where.
            told: what is said.
            replace: it takes the place of what was said or clicked before.

        Raises:
            Refused: they cannot be reached.
        """
        body = {**told.payload(), "response_type": "ephemeral", "replace_original": replace}
        if await self.answered(caller, body):
            return
        if caller.private or not caller.channel:
            await self.openly(caller, told)
            return
        await self._aside(caller, told)

    async def answered(self, caller: Caller, body: Mapping[str, Any]) -> bool:
        """Answer at the address that came with the question; False when that is none of Slack's, or does not work."""
        if not is_answerable(caller.response_url, self._client.base_url):
            return False
        try:
            async with self._session.post(
                caller.response_url,
                json=body,
                # Slack answers there itself; who leads elsewhere is not it.
                allow_redirects=False,
                proxy=self._proxy or None,
                timeout=_TIMEOUT,
            ) as answer:
                return answer.status == 200
        except (ClientError, TimeoutError, OSError, ValueError):
            return False

    async def openly(self, caller: Caller, told: Message) -> None:
        """Post a message where it was asked, with its thread and its files.

        Raises:
            Refused: Slack does not take it there.
        """
        thread = caller.thread or caller.anchor
        inside = {"thread_ts": thread} if thread else {}
        answer = await call(
            self._client.chat_postMessage,
            channel=caller.channel or caller.user,
            **inside,
            **told.payload(),
        )
        moment = str(answer.get("ts", ""))
        below = _Below(str(answer.get("channel", "")), thread or moment)
        try:
            await self._below(below, told)
        except Refused as error:
            # The message itself stands: that its thread does not is said there, or nowhere.
            if error.fate is not Fate.AWAY:
                await self._post(below, _missing("The rest", error))

    async def _below(self, where: "_Below", told: Message) -> None:
        for file in told.files:
            await self._upload(where, file)
        for reply in told.thread:
            await self._post(where, reply)
            await self._below(where, reply)

    async def _post(self, where: "_Below", told: Message) -> None:
        await call(
            self._client.chat_postMessage, channel=where.channel, thread_ts=where.thread, **told.payload()
        )

    async def _upload(self, where: "_Below", file: File) -> None:
        try:
            await call(
                self._client.files_upload_v2,
                channel=where.channel,
                thread_ts=where.thread,
                filename=file.name,
                title=file.name,
                content=file.content,
            )
        except Refused as error:
            if error.fate is Fate.AWAY:
                raise
            await self._post(where, _missing(f"The file {file.name}", error))

    async def _aside(self, caller: Caller, told: Message) -> None:
        aside = {name: value for name, value in told.payload().items() if name in _ASIDE}
        inside = {"thread_ts": caller.thread} if caller.thread else {}
        try:
            await call(
                self._client.chat_postEphemeral,
                channel=caller.channel,
                user=caller.user,
                **inside,
                **aside,
            )
        except Refused as error:
            if error.code not in _NOT_HERE:
                raise
            await call(self._client.chat_postMessage, channel=caller.user, **told.payload())


@dataclass(frozen=True, slots=True)
class _Below:
    channel: str
    thread: str


def _missing(what: str, error: Refused) -> Message:
    told = f"{what} could not be posted: {error.message}. {error.hint}"
    return message(told, [note(told)])


def is_answerable(url: str, base_url: str) -> bool:
    """Whether an answer may be sent to an address: only Slack's own, which is known by the Web API's."""
    try:
        asked, base = urlsplit(url), urlsplit(base_url)
        port, own_port = asked.port, base.port
    except ValueError:
        return False
    if not url.isascii() or any(character <= " " for character in url) or asked.username or asked.password:
        return False
    slacks = _ANSWERED_AT.get(base.hostname or "")
    if slacks and base.scheme == "https":
        return asked.scheme == "https" and asked.hostname == slacks and port in (None, 443)
    return (asked.scheme, asked.hostname, port) == (base.scheme, base.hostname, own_port)
