"""The first tables: incidents, their messages and letters, and what was seen once."""

import sqlalchemy as sa
from alembic import op


revision = "first"
down_revision: str | None = None

_MOMENT = sa.DateTime(timezone=True)
_LIVE = sa.text("stage IN ('held', 'open')")


def upgrade() -> None:
    """Make them."""
    _episodes()
    _letters()
    _recollections()


def _episodes() -> None:
    op.create_table(
        "episodes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("ended", _MOMENT),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_episodes"),
    )
    op.create_index(
        "ix_episodes_one_life",
        "episodes",
        ["fingerprint"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.create_index("ix_episodes_cluster_stage", "episodes", ["cluster", "stage"])
    op.create_index("ix_episodes_ended", "episodes", ["ended"])


def _letters() -> None:
    op.create_table(
        "messages",
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("address_channel", sa.Text()),
        sa.Column("address_moment", sa.Text()),
        sa.PrimaryKeyConstraint("incident", "channel", name="pk_messages"),
        sa.ForeignKeyConstraint(
            ["incident"], ["episodes.id"], name="fk_messages_incident", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "letters",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("first_try", _MOMENT),
        sa.Column("touched", _MOMENT),
        sa.Column("waits_until", _MOMENT),
        sa.PrimaryKeyConstraint("number", name="pk_letters"),
        sa.ForeignKeyConstraint(
            ["incident", "channel"],
            ["messages.incident", "messages.channel"],
            name="fk_letters_incident_channel",
            ondelete="CASCADE",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_letters_incident_channel_number", "letters", ["incident", "channel", "number"])


def _recollections() -> None:
    op.create_table(
        "words",
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.Column("pod", sa.Text(), nullable=False),
        sa.Column("container", sa.Text(), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("moment", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("cluster", "pod", "container", name="pk_words"),
    )
    op.create_index("ix_words_moment", "words", ["moment"])
    op.create_table(
        "tags",
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("asked", _MOMENT, nullable=False),
        sa.Column("seen", _MOMENT),
        sa.PrimaryKeyConstraint("repository", "tag", name="pk_tags"),
    )
    op.create_index("ix_tags_asked", "tags", ["asked"])
