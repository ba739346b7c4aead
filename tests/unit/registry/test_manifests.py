"""What a registry stores is read from its fields, generously where honest and not at all where hostile."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.facts.image import Platform
from bot.facts.testimony import Manifest
from bot.registry import manifests
from bot.registry.manifests import (
    ACCEPT,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    SCHEMA_1,
    SCHEMA_1_SIGNED,
    Contents,
    Entry,
    digest_of,
    is_digest,
    is_manifest,
    of_headers,
    plain,
    platform_of,
)
from tests.fakes.asking import recorded


SCENARIOS = Path(__file__).parents[2] / "recordings" / "scenarios"
IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
FIELDS = (
    "manifests",
    "config",
    "layers",
    "platform",
    "mediaType",
    "digest",
    "os",
    "architecture",
    "artifactType",
)
AMD64 = {"os": "linux", "architecture": "amd64"}


def digest(letter: str) -> str:
    """A digest made of one letter."""
    return f"sha256:{letter * 64}"


def read(document: Any, media_type: str = "") -> Contents | None:
    """A document as a registry would send it."""
    return manifests.read(json.dumps(document).encode(), media_type, digest("0"))


def index(*entries: Any, **more: Any) -> Manifest:
    """What an index of these entries says."""
    contents = read({"schemaVersion": 2, "manifests": list(entries), **more}, OCI_INDEX)
    assert contents is not None
    return contents.manifest


def entry(platform: Any = None, letter: str = "a", **more: Any) -> dict[str, Any]:
    """One entry of an index."""
    named = {} if platform is None else {"platform": platform}
    return {"mediaType": OCI_MANIFEST, "digest": digest(letter), "size": 1, **named, **more}


def single(config: str | None = IMAGE_CONFIG, *layers: str | None, **more: Any) -> Contents:
    """What a manifest with this config and these layers says."""
    parts = {"mediaType": config} if config is not None else {}
    contents = read(
        {
            "schemaVersion": 2,
            "config": {"digest": digest("c"), **parts},
            "layers": [
                {"digest": digest(str(number)), **({"mediaType": each} if each is not None else {})}
                for number, each in enumerate(layers)
            ],
            **more,
        },
        OCI_MANIFEST,
    )
    assert contents is not None
    return contents


@pytest.mark.parametrize("runtime", ["containerd-1.6", "containerd-1.7", "containerd-2", "cri-o"])
@pytest.mark.parametrize("scenario", ["platform-no-amd64", "exec-format", "helm-chart-as-image", "wrong-tag"])
def test_read_understands_every_recorded_manifest(runtime: str, scenario: str) -> None:
    """Real bodies are read, and their digests are what the registry says."""
    answers = recorded(SCENARIOS / runtime / scenario / "dump" / "registry.json")
    bodies = [reply for line, reply in answers.items() if line.startswith("GET") and "/manifests/" in line]
    good = [reply for reply in bodies if reply.status == 200]
    assert good or scenario == "wrong-tag"
    for reply in good:
        claimed = reply.headers["docker-content-digest"]
        contents = manifests.read(reply.body, reply.headers["content-type"], claimed)
        assert contents is not None
        assert contents.manifest.media_type == reply.headers["content-type"]
        assert contents.manifest.digest == claimed == digest_of(reply.body)
        assert contents.manifest.is_image is (scenario != "helm-chart-as-image")


def test_read_tells_the_platforms_of_a_recorded_list() -> None:
    """The list that lacks amd64 offers what it says, and its entries can be found."""
    answers = recorded(SCENARIOS / "containerd-2" / "platform-no-amd64" / "dump" / "registry.json")
    reply = next(
        reply for line, reply in answers.items() if line.startswith("GET") and line.endswith("manifests/2.0")
    )
    contents = manifests.read(reply.body, reply.headers["content-type"], "")
    assert contents is not None
    assert contents.manifest.platforms == (Platform("linux", "arm64"), Platform("linux", "ppc64le"))
    assert contents.manifest.is_index
    assert not contents.manifest.partial
    assert [item.platform for item in contents.entries] == list(contents.manifest.platforms)


def test_read_knows_a_recorded_chart_by_its_config() -> None:
    """A Helm chart is no image, and its kind says what it is."""
    answers = recorded(SCENARIOS / "cri-o" / "helm-chart-as-image" / "dump" / "registry.json")
    reply = next(reply for line, reply in answers.items() if line.startswith("GET") and "/manifests/" in line)
    contents = manifests.read(reply.body, reply.headers["content-type"], "")
    assert contents is not None
    assert contents.manifest.kind == "application/vnd.cncf.helm.config.v1+json"
    assert contents.manifest.is_image is False
    assert contents.config == ""


@pytest.mark.parametrize("media_type", [OCI_INDEX, DOCKER_LIST])
@pytest.mark.parametrize("where", ["header", "body", "both"])
def test_read_takes_the_media_type_from_wherever_it_stands(media_type: str, where: str) -> None:
    """Header or body: either names the type."""
    document = {"schemaVersion": 2, "manifests": [entry(AMD64)]}
    if where != "header":
        document["mediaType"] = media_type
    contents = read(document, "text/plain" if where == "body" else f"{media_type}; charset=utf-8")
    assert contents is not None
    assert contents.manifest.media_type == media_type
    assert contents.manifest.is_index


@pytest.mark.parametrize(
    ("document", "media_type"),
    [
        ({"schemaVersion": 2, "manifests": []}, OCI_INDEX),
        ({"schemaVersion": 2, "config": {"digest": digest("c")}, "layers": []}, OCI_MANIFEST),
        ({"config": {}}, OCI_MANIFEST),
    ],
)
def test_read_infers_a_missing_media_type(document: dict[str, Any], media_type: str) -> None:
    """OCI leaves the media type optional: the fields tell."""
    contents = read(document, "application/json")
    assert contents is not None
    assert contents.manifest.media_type == media_type


def test_read_believes_the_fields_and_not_a_wrong_type() -> None:
    """A header that calls an index a manifest changes nothing of what it is."""
    contents = read({"manifests": [entry(AMD64)]}, OCI_MANIFEST)
    assert contents is not None
    assert contents.manifest.is_index
    assert contents.manifest.media_type == OCI_INDEX


@pytest.mark.parametrize(
    "document",
    [
        {"schemaVersion": 1, "name": "a", "tag": "b", "fsLayers": [], "history": [], "signatures": []},
        {"schemaVersion": 1, "name": "a"},
        {"fsLayers": []},
    ],
)
def test_read_knows_schema_1_as_no_image(document: dict[str, Any]) -> None:
    """Schema 1 is no longer run by anybody; its media type is what it is told by."""
    contents = read(document, SCHEMA_1_SIGNED)
    assert contents is not None
    assert contents.manifest == Manifest(digest("0"), SCHEMA_1_SIGNED, kind=SCHEMA_1_SIGNED, is_image=False)
    untyped = read(document, "text/plain")
    assert untyped is not None
    assert untyped.manifest.kind == SCHEMA_1


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        None,
        "text",
        7,
        {"errors": [{"code": "MANIFEST_UNKNOWN"}]},
        {"schemaVersion": 2},
        {"layers": []},
        {"manifests": {}},
        {"config": "x", "layers": []},
        {"manifests": [], "config": {}},
        {"manifests": [], "layers": []},
    ],
)
def test_read_refuses_what_is_no_manifest(document: Any) -> None:
    """Anything else, and what is two things at once (CVE-2021-41190), is none."""
    assert read(document, OCI_MANIFEST) is None


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"{", b"[" * 100_000, b'{"config":' * 50_000, b"\xff\xfe", b'"\\ud800"']
)
def test_read_survives_hostile_bytes(body: bytes) -> None:
    """Bytes that are no JSON, or nested without end, are no manifest."""
    assert manifests.read(body, OCI_MANIFEST, "") is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(_JSON)
def test_read_never_fails(document: Any) -> None:
    """Whatever the JSON is, it is read or refused."""
    assert isinstance(read(document, OCI_INDEX), Contents | None)


def test_read_leaves_attestations_out() -> None:
    """What buildx adds to an index is for nobody to run."""
    manifest = index(
        entry(AMD64),
        entry({"os": "unknown", "architecture": "unknown"}, "b"),
        entry({"os": "linux", "architecture": "unknown"}, "d"),
        entry(None, "e", annotations={"vnd.docker.reference.type": "attestation-manifest"}),
        entry(None, "f", artifactType="application/vnd.example"),
        entry(None, "1", mediaType="application/vnd.dev.cosign.artifact.sig.v1+json"),
    )
    assert manifest.platforms == (Platform("linux", "amd64"),)
    assert not manifest.partial
    assert manifest.is_image is True


def test_read_says_when_an_index_does_not_tell_all() -> None:
    """An entry without a platform may be for any, so that nothing is absent for sure."""
    contents = read({"manifests": [entry({"os": "linux", "architecture": "arm64"}), entry(None, "b")]})
    assert contents is not None
    assert contents.manifest.platforms == (Platform("linux", "arm64"),)
    assert contents.manifest.partial
    assert contents.entries[1] == Entry(digest("b"))


def test_read_bounds_the_number_of_entries() -> None:
    """A hostile index of many thousands is cut, and says so."""
    manifest = index(*(entry({"os": "linux", "architecture": f"a{number}"}) for number in range(3000)))
    assert len(manifest.platforms) == 1000
    assert manifest.partial


def test_read_lists_a_platform_once() -> None:
    """Windows has one entry for each of its versions; they are one platform here."""
    windows = {"os": "windows", "architecture": "amd64"}
    manifest = index(
        entry({**windows, "os.version": "10.0.17763.1"}),
        entry({**windows, "os.version": "10.0.20348.1"}, "b"),
    )
    assert manifest.platforms == (Platform("windows", "amd64"),)


@pytest.mark.parametrize(
    "listed",
    [None, 1, "x", [], {}, {"digest": 1}, {"digest": "sha256:../../x"}, {"digest": "sha256:" + "A" * 64}],
)
def test_read_leaves_out_entries_without_a_digest(listed: Any) -> None:
    """An entry that cannot be asked for is none, and may have been for any platform."""
    read = index(entry(AMD64), listed)
    assert read.platforms == (Platform("linux", "amd64"),)
    assert read.partial


def test_read_knows_an_index_of_artifacts() -> None:
    """An index that says it is an artifact, and holds no image, is none."""
    manifest = index(artifactType="application/vnd.example.bundle")
    assert (manifest.kind, manifest.is_image) == ("application/vnd.example.bundle", False)
    assert index().is_image is True


@pytest.mark.parametrize(
    ("config", "layers", "more", "kind", "is_image"),
    [
        (IMAGE_CONFIG, [LAYER], {}, IMAGE_CONFIG, True),
        (IMAGE_CONFIG, [], {}, IMAGE_CONFIG, True),
        (IMAGE_CONFIG, [None], {}, IMAGE_CONFIG, True),
        (IMAGE_CONFIG, [LAYER], {"artifactType": "application/x.y"}, IMAGE_CONFIG, True),
        (
            "application/vnd.docker.container.image.v1+json",
            ["application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"],
            {},
            "application/vnd.docker.container.image.v1+json",
            True,
        ),
        ("application/octet-stream", [LAYER], {}, "application/octet-stream", True),
        (None, [LAYER], {}, "", True),
        (None, [None], {}, "", True),
        (
            "application/vnd.cncf.helm.config.v1+json",
            ["application/vnd.cncf.helm.chart.content.v1.tar+gzip"],
            {},
            "application/vnd.cncf.helm.config.v1+json",
            False,
        ),
        (
            EMPTY,
            ["text/plain"],
            {"artifactType": "application/vnd.example"},
            "application/vnd.example",
            False,
        ),
        (EMPTY, ["application/x.data"], {}, "application/x.data", False),
        (EMPTY, [EMPTY], {}, EMPTY, False),
        (
            IMAGE_CONFIG,
            ["application/vnd.dev.cosign.simplesigning.v1+json"],
            {},
            "application/vnd.dev.cosign.simplesigning.v1+json",
            False,
        ),
        (IMAGE_CONFIG, ["application/vnd.in-toto+json"], {}, "application/vnd.in-toto+json", False),
        (
            "application/vnd.wasm.config.v0+json",
            [LAYER],
            {},
            "application/vnd.wasm.config.v0+json",
            False,
        ),
    ],
)
def test_read_tells_images_from_artifacts(
    config: str | None, layers: list[str | None], more: dict[str, Any], kind: str, is_image: bool
) -> None:
    """The config's media type decides, and where it says nothing the layers do."""
    contents = single(config, *layers, **more)
    assert (contents.manifest.kind, contents.manifest.is_image) == (kind, is_image)
    assert contents.config == (digest("c") if is_image else "")


