"""The ids of user groups, by the handle that an operator writes: only by its id does Slack call a group.

Read now and then; while it cannot be read, what was known before holds, and a handle that is not known is shown and
calls nobody.
"""

from collections.abc import Mapping

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError
from bot.slack.incoming import identity, text
from bot.slack.webapi import Refused, call


class Groups:
    """The workspace's user groups.

    Args:
        client: Slack's Web API.

    Attributes:
        trouble: why they cannot be read; None when they could.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._ids: Mapping[str, str] = {}
        self.trouble: BotError | None = None

    @property
    def ids(self) -> Mapping[str, str]:
        """``@handle`` -> id."""
        return self._ids

    async def refresh(self) -> None:
        """Read them."""
        try:
            answer = await call(self._client.usergroups_list, include_disabled=False, include_users=False)
        except Refused as error:
            self.trouble = error
            return
        self.trouble = None
        listed = [each for each in answer.get("usergroups", ()) if isinstance(each, Mapping)]
        handles = {f"@{text(each, 'handle')}": identity(each, "id") for each in listed}
        self._ids = {handle: name for handle, name in handles.items() if handle != "@" and name}
