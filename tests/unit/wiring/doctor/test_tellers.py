"""Where verdicts are to be told is counted in namespaces. What is wrong with a teller tests/contract/test_doctor_tellers.py tries."""

from datetime import UTC, datetime
from pathlib import Path

import yaml

from bot.cluster.reviewing import Right
from bot.wiring.access import Access
from bot.wiring.doctor import tellers
from bot.wiring.doctor.clusters import Place
from bot.wiring.doctor.tellers import Telling
from bot.wiring.writers import WriterAccess


RBAC = Path(__file__).parents[4] / "deploy" / "rbac"


def _place(*spaces: str) -> Place:
    place = Place("clusters.prod", Access(), lambda: datetime.now(UTC))
    place.spaces = spaces
    return place


def test_rights_are_what_is_shipped() -> None:
    """Neither more nor less."""
    (role,) = (each for each in yaml.safe_load_all((RBAC / tellers.TELL.file).read_text()) if "rules" in each)
    shipped = {
        Right(verb, resource, group)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert set(tellers.TELL.rights) == shipped


def test_spaces_are_those_named_and_those_that_a_pattern_covers() -> None:
    """What is named is asked about though nobody could list it, and each once."""
    telling = Telling(WriterAccess("teller"), ("shop", "team-*"))
    assert telling.named == ("shop",)
    assert telling.spaces(_place("team-a", "pay", "shop")) == ("shop", "team-a")
    assert telling.spaces(_place()) == ("shop",)
