"""Who may have something changed: nobody, until somebody writes it."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from bot.facts.change import Risk
from bot.settings import Settings


_RULE = {"actions": ["roll-back"], "approvers": ["@sre"]}
_COPY = {"from": "platform/regcred", "to": "team-*", "registries": ["a.example"], "approvers": "@platform"}


def test_nothing_written_allows_nothing() -> None:
    """Read-only by default: no rule, no requester, no copy, no writer."""
    settings = Settings.model_validate({"clusters": {"prod": {"context": "prod"}}})
    assert (settings.approvals, settings.people.request, settings.secrets.copies) == ((), (), ())
    assert settings.clusters["prod"].writer is None


def test_a_rule_in_short_has_careful_defaults() -> None:
    """One approver who is not the requester, within half an hour; what others own is left to them."""
    rule = Settings.model_validate({"approvals": [_RULE]}).approvals[0]
    assert (rule.quorum, rule.requester_counts, rule.expires) == (1, False, timedelta(minutes=30))
    assert (rule.risks, rule.gitops, rule.repositories) == (tuple(Risk), False, ())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"approvers": []}, "at least 1"),
        ({"approvers": "*"}, "nobody who could answer"),
        ({"approvers": ["@sre", "#ops"]}, "nobody who could answer"),
        ({"approvers": ["sre"]}, "nobody who could answer"),
        ({"actions": []}, "at least 1"),
        ({"quorum": 0}, "greater than or equal to 1"),
        ({"risks": ["none"]}, "low"),
        ({"expires": "0s"}, "not a usable duration"),
        ({"repositories": ["*"]}, "no repository"),
        ({"approver": ["@sre"]}, "Extra inputs"),
        ({"hours": "always"}, "no hours"),
        ({"hours": "Mon-Fri 08:00-18:00 Europe/Atlantis"}, "no time zone"),
    ],
)
def test_a_rule_that_would_let_anybody_is_refused(changes: dict[str, object], told: str) -> None:
    """With the reason, before the bot runs by it."""
    with pytest.raises(ValidationError, match=told):
        Settings.model_validate({"approvals": [_RULE | changes]})


@pytest.mark.parametrize("approver", ["@sre", "S0123ABCD", "U0123ABCD", "T0123ABC/U0123ABCD"])
def test_approvers_are_groups_and_people(approver: str) -> None:
    """By handle or by id, of another workspace too where that is written out."""
    assert Settings.model_validate({"approvals": [_RULE | {"approvers": approver}]}).approvals[
        0
    ].approvers == (approver,)


def test_a_copy_names_where_from_where_to_and_whose() -> None:
    """All four are needed: a pull secret is never copied by a default."""
    copy = Settings.model_validate({"secrets": {"copies": [_COPY]}}).secrets.copies[0]
    assert (copy.source, copy.to, copy.approvers) == ("platform/regcred", ("team-*",), ("@platform",))
    for key in _COPY:
        with pytest.raises(ValidationError, match=key):
            Settings.model_validate(
                {"secrets": {"copies": [{name: value for name, value in _COPY.items() if name != key}]}}
            )


@pytest.mark.parametrize("source", ["regcred", "platform/", "a/b/c", "*/regcred"])
def test_a_source_is_one_secret(source: str) -> None:
    """Patterns belong to where it may go, not to where it comes from."""
    with pytest.raises(ValidationError, match="no Secret"):
        Settings.model_validate({"secrets": {"copies": [_COPY | {"from": source}]}})


def test_a_source_is_listed_once() -> None:
    """Two owners' lists for one Secret would leave open who must approve."""
    with pytest.raises(ValidationError, match="twice"):
        Settings.model_validate({"secrets": {"copies": [_COPY, _COPY | {"to": "other"}]}})


def test_no_node_is_asked_until_an_image_is_named() -> None:
    """There is none that everybody has."""
    assert Settings().witness is None
    found = Settings.model_validate({"witness": {"image": "registry.corp.example/imagepull:1"}}).witness
    assert found is not None
    assert found.namespace == "imagepull-witness"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "image"),
        ({"image": "Not An Image"}, "no image"),
        ({"image": "a.example/b:1", "namespace": "Kube/System"}, "no namespace"),
        ({"image": "a.example/b:1", "command": ["sh"]}, "Extra inputs"),
    ],
)
def test_a_witness_is_an_image_and_a_place(given: dict[str, object], told: str) -> None:
    """And nothing more can be chosen of it."""
    with pytest.raises(ValidationError, match=told):
        Settings.model_validate({"witness": given})
