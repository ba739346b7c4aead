"""Each question is put as containerd would put it, and a credential goes nowhere else than where it belongs."""

import asyncio
import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.facts.image import parse
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Fault, Identity, Step
from bot.ports.credentials import Credential
from bot.registry.asking import Asker, Outcome, Question
from bot.registry.permits import Permit, Permits, Probe
from bot.registry.wire import Ask, Failed, Reply
from tests.fakes.wires import Ended, FakeLender, ScriptedWire


NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CANARY = Credential("jane.doe", "pässword-canary")
BASIC = base64.b64encode("jane.doe:pässword-canary".encode()).decode()
HUB = "https://registry-1.docker.io/v2/acme/billing/manifests/4.2.0"
HUB_TOKEN = "https://auth.docker.io/token?service=registry.docker.io&scope=repository%3Aacme%2Fbilling%3Apull"
HUB_IMAGE = "acme/billing:4.2.0"
OWN_IMAGE = "registry.example/shop/web:1.0"
OWN = "https://registry.example/v2/shop/web/manifests/1.0"
OWN_TOKEN = "https://registry.example/token?service=s&scope=repository%3Ashop%2Fweb%3Apull"


def _error(status: int, code: str, message: str = "", **headers: str) -> Reply:
    return Reply(status, headers, json.dumps({"errors": [{"code": code, "message": message}]}).encode())


def _challenge(header: str) -> Reply:
    return Reply(401, {"www-authenticate": header}, _error(401, "UNAUTHORIZED").body)


def _bearer(realm: str = "https://registry.example/token", **parameters: str) -> Reply:
    all_of_them = {"realm": realm, "service": "s", **parameters}
    return _challenge("Bearer " + ",".join(f'{name}="{value}"' for name, value in all_of_them.items()))


def _token(value: str = "tok", seconds: int = 300) -> Reply:
    return Reply(200, {}, json.dumps({"token": value, "expires_in": seconds}).encode())


HUB_CHALLENGE = _bearer(
    "https://auth.docker.io/token", service="registry.docker.io", scope="repository:acme/billing:pull"
)
ASKED = _challenge('Basic realm="Registry Realm"')


def _jane(image: str = OWN_IMAGE, key: str = "") -> Identity:
    registry = parse(image).registry
    key = key or ("https://index.docker.io/v1/" if registry == "docker.io" else registry)
    return Identity("shop", "regcred", key, "f1")


def _question(image: str = OWN_IMAGE, identity: Identity = ANONYMOUS, method: str = "GET") -> Question:
    parsed = parse(image)
    path = f"/v2/{parsed.repository}/manifests/{parsed.tag}"
    return Question(parsed, identity, Step.MANIFEST, path, method, accept="a/b", most=99)


class _Stage:
    """An asker on a scripted wire, with a clock that a test can set."""

    def __init__(self, answers: dict[str, Ended | list[Ended]], **permit: object) -> None:
        self.wire = ScriptedWire(answers)
        self.lender = FakeLender(CANARY)
        self.now = NOW
        listed = {
            host: replace(Permit(host, Probe.CREDENTIALS), **permit)  # type: ignore[arg-type]  # a test's own words
            for host in ("docker.io", "registry.example", "registry.example:5000", "registry.gitlab.com")
        }
        self.asker = Asker(self.wire, Permits(listed), self.lender, lambda: self.now)

    async def put(self, question: Question) -> Outcome:
        """An outcome, and nothing unread."""
        outcome = await self.asker.put(question)
        assert isinstance(outcome, Outcome)
        return outcome

    @property
    def sent(self) -> str:
        """Everything that went out."""
        return "\n".join(f"{ask.url} {ask.scheme} {ask.secret}" for ask in self.wire.asks)


async def test_an_open_registry_is_asked_once() -> None:
    """Nothing is sent along, not even for a pull secret: that is how the runtime asks, too."""
    stage = _Stage({f"GET {OWN}": Reply(200, {"docker-content-digest": "sha256:1"}, b"{}")})
    outcome = await stage.put(_question(identity=_jane()))
    assert outcome.told.is_ok
    assert (outcome.told.identity, outcome.told.scheme, outcome.told.challenged) == (_jane(), "", False)
    assert outcome.reply == Reply(200, {"docker-content-digest": "sha256:1"}, b"{}")
    (ask,) = stage.wire.asks
    assert (ask.method, ask.accept, ask.most, ask.registry) == ("GET", "a/b", 99, "registry.example")
    assert (ask.identity, ask.step, ask.redirected) == (ANONYMOUS, Step.MANIFEST, False)
    assert stage.lender.asked == []


async def test_basic_is_answered_with_the_credential() -> None:
    """In UTF-8, to the registry's own host, and only after it was asked for."""
    stage = _Stage({f"GET {OWN}": ASKED, f"GET {OWN} Basic": Reply(200)})
    outcome = await stage.put(_question(identity=_jane()))
    assert (outcome.told.status, outcome.told.scheme, outcome.told.challenged) == (200, "Basic", True)
    assert [ask.secret for ask in stage.wire.asks] == ["", BASIC]
    assert [ask.identity for ask in stage.wire.asks] == [ANONYMOUS, _jane()]


