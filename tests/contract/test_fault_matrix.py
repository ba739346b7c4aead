"""Whatever goes wrong, an object is changed once or not at all, and what is said of it is true; the page shows all of it."""

import asyncio
from pathlib import Path

import pytest

from bot.facts.proposal import Stage
from tests import fault_matrix
from tests.fault_matrix import Observed


DOCS = Path(__file__).parents[2] / "docs"
_NEVER = (Stage.WAITING, Stage.EXPIRED, Stage.DECLINED)


@pytest.fixture(scope="module")
def observed() -> dict[tuple[str, str], Observed | None]:
    """Every fault with every kind of change, carried out once for all tests."""
    return asyncio.run(fault_matrix.observed())


def test_no_object_is_changed_twice(observed: dict[tuple[str, str], Observed | None]) -> None:
    """Cases 4, 5, 7, 26 and 27 of security.md: nor after a no, an expiry or a rule that is gone."""
    for where, found in observed.items():
        if found is None:
            continue
        assert all(each <= 1 for each in found.effects), where
        assert found.stage not in _NEVER or not any(found.effects), where


def test_what_is_said_is_true(observed: dict[tuple[str, str], Observed | None]) -> None:
    """Made is made, refused is not; only where nobody can know somebody is sent to look. The record is whole."""
    for where, found in observed.items():
        if found is None:
            continue
        assert not found.wrong, where
        if found.stage is Stage.UNKNOWN:
            assert sum(found.effects) - found.known in (0, 1), where
        else:
            assert sum(found.effects) == found.known, where
        assert (found.stage is Stage.WATCHING) is (found.known == len(found.effects)), where


def test_the_page_is_what_is_observed(observed: dict[tuple[str, str], Observed | None]) -> None:
    """``make docs`` writes it."""
    assert (DOCS / fault_matrix.PAGE).read_text(encoding="utf-8") == fault_matrix.page(observed)
