"""What a made-up registry holds: platforms and kinds in -> images with true digests, and repositories of them, out."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json"


@dataclass(frozen=True)
class Image:
    """A manifest with all that hangs on it.

    Attributes:
        body: the manifest's bytes, from which its digest is computed.
        children: of an index, what it lists.
        blobs: digest -> bytes, of config and layers.
        platform: what an index that lists it says of it.
    """

    media_type: str
    body: bytes
    children: tuple["Image", ...] = ()
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    platform: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """``sha256:…`` of the body."""
        return digest_of(self.body)

    @property
    def layers(self) -> tuple[str, ...]:
        """Digests of a single manifest's layers."""
        return tuple(layer["digest"] for layer in json.loads(self.body).get("layers", ()))

    def family(self) -> tuple["Image", ...]:
        """It and everything below it."""
        return (self, *(each for child in self.children for each in child.family()))


@dataclass(frozen=True)
class Repository:
    """A repository.

    Attributes:
        tags: tag -> image, in the order in which a registry would list them once sorted.
        readers: users who may read it; None when everybody may.
        lost: digests of blobs that the registry should have and has not.
    """

    tags: Mapping[str, Image] = field(default_factory=dict)
    readers: frozenset[str] | None = None
    lost: frozenset[str] = frozenset()

    def manifest(self, reference: str) -> Image | None:
        """What a tag or digest names."""
        if reference in self.tags:
            return self.tags[reference]
        known = (each for image in self.tags.values() for each in image.family())
        return next((each for each in known if each.digest == reference), None)

    def blob(self, digest: str) -> bytes | None:
        """The bytes with that digest."""
        if digest in self.lost:
            return None
        known = (each.blobs for image in self.tags.values() for each in image.family())
        return next((blobs[digest] for blobs in known if digest in blobs), None)

    def is_readable_by(self, user: str) -> bool:
        """Whether a user, "" for the anonymous one, may pull."""
        return self.readers is None or user in self.readers


def digest_of(body: bytes) -> str:
    """``sha256:…`` of these bytes."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def single(platform: str = "linux/amd64", *, docker: bool = False, layers: int = 2, name: str = "") -> Image:
    """An image for one platform. Its name goes into its config, so that two images differ."""
    parts = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
    config = json.dumps(
        {**parts, "config": {"Labels": {"name": name}}, "rootfs": {"type": "layers"}}
    ).encode()
    media_type, config_type, layer_type = (
        (DOCKER_MANIFEST, DOCKER_CONFIG, DOCKER_LAYER) if docker else (OCI_MANIFEST, OCI_CONFIG, OCI_LAYER)
    )
    blobs = [f"layer {number} of {name} for {platform}".encode() for number in range(layers)]
    return _manifest(media_type, (config_type, config), [(layer_type, blob) for blob in blobs], parts)


def artifact(
    config_type: str = HELM_CONFIG, layer_type: str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
) -> Image:
    """Something that no runtime can run: a chart unless told otherwise."""
    return _manifest(OCI_MANIFEST, (config_type, b'{"name": "chart"}'), [(layer_type, b"a chart")], {})


def index(*images: Image, docker: bool = False) -> Image:
    """One image for several platforms."""
    listed = [
        {
            **_descriptor(each.media_type, each.body),
            **({"platform": dict(each.platform)} if each.platform else {}),
        }
        for each in images
    ]
    media_type = DOCKER_LIST if docker else OCI_INDEX
    body = {"schemaVersion": 2, "mediaType": media_type, "manifests": listed}
    return Image(media_type, json.dumps(body, indent=1).encode(), children=images)


def _manifest(
    media_type: str, config: tuple[str, bytes], layers: list[tuple[str, bytes]], platform: Mapping[str, str]
) -> Image:
    body = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": _descriptor(*config),
        "layers": [_descriptor(*layer) for layer in layers],
    }
    blobs = {digest_of(blob): blob for _, blob in (config, *layers)}
    return Image(media_type, json.dumps(body, indent=1).encode(), blobs=blobs, platform=platform)


def _descriptor(media_type: str, body: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "size": len(body), "digest": digest_of(body)}