async def test_basic_ends_the_anonymous_question() -> None:
    """The 401 is the answer, and says that credentials are asked for."""
    stage = _Stage({f"GET {OWN}": ASKED})
    outcome = await stage.put(_question())
    assert (outcome.told.status, outcome.told.code, outcome.told.challenged) == (401, "UNAUTHORIZED", True)
    assert outcome.told.scheme == ""
    assert len(stage.wire.asks) == 1


async def test_an_empty_user_name_is_sent() -> None:
    """A token may be a password without a name."""
    stage = _Stage({f"GET {OWN}": ASKED, f"GET {OWN} Basic": Reply(200)})
    stage.lender.lent = Credential("", "token")
    await stage.put(_question(identity=_jane()))
    assert stage.wire.asks[-1].secret == base64.b64encode(b":token").decode()


async def test_docker_hub_is_asked_as_recorded() -> None:
    """Challenge, token, question: the very URLs that recordings hold."""
    stage = _Stage(
        {
            f"HEAD {HUB}": HUB_CHALLENGE,
            f"GET {HUB_TOKEN}": _token(),
            f"HEAD {HUB} Bearer": Reply(200, {"ratelimit-remaining": "20;w=21600"}),
        }
    )
    outcome = await stage.put(_question(HUB_IMAGE, method="HEAD"))
    assert outcome.told.is_ok
    assert (outcome.told.host, outcome.told.scheme) == ("registry-1.docker.io", "Bearer")
    assert outcome.told.limit is not None
    assert outcome.told.limit.remaining == 20
    assert stage.wire.lines == [f"HEAD {HUB}", f"GET {HUB_TOKEN}", f"HEAD {HUB} Bearer"]
    assert stage.wire.asks[1].step is Step.TOKEN
    assert stage.wire.asks[2].secret == "tok"


async def test_a_credential_gets_its_own_token() -> None:
    """It goes to Docker Hub's own token service, and only the token goes to the registry."""
    stage = _Stage(
        {f"GET {HUB}": HUB_CHALLENGE, f"GET {HUB_TOKEN} Basic": _token(), f"GET {HUB} Bearer": Reply(200)}
    )
    outcome = await stage.put(_question(HUB_IMAGE, _jane(HUB_IMAGE)))
    assert outcome.told.is_ok
    assert [(ask.scheme, ask.identity.is_anonymous) for ask in stage.wire.asks] == [
        ("", True),
        ("Basic", False),
        ("Bearer", False),
    ]


@pytest.mark.parametrize(
    "scope",
    [
        "",
        "repository:other/thing:pull",
        "repository:shop/web:pull,push",
        "repository:shop/web:*",
        "aws",
        "registry:catalog:*",
        "repository:shop/web:pull repository:other/thing:pull",
    ],
)
async def test_no_other_rights_are_asked_for(scope: str) -> None:
    """A challenge without a scope, or with a foreign or a wider one, gets the right to pull this repository."""
    stage = _Stage(
        {f"GET {OWN}": _bearer(scope=scope), f"GET {OWN_TOKEN}": _token(), f"GET {OWN} Bearer": Reply(200)}
    )
    assert (await stage.put(_question())).told.is_ok


async def test_a_challenge_without_a_service_is_asked_without_one() -> None:
    """As NVIDIA's registry sends it."""
    token = "https://registry.example/proxy_auth?scope=repository%3Ashop%2Fweb%3Apull"
    challenge = _challenge(
        'Bearer realm="https://registry.example/proxy_auth",scope="repository:shop/web:pull"'
    )
    stage = _Stage({f"GET {OWN}": challenge, f"GET {token}": _token(), f"GET {OWN} Bearer": Reply(200)})
    assert (await stage.put(_question())).told.is_ok


async def test_bearer_goes_before_basic() -> None:
    """When both are offered, as containerd chooses."""
    both = _challenge('Basic realm="x", Bearer realm="https://registry.example/token",service="s"')
    stage = _Stage({f"GET {OWN}": both, f"GET {OWN_TOKEN} Basic": _token(), f"GET {OWN} Bearer": Reply(200)})
    assert (await stage.put(_question(identity=_jane()))).told.scheme == "Bearer"


async def test_what_was_learned_saves_questions() -> None:
    """The second question goes straight to the point: a challenge and a token are remembered."""
    stage = _Stage(
        {f"GET {OWN}": _bearer(), f"GET {OWN_TOKEN} Basic": _token(), f"GET {OWN} Bearer": Reply(200)}
    )
    await stage.put(_question(identity=_jane()))
    second = await stage.put(_question(identity=_jane()))
    assert stage.wire.lines[3:] == [f"GET {OWN} Bearer"]
    assert second.told.challenged
    assert len(stage.lender.asked) == 1


async def test_a_known_basic_challenge_saves_a_question() -> None:
    """But the anonymous question is put all the same: its refusal is an answer."""
    stage = _Stage({f"GET {OWN}": ASKED, f"GET {OWN} Basic": Reply(200)})
    await stage.put(_question(identity=_jane()))
    await stage.put(_question(identity=_jane()))
    assert stage.wire.lines[2:] == [f"GET {OWN} Basic"]
    assert (await stage.put(_question())).told.status == 401