def test_read_knows_the_artifact_manifest_of_old() -> None:
    """ORAS once had a manifest of its own."""
    media_type = "application/vnd.oci.artifact.manifest.v1+json"
    contents = read({"mediaType": media_type, "artifactType": "application/vnd.example", "blobs": []})
    assert contents is not None
    assert (contents.manifest.kind, contents.manifest.is_image) == ("application/vnd.example", False)


def test_read_keeps_the_digests_of_layers_and_nothing_of_their_urls() -> None:
    """Foreign layers are told by their digest; where they say they can be had is not kept."""
    contents = read(
        {
            "config": {"mediaType": IMAGE_CONFIG, "digest": digest("c")},
            "layers": [
                {"mediaType": LAYER, "digest": digest("1"), "urls": ["https://evil.example/x"]},
                {"mediaType": LAYER, "digest": "nonsense"},
                "x",
            ],
        }
    )
    assert contents is not None
    assert contents.manifest.layers == (digest("1"),)
    assert "evil" not in repr(contents)


@pytest.mark.parametrize(
    ("document", "platform"),
    [
        ({"os": "linux", "architecture": "arm", "variant": "v7"}, Platform("linux", "arm", "v7")),
        ({"os": "linux", "architecture": "arm64"}, Platform("linux", "arm64")),
        ({"architecture": "arm64"}, Platform("", "arm64")),
        ({"os": "linux"}, None),
        ({"os": "linux", "architecture": ["amd64"]}, None),
        ({"os": "linux", "architecture": "a b"}, None),
        ({"os": "linux", "architecture": "x" * 65}, None),
        ({"os": "lin\x1b[31mux", "architecture": "amd64"}, None),
        ({}, None),
        (None, None),
        ([], None),
    ],
)
def test_platform_of_takes_only_what_makes_sense(document: Any, platform: Platform | None) -> None:
    """Names of platforms are short words; anything else is none."""
    assert platform_of(document) == platform


