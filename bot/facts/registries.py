"""What is known about registries in general: their other names, who needs no secret, which have moved.

The knowledge itself is data (``playbooks/registries.yaml``); this is its shape, and the few questions that
are asked of it.
"""

import functools
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.facts.image import DOCKER_HUB, ImageReference


@dataclass(frozen=True, slots=True)
class Retired:
    """A registry, or a part of one, that has moved or closed.

    Attributes:
        prefix: ``host`` or ``host/path`` as an image name starts.
        moved_to: where the same images are now; "" when they are nowhere.
        since: ISO date from which pulls fail or freeze.
        source: who says so, a URL.
    """

    prefix: str
    moved_to: str
    since: str
    source: str


@dataclass(frozen=True, slots=True)
class RegistryBook:
    """Facts about public and cloud registries.

    Attributes:
        families: further hosts that belong to a registry, e.g. ``auth.docker.io`` -> ``docker.io``.
        node_identity: host globs where the node's own cloud identity is what usually pulls.
        well_known: host globs of registries that exist for everybody and are rarely away.
        answers_alike: host globs where a missing repository gets the same refusal as a private one.
        hides_by_404: host globs that answer 404 for what the asker may not see.
        never_private: name prefixes under which every repository is public.
        retired: the moved ones.
    """

    families: tuple[tuple[str, str], ...] = ()
    node_identity: tuple[str, ...] = ()
    well_known: tuple[str, ...] = ()
    answers_alike: tuple[str, ...] = ()
    hides_by_404: tuple[str, ...] = ()
    never_private: tuple[str, ...] = ()
    retired: tuple[Retired, ...] = ()

    def family(self, host: str) -> str:
        """The registry a host belongs to; the host itself when it stands alone."""
        bare = host.lower()
        if bare in (DOCKER_HUB, ""):
            return bare
        return _family(self.families, bare)

    def same(self, host: str, registry: str) -> bool:
        """Whether a host belongs to a registry. The port counts, except the one that HTTPS implies."""
        return self.family(_without_default_port(host)) == self.family(_without_default_port(registry))

    def uses_node_identity(self, host: str) -> bool:
        """Whether nodes of this cloud pull from the host with an identity of their own."""
        return any(fnmatchcase(host.lower(), glob) for glob in self.node_identity)

    def is_well_known(self, host: str) -> bool:
        """Whether a large part of the world pulls from this registry."""
        family = self.family(_without_default_port(host))
        return any(fnmatchcase(family, glob) for glob in self.well_known)

    def refuses_missing(self, host: str) -> bool:
        """Whether a refusal there may also mean that the repository does not exist."""
        return any(fnmatchcase(host.lower(), glob) for glob in self.answers_alike)

    def hides(self, host: str) -> bool:
        """Whether a 404 there may also mean that the asker may not see the repository."""
        return any(fnmatchcase(host.lower(), glob) for glob in self.hides_by_404)

    def is_never_private(self, image: ImageReference) -> bool:
        """Whether the image's repository, if it exists, is public."""
        return any(image.name.startswith(f"{prefix}/") for prefix in self.never_private)

    def retirement(self, image: ImageReference) -> Retired | None:
        """The entry of the moved registry that an image lives in, the longest prefix first."""
        name = image.name
        fitting = [each for each in self.retired if name == each.prefix or name.startswith(each.prefix + "/")]
        return max(fitting, key=lambda each: len(each.prefix), default=None)


# Every image in use is asked about in every comparison; hosts are few.
@functools.lru_cache(maxsize=4096)
def _family(families: tuple[tuple[str, str], ...], host: str) -> str:
    return next((registry for glob, registry in families if fnmatchcase(host, glob)), host)


def _without_default_port(host: str) -> str:
    return host.lower().removesuffix(":443")
