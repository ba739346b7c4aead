"""The tables, once for SQLite and PostgreSQL: what is asked for has a column, everything else is JSON of the frozen values.

``migrations`` makes them; a test holds both against each other.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, ForeignKeyConstraint, Index, MetaData, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from bot.facts.episode import Stage


_LIVE = text(f"stage IN ({', '.join(repr(each.value) for each in Stage if each.is_live)})")


class Moment(TypeDecorator[datetime]):
    """A time in UTC on both engines: SQLite keeps no offset."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """To the table."""
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> datetime | None:
        """From the table."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """All tables. Constraints have names, so that a migration can speak of them on either engine."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment, str: Text}  # noqa: RUF012  # SQLAlchemy's own way to say it


class EpisodeRow(Base):
    """An incident's life. Of one fingerprint one lives, whoever stores it: the database sees to that."""

    __tablename__ = "episodes"
    __table_args__ = (
        Index("ix_episodes_one_life", "fingerprint", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_episodes_cluster_stage", "cluster", "stage"),
        Index("ix_episodes_ended", "ended"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    fingerprint: Mapped[str]
    cluster: Mapped[str]
    stage: Mapped[str]
    ended: Mapped[datetime | None]
    body: Mapped[str]


class MessageRow(Base):
    """The message of an incident or of a plan in one channel, and where it stands.

    No foreign key holds it to what it is about, since that is in one of two tables: ``letters`` sees to it.
    """

    __tablename__ = "messages"

    incident: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]
    address_channel: Mapped[str | None]
    address_moment: Mapped[str | None]


class LetterRow(Base):
    """A letter until it is delivered.

    ``waits_until`` is the end of a lease or of a postponement; ``touched`` is when it began, by which a clock that went
    back shows. ``under_channel`` and ``under_moment`` say in which thread it was first tried: it is looked for there.
    """

    __tablename__ = "letters"
    __table_args__ = (
        ForeignKeyConstraint(
            ["incident", "channel"], ["messages.incident", "messages.channel"], ondelete="CASCADE"
        ),
        Index("ix_letters_incident_channel_number", "incident", "channel", "number"),
        # A number is part of a letter's key, by which its message is found again: never give one twice.
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    incident: Mapped[str]
    channel: Mapped[str]
    kind: Mapped[str]
    body: Mapped[str]
    under: Mapped[str] = mapped_column(server_default=text("''"))
    under_channel: Mapped[str | None]
    under_moment: Mapped[str | None]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    first_try: Mapped[datetime | None]
    touched: Mapped[datetime | None]
    waits_until: Mapped[datetime | None]


class WordsRow(Base):
    """The first words about a container's image."""

    __tablename__ = "words"
    __table_args__ = (Index("ix_words_moment", "moment"),)

    cluster: Mapped[str] = mapped_column(primary_key=True)
    pod: Mapped[str] = mapped_column(primary_key=True)
    container: Mapped[str] = mapped_column(primary_key=True)
    image: Mapped[str]
    message: Mapped[str]
    moment: Mapped[datetime]


class TagRow(Base):
    """A tag that was missed."""

    __tablename__ = "tags"
    __table_args__ = (Index("ix_tags_asked", "asked"),)

    repository: Mapped[str] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    asked: Mapped[datetime]
    seen: Mapped[datetime | None]


class GlanceRow(Base):
    """How the last look at a cluster went."""

    __tablename__ = "glances"

    cluster: Mapped[str] = mapped_column(primary_key=True)
    tried_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    trouble: Mapped[str]
    pods: Mapped[int]


class HeardRow(Base):
    """Something that was sent to a replica, and must not be acted upon by another one."""

    __tablename__ = "heard"
    __table_args__ = (Index("ix_heard_moment", "moment"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    moment: Mapped[datetime]


class ProposalRow(Base):
    """A plan and what became of it."""

    __tablename__ = "proposals"
    __table_args__ = (Index("ix_proposals_stage", "stage"), Index("ix_proposals_made", "made"))

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    stage: Mapped[str]
    cluster: Mapped[str]
    made: Mapped[datetime]
    ended: Mapped[datetime | None]
    body: Mapped[str]


class AuditRow(Base):
    """A record of what was done. Rows are only added; each holds the digest of the one before it."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    previous: Mapped[str]
    digest: Mapped[str]
    body: Mapped[str]


class TellingRow(Base):
    """What a carrier other than Slack knows of an incident by now; dropped with the incident."""

    __tablename__ = "tellings"

    incident: Mapped[str] = mapped_column(primary_key=True)
    carrier: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    body: Mapped[str]


class PostRow(Base):
    """A post until it is delivered; ``touched`` and ``waits_until`` as of a letter."""

    __tablename__ = "posts"
    __table_args__ = (
        Index("ix_posts_carrier_incident_number", "carrier", "incident", "number"),
        # A number is part of a post's id, by which a receiver knows it again: never give one twice.
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    carrier: Mapped[str]
    incident: Mapped[str]
    state: Mapped[str]
    body: Mapped[str]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    first_try: Mapped[datetime | None]
    touched: Mapped[datetime | None]
    waits_until: Mapped[datetime | None]


class SinceRow(Base):
    """The schema that a version has to know to work with this database, whatever was added since; one row."""

    __tablename__ = "works_since"

    revision: Mapped[str] = mapped_column(primary_key=True)


class ForewarningRow(Base):
    """A warning's life; it has letters as an incident has, and is none."""

    __tablename__ = "forewarnings"
    __table_args__ = (Index("ix_forewarnings_cluster_ended", "cluster", "ended"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    cluster: Mapped[str]
    ended: Mapped[datetime | None]
    body: Mapped[str]


class ImageCheckRow(Base):
    """When a running image was asked for, and whether it is gone."""

    __tablename__ = "image_checks"

    cluster: Mapped[str] = mapped_column(primary_key=True)
    image: Mapped[str] = mapped_column(primary_key=True)
    asked: Mapped[datetime]
    gone: Mapped[bool]


class OpinionRow(Base):
    """What somebody says of a verdict: one row for each voice. Kept when the incident is forgotten."""

    __tablename__ = "opinions"
    __table_args__ = (Index("ix_opinions_at", "at"),)

    incident: Mapped[str] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    judgement: Mapped[str]
    instead: Mapped[str]
    remark: Mapped[str]
    at: Mapped[datetime]
    confidence: Mapped[str]
    symptom: Mapped[str]
    cluster: Mapped[str]


class StatementRow(Base):
    """What a node said when it was asked; the newest of each node about each host and port."""

    __tablename__ = "statements"

    cluster: Mapped[str] = mapped_column(primary_key=True)
    node: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    port: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    plan: Mapped[str]
    body: Mapped[str]


class EditionRow(Base):
    """Something that is told once, such as the digest of a week; it has letters as an incident has."""

    __tablename__ = "editions"

    id: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    made: Mapped[datetime]
