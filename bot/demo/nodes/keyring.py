"""Which logins a kubelet tries for an image: a pod's Secrets as the API holds them in -> user names and passwords out.

How keys are compared and ordered is :mod:`bot.diagnosis.keyring`'s; here the values are, which it never sees.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.demo.nodes.asking import Login
from bot.diagnosis.keyring import match
from bot.facts.image import ImageReference
from bot.facts.objects import PullSecret, SecretEntry


Object = Mapping[str, Any]
_KEYS = {
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    "kubernetes.io/dockercfg": ".dockercfg",
}


class Undecodable(Exception):
    """A Secret over which the kubelet fails every pull of the pod: its words."""


def logins(image: ImageReference, secrets: Sequence[Object]) -> list[Login]:
    """The logins to try for an image, in the kubelet's order; none where no key fits.

    Args:
        image: what is to be pulled.
        secrets: those of the pod that exist, in the order the pod names them.

    Raises:
        Undecodable: for an ``auth`` that is not base64.
    """
    values: dict[tuple[str, str], Login] = {}
    seen = [_seen(secret, values) for secret in secrets]
    return [values[found.secret.name, found.entry.key] for found in match(image, seen)]


def _seen(secret: Object, values: dict[tuple[str, str], Login]) -> PullSecret:
    meta, kind = secret["metadata"], secret.get("type") or "Opaque"
    entries: list[SecretEntry] = []
    for key, told in _auths(secret, kind).items():
        values[meta["name"], key] = _login(told)
        entries.append(SecretEntry(key))
    return PullSecret(meta.get("namespace") or "", meta["name"], kind, tuple(entries))


def _auths(secret: Object, kind: str) -> Mapping[str, Any]:
    try:
        told = json.loads(base64.b64decode((secret.get("data") or {})[_KEYS[kind]]))
    except (KeyError, ValueError):
        return {}
    auths = told if kind.endswith("dockercfg") else told.get("auths")
    return auths if isinstance(auths, dict) else {}


def _login(told: Mapping[str, str]) -> Login:
    if not told.get("auth"):
        return Login(told.get("username") or "", told.get("password") or "")
    try:
        user, _, password = base64.b64decode(told["auth"], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Undecodable("illegal base64 data at input byte 0") from None
    return Login(user, password)
