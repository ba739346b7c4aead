"""auth.test and what is near: who the app is."""

from bot.demo.workspace.arguments import Arguments
from bot.demo.workspace.methods import installation
from bot.demo.workspace.service import Call
from tests.fakes.workspace import call, refusal, service


def test_the_app_is_told_who_it_is() -> None:
    """By either token."""
    made = service()
    assert call(made, "auth.test")["user_id"] == made.seed.app.user_id
    assert installation.test(Call(made, Arguments({}), made.app))["app_id"] == made.seed.app.id


def test_a_socket_has_its_address() -> None:
    """With a ticket in it."""
    assert call(service(), "apps.connections.open")["url"].startswith("ws://127.0.0.1:1/link/?ticket=")


def test_bots_are_known_by_id() -> None:
    """There is one."""
    made = service()
    assert call(made, "bots.info", bot=made.seed.app.bot_id)["bot"]["app_id"] == made.seed.app.id
    assert refusal(made, "bots.info", bot="B1") == "bot_not_found"
    assert call(made, "bots.info") == {}
