"""Plans that somebody asked for, the record of what was done, and letters about plans as there are about incidents.

A message may be about a plan now, so the foreign key that held every message to an incident goes. PostgreSQL drops it; SQLite
can only make both tables anew (https://www.sqlite.org/lang_altertable.html#otheralter), and with foreign keys on, which no
transaction can change, dropping a table that others point at empties those: so the letters move first.
"""

import sqlalchemy as sa
from alembic import op


revision = "proposals"
down_revision = "heard"

_MOMENT = sa.DateTime(timezone=True)
_COPY_MESSAGES = """
    INSERT INTO new_messages (incident, channel, body, address_channel, address_moment)
    SELECT incident, channel, body, address_channel, address_moment FROM messages"""
_COPY_LETTERS = """
    INSERT INTO new_letters (number, incident, channel, kind, body, tries, first_try, touched, waits_until)
    SELECT number, incident, channel, kind, body, tries, first_try, touched, waits_until FROM letters"""
_WHOSE = ["incident", "channel"]


def upgrade() -> None:
    """Make the tables, and free the messages."""
    _proposals()
    _audit()
    if op.get_bind().dialect.name == "sqlite":
        _made_anew()
    else:
        op.drop_constraint("fk_messages_incident", "messages", type_="foreignkey")
        for column in _under():
            op.add_column("letters", column)


def _proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.Column("made", _MOMENT, nullable=False),
        sa.Column("ended", _MOMENT),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
    )
    op.create_index("ix_proposals_stage", "proposals", ["stage"])
    op.create_index("ix_proposals_made", "proposals", ["made"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )


def _under() -> list["sa.Column[str]"]:
    # With a default, since older versions that still run store letters without it.
    return [
        sa.Column("under", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("under_channel", sa.Text()),
        sa.Column("under_moment", sa.Text()),
    ]


def _made_anew() -> None:
    given = op.get_bind().execute(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'letters'")).scalar()
    _new_tables()
    op.execute(_COPY_MESSAGES)
    op.execute(_COPY_LETTERS)
    for name in ("letters", "messages"):
        op.drop_table(name)
    # Renaming a table renames it in the foreign keys that point at it.
    for name in ("messages", "letters"):
        op.rename_table(f"new_{name}", name)
    op.create_index("ix_letters_incident_channel_number", "letters", [*_WHOSE, "number"])
    if given is not None:
        # A number is never given twice, also not those of letters that are gone.
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'letters'")
        anew = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('letters', :given)")
        op.execute(anew.bindparams(given=given))


def _new_tables() -> None:
    op.create_table(
        "new_messages",
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("address_channel", sa.Text()),
        sa.Column("address_moment", sa.Text()),
        sa.PrimaryKeyConstraint(*_WHOSE, name="pk_messages"),
    )
    op.create_table(
        "new_letters",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        *_under(),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("first_try", _MOMENT),
        sa.Column("touched", _MOMENT),
        sa.Column("waits_until", _MOMENT),
        sa.PrimaryKeyConstraint("number", name="pk_letters"),
        sa.ForeignKeyConstraint(
            _WHOSE,
            ["new_messages.incident", "new_messages.channel"],
            name="fk_letters_incident_channel",
            ondelete="CASCADE",
        ),
        sqlite_autoincrement=True,
    )
