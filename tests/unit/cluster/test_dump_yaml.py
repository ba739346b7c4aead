"""YAML as kubectl writes it, and nothing of what else YAML can do."""

import pytest
import yaml

from bot.cluster import dump_yaml


def only(text: str) -> object:
    """The value of the one document."""
    (value,) = dump_yaml.documents(text.encode())
    return value


def test_values_are_jsons_values() -> None:
    """Plain words that JSON knows, numbers, and text for everything else: times, yes and no, octal."""
    text = "{a: 1, b: -2.5, c: true, d: false, e: null, f: ~, g: , h: 2026-01-02T03:04:05Z, i: yes, j: 0x10, k: '1', l: \"true\", m: 1e3}"
    assert only(text) == {
        "a": 1, "b": -2.5, "c": True, "d": False, "e": None, "f": None, "g": None,
        "h": "2026-01-02T03:04:05Z", "i": "yes", "j": "0x10", "k": "1", "l": "true", "m": 1000.0,
    }  # fmt: skip


def test_collections_nest() -> None:
    """In both styles, with block texts."""
    text = "items:\n- kind: Pod\n  spec: {containers: [{name: app}, {name: b}]}\n- message: |\n    two\n    lines\n"
    assert only(text) == {
        "items": [
            {"kind": "Pod", "spec": {"containers": [{"name": "app"}, {"name": "b"}]}},
            {"message": "two\nlines\n"},
        ]
    }


def test_what_kubectl_writes_comes_back() -> None:
    """The same as PyYAML's own loader gives, for what the API can say."""
    value = {
        "kind": "Pod",
        "metadata": {"labels": {"a": "1", "b": "true", "1": "x", "d": ""}},
        "n": [1, None, [], {}, "é\n"],
    }
    assert only(yaml.safe_dump(value)) == value
    assert only(yaml.safe_dump(value, default_flow_style=True)) == value


def test_keys_are_text() -> None:
    """Whatever they look like."""
    assert only("1: a\ntrue: b\n<<: c\nnull: d\n") == {"1": "a", "true": "b", "<<": "c", "null": "d"}


def test_documents_are_separate() -> None:
    """Empty ones too."""
    assert list(dump_yaml.documents(b"a: 1\n---\n---\n- 2\n")) == [{"a": 1}, None, [2]]
    assert list(dump_yaml.documents(b"")) == []


def test_tags_construct_nothing() -> None:
    """They are read as the text they stand before."""
    assert only("a: !!python/object/apply:os.system 'true'\nb: !!binary eA==\nc: !!str 1") == {
        "a": "true",
        "b": "eA==",
        "c": "1",
    }


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x", "a: &a [x]\nb: [*a, *a]", "*x : 1"])
def test_aliases_are_hostile(text: str) -> None:
    """The first one ends it, before anything can grow."""
    with pytest.raises(dump_yaml.Refused) as caught:
        list(dump_yaml.documents(text.encode()))
    assert caught.value.hostile


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "".join(" " * n + "a:\n" for n in range(200))]
)
def test_endless_nesting_is_hostile(text: str) -> None:
    """Told from the events, so that no stack runs out."""
    with pytest.raises(dump_yaml.Refused) as caught:
        list(dump_yaml.documents(text.encode()))
    assert caught.value.hostile


@pytest.mark.parametrize(
    "text", ["a: b: c", "\t- x", "? [1]\n: 2", "? {a: b}\n: 2", "a: 'open", "\x07", "%YAML 9.9\n---\n]"]
)
def test_what_is_no_yaml_is_refused(text: str) -> None:
    """Broken, or with keys that no API object has."""
    with pytest.raises(dump_yaml.Refused) as caught:
        list(dump_yaml.documents(text.encode()))
    assert not caught.value.hostile


def test_huge_numbers_do_no_harm() -> None:
    """They stay text when they are longer than any the API writes."""
    assert only(f"a: {'9' * 10_000}") == {"a": "9" * 10_000}


def repeated(text: str) -> object:
    """The value of the one document, aliases read."""
    (value,) = dump_yaml.documents(text.encode(), aliases=True)
    return value


def test_aliases_of_people_are_read() -> None:
    """Of scalars, also as keys, and of collections; merged mappings lie under their own keys."""
    assert repeated("a: &x 1\nb: *x\nc: &m {k: v, n: 1}\nd: *m\ne: {<<: *m, n: 2}\nf: &k key\n*k : 3") == {
        "a": 1,
        "b": 1,
        "c": {"k": "v", "n": 1},
        "d": {"k": "v", "n": 1},
        "e": {"k": "v", "n": 2},
        "f": "key",
        "key": 3,
    }
    assert repeated("a: &a {x: 1, y: 1}\nb: &b {y: 2}\nc: {<<: [*a, *b], z: 3}") == {
        "a": {"x": 1, "y": 1},
        "b": {"y": 2},
        "c": {"x": 1, "y": 1, "z": 3},
    }


def test_an_anchor_ends_with_its_document() -> None:
    """Another document cannot repeat it."""
    with pytest.raises(dump_yaml.Refused):
        list(dump_yaml.documents(b"a: &x 1\n---\nb: *x\n", aliases=True))


def bomb(depth: int) -> str:
    """Each line is ten times the one before."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, depth)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        bomb(12),
        bomb(30),
        "a: &a [*a]",
        "a: &a {b: *a}",
        "a: &a {<<: *a}",
        "a: *nobody",
        "long: &x " + "x" * 100_000 + "\nb: [" + ", ".join(["*x"] * 1000) + "]",
        "a: &a {k0: 1}\n" + "\n".join(f"b{n}: &b{n} [*a]" for n in range(5)) + "\n" + bomb(9),
    ],
)
def test_aliases_that_multiply_are_hostile(text: str) -> None:
    """What they repeat is counted before it can grow, and nothing holds itself."""
    with pytest.raises(dump_yaml.Refused) as caught:
        list(dump_yaml.documents(text.encode(), aliases=True))
    assert caught.value.hostile


def test_only_mappings_are_merged() -> None:
    """As YAML says."""
    with pytest.raises(dump_yaml.Refused):
        repeated("a: &a 1\nb: {<<: *a}")
