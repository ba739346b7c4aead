"""What a registry answers: repositories, a family and mischief in -> the answer to a request out.

It keeps what it was asked, with all the headers, so that one can say what never reached it.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from bot.demo.registry.content import Repository
from bot.demo.registry.families import OPEN, Family, Said, errors


_TOO_MANY = errors(
    429,
    "TOOMANYREQUESTS",
    "You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: "
    "https://www.docker.com/increase-rate-limit",
)
_NO_BLOB = errors(404, "BLOB_UNKNOWN", "blob unknown to registry")
_STORE = "/store/"


@dataclass(frozen=True)
class Seen:
    """A request.

    Attributes:
        path: with its query, exactly as it was sent.
        headers: by lower-case name.
        port: at which it arrived.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    port: int

    @property
    def authorization(self) -> str:
        """The header of that name; "" when nothing was sent along."""
        return self.headers.get("authorization", "")

    @property
    def text(self) -> str:
        """All of it, with what a Basic authorization holds spelled out."""
        decoded = ":".join(_login(self.authorization) or ())
        return "\n".join((self.method, self.path, *map(str, self.headers.items()), decoded))


@dataclass
class Mischief:
    """What goes wrong, on purpose. Everything may be changed while the server runs.

    Attributes:
        challenge: the whole WWW-Authenticate header, in place of the true one.
        realm: the realm in it.
        scope: the scope in it.
        redirect_manifests: where manifests are; ``{reference}`` stands for the tag or digest.
        redirect_blobs: where blobs are; ``{digest}`` stands for it.
        next_page: where the Link header of a list of tags leads.
        everything: the answer to every question of the registry.
        tokens: the token service's answer to everybody.
        retry_after: every question of the registry is too many, with this header.
    """

    challenge: str | None = None
    realm: str = ""
    scope: str | None = None
    redirect_manifests: str = ""
    redirect_blobs: str = ""
    next_page: str = ""
    everything: Said | None = None
    tokens: Said | None = None
    retry_after: str | None = None


@dataclass(frozen=True)
class _Grant:
    """What a token allows: somebody, some actions on one repository."""

    user: str
    repository: str
    actions: frozenset[str]


