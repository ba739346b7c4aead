"""Since which schema a version can work with this database, for versions that do not know the schema it has by now.

Versions before this step do not look there and refuse whatever is newer than they are, so it is the first that it can name.
"""

import sqlalchemy as sa
from alembic import op


revision = "since"
down_revision = "posts"
breaks = True


def upgrade() -> None:
    """Make the table; whoever brings the database up to date says what is in it."""
    op.create_table(
        "works_since",
        sa.Column("revision", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_works_since"),
    )
