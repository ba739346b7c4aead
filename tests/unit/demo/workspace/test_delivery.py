"""Delivery: events are tried until they are taken, and the app is away when Slack is."""

import asyncio

from bot.demo.workspace.service import Service
from bot.demo.workspace.socket_mode import Answered
from tests.fakes.workspace import service


class Sockets:
    """Connections that take only the last of so many envelopes."""

    def __init__(self, refuses: int) -> None:
        self.got: list[dict[str, object]] = []
        self.twice: list[bool] = []
        self._refuses = refuses

    async def send(self, envelope: dict[str, object], *, twice: bool = False) -> Answered:
        """Take it, or not."""
        self.got.append(envelope)
        self.twice.append(twice)
        return Answered(acked=len(self.got) > self._refuses, reason="timeout")


def _with(refuses: int) -> tuple[Service, Sockets]:
    made, sockets = service(), Sockets(refuses)
    made.delivery._sockets = sockets  # type: ignore[assignment]
    return made, sockets


async def test_an_event_is_tried_until_it_is_taken() -> None:
    """Each attempt says which it is and why; the event is the same."""
    made, sockets = _with(1)
    made.delivery.emit({"type": "app_mention"})
    await asyncio.sleep(0.02)
    assert [(each["retry_attempt"], each["retry_reason"]) for each in sockets.got] == [
        (0, ""),
        (1, "timeout"),
    ]
    assert sockets.got[0]["payload"] == sockets.got[1]["payload"]


async def test_an_event_is_given_up_in_the_end() -> None:
    """After the last attempt."""
    made, sockets = _with(100)
    made.delivery.emit({"type": "app_mention"})
    await asyncio.sleep(0.15)
    assert len(sockets.got) == 3


async def test_a_command_is_sent_once() -> None:
    """Nobody tries it again; where Slack is away nobody hears of it."""
    made, sockets = _with(100)
    assert not (await made.delivery.ask("slash_commands", {})).acked
    assert sockets.got == [{"type": "slash_commands", "payload": {}, "accepts_response_payload": True}]
    made.faults.away = True
    assert (await made.delivery.ask("slash_commands", {})).reason == "connection_failed"
    assert len(sockets.got) == 1


async def test_deliveries_can_be_doubled() -> None:
    """As often as was asked for."""
    made, sockets = _with(0)
    made.faults.doubles = 1
    await made.delivery.ask("interactive", {})
    await made.delivery.ask("interactive", {})
    assert sockets.twice == [True, False]
