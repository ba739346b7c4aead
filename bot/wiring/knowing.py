"""What the playbooks say, read once for a session: the folders of playbooks/ in -> :class:`Knowledge` out."""

from dataclasses import dataclass
from pathlib import Path

import bot
from bot.catalog import loader, registries, symptoms
from bot.diagnosis.signatures import SignatureBook
from bot.errors import PlaybookError
from bot.facts.playbook import Catalog
from bot.facts.registries import RegistryBook


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the playbooks say: the causes with their words, the signatures of messages, facts of registries."""

    catalog: Catalog
    signatures: SignatureBook
    registries: RegistryBook


def shipped_playbooks() -> Path:
    """The folder of knowledge: beside the checkout, or inside the installed package.

    Raises:
        PlaybookError: it is in neither place.
    """
    package = Path(bot.__file__).parent
    for place in (package / "_playbooks", package.parent / "playbooks"):
        if (place / "causes").is_dir():
            return place
    raise PlaybookError("the shipped playbooks are missing", "install imagepull again")


def knowledge(overrides: Path | None = None) -> Knowledge:
    """Read the playbooks, the operator's own beside the shipped ones.

    Raises:
        PlaybookError: one of them does not say what it must.
    """
    shipped = shipped_playbooks()
    if overrides is not None and not overrides.is_dir():
        raise PlaybookError(
            f"there is no playbook folder {str(overrides)!r}", "look at playbooks.folder in the settings"
        )
    own = overrides / "symptoms" if overrides else None
    rules = symptoms.load(shipped / "symptoms", own if own and own.is_dir() else None)
    return Knowledge(loader.load(shipped, overrides), SignatureBook(rules), registries.load(shipped))
