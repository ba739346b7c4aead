"""Whom the bot tells without Slack, by the settings: webhooks and Alertmanager.

Secrets never stand in the file: each comes from its variable or from a file that the settings name.
"""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.settings.kinds import Interval, Section, UserPath, one_or_several, refuse, span
from bot.settings.routes import Match


_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# What is neither printed nor white: the rest has no place in a URL.
_URL = re.compile(r"https?://[!-~]+", re.ASCII)


def is_plain(url: str) -> bool:
    """Whether what is sent there could be read on the way."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in _LOOPBACK


def _is_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, 0, urlsplit("")
    if not _URL.fullmatch(value) or not host or port == 0:
        refuse("that is no URL", "write https://hooks.corp.example/path")
    if parts.username is not None or parts.password is not None:
        refuse("a user or password does not belong into a URL", "a webhook's receiver checks its signature")
    if parts.fragment:
        refuse("what stands behind # is never sent", "leave it out")
    return value


def _is_hook(value: str) -> str:
    if is_plain(_is_url(value)):
        refuse(
            "what is told could be read on the way", "write https://; http:// is for this machine's own alone"
        )
    return value


def _is_base(value: str) -> str:
    if urlsplit(_is_url(value)).query:
        refuse(
            "that is no Alertmanager", "write https://alertmanager.corp.example, with its path if it has one"
        )
    return value.rstrip("/")


class Webhook(Section):
    """Somebody who is told of incidents by signed HTTP requests."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", examples=["on-call"])]
    """What it is called, in logs and metrics. Another name is another webhook, which knows of nothing yet."""
    url: Annotated[str, AfterValidator(_is_hook), Field(examples=["https://hooks.corp.example/imagepull"])]
    """Where to: ``https://…``; it is shown nowhere."""
    match: Match = Match()
    """Which failing pods it is told of; left out, all."""
    secret_file: UserPath | None = None
    """A file with the secret (whsec_…) that signs, or while it is changed with two; else WEBHOOK_SECRET_ and the name in capitals, with _ for -."""
    ca_file: UserPath | None = None
    """Certificates to trust beside the system's, for this webhook alone."""


Urls = Annotated[
    tuple[Annotated[str, AfterValidator(_is_base)], ...],
    BeforeValidator(one_or_several, json_schema_input_type=str | list[str]),
]


class Alertmanager(Section):
    """Alertmanagers that are told of every open incident; none unless they are named here."""

    urls: Urls = ()
    """Where they are: ``https://alertmanager.corp.example``. Of several each is told everything, as a cluster of them wants it."""
    resend: Interval = span("1m")
    """How often an alert is told again. Four times that after the last time it ends by itself."""
    token_file: UserPath | None = None
    """A file with a bearer token; else ALERTMANAGER_TOKEN, if that is set."""
    user: Annotated[str, Field(pattern=r"^[!-9;-~]*$", examples=["imagepull"])] = ""
    """A user for basic authentication instead."""
    password_file: UserPath | None = None
    """A file with that user's password; else ALERTMANAGER_PASSWORD."""
    ca_file: UserPath | None = None
    """Certificates to trust beside the system's, for Alertmanager alone."""
    plain_http: bool = False
    """They speak HTTP without TLS, and that is meant: what is told could be read on the way, and no token or password is sent."""

    @model_validator(mode="after")
    def _as_it_says(self) -> "Alertmanager":
        plain = any(map(is_plain, self.urls))
        if plain and not self.plain_http:
            refuse(
                "what is told could be read on the way",
                "write https://, or plain_http: true if that is meant",
            )
        if plain and (self.user or self.token_file or self.password_file):
            refuse("that would send credentials in the clear", "give Alertmanager TLS, or take them out")
        if self.user and self.token_file:
            refuse("a user and a token are two identities", "keep one of them")
        if self.password_file and not self.user:
            refuse("a password without a user", "add user, or write token_file instead")
        return self
