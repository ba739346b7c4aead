"""Takes one registry's entry out of a pull secret for its copy: a Secret as it was planned in -> the copy's content out.

Everything else that the Secret holds is forgotten on the spot, and nothing of it is kept for the next time. This is the
only place besides ``lending`` that hands a value on.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.cluster import pull_secrets
from bot.cluster.shapes import Metadata, SecretShape
from bot.facts.change import ANNOTATION, LABEL, Copying, ObjectKey
from bot.facts.text import shown
from bot.ports.rehearsing import Declined, Reason


TYPE: Final = "kubernetes.io/dockerconfigjson"
_KEY: Final = ".dockerconfigjson"
# https://github.com/docker/cli/blob/v28.0.0/cli/config/types/authconfig.go
_FIELDS: Final = frozenset({"username", "password", "email", "auth", "identitytoken", "registrytoken"})


@dataclass(frozen=True, slots=True)
class Taken:
    """What a copy will hold. Never print it.

    Attributes:
        content: of the copy's one key, as its ``data`` spells it.
        secrets: whatever must not be told, should anybody quote what was sent.
    """

    content: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    def manifest(self, key: ObjectKey, plan: str) -> dict[str, Any]:
        """The Secret to be made, marked as ours and as this plan's."""
        marks = {"labels": {LABEL: "true"}, "annotations": {ANNOTATION: plan}}
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": key.name, "namespace": key.namespace, **marks},
            "type": TYPE,
            "data": {_KEY: self.content},
        }


def taken(secret: SecretShape, copying: Copying) -> Taken | Declined:
    """The one entry that is to be copied; the caller forgets the Secret afterwards.

    Returns:
        ``conflict`` where the Secret is not the one that was planned with, ``invalid`` where it has no such entry.
    """
    meta = secret.metadata or Metadata()
    there = (meta.uid, meta.resource_version, tuple(sorted(secret.data or {})))
    if there != (copying.uid, copying.version, tuple(sorted(copying.keys))):
        return Declined(Reason.CONFLICT, f"{copying.source} has changed since it was looked at")
    found = _entry(secret, copying.entry)
    if found is None:
        told = f"{copying.source} has no entry {shown(copying.entry)} that could be copied"
        return Declined(Reason.INVALID, told)
    name, fields = found
    raw = json.dumps({"auths": {name: fields}}).encode()
    content = base64.b64encode(raw).decode()
    return Taken(content, (content, *_secrets(fields)))


def _entry(secret: SecretShape, wanted: str) -> tuple[str, dict[str, str]] | None:
    """Its name as it stands there, and what it holds; None for none, or for more than one that could be meant."""
    entries = _entries(secret)
    if wanted in entries:
        names = [wanted]
    else:
        names = [name for name in entries if pull_secrets.safe_key(name) == wanted]
    if len(names) != 1 or not isinstance(entries[names[0]], Mapping):
        return None
    fields = {name: value for name, value in entries[names[0]].items() if name.lower() in _FIELDS}
    kept = {name: value for name, value in fields.items() if isinstance(value, str)}
    return (names[0], kept) if kept else None


def _entries(secret: SecretShape) -> dict[str, Any]:
    """Registry key -> fields, as the kubelet reads them."""
    key = pull_secrets.DOCKER_TYPES.get(secret.type or "")
    try:
        document = json.loads(base64.b64decode((secret.data or {}).get(key or "") or ""), parse_int=float)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(document, Mapping):
        return {}
    if key != _KEY:
        return dict(document)
    found: dict[str, Any] = {}
    for name, auths in document.items():
        if name.lower() == "auths" and isinstance(auths, Mapping):
            found |= auths
    return found


def _secrets(fields: Mapping[str, str]) -> Iterator[str]:
    for name, value in fields.items():
        if name.lower() != "email":
            yield value
        if name.lower() == "auth":
            yield from _told(value)


def _told(auth: str) -> Iterator[str]:
    """User name and password, which an ``auth`` holds in base64."""
    try:
        whole = base64.b64decode(auth + "=" * (-len(auth) % 4)).decode(errors="replace")
    except (binascii.Error, ValueError):
        return
    yield whole
    yield from (part for part in whole.partition(":")[::2])
