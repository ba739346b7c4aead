"""Steps of the schema only add, in ways that a version without them need not know of; or they say that they break with it.

While replicas are replaced one by one, older ones go on in the newer schema and may start anew in it.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations
from alembic.operations import ops as kinds
from alembic.runtime.migration import MigrationContext

from bot.store import migrating


_FREES = ("CASCADE", "SET NULL")


class Watched:
    """Judges each operation of a step before it is done.

    Attributes:
        faults: what an older version would stumble over, in words.
    """

    def __init__(self, operations: Operations) -> None:
        self.faults: list[str] = []
        self._made: set[str] = set()
        self._does = operations.invoke

    def invoke(self, operation: kinds.MigrateOperation) -> Any:
        """Judge it, and do it."""
        if isinstance(operation, kinds.CreateTableOp):
            self._made.add(operation.table_name)
        self.faults += self._judged(operation)
        return self._does(operation)

    def _judged(self, operation: kinds.MigrateOperation) -> Iterator[str]:
        if isinstance(operation, kinds.CreateTableOp):
            yield from self._held(operation)
        elif isinstance(operation, kinds.AddColumnOp):
            column = operation.column
            if not column.nullable and column.server_default is None:
                yield f"{operation.table_name}.{column.name} must be given, which older versions do not"
        elif isinstance(operation, kinds.CreateIndexOp):
            if operation.unique and operation.table_name not in self._made:
                yield f"{operation.index_name} refuses rows that older versions may store"
        else:
            yield f"{type(operation).__name__} does more than to add"

    def _held(self, operation: kinds.CreateTableOp) -> Iterator[str]:
        """Foreign keys by which a row of an older table cannot go."""
        for each in operation.columns:
            if isinstance(each, sa.ForeignKeyConstraint) and (each.ondelete or "").upper() not in _FREES:
                yield f"{operation.table_name} keeps rows that older versions drop"


@contextmanager
def _watched(dialect: str) -> Iterator[Watched]:
    """What is done with ``op`` in the block is judged, and only spelled."""
    options = {"as_sql": True, "output_buffer": io.StringIO()}
    with Operations.context(MigrationContext.configure(dialect_name=dialect, opts=options)) as operations:
        watched = Watched(operations)
        operations.invoke = watched.invoke  # type: ignore[method-assign]  # every operation goes through it
        yield watched


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_steps_since_the_last_break_only_add(dialect: str) -> None:
    """Who breaks with older versions says ``breaks = True``, and is where the next ones are judged from."""
    steps = migrating.script()
    known = migrating.revisions()
    for revision in known[: known.index(migrating.oldest(steps))]:
        with _watched(dialect) as watched:
            steps.get_revision(revision).module.upgrade()
        assert watched.faults == [], revision


@pytest.mark.parametrize(
    "step",
    [
        lambda: op.drop_column("letters", "under"),
        lambda: op.execute("UPDATE letters SET body = ''"),
        lambda: op.add_column("letters", sa.Column("must", sa.Text(), nullable=False)),
        lambda: op.create_index("ix", "letters", ["body"], unique=True),
        lambda: op.create_table(
            "t", sa.Column("x", sa.Text()), sa.ForeignKeyConstraint(["x"], ["episodes.id"])
        ),
        lambda: op.rename_table("letters", "post"),
        lambda: op.alter_column("letters", "body", nullable=True),
    ],
)
def test_step_that_does_more_is_seen(step: Callable[[], object]) -> None:
    """Each of these would stop a replica of the version before."""
    with _watched("postgresql") as watched:
        step()
    assert len(watched.faults) == 1


def test_step_that_adds_is_let_through() -> None:
    """New tables, whatever is in them; columns that may be left out; indexes."""
    with _watched("postgresql") as watched:
        op.create_table("t", sa.Column("x", sa.Text(), nullable=False))
        op.create_index("ix_t", "t", ["x"], unique=True)
        op.create_index("ix_letters_body", "letters", ["body"])
        op.add_column("letters", sa.Column("mood", sa.Text(), nullable=False, server_default=sa.text("''")))
        op.add_column("letters", sa.Column("hue", sa.Text()))
    assert watched.faults == []
