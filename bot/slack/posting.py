"""Brings one letter to Slack: a delivery in, where it stands out.

What may have arrived before is looked for first. What Slack does not take as it is goes as plain text.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.ports.keeping import Address, Delivery, Kind, Letter
from bot.slack import finding
from bot.slack.elements import note
from bot.slack.errands import Calls
from bot.slack.escaping import notification
from bot.slack.finding import Blind, Directory
from bot.slack.limits import BLOCKS
from bot.slack.message import File, Message
from bot.slack.refusals import MISSING_SCOPE, Fate, Refusal


Spelled = Callable[[Letter], Message | File]
"""How a letter's body becomes what is posted; of a message its text and blocks alone."""

_LOG = logging.getLogger(__name__)
# https://docs.slack.dev/reference/methods/chat.update: longer ones are refused there
_PLAIN: Final = 3_000
_BARE: Final = "This could not be shown; the bot's log says why."
_REPEAT: Final = "Possibly a repetition: Slack did not say whether this arrived before."
_SHORT_REPEAT: Final = "(possibly repeated) "


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a letter stands.

    Attributes:
        address: of the message or reply; of a file, of what it stands below.
        file: its id.
        is_own: whether it was sent just now, and not found or edited.
        is_edit: whether it changed what was there.
        is_repeat: whether it was marked as a possible repetition.
    """

    address: Address
    file: str = ""
    is_own: bool = True
    is_edit: bool = False
    is_repeat: bool = False


class Postman:
    """Brings one letter.

    Args:
        calls: for this letter.
        directory: of everybody.
        spelled: how it is written.

    Attributes:
        is_in_doubt: whether something may have been posted of which nobody knows.
        blind: why it could not be looked for; empty when it could, or need not be.
    """

    def __init__(self, calls: Calls, directory: Directory, spelled: Spelled) -> None:
        self._calls, self._directory, self._spelled = calls, directory, spelled
        self.is_in_doubt = False
        self.blind: str | None = None

    async def bring(self, delivery: Delivery) -> Arrival:
        """Post, edit or find it.

        Raises:
            Refusal: it did not arrive, or nobody knows.
            Late: the lease is nearly over.
        """
        said = self._said(delivery.letter)
        if delivery.letter.kind is Kind.MESSAGE and delivery.address is not None:
            try:
                await self.edit(delivery, delivery.address)
                return Arrival(delivery.address, is_own=False, is_edit=True)
            except Refusal as refusal:
                if refusal.fate is not Fate.GONE:
                    raise
                _LOG.warning("delivery %s: its message is gone, it is posted anew", delivery.key)
        is_repeat = False
        if delivery.tries:
            try:
                found = await self.found(delivery)
                self.blind = ""
            except Blind as blind:
                self.blind, is_repeat = blind.name, True
            else:
                if found:
                    return found[0]
        return replace(await self._sent(delivery, _marked(said) if is_repeat else said), is_repeat=is_repeat)

    async def found(self, delivery: Delivery) -> tuple[Arrival, ...]:
        """Every place where it stands.

        Raises:
            Blind: it cannot be looked for.
            Refusal: not now.
        """
        seen = await finding.sightings(self._calls, self._directory, delivery)
        return tuple(Arrival(Address(each.channel, each.moment), each.file, is_own=False) for each in seen)

    async def edit(self, delivery: Delivery, address: Address) -> None:
        """Have the message there say what the letter says."""
        for each in _simpler(self._said(delivery.letter)):
            if isinstance(each, Message):
                given = {"text": each.text, "blocks": list(each.blocks), "parse": "none"}
                where = {"channel": address.channel, "ts": address.moment}
                if await self._taken(delivery, "chat.update", given | where) is not None:
                    return
        raise Refusal(Fate.CLOSED, "unknown")

    async def delete(self, delivery: Delivery, arrival: Arrival) -> None:
        """Take back what this letter sent."""
        channel, where = delivery.letter.channel, arrival.address
        try:
            if arrival.file:
                await self._calls.call("files.delete", channel, {"file": arrival.file})
            else:
                given = {"channel": where.channel, "ts": where.moment}
                await self._calls.call("chat.delete", channel, given)
        except Refusal as refusal:
            if refusal.fate is not Fate.GONE and refusal.name not in ("file_not_found", "file_deleted"):
                raise

    def _said(self, letter: Letter) -> Message | File:
        try:
            return self._spelled(letter)
        except Exception as error:  # noqa: BLE001  # whatever it is: a letter that cannot be read still arrives
            # No traceback: it may hold what the letter says.
            _LOG.error("a letter of %s cannot be spelled: %s", letter.incident, type(error).__name__)
            return Message(_BARE, ())

    async def _sent(self, delivery: Delivery, said: Message | File) -> Arrival:
        for thread in finding.threads(delivery):
            try:
                return await self._posted(delivery, said, thread)
            except Refusal as refusal:
                self.is_in_doubt = not refusal.fate.is_certain
                if refusal.fate is not Fate.GONE:
                    raise
            _LOG.warning("delivery %s: its thread is gone", delivery.key)
        try:
            return await self._posted(delivery, said, None)
        except Refusal as refusal:
            self.is_in_doubt = not refusal.fate.is_certain
            raise

    async def _posted(self, delivery: Delivery, said: Message | File, thread: Address | None) -> Arrival:
        for each in _simpler(said):
            if isinstance(each, Message):
                answer = await self._taken(
                    delivery, "chat.postMessage", self._message(delivery, each, thread)
                )
            elif thread is not None or each.picture:
                answer = await self._uploaded(delivery, each, thread)
            else:
                continue
            if answer is not None:
                return self._arrival(delivery, answer, thread)
        raise Refusal(Fate.CLOSED, "unknown")

    def _message(self, delivery: Delivery, said: Message, thread: Address | None) -> dict[str, Any]:
        place = thread or delivery.address
        where = place.channel if place else delivery.letter.channel
        metadata = {"event_type": finding.EVENT, "event_payload": {"key": delivery.key}}
        given = {**said.payload(), "channel": where, "metadata": metadata}
        return given | ({"thread_ts": thread.moment} if thread else {})

    async def _uploaded(
        self, delivery: Delivery, file: File, thread: Address | None
    ) -> Mapping[str, Any] | None:
        """Below a message, or in the channel itself; None where Slack does not take it there."""
        try:
            where = await self._place(delivery, thread)
        except Blind as blind:
            _LOG.warning("delivery %s: %s, it goes in plainer words", delivery.key, blind.name)
            return None
        described = {"alt_txt": notification(file.content)} if file.picture else {}
        given = {
            "filename": finding.file_name(file, delivery),
            "title": file.name,
            "content": file.picture or file.content,
            **described,
            **where,
        }
        answer = await self._taken(delivery, "files.completeUploadExternal", given, "files_upload_v2")
        return answer and {**answer, "channel": where["channel"]}

    async def _place(self, delivery: Delivery, thread: Address | None) -> dict[str, str]:
        if thread is not None:
            return {"channel": thread.channel, "thread_ts": thread.moment}
        return {"channel": await finding.channel_of(self._calls, self._directory, delivery)}

    async def _taken(
        self, delivery: Delivery, method: str, given: Mapping[str, Any], function: str = ""
    ) -> Mapping[str, Any] | None:
        """The answer; None where Slack does not take what was said."""
        try:
            name = function or method.replace(".", "_")
            return await self._calls.via(name, method, delivery.letter.channel, given)
        except Refusal as refusal:
            # Without the right to upload there is still the right to write.
            may_not_upload = bool(function) and refusal.name == MISSING_SCOPE
            if refusal.fate is not Fate.REFUSED and not may_not_upload:
                raise
            places = ", ".join(refusal.places) or "no place named"
            _LOG.warning("delivery %s: %s (%s), it goes in plainer words", delivery.key, refusal.name, places)
            return None

    def _arrival(self, delivery: Delivery, answer: Mapping[str, Any], thread: Address | None) -> Arrival:
        files = answer.get("files")
        if files:
            # What stands by itself has a message of its own, which Slack does not name.
            return Arrival(thread or Address(str(answer["channel"]), ""), str(files[0].get("id", "")))
        channel, moment = answer.get("channel"), answer.get("ts")
        if not isinstance(channel, str) or not isinstance(moment, str):
            raise Refusal(Fate.UNSURE, "no_answer")
        self._directory.ids[delivery.letter.channel] = channel
        return Arrival(Address(channel, moment))


def _simpler(said: Message | File) -> Iterator[Message | File]:
    yield said
    plain = _in_words(said) if isinstance(said, File) else said.text
    if plain:
        yield Message(plain, ())
    yield Message(_BARE, ())


def _in_words(file: File) -> str:
    return notification(file.content if file.picture else f"{file.name}\n{file.content}", _PLAIN)


def _marked(said: Message | File) -> Message | File:
    if isinstance(said, File):
        return replace(said, name=f"{_SHORT_REPEAT}{said.name}")
    blocks = (*said.blocks, note(_REPEAT)) if said.blocks and len(said.blocks) < BLOCKS else said.blocks
    return replace(said, text=_SHORT_REPEAT + said.text, blocks=blocks)