async def test_nobody_gets_anothers_token() -> None:
    """Anonymous and named tokens are kept apart."""
    stage = _Stage(
        {
            f"GET {OWN}": _bearer(),
            f"GET {OWN_TOKEN}": _token("nobody"),
            f"GET {OWN_TOKEN} Basic": _token("jane"),
            f"GET {OWN} Bearer": Reply(200),
        }
    )
    await stage.put(_question(identity=_jane()))
    await stage.put(_question())
    assert [ask.secret for ask in stage.wire.asks if ask.scheme == "Bearer"] == ["jane", "nobody"]


async def test_a_token_is_fetched_anew_when_it_is_over() -> None:
    """By our clock, with a margin."""
    answers: dict[str, Ended | list[Ended]] = {
        f"GET {OWN}": _bearer(),
        f"GET {OWN_TOKEN}": [_token("one", 60), _token("two", 60)],
        f"GET {OWN} Bearer": Reply(200),
    }
    stage = _Stage(answers)
    for seconds in (0, 49, 51):
        stage.now = NOW + timedelta(seconds=seconds)
        await stage.put(_question())
    assert [ask.secret for ask in stage.wire.asks if ask.scheme] == ["one", "one", "two"]


async def test_a_kept_token_that_is_refused_is_replaced_once() -> None:
    """At the realm that was named when nothing was sent: a registry may name another one with a stale token."""
    stale = _bearer("https://elsewhere.example/token", error="invalid_token")
    stage = _Stage(
        {
            f"GET {OWN}": _bearer(),
            f"GET {OWN_TOKEN}": [_token("one"), _token("two")],
            f"GET {OWN} Bearer": [Reply(200), stale, Reply(200)],
        }
    )
    await stage.put(_question())
    assert (await stage.put(_question())).told.is_ok
    assert stage.wire.lines[3:] == [f"GET {OWN} Bearer", f"GET {OWN_TOKEN}", f"GET {OWN} Bearer"]
    assert stage.wire.asks[-1].secret == "two"


async def test_a_fresh_token_that_is_refused_is_the_answer() -> None:
    """Docker Hub says so of what is private and of what is missing alike."""
    insufficient = _bearer(scope="repository:shop/web:pull", error="insufficient_scope")
    stage = _Stage({f"GET {OWN}": _bearer(), f"GET {OWN_TOKEN}": _token(), f"GET {OWN} Bearer": insufficient})
    outcome = await stage.put(_question())
    assert (outcome.told.status, outcome.told.scheme, outcome.told.step) == (401, "Bearer", Step.MANIFEST)
    assert len(stage.wire.asks) == 3


@pytest.mark.parametrize(
    ("status", "code"), [(403, "DENIED"), (404, "NAME_UNKNOWN"), (429, "TOOMANYREQUESTS")]
)
async def test_a_refusal_after_the_token_is_the_answer(status: int, code: str) -> None:
    """Told with its status, code and words."""
    refused = _error(status, code, "in words")
    stage = _Stage({f"GET {OWN}": _bearer(), f"GET {OWN_TOKEN}": _token(), f"GET {OWN} Bearer": refused})
    outcome = await stage.put(_question())
    assert (outcome.told.status, outcome.told.code, outcome.told.said) == (status, code, "in words")
    assert outcome.reply == refused


async def test_tags_may_take_another_right() -> None:
    """Azure wants metadata_read for them, and says so when a token for pulling comes."""
    manifest, tags = OWN, "https://registry.example/v2/shop/web/tags/list"
    metadata = "repository:shop/web:metadata_read"
    answers: dict[str, Ended | list[Ended]] = {
        f"GET {manifest}": _bearer(scope="repository:shop/web:pull"),
        f"GET {OWN_TOKEN}": _token("pull"),
        f"GET {manifest} Bearer": Reply(200),
        f"GET {tags} Bearer": [_bearer(scope=metadata), Reply(200)],
        f"GET {OWN_TOKEN.replace('pull', 'metadata_read')}": _token("list"),
    }
    stage = _Stage(answers)
    await stage.put(_question())
    outcome = await stage.put(replace(_question(), step=Step.TAGS, path="/v2/shop/web/tags/list"))
    assert outcome.told.is_ok
    assert stage.wire.asks[-1].secret == "list"


async def test_questions_put_at_once_fetch_one_token() -> None:
    """The others wait for it."""
    stage = _Stage({f"GET {OWN}": _bearer(), f"GET {OWN_TOKEN}": _token(), f"GET {OWN} Bearer": Reply(200)})
    await asyncio.gather(*(stage.put(_question()) for _ in range(5)))
    assert stage.wire.lines.count(f"GET {OWN_TOKEN}") == 1


