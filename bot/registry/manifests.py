"""What a registry stores of an image, read from the bytes it sent: a body and its media type in -> :class:`Contents` out.

Everything in such a body may be hostile, and much of what is honest leaves out what the specifications ask for. So
it is the fields that tell an index from a manifest, as in containerd
(https://github.com/containerd/containerd/blob/main/core/images/image.go, validateMediaType); what cannot be read
is left out, and the number of entries has a bound.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from bot.facts.image import Platform
from bot.facts.testimony import Manifest
from bot.registry.decoding import decoded


OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+json"
SCHEMA_1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"
ACCEPT = f"{OCI_INDEX}, {DOCKER_LIST}, {OCI_MANIFEST}, {DOCKER_MANIFEST}"

_INDEXES = frozenset({OCI_INDEX, DOCKER_LIST})
_MANIFESTS = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
SCHEMAS_1 = frozenset({SCHEMA_1, SCHEMA_1_SIGNED})
# Of ORAS before OCI 1.1: https://github.com/opencontainers/image-spec/blob/v1.1.0-rc2/artifact.md
_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"
IMAGE_CONFIGS = frozenset(
    {"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"}
)
# Docker has always taken these for images too: https://github.com/moby/moby/blob/v24.0.9/distribution/pull_v2.go
# ("Handle unexpected values from https://github.com/docker/distribution/issues/1621").
_LOOSE_CONFIGS = frozenset({"application/octet-stream", "application/json", "text/html", ""})
# https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor
_EMPTY_CONFIG = "application/vnd.oci.empty.v1+json"
# What runtimes unpack: https://github.com/containerd/containerd/blob/main/core/images/mediatypes.go (IsLayerType)
_LAYERS = ("application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs.")
# buildx: https://docs.docker.com/build/metadata/attestations/attestation-storage/
_ATTESTATION = "vnd.docker.reference.type"

_DIGEST = re.compile(r"(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})")
_PART = re.compile(r"[A-Za-z0-9_.+-]{1,64}")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One manifest that an index lists.

    Attributes:
        platform: what it is for; None where the index does not say, so that its config alone does.
    """

    digest: str
    platform: Platform | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """A manifest, and where its parts are.

    Attributes:
        entries: of an index, the images in it, in its order.
        config: digest of a single image's config; "" for anything else.
    """

    manifest: Manifest
    entries: tuple[Entry, ...] = ()
    config: str = ""


def read(body: bytes, media_type: str = "", digest: str = "") -> Contents | None:
    """What a manifest's body says; None when it is no manifest, or is two kinds of one at once.

    Args:
        body: as it came.
        media_type: of the Content-Type header; believed where the fields do not speak against it.
        digest: by which it is to be known.
    """
    document = decoded(body)
    if not isinstance(document, dict):
        return None
    named = [plain(media_type), plain(document.get("mediaType"))]
    parts = {name for name in ("manifests", "config", "layers", "fsLayers") if document.get(name) is not None}
    if "fsLayers" in parts or document.get("schemaVersion") == 1:
        return Contents(of_headers(_first(named, SCHEMAS_1, SCHEMA_1), digest))
    if parts == {"manifests"} and isinstance(document["manifests"], list):
        return _index(document, _first(named, _INDEXES, OCI_INDEX), digest)
    if "config" in parts and "manifests" not in parts and isinstance(document["config"], dict):
        return _single(document, _first(named, _MANIFESTS, OCI_MANIFEST), digest)
    if _ARTIFACT in named and not parts:
        kind = plain(document.get("artifactType")) or _ARTIFACT
        return Contents(Manifest(digest, _ARTIFACT, kind=kind, is_image=False))
    return None


def of_headers(media_type: str, digest: str) -> Manifest:
    """What the headers alone tell; of a schema 1 manifest that is enough to know that nobody runs it any more."""
    kind = plain(media_type)
    if kind in SCHEMAS_1:
        return Manifest(digest, kind, kind=kind, is_image=False)
    return Manifest(digest, kind, is_index=kind in _INDEXES)


def is_manifest(media_type: str) -> bool:
    """Whether a Content-Type header names a manifest or an index of any kind that is known."""
    return plain(media_type) in _INDEXES | _MANIFESTS | SCHEMAS_1 | {_ARTIFACT}


