"""The parts joined: the app hears what it subscribes to and may."""

from dataclasses import replace

from bot.demo.workspace.arguments import Arguments
from bot.demo.workspace.seed import Installed, Seed
from bot.demo.workspace.service import Call, Service
from tests.fakes.workspace import service


def _heard(made: Service, where: str) -> list[str]:
    events: list[str] = []
    made.delivery.emit = lambda event, _channel=None: events.append(event["type"])  # type: ignore[method-assign,assignment]
    made.say(made.space.channel(where), {"text": "x"})
    return events


def test_direct_messages_are_heard_and_others_not() -> None:
    """As the default app subscribes."""
    made = service()
    assert _heard(made, made.space.direct(made.space.user("dana")["id"]).id) == ["message"]
    assert _heard(made, "#image-pulls") == []


def test_a_subscription_without_its_scope_is_deaf() -> None:
    """With it the channel is heard."""
    app = replace(Installed(), events=frozenset({"message.channels"}))
    assert _heard(service(Seed(app=app)), "#image-pulls") == []
    heard = service(Seed(app=replace(app, scopes=app.scopes | {"channels:history"})))
    assert _heard(heard, "#image-pulls") == ["message"]


def test_a_call_knows_the_workspace() -> None:
    """The service's."""
    made = service()
    assert Call(made, Arguments({}), made.bot).space is made.space
