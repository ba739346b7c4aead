"""One entry is taken out of a pull secret, of the very Secret that was planned with, and nothing else of it."""

import base64
import json
from typing import Any

import msgspec
import pytest

from bot.cluster.shapes import SecretShape
from bot.cluster.writing.copying import Taken, taken
from bot.facts.change import Copying
from bot.ports.rehearsing import Declined, Reason
from tests.fakes import writes
from tests.fakes.writes import AUTH, COPY, PASSWORD, REGCRED


HOST = "registry.corp.example"


def _secret(content: Any, kind: str = "dockerconfigjson", **parts: Any) -> SecretShape:
    text = content if isinstance(content, str) else json.dumps(content)
    item = writes.named("Secret", "shop", "regcred", type=f"kubernetes.io/{kind}")
    item["metadata"] |= {"uid": "u1", "resourceVersion": "7"}
    item["data"] = {f".{kind}": base64.b64encode(text.encode()).decode()}
    return msgspec.convert({**item, **parts}, SecretShape)


def _copying(entry: str = HOST, **changes: Any) -> Copying:
    told = {"uid": "u1", "version": "7", "keys": (".dockerconfigjson",), **changes}
    return Copying(REGCRED, entry=entry, **told)


def _content(found: Taken | Declined) -> Any:
    assert isinstance(found, Taken), found
    return json.loads(base64.b64decode(found.content))


def test_taken_takes_one_entry_with_its_credential() -> None:
    """The other registry's entry and fields that are no credential's stay behind."""
    found = taken(_secret({"auths": writes.AUTHS, "credsStore": "x"}), _copying())
    assert _content(found) == {"auths": {HOST: {"auth": AUTH, "username": "robot", "password": PASSWORD}}}


def test_taken_reads_the_older_form() -> None:
    """Without the level of auths; the copy is of the newer form."""
    secret = _secret(writes.AUTHS, "dockercfg")
    found = taken(secret, _copying(keys=(".dockercfg",)))
    assert list(_content(found)["auths"]) == [HOST]


def test_taken_knows_an_entry_by_the_name_that_is_shown() -> None:
    """User information in a key is not shown; the copy bears the key as it stands."""
    found = taken(
        _secret({"auths": {f"https://robot:x@{HOST}/": {"auth": AUTH}}}), _copying(f"https://***@{HOST}/")
    )
    assert list(_content(found)["auths"]) == [f"https://robot:x@{HOST}/"]


def test_taken_reads_field_names_as_the_kubelet_does() -> None:
    """In any case, as Go's JSON."""
    found = taken(_secret({"Auths": {HOST: {"Auth": AUTH}}}), _copying())
    assert _content(found) == {"auths": {HOST: {"Auth": AUTH}}}


@pytest.mark.parametrize(
    "changes", [{"uid": "u2"}, {"version": "8"}, {"keys": ()}, {"keys": (".dockerconfigjson", "more")}]
)
def test_taken_refuses_another_secret_than_was_planned_with(changes: dict[str, Any]) -> None:
    """Another one, a changed one, or one with other keys."""
    found = taken(_secret({"auths": writes.AUTHS}), _copying(**changes))
    assert isinstance(found, Declined)
    assert found.reason is Reason.CONFLICT


@pytest.mark.parametrize(
    ("secret", "entry"),
    [
        (_secret({"auths": writes.AUTHS}), "else.example"),
        (_secret({"auths": {HOST: "x"}}), HOST),
        (_secret({"auths": {HOST: {}}}), HOST),
        (_secret({"auths": {HOST: {"auth": 7}}}), HOST),
        (_secret({"auths": {f"a:b@{HOST}": {"auth": "x"}, f"c:d@{HOST}": {"auth": "y"}}}), f"***@{HOST}"),
        (_secret({"auths": [1]}), HOST),
        (_secret(["x"]), HOST),
        (_secret("{"), HOST),
        (_secret("[" * 100_000), HOST),
        (_secret({"auths": writes.AUTHS}, type="Opaque"), HOST),
        (_secret("", data={".dockerconfigjson": "%"}), HOST),
        (_secret("", data={".dockerconfigjson": None}), HOST),
    ],
)
def test_taken_refuses_what_cannot_be_copied(secret: SecretShape, entry: str) -> None:
    """No entry, two that could be meant, nothing in it, no docker type, no JSON; and never says what stands there."""
    found = taken(secret, _copying(entry))
    assert isinstance(found, Declined)
    assert found.reason is Reason.INVALID
    assert PASSWORD not in found.said


def test_taken_never_shows_what_it_took() -> None:
    """Neither in its own words nor in those of others: every spelling of the credential is known as secret."""
    found = taken(_secret({"auths": writes.AUTHS}), _copying())
    assert isinstance(found, Taken)
    assert repr(found) == "Taken()"
    assert {AUTH, PASSWORD, f"robot:{PASSWORD}", found.content} <= set(found.secrets)


def test_manifest_is_a_secret_of_ours() -> None:
    """With the label by which it is known, and the plan's id."""
    manifest = Taken("e30=", ()).manifest(COPY, "plan-1")
    assert manifest["type"] == "kubernetes.io/dockerconfigjson"
    assert manifest["metadata"] == {
        "name": COPY.name,
        "namespace": COPY.namespace,
        "labels": {"imagepull/copied": "true"},
        "annotations": {"imagepull/plan": "plan-1"},
    }