def plain(media_type: object) -> str:
    """A media type without its parameters; "" when it is none."""
    text = media_type.partition(";")[0].strip().lower() if isinstance(media_type, str) else ""
    return text if _MEDIA_TYPE.fullmatch(text) else ""


def is_digest(text: object) -> bool:
    """Whether this is a digest of one of the registered algorithms, which can be computed here."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def digest_of(body: bytes, like: str = "") -> str:
    """The digest of a body, by the algorithm of another digest."""
    algorithm = like.partition(":")[0] if is_digest(like) else "sha256"
    return f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}"


def platform_of(document: Any) -> Platform | None:
    """The platform that a config, or an index's entry, names; None when it names none that makes sense."""
    if not isinstance(document, dict):
        return None
    parts = [document.get(name) or "" for name in ("os", "architecture", "variant")]
    if not all(isinstance(part, str) and (not part or _PART.fullmatch(part)) for part in parts):
        return None
    return Platform(*parts) if parts[1] else None


def _index(document: dict[str, Any], media_type: str, digest: str) -> Contents:
    listed = document["manifests"]
    entries = tuple(entry for entry in map(_entry, listed[:_MOST]) if entry)
    platforms = tuple(dict.fromkeys(entry.platform for entry in entries if entry.platform))
    kind = plain(document.get("artifactType"))
    manifest = Manifest(
        digest,
        media_type,
        is_index=True,
        platforms=platforms,
        kind=kind,
        is_image=bool(entries) or not kind,
        partial=len(listed) > _MOST
        or any(entry.platform is None for entry in entries)
        or not all(map(_is_plain, listed[:_MOST])),
    )
    return Contents(manifest, entries)


def _is_plain(listed: Any) -> bool:
    """Whether it can be told what an index's entry is; another one may be for any platform."""
    if not isinstance(listed, dict) or not is_digest(listed.get("digest")):
        return False
    return listed.get("mediaType") is None or bool(plain(listed["mediaType"]))


def _entry(listed: Any) -> Entry | None:
    """An image of an index; None for an attestation, another artifact, and what cannot be read."""
    if not isinstance(listed, dict) or not is_digest(listed.get("digest")):
        return None
    annotations = listed.get("annotations")
    is_attestation = isinstance(annotations, dict) and _ATTESTATION in annotations
    media_type = plain(listed.get("mediaType"))
    if is_attestation or listed.get("artifactType") or media_type not in _INDEXES | _MANIFESTS | {""}:
        return None
    platform = platform_of(listed.get("platform"))
    if platform and "unknown" in (platform.os, platform.architecture):
        return None
    return Entry(listed["digest"], platform)


def _single(document: dict[str, Any], media_type: str, digest: str) -> Contents:
    config = document["config"]
    listed = document.get("layers")
    layers = (
        [layer for layer in listed[:_MOST] if isinstance(layer, dict)] if isinstance(listed, list) else []
    )
    types = [plain(layer.get("mediaType")) for layer in layers]
    kind, is_image = _kind(plain(config.get("mediaType")), plain(document.get("artifactType")), types)
    digests = tuple(layer["digest"] for layer in layers if is_digest(layer.get("digest")))
    manifest = Manifest(digest, media_type, kind=kind, is_image=is_image, layers=digests)
    return Contents(manifest, config=config["digest"] if is_image and is_digest(config.get("digest")) else "")


def _kind(config: str, artifact: str, layers: list[str]) -> tuple[str, bool]:
    """What a manifest holds, and whether that is an image.

    Signatures and attestations carry an image's config, but none of their layers can be unpacked.
    """
    unpacked = [each for each in layers if each.startswith(_LAYERS)]
    is_config = config in IMAGE_CONFIGS or (config in _LOOSE_CONFIGS and not artifact)
    if is_config and (unpacked or not any(layers)):
        return config, True
    told_by_layers = config in IMAGE_CONFIGS | _LOOSE_CONFIGS | {_EMPTY_CONFIG}
    first = next((each for each in layers if each), "") if told_by_layers else ""
    return (artifact or first or config, False) if told_by_layers else (config, False)


def _first(named: list[str], fitting: frozenset[str], otherwise: str) -> str:
    return next((each for each in named if each in fitting), otherwise)
