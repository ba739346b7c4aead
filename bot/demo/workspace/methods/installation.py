"""``auth.test``, ``apps.connections.open``, ``bots.info``: who the app is, and its way in."""

from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.service import Call
from bot.demo.workspace.tokens import APP


def test(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/auth.test."""
    seed = call.service.seed
    if call.token.kind == APP:
        return {"app_name": seed.app.name, "app_id": seed.app.id}
    return {
        "url": f"{call.service.base}/",
        "team": seed.team_name,
        "user": seed.app.handle,
        "team_id": seed.team_id,
        "user_id": seed.app.user_id,
        "bot_id": seed.app.bot_id,
        "is_enterprise_install": False,
    }


def open_connection(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/apps.connections.open."""
    base = call.service.base.replace("http://", "ws://", 1)
    return {"url": f"{base}/link/?ticket={call.service.sockets.ticket()}&app_id={call.service.seed.app.id}"}


def bot(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/bots.info."""
    app = call.service.seed.app
    if call.given.text("bot") not in ("", app.bot_id):
        raise Refused("bot_not_found")
    if not call.given.text("bot"):
        return {}
    named = {"id": app.bot_id, "deleted": False, "name": app.name, "updated": 0}
    return {"bot": {**named, "app_id": app.id, "user_id": app.user_id, "icons": {}}}
