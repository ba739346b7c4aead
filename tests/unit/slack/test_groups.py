"""Groups are called by their ids, and one that cannot be read calls nobody."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.server import SimulatedSlack
from bot.slack.groups import Groups


async def test_handles_have_ids() -> None:
    """As the workspace knows them; what was known holds while it cannot be asked."""
    async with SimulatedSlack() as slack:
        groups = Groups(AsyncWebClient(slack.bot_token, base_url=slack.api))
        assert groups.ids == {}
        await groups.refresh()
        assert groups.ids["@sre"] == "S0000000SRES"
        assert groups.trouble is None
        slack.service.bot.scopes.discard("usergroups:read")
        await groups.refresh()
        assert groups.trouble is not None
        assert "usergroups:read" in groups.trouble.hint
        assert groups.ids["@sre"] == "S0000000SRES"
