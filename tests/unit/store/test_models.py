"""The tables keep times in UTC, and one life for each fingerprint."""

from datetime import datetime, timedelta, timezone

from sqlalchemy.dialects import postgresql, sqlite

from bot.facts.episode import Stage
from bot.store.models import EpisodeRow, Moment
from tests.fakes.cluster import NOW


def test_times_come_back_as_they_went_on_either_engine() -> None:
    """SQLite drops the offset, so it is always the same one."""
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    stored = Moment().process_bind_param(elsewhere, sqlite.dialect())
    assert stored is not None
    assert Moment().process_result_value(stored.replace(tzinfo=None), sqlite.dialect()) == NOW
    assert Moment().process_result_value(stored, postgresql.dialect()) == NOW
    assert Moment().process_bind_param(None, sqlite.dialect()) is None
    assert Moment().process_result_value(None, sqlite.dialect()) is None
    assert isinstance(stored, datetime)


def test_one_life_is_for_those_that_live() -> None:
    """The index names their stages."""
    (index,) = (each for each in EpisodeRow.__table__.indexes if each.unique)  # type: ignore[attr-defined]  # a Table
    assert str(index.dialect_options["sqlite"]["where"]) == "stage IN ('held', 'open')"
    assert [each.value for each in Stage if each.is_live] == ["held", "open"]
