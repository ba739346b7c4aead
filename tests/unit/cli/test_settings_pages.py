"""The pages about settings are made from the models, and what they show is accepted."""

import re
from pathlib import Path

import pytest

from bot import settings
from bot.cli import settings_pages


DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", sorted(settings_pages.files()))
def test_settings_pages_are_fresh(name: str) -> None:
    """What stands in docs/ is what the models say today."""
    assert (DOCS / name).read_text(encoding="utf-8") == settings_pages.files()[name], "run `make docs`"


def test_settings_example_is_accepted(tmp_path: Path) -> None:
    """The example can be used as it is."""
    file = tmp_path / "imagepull.yaml"
    file.write_text(settings_pages.example(("prod-eu", "staging")))
    assert set(settings.load(file, {}).clusters) == {"prod-eu", "staging"}


def test_settings_example_is_accepted_in_full(tmp_path: Path) -> None:
    """Every key that stands commented out would be accepted, too."""
    body = settings_pages.example(("prod-eu",)).split("\n\n", 1)[1]
    live = re.sub(r"(?m)^( *)#( *(?:(?:- )?[\w.]+:|# ).*)$", r"\1\2", body)
    live = live.replace("in_cluster: false\n", "")
    # Either a token or a user and a password.
    live = re.sub(r"  user: .*\n(?:  #.*\n)*  password_file: .*\n", "", live)
    file = tmp_path / "imagepull.yaml"
    file.write_text(live)
    read = settings.load(file, {})
    assert read.registries.mirrors
    assert read.people.ask[0].who == ("@developers",)
    assert read.slack.bot_token_file
    assert read.registries.hosts["registry.corp.example"].ca_file
    assert read.playbooks.folder
    assert read.clusters["prod-eu"].kubeconfig


def test_settings_example_survives_odd_contexts(tmp_path: Path) -> None:
    """Context names are anything: quotes, colons, a user's ARN."""
    odd = ('arn:aws:eks:eu:1:cluster/a"b', "off", "a: b # c", "\u202ex")
    file = tmp_path / "imagepull.yaml"
    file.write_text(settings_pages.example(odd))
    assert tuple(settings.load(file, {}).clusters) == odd


def test_settings_page_tells_every_key() -> None:
    """No key of the models is missing from the page."""
    page = settings_pages.page()
    models = (
        settings.Route,
        settings.Match,
        settings.Tenants,
        settings.Cluster,
        settings.Registry,
        settings.Detection,
        settings.Playbooks,
        settings.Slack,
    )
    for model in (*models, settings.People, settings.Asking, settings.Store):
        for key in model.model_fields:
            assert f"{key}`" in page or f"{key}." in page
