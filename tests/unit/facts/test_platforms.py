"""An image's platform is matched with a node's as containerd does it, and generously where runtimes differ."""

import pytest

from bot.facts.image import Platform
from bot.facts.platforms import normalised, offers, taken_by


def platform(text: str) -> Platform:
    """``linux/arm/v7`` as a platform."""
    return Platform(*text.split("/"))


@pytest.mark.parametrize(
    ("spelled", "plain"),
    [
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm64/8", "linux/arm64"),
        ("linux/arm64/v8.0", "linux/arm64"),
        ("linux/arm64/v9.0", "linux/arm64/v9"),
        ("linux/arm64/v8.1", "linux/arm64/v8.1"),
        ("Linux/X86_64", "linux/amd64"),
        ("linux/x86-64/v2", "linux/amd64/v2"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/i386", "linux/386"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/armel", "linux/arm/v6"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/6", "linux/arm/v6"),
        ("linux/arm/v6", "linux/arm/v6"),
        ("macos/arm64", "darwin/arm64"),
        ("linux/s390x", "linux/s390x"),
        ("plan9/weird/v3", "plan9/weird/v3"),
    ],
)
def test_normalised_knows_every_spelling(spelled: str, plain: str) -> None:
    """The spellings of containerd's table become one."""
    assert normalised(platform(spelled)) == platform(plain)


# From the cases of https://github.com/containerd/platforms/blob/main/compare_test.go (TestOnly).
@pytest.mark.parametrize(
    ("node", "taken", "refused"),
    [
        (
            "linux/amd64",
            "linux/amd64 linux/amd64/v1 linux/386",
            "linux/amd64/v2 linux/arm/v7 linux/arm64 windows/amd64",
        ),
        ("linux/amd64/v3", "linux/amd64 linux/amd64/v2 linux/386", "linux/amd64/v4 linux/arm64"),
        ("linux/386", "linux/386", "linux/amd64 linux/arm/v7"),
        ("windows/amd64", "windows/amd64", "linux/amd64 windows/arm"),
        (
            "linux/arm/v8",
            "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8",
            "linux/arm/v4 linux/arm64",
        ),
        ("linux/arm/v7", "linux/arm linux/arm/v5 linux/arm/v6", "linux/arm/v4 linux/arm/v8 linux/arm64"),
        ("linux/arm/v6", "linux/arm/v5 linux/arm/v6", "linux/arm linux/arm/v7"),
        ("linux/arm/v5", "linux/arm/v5", "linux/arm linux/arm/v6"),
        ("linux/arm/v4", "linux/arm/v4", "linux/arm linux/arm/v5"),
        (
            "linux/arm64/v9.6",
            "linux/arm linux/arm/v5 linux/arm64 linux/arm64/v8 linux/arm64/v8.9 linux/arm64/v9.0 linux/arm64/v9.5",
            "linux/amd64 linux/arm/v4 linux/arm64/v9.7",
        ),
        (
            "linux/arm64/v9",
            "linux/arm64/v8.5 linux/arm64/v9.0 linux/arm64 linux/arm/v7",
            "linux/arm64/v8.6 linux/arm64/v9.1",
        ),
        (
            "linux/arm64/v8.1",
            "linux/arm64 linux/arm64/v8 linux/arm64/v8.1 linux/arm/v6",
            "linux/arm64/v9 linux/amd64",
        ),
        ("linux/arm64", "linux/arm64/v8 linux/arm linux/arm/v8 linux/arm/v5", "linux/arm64/v9 linux/arm/v4"),
        ("linux/riscv64", "linux/riscv64", "linux/riscv"),
        ("linux/arm64/strange", "linux/arm64/strange linux/arm/strange", "linux/arm64"),
    ],
)
def test_offers_takes_what_containerd_takes(node: str, taken: str, refused: str) -> None:
    """Each platform alone is taken or refused as containerd's own tests say."""
    for text in taken.split():
        assert offers([platform(text)], platform(node)) == platform(text), text
    for text in refused.split():
        assert offers([platform(text)], platform(node)) is None, text


@pytest.mark.parametrize(
    ("node", "offered", "best"),
    [
        ("linux/amd64", "linux/386 linux/arm64 linux/amd64", "linux/amd64"),
        ("linux/arm64", "linux/arm/v5 linux/arm/v7 linux/arm/v8", "linux/arm/v8"),
        ("linux/arm64", "linux/arm/v7 linux/arm64/v8", "linux/arm64/v8"),
        ("linux/arm64/v8.2", "linux/arm64 linux/arm64/v8.1", "linux/arm64/v8.1"),
        ("linux/amd64/v3", "linux/amd64 linux/amd64/v2", "linux/amd64/v2"),
    ],
)
def test_offers_prefers_the_nearest(node: str, offered: str, best: str) -> None:
    """Of several, the first in containerd's order wins, whatever the index's order is."""
    assert offers([platform(text) for text in offered.split()], platform(node)) == platform(best)


def test_offers_is_generous_to_an_arm_node_of_unknown_variant() -> None:
    """Kubernetes says only "arm": v7 is tried first, and v8 counts too, because the node may be one."""
    node = Platform("linux", "arm")
    assert offers([Platform("linux", "arm", "v8")], node) == Platform("linux", "arm", "v8")
    assert offers([Platform("linux", "arm", "v8"), Platform("linux", "arm", "v7")], node) == Platform(
        "linux", "arm", "v7"
    )


def test_offers_reads_a_missing_system_as_the_nodes() -> None:
    """The runtime fills in its own operating system where an index names none."""
    assert offers([Platform("", "amd64")], Platform("linux", "amd64")) == Platform("", "amd64")


def test_offers_keeps_the_spelling_of_the_index() -> None:
    """What is returned is the entry as offered, so that it can be found in the index again."""
    assert offers([Platform("linux", "aarch64")], Platform("linux", "arm64")) == Platform("linux", "aarch64")


def test_offers_finds_nothing_in_nothing() -> None:
    """An index without platforms offers none."""
    assert offers([], Platform("linux", "amd64")) is None


def test_taken_by_starts_with_the_node_itself() -> None:
    """The order is containerd's: itself, then what else it runs."""
    assert [str(each) for each in taken_by(Platform("linux", "amd64"))] == ["linux/amd64", "linux/386"]
    assert [str(each) for each in taken_by(Platform("linux", "arm64"))] == [
        "linux/arm64",
        "linux/arm/v8",
        "linux/arm/v7",
        "linux/arm/v6",
        "linux/arm/v5",
    ]


def test_taken_by_stays_small_for_hostile_variants() -> None:
    """A variant with a huge number makes no long list."""
    assert len(taken_by(Platform("linux", "amd64", "v999999999"))) < 5
    assert len(taken_by(Platform("linux", "arm", "v99"))) < 100
