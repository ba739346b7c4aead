"""A store in a file that nobody else has; what all stores do is in tests/contract/test_keeping.py."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import opening
from bot.store.opening import Store


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where it is."""
    return f"sqlite:///{tmp_path / 'imagepull.db'}"


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """The store."""
    async with opening.opened(url) as opened:
        yield opened
