"""The tags of a repository, page by page and never without end: an image in -> the names that its repository lists out.

https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags. The next page is wherever the
registry says, so its word is taken only for the same list of the same host.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from bot.facts.image import ImageReference
from bot.facts.objects import Unread
from bot.facts.testimony import Fault, Identity, Step, Testimony
from bot.registry import discretion
from bot.registry.asking import Outcome, Question
from bot.registry.decoding import decoded
from bot.registry.endpoints import api_host, same_host
from bot.registry.leads import Lead, onward
from bot.registry.wire import MOST_TAGS


_TAG = re.compile(r"[\w][\w.-]{0,127}", re.ASCII)
_MOST_PAGES = 10
_MOST = 20_000
# What stands in a list of tags and is none.
_MOST_OTHERS = 1000
# Asked for when the registry's whole list is more than is read of one answer.
_PAGE = 1000
# https://www.rfc-editor.org/rfc/rfc8288#section-3; parameters without commas are all that registries write.
_LINK = re.compile(r"<([^<>]*)>([^,<>]{0,200})")
_NEXT = re.compile(r";\s*rel\s*=\s*\"?next\b", re.IGNORECASE)


class Asks(Protocol):
    """Who puts a question to a registry."""

    async def put(self, question: Question) -> Outcome | Unread:
        """Put it."""
        ...


async def list_tags(asker: Asks, image: ImageReference, identity: Identity) -> Testimony | Unread:
    """Read the list of tags, as far as it is worth reading.

    Args:
        asker: who asks.
        image: its repository is meant.
        identity: who is asked for.

    Returns:
        How the first page ended. What a later page fails with only leaves the list incomplete.
    """
    start = f"/v2/{image.repository}/tags/list"
    first = await _page(asker, image, identity, start)
    if isinstance(first, Outcome) and first.told.fault is Fault.TOO_LARGE:
        first = await _page(asker, image, identity, f"{start}?n={_PAGE}")
    if isinstance(first, Unread):
        return first
    if not first.told.is_ok:
        return Testimony(first.told, remedy=first.remedy)
    names = _names(first)
    if names is None:
        return Testimony(replace(first.told, fault=Fault.GARBLED))
    found = dict.fromkeys(names)
    complete = await _further(asker, image, identity, first, found) and len(found) <= _MOST
    listed = discretion.tags(tuple(found)[:_MOST], first.repeats)
    return Testimony(first.told, tags=listed, complete=complete and len(listed) == len(found))


async def _further(
    asker: Asks, image: ImageReference, identity: Identity, page: Outcome, found: dict[str, None]
) -> bool:
    """Add the tags of the pages that follow, and tell whether those were all."""
    seen: set[str] = set()
    for _ in range(_MOST_PAGES):
        link = _next_link(page)
        if not link:
            return True
        path = _same_list(image, link)
        if path is None or path in seen or len(seen) == _MOST_PAGES - 1 or len(found) > _MOST:
            return False
        seen.add(path)
        following = await _page(asker, image, identity, path)
        if isinstance(following, Unread) or not following.told.is_ok:
            return False
        names = _names(following)
        if names is None:
            return False
        found.update(dict.fromkeys(names))
        page = following
    return False


async def _page(asker: Asks, image: ImageReference, identity: Identity, path: str) -> Outcome | Unread:
    return await asker.put(Question(image, identity, Step.TAGS, path, most=MOST_TAGS))


def _names(page: Outcome) -> tuple[str, ...] | None:
    """The tags on a page; none where it says ``null``; None where it is no list of tags."""
    document = decoded(page.reply.body) if page.reply else None
    if not isinstance(document, dict) or not document.keys() & {"tags", "name"}:
        return None
    tags = document.get("tags")
    if tags is None:
        return ()
    return _plain(tags) if isinstance(tags, list) else None


def _plain(listed: Sequence[object]) -> tuple[str, ...] | None:
    """What is a tag among these, one more than is kept at most; None where too much is none."""
    found: list[str] = []
    others = 0
    for each in listed:
        if isinstance(each, str) and _TAG.fullmatch(each):
            found.append(each)
        else:
            others += 1
        if others > _MOST_OTHERS:
            return None
        if len(found) > _MOST:
            break
    return tuple(found)


def _next_link(page: Outcome) -> str:
    header = page.reply.headers.get("link", "") if page.reply else ""
    return next((target for target, rest in _LINK.findall(header) if _NEXT.search(rest)), "")


def _same_list(image: ImageReference, link: str) -> str | None:
    """The path and query of a link, if it leads on in the same list; None otherwise.

    Behind a proxy many registries write ``http://`` of themselves, so the scheme is not looked at: the question is
    put as the others were.
    """
    path = f"/v2/{image.repository}/tags/list"
    lead = onward(Lead("https", api_host(image.registry), path), link)
    if lead is None or not same_host(lead.host, api_host(image.registry)):
        return None
    return lead.rest if lead.rest.partition("?")[0] == path else None
