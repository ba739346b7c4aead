"""A catalog gives its causes in the order of the table, and a title for any id."""

import pytest

from bot.facts.playbook import PLACEHOLDER
from tests import reports


def test_causes_come_in_the_order_of_the_table() -> None:
    """The judge's last tie-break is this order."""
    catalog = reports.catalog(reports.playbook("second", order=20), reports.playbook("first", order=10))
    assert [cause.id for cause in catalog.causes] == ["first", "second"]


def test_title_of_an_unknown_cause_is_its_id() -> None:
    """A verdict from a later version can still be shown."""
    assert reports.catalog().title("from-tomorrow") == "from-tomorrow"
    assert reports.catalog().title("image-removed") == "It was removed"


@pytest.mark.parametrize(
    ("argument", "names"),
    [
        ("{namespace}/{pod}", ["namespace", "pod"]),
        ("{image_name}:{similar-tag-exists.nearest}", ["image_name", "similar-tag-exists.nearest"]),
        ("jsonpath={.spec.nodeName}", []),
        ('{"imagePullSecrets":[{"name":"{secret}"}]}', ["secret"]),
    ],
)
def test_placeholder_leaves_json_and_jsonpath_alone(argument: str, names: list[str]) -> None:
    """Only {name} and {check-id.detail} are filled in."""
    assert PLACEHOLDER.findall(argument) == names
