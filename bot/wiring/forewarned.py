"""Settings and playbooks in -> what a round of warnings needs: its terms, and who has the words."""

from collections.abc import Iterable
from pathlib import Path

from bot.catalog import warnings
from bot.facts.forewarning import Kind
from bot.rendering.bulletins import Announcer
from bot.settings import Settings
from bot.wiring.knowing import shipped_playbooks
from bot.workflows.outlook import Terms


def terms(settings: Settings, kinds: Iterable[Kind] | None = None) -> Terms:
    """What is looked for, and how far.

    Args:
        settings: say how far.
        kinds: those that somebody asked for; None for those of the settings.
    """
    wanted = settings.warnings
    return Terms(
        frozenset(wanted.kinds if kinds is None else kinds),
        wanted.before,
        wanted.retired_within,
        wanted.every,
        wanted.share,
        wanted.images,
    )


def announcer(overrides: Path | None = None) -> Announcer:
    """Who has the words of warnings.

    Args:
        overrides: the operator's own playbooks.

    Raises:
        PlaybookError: the playbooks do not say what they must.
    """
    return Announcer(warnings.load(shipped_playbooks(), overrides))
