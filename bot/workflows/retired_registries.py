"""Images from registries that are given up, by what the playbooks know: what runs in -> what to warn of out; nobody is asked."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.diagnosis import foresight
from bot.facts import image as images
from bot.facts.forewarning import Finding, Item, Kind
from bot.facts.registries import RegistryBook, Retired
from bot.ports.stocktaking import Use
from bot.workflows import lookout
from bot.workflows.lookout import Part


def find(book: RegistryBook, uses: Iterable[Use], now: datetime, within: timedelta) -> Part:
    """What lives where it cannot stay.

    Args:
        book: which registries are given up, and when.
        uses: what runs.
        now: the time.
        within: how long after its end a registry is still told of.
    """
    part = Part()
    found: dict[str, list[Item]] = {}
    for image, of in lookout.by_image(uses).items():
        reference = images.parsed(image)
        retired = book.retirement(reference) if reference else None
        if retired is None:
            continue
        key = (Kind.REGISTRY, retired.prefix, image)
        part.used.add(key)
        if foresight.is_worth_telling(retired, now, within):
            item = Item(image, _details(retired, image, now), lookout.users(of))
            found.setdefault(retired.prefix, []).append(item)
        else:
            part.fine.add(key)
    part.findings += [Finding(Kind.REGISTRY, prefix, tuple(items)) for prefix, items in sorted(found.items())]
    return part


def _details(retired: Retired, image: str, now: datetime) -> Mapping[str, str]:
    day = foresight.day_of(retired)
    return {
        "prefix": retired.prefix,
        "moved_to": retired.moved_to,
        "since": retired.since,
        "told_by": retired.source,
        "image": image,
        "past": "yes" if day is not None and day <= now else "",
    }
