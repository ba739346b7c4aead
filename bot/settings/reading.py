"""Reads the settings: the file that there is and ``IMAGEPULL_…`` variables in, :class:`Settings` out.

What is off is told with the key, and the nearest one that exists; never with a value, which could be a secret.
"""

import difflib
import os
import re
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from bot.errors import SettingsError
from bot.facts.redaction import redact
from bot.settings.kinds import HINT
from bot.settings.models import Settings


FILE_NAME = "imagepull.yaml"
PREFIX = "IMAGEPULL_"
# Variables that steer the program itself; every other IMAGEPULL_… variable must be a setting.
OWN_VARIABLES = frozenset({"IMAGEPULL_CONFIG", "IMAGEPULL_DEBUG", "IMAGEPULL_TEST_KUBECONFIG"})
# A Service called imagepull makes the kubelet set these for every pod beside it
# (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
_SERVICE_LINK = re.compile(r"(?:^|_)(?:SERVICE_HOST|SERVICE_PORT\w*|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)?)")
# A settings file is written by hand; more than this is a wrong path.
_LARGEST = 1024 * 1024


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
    found = error.errors(include_url=False, include_input=False, include_context=False)
    # A misspelled key is told before the one that is missing for it: its name shows what happened.
    first, *more = sorted(found, key=lambda each: each["type"] != "extra_forbidden")
    location = tuple(str(part) for part in first["loc"])
    where = next((set_by[path] for path in set_by if location[: len(path)] == path[: len(location)]), file)
    key = redact(".".join(location)) or "the file"
    rest = f" (and {len(more)} more)" if more else ""
    if first["type"] == "extra_forbidden":
        known = sorted(_keys_beside(location))
        near = difflib.get_close_matches(location[-1], known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
        return SettingsError(f"{where}: {key}: unknown key{rest}", hint)
    if first["type"].startswith("bool_"):
        return SettingsError(f"{where}: {key}: that is neither true nor false{rest}", "write true or false")
    why, _, hint = first["msg"].removeprefix("Value error, ").partition(HINT)
    return SettingsError(
        f"{where}: {key}: {why[:1].lower()}{why[1:]}{rest}", hint or "docs/settings.md lists every key"
    )


def _keys_beside(location: tuple[str, ...]) -> Iterator[str]:
    """The keys that the models know beside the last one of a place in the file."""
    model: type[BaseModel] = Settings
    for part in location[:-1]:
        field = model.model_fields.get(part)
        # A name of the operator's own, or a place in a list: what follows is the model behind it.
        behind = (
            _models(field.annotation) if field else _models(model.__annotations__.get("__pydantic_extra__"))
        )
        model = next(behind, model)
    yield from model.model_fields


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that a key may hold, itself or as members of a list or map."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
