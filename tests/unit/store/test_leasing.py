"""When something that is handed out may be taken."""

from sqlalchemy.dialects import sqlite

from bot.store import leasing
from bot.store.models import LetterRow, PostRow
from tests.fakes.cluster import NOW
from tests.lives import MINUTE


def test_free_is_what_nobody_has_for_now() -> None:
    """Of either table: never taken, its lease over, or taken at a time that is yet to come."""
    for table in (LetterRow, PostRow):
        said = str(leasing.is_free(table, NOW, MINUTE).compile(dialect=sqlite.dialect()))
        name = table.__tablename__
        assert said == (f"{name}.waits_until IS NULL OR {name}.waits_until <= ? OR {name}.touched > ?")
