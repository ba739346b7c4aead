"""What is noted holds no secret, and answers the same again."""

import asyncio
import base64
import hashlib
import json

import pytest

from bot.facts.testimony import ANONYMOUS, Fault, Identity, Step
from bot.registry import exchanges
from bot.registry.exchanges import Exchange
from bot.registry.recorded import RecordedWire
from bot.registry.transcript import Noted, Secrets, copied
from bot.registry.wire import MOST_MANIFEST, Ask, Failed, Reply


HOST = "registry.example"
URL = f"https://{HOST}/v2/acme/web/manifests/1.4"
REGCRED = Identity("shop", "regcred", HOST)
PASSWORD = 'c4nary"pa ss/word'
NAME = "acme"
BASIC = base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
TOKEN = "canary.opaque-token.0123"
MANIFEST = json.dumps({"schemaVersion": 2, "config": {"digest": "sha256:" + "ab" * 32}}, indent=3).encode()


class _Scripted:
    """A wire with one answer for each URL, given after as many turns as asked for."""

    def __init__(self, answers: dict[str, Reply | Failed], turns: dict[str, int] | None = None) -> None:
        self._answers = answers
        self._turns = turns or {}

    async def send(self, ask: Ask) -> Reply | Failed:
        """The answer for this URL."""
        for _ in range(self._turns.get(ask.url, 0)):
            await asyncio.sleep(0)
        return self._answers[ask.url]


def _ask(url: str = URL, **changes: object) -> Ask:
    facts: dict[str, object] = {
        "method": "GET",
        "registry": HOST,
        "step": Step.MANIFEST,
        "most": MOST_MANIFEST,
    }
    return Ask(url=url, **(facts | changes))  # type: ignore[arg-type]  # a test's own words


def _basic(url: str = URL, **changes: object) -> Ask:
    return _ask(url, identity=REGCRED, scheme="Basic", secret=BASIC, **changes)


def _written(noted: Noted) -> str:
    return json.dumps(noted.exchanges(), ensure_ascii=False)


def _refuse_canaries(text: str) -> None:
    shapes = [PASSWORD, json.dumps(PASSWORD)[1:-1], BASIC, BASIC.rstrip("="), TOKEN]
    shapes += [base64.b64encode(each.encode()).decode().rstrip("=") for each in (PASSWORD, TOKEN)]
    assert not [each for each in shapes if each in text]


async def test_what_passes_is_noted_in_the_form_of_a_recording() -> None:
    """The answer goes on unchanged; what is written answers the same when it is asked again."""
    reply = Reply(200, {"content-type": "text/plain", "docker-content-digest": "sha256:1"}, MANIFEST)
    noted = Noted(_Scripted({URL: reply, f"{URL}x": Failed(Fault.TLS_FAILED, "odd", "--allow-registry")}))
    assert await noted.send(_ask(accept="text/plain")) is reply
    await noted.send(_ask(f"{URL}x", method="HEAD"))
    first, second = noted.exchanges()
    assert first["request"] == {"method": "GET", "url": URL, "headers": {"Accept": "text/plain"}}
    assert first["identity"] == "anonymous"
    assert (second["error"], second["detail"], second["remedy"]) == ("tls-failed", "odd", "--allow-registry")
    replay = RecordedWire(exchanges.read(json.dumps({"exchanges": [first, second]}).encode()).exchanges)
    assert await replay.send(_ask()) == reply
    assert await replay.send(_ask(f"{URL}x", method="HEAD")) == Failed(
        Fault.TLS_FAILED, "odd", "--allow-registry"
    )


async def test_a_manifest_stays_as_it_was() -> None:
    """Byte for byte, so that its digest can be checked by anybody."""
    noted = Noted(_Scripted({URL: Reply(200, {}, MANIFEST)}))
    await noted.send(_basic())
    (told,) = noted.exchanges()
    assert hashlib.sha256(told["response"]["body"].encode()).digest() == hashlib.sha256(MANIFEST).digest()
    assert "struck" not in told
    assert told["request"] == {"method": "GET", "url": URL, "headers": {"Authorization": "Basic <redacted>"}}


async def test_a_body_that_repeats_a_secret_loses_it_and_says_so() -> None:
    """A config with a password in it is no longer what its digest says, and is marked."""
    body = json.dumps({"config": {"Env": [f"PW={PASSWORD}", "DB_PASSWORD=letmein"]}}).encode()
    noted = Noted(_Scripted({URL: Reply(200, {}, body)}))
    await noted.send(_basic())
    assert noted.exchanges()[0]["struck"] is True
    assert "letmein" not in _written(noted)
    _refuse_canaries(_written(noted))


