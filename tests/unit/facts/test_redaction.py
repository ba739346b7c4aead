"""Credentials in other people's texts are struck out, and what a diagnosis reads is left alone."""

import base64
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.facts.redaction import STRUCK, redact


CANARY = "c4n4ryPassw0rd"
RECORDINGS = Path(__file__).parents[2] / "recordings"


def coded(text: str) -> str:
    """Base64."""
    return base64.b64encode(text.encode()).decode()


JWT = f"eyJhbGciOiJSUzI1NiJ9.{base64.urlsafe_b64encode(CANARY.encode()).decode().rstrip('=')}.{CANARY}"
PLANTS = [
    "https://bob:{c}@registry.corp.example/v2/",
    "https://{c}@registry.corp.example/v2/",
    "redis://:{c}@cache:6379/0",
    "https://bob:p@{c}@registry.corp.example/v2/",
    "proxyconnect tcp: dial http://svc:{c}@proxy.corp.example:3128: refused",
    "pushing to bob:{c}@registry.corp.example",
    "pushing to //bob:{c}@registry.corp.example/shop",
    "pushing to ../bob:{c}@registry.corp.example/shop",
    "Authorization: Bearer {c}",
    "authorization: Basic {c}",
    "Authorization: {c}",
    '"Authorization":["Bearer {c}"]',
    "X-Registry-Auth: {c}",
    "Set-Cookie: {c}",
    "PRIVATE-TOKEN: {c}",
    "sent Bearer {c} and was refused",
    "password={c}",
    "--password={c}",
    "--password {c}",
    "--registry-token {c}",
    "DB_PASSWORD={c}",
    "AWS_SECRET_ACCESS_KEY={c}",
    "spring.datasource.password={c}",
    "password: {c}",
    "api_key: {c}",
    "access token: {c}",
    '{{"password":"{c}"}}',
    '{{"auth" : "{c}"}}',
    r"{{\"auth\":\"{c}\"}}",
    "{{'client_secret': '{c}'}}",
    'token="{c}"',
    "https://s3.example/b?X-Amz-Signature={c}&x=1",
    "https://s3.example/b?X-Amz-Credential={c}",
    "https://blob.example/b?sv=1&sig={c}",
    "https://cdn.example/b?Policy={c}&Key-Pair-Id={c}",
    "-----BEGIN RSA PRIVATE KEY-----\n{c}\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\n{c}",
    "ghp_{c}{c}",
    "glpat-{c}{c}",
    "dckr_pat_{c}{c}",
]


@pytest.mark.parametrize("plant", PLANTS)
def test_planted_credential_is_struck_out(plant: str) -> None:
    """Every form in which credentials turn up in messages, arguments and logs."""
    told = redact(f"failed to pull: {plant.format(c=CANARY)}: 401 Unauthorized")
    assert CANARY not in told
    assert STRUCK in told
    assert told.startswith("failed to pull: ")


@pytest.mark.parametrize(
    "text",
    [JWT, coded(f"bob:{CANARY}"), coded(f"bob:{CANARY}\n"), coded(json.dumps({"auths": {"q": CANARY}}))],
)
def test_encoded_credential_is_struck_out(text: str) -> None:
    """Tokens, docker's ``auth`` and whole config files in base64 need no key word beside them."""
    assert redact(f"sent {text} to it") == f"sent {STRUCK} to it"


@pytest.mark.parametrize(
    "text",
    [
        "docker://nginx@sha256:" + "a" * 64,
        "registry.corp.example:5000/team/app:1.0@sha256:" + "0123456789abcdef" * 4,
        "https://registry.corp.example/v2/team/app/blobs/sha256:" + "a" * 64,
        "no basic auth credentials",
        'Www-Authenticate: Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
        "repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
        "unauthorized: incorrect username or password",
        "failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized",
        "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.",
        'failed to fetch oauth token: Post "https://auth.docker.io/token": EOF',
        "illegal base64 data at input byte 0",
        "unable to parse auth field, must be formatted as base64(username:password)",
        "toomanyrequests: You have reached your pull rate limit.",
        "dial tcp: lookup registry.corp.example on 10.0.0.10:53: no such host",
        "Bearer authentication is required, basic authorization refused",
    ],
)
def test_ordinary_message_is_left_alone(text: str) -> None:
    """References, digests and the registries' own words are evidence."""
    assert redact(text) == text


def test_every_recorded_message_is_left_alone() -> None:
    """No word of a real kubelet, runtime or registry is mistaken for a credential."""
    seen = set()
    for file in RECORDINGS.glob("*/*/*/dump/events.json"):
        seen |= {event.get("message", "") for event in json.loads(file.read_bytes())["items"]}
    assert len(seen) > 1000
    assert [text for text in seen if redact(text) != text] == []


def test_known_values_are_struck_out_wherever_they_stand() -> None:
    """The longest first, and none so short that ordinary words would vanish."""
    assert (
        redact("x hunter2-and-more y hunter2 z", ["hunter2", "hunter2-and-more"])
        == f"x {STRUCK} y {STRUCK} z"
    )
    assert redact("a cat", ["a", ""]) == "a cat"


def test_redaction_is_stable() -> None:
    """Redacting twice changes nothing more."""
    for plant in PLANTS:
        once = redact(plant.format(c=CANARY))
        assert redact(once) == once


@given(st.text(max_size=60), st.sampled_from(PLANTS), st.text(max_size=60))
def test_canary_is_struck_out_amid_anything(before: str, plant: str, after: str) -> None:
    """Case 31: whatever stands around it."""
    assert CANARY not in redact(f"{before} {plant.format(c=CANARY)} {after}")


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "a:", "a@", "eyJ", "password=", "-", '"password', "a-", "https://", "-----BEGIN PRIVATE KEY-----", "secret.",
     "_", "a_", "--auth ", '"\\', "basic ", "?sig", " ", "AKIA", "glpat-", "token:", "authorization: ", "=", "a1/"],
)  # fmt: skip
def test_long_hostile_text_stays_cheap(piece: str) -> None:
    """100 kB of the beginning of a match cost a moment, not a minute."""
    text = piece * (100_000 // len(piece))
    begun = time.process_time()
    redact(text)
    assert time.process_time() - begun < 5
