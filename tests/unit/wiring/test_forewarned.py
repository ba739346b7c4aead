"""What a round of warnings needs, from the settings and the playbooks."""

from datetime import timedelta

from bot.facts.forewarning import Ending, Kind
from bot.settings import Settings
from bot.wiring import forewarned


def test_the_terms_are_those_of_the_settings() -> None:
    """Unless somebody at a terminal wants other kinds."""
    said = Settings.model_validate({"warnings": {"kinds": ["image-gone"], "before": "3d", "images": 5}})
    terms = forewarned.terms(said)
    assert (terms.kinds, terms.before, terms.images) == (frozenset({Kind.IMAGE}), timedelta(days=3), 5)
    assert forewarned.terms(said, Kind).kinds == frozenset(Kind)
    assert not forewarned.terms(Settings()).kinds


def test_the_shipped_words_are_there() -> None:
    """For every kind."""
    assert forewarned.announcer().last_word(Kind.TOKEN, Ending.FINE)
