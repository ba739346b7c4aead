"""What the parts of a round of warnings have in common: what each of them found, and who uses which image."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.facts.forewarning import Check, Finding, Key, Kind, User
from bot.facts.objects import Unread
from bot.ports.stocktaking import Use


@dataclass(slots=True)
class Part:
    """What one part of a round found; as in :class:`~bot.facts.forewarning.Outlook`."""

    findings: list[Finding] = field(default_factory=list)
    fine: set[Key] = field(default_factory=set)
    used: set[Key] = field(default_factory=set)
    blind: set[tuple[Kind, str]] = field(default_factory=set)
    unread: list[Unread] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    due: int = 0


def by_image(uses: Iterable[Use]) -> Mapping[str, Sequence[Use]]:
    """Who runs each image, by its name."""
    found: dict[str, list[Use]] = {}
    for use in uses:
        for image in use.images:
            found.setdefault(image, []).append(use)
    return dict(sorted(found.items()))


def users(uses: Iterable[Use]) -> tuple[User, ...]:
    """Those as a warning names them."""
    return tuple(sorted(User(each.namespace, each.workload, each.pods, each.labels) for each in uses))
