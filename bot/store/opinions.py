"""Keeps what people say of verdicts: one row for each voice in, the same out for whoever counts them."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select

from bot.facts.episode import Episode, Stage
from bot.facts.opinion import Judgement, Opinion, Shown
from bot.facts.redaction import redact
from bot.facts.verdict import Confidence
from bot.store.database import Database, upsert
from bot.store.keeper import decoded
from bot.store.models import EpisodeRow, OpinionRow


_GONE_ON = ("judgement", "instead", "remark", "at", "confidence", "symptom", "cluster")
_TOLD = (Stage.OPEN.value, Stage.RESOLVED.value)


class DatabaseOpinions:
    """Implements ``Opinions``.

    Args:
        database: whose schema is up to date; to read alone one that can only be read will do.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, opinion: Opinion) -> bool:
        """Keep it in place of what the same person said of the same verdict before."""
        shown = opinion.shown
        row = {
            "incident": shown.incident,
            "cause": shown.cause,
            "person": opinion.person,
            "judgement": opinion.judgement.value,
            "instead": opinion.instead,
            "remark": _storable(opinion.remark),
            "at": opinion.at,
            "confidence": shown.confidence.value,
            "symptom": shown.symptom,
            "cluster": shown.cluster,
        }
        mine = and_(
            OpinionRow.incident == shown.incident,
            OpinionRow.cause == shown.cause,
            OpinionRow.person == opinion.person,
        )
        async with self._database.writing() as connection:
            before = (await connection.execute(select(OpinionRow.judgement).where(mine))).scalar()
            if before == opinion.judgement.value and not opinion.says_more:
                return False
            await upsert(connection, OpinionRow, row, *_GONE_ON)
        return True

    async def since(self, moment: datetime) -> tuple[Opinion, ...]:
        """Those given since then, the oldest first."""
        order = (OpinionRow.at, OpinionRow.incident, OpinionRow.cause, OpinionRow.person)
        wanted = select(OpinionRow.__table__).where(OpinionRow.at >= moment).order_by(*order)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return tuple(found for row in rows if (found := _opinion(row)) is not None)

    async def told(self, moment: datetime) -> tuple[Episode, ...]:
        """The incidents that people were told of and that go on or ended since then, by id."""
        wanted = (
            select(EpisodeRow.body, EpisodeRow.version)
            .where(EpisodeRow.stage.in_(_TOLD), or_(EpisodeRow.ended.is_(None), EpisodeRow.ended >= moment))
            .order_by(EpisodeRow.id)
        )
        async with self._database.reading() as connection:
            found = [decoded(*row) for row in await connection.execute(wanted)]
        return tuple(each for each in found if each.told is not None)


def _opinion(row: Any) -> Opinion | None:
    """None for a voice in words that only a newer version knows."""
    try:
        shown = Shown(row.incident, row.cause, Confidence(row.confidence), row.symptom, row.cluster)
        return Opinion(shown, row.person, Judgement(row.judgement), row.at, row.instead, row.remark)
    except ValueError:
        return None


def _storable(text: str) -> str:
    """Without what looks like a secret, whoever wrote it, and what no database takes."""
    return redact(text).replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
