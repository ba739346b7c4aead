"""What the settings allow is what the authoriser goes by."""

from datetime import UTC, datetime, timedelta

from bot.facts.change import Risk
from bot.facts.people import Grant
from bot.remediation.drafting import SecretCopy
from bot.remediation.policy import Policy, Rate
from bot.remediation.witnessing import Site
from bot.settings import Settings
from bot.wiring import allowing


def test_empty_settings_allow_nothing() -> None:
    """Nobody may ask, nothing is covered, no cluster has a writer."""
    found = allowing.policy(Settings.model_validate({"clusters": {"prod": {"context": "prod"}}}))
    assert found == Policy(ask=(Grant(("*",)),), rates={"prod": Rate(20, timedelta(hours=1))})


def test_rules_keep_their_order_and_all_that_they_say() -> None:
    """The first one that covers decides, so the order is part of what was written."""
    first = {
        "actions": ["roll-back"],
        "clusters": ["staging"],
        "approvers": ["@dev"],
        "requester_counts": True,
    }
    second = {
        "actions": "*",
        "namespaces": ["pay-*"],
        "risks": ["low"],
        "approvers": ["@sre"],
        "quorum": 2,
        "expires": "10m",
        "hours": "Mon-Fri 08:00-18:00 Europe/Berlin",
        "repositories": ["a.example/shop/*"],
        "gitops": True,
    }
    one, two = allowing.policy(Settings.model_validate({"approvals": [first, second]})).rules
    assert (one.name, one.actions, one.clusters, one.requester_counts) == (
        "approvals[0]",
        ("roll-back",),
        ("staging",),
        True,
    )
    assert (two.risks, two.quorum, two.expires, two.gitops) == ((Risk.LOW,), 2, timedelta(minutes=10), True)
    assert two.repositories == ("a.example/shop/*",)
    assert two.hours is not None
    assert two.hours.holds(datetime(2026, 1, 5, 7, 30, tzinfo=UTC))
    assert not two.hours.holds(datetime(2026, 1, 5, 18, 30, tzinfo=UTC))


def test_clusters_say_who_changes_them_and_how_often() -> None:
    """A writer, a rate; requesters and copies come along."""
    found = allowing.policy(
        Settings.model_validate(
            {
                "clusters": {
                    "prod": {"context": "prod", "writer": {"context": "w"}, "changes": "2/m"},
                    "dev": {},
                },
                "people": {"request": [{"who": "@dev", "clusters": "dev"}]},
                "secrets": {
                    "copies": [
                        {
                            "from": "platform/regcred",
                            "to": "team-*",
                            "registries": ["a.example"],
                            "approvers": "@platform",
                        }
                    ]
                },
            }
        )
    )
    assert found.writers == {"prod"}
    assert found.rates["prod"] == Rate(2, timedelta(minutes=1))
    assert found.request == (Grant(("@dev",), ("dev",)),)
    assert found.copies == (SecretCopy("platform", "regcred", ("team-*",), ("a.example",), ("@platform",)),)


def test_nodes_are_asked_about_registries_that_are_named_and_not_forbidden() -> None:
    """With the image and in the namespace that are written; nowhere where nothing is."""
    registries = {
        "a.corp.example": {},
        "b.corp.example": {"probe": "anonymous"},
        "c.corp.example": {"probe": "off"},
        "d.evil.example": {},
        "deny": ["*.evil.example"],
    }
    witness = {"image": "a.corp.example/imagepull:1"}
    found = allowing.policy(Settings.model_validate({"registries": registries, "witness": witness}))
    assert found.site == Site("imagepull-witness", "a.corp.example/imagepull:1")
    assert found.hosts == {"a.corp.example", "b.corp.example"}
    assert allowing.policy(Settings()).site is None