@pytest.mark.parametrize(
    ("ended", "status", "code", "fault"),
    [
        (_error(401, "UNAUTHORIZED", "no"), 401, "UNAUTHORIZED", None),
        (_error(403, "DENIED", "no"), 403, "DENIED", None),
        (Reply(401, {}, b'{"details": "incorrect username or password"}'), 401, "", None),
        (_error(429, "TOOMANYREQUESTS", "no"), 429, "TOOMANYREQUESTS", None),
        (Reply(503), 503, "", None),
        (Reply(200, {}, b"<html>Sign in</html>"), 0, "", Fault.GARBLED),
        (Reply(200, {}, b"{}"), 0, "", Fault.GARBLED),
        (Reply(204), 0, "", Fault.GARBLED),
        (Reply(200, {}, b"[" * 60_000), 0, "", Fault.GARBLED),
        (Reply(307, {"location": "https://evil.example/"}), 0, "", Fault.UNSAFE_REDIRECT),
        (Failed(Fault.DNS_NXDOMAIN), 0, "", Fault.DNS_NXDOMAIN),
        (Failed(Fault.UNSAFE_ADDRESS), 0, "", Fault.UNSAFE_TOKEN_SERVICE),
    ],
)
@pytest.mark.parametrize("identity", [ANONYMOUS, _jane(HUB_IMAGE)], ids=str)
async def test_without_a_token_that_is_the_answer(
    identity: Identity, ended: Ended, status: int, code: str, fault: Fault | None
) -> None:
    """The outcome names the step and the token service, and the registry is not asked again."""
    way = "" if identity.is_anonymous else " Basic"
    stage = _Stage({f"GET {HUB}": HUB_CHALLENGE, f"GET {HUB_TOKEN}{way}": ended})
    outcome = await stage.put(_question(HUB_IMAGE, identity))
    told = outcome.told
    assert (told.step, told.status, told.code, told.fault) == (Step.TOKEN, status, code, fault)
    assert told.host == ("evil.example" if fault is Fault.UNSAFE_REDIRECT else "auth.docker.io")
    assert (told.challenged, told.identity, told.scheme) == (True, identity, way.strip())
    assert (outcome.reply is None) == (fault is not None)
    assert len(stage.wire.asks) == 2


@pytest.mark.attack("R3", "own host", "known token services")
@pytest.mark.parametrize(
    "realm",
    [
        "https://evil.example/token",
        "https://registry.example.evil.example/token",
        "https://registry.example:8443/token",
        "https://auth.docker.io/token",
        "http://registry.example/token",
        "https://jane@registry.example/token",
        "https://registry.example\\@evil.example/token",
        "https://169.254.169.254/token",
        "https://2130706433/token",
        "ftp://registry.example/token",
        "/token",
    ],
)
async def test_a_credential_goes_to_no_other_token_service(realm: str) -> None:
    """Security cases 15 and 16: another host, another port, no TLS, user information, an inward address."""
    stage = _Stage({f"GET {OWN}": _bearer(realm)})
    outcome = await stage.put(_question(identity=_jane()))
    assert (outcome.told.step, outcome.told.fault) == (Step.TOKEN, Fault.UNSAFE_TOKEN_SERVICE)
    assert outcome.told.challenged
    assert stage.wire.lines == [f"GET {OWN}"]
    assert stage.lender.asked == []


async def test_an_unsafe_token_service_is_named() -> None:
    """With its host, and without what stands before an @."""
    for realm, host in (
        ("https://evil.example/token", "evil.example"),
        ("https://u:p@evil.example/token", "evil.example"),
        ("nonsense", "registry.example"),
    ):
        stage = _Stage({f"GET {OWN}": _bearer(realm)})
        assert (await stage.put(_question(identity=_jane()))).told.host == host


@pytest.mark.attack("R3", "anonymously otherwise")
async def test_nobody_may_ask_a_foreign_token_service() -> None:
    """It gets nothing but the question, and the wire checks where it leads."""
    token = OWN_TOKEN.replace("registry.example", "auth.example")
    stage = _Stage(
        {
            f"GET {OWN}": _bearer("https://auth.example/token"),
            f"GET {token}": _token(),
            f"GET {OWN} Bearer": Reply(200),
        }
    )
    assert (await stage.put(_question())).told.is_ok


@pytest.mark.parametrize(
    "realm", ["http://auth.example/token", "https://u:p@auth.example/token", "gopher://x/"]
)
async def test_nobody_asks_where_it_is_not_plainly_https(realm: str) -> None:
    """An anonymous question, too, is not put over HTTP or to a doubtful URL."""
    stage = _Stage({f"GET {OWN}": _bearer(realm)})
    assert (await stage.put(_question())).told.fault is Fault.UNSAFE_TOKEN_SERVICE
    assert len(stage.wire.asks) == 1


@pytest.mark.attack("R3", "listed token services")
async def test_listed_token_services_get_the_credential() -> None:
    """The operator's word, for a GitLab of one's own; the known ones need none."""
    token = OWN_TOKEN.replace("registry.example", "gitlab.example")
    answers: dict[str, Ended | list[Ended]] = {
        f"GET {OWN}": _bearer("https://gitlab.example/token"),
        f"GET {token} Basic": _token(),
        f"GET {OWN} Bearer": Reply(200),
    }
    stage = _Stage(answers, token_services=("gitlab.example",))
    assert (await stage.put(_question(identity=_jane()))).told.is_ok


