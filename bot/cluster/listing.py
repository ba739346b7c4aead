"""Walks a list page by page and keeps only what matters, so that memory does not grow with healthy pods.

A resource in -> what was kept, and whether everything was seen. A list that breaks off keeps what was read
and says so: what was not seen is never taken for gone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

import msgspec

from bot.cluster import reduce, shapes, suspects
from bot.cluster.client import ApiClient, Refusal
from bot.cluster.resources import Resource
from bot.facts.objects import Unread


T = TypeVar("T")

# https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
# 500 is client-go's own page size. Never with resourceVersion=0: the server then ignores the limit.
_PAGE_SIZE: Final = "500"


@dataclass(frozen=True, slots=True)
class Cut:
    """One page after decoding.

    Attributes:
        kept: what is worth keeping.
        seen: how many items the page had.
        next: token of the next page; "" at the end.
        unreadable: names of items that have another form than the API's.
    """

    kept: list[Any]
    seen: int
    next: str = ""
    unreadable: tuple[str, ...] = ()


Body = bytes | memoryview
Cutter = Callable[[Body], Cut]


@dataclass(slots=True)
class Harvest(Generic[T]):
    """What a walk brought home."""

    kept: list[T] = field(default_factory=list)
    seen: int = 0
    complete: bool = True
    unread: list[Unread] = field(default_factory=list)
    observed_at: datetime | None = None

    def add(self, other: "Harvest[T]") -> None:
        """Take in what another walk found."""
        self.kept += other.kept
        self.seen += other.seen
        self.complete = self.complete and other.complete
        self.unread += other.unread
        self.observed_at = self.observed_at or other.observed_at


async def walk(client: ApiClient, resource: Resource, query: Mapping[str, str], cut: Cutter) -> Harvest[Any]:
    """List a resource to its end.

    An expired list goes on with the token that the server offers, or starts again once. Any other refusal
    after the first page ends the walk with ``complete=False``.

    Raises:
        Refusal: already the first page was refused.
    """
    harvest: Harvest[Any] = Harvest()
    earlier: Harvest[Any] | None = None
    token, used = "", set[str]()
    while True:
        try:
            page = await _page(client, resource, query, token, cut, harvest)
        except Refusal as refusal:
            if refusal.status == 410 and refusal.resume and refusal.resume not in used:
                token = refusal.resume
                used.add(token)
                continue
            if refusal.status == 410 and token and earlier is None:
                earlier, token = harvest, ""
                used.clear()
                harvest = Harvest(observed_at=earlier.observed_at)
                continue
            if not token and earlier is None:
                raise
            # The walk that got further knows more; two halves of different age would not fit together.
            furthest = harvest if earlier is None or harvest.seen > earlier.seen else earlier
            _break_off(furthest, resource, refusal)
            return furthest
        _take(harvest, resource, page)
        if page.next in used:
            _break_off(harvest, resource, Refusal("list runs in circles"))
            return harvest
        if not page.next:
            return harvest
        token = page.next
        used.add(token)


async def _page(
    client: ApiClient,
    resource: Resource,
    query: Mapping[str, str],
    token: str,
    cut: Cutter,
    harvest: Harvest[Any],
) -> Cut:
    full = {**query, "limit": _PAGE_SIZE}
    if token:
        full["continue"] = token
    # A body that is cut short with a good status is rare and passes: one more try.
    for last in (False, True):
        try:
            answer = await client.take(resource, full, cut)
        except (msgspec.DecodeError, UnicodeDecodeError):
            if last:
                raise Refusal("answer is not what an API server sends") from None
            continue
        harvest.observed_at = harvest.observed_at or answer.date
        return answer.body
    raise AssertionError("unreachable: the last try returns or raises")


def _take(harvest: Harvest[Any], resource: Resource, page: Cut) -> None:
    harvest.kept += page.kept
    harvest.seen += page.seen
    for name in page.unreadable:
        harvest.complete = False
        harvest.unread.append(Unread(f"{resource.plural.removesuffix('s')} {name}", "not understood"))


def _break_off(harvest: Harvest[Any], resource: Resource, refusal: Refusal) -> None:
    harvest.complete = False
    harvest.unread.append(Unread(f"rest of {resource.what} (after {harvest.seen:,})", refusal.why))


def keeping(shape: type[T], reduced: Callable[[T], Any], keep: Callable[[T], bool] | None = None) -> Cutter:
    """A cutter for any kind: decode every item as ``shape``, pick those that ``keep`` says, and reduce them."""
    decoder = msgspec.json.Decoder(shapes.Page[shape])  # type: ignore[valid-type]  # a type made at run time
    single = msgspec.json.Decoder(shape)

    def cut(body: Body) -> Cut:
        try:
            page = decoder.decode(body)
        except msgspec.ValidationError:
            return _one_by_one(body, single.decode, reduced, keep)
        items = page.items or []
        kept = [reduced(item) for item in items if keep is None or keep(item)]
        return Cut(kept, len(items), _next(page.metadata))

    return cut


_NULL: Final = msgspec.Raw(b"null")


class _StatusFirst(shapes.Shape):
    """A pod's status without its conditions, which are most of it and only interest for suspects."""

    phase: str | None = None
    conditions: msgspec.Raw = _NULL
    container_statuses: list[shapes.ContainerStatus] | None = None
    init_container_statuses: list[shapes.ContainerStatus] | None = None
    ephemeral_container_statuses: list[shapes.ContainerStatus] | None = None


