"""The app's manifest, which Slack makes the app of: how the bot is connected in, a mapping to be written down out.

https://docs.slack.dev/reference/app-manifest
"""

from typing import Any, Final, Literal

from bot.slack.admission import OPTIONAL, SCOPES


NAME: Final = "imagepull"
COMMAND: Final = "/imagepull"
_DESCRIPTION = "Finds why Kubernetes cannot pull an image, with proof, and says what to do about it"
_LONG = (
    "Ask /imagepull why web-7d4f, and hear the cause with its proof. ",
    "It looks at the clusters that its settings name, ",
    "tells each cause once in the channel that you choose, ",
    "edits that message while it lasts, and says when it is over. ",
    "It changes nothing that nobody asked for and nobody approved.",
)
_HINT = "why web-7d4f -n shop | fix deploy/web [roll-back] | list | sweep | ack ID | snooze ID 2h | history | clusters | help"
EVENTS: Final = ("app_home_opened", "app_mention", "message.im")


def manifest(
    mode: Literal["socket", "http"] = "socket", url: str = "", *, history: bool = False
) -> dict[str, Any]:
    """What Slack's page "From a manifest" takes, as YAML or JSON.

    Args:
        mode: whether the bot connects to Slack, or Slack to the bot.
        url: where Slack's requests arrive in mode http.
        history: with the optional scopes that let an uncertain delivery be looked up.
    """
    reached = {"request_url": url} if mode == "http" else {}
    scopes = [*SCOPES, *(OPTIONAL if history else ())]
    command = {
        "command": COMMAND,
        "description": "Why an image cannot be pulled",
        "usage_hint": _HINT,
        # Names of people and channels come as they were typed.
        "should_escape": False,
    }
    return {
        "display_information": {
            "name": NAME,
            "description": _DESCRIPTION,
            "long_description": "".join(_LONG),
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [command | ({"url": url} if mode == "http" else {})],
        },
        "oauth_config": {"scopes": {"bot": sorted(scopes)}},
        "settings": {
            "event_subscriptions": {**reached, "bot_events": list(EVENTS)},
            "interactivity": {
                "is_enabled": True,
                **reached,
                **({"message_menu_options_url": url} if mode == "http" else {}),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": mode == "socket",
            "token_rotation_enabled": False,
        },
    }
