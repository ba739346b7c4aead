"""The settings explained: the JSON Schema of the models in, an example file and a page of documentation out.

One source for all of it, so that what ``imagepull init`` writes, what the page says and what is accepted
cannot drift apart. ``make docs`` writes the files; a test holds them to this.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot import settings


_HEAD = """\
# Settings of imagepull. Every key is optional, and the terminal works without this file.
# Passwords and tokens never stand here. docs/settings.md tells every key.
# yaml-language-server: $schema=settings.schema.json
"""
_PAGE_HEAD = """\
# Settings

One YAML file: `--config`, else `$IMAGEPULL_CONFIG`, else `./imagepull.yaml`, else
`~/.config/imagepull/imagepull.yaml`. The terminal needs none; `imagepull init` writes one for the contexts of
your kubeconfig. Environment variables override single values: `IMAGEPULL_DETECTION__STALLED_AFTER=20m`,
`IMAGEPULL_CLUSTERS__PROD_EU__CONTEXT=prod` (parts joined by `__`; case, `-` and `_` do not matter). An unknown key
is an error that names the nearest one.

This page, `settings.schema.json` and `imagepull.example.yaml` are generated from `bot/settings/` by `make docs`.
"""
# What stands in the example for maps whose keys are the operator's own.
_OWN_NAMES = {
    "registries": ("registry.corp.example",),
    "mirrors": ("docker.io",),
    "mentions": ("high",),
    "severity_words": ("high",),
}
_OWN_VALUES = {
    "mirrors": "mirror.corp.example/dockerhub",
    "kubeconfig": "~/.kube/other",
    "folder": "/etc/imagepull/playbooks",
    "ca_file": "/etc/ssl/corp.pem",
    "addresses": '["10.20.0.0/16"]',
    "token_services": '["auth.corp.example"]',
    "deny": '["*.vendor.example"]',
    "who": '["@developers"]',
    "channel": '"#shop-oncall"',
    "channels": '["#team-a", "#team-b"]',
    "mention": '"@shop-oncall"',
    "mentions": '"@sre"',
    "severity_words": "SEV-1",
    "key": "imagepull/channel",
    "cluster": '["prod-*"]',
    "proxy": "http://proxy.corp.example:3128",
    "proxy_credentials_file": "/run/secrets/registry-proxy-credentials",
    "bot_token_file": "/run/secrets/slack-bot-token",
    "app_token_file": "/run/secrets/slack-app-token",
    "signing_secret_file": "/run/secrets/slack-signing-secret",
    "registries": '["registry.corp.example"]',
    "context": "prod-writer",
    "actions": "[roll-back, set-image]",
    "approvers": '["@sre"]',
    "hours": "Mon-Fri 08:00-18:00 Europe/Berlin",
    "repositories": '["registry.corp.example/shop/*"]',
    "from": "platform/regcred",
    "to": '["team-*"]',
    "token_file": "/run/secrets/writer-token",
    "password_file": "/run/secrets/database-password",
}

Schema = Mapping[str, Any]


def example(contexts: Sequence[str]) -> str:
    """A settings file with one cluster for each context; everything else stands there commented out."""
    whole = settings.schema()
    lines = [_HEAD]
    for key, schema in whole["properties"].items():
        lines.append(f"# {_says(schema, whole)}")
        if key == "clusters" and contexts:
            lines.append(f"{key}:")
            lines.extend(_clusters(contexts, schema, whole))
        else:
            lines.append(f"#{key}:")
            lines.extend(f"#{line}" for line in _members(key, schema, whole, 2))
        lines.append("")
    return "\n".join(lines)


def page() -> str:
    """The documentation: one table for each section."""
    whole = settings.schema()
    parts = [_PAGE_HEAD]
    for key, schema in whole["properties"].items():
        parts.append(f"## `{key}`\n\n{_says(schema, whole)}\n")
        parts.append(
            "\n".join(["| key | default | meaning |", "|---|---|---|", *_rows(key, schema, whole), ""])
        )
    parts.append("## Example\n\n```yaml\n" + example(("prod-eu", "staging")).rstrip() + "\n```\n")
    return "\n".join(parts)


def files() -> Mapping[str, str]:
    """Name under ``docs/`` -> content."""
    return {
        "settings.md": page(),
        "settings.schema.json": json.dumps(settings.schema(), indent=2, ensure_ascii=False) + "\n",
        "imagepull.example.yaml": example(("prod-eu", "staging")),
    }


def _clusters(contexts: Sequence[str], schema: Schema, whole: Schema) -> Iterator[str]:
    """A cluster for each context; the first one shows what else could be said of it."""
    for place, context in enumerate(contexts):
        yield f"  {json.dumps(context)}:"
        yield f"    context: {json.dumps(context)}"
        if place == 0:
            keys = _section(_resolved(schema["additionalProperties"], whole), whole, 0, skip=("context",))
            yield from (f"    #{line}" for line in keys)


def _members(key: str, schema: Schema, whole: Schema, indent: int) -> Iterator[str]:
    """The lines below a key."""
    resolved = _resolved(schema, whole)
    if (item := _item(resolved, whole)) is not None:
        yield from _entry(item, whole, indent)
        return
    own = resolved.get("additionalProperties")
    if isinstance(own, Mapping):
        for name in _OWN_NAMES.get(key, ("name",)):
            if "$ref" in own:
                yield f"{' ' * indent}{name}:"
                yield from _section(_resolved(own, whole), whole, indent + 2)
            else:
                yield f"{' ' * indent}{name}: {_OWN_VALUES[key]}"
    yield from _section(resolved, whole, indent)


def _section(schema: Schema, whole: Schema, indent: int, skip: Iterable[str] = ()) -> Iterator[str]:
    """Every key of a section, explained."""
    blank = " " * indent
    for key, below in schema.get("properties", {}).items():
        if key in skip:
            continue
        yield f"{blank}# {_says(below, whole)}"
        resolved = _resolved(below, whole)
        is_map = isinstance(resolved.get("additionalProperties"), Mapping)
        if "properties" in resolved or is_map or _item(resolved, whole) is not None:
            yield f"{blank}{key}:"
            yield from _members(key, below, whole, indent + 2)
        else:
            yield f"{blank}{key}: {_value(key, below)}"


def _item(schema: Schema, whole: Schema) -> Schema | None:
    """The section that a list is made of; None where it holds plain values, or is none."""
    items = schema.get("items")
    return _resolved(items, whole) if isinstance(items, Mapping) and "$ref" in items else None


def _entry(item: Schema, whole: Schema, indent: int) -> Iterator[str]:
    """One entry of a list, its first key behind the dash."""
    blank, is_first = " " * indent, True
    for line in _section(item, whole, indent + 2):
        is_key = not line.lstrip().startswith("#")
        yield f"{blank}- {line.lstrip()}" if is_first and is_key else line
        is_first = is_first and not is_key


def _value(key: str, schema: Schema) -> str:
    default = schema.get("default")
    if default in (None, "") and "examples" in schema:
        return str(schema["examples"][0])
    if key in _OWN_VALUES:
        return _OWN_VALUES[key]
    return "…" if default in (None, "") else json.dumps(default)


def _rows(key: str, schema: Schema, whole: Schema) -> Iterator[str]:
    resolved = _resolved(schema, whole)
    if (item := _item(resolved, whole)) is not None:
        yield from _table(f"{key}[].", item, whole)
        return
    own = resolved.get("additionalProperties")
    if isinstance(own, Mapping) and "$ref" in own:
        yield from _table(f"{key}.NAME.", _resolved(own, whole), whole)
    yield from _table(f"{key}.", resolved, whole)


def _table(prefix: str, schema: Schema, whole: Schema) -> Iterator[str]:
    for key, below in schema.get("properties", {}).items():
        resolved = _resolved(below, whole)
        if "properties" in resolved:
            yield from _table(f"{prefix}{key}.", resolved, whole)
            continue
        if (item := _item(resolved, whole)) is not None:
            yield f"| `{prefix}{key}` | | {_says(below, whole)} A list of: |"
            yield from _table(f"{prefix}{key}[].", item, whole)
            continue
        default = below.get("default")
        shown = "" if default in (None, "", [], {}) else f"`{json.dumps(default)}`"
        choices = f" One of {', '.join(f'`{each}`' for each in below['enum'])}." if "enum" in below else ""
        yield f"| `{prefix}{key}` | {shown} | {_says(below, whole)}{choices} |"


def _says(schema: Schema, whole: Schema) -> str:
    """What a key means; where its words are its model's own, the schema holds them only there."""
    text: str = schema.get("description") or _resolved(schema, whole)["description"]
    return text.replace("``", "`")


def _resolved(schema: Schema, whole: Schema) -> Schema:
    """What a schema refers to; of a section that may be missing, the section."""
    may_be = (each["$ref"] for each in schema.get("anyOf", ()) if "$ref" in each)
    reference = schema.get("$ref") or next(may_be, None)
    return whole["$defs"][reference.rsplit("/", 1)[-1]] if reference else schema


if __name__ == "__main__":
    for name, content in files().items():
        Path(sys.argv[1], name).write_text(content, encoding="utf-8")
