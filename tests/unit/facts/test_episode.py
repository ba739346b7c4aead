"""What makes two looks' incidents the same one, and what a person reads of it."""

from datetime import timedelta

import pytest

from bot.facts import episode as episodes
from bot.facts.cause import Scope
from bot.facts.episode import Episode, Member, Part, Stage
from bot.facts.verdict import Confidence, Place
from tests.fakes.cluster import NOW


PLACE = Place(Scope.WORKLOAD, namespace="shop", workload="Deployment/web")


@pytest.mark.parametrize(
    "registry",
    ["registry.example", "registry.example:5000", "docker.io", "mirror.example/dockerhub", "8.8.8.8:5000"],
)
def test_registry_of_the_world_is_one_for_all_clusters(registry: str) -> None:
    """What breaks behind it breaks for one reason, wherever it is seen."""
    place = Place(Scope.REGISTRY, registry=registry)
    assert episodes.fingerprint("it", place, "eu").key == episodes.fingerprint("it", place, "us").key


@pytest.mark.parametrize(
    "registry",
    [
        "registry:5000",
        "localhost:5000",
        "127.0.0.1:5000",
        "10.0.0.7",
        "[::1]:5000",
        "registry.ops.svc:5000",
        "",
    ],
)
def test_registry_that_each_cluster_has_of_its_own_is_not_shared(registry: str) -> None:
    """A service's name, loopback and a private address mean something else in the next cluster."""
    place = Place(Scope.REGISTRY, registry=registry)
    assert episodes.fingerprint("it", place, "eu").key != episodes.fingerprint("it", place, "us").key


def test_fingerprint_differs_in_everything_that_counts() -> None:
    """Cause, cluster, place, and whether it stands for a storm."""
    keys = {
        episodes.fingerprint("it", PLACE, "eu").key,
        episodes.fingerprint(None, PLACE, "eu").key,
        episodes.fingerprint("None", PLACE, "eu").key,
        episodes.fingerprint("it", PLACE, "us").key,
        episodes.fingerprint("it", Place(Scope.CLUSTER), "eu").key,
        episodes.fingerprint(None, Place(Scope.CLUSTER), "eu").key,
        episodes.storm("eu").key,
    }
    assert len(keys) == 7


def test_key_has_one_length_whatever_a_name_holds() -> None:
    """A hostile name of megabytes is no index row of megabytes."""
    hostile = Place(Scope.REGISTRY, registry="\ud800\0" + "x" * 100_000)
    assert len(episodes.fingerprint("it", hostile, "eu").key) == len(episodes.storm("eu").key) == 40


def test_id_is_short_and_made_for_typing() -> None:
    """Ten letters without those that look alike; another beginning is another id."""
    of = episodes.storm("eu")
    ids = {episodes.new_id(of, NOW + number * timedelta.resolution) for number in range(2000)}
    assert len(ids) == 2000
    assert {len(each) for each in ids} == {10}
    assert not set("".join(ids)) & set("ilo01")


def test_numbers_count_what_has_no_name() -> None:
    """Beyond what is named workloads and pods are still counted."""
    parts = (
        Part("eu", (Member("shop", "Deployment/web", 3), Member("pay", "Job/pay", 1)), 5, 7),
        Part("us", (Member("shop", "Deployment/web", 2),)),
    )
    episode = Episode("a", episodes.storm("eu"), Stage.OPEN, Confidence.LOW, NOW, parts)
    assert (episode.workloads, episode.pods, episode.clusters) == (8, 13, ("eu", "us"))
    assert episode.part("us") == parts[1]
    assert episode.part("ap") is None


def test_reading_changes_with_names_and_images_too() -> None:
    """One workload healed and another broke: the numbers stand, the message does not."""

    def reading(*members: Member) -> episodes.Reading:
        parts = (Part("eu", members),)
        return Episode("a", episodes.storm("eu"), Stage.OPEN, Confidence.LOW, NOW, parts).reading

    one, other = Member("shop", "Deployment/web", 1, "v1"), Member("shop", "Deployment/api", 1, "v1")
    assert reading(one) == reading(Member("shop", "Deployment/web", 1, "v1", quiet=True))
    assert len({reading(one), reading(other), reading(Member("shop", "Deployment/web", 1, "v2"))}) == 3


@pytest.mark.parametrize(
    ("stage", "live"),
    [(Stage.HELD, True), (Stage.OPEN, True), (Stage.RESOLVED, False), (Stage.ABSORBED, False)],
)
def test_stage_knows_what_lives(stage: Stage, live: bool) -> None:
    """Held and open go on; the others are history."""
    assert stage.is_live is live


def test_reading_knows_each_cluster() -> None:
    """What is told of one says nothing of another."""
    web = Member("shop", "Deployment/web", 2)
    parts = (Part("eu", (web,), 1, 3), Part("us", (web,)))
    assert (parts[0].workloads, parts[0].pods) == (2, 5)
    made = Episode(
        "k7q2mzr4ta",
        episodes.fingerprint("it", PLACE, "eu"),
        Stage.OPEN,
        Confidence.HIGH,
        NOW,
        parts,
    )
    assert made.reading.of("eu") == parts[0].digest != made.reading.of("us")
    assert made.reading.of("asia") == ""
