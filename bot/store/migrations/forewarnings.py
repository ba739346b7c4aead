"""What is warned of before it breaks, and what registries were asked for it."""

import sqlalchemy as sa
from alembic import op


revision = "forewarnings"
down_revision = "editions"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "forewarnings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_forewarnings"),
    )
    op.create_index("ix_forewarnings_cluster_ended", "forewarnings", ["cluster", "ended"])
    op.create_table(
        "image_checks",
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("cluster", "image", name="pk_image_checks"),
    )
