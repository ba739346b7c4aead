"""A digest of the settings has a day, an hour and a clock, or is refused with what would do."""

from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import settings
from bot.errors import SettingsError
from bot.settings import Settings


def _load(folder: Path, text: str) -> Settings:
    file = folder / "imagepull.yaml"
    file.write_text(text)
    return settings.load(file, {})


def test_digest_has_its_turn(tmp_path: Path) -> None:
    """One by itself or several, with what is left unsaid."""
    (one,) = _load(tmp_path, "digest: {channel: '#a'}").digest
    assert one.turn == (0, time(9), ZoneInfo("UTC"))
    assert (one.clusters, one.namespaces) == (("*",), ("*",))
    text = "digest: [{channel: '#a', day: Friday, at: '16:30', timezone: Europe/Berlin, namespaces: shop}]"
    (other,) = _load(tmp_path, text).digest
    assert other.turn == (4, time(16, 30), ZoneInfo("Europe/Berlin"))
    assert other.namespaces == ("shop",)
    assert _load(tmp_path, "{}").digest == ()


@pytest.mark.parametrize(
    ("digest", "said"),
    [
        ("{channel: '#a', at: '9'}", "no time of a day"),
        ("{channel: '#a', at: '24:00'}", "no time of a day"),
        ("{channel: '#a', timezone: Mars/North}", "no such time zone"),
        ("{channel: '#a', timezone: ../../etc/passwd}", "no such time zone"),
        ("{channel: '#a', day: someday}", "monday"),
        ("{channel: 'a'}", "no channel"),
        ("{day: monday}", "channel"),
        ("[{channel: '#a'}, {channel: '#a'}]", "two digests go to #a"),
    ],
)
def test_what_is_no_digest_is_refused(tmp_path: Path, digest: str, said: str) -> None:
    """In a line."""
    with pytest.raises(SettingsError) as refused:
        _load(tmp_path, f"digest: {digest}")
    assert said in f"{refused.value.message} {refused.value.hint}"
