"""What is told once and regularly: weekly digests."""

import sqlalchemy as sa
from alembic import op


revision = "editions"
down_revision = "statements"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "editions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_editions"),
    )