async def test_gitlab_has_its_token_service_elsewhere() -> None:
    """Known for registry.gitlab.com."""
    image = "registry.gitlab.com/group/app:1"
    url = "https://registry.gitlab.com/v2/group/app/manifests/1"
    token = "https://gitlab.com/jwt/auth?service=container_registry&scope=repository%3Agroup%2Fapp%3Apull"
    stage = _Stage(
        {
            f"GET {url}": _bearer("https://gitlab.com/jwt/auth", service="container_registry"),
            f"GET {token} Basic": _token(),
            f"GET {url} Bearer": Reply(200),
        }
    )
    assert (await stage.put(_question(image, _jane(image)))).told.is_ok


@pytest.mark.parametrize(
    ("image", "key"),
    [
        (OWN_IMAGE, "registry.examp1e"),
        (OWN_IMAGE, "registry.example:5000"),
        (OWN_IMAGE, "registry.example/other"),
        (OWN_IMAGE, "*.registry.example"),
        (OWN_IMAGE, "*"),
        (OWN_IMAGE, "Registry.Example"),
        ("registry.example:5000/shop/web:1.0", "registry.example"),
        (HUB_IMAGE, "registry-1.docker.io"),
        (HUB_IMAGE, "hub.docker.com"),
    ],
)
async def test_a_key_that_does_not_match_is_never_used(image: str, key: str) -> None:
    """Security case 17: exactly the kubelet's matching, and not even a question without the credential."""
    stage = _Stage({})
    unread = await stage.asker.put(_question(image, _jane(image, key)))
    assert isinstance(unread, Unread)
    assert unread.why == "the kubelet would not offer it there"
    assert stage.wire.asks == []
    assert stage.lender.asked == []


@pytest.mark.parametrize(
    ("image", "key"),
    [
        (OWN_IMAGE, "https://registry.example/v1/"),
        (OWN_IMAGE, "*.example"),
        (OWN_IMAGE, "registry.example/shop"),
        ("registry.example:5000/shop/web:1.0", "registry.example:5000"),
        (HUB_IMAGE, "https://index.docker.io/v1/"),
        (HUB_IMAGE, "docker.io"),
    ],
)
async def test_a_key_that_matches_is_used(image: str, key: str) -> None:
    """Path, wildcard, port, and the names of Docker Hub."""
    parsed = parse(image)
    host = "registry-1.docker.io" if parsed.registry == "docker.io" else parsed.registry
    url = f"https://{host}/v2/{parsed.repository}/manifests/{parsed.tag}"
    stage = _Stage({f"GET {url}": ASKED, f"GET {url} Basic": Reply(200)})
    assert (await stage.put(_question(image, _jane(image, key)))).told.is_ok


async def test_who_may_not_be_asked_is_not_asked() -> None:
    """The permits' own words come back."""
    stage = _Stage({})
    unread = await stage.asker.put(_question("unlisted.example/a/b:1"))
    assert unread == Unread(
        "registry unlisted.example",
        "not asked (it is not on the list of registries that may be)",
        "--allow-registry unlisted.example",
    )


async def test_credentials_need_their_own_permission() -> None:
    """Nothing is asked for such an identity before it is given."""
    stage = _Stage({f"GET {OWN}": Reply(200)}, probe=Probe.ANONYMOUS, opened_by="a flag")
    unread = await stage.asker.put(_question(identity=_jane()))
    assert unread == Unread(
        "registry registry.example with pull secret regcred", "not asked with credentials", "a flag"
    )
    assert (await stage.put(_question())).told.is_ok
    assert stage.lender.asked == []


async def test_a_secret_that_cannot_be_read_is_told() -> None:
    """The lender's own reason, after the registry asked for it."""
    stage = _Stage({f"GET {OWN}": ASKED})
    stage.lender.lent = Unread("secret shop/regcred", "forbidden", "get secrets")
    assert await stage.asker.put(_question(identity=_jane())) == stage.lender.lent
    stage = _Stage({f"GET {OWN}": _bearer()})
    stage.lender.lent = Unread("secret shop/regcred", "forbidden", "get secrets")
    assert await stage.asker.put(_question(identity=_jane())) == stage.lender.lent


async def test_without_a_lender_nothing_is_lent() -> None:
    """The right that is missing is named."""
    wire = ScriptedWire({f"GET {OWN}": ASKED})
    permits = Permits({"registry.example": Permit("registry.example", Probe.CREDENTIALS)})
    unread = await Asker(wire, permits, None, lambda: NOW).put(_question(identity=_jane()))
    assert isinstance(unread, Unread)
    assert unread.remedy == "get secrets in shop"


async def test_plain_http_is_anonymous() -> None:
    """A registry that speaks it gets questions over HTTP, and never a credential."""
    url = OWN.replace("https:", "http:")
    stage = _Stage({f"GET {url}": Reply(200)}, plain_http=True)
    assert (await stage.put(_question())).told.is_ok
    unread = await stage.asker.put(_question(identity=_jane()))
    assert isinstance(unread, Unread)
    assert unread.why == "credentials are not sent over plain HTTP"
    assert stage.wire.lines == [f"GET {url}"]


async def test_a_token_service_over_http_belongs_to_a_registry_over_http() -> None:
    """Anonymous questions may go there."""
    url, token = OWN.replace("https:", "http:"), OWN_TOKEN.replace("https:", "http:")
    stage = _Stage(
        {
            f"GET {url}": _bearer("http://registry.example/token"),
            f"GET {token}": _token(),
            f"GET {url} Bearer": Reply(200),
        },
        plain_http=True,
    )
    assert (await stage.put(_question())).told.is_ok


