"""What is told without Slack: in tables of its own, so that the version before, which tells Slack alone, never takes it."""

import sqlalchemy as sa
from alembic import op


revision = "posts"
down_revision = "proposals"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "tellings",
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("incident", "carrier", name="pk_tellings"),
    )
    op.create_table(
        "posts",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("first_try", _MOMENT),
        sa.Column("touched", _MOMENT),
        sa.Column("waits_until", _MOMENT),
        sa.PrimaryKeyConstraint("number", name="pk_posts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_posts_carrier_incident_number", "posts", ["carrier", "incident", "number"])
