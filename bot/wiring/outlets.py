"""Who is told without Slack, of what: settings in, an outlet for each out."""

import re
from collections.abc import Iterator

from bot.carriers.alertmanager import ALERTMANAGER
from bot.carriers.events import PREFIX as EVENTS
from bot.carriers.webhook import PREFIX as WEBHOOK
from bot.incidents.routing import Match, Route, Routing
from bot.settings import Match as Wanted
from bot.settings import Settings
from bot.wiring.knowing import Knowledge
from bot.workflows import spreading
from bot.workflows.spreading import Outlet


def outlets(settings: Settings, known: Knowledge) -> tuple[Outlet, ...]:
    """Everybody, each with one route of its own."""
    severities = {cause.id: cause.severity for cause in known.catalog.causes}
    return tuple(
        Outlet(name, Routing((Route(match, name),), severities), sends, is_latest=name.startswith(EVENTS))
        for name, match, sends in _wanted(settings)
    )


def match(wanted: Wanted) -> Match:
    """What the settings want, as a route takes it."""
    return Match(**{key: getattr(wanted, key) for key in Match.__dataclass_fields__})


def _wanted(settings: Settings) -> Iterator[tuple[str, Match, spreading.Sends]]:
    for hook in settings.webhooks:
        yield f"{WEBHOOK}{hook.name}", match(hook.match), spreading.always
    if settings.alertmanager.urls:
        # It is told how things stand again and again: what is remembered is the words.
        yield ALERTMANAGER, Match(), spreading.never
    for name, cluster in settings.clusters.items():
        if cluster.teller is not None:
            where = Match(cluster=(_exactly(name),), namespaces=cluster.teller.namespaces)
            yield f"{EVENTS}{name}", where, spreading.verdicts


def _exactly(name: str) -> str:
    """A pattern that only this name fits."""
    return re.sub(r"([*?[])", r"[\1]", name)