@pytest.mark.parametrize(
    ("answers", "scheme"),
    [
        (
            {f"GET {OWN} Basic": Reply(307, {"location": "https://cdn.example/x"}), f"GET {OWN}": ASKED},
            "Basic",
        ),
        (
            {
                f"GET {OWN}": _bearer(),
                f"GET {OWN_TOKEN} Basic": _token(),
                f"GET {OWN} Bearer": Reply(302, {"location": "https://cdn.example/x"}),
            },
            "Bearer",
        ),
    ],
    ids=["basic", "bearer"],
)
async def test_nothing_goes_along_with_a_redirect(
    answers: dict[str, Ended | list[Ended]], scheme: str
) -> None:
    """What stands behind it is asked as nobody, and the evidence names it."""
    stage = _Stage({**answers, "GET https://cdn.example/x": Reply(200, {}, b"blob")})
    outcome = await stage.put(_question(identity=_jane()))
    assert outcome.told.is_ok
    assert (outcome.told.host, outcome.told.redirected, outcome.told.scheme) == ("cdn.example", True, "")
    assert (outcome.told.identity, outcome.told.challenged) == (_jane(), True)
    assert outcome.reply == Reply(200, {}, b"blob")
    assert stage.wire.asks[-2].scheme == scheme
    last = stage.wire.asks[-1]
    assert (last.scheme, last.secret, last.identity, last.redirected) == ("", "", ANONYMOUS, True)


async def test_a_challenge_behind_a_redirect_is_not_obeyed() -> None:
    """Whoever asks for credentials there gets none, and is not remembered."""
    stage = _Stage(
        {f"GET {OWN}": Reply(307, {"location": "https://cdn.example/x"}), "GET https://cdn.example/x": ASKED}
    )
    outcome = await stage.put(_question(identity=_jane()))
    assert (outcome.told.status, outcome.told.redirected, outcome.told.challenged) == (401, True, False)
    await stage.put(_question(identity=_jane()))
    assert stage.lender.asked == []


@pytest.mark.parametrize("location", ["http://cdn.example/x", "https://u:p@cdn.example/x"])
async def test_unsafe_redirects_are_told(location: str) -> None:
    """With the host that would have been asked."""
    stage = _Stage({f"GET {OWN}": Reply(307, {"location": location})})
    outcome = await stage.put(_question())
    assert (outcome.told.fault, outcome.told.host) == (Fault.UNSAFE_REDIRECT, "cdn.example")
    assert (outcome.told.redirected, outcome.reply) == (True, None)


async def test_a_redirect_inward_is_unsafe() -> None:
    """The wire refuses the address; the registry led us there."""
    inward = "https://inward.example/x"
    stage = _Stage(
        {
            f"GET {OWN}": Reply(307, {"location": inward}),
            f"GET {inward}": Failed(Fault.UNSAFE_ADDRESS, "", "a setting"),
        }
    )
    outcome = await stage.put(_question())
    assert (outcome.told.fault, outcome.told.host) == (Fault.UNSAFE_REDIRECT, "inward.example")
    assert outcome.remedy == "a setting"


async def test_a_registry_at_an_unsafe_address_stays_that() -> None:
    """It is the image's own host."""
    stage = _Stage({f"GET {OWN}": Failed(Fault.UNSAFE_ADDRESS, "10.0.0.1", "a setting")})
    outcome = await stage.put(_question())
    assert (outcome.told.fault, outcome.told.said, outcome.remedy) == (
        Fault.UNSAFE_ADDRESS,
        "10.0.0.1",
        "a setting",
    )


@pytest.mark.parametrize(
    "path",
    [
        "/v2/other/thing/manifests/1.0",
        "/v2/shop/web/../../other/thing/manifests/1",
        "/v2/shop/web/%2e%2e/%2E%2E/other/thing/manifests/1",
        "/v2/shop/web/./manifests/1",
        "/v2/shop/webber/manifests/1.0",
        "/v2/",
        "//evil.example/v2/shop/web/",
        "@evil.example/v2/shop/web/",
        ".evil.example/v2/shop/web/",
        ":8443/v2/shop/web/manifests/1",
        "/v2/shop/web/manifests/1 HTTP/1.1\r\nX: y",
        "",
    ],
)
async def test_no_path_leads_out_of_the_repository(path: str) -> None:
    """A next page, say, that a registry wrote; nothing is sent."""
    stage = _Stage({})
    outcome = await stage.put(replace(_question(), path=path))
    assert outcome.told.fault is Fault.GARBLED
    assert stage.wire.asks == []


async def test_a_next_page_within_the_repository_is_asked() -> None:
    """With its query as it was written."""
    path = "/v2/shop/web/tags/list?last=a%2Fb&n=100"
    stage = _Stage({f"GET https://registry.example{path}": Reply(200)})
    assert (await stage.put(replace(_question(), step=Step.TAGS, path=path))).told.is_ok


