"""How the well-known registries let one in and refuse one: a family's name -> its challenge and its answers.

Facts from their documentation and from what their users report; each family keeps what tells it from the others,
above all whether "private" and "missing" look alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Said:
    """An answer.

    Attributes:
        body: JSON to be, or a text that is sent as it is.
    """

    status: int
    body: object = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def errors(status: int, code: str, message: str) -> Said:
    """An answer as the OCI distribution specification wants it."""
    return Said(status, {"errors": [{"code": code, "message": message}]})


_UNAUTHORIZED = errors(401, "UNAUTHORIZED", "authentication required")
_NAME_UNKNOWN = errors(404, "NAME_UNKNOWN", "repository name not known to registry")
_MANIFEST_UNKNOWN = errors(404, "MANIFEST_UNKNOWN", "manifest unknown")


@dataclass(frozen=True)
class Family:
    """How registries of one kind answer.

    Attributes:
        scheme: ``basic``, ``bearer``, or "" for a registry that is open to all.
        tokens_at: of the token service, on the registry's own host unless the server is told otherwise.
        service: as the challenge names it; "" for not at all.
        scoped: the challenge names a scope.
        tags_action: the right that listing tags takes.
        token_names: the fields that the token stands in.
        refused: for nobody, and for a token that is not enough; the challenge is added.
        bad_login: for a user name and password that are not known.
        no_token: the token service's answer to somebody who may not read there; None where it gives a token that
            allows nothing.
        no_access: the registry's answer to such a token; None for ``refused``.
        no_repository: where the repository does not exist; None where that looks as if one might not read it.
        no_manifest: where the tag or digest does not exist.
        counts_pulls: there is a limit, which a GET of a manifest uses up and a HEAD does not.
    """

    scheme: str = ""
    tokens_at: str = "/token"
    service: str = "registry.test"
    scoped: bool = True
    tags_action: str = "pull"
    token_names: tuple[str, ...] = ("token", "access_token")
    refused: Said = _UNAUTHORIZED
    bad_login: Said = _UNAUTHORIZED
    no_token: Said | None = None
    no_access: Said | None = None
    no_repository: Said | None = _NAME_UNKNOWN
    no_manifest: Said = _MANIFEST_UNKNOWN
    counts_pulls: bool = False


OPEN = Family()
# What https://github.com/distribution/distribution says of a repository that it does not have.
DISTRIBUTION = Family(no_repository=_MANIFEST_UNKNOWN)
HTPASSWD = Family("basic")
HUB = Family(
    "bearer",
    service="registry.docker.io",
    bad_login=Said(401, {"details": "incorrect username or password"}),
    no_repository=None,
    counts_pulls=True,
)
GHCR = Family(
    "bearer",
    service="ghcr.io",
    bad_login=errors(403, "DENIED", "denied"),
    no_token=errors(403, "DENIED", "requested access to the resource is denied"),
    no_access=errors(404, "MANIFEST_UNKNOWN", "manifest unknown"),
    no_repository=None,
)
GITLAB = Family(
    "bearer",
    tokens_at="/jwt/auth",
    service="container_registry",
    bad_login=errors(403, "DENIED", "access forbidden"),
    no_token=errors(403, "DENIED", "access forbidden"),
    no_repository=None,
)
HARBOR = Family(
    "bearer",
    tokens_at="/service/token",
    service="harbor-registry",
    refused=errors(401, "UNAUTHORIZED", "unauthorized to access repository"),
    bad_login=errors(401, "UNAUTHORIZED", "authentication required"),
    no_repository=None,
    no_manifest=errors(404, "NOT_FOUND", "artifact not found"),
)
QUAY = Family(
    "bearer",
    tokens_at="/v2/auth",
    service="quay.io",
    bad_login=Said(401, {"error": "Invalid Username or Password"}),
    no_repository=None,
)
ACR = Family(
    "bearer",
    tokens_at="/oauth2/token",
    tags_action="metadata_read",
    token_names=("access_token",),
    bad_login=errors(401, "UNAUTHORIZED", "authentication required, visit https://aka.ms/acr/authorization"),
    no_token=errors(401, "UNAUTHORIZED", "authentication required, visit https://aka.ms/acr/authorization"),
    no_repository=None,
)
NVCR = Family("bearer", tokens_at="/proxy_auth", service="", no_repository=None)
ECR_PUBLIC = Family("bearer", tokens_at="/token/", service="public.ecr.aws", scoped=False)
ECR = Family(
    "basic",
    service="ecr.amazonaws.com",
    refused=Said(401, "Not Authorized\n", {"Content-Type": "text/plain; charset=utf-8"}),
    bad_login=errors(403, "DENIED", "Your authorization token has expired. Reauthenticate and try again."),
    no_repository=errors(404, "NAME_UNKNOWN", "The repository does not exist in the registry with id '1'"),
    no_manifest=errors(404, "MANIFEST_UNKNOWN", "Requested image not found"),
)
FAMILIES: Mapping[str, Family] = {
    "open": OPEN,
    "htpasswd": HTPASSWD,
    "hub": HUB,
    "ghcr": GHCR,
    "gitlab": GITLAB,
    "harbor": HARBOR,
    "quay": QUAY,
    "acr": ACR,
    "nvcr": NVCR,
    "ecr-public": ECR_PUBLIC,
    "ecr": ECR,
}
