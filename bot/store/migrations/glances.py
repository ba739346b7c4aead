"""How the last look at each cluster went, so that every replica can say so."""

import sqlalchemy as sa
from alembic import op


revision = "glances"
down_revision = "first"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "glances",
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.Column("tried_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("pods", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("cluster", name="pk_glances"),
    )
