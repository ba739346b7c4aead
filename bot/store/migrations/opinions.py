"""What people say of verdicts."""

import sqlalchemy as sa
from alembic import op


revision = "opinions"
down_revision = "since"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "opinions",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("incident", "cause", "person")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("judgement", "instead", "remark")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("confidence", "symptom", "cluster")),
        sa.PrimaryKeyConstraint("incident", "cause", "person", name="pk_opinions"),
    )
    op.create_index("ix_opinions_at", "opinions", ["at"])
