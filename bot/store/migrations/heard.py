"""What was sent to one replica, so that another one, to which it is sent again, does not act upon it."""

import sqlalchemy as sa
from alembic import op


revision = "heard"
down_revision = "glances"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "heard",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_heard"),
    )
    op.create_index("ix_heard_moment", "heard", ["moment"])
