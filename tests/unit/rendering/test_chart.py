"""The chart is a picture that shows the counts, whatever the causes are called."""

import io
from pathlib import Path

import pytest
import yaml
from PIL import Image

from bot.rendering import chart
from bot.rendering.chart import Bar


def _length(image: Image.Image, row: int, colour: tuple[int, int, int]) -> int:
    """How many points of a colour are in a row of the picture."""
    return sum(image.getpixel((place, row)) == colour for place in range(image.width))


def _drawn(*bars: Bar) -> Image.Image:
    return Image.open(io.BytesIO(chart.drawn("A week", bars))).convert("RGB")


def test_bars_are_as_long_as_their_counts() -> None:
    """Those of this week and those of the week before; the least one is to be seen, and nothing is nothing."""
    image = _drawn(Bar("a", 100, 50), Bar("b", 50, 0), Bar("c", 1, 0), Bar("d", 0, 0))
    lengths = [_length(image, chart._HEAD + place * chart._ROW + 2, chart._NOW) for place in range(4)]
    assert lengths[0] == pytest.approx(2 * lengths[1], abs=4)
    assert lengths[2] >= 6
    assert lengths[3] == 0
    thin = _length(image, chart._HEAD + chart._BAR + chart._GAP + 2, chart._BEFORE)
    assert thin == pytest.approx(lengths[1], abs=4)


def test_picture_brings_its_own_background() -> None:
    """It reads alike wherever it stands: nothing shines through, and letters are dark."""
    image = Image.open(io.BytesIO(chart.drawn("A week", [Bar("a", 1, 0)])))
    assert image.format == "PNG"
    assert "transparency" not in image.info
    whole = image.convert("RGB")
    assert whole.getpixel((10, 10)) == chart._PAPER
    assert chart._INK in {whole.getpixel((place, chart._HEAD + chart._BAR // 2)) for place in range(200)}


@pytest.mark.parametrize("label", ["x" * 5000, "\u4e2d\u6587" * 40, "\u202e\0\n", "", "\ud800"])
def test_no_label_breaks_it(label: str) -> None:
    """A long one is cut, and what the font does not have is spelled out."""
    assert _drawn(Bar(label, 3, 1)).width == chart._WIDTH
    assert chart._font(chart._MIDDLE).getlength(chart._fitting(label, chart._MIDDLE, 500)) <= 500


def test_long_label_keeps_its_last_words() -> None:
    """In two lines: titles of causes begin alike."""
    title = "The namespace has the right pull secret, and the pod does not use it"
    lines, size = chart._lines(title)
    assert " ".join(lines) == title
    assert len(lines) == 2
    assert all(chart._font(size).getlength(each) <= chart._LABELS for each in lines)


def test_every_shipped_title_is_read_whole() -> None:
    """No cause of ours is cut."""
    causes = (Path(__file__).parents[3] / "playbooks" / "causes").glob("*/cause.yaml")
    titles = [str(yaml.safe_load(each.read_text(encoding="utf-8"))["title"]) for each in causes]
    assert titles
    assert [each for each in titles if " ".join(chart._lines(each)[0]) != each] == []


def test_nothing_is_not_drawn() -> None:
    """Who has nothing to draw is told so."""
    with pytest.raises(ValueError, match="nothing to draw"):
        chart.drawn("A week", [])
