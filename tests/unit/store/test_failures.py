"""What a driver raises becomes a line and a hint; its own words go nowhere."""

import sqlite3

import pytest
from asyncpg import InterfaceError, exceptions
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.errors import Overtaken, StoreError
from bot.store.failures import explained


def _sqlite(name: str) -> OperationalError:
    error = sqlite3.OperationalError("canary")
    error.sqlite_errorname = name  # type: ignore[attr-defined]  # as sqlite3 does
    return OperationalError("INSERT canary", {"body": "canary"}, error)


def _told(error: Exception) -> StoreError:
    with pytest.raises(StoreError) as told, explained():
        raise error
    assert "canary" not in f"{told.value} {told.value.hint} {told.value.__cause__}"
    assert told.value.hint
    return told.value


@pytest.mark.attack(32, "disk full")
@pytest.mark.parametrize(
    ("error", "says"),
    [
        (exceptions.InvalidPasswordError("canary"), "login"),
        (exceptions.InvalidCatalogNameError("canary"), "no such database"),
        (exceptions.InsufficientPrivilegeError("canary"), "right"),
        (exceptions.DiskFullError("canary"), "full"),
        (exceptions.TooManyConnectionsError("canary"), "connections"),
        (exceptions.CannotConnectNowError("canary"), "starting"),
        (exceptions.AdminShutdownError("canary"), "stopping"),
        (exceptions.ReadOnlySQLTransactionError("canary"), "only be read"),
        (exceptions.UndefinedTableError("canary"), "not there"),
        (exceptions.ConnectionDoesNotExistError("canary"), "reached"),
        (exceptions.DataError("canary"), "22000"),
        (InterfaceError("canary"), "reached"),
        (ConnectionRefusedError("canary"), "reached"),
        (TimeoutError("canary"), "reached"),
        (_sqlite("SQLITE_BUSY"), "another process"),
        (_sqlite("SQLITE_BUSY_SNAPSHOT"), "another process"),
        (_sqlite("SQLITE_FULL"), "full"),
        (_sqlite("SQLITE_READONLY_DBMOVED"), "only be read"),
        (_sqlite("SQLITE_CANTOPEN"), "opened"),
        (_sqlite("SQLITE_CORRUPT"), "damaged"),
        (_sqlite("SQLITE_NOTADB"), "no SQLite"),
        (_sqlite("SQLITE_IOERR_WRITE"), "disk fails"),
        (_sqlite("SQLITE_TOOBIG"), "SQLITE_TOOBIG"),
    ],
)
def test_failures_are_told_by_their_codes(error: Exception, says: str) -> None:
    """Each with what to do about it."""
    assert says in _told(error).message


@pytest.mark.parametrize(
    "error",
    [exceptions.UniqueViolationError("canary"), exceptions.DeadlockDetectedError("canary")],
)
def test_race_that_was_lost_is_overtaken(error: Exception) -> None:
    """Decide again and nothing is wrong."""
    assert isinstance(_told(error), Overtaken)
    assert isinstance(_told(IntegrityError("INSERT canary", {}, error)), Overtaken)


def test_errors_of_ours_pass_as_they_are() -> None:
    """And so does what is nobody's fault but ours."""
    for error in (Overtaken("x"), ValueError("x")):
        with pytest.raises(type(error)) as passed, explained():
            raise error
        assert passed.value is error
