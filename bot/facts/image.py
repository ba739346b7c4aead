"""An image reference taken apart the way every runtime does it, and the platform an image is for.

Text in (``nginx``, ``registry.corp.example:5000/team/app:1.0@sha256:…``) -> :class:`ImageReference` out, or
:class:`~bot.errors.InvalidReference` that says where the text breaks. The grammar is the one of
https://github.com/distribution/reference, which the kubelet, containerd, CRI-O and Docker all use.
"""

import functools
import re
from dataclasses import dataclass

from bot.errors import InvalidReference


DOCKER_HUB = "docker.io"

# https://github.com/distribution/reference/blob/main/regexp.go. `re` is safe here: the patterns are
# anchored, without nested repetition over the same characters, and the input is cut to 4,096 first.
_DOMAIN = re.compile(
    r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
    r"(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?|\[[a-fA-F0-9:]+\](?::[0-9]+)?"
)
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[\w][\w.-]{0,127}", re.ASCII)
# Narrower than its grammar: https://github.com/opencontainers/go-digest/blob/v1.0.0/algorithm.go has the last word.
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")
_IMAGE_ID = re.compile(r"[0-9a-f]{64}")
_LONGEST_REPOSITORY = 255
_LONGEST_REFERENCE = 4096


@dataclass(frozen=True, slots=True)
class ImageReference:
    """Where an image lives and which one is meant.

    Attributes:
        registry: host, with a port where one is given; ``docker.io`` when the text names none.
        repository: path in the registry; ``library/nginx`` for ``nginx``.
        tag: the tag as written, or None. The kubelet pulls ``latest`` when neither tag nor digest is given.
        digest: ``sha256:…`` as written, or None.
        spelled: the text as it stood.
    """

    registry: str
    repository: str
    tag: str | None
    digest: str | None
    spelled: str

    @property
    def name(self) -> str:
        """Registry and repository, without tag and digest."""
        return f"{self.registry}/{self.repository}"

    @property
    def effective_tag(self) -> str | None:
        """The tag the kubelet asks for: a digest wins, and nothing at all means ``latest``."""
        return None if self.digest else self.tag or "latest"

    @property
    def canonical(self) -> str:
        """One spelling for every way to write the same image; used to compare, not to show."""
        tail = f"@{self.digest}" if self.digest else f":{self.effective_tag}"
        return self.name + tail


@dataclass(frozen=True, slots=True)
class Platform:
    """Operating system and processor architecture, spelled as the OCI image index spells them."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


def parse(text: str) -> ImageReference:
    """Take a reference apart.

    Raises:
        InvalidReference: with the reason and, where there is one, the likely repair as hint.
    """
    _refuse_obvious(text)
    rest, _, digest = text.partition("@")
    if digest and not _DIGEST.fullmatch(digest):
        raise InvalidReference(
            f"{digest[:80]!r} is not a digest", "a digest is sha256: and 64 hex digits, in lower case"
        )
    if "@" in text and not digest:
        raise InvalidReference("nothing follows the @", "write @sha256:… or drop the @")
    head, slash, path = rest.partition("/")
    # Docker's rule: the first part is a host only with a dot, a colon, an upper-case letter, or as localhost.
    if slash and ("." in head or ":" in head or head == "localhost" or head.lower() != head):
        registry, remainder = head, path
        if not _DOMAIN.fullmatch(registry):
            raise InvalidReference(f"{registry[:80]!r} is not a registry host")
    else:
        registry, remainder = DOCKER_HUB, rest
    repository, colon, tag = remainder.partition(":")
    if colon and not _TAG.fullmatch(tag):
        raise InvalidReference(*_about_tag(tag))
    _refuse_repository(repository)
    if registry in (DOCKER_HUB, "index.docker.io"):
        registry = DOCKER_HUB
        if "/" not in repository:
            repository = f"library/{repository}"
    if len(repository) > _LONGEST_REPOSITORY:
        raise InvalidReference("the repository is longer than 255 characters")
    return ImageReference(registry, repository, tag or None, digest or None, text)


# A storm compares every failing image with every one in use: the same few thousand texts, again and again.
@functools.lru_cache(maxsize=4096)
def parsed(text: str) -> ImageReference | None:
    """Take a reference apart, or answer None when it does not parse."""
    try:
        return parse(text)
    except InvalidReference:
        return None


def _refuse_obvious(text: str) -> None:
    if not text:
        raise InvalidReference("the reference is empty")
    if len(text) > _LONGEST_REFERENCE:
        raise InvalidReference("the reference is longer than 4,096 characters")
    if text != text.strip() or any(character.isspace() for character in text):
        raise InvalidReference("the reference contains white space", "remove the space")
    if "://" in text:
        raise InvalidReference("the reference starts with a scheme", "drop everything up to and with ://")
    if "$" in text or "{" in text or "<" in text:
        raise InvalidReference("a template placeholder was not filled in", "fill it in before applying")
    if _IMAGE_ID.fullmatch(text):
        raise InvalidReference("64 hex digits are an image id, not a repository")


def _about_tag(tag: str) -> tuple[str, str]:
    if not tag:
        return "the tag after the colon is empty", "write a tag after the colon, or drop the colon"
    if ":" in tag:
        return f"there are two tags, {tag.replace(':', ' and ', 1)[:80]!r}", "keep one of them"
    if "/" in tag:
        return "a colon stands in the middle of the path", "only a registry host may be followed by a port"
    return f"{tag[:80]!r} is not a tag", "letters, digits, _ . - only, 128 at most"


def _refuse_repository(repository: str) -> None:
    for component in repository.split("/"):
        if _COMPONENT.fullmatch(component):
            continue
        if not component:
            raise InvalidReference("the path has an empty part", "remove the doubled or trailing slash")
        if component.lower() != component and _COMPONENT.fullmatch(component.lower()):
            raise InvalidReference(
                f"the repository {repository[:80]!r} has upper-case letters", "repositories are lower case"
            )
        raise InvalidReference(f"{component[:80]!r} cannot be part of a repository's name")