@pytest.mark.parametrize(
    ("media_type", "is_index", "is_image"),
    [
        (OCI_INDEX, True, None),
        (DOCKER_LIST, True, None),
        (OCI_MANIFEST, False, None),
        (DOCKER_MANIFEST + "; charset=utf-8", False, None),
        (SCHEMA_1_SIGNED, False, False),
    ],
)
def test_of_headers_tells_what_a_head_can(media_type: str, is_index: bool, is_image: bool | None) -> None:
    """Type and digest, no more; schema 1 is no image whatever its body says."""
    manifest = of_headers(media_type, digest("0"))
    assert (manifest.is_index, manifest.is_image) == (is_index, is_image)
    assert is_manifest(media_type)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Application/JSON; charset=utf-8", "application/json"),
        (" text/html ", "text/html"),
        ("", ""),
        (None, ""),
        (["a/b"], ""),
        ("nonsense", ""),
        ("a/b\n", "a/b"),
        ("a/b c", ""),
    ],
)
def test_plain_strips_a_media_type(text: object, expected: str) -> None:
    """Parameters and case fall away; what is none is empty."""
    assert plain(text) == expected


def test_is_digest_knows_the_registered_algorithms() -> None:
    """Only those can be checked here: https://github.com/opencontainers/image-spec/blob/main/descriptor.md."""
    assert is_digest(digest("a"))
    assert is_digest("sha512:" + "a" * 128)
    assert not is_digest("sha256:" + "a" * 63)
    assert not is_digest("md5:" + "a" * 32)
    assert not is_digest(digest("a") + "\n")
    assert not is_digest(None)


def test_digest_of_uses_the_algorithm_asked_for() -> None:
    """A digest by SHA-512 is compared with one by SHA-512."""
    assert digest_of(b"x") == "sha256:" + hashlib.sha256(b"x").hexdigest()
    assert digest_of(b"x", "sha512:" + "a" * 128) == "sha512:" + hashlib.sha512(b"x").hexdigest()
    assert digest_of(b"x", "md5:1").startswith("sha256:")


def test_accept_names_what_the_runtimes_ask_for() -> None:
    """The four types, in the order of the recordings."""
    answers = SCENARIOS / "cri-o" / "exec-format" / "dump" / "registry.json"
    exchanges = json.loads(answers.read_text(encoding="utf-8"))["exchanges"]
    asked = {each["request"]["headers"].get("Accept") for each in exchanges} - {None}
    assert asked == {ACCEPT}
