"""Lends a pull secret's credential for one question: an identity in -> the credential, read afresh, or why not out.

This is the only place that hands a value on. One Secret is read, the one entry that the identity names is taken
out of it as the kubelet would, and everything else is forgotten on the spot; nothing is kept for the next time.
"""

import asyncio

import msgspec

from bot.cluster import pull_secrets
from bot.cluster.client import ApiClient, Refusal
from bot.cluster.resources import Resource
from bot.cluster.shapes import SecretShape
from bot.errors import ClusterUnreadable
from bot.facts.objects import Unread
from bot.facts.testimony import Identity
from bot.ports.credentials import Credential


# A Secret of a mebibyte may hold thousands of entries; to read them takes longer than everybody else should wait.
_LONGEST_AT_ONCE = 64 * 1024


class SecretLender:
    """Reads credentials out of a live cluster's pull secrets.

    Args:
        client: the API server.
        salt: with which the identities' fingerprints were made; by default the one of this process.
    """

    def __init__(self, client: ApiClient, salt: bytes | None = None) -> None:
        self._client = client
        self._salt = salt

    async def lend(self, identity: Identity) -> Credential | Unread:
        """The credential under the identity's key; ``Unread`` when it cannot be read or is another one by now."""
        resource = Resource("secrets", identity.namespace, identity.secret)
        if identity.is_anonymous or not identity.namespace:
            return Unread("a credential", "no secret is named")
        found = await self._read(resource, identity)
        if found is None:
            return resource.unread("changed since it was looked at, or not text")
        if isinstance(found, Credential) and not found.username:
            # With no user name the runtime asks anonymously, whatever else there is (ParseAuth):
            # https://github.com/containerd/containerd/blob/v2.1.0/internal/cri/server/images/image_pull.go
            return resource.unread("no user name under this key")
        return found

    async def _read(self, resource: Resource, identity: Identity) -> Credential | Unread | None:
        try:
            body = (await self._client.get(resource)).body
            if len(body) <= _LONGEST_AT_ONCE:
                return self._cut(body, identity)
            return await asyncio.to_thread(self._cut, body, identity)
        except Refusal as refusal:
            return resource.unread(refusal.why)
        except ClusterUnreadable as error:
            return resource.unread(error.message, error.hint)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return resource.unread("not understood")

    def _cut(self, body: bytes, identity: Identity) -> Credential | None:
        shape = msgspec.json.decode(body, type=SecretShape)
        return pull_secrets.credential_of(shape, identity.key, identity.fingerprint, self._salt)
