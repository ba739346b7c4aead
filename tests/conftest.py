"""What every test may ask for: the playbooks, read once for all of them."""

import pytest

from bot import wiring


@pytest.fixture(scope="session")
def known() -> wiring.Knowledge:
    """Everything the shipped playbooks say."""
    return wiring.knowledge()
