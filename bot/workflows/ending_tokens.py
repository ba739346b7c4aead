"""Pull secrets whose tokens say that they end: what runs in -> what to warn of, what is well and what could not be read out.

Only what a pod or ServiceAccount names is read, and of a Secret only the entries that some image of theirs would be pulled with.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.diagnosis import foresight, keyring
from bot.facts import image as images
from bot.facts.forewarning import Finding, Item, Key, Kind, User
from bot.facts.image import ImageReference
from bot.facts.objects import PullSecret, SecretEntry, Unread
from bot.ports.reading import ClusterReader
from bot.ports.stocktaking import Use
from bot.workflows.lookout import Part


# Each is a small request; the API server serves others, too.
_AT_ONCE = 8

Secret = tuple[str, str]


@dataclass(slots=True)
class _Users:
    """Who uses one Secret, and for what."""

    users: list[User] = field(default_factory=list)
    images: set[str] = field(default_factory=set)
    # Whoever makes pods with it next may pull anything.
    is_open: bool = False


async def find(reader: ClusterReader, uses: Iterable[Use], now: datetime, before: timedelta) -> Part:
    """What ends soon.

    Args:
        reader: the cluster.
        uses: what runs.
        now: the time.
        before: how long before its end a token is warned of.
    """
    users = _named_by_pods(uses)
    part = Part()
    spaces = sorted({namespace for namespace, _ in users} | {each.namespace for each in uses})
    await _add_accounts(reader, spaces, users, part)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def read(secret: Secret) -> PullSecret | Unread | None:
        """One of them, when its turn has come."""
        async with gate:
            return await reader.secret(*secret)

    named = sorted(users)
    for name, found in zip(named, await asyncio.gather(*map(read, named)), strict=True):
        await _judge(name, found, users[name], (now, before), part)
    return part


def _named_by_pods(uses: Iterable[Use]) -> dict[Secret, _Users]:
    found: dict[Secret, _Users] = {}
    for use in uses:
        for name in use.secrets:
            of = found.setdefault((use.namespace, name), _Users())
            of.users.append(User(use.namespace, use.workload, use.pods, use.labels))
            of.images.update(use.images)
    return found


async def _add_accounts(
    reader: ClusterReader, spaces: Iterable[str], users: dict[Secret, _Users], part: Part
) -> None:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def read(namespace: str) -> None:
        """Those of one namespace, likewise."""
        async with gate:
            accounts = await reader.service_accounts(namespace)
        if isinstance(accounts, Unread):
            part.unread.append(accounts)
            part.blind.add((Kind.TOKEN, namespace))
            return
        for each in accounts:
            for name in each.pull_secrets:
                of = users.setdefault((namespace, name), _Users())
                of.users.append(User(namespace, f"ServiceAccount/{each.name}"))
                of.is_open = True

    await asyncio.gather(*map(read, spaces))


async def _judge(
    name: Secret, found: PullSecret | Unread | None, of: _Users, when: tuple[datetime, timedelta], part: Part
) -> None:
    thing = "/".join(name)
    if isinstance(found, Unread):
        part.unread.append(found)
        part.used.add((Kind.TOKEN, thing, ""))
    if not isinstance(found, PullSecret) or found.flaw or not found.type_right:
        return  # the kubelet does not use it; that is another story
    now, before = when
    items = []
    users = tuple(sorted(of.users))
    references = [each for each in map(images.parsed, sorted(of.images)) if each is not None]
    for entry in found.entries:
        key: Key = (Kind.TOKEN, thing, entry.key)
        # A Secret of a mebibyte has thousands of entries, and a namespace may run thousands of images: nobody else waits for that.
        await asyncio.sleep(0)
        if not of.is_open and not _is_wanted(entry, references):
            continue
        part.used.add(key)
        if entry.expires is None or not foresight.is_ending(entry.issued, entry.expires, now, before):
            part.fine.add(key)
        else:
            items.append(Item(entry.key, _details(name, entry, entry.expires, now), users))
    if items:
        part.findings.append(Finding(Kind.TOKEN, thing, tuple(items)))


def _is_wanted(entry: SecretEntry, references: Iterable[ImageReference]) -> bool:
    return any(keyring.would_match(entry.key, each) for each in references)


def _details(name: Secret, entry: SecretEntry, expires: datetime, now: datetime) -> Mapping[str, str]:
    return {
        "namespace": name[0],
        "secret": name[1],
        "key": entry.key,
        "expires": _spelled(expires),
        "issued": _spelled(entry.issued) if entry.issued else "",
        "past": "yes" if expires <= now else "",
    }


def _spelled(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
