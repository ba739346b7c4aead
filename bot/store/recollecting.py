"""Remembers what was seen once and cannot be seen again: first words and late tags in, the same out later."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from bot.facts.redaction import redact
from bot.facts.statement import Spot, Statement
from bot.ports.keeping import LateTag, Words
from bot.store import statements
from bot.store.database import Database, upsert, upsert_all
from bot.store.models import StatementRow, TagRow, WordsRow


# Not every SQLite takes more parameters in one statement: https://www.sqlite.org/limits.html#max_variable_number
_AT_ONCE = 500
_DAY = timedelta(days=1)


class DatabaseRecollection:
    """Implements ``Recollection``.

    Args:
        database: whose schema is up to date.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note_words(self, words: Sequence[Words]) -> None:
        """Remember the first words about each container and image; later ones change nothing."""
        rows = [
            {
                "cluster": each.cluster,
                "pod": each.pod,
                "container": each.container,
                "image": _storable(each.image),
                "message": _storable(redact(each.message)),
                "moment": each.moment,
            }
            for each in words
        ]
        if rows:
            async with self._database.writing() as connection:
                await upsert_all(
                    connection, WordsRow, rows, "image", "message", "moment", unless_same="image"
                )

    async def words(self, cluster: str, pods: Collection[str]) -> tuple[Words, ...]:
        """The first words about these pods' containers."""
        wanted = sorted(set(pods))
        found: list[Words] = []
        async with self._database.reading() as connection:
            for begin in range(0, len(wanted), _AT_ONCE):
                rows = await connection.execute(
                    select(
                        WordsRow.pod, WordsRow.container, WordsRow.image, WordsRow.message, WordsRow.moment
                    )
                    .where(WordsRow.cluster == cluster)
                    .where(WordsRow.pod.in_(wanted[begin : begin + _AT_ONCE]))
                )
                found += [Words(cluster, *row) for row in rows]
        return tuple(sorted(found, key=lambda each: (each.pod, each.container)))

    async def note_tag(self, repository: str, tag: str, moment: datetime, *, there: bool) -> None:
        """Remember when a tag was missed first, and when it was there first after that."""
        async with self._database.writing() as connection:
            if there:
                await connection.execute(
                    update(TagRow)
                    .where(TagRow.repository == repository, TagRow.tag == tag, TagRow.seen.is_(None))
                    .values(seen=moment)
                )
            else:
                row = {"repository": repository, "tag": tag, "asked": moment, "seen": None}
                await upsert(connection, TagRow, row)

    async def late_tags(self, repository: str) -> tuple[LateTag, ...]:
        """The tags of a repository that were missed, by name."""
        wanted = select(TagRow.tag, TagRow.asked, TagRow.seen).where(TagRow.repository == repository)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return tuple(sorted((LateTag(repository, *row) for row in rows), key=lambda each: each.tag))

    async def late_repositories(self) -> frozenset[str]:
        """Those of which some tag was there after it had been missed."""
        async with self._database.reading() as connection:
            wanted = select(TagRow.repository).where(TagRow.seen.is_not(None)).distinct()
            return frozenset((await connection.execute(wanted)).scalars())

    async def note_statement(self, statement: Statement) -> None:
        """Remember it, in the place of what the same node said before; what is older than a day goes."""
        spot = statement.spot
        row = {"cluster": spot.cluster, "node": spot.node, "host": spot.host, "port": spot.port}
        row |= {"at": statement.at, "plan": statement.plan, "body": statements.spelled(statement.seen)}
        async with self._database.writing() as connection:
            await connection.execute(delete(StatementRow).where(StatementRow.at < statement.at - _DAY))
            await upsert(connection, StatementRow, row, "at", "plan", "body")

    async def statements(self, cluster: str) -> tuple[Statement, ...]:
        """The last ones of a cluster's nodes; what cannot be read is left out."""
        wanted = select(
            StatementRow.node,
            StatementRow.host,
            StatementRow.port,
            StatementRow.at,
            StatementRow.plan,
            StatementRow.body,
        ).where(StatementRow.cluster == cluster)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        found = (
            Statement(Spot(cluster, node, host, port), seen, at, plan)
            for node, host, port, at, plan, body in rows
            if (seen := statements.read(body)) is not None
        )
        return tuple(sorted(found, key=lambda each: each.spot))


def _storable(text: str) -> str:
    """Without what PostgreSQL takes in no text: https://www.postgresql.org/docs/15/datatype-character.html."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
