"""Which templates are let in: words, attributes, if and for; everything else is refused with its line."""

import pytest

from bot.errors import PlaybookError
from bot.rendering import admission, environment


def _message(headline: str = "x", fix: str = "x") -> str:
    return (
        f"{{% block headline %}}{headline}{{% endblock %}}\n{{% block meaning %}}x{{% endblock %}}\n"
        f"{{% block evidence %}}x{{% endblock %}}\n{{% block fix %}}{fix}{{% endblock %}}\n"
    )


def _admit(source: str) -> None:
    scene = admission.message_scene("message.j2", frozenset({"manifest_exists"}))
    admission.admit(source, scene, environment.environment())


@pytest.mark.parametrize(
    "body",
    [
        "plain words",
        "{{ image }} {{ nodes | list_and }} {{ since | ago }} {{ digest | short }} {{ nodes | count }}",
        "{% if tag %}{{ tag }}{% elif digest and not node %}b{% else %}c{% endif %}",
        "{% if evidence.manifest_exists.yes %}{{ evidence.manifest_exists.nearest }}{% endif %}",
        "{% if scope == 'registry' or pods > 1 %}many{% endif %}",
        "{% for one in nodes %}{{ one }} {% else %}none{% endfor %}",
        "{{ symptom.id }}{% if symptom.host is defined %}{{ symptom.host }}{% endif %}",
        "{{ tag if tag else 'none' }}",
        "{# a comment #}",
    ],
)
def test_admit_lets_words_in(body: str) -> None:
    """What an author needs is allowed."""
    _admit(_message(body))


@pytest.mark.attack(30, "''.__class__", "|attr", "huge range", "include of a path", "recursion")
@pytest.mark.parametrize(
    "body",
    [
        "{{ ''.__class__ }}",
        "{{ image.__class__.__mro__ }}",
        "{{ image | attr('__class__') }}",
        "{{ evidence['manifest_exists'] }}",
        "{{ evidence.manifest_exists.__class__ }}",
        "{{ evidence.manifest_exists.a.b }}",
        "{{ evidence.nonsense.yes }}",
        "{{ symptom.__init__ }}",
        "{{ symptom.nonsense }}",
        "{{ image.upper() }}",
        "{{ range(10) }}",
        "{% for x in range(999999999) %}{% endfor %}",
        "{% for x in nodes %}{% for y in nodes %}{% endfor %}{% endfor %}",
        "{% for x in nodes recursive %}{{ loop(x) }}{% endfor %}",
        "{% for x in nodes if x %}{% endfor %}",
        "{% for image in nodes %}{% endfor %}",
        "{% for x, y in nodes %}{% endfor %}",
        "{% for x in nodes %}{{ loop.index }}{% endfor %}",
        "{{ 9 ** 9 }}",
        "{{ 'a' * 99 }}",
        "{{ 'a' ~ 'b' }}",
        "{{ -pods }}",
        "{{ 1.5 }}",
        "{{ [1] }}",
        "{{ {'a': 1} }}",
        "{{ image | upper }}",
        "{{ image | short(3) }}",
        "{{ image is callable }}",
        "{{ self }}",
        "{{ _now }}",
        "{{ config }}",
        "{{ super() }}",
        "{% set x = 1 %}",
        "{% include '/etc/passwd' %}",
        "{% import 'x' as y %}",
        "{% macro m() %}{% endmacro %}",
        "{% call image() %}{% endcall %}",
        "{% filter upper %}{% endfilter %}",
        "{% with a = 1 %}{% endwith %}",
        "{% raw %}{{ image }}{% endraw %}{% block inner %}{% endblock %}",
        "{{ image",
        "\x1b[31m",
        "\u202e",
        "\ue000",
        "x" * 20_000,
        "{{ " + "(" * 2000 + "image" + ")" * 2000 + " }}",
        "{% if image %}" * 500 + "{% endif %}" * 500,
    ],
)
def test_admit_refuses_everything_else(body: str) -> None:
    """Calls, subscripts, arithmetic, imports, hidden characters, and whatever Jinja learns next."""
    with pytest.raises(PlaybookError) as caught:
        _admit(_message(fix=body))
    assert caught.value.message.startswith("message.j2")


def test_admit_names_the_line() -> None:
    """The author is sent to the place."""
    with pytest.raises(PlaybookError, match="line 2: not allowed in a template: the name 'imgae'"):
        _admit(_message("\n{{ imgae }}"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (_message().replace("headline", "header"), "'headline' must be there"),
        (_message() + "{% block more %}{% endblock %}", "no block 'more'"),
        (_message() + "stray words", "text outside the blocks"),
        ("{% extends 'x' %}" + _message(), "not allowed|text outside"),
        (_message() + "{% block fix %}again{% endblock %}", "'fix' must be there, once"),
    ],
)
def test_admit_wants_four_blocks_and_nothing_else(source: str, message: str) -> None:
    """Each once: a channel decides where they go."""
    with pytest.raises(PlaybookError, match=message):
        _admit(source)


def test_details_scene_knows_plain_names_only() -> None:
    """A check's sentence sees the details of its own evidence and nothing behind them."""
    made = environment.environment()
    admission.admit("{{ secret }}{% if a == 'b' %}c{% endif %}", admission.details_scene("x"), made)
    for source in ("{{ a.b }}", "{% for x in nodes %}{% endfor %}", "{{ _a }}"):
        with pytest.raises(PlaybookError):
            admission.admit(source, admission.details_scene("x"), made)


def test_details_named_finds_what_a_template_asks() -> None:
    """The rehearsal varies exactly these."""
    source = _message(
        "{% if evidence.a_b.yes %}{{ evidence.a_b.near }}{% endif %}{{ evidence.c.why_unknown }}"
    )
    made = environment.environment()
    assert admission.details_named(source, made) == {"a_b": frozenset({"near"}), "c": frozenset()}


def test_names_optional_are_those_an_if_asks_for() -> None:
    """A detail that is only compared is always there; one that is asked for may be missing."""
    made = environment.environment()
    source = "{% if near %}{{ near }}{% elif not far or x is defined %}{% if kind == 'b' %}{{ name }}{% endif %}{% endif %}"
    assert set(admission.names_used(source, made)) == {"near", "far", "x", "kind", "name"}
    assert set(admission.names_optional(source, made)) == {"near", "far", "x"}
