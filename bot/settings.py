"""The settings file: an index of every option, and the only reader of the environment.

``imagepull.yaml`` and ``IMAGEPULL_…`` variables -> :class:`Settings`, or
:class:`~bot.errors.SettingsError` that names the key and the nearest one that exists. The documentation,
the JSON Schema and the example are made from these models. The terminal needs no file at all.
"""

import difflib
import os
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from bot.errors import SettingsError, UsageError
from bot.facts import hosts, times
from bot.facts.hosts import Addresses
from bot.facts.redaction import redact


FILE_NAME = "imagepull.yaml"
PREFIX = "IMAGEPULL_"
# Variables that steer the program itself; every other IMAGEPULL_… variable must be a setting.
OWN_VARIABLES = frozenset({"IMAGEPULL_CONFIG", "IMAGEPULL_DEBUG"})
# A Service called imagepull makes the kubelet set these for every pod beside it
# (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
_SERVICE_LINK = re.compile(r"(?:^|_)(?:SERVICE_HOST|SERVICE_PORT\w*|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)?)")
# A settings file is written by hand; more than this is a wrong path.
_LARGEST = 1024 * 1024
_BUDGET = re.compile(r"([0-9]{1,6})/([smhd])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# What pydantic shows of an error is one text; the hint stands in its second line.
_HINT = "\n"


@dataclass(frozen=True, slots=True)
class Budget:
    """So many questions in so many seconds."""

    questions: int
    seconds: int

    def __str__(self) -> str:
        """As the settings spell it: ``60/h``."""
        units = {seconds: unit for unit, seconds in _SECONDS.items()}
        return f"{self.questions}/{units[self.seconds]}"


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value if isinstance(value, timedelta) else _refuse("write a duration as 90s, 10m or 2h")
    return _taken(times.duration, value)


def _budget(value: object) -> object:
    if isinstance(value, Budget):
        return value
    found = _BUDGET.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return _refuse("that is no budget", "write a number per s, m, h or d: 60/h")
    if not int(found[1]):
        return _refuse("a budget of nothing asks nothing", "write probe: off instead")
    return Budget(int(found[1]), _SECONDS[found[2]])


def _addresses(value: object) -> object:
    if isinstance(value, Addresses):
        return value
    if not isinstance(value, str):
        return _refuse("that is no address", "write it in quotes: '10.20.0.7:5000'")
    return _taken(hosts.addresses, value)


def _checked(check: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(lambda value: _taken(check, value))


def _taken(read: Callable[[str], object], value: str) -> object:
    try:
        return read(value)
    except UsageError as error:
        return _refuse(error.message, error.hint)


def _refuse(why: str, hint: str = "") -> object:
    raise ValueError(why + _HINT + hint)


def _word(value: object) -> object:
    # YAML 1.1 reads the bare words off and no as false (https://yaml.org/type/bool.html).
    return "off" if value is False else value


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(times.spelled),
    WithJsonSchema({"type": "string", "examples": ["90s", "10m", "2h"]}),
]


Host = Annotated[str, _checked(hosts.host)]
Pattern = Annotated[str, _checked(hosts.pattern)]
Mirror = Annotated[str, _checked(hosts.mirror)]
RegistryHost = Annotated[str, _checked(hosts.registry)]
Reach = Annotated[
    Addresses,
    BeforeValidator(_addresses),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["10.20.0.0/16", "10.20.0.7:5000", "[fd00::7]:5000"]}),
]
Rate = Annotated[
    Budget,
    BeforeValidator(_budget),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,6}/[smhd]$", "examples": ["60/h"]}),
]


# ~ means the home folder, as in a shell; a settings file has no shell to say so.
UserPath = Annotated[Path, AfterValidator(Path.expanduser)]


def _span(text: str) -> Any:
    """A default duration, shown in the schema as people write it."""
    return Field(default=times.duration(text), json_schema_extra={"default": text})


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Namespaces(_Section):
    """Which namespaces of a cluster are looked at. Patterns as a shell writes them: ``team-*``."""

    include: tuple[str, ...] = ()
    """Only these; nothing listed means all."""
    exclude: tuple[str, ...] = ()
    """Never these, even when included."""


