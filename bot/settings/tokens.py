"""What never stands in the settings file: tokens, the signing secret, the database's password.

Each comes from a file that the settings name, else from its variable. What is wrong with one is told by its name and
by the shape it should have, never by what it is.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import SettingsError
from bot.settings.chat import Slack
from bot.settings.models import Store


# A token is a line; what is longer is another file.
_LONGEST = 4096
_KINDS = {
    "xoxb-": "a bot token",
    "xapp-": "an app token",
    "xoxp-": "a user token",
    "xoxe": "a configuration token",
}
_WHERE = {
    "bot token": "it begins with xoxb-; Slack's page of the app: OAuth & Permissions",
    "app token": "it begins with xapp-; Slack's page of the app: Basic Information, App-Level Tokens",
    "signing secret": "Slack's page of the app: Basic Information",
}


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the bot shows to Slack, and what Slack signs with. Shown nowhere.

    Attributes:
        bot: "" in mode off, which needs none of them.
        app: "" in mode http, which needs none.
        signing_secret: "" in mode socket, which needs none.
    """

    bot: str = field(default="", repr=False)
    app: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)


def tokens(slack: Slack, environment: Mapping[str, str] = os.environ) -> Tokens:
    """The tokens that the mode needs.

    Raises:
        SettingsError: one is missing, or is not of the kind that it should be.
    """
    if slack.mode == "off":
        return Tokens()
    bot = _secret("bot token", slack.bot_token_file, "SLACK_BOT_TOKEN", environment)
    _is("bot token", bot, "xoxb-")
    if slack.mode == "http":
        secret = _secret("signing secret", slack.signing_secret_file, "SLACK_SIGNING_SECRET", environment)
        if next((kind for start, kind in _KINDS.items() if secret.startswith(start)), ""):
            raise SettingsError("the signing secret is a token", _WHERE["signing secret"])
        return Tokens(bot, signing_secret=secret)
    app = _secret("app token", slack.app_token_file, "SLACK_APP_TOKEN", environment)
    _is("app token", app, "xapp-")
    return Tokens(bot, app)


def database_password(store: Store) -> str:
    """The password of the store's database; "" leaves it to the driver (PGPASSWORD, ~/.pgpass).

    Raises:
        SettingsError: its file cannot be read.
    """
    return _line("database password", store.password_file) if store.password_file else ""


def _secret(name: str, file: Path | None, variable: str, environment: Mapping[str, str]) -> str:
    if file is not None:
        return _line(name, file)
    value = environment.get(variable, "").strip()
    if not value:
        key = f"slack.{name.replace(' ', '_')}_file"
        raise SettingsError(f"there is no {name}: set {variable}, or {key} in the settings", _WHERE[name])
    return value


def _line(name: str, file: Path) -> str:
    found = words(name, file)
    if len(found) != 1:
        raise SettingsError(f"the {name}'s file {str(file)!r} must hold one word and nothing else")
    return found[0]


def words(name: str, file: Path) -> Sequence[str]:
    """The words of a file with something secret; none where there is too much in it.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        with file.open(encoding="utf-8") as opened:
            value = opened.read(_LONGEST + 1)
    except OSError as error:
        raise SettingsError(
            f"the {name}'s file {str(file)!r} cannot be read: {error.strerror}",
            "it must be there, and readable by whoever runs imagepull",
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"the {name}'s file {str(file)!r} is not text") from None
    return value.split() if len(value) <= _LONGEST else ()


def _is(name: str, value: str, start: str) -> None:
    if value.startswith(start):
        return
    other = next((kind for each, kind in _KINDS.items() if value.startswith(each)), "no Slack token")
    raise SettingsError(f"the {name} is {other}", _WHERE[name])