async def test_the_base_endpoint_is_asked_once_by_nobody() -> None:
    """A refusal is an answer: the registry is there."""
    base = "https://registry.example/v2/"
    for challenge in (ASKED, _bearer()):
        stage = _Stage({f"GET {base}": challenge})
        for _ in range(2):
            outcome = await stage.asker.login(parse(OWN_IMAGE), ANONYMOUS)
            assert isinstance(outcome, Outcome)
            assert (outcome.told.status, outcome.told.step, outcome.told.challenged) == (401, Step.BASE, True)
        assert stage.wire.lines == [f"GET {base}"] * 2


@pytest.mark.parametrize(
    ("status", "code"), [(200, ""), (401, "UNAUTHORIZED"), (403, "DENIED"), (404, "NAME_UNKNOWN")]
)
async def test_login_with_basic_tells_what_came_back(status: int, code: str) -> None:
    """Some registries know the credential and have no base endpoint."""
    base = "https://registry.example/v2/"
    stage = _Stage({f"GET {base}": ASKED, f"GET {base} Basic": _error(status, code)})
    outcome = await stage.asker.login(parse(OWN_IMAGE), _jane())
    assert isinstance(outcome, Outcome)
    assert (outcome.told.status, outcome.told.code, outcome.told.scheme) == (status, code, "Basic")
    assert outcome.told.step is Step.BASE


async def test_login_gets_a_token_without_a_scope() -> None:
    """As docker login does, whatever scope the challenge names."""
    base, token = "https://registry.example/v2/", "https://registry.example/token?service=s"
    stage = _Stage(
        {
            f"GET {base}": _bearer(scope="repository:None:pull"),
            f"GET {token} Basic": _token(),
            f"GET {base} Bearer": Reply(200),
        }
    )
    outcome = await stage.asker.login(parse(OWN_IMAGE), _jane())
    assert isinstance(outcome, Outcome)
    assert outcome.told.is_ok
    assert stage.wire.lines == [f"GET {base}", f"GET {token} Basic", f"GET {base} Bearer"]


async def test_a_refused_login_is_the_token_services_word() -> None:
    """Docker Hub says so of a wrong password."""
    token = "https://registry.example/token?service=s"
    refused = Reply(401, {}, b'{"details": "incorrect username or password"}')
    stage = _Stage({"GET https://registry.example/v2/": _bearer(), f"GET {token} Basic": refused})
    outcome = await stage.asker.login(parse(OWN_IMAGE), _jane())
    assert isinstance(outcome, Outcome)
    assert (outcome.told.step, outcome.told.status) == (Step.TOKEN, 401)
    assert outcome.told.said == "incorrect username or password"


@pytest.mark.attack("R7", "credential")
@pytest.mark.parametrize("message", ["jane.doe may not", "pässword-canary", BASIC, "p%C3%A4ssword-canary"])
async def test_nothing_of_a_credential_is_told(message: str) -> None:
    """Whichever way it went, and also when only a kept token was sent."""
    refused = _error(403, "DENIED", message)
    for answers in (
        {f"GET {OWN}": ASKED, f"GET {OWN} Basic": refused},
        {f"GET {OWN}": _bearer(), f"GET {OWN_TOKEN} Basic": refused},
        {
            f"GET {OWN}": _bearer(),
            f"GET {OWN_TOKEN} Basic": _token("tok-canary"),
            f"GET {OWN} Bearer": refused,
        },
    ):
        stage = _Stage({**answers})
        for _ in range(2):
            shown = repr((await stage.put(_question(identity=_jane()))).told)
            for secret in ("jane.doe", "canary", BASIC):
                assert secret not in shown


@pytest.mark.attack("R7", "token")
async def test_nothing_of_a_token_is_told() -> None:
    """An anonymous one is nobody's, and struck all the same."""
    refused = _error(403, "DENIED", "what is tok-canary?")
    stage = _Stage(
        {f"GET {OWN}": _bearer(), f"GET {OWN_TOKEN}": _token("tok-canary"), f"GET {OWN} Bearer": refused}
    )
    outcome = await stage.put(_question())
    assert outcome.told.said == "what is [redacted]?"


@pytest.mark.parametrize("spelled", ["pässword-canary", "p%C3%A4ssword-canary", BASIC])
async def test_no_address_carries_a_credential_elsewhere(spelled: str) -> None:
    """A registry that was sent it may name it in a redirect or a realm, now or to nobody later: nobody goes there."""
    there = {"location": f"https://evil.example/x?c={spelled}"}
    sent_on = Reply(307, there)
    stage = _Stage({f"GET {OWN}": [ASKED, sent_on], f"GET {OWN} Basic": sent_on})
    for identity in (_jane(), ANONYMOUS):
        told = (await stage.put(_question(identity=identity))).told
        assert (told.fault, told.host) == (Fault.UNSAFE_REDIRECT, "evil.example")
    assert not any("evil" in line for line in stage.wire.lines)
    led = _bearer(f"https://evil.example/{spelled}/token")
    stage = _Stage({f"GET {OWN}": [ASKED, led], f"GET {OWN} Basic": _error(403, "DENIED")})
    await stage.put(_question(identity=_jane()))
    stage.now += timedelta(hours=1)
    assert (await stage.put(_question())).told.fault is Fault.UNSAFE_TOKEN_SERVICE
    assert not any("evil" in line for line in stage.wire.lines)