async def test_tokens_are_struck_and_known_from_then_on() -> None:
    """From the token service's answer, and from whatever repeats them."""
    service = "https://auth.example/token?service=x&scope=repository:acme/web:pull&account=acme&sig=abc"
    told = {"token": TOKEN, "access_token": TOKEN, "refresh_token": TOKEN, "expires_in": 300, "whoami": NAME}
    echo = Reply(403, {"x-echo": TOKEN, "via": TOKEN, "set-cookie": "a=b"}, f"no {TOKEN} for {NAME}".encode())
    noted = Noted(_Scripted({service: Reply(200, {}, json.dumps(told).encode()), URL: echo}))
    await noted.send(_basic(service, step=Step.TOKEN))
    await noted.send(_ask(identity=REGCRED, scheme="Bearer", secret=TOKEN))
    await noted.send(_ask())
    _refuse_canaries(_written(noted))
    first, second, third = noted.exchanges()
    assert json.loads(first["response"]["body"]) == {
        "token": "<redacted>",
        "access_token": "<redacted>",
        "refresh_token": "<redacted>",
        "expires_in": 300,
    }
    assert first["request"]["url"].endswith("&account=[redacted]&sig=[redacted]")
    assert second["request"]["headers"] == {"Authorization": "Bearer <redacted>"}
    for each in (second, third):
        assert each["response"]["headers"] == {"via": "[redacted]"}
        assert NAME not in each["response"]["body"]


@pytest.mark.attack(31, "transcript")
@pytest.mark.parametrize(
    "shape", [PASSWORD, BASIC, json.dumps(PASSWORD), base64.b64encode(PASSWORD.encode()).decode()]
)
async def test_a_registry_that_repeats_the_password_is_not_believed(shape: str) -> None:
    """In a body, a header, a redirect or the words of a fault: in every shape it may come in."""
    headers = {
        "location": f"https://cdn.example/blob?x={shape}",
        "www-authenticate": f'Basic realm="{shape}"',
    }
    answers = {
        URL: Reply(307, headers, shape.encode()),
        f"{URL}1": Reply(200, {}, f"[{shape}]".encode()),
        f"{URL}2": Failed(Fault.GARBLED, shape),
    }
    noted = Noted(_Scripted(dict(answers)))
    for url in answers:
        await noted.send(_basic(url))
    _refuse_canaries(_written(noted))


async def test_a_signed_redirect_loses_its_signature_and_can_be_followed() -> None:
    """Its address and the question that follows it are struck alike."""
    signed = "https://cdn.example/blobs/1?X-Amz-Expires=1200&X-Amz-Signature=abcdef&verify=1-xyz"
    noted = Noted(_Scripted({URL: Reply(307, {"location": signed}), signed: Failed(Fault.DNS_NXDOMAIN)}))
    await noted.send(_ask())
    await noted.send(_ask(signed, redirected=True))
    first, second = noted.exchanges()
    assert first["response"]["headers"]["location"] == second["request"]["url"]
    assert second["request"]["url"].endswith(
        "?X-Amz-Expires=1200&X-Amz-Signature=[redacted]&verify=[redacted]"
    )


async def test_whose_limit_it_is_stays_unnamed() -> None:
    """An address is told, an account's name is not."""
    answers = {
        URL: Reply(200, {"docker-ratelimit-source": "203.0.113.7"}),
        f"{URL}1": Reply(200, {"docker-ratelimit-source": "some-person"}),
    }
    noted = Noted(_Scripted(dict(answers)))
    for url in answers:
        await noted.send(_ask(url))
    told = [each["response"]["headers"]["docker-ratelimit-source"] for each in noted.exchanges()]
    assert told == ["203.0.113.7", "account"]


async def test_questions_stand_in_the_order_of_asking() -> None:
    """An answer that overtakes another does not change the order; one that never came is left out."""
    slow, fast, never = URL, f"{URL}fast", f"{URL}never"
    wire = _Scripted({slow: Reply(200), fast: Reply(201), never: Reply(202)}, {slow: 5, never: 10_000})
    noted = Noted(wire)
    waiting = asyncio.ensure_future(noted.send(_ask(never)))
    await asyncio.gather(noted.send(_ask(slow)), noted.send(_ask(fast)))
    waiting.cancel()
    assert [each["request"]["url"] for each in noted.exchanges()] == [slow, fast]


def test_a_body_that_is_no_text_is_left_out() -> None:
    """Nobody can look for a secret in it."""
    told = Secrets().exchange(Exchange("anonymous", "GET", URL, Reply(200, {}, b"\xff\0")))
    assert told.outcome == Reply(200)
    assert told.struck


