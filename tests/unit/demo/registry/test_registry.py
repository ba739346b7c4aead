"""One registry, asked without a network."""

import base64
import json
from typing import Any

import pytest

from bot.demo.registry.content import Repository, single
from bot.demo.registry.families import DISTRIBUTION, HTPASSWD, HUB, Family, Said
from bot.demo.registry.registry import Registry, Seen


HOST, TOKENS = "registry.example", "auth.example"
IMAGE = single(name="web")
PRIVATE = Repository({"1": IMAGE}, frozenset({"jane"}))


def _registry(family: Family, repository: Repository = PRIVATE) -> Registry:
    return Registry({"shop/web": repository}, family, users={"jane": "s"}, host=HOST, token_host=TOKENS)


def _asked(
    registry: Registry, path: str, *, host: str = HOST, authorization: str = "", method: str = "GET"
) -> Said:
    headers = {"host": host, **({"authorization": authorization} if authorization else {})}
    return registry.answer(Seen(method, path, headers, 443))


def _basic(login: str) -> str:
    return f"Basic {base64.b64encode(login.encode()).decode()}"


def _token(registry: Registry, login: str = "") -> str:
    path = "/token?service=registry.docker.io&scope=repository%3Ashop%2Fweb%3Apull"
    body: Any = _asked(registry, path, host=TOKENS, authorization=_basic(login) if login else "").body
    return f"Bearer {body['token']}"


def test_a_token_lets_in_whom_it_names() -> None:
    """Nobody without one; with nobody's one the scope is not enough; with jane's it is."""
    registry = _registry(HUB)
    path = "/v2/shop/web/manifests/1"
    refused = _asked(registry, path)
    assert refused.status == 401
    assert f'realm="https://{TOKENS}/token"' in refused.headers["WWW-Authenticate"]
    anonymous = _asked(registry, path, authorization=_token(registry))
    assert 'error="insufficient_scope"' in anonymous.headers["WWW-Authenticate"]
    assert _asked(registry, path, authorization=_token(registry, "jane:s")).status == 200
    registry.withdraw_tokens()
    assert _asked(registry, path, authorization="Bearer token-0-for-jane").status == 401


@pytest.mark.parametrize(("login", "status"), [("jane:s", 200), ("jane:x", 401), ("", 401)])
def test_a_name_and_password_let_in(login: str, status: int) -> None:
    """Where the registry asks for them itself."""
    authorization = _basic(login) if login else ""
    assert (
        _asked(_registry(HTPASSWD), "/v2/shop/web/manifests/1", authorization=authorization).status == status
    )


def test_pulls_are_counted_by_get_only() -> None:
    """A HEAD costs nothing; after the last one it is too many."""
    registry = _registry(HUB, Repository({"1": IMAGE}))
    registry.remaining = 1
    path, token = "/v2/shop/web/manifests/1", _token(registry)
    assert (
        _asked(registry, path, authorization=token, method="HEAD").headers["ratelimit-remaining"]
        == "1;w=21600"
    )
    assert _asked(registry, path, authorization=token).status == 200
    assert _asked(registry, path, authorization=token).status == 429


def test_what_is_missing_is_told_as_the_family_tells_it() -> None:
    """A repository, a tag, a blob, and a host that is not this one."""
    registry = _registry(DISTRIBUTION, Repository({"1": IMAGE}))
    for path in (
        "/v2/shop/none/manifests/1",
        "/v2/shop/web/manifests/2",
        "/v2/shop/web/blobs/sha256:0",
        "/x",
    ):
        assert _asked(registry, path).status == 404
    assert _asked(registry, "/v2/", host="elsewhere.example").status == 404
    assert registry.requests[-1].text.startswith("GET\n/v2/\n")


def test_blobs_may_be_kept_elsewhere() -> None:
    """Behind a redirect, in a store under the same name or another."""
    registry = _registry(DISTRIBUTION, Repository({"1": IMAGE}))
    registry.stores = True
    digest = IMAGE.layers[0]
    location = _asked(registry, f"/v2/shop/web/blobs/{digest}").headers["Location"]
    assert _asked(registry, location).status == 200
    registry.mischief.redirect_blobs = "https://store.example/{digest}"
    assert (
        _asked(registry, f"/v2/shop/web/blobs/{digest}").headers["Location"]
        == f"https://store.example/{digest}"
    )


def test_tags_come_in_pages() -> None:
    """With a link to the next."""
    registry = _registry(DISTRIBUTION, Repository({str(number): IMAGE for number in range(5)}))
    first = _asked(registry, "/v2/shop/web/tags/list?n=3")
    assert json.dumps(first.body) == '{"name": "shop/web", "tags": ["0", "1", "2"]}'
    assert 'rel="next"' in first.headers["Link"]


def test_mischief_overrides_everything() -> None:
    """A registry that is down says so to whatever it is asked."""
    registry = _registry(DISTRIBUTION)
    registry.mischief.everything = Said(503, "busy")
    assert _asked(registry, "/v2/").status == 503
    registry.mischief.retry_after = "60"
    assert _asked(registry, "/v2/").headers["Retry-After"] == "60"