class _PodFirst(shapes.Shape):
    """A pod of which only the containers' states are decoded; the rest is skipped and remembered as bytes."""

    metadata: msgspec.Raw = _NULL
    spec: msgspec.Raw = _NULL
    status: _StatusFirst | None = None


# Phases in which the spec has to be looked at, too.
_UNSETTLED: Final = ("Pending", "", None)
_pods: Final = msgspec.json.Decoder(shapes.Page[_PodFirst])
_pod: Final = msgspec.json.Decoder(shapes.PodShape)
_metadata: Final = msgspec.json.Decoder(shapes.Metadata | None)
_spec: Final = msgspec.json.Decoder(shapes.PodSpec | None)
_conditions: Final = msgspec.json.Decoder(list[shapes.ConditionShape] | None)


def suspect_pods(body: Body) -> Cut:
    """A cutter for pods that builds only those which may have a pull failure: 99 % cost a skip and no object."""
    try:
        page = _pods.decode(body)
        items = page.items or []
        kept = [reduce.to_pod(pod) for pod in map(_suspect, items) if pod is not None]
    except msgspec.ValidationError:
        return _one_by_one(body, _pod.decode, reduce.to_pod, suspects.is_suspect)
    return Cut(kept, len(items), _next(page.metadata))


def _suspect(item: _PodFirst) -> shapes.PodShape | None:
    status = item.status
    if status is not None and status.phase not in _UNSETTLED and not suspects.speaks_of_trouble(status):
        return None
    pod = _whole(item)
    return pod if suspects.is_suspect(pod) else None


def _whole(item: _PodFirst) -> shapes.PodShape:
    first = item.status or _StatusFirst()
    status = shapes.PodStatus(
        first.phase,
        _conditions.decode(first.conditions),
        first.container_statuses,
        first.init_container_statuses,
        first.ephemeral_container_statuses,
    )
    return shapes.PodShape(_metadata.decode(item.metadata), _spec.decode(item.spec), status)


def _one_by_one(
    body: Body,
    decode: Callable[[msgspec.Raw], T],
    reduced: Callable[[T], Any],
    keep: Callable[[T], bool] | None,
) -> Cut:
    """Read a page in which some item has an odd form: that one is named, the rest is kept."""
    page = msgspec.json.decode(body, type=shapes.Page[msgspec.Raw])
    kept, unreadable = [], []
    for place, raw in enumerate(page.items or (), 1):
        try:
            item = decode(raw)
        except msgspec.ValidationError:
            unreadable.append(_name(raw) or f"number {place} of its page")
            continue
        if keep is None or keep(item):
            kept.append(reduced(item))
    return Cut(kept, len(page.items or ()), _next(page.metadata), tuple(unreadable))


def _name(raw: msgspec.Raw) -> str:
    try:
        metadata = msgspec.json.decode(raw, type=shapes.NamespaceShape).metadata
    except msgspec.ValidationError:
        return ""
    if metadata is None or not metadata.name:
        return ""
    return f"{metadata.namespace}/{metadata.name}" if metadata.namespace else metadata.name


def _next(metadata: shapes.ListMetadata | None) -> str:
    return (metadata.next or "") if metadata else ""