def test_a_word_that_may_be_a_repository_stays_in_a_url() -> None:
    """A user name that is also the organisation's does not tear the question apart."""
    secrets = Secrets()
    secrets.learn(_basic())
    assert secrets.exchange(Exchange("anonymous", "GET", URL, Reply(404))).url == URL
    assert secrets.text("user acme is unknown", names=True) == "user [redacted] is unknown"


def test_known_values_alone_are_struck_where_that_is_asked_for() -> None:
    """Of two values one of which is a part of the other, the whole goes."""
    secrets = Secrets(["hunter", "hunter22"])
    assert secrets.known("hunter22 hunter password=x") == "[redacted] [redacted] password=x"
    secrets.know(["pass"])
    assert secrets.known("pass") == "[redacted]"


def test_short_and_empty_credentials_strike_nothing() -> None:
    """Three letters stand in every text."""
    secrets = Secrets()
    secrets.learn(_ask(scheme="Basic", secret=base64.b64encode(b"a:bcd").decode()))
    secrets.learn(_ask(scheme="Basic", secret="§"))
    secrets.learn(_ask())
    assert secrets.text("abcdefg", names=True) == "abcdefg"


def test_a_copy_of_a_recording_keeps_what_is_marked() -> None:
    """What must not be sent and what is no truth stay marked; known values are gone."""
    marked = Exchange(
        "secret:a/b", "GET", URL, Reply(200, {}, b"hunter22"), "basic", sendable=False, artifact="made up"
    )
    (told,) = json.loads(copied([marked], Secrets(["hunter22"])))["exchanges"]
    assert told["key_matches_registry"] is False
    assert told["emulator_artifact"] == "made up"
    assert told["response"]["body"] == "[redacted]"


async def test_the_identity_is_noted_by_name() -> None:
    """Which Secret asked is told, and nobody's key or fingerprint."""
    noted = Noted(_Scripted({URL: Reply(200)}))
    await noted.send(_basic())
    await noted.send(_ask(identity=ANONYMOUS))
    assert [each["identity"] for each in noted.exchanges()] == ["secret:shop/regcred", "anonymous"]


async def test_a_long_name_is_struck_from_good_answers_too() -> None:
    """Unless it is a part of what was asked for, and may be the repository's own."""
    name = "robot-canary"
    secret = base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()
    body = json.dumps({"annotations": {"by": f"{name} and ROBOT-canary"}}).encode()
    headers = {"server": f"hello {name}"}
    own = f"https://{HOST}/v2/{name}/web/manifests/1.4"
    noted = Noted(_Scripted({URL: Reply(200, headers, body), own: Reply(200, headers, body)}))
    await noted.send(_ask(identity=REGCRED, scheme="Basic", secret=secret))
    await noted.send(_ask(own, identity=REGCRED, scheme="Basic", secret=secret))
    first, second = noted.exchanges()
    assert "canary" not in json.dumps(first).lower()
    assert first["struck"] is True
    assert name in second["response"]["body"]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"token": TOKEN, "errors": []}).encode(),
        b"\xef\xbb\xbf" + json.dumps({"token": TOKEN, "session": "opaque"}).encode(),
        b"token: opaque",
        b"[1]",
    ],
)
async def test_what_a_token_service_says_beside_its_tokens_is_left_out(body: bytes) -> None:
    """It may hold anything, under any name."""
    noted = Noted(_Scripted({URL: Reply(200, {}, body)}))
    await noted.send(_basic(step=Step.TOKEN))
    (told,) = noted.exchanges()
    assert (told["response"]["body"], told["struck"]) == ("", True)


async def test_a_very_long_body_is_left_out() -> None:
    """To look through four mebibytes takes seconds, in which nobody else is heard."""
    noted = Noted(
        _Scripted({URL: Reply(200, {}, b"a" * MOST_MANIFEST), f"{URL}x": Reply(200, {}, b"a" * 1000)})
    )
    answered = await noted.send(_ask())
    assert isinstance(answered, Reply)
    assert len(answered.body) == MOST_MANIFEST
    await noted.send(_ask(f"{URL}x"))
    first, second = noted.exchanges()
    assert (first["response"]["body"], first["struck"]) == ("", True)
    assert len(second["response"]["body"]) == 1000


async def test_a_secret_is_struck_in_whatever_case() -> None:
    """A registry may shout."""
    noted = Noted(
        _Scripted({URL: Reply(403, {"via": TOKEN.upper()}, f"no {BASIC.upper()}, {TOKEN.title()}".encode())})
    )
    await noted.send(_basic())
    noted.secrets.know([TOKEN])
    await noted.send(_basic())
    assert TOKEN.lower() not in json.dumps(noted.exchanges()[1]).lower()
    assert BASIC.lower() not in json.dumps(noted.exchanges()).lower()
