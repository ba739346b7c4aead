"""What tells people without Slack is put together of what the settings name, and of nothing else."""

from datetime import datetime
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Keys, Settings
from bot.store import opening
from bot.wiring import outside
from tests.fakes.cluster import NOW
from tests.fakes.receiver import SECRET


SETTINGS = Settings.model_validate(
    {
        "webhooks": [{"name": "ops", "url": "https://h.example"}],
        "alertmanager": {"urls": "https://a.example"},
    }
)


def _now() -> datetime:
    return NOW


async def test_nobody_is_told_unless_named(tmp_path: Path) -> None:
    """Then there is nothing to do either."""
    async with opening.opened(f"sqlite:///{tmp_path / 'x.db'}") as store:
        async with outside.outside(Settings(), Keys(), store, _now) as nobody:
            assert (nobody.courier, nobody.alertmanager, nobody.tries) == (None, None, {})
            assert nobody.works(lambda: None) == []
        async with outside.outside(SETTINGS, Keys({"ops": [SECRET]}), store, _now) as both:
            assert both.courier is not None
            assert both.courier.carriers == ("webhook/ops",)
            assert len(both.works(lambda: None)) == 2


def test_secret_that_is_none_is_refused_by_its_webhook() -> None:
    """Untold."""
    with pytest.raises(SettingsError, match="'ops'") as caught:
        outside.signing_keys("ops", Keys({"ops": ["canary"]}))
    assert "canary" not in str(caught.value)
