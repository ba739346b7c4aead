"""The registries of the settings: which may be asked, how far, and which never."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.errors import UsageError
from bot.facts import hosts
from bot.facts.redaction import redact
from bot.settings.kinds import (
    Budget,
    Host,
    Mirror,
    Pattern,
    Rate,
    Reach,
    RegistryHost,
    Section,
    UserPath,
    bare_word,
    refuse,
)
from bot.settings.proxies import DIRECT, OwnProxy, Proxy


class Registry(Section):
    """What may be asked of one registry, by its host."""

    probe: Annotated[
        Literal["off", "anonymous", "credentials"], BeforeValidator(bare_word, json_schema_input_type=str)
    ] = "off"
    """Whether it is asked, and with whose credentials. What stands here no flag exceeds; unsaid, the flags decide."""
    budget: Rate = Field(default=Budget(60, 3600), json_schema_extra={"default": "60/h"})
    """How many questions it is asked at most: a number per s, m, h or d."""
    addresses: tuple[Reach, ...] = ()
    """The private addresses its name may resolve to: networks, addresses, or address:port; else none."""
    ca_file: UserPath | None = None
    """Certificates to trust beside the system's, for this registry alone."""
    token_services: tuple[Host, ...] = ()
    """Further hosts that may get its credentials in exchange for a token, when the registry names them."""
    plain_http: bool = False
    """It speaks HTTP without TLS, and that is meant: it is asked anonymously and never gets a credential."""
    proxy: OwnProxy = ""
    """A proxy of its own, or ``direct`` for none; else ``registries.proxy``."""
    proxy_credentials_file: UserPath | None = None
    """A file with that proxy's ``user:password``. Those of ``registries.proxy`` are shown to no other proxy."""

    @model_validator(mode="after")
    def _nothing_in_the_clear(self) -> "Registry":
        if self.plain_http and self.probe == "credentials":
            refuse(
                "plain_http would send credentials in the clear",
                "write probe: anonymous, or give the registry TLS and drop plain_http",
            )
        return self

    @model_validator(mode="after")
    def _proxy_for_tls(self) -> "Registry":
        if self.plain_http and self.proxy not in ("", DIRECT):
            refuse("plain HTTP is not asked through a proxy", "write proxy: direct, or drop plain_http")
        if self.proxy_credentials_file and self.proxy in ("", DIRECT):
            refuse("credentials without a proxy of its own", "add proxy, or drop proxy_credentials_file")
        return self

    @property
    def says_probe(self) -> bool:
        """Whether somebody wrote how far to go; the default alone forbids no flag."""
        return "probe" in self.model_fields_set


class Registries(BaseModel):
    """The registries that may be asked, by host, those that never are, and the mirrors that stand before them."""

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)
    __pydantic_extra__: dict[str, Registry]

    mirrors: dict[RegistryHost, Mirror] = Field(default_factory=dict)
    """Registry host -> mirror that the nodes use for it."""
    deny: tuple[Pattern, ...] = ()
    """Hosts, or patterns such as ``*.corp.example``, that are never asked, whatever else is written or typed."""
    proxy: Proxy = ""
    """An HTTP proxy through which registries are asked: ``http://proxy.corp.example:3128``. ``HTTPS_PROXY`` and its kin are not read. docs/security.md says what it opens."""
    proxy_credentials_file: UserPath | None = None
    """A file with the proxy's ``user:password``; else REGISTRY_PROXY_CREDENTIALS."""

    @model_validator(mode="before")
    @classmethod
    def _hosts_are_hosts(cls, given: Any) -> Any:
        for key in given if isinstance(given, Mapping) else ():
            if key not in cls.model_fields:
                _host_key(str(key), cls.model_fields)
        return given

    @model_validator(mode="after")
    def _credentials_for_a_proxy(self) -> "Registries":
        if self.proxy_credentials_file and not self.proxy:
            refuse("credentials without a proxy", "add registries.proxy, or drop proxy_credentials_file")
        return self

    @property
    def hosts(self) -> Mapping[str, Registry]:
        """Registry host -> what may be asked of it."""
        return self.__pydantic_extra__


def _host_key(key: str, reserved: Iterable[str]) -> None:
    """Refuse a key that no image names as its registry, with the word or host that was likely meant."""
    try:
        hosts.registry(key)
    except UsageError as error:
        near = difflib.get_close_matches(key, list(reserved), n=1)
        shown = ascii(redact(key)[:60])
        refuse(f"{shown}: {error.message}", f"did you mean {near[0]!r}?" if near else error.hint)