class Registry:
    """One registry.

    Args:
        repositories: by name.
        family: how it lets one in and refuses one.
        users: name -> password.
        host: where it is asked.
        token_host: where its token service is asked; ``host`` where it has none of its own.

    Attributes:
        requests: everything that arrived, in order.
        mischief: what goes wrong.
        limit: of pulls, where the family counts them.
        remaining: pulls left.
        page: tags on a page at most.
        lifetime: of a token, in seconds, as the token service says.
        stores: blobs are kept behind a redirect, as clouds do.
    """

    def __init__(
        self,
        repositories: Mapping[str, Repository] | None = None,
        family: Family = OPEN,
        *,
        users: Mapping[str, str] | None = None,
        host: str = "",
        token_host: str = "",
    ) -> None:
        self.repositories = dict(repositories or {})
        self._family = family
        self._users = dict(users or {})
        self._host = host
        self._token_host = token_host or host
        self._grants: dict[str, _Grant] = {}
        self.requests: list[Seen] = []
        self.mischief = Mischief()
        self.limit, self.remaining = 100, 100
        self.page = 1000
        self.lifetime = 300
        self.stores = False

    @property
    def scheme(self) -> str:
        """How its token service is reached."""
        return "https"

    @property
    def host(self) -> str:
        """As an image names it."""
        return self._host

    @property
    def token_host(self) -> str:
        """Of the token service."""
        return self._token_host

    def withdraw_tokens(self) -> None:
        """From now on no token that was given is good for anything."""
        self._grants.clear()

    def answer(self, seen: Seen) -> Said:
        """What it says to a request."""
        self.requests.append(seen)
        path = seen.path.partition("?")[0]
        if path == self._family.tokens_at and self._for_tokens(seen) and self._family.scheme == "bearer":
            return self.mischief.tokens or self._token(seen)
        if path.startswith(_STORE):
            return self._stored(path.removeprefix(_STORE))
        if not path.startswith("/v2/") or not self._for_images(seen):
            return Said(404, "404 page not found\n")
        if self.mischief.retry_after is not None:
            return Said(429, _TOO_MANY.body, {"Retry-After": self.mischief.retry_after})
        return self.mischief.everything or self._asked(seen, path.removeprefix("/v2/"))

    def _for_images(self, seen: Seen) -> bool:
        return seen.headers.get("host", "") == self.host

    def _for_tokens(self, seen: Seen) -> bool:
        return seen.headers.get("host", "") == self.token_host

    def _asked(self, seen: Seen, path: str) -> Said:
        name, kind, reference = _parts(path)
        action = self._family.tags_action if kind == "tags" else "pull"
        user = self._admitted(seen, name, action)
        if isinstance(user, Said):
            return user
        if not path:
            return Said(200, {})
        repository = self.repositories.get(name)
        if repository is None:
            return self._family.no_repository or self._refused(name, action, "insufficient_scope")
        if kind == "manifests":
            return self._manifest(seen, repository, reference)
        if kind == "blobs":
            return self._blob(repository, reference)
        return self._tags(name, repository, _query(seen))

    def _manifest(self, seen: Seen, repository: Repository, reference: str) -> Said:
        if self.mischief.redirect_manifests:
            return _redirect(self.mischief.redirect_manifests.replace("{reference}", reference))
        rations: dict[str, str] = {}
        if self._family.counts_pulls:
            if seen.method == "GET" and self.remaining <= 0:
                return Said(429, _TOO_MANY.body, self._rations())
            self.remaining -= seen.method == "GET"
            rations = self._rations()
        image = repository.manifest(reference)
        if image is None:
            return self._family.no_manifest
        accepted = seen.headers.get("accept", "*/*")
        if image.media_type not in accepted and "*/*" not in accepted:
            kind = "index" if image.children else "manifest"
            return errors(404, "MANIFEST_UNKNOWN", f"OCI {kind} found, but Accept header does not support it")
        return Said(
            200,
            image.body,
            {"Content-Type": image.media_type, "Docker-Content-Digest": image.digest, **rations},
        )

    def _rations(self) -> dict[str, str]:
        return {
            "ratelimit-limit": f"{self.limit};w=21600",
            "ratelimit-remaining": f"{max(self.remaining, 0)};w=21600",
            "docker-ratelimit-source": "198.51.100.7",
        }

    def _blob(self, repository: Repository, digest: str) -> Said:
        if repository.blob(digest) is None:
            return _NO_BLOB
        if self.mischief.redirect_blobs:
            return _redirect(self.mischief.redirect_blobs.replace("{digest}", digest))
        return _redirect(f"{_STORE}{digest}?signature=x%2Fy") if self.stores else self._stored(digest)

    def _stored(self, digest: str) -> Said:
        found = (repository.blob(digest) for repository in self.repositories.values())
        body = next((each for each in found if each is not None), None)
        if body is None:
            return _NO_BLOB
        return Said(200, body, {"Content-Type": "application/octet-stream", "Docker-Content-Digest": digest})

    def _tags(self, name: str, repository: Repository, query: Mapping[str, str]) -> Said:
        size = min(int(query.get("n", self.page)), self.page)
        rest = sorted(tag for tag in repository.tags if tag > query.get("last", ""))
        page, more = rest[:size], len(rest) > size
        headers: dict[str, str] = {}
        if more or self.mischief.next_page:
            true = f"/v2/{name}/tags/list?last={page[-1] if page else ''}&n={size}"
            headers["Link"] = f'<{self.mischief.next_page or true}>; rel="next"'
        return Said(200, {"name": name, "tags": page}, headers)

    def _admitted(self, seen: Seen, name: str, action: str) -> str | Said:
        """Who asks, or why they are not let in."""
        if not self._family.scheme:
            return ""
        if not seen.authorization:
            return self._refused(name, action)
        if self._family.scheme == "basic":
            return self._logged_in(seen, name)
        scheme, _, token = seen.authorization.partition(" ")
        grant = self._grants.get(token) if scheme == "Bearer" else None
        if grant is None:
            return self._refused(name, action, "invalid_token")
        if not name or (grant.repository == name and action in grant.actions):
            return grant.user
        insufficient = self._refused(name, action, "insufficient_scope")
        return (
            insufficient
            if grant.repository == name and grant.actions
            else self._family.no_access or insufficient
        )

    def _logged_in(self, seen: Seen, name: str) -> str | Said:
        user = self._known(seen.authorization)
        if user is None:
            bad = self._family.bad_login
            return self._challenged(bad, name, "pull") if bad.status == 401 else bad
        repository = self.repositories.get(name)
        if repository is not None and not repository.is_readable_by(user):
            return self._family.no_access or errors(
                403, "DENIED", "requested access to the resource is denied"
            )
        return user

    def _known(self, authorization: str) -> str | None:
        """The user whose name and password these are."""
        login = _login(authorization)
        return login[0] if login and self._users.get(login[0]) == login[1] else None

    def _refused(self, name: str, action: str, error: str = "") -> Said:
        return self._challenged(self._family.refused, name, action, error)

    def _challenged(self, said: Said, name: str, action: str, error: str = "") -> Said:
        header = self.mischief.challenge
        if header is None:
            header = self._challenge(name, action, error)
        return Said(said.status, said.body, {**said.headers, "WWW-Authenticate": header})

    def _challenge(self, name: str, action: str, error: str) -> str:
        if self._family.scheme == "basic":
            return 'Basic realm="Registry Realm"'
        own = f"{self.scheme}://{self.token_host}{self._family.tokens_at}"
        scope = f"repository:{name}:{action}" if name and self._family.scoped else ""
        parameters = {
            "realm": self.mischief.realm or own,
            "service": self._family.service,
            "scope": scope if self.mischief.scope is None else self.mischief.scope,
            "error": error,
        }
        return "Bearer " + ",".join(f'{key}="{value}"' for key, value in parameters.items() if value)

    def _token(self, seen: Seen) -> Said:
        user = self._known(seen.authorization) if seen.authorization else ""
        if user is None:
            return self._family.bad_login
        _, _, rest = _query(seen).get("scope", "").partition(":")
        name, _, actions = rest.rpartition(":")
        repository = self.repositories.get(name)
        allowed = repository is not None and repository.is_readable_by(user)
        if name and not allowed and not user and self._family.no_token is not None:
            return self._family.no_token
        token = f"token-{len(self._grants)}-for-{user or 'nobody'}"
        granted = frozenset(actions.split(",")) if allowed else frozenset()
        self._grants[token] = _Grant(user, name, granted)
        return Said(200, {**dict.fromkeys(self._family.token_names, token), "expires_in": self.lifetime})


def _query(seen: Seen) -> dict[str, str]:
    pairs = parse_qsl(seen.path.partition("?")[2], keep_blank_values=True)
    return dict(reversed(pairs))


def _parts(path: str) -> tuple[str, str, str]:
    """``shop/web/manifests/1.0`` -> name, kind and reference."""
    if path.endswith("/tags/list"):
        return path.removesuffix("/tags/list"), "tags", "list"
    for kind in ("manifests", "blobs"):
        name, middle, reference = path.rpartition(f"/{kind}/")
        if middle:
            return name, kind, reference
    return "", "", ""


def _login(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme != "Basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password


def _redirect(location: str) -> Said:
    return Said(307, "", {"Location": location})
