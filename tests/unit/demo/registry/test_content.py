"""Made-up images have true digests."""

import hashlib
import json

from bot.demo.registry.content import HELM_CONFIG, OCI_INDEX, Repository, artifact, digest_of, index, single


def test_digests_are_computed_from_the_bytes() -> None:
    """Of manifests and of blobs."""
    image = single(name="a")
    assert image.digest == f"sha256:{hashlib.sha256(image.body).hexdigest()}"
    assert all(digest_of(blob) == digest for digest, blob in image.blobs.items())
    assert single(name="b").digest != image.digest


def test_an_index_lists_its_platforms() -> None:
    """And is found by tag, each of them by digest."""
    arm, amd = single("linux/arm64/v8"), single()
    both = index(amd, arm)
    told = json.loads(both.body)
    assert both.media_type == OCI_INDEX
    assert [each["platform"]["architecture"] for each in told["manifests"]] == ["amd64", "arm64"]
    repository = Repository({"1": both})
    assert repository.manifest("1") is both
    assert repository.manifest(arm.digest) is arm
    assert repository.manifest("2") is None


def test_a_lost_blob_is_not_there() -> None:
    """Though its manifest names it."""
    image = single()
    lost = image.layers[0]
    assert Repository({"1": image}, lost=frozenset({lost})).blob(lost) is None
    assert Repository({"1": image}).blob(lost) is not None


def test_a_chart_says_so_in_its_config() -> None:
    """By its media type."""
    assert json.loads(artifact().body)["config"]["mediaType"] == HELM_CONFIG


def test_readers_are_who_is_named() -> None:
    """Everybody, where nobody is."""
    assert Repository().is_readable_by("")
    assert not Repository(readers=frozenset({"jane"})).is_readable_by("")
