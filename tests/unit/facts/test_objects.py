"""What the cluster showed."""

import dataclasses

import pytest

from bot.facts import objects
from bot.facts.objects import Pod, PullSecret, Unread


def test_pods_are_known_by_namespace_and_name() -> None:
    """The key is what incidents and exits list."""
    assert Pod("shop", "web").key == "shop/web"


@pytest.mark.parametrize(
    ("kind", "right"),
    [
        ("kubernetes.io/dockerconfigjson", True),
        ("kubernetes.io/dockercfg", True),
        ("Opaque", False),
        ("kubernetes.io/basic-auth", False),
    ],
)
def test_secrets_of_other_types_are_not_read_by_the_kubelet(kind: str, right: bool) -> None:
    """Only the two docker types count."""
    assert PullSecret("shop", "regcred", kind).type_right is right


def test_nothing_that_was_seen_can_be_changed() -> None:
    """Every value is frozen: a check cannot rewrite what another one reads."""
    for name in dir(objects):
        each = getattr(objects, name)
        if dataclasses.is_dataclass(each) and isinstance(each, type):
            assert each.__dataclass_params__.frozen, name  # type: ignore[attr-defined]


def test_secrets_hold_no_values() -> None:
    """There is no field a credential could stand in."""
    fields = {each.name for each in dataclasses.fields(objects.SecretEntry)}
    times = {"expires", "issued"}
    assert fields == {"key", "has_username", "has_password", "trailing_newline", *times, "fingerprint"}


def test_unread_says_what_and_why() -> None:
    """A remedy is there only when somebody knows one."""
    assert Unread("secrets in shop", "forbidden").remedy == ""
