"""What nodes said when somebody had them asked, for half an hour."""

import sqlalchemy as sa
from alembic import op


revision = "statements"
down_revision = "opinions"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "statements",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("cluster", "node", "host")),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("plan", "body")),
        sa.PrimaryKeyConstraint("cluster", "node", "host", "port", name="pk_statements"),
    )