async def test_a_name_may_stand_in_a_signed_address() -> None:
    """Quay tells its store who asks."""
    store = "https://cdn.example/x?username=jane.doe&Signature=00"
    stage = _Stage(
        {f"GET {OWN}": ASKED, f"GET {OWN} Basic": Reply(302, {"location": store}), f"GET {store}": Reply(200)}
    )
    assert (await stage.put(_question(identity=_jane()))).told.is_ok


async def test_an_answer_knows_what_it_must_not_repeat() -> None:
    """What was sent in this exchange, and the words of what was sent in others; its repr holds none of it."""
    stage = _Stage({f"GET {OWN}": [ASKED, Reply(200)], f"GET {OWN} Basic": Reply(200)})
    outcome = await stage.put(_question(identity=_jane()))
    assert outcome.repeats("1.0-JANE.DOE")
    assert not outcome.repeats("1.0")
    assert "canary" not in repr(outcome)
    stage.lender.lent = Credential("janedoe01", "canary-0815")
    await stage.put(_question(identity=replace(_jane(), fingerprint="f2")))
    stage.now += timedelta(hours=1)
    assert (await stage.put(_question())).repeats("application/vnd.canary-0815+json")


async def test_with_a_kept_token_and_no_credential_nothing_is_repeated() -> None:
    """The Secret cannot be read any more, so nobody knows which name must not be told."""
    stage = _Stage(
        {
            f"GET {OWN}": _bearer(),
            f"GET {OWN_TOKEN} Basic": _token(),
            f"GET {OWN} Bearer": [Reply(200), _error(403, "DENIED", "jane.doe may not")],
        }
    )
    await stage.put(_question(identity=_jane()))
    stage.lender.lent = Unread("secret shop/regcred", "gone")
    outcome = await stage.put(_question(identity=_jane()))
    assert (outcome.told.code, outcome.told.said) == ("DENIED", "")


async def test_a_credential_is_read_once_for_a_question() -> None:
    """And again for the next one: it is not kept."""
    stage = _Stage({f"GET {OWN}": ASKED, f"GET {OWN} Basic": _error(403, "DENIED", "no")})
    await stage.put(_question(identity=_jane()))
    assert len(stage.lender.asked) == 1
    await stage.put(_question(identity=_jane()))
    assert len(stage.lender.asked) == 2


async def test_a_401_without_a_challenge_gets_nothing() -> None:
    """Nobody asked for a credential, so none is sent."""
    stage = _Stage({f"GET {OWN}": Reply(401)})
    outcome = await stage.put(_question(identity=_jane()))
    assert (outcome.told.status, outcome.told.challenged) == (401, False)
    assert stage.lender.asked == []


async def test_a_challenge_of_another_kind_is_told() -> None:
    """The registry asks for something; it gets nothing."""
    stage = _Stage({f"GET {OWN}": _challenge("Negotiate")})
    outcome = await stage.put(_question(identity=_jane()))
    assert (outcome.told.status, outcome.told.challenged) == (401, True)
    assert stage.lender.asked == []


@pytest.mark.parametrize("fault", [Fault.BUDGET_SPENT, Fault.LEFT_ALONE])
async def test_a_refusal_of_our_own_is_told_with_its_figures(fault: Fault) -> None:
    """And with what would help, at whichever step it came."""
    failed = Failed(fault, "60 questions asked", "a setting")
    for answers in ({f"GET {OWN}": failed}, {f"GET {OWN}": _bearer(), f"GET {OWN_TOKEN}": failed}):
        outcome = await _Stage({**answers}).put(_question())
        assert (outcome.told.fault, outcome.told.said) == (fault, "60 questions asked")
        assert outcome.remedy == "a setting"


# Pieces of which URLs that fool somebody are made.
_PIECES = st.sampled_from(
    ["https", "http", ":", "//", "/", "@", "\\", "?", "#", ".", "%40", "%2f", " ", "\t", ";", ",", "[", "]", "::1",
     "registry.example", "REGISTRY.EXAMPLE", "evil.example", "auth.docker.io", "user:pw@", ":443", ":8443", "token"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, min_size=1, max_size=9).map("".join), st.lists(_PIECES, max_size=6).map("".join))
def test_no_realm_and_no_redirect_fools_anybody(realm: str, location: str) -> None:
    """Whatever they are made of: what is sent along goes to the registry's own host over HTTPS."""
    sent = []

    class Wire:
        async def send(self, ask: Ask) -> Ended:
            sent.append(ask)
            if ask.step is Step.TOKEN:
                return _token()
            if not ask.scheme:
                return _challenge(f'Bearer realm="{realm}", service="s"')
            return Reply(307, {"location": location})

    permits = Permits({"registry.example": Permit("registry.example", Probe.CREDENTIALS)})
    asker = Asker(Wire(), permits, FakeLender(CANARY), lambda: NOW)
    asyncio.run(_put(asker))
    for ask in sent:
        assert ask.url.startswith("https://")
        if ask.secret:
            host = ask.url.removeprefix("https://").partition("/")[0].lower()
            assert host in ("registry.example", "registry.example:443")


async def _put(asker: Asker) -> None:
    await asker.put(_question(identity=_jane()))
