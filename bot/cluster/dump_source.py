"""Reads API objects whole, for the one command that writes them down: an API server -> what a dump is made of.

Where Secrets may be read by name only (tier 2a), those that pods and ServiceAccounts name are read one by one; a
dump of them says nothing of any other Secret.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from bot.cluster import listing, shapes
from bot.cluster.client import ApiClient, Refusal
from bot.cluster.dump_contents import ALL_PLURALS, CLUSTER_WIDE, Gap
from bot.cluster.listing import Cut
from bot.cluster.resources import Resource
from bot.facts.objects import Unread


_LOG_LINES = "50"
_LOG_GUARD = 65536  # the server's limit takes the first bytes, so the tail is cut here
_LOG_TAIL = 4096
_MOST_NAMED = 500


class LiveSource:
    """A live cluster, for ``imagepull dump``.

    Args:
        client: the API server.
    """

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._partial: set[str] = set()

    @property
    def is_dump(self) -> bool:
        """Never: a structure on a live Secret was written by who knows whom."""
        return False

    def covered(self) -> tuple[str, ...] | None:
        """All namespaces."""
        return None

    def is_partial(self, kind: str) -> bool:
        """Whether the objects were read by name, so that there may be others."""
        return kind in self._partial

    def gaps(self) -> tuple[Gap, ...]:
        """None known before asking."""
        return ()

    async def raw_list(self, kind: str, namespace: str | None) -> list[dict[str, Any]] | Unread:
        """Every object of a kind; half a list is no answer."""
        resource = Resource(ALL_PLURALS[kind], "" if kind in CLUSTER_WIDE else namespace or "")
        try:
            harvest = await listing.walk(self._client, resource, {}, _whole)
        except Refusal as refusal:
            named = await self._named_secrets(namespace) if kind == "Secret" and refusal.status == 403 else []
            return named or resource.unread(refusal.why)
        return list(harvest.kept) if harvest.complete else harvest.unread[0]

    async def _named_secrets(self, namespace: str | None) -> list[dict[str, Any]]:
        names: set[tuple[str, str]] = set()
        for kind in ("Pod", "ServiceAccount"):
            found = await self.raw_list(kind, namespace)
            names.update(() if isinstance(found, Unread) else _secret_names(found))
        secrets = []
        for place, name in sorted(names)[:_MOST_NAMED]:
            try:
                answer = await self._client.get(Resource("secrets", place, name))
                secrets.append(msgspec.json.decode(answer.body, type=dict[str, Any]))
            except (Refusal, msgspec.DecodeError, UnicodeDecodeError):
                continue
        self._partial.update({"Secret"} if secrets else ())
        return secrets

    async def raw_log(self, namespace: str, pod: str, container: str) -> str | Unread:
        """The last 4 kB of the log of a container's latest run."""
        resource = Resource("pods", namespace, pod, "log")
        query = {"container": container, "tailLines": _LOG_LINES, "limitBytes": str(_LOG_GUARD)}
        try:
            answer = await self._client.get(resource, query)
        except Refusal as refusal:
            return resource.unread(refusal.why)
        return answer.body[-_LOG_TAIL:].decode(errors="replace")


def _secret_names(objects: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Namespace and name of every pull secret that pods or ServiceAccounts name."""
    for item in objects:
        place = (item.get("metadata") or {}).get("namespace") or ""
        for holder in (item, item.get("spec") or {}):
            for reference in holder.get("imagePullSecrets") or ():
                if reference and reference.get("name"):
                    yield place, reference["name"]


def _whole(body: bytes | memoryview) -> Cut:
    page = msgspec.json.decode(body, type=shapes.Page[dict[str, Any]])
    token = page.metadata.next if page.metadata else None
    return Cut(page.items or [], len(page.items or ()), token or "")
