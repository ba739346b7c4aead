"""When something that is handed out may be taken: a table with leases in, a condition out."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_

from bot.store.models import LetterRow, PostRow


def is_free(of: type[LetterRow | PostRow], moment: datetime, lease: timedelta) -> ColumnElement[bool]:
    """In nobody's hands and not postponed; what was touched in the future was so before the clock went back."""
    return or_(of.waits_until.is_(None), of.waits_until <= moment, of.touched > moment + lease)
