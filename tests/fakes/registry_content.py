"""What a made-up registry holds, where tests look for it; it is the simulated registry's."""

from bot.demo.registry.content import (
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    HELM_CONFIG,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_MANIFEST,
    Image,
    Repository,
    artifact,
    digest_of,
    index,
    single,
)


__all__ = [
    "DOCKER_CONFIG",
    "DOCKER_LAYER",
    "DOCKER_LIST",
    "DOCKER_MANIFEST",
    "HELM_CONFIG",
    "OCI_CONFIG",
    "OCI_INDEX",
    "OCI_LAYER",
    "OCI_MANIFEST",
    "Image",
    "Repository",
    "artifact",
    "digest_of",
    "index",
    "single",
]
