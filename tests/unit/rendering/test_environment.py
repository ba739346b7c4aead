"""Words with values: marked from the template to the channel, strict about what is missing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import PlaybookError
from bot.facts.text import Paragraph, Span, plain
from bot.rendering import environment


NAMED = {
    "image": "nginx:1",
    "nodes": ["a", "b", "c"],
    "pods": 20,
    "since": "2026-01-01T00:00:00+00:00",
    "_now": "2026-01-01T00:05:00+00:00",
    "evidence": {"x": {"yes": True, "items": "detail", "number": "7"}},
}


def _said(source: str, **named: object) -> tuple[Span, ...]:
    made = environment.environment()
    return environment.spans(environment.sentence(source, {**NAMED, **named}, made))


def test_values_stay_marked() -> None:
    """Our words are words and theirs are values; numbers are words."""
    assert _said("  {{ pods }} pods\n  want {{ image }} ") == (
        Span("20 pods want "),
        Span("nginx:1", value=True),
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "\ue001 evil \ue000",
        "x{{ 1 }}{% endblock %}",
        "a\n\n- b",
        "<!channel>`*_~|",
        "[bold]x[/bold]",
        "\x1b]52;c;x\x07",
        "x\u202ey\u200bz",
    ],
)
def test_value_cannot_become_words(hostile: str) -> None:
    """Whatever a name says, it stays one value in one line of visible characters."""
    before, value, after = _said("a {{ image }} b", image=hostile)
    assert (before, after) == (Span("a "), Span(" b"))
    assert value.value
    assert "\n" not in value.text
    assert "\x1b" not in value.text
    assert "\ue001" not in value.text


@given(st.text(min_size=1, max_size=200))
def test_any_value_stays_one_value(anything: str) -> None:
    """The marks cannot be forged."""
    found = _said("a {{ image }} b", image=anything)
    assert [span.value for span in found] == [False, True, False]
    assert plain(found).startswith("a ")
    assert plain(found).endswith(" b")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{{ nodes | list_and }}", "a, b and c"),
        ("{{ nodes | count }}", "3"),
        ("{{ evidence.x.number | count }}", "7"),
        ("{{ since | ago }}", "5 minutes ago"),
        ("{{ image | short }}", "nginx:1"),
        ("{{ evidence.x.items }}", "detail"),
        ("{% if evidence.x.yes %}yes{% endif %}", "yes"),
        ("{% if evidence.x.missing %}no{% else %}fine{% endif %}", "fine"),
        ("{% if evidence.x.missing == 'a' %}no{% else %}fine{% endif %}", "fine"),
        ("{% for node in nodes %}{{ node }};{% endfor %}", "a;b;c;"),
    ],
)
def test_sentence_says(source: str, says: str) -> None:
    """Filters, details named like a dict's methods, and missing ones under an if."""
    assert plain(_said(source)) == says


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (-5, "0 seconds ago"),
        (1, "1 second ago"),
        (90, "90 seconds ago"),
        (3600, "1 hour ago"),
        (200_000, "2 days ago"),
    ],
)
def test_ago_counts_in_the_unit_that_fits(seconds: int, says: str) -> None:
    """A time from the future is now: clocks differ."""
    now = datetime(2026, 1, 3, tzinfo=UTC)
    then = now - timedelta(seconds=seconds)
    assert plain(_said("{{ since | ago }}", since=then.isoformat(), _now=now.isoformat())) == says


def test_list_and_cuts_long_lists() -> None:
    """Four hundred nodes are eight and a number."""
    text = plain(_said("{{ nodes | list_and }}", nodes=[str(each) for each in range(400)]))
    assert text == "0, 1, 2, 3, 4, 5, 6, 7 and 392 more"


def test_short_cuts_digests_as_docker_does() -> None:
    """Twelve digits tell images apart."""
    assert plain(_said("{{ image | short }}", image="sha256:" + "a" * 64)) == "sha256:" + "a" * 12 + "…"


@pytest.mark.attack(30, "undefined")
@pytest.mark.parametrize(
    "source",
    [
        "{{ missing }}",
        "{{ evidence.x.missing }}",
        "{{ missing | list_and }}",
        "{{ nodes }}",
        "{{ evidence }}",
        "{{ image | count }}",
        "{{ image | ago }}",
        "{{ image | list_and }}",
        "{{ image.upper() }}",
        "{{ range(3) }}",
        "{{ ''.__class__ }}",
        "{{ nodes.append(1) }}",
        "{{ evidence.x.keys() }}",
        "{{ image | upper }}",
    ],
)
def test_sentence_refuses_what_is_missing_or_more_than_words(source: str) -> None:
    """Even without admission nothing can be called, reached or left out in silence."""
    with pytest.raises(PlaybookError, match="cannot be said"):
        _said(source)


def test_sentence_refuses_to_be_endless() -> None:
    """A block has a size."""
    with pytest.raises(PlaybookError, match=r"20,000"):
        _said("{% for x in nodes %}{{ image }}{% endfor %}", nodes=["a"] * 5000)


def test_paragraphs_part_at_empty_lines_and_items() -> None:
    """Lines that hold nothing but a tag leave no gap."""
    source = (
        "{% block headline %}h{% endblock %}{% block evidence %}{% endblock %}{% block meaning %}{% endblock %}"
        "{% block fix %}\n  One\n  {% if pods %}\n  two {{ image }}\n  {% endif %}\n  three.\n\n  Four:\n"
        "  - five\n  - six\n{% endblock %}"
    )
    blocks = environment.render(source, NAMED, environment.environment())
    assert environment.paragraphs(blocks["fix"]) == (
        Paragraph((Span("One two "), Span("nginx:1", value=True), Span(" three."))),
        Paragraph((Span("Four:"),)),
        Paragraph((Span("five"),), bullet=True),
        Paragraph((Span("six"),), bullet=True),
    )
