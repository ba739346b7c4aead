"""Label selectors as kubectl takes them."""

import pytest

from bot.cluster import selectors
from bot.errors import UsageError


LABELS = {"app": "web", "tier": "front", "example.com/team": "a", "empty": ""}


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        ("", True),
        ("app=web", True),
        ("app==web", True),
        ("app = web", True),
        ("app=api", False),
        ("app!=api", True),
        ("absent!=x", True),
        ("absent=x", False),
        ("app=web,tier=front", True),
        ("app=web,tier=back", False),
        ("app in (api, web)", True),
        ("app in (api)", False),
        ("app notin (api),tier", True),
        ("absent notin (a)", True),
        ("app", True),
        ("!app", False),
        ("!absent", True),
        ("example.com/team=a", True),
        ("empty=", True),
    ],
)
def test_selector_takes_what_the_api_server_takes(selector: str, fits: bool) -> None:
    """Equality, sets and existence, joined by commas."""
    assert selectors.parse(selector)(LABELS) is fits


@pytest.mark.parametrize("selector", ["=", "app=web;", "app in web", "a=b,,c", "$(x)", "app = = web"])
def test_selector_that_kubectl_refuses_is_refused(selector: str) -> None:
    """With a hint, not with a guess."""
    with pytest.raises(UsageError) as caught:
        selectors.parse(selector)
    assert caught.value.hint
