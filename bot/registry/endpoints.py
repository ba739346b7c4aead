"""Where a registry's API is, and where its credentials may go for a token: a registry's name in -> hosts out.

The tables are code and not playbook data, because a host more in them is a host to which passwords are sent.
"""

from fnmatch import fnmatchcase

from bot.facts.image import DOCKER_HUB


# https://github.com/distribution/distribution/blob/main/docs/content/spec/auth/token.md leaves the realm to the
# registry, so a registry could name any host. These are the ones that are known to belong to it.
_TOKEN_SERVICES = (
    (DOCKER_HUB, "auth.docker.io"),  # https://docs.docker.com/registry/spec/auth/token/
    (
        "registry.gitlab.com",
        "gitlab.com",
    ),  # https://docs.gitlab.com/administration/packages/container_registry/
)
# containerd and Docker ask this host for docker.io:
# https://github.com/containerd/containerd/blob/main/core/remotes/docker/registry.go (DefaultHost)
_HUB_HOST = "registry-1.docker.io"


def api_host(registry: str) -> str:
    """The host, with its port where one is given, that serves a registry's API."""
    return _HUB_HOST if registry == DOCKER_HUB else registry


def same_host(left: str, right: str) -> bool:
    """Whether two hosts, with their ports, are one over HTTPS."""
    return _plain(left) == _plain(right)


def may_receive_credentials(registry: str, host: str, token_services: tuple[str, ...] = ()) -> bool:
    """Whether a registry's credentials may be sent to a host: its own, a known token service, or a listed one.

    Args:
        registry: host as the image names it.
        host: with its port where it is not 443.
        token_services: the further hosts that the operator lists for this registry.
    """
    if same_host(host, api_host(registry)):
        return True
    known = [service for glob, service in _TOKEN_SERVICES if fnmatchcase(_plain(registry), glob)]
    return any(same_host(host, each) for each in (*known, *token_services))


def _plain(host: str) -> str:
    return host.lower().removesuffix(":443")
