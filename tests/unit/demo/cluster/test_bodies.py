"""Bodies and options of writes."""

import pytest

from bot.demo.cluster.bodies import Options, checked, in_go, patched, read
from bot.demo.cluster.kinds import RESOURCES
from bot.demo.cluster.refusals import Refused


def test_doubled_fields_are_found_wherever_they_stand() -> None:
    """By path; the last one counts."""
    told = read(b'{"spec":{"replicas":1,"replicas":2},"a":[{"b":1,"b":2}]}')
    assert told.value["spec"]["replicas"] == 2
    assert told.doubled == ("spec.replicas", "a[0].b")


def test_what_is_no_json_is_refused_in_gos_words() -> None:
    """400."""
    with pytest.raises(Refused) as refused:
        read(b"{not json")
    assert refused.value.message == "invalid character 'n' looking for beginning of object key string"


def test_unknown_fields_are_warned_of_refused_or_passed_over() -> None:
    """As fieldValidation says; they are never kept."""
    body = read(b'{"kind":"Pod","spec":{"x":1}}')
    kept, warnings = checked(RESOURCES["pods"], body, Options())
    assert (kept, warnings) == ({"kind": "Pod", "spec": {}}, ['unknown field "spec.x"'])
    assert checked(RESOURCES["pods"], body, Options(validation="Ignore"))[1] == []
    with pytest.raises(Refused) as refused:
        checked(RESOURCES["pods"], body, Options(validation="Strict"))
    assert refused.value.code == 400
    with pytest.raises(Refused) as refused:
        patched(RESOURCES["pods"], body.value, (), "shown", Options(validation="Strict"))
    assert refused.value.code == 422


@pytest.mark.parametrize("body", [b'{"kind":"Secret"}', b'{"apiVersion":"v2"}', b'{"spec":{"nodeName":1}}'])
def test_another_kind_or_type_is_refused(body: bytes) -> None:
    """400 on a POST."""
    with pytest.raises(Refused) as refused:
        checked(RESOURCES["pods"], read(body), Options())
    assert refused.value.code == 400


def test_options_are_read_from_the_query() -> None:
    """With a refusal that names the options of the verb."""
    assert Options.of("create", {"dryRun": "All", "fieldValidation": "Strict"}) == Options(True, "Strict")
    with pytest.raises(Refused) as refused:
        Options.of("update", {"dryRun": "yes"})
    assert refused.value.message.startswith('UpdateOptions.meta.k8s.io "" is invalid: dryRun: ')


def test_values_print_as_in_go() -> None:
    """%v of what JSON decodes to."""
    assert in_go({"b": [1, None], "a": True}) == "map[a:true b:[1 <nil>]]"
