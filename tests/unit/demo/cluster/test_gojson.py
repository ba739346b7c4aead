"""Go's complaints about what is not JSON."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.cluster.gojson import NotJson, complaint, decoded, named


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "unexpected end of JSON input"),
        ("{not json", "invalid character 'n' looking for beginning of object key string"),
        ("not json", "invalid character 'o' in literal null (expecting 'u')"),
        ("eyJ", "invalid character 'e' looking for beginning of value"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
        ('{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        ("[1 2]", "invalid character '2' after array element"),
        ("{} x", "invalid character 'x' after top-level value"),
        ('"a', "unexpected end of JSON input"),
        ("[true, false, null, 1.5e3, {}]", ""),
    ],
)
def test_complaints_are_gos(text: str, said: str) -> None:
    """The first thing that is wrong, in the scanner's words."""
    assert complaint(text) == said


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_is_not_complained_about(value: object) -> None:
    """Whatever a JSON writer writes."""
    text = json.dumps(value)
    assert complaint(text) == ""
    assert decoded(text) == value


def test_what_is_no_json_raises() -> None:
    """With Go's words."""
    with pytest.raises(NotJson, match="looking for"):
        decoded("?")


def test_types_are_named_as_go_names_them() -> None:
    """For "cannot unmarshal"."""
    assert [named(each) for each in ({}, [], "", True, 1, None)] == [
        "object",
        "array",
        "string",
        "bool",
        "number",
        "null",
    ]
