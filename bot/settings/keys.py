"""What proves who we are to those who are told without Slack, and to proxies: the settings and the environment in, secrets out.

Like tokens they stand in no settings file, and what is wrong with one is told by its name alone.
"""

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import SettingsError
from bot.settings.carriers import Alertmanager, Webhook, is_plain
from bot.settings.models import Settings
from bot.settings.registries import Registries
from bot.settings.tokens import words


_MOST_SECRETS = 2


@dataclass(frozen=True, slots=True)
class Keys:
    """Secrets. Shown nowhere.

    Attributes:
        webhooks: by name, one or two for each.
        alertmanager: the header ``Authorization``; "" for none.
    """

    webhooks: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    alertmanager: str = field(default="", repr=False)


def keys(settings: Settings, environment: Mapping[str, str] = os.environ) -> Keys:
    """The secrets that the settings need.

    Raises:
        SettingsError: one is missing or cannot be read.
    """
    return Keys(
        {each.name: _signing(each, environment) for each in settings.webhooks},
        _authorization(settings.alertmanager, environment) if settings.alertmanager.urls else "",
    )


def proxy_credentials(
    registries: Registries, environment: Mapping[str, str] = os.environ
) -> Mapping[str, str]:
    """``user:password`` by registry host for each proxy that has some; under "" those of ``registries.proxy``.

    Raises:
        SettingsError: they cannot be read, or are something else.
    """
    found = {
        host: _pair(f"registries.{host}.proxy_credentials_file", _one("proxy credential", file, "", {}))
        for host, each in registries.hosts.items()
        if (file := each.proxy_credentials_file)
    }
    if registries.proxy:
        file, variable = registries.proxy_credentials_file, "REGISTRY_PROXY_CREDENTIALS"
        usual = _one("proxy credential", file, variable, environment)
        if file or usual:
            found[""] = _pair("registries.proxy_credentials_file" if file else variable, usual)
    return found


def _pair(where: str, value: str) -> str:
    user, _, password = value.partition(":")
    if not (user and password):
        raise SettingsError(f"{where} holds no user and password", "write them as user:password")
    return value


def _signing(hook: Webhook, environment: Mapping[str, str]) -> Sequence[str]:
    what = f"secret of the webhook {hook.name!r}"
    variable = f"WEBHOOK_SECRET_{hook.name.upper().replace('-', '_')}"
    found = words(what, hook.secret_file) if hook.secret_file else environment.get(variable, "").split()
    if not found:
        raise SettingsError(
            f"there is no {what}: set {variable}, or its secret_file in the settings",
            "whsec_ and base64; docs/beyond-slack.md says how to make one",
        )
    if len(found) > _MOST_SECRETS:
        raise SettingsError(
            f"the {what} is more than two words", "one secret, or the old one and the new one"
        )
    return found


def _authorization(alertmanager: Alertmanager, environment: Mapping[str, str]) -> str:
    if alertmanager.user:
        secret = _one(
            "password for Alertmanager", alertmanager.password_file, "ALERTMANAGER_PASSWORD", environment
        )
        if not secret:
            raise SettingsError(
                "there is no password for Alertmanager: set ALERTMANAGER_PASSWORD, or alertmanager.password_file"
            )
        told = "Basic " + base64.b64encode(f"{alertmanager.user}:{secret}".encode()).decode()
    else:
        token = _one("token for Alertmanager", alertmanager.token_file, "ALERTMANAGER_TOKEN", environment)
        told = f"Bearer {token}" if token else ""
    if told and any(map(is_plain, alertmanager.urls)):
        raise SettingsError("Alertmanager's credentials would be sent in the clear", "give it TLS")
    return told


def _one(what: str, file: Path | None, variable: str, environment: Mapping[str, str]) -> str:
    found = words(what, file) if file else environment.get(variable, "").split()
    if len(found) > 1 or not all(each.isascii() and each.isprintable() for each in found):
        raise SettingsError(f"the {what} is not one word of plain characters")
    return found[0] if found else ""