class Cluster(_Section):
    """How one cluster is reached, by its name in the settings."""

    context: str = ""
    """Context of the kubeconfig; empty for the current one."""
    kubeconfig: UserPath | None = None
    """Another kubeconfig than the usual one."""
    in_cluster: bool = False
    """Use the identity of the pod that the bot runs in."""
    interval: Duration = _span("60s")
    """How long to wait between two sweeps."""
    allow_exec: tuple[str, ...] = ()
    """Programs that the kubeconfig may start to get a token: ``aws``, ``gke-gcloud-auth-plugin``."""
    vantage: Literal["inside", "outside", "unknown"] = "unknown"
    """Where the bot stands: outside this cluster's network its own view of a registry counts against a node."""
    namespaces: Namespaces = Namespaces()
    """Which namespaces are looked at."""

    @model_validator(mode="after")
    def _one_way_in(self) -> "Cluster":
        if self.in_cluster and (self.context or self.kubeconfig):
            _refuse("in_cluster leaves no room for context or kubeconfig; keep one of them")
        return self


class Registry(_Section):
    """What may be asked of one registry, by its host."""

    probe: Annotated[
        Literal["off", "anonymous", "credentials"], BeforeValidator(_word, json_schema_input_type=str)
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

    @model_validator(mode="after")
    def _nothing_in_the_clear(self) -> "Registry":
        if self.plain_http and self.probe == "credentials":
            _refuse(
                "plain_http would send credentials in the clear",
                "write probe: anonymous, or give the registry TLS and drop plain_http",
            )
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

    @model_validator(mode="before")
    @classmethod
    def _hosts_are_hosts(cls, given: Any) -> Any:
        for key in given if isinstance(given, Mapping) else ():
            if key not in cls.model_fields:
                _host_key(str(key), cls.model_fields)
        return given

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
        _refuse(f"{shown}: {error.message}", f"did you mean {near[0]!r}?" if near else error.hint)


class Detection(_Section):
    """When a failure counts."""

    hold: Duration = _span("60s")
    """How long a failure must last before it is told."""
    stalled_after: Duration = _span("10m")
    """How long a pull may say nothing before it counts as stalled."""
    full_sweep_every: Annotated[int, Field(ge=1)] = 10
    """Every how many sweeps all pods are listed, instead of the Pending ones and those that events name."""


class Playbooks(_Section):
    """Your own knowledge beside the shipped one."""

    folder: UserPath | None = None
    """A folder shaped like the shipped ``playbooks/``; the same id overrides."""


class Settings(_Section):
    """Everything that can be set. Every key is optional."""

    clusters: dict[str, Cluster] = Field(default_factory=dict)
    """The clusters, by the name that ``-c`` takes and messages show."""
    registries: Registries = Registries()
    """The registries that may be asked, those that never are, and the mirrors that stand before them."""
    detection: Detection = Detection()
    """When a failure counts."""
    playbooks: Playbooks = Playbooks()
    """Your own knowledge beside the shipped one."""


def find(explicit: Path | None, environment: Mapping[str, str]) -> Path | None:
    """The settings file to read; None when there is none, which is fine.

    Raises:
        SettingsError: a file was named and is not there.
    """
    named = explicit or (
        Path(environment["IMAGEPULL_CONFIG"]) if environment.get("IMAGEPULL_CONFIG") else None
    )
    if named is not None:
        if not named.is_file():
            raise SettingsError(
                f"there is no settings file {str(named)!r}", "`imagepull init` writes one for this machine"
            )
        return named
    home = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME", "~")) / ".config")
    places = (Path(FILE_NAME), Path(home) / "imagepull" / FILE_NAME)
    return next((place for place in places if place.is_file()), None)


def load(explicit: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the file there is, let the environment override single values, and check everything.

    Raises:
        SettingsError: with the key that is off; never with a value, which could be a secret.
    """
    path = find(explicit, environment)
    tree = _read(path) if path else {}
    set_by = {
        _override(tree, variable, environment[variable]): variable for variable in _overrides(environment)
    }
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise _explained(error, str(path), set_by) from None


def schema() -> dict[str, Any]:
    """JSON Schema of the settings file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Settings.model_json_schema()}


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice: one of the two would be lost in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise SettingsError(f"line {key_node.start_mark.line + 1}: keys are words", "quote the key")
            if key in seen:
                raise SettingsError(
                    f"line {key_node.start_mark.line + 1}: {key!r} is given twice", "keep one of them"
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def _read(path: Path) -> dict[str, Any]:
    try:
        tree = yaml.load(_text(path), _Loader)  # noqa: S506  # a subclass of the safe loader
    except SettingsError as error:
        raise SettingsError(f"{path}: {error.message}", error.hint) from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise SettingsError(
            f"{path} is not YAML{line}", "check the indentation and the quotes there"
        ) from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise SettingsError(f"{path} holds no settings", "it must be a mapping: `clusters: …`")
    return tree


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_LARGEST + 1)
    except OSError as error:
        raise SettingsError(f"it cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError("it is not UTF-8 text") from None
    if len(text) > _LARGEST:
        raise SettingsError("it is larger than 1 MiB", "is this the settings file?")
    return text


def _overrides(environment: Mapping[str, str]) -> Iterator[str]:
    for variable in sorted(environment):
        name = variable.removeprefix(PREFIX)
        if name != variable and variable not in OWN_VARIABLES and not _SERVICE_LINK.search(name):
            yield variable


def _override(tree: dict[str, Any], variable: str, value: str) -> tuple[str, ...]:
    """Set the value that ``IMAGEPULL_CLUSTERS__PROD_EU__CONTEXT`` names; case, - and _ do not matter."""
    *parents, last = variable.removeprefix(PREFIX).split("__")
    place, path = tree, []
    for part in parents:
        path.append(_existing(place, part))
        below = place.setdefault(path[-1], {})
        if not isinstance(below, dict):
            raise SettingsError(f"{variable}: {path[-1]!r} holds no further keys")
        place = below
    path.append(_existing(place, last))
    try:
        place[path[-1]] = yaml.safe_load(value)
    except yaml.YAMLError:
        raise SettingsError(f"{variable} holds no YAML value", "quote it as YAML would need it") from None
    return tuple(path)


def _existing(place: Mapping[str, Any], part: str) -> str:
    plain = part.lower().replace("-", "_").replace(".", "_")
    return next(
        (key for key in place if key.lower().replace("-", "_").replace(".", "_") == plain), part.lower()
    )


def _explained(error: ValidationError, file: str, set_by: Mapping[tuple[str, ...], str]) -> SettingsError:
    first, *more = error.errors(include_url=False, include_input=False, include_context=False)
    location = tuple(str(part) for part in first["loc"])
    where = next((set_by[path] for path in set_by if location[: len(path)] == path[: len(location)]), file)
    key = redact(".".join(location)) or "the file"
    rest = f" (and {len(more)} more)" if more else ""
    if first["type"] == "extra_forbidden":
        known = sorted(_keys_beside(location))
        near = difflib.get_close_matches(location[-1], known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
        return SettingsError(f"{where}: {key}: unknown key{rest}", hint)
    why, _, hint = first["msg"].removeprefix("Value error, ").partition(_HINT)
    return SettingsError(
        f"{where}: {key}: {why[:1].lower()}{why[1:]}{rest}", hint or "docs/settings.md lists every key"
    )


def _keys_beside(location: tuple[str, ...]) -> Iterator[str]:
    """The keys that the models know beside the last one of a place in the file."""
    model: Any = Settings
    for part in location[:-1]:
        field = model.model_fields.get(part) if model else None
        if field is None:  # a name of the operator's own: what follows is the model behind it
            continue
        model = _SECTIONS.get(part, model)
    yield from model.model_fields


_SECTIONS: Mapping[str, type[BaseModel]] = {
    "clusters": Cluster,
    "namespaces": Namespaces,
    "registries": Registry,
    "detection": Detection,
    "playbooks": Playbooks,
}
