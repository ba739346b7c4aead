"""Facts lose their secrets and keep everything by which they are compared."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.facts.failure import Source
from bot.facts.objects import Container, ContainerKind, Pod, PullSecret, SecretEntry
from bot.transcript.striking import Striker


CANARY = "c4nary-password"


def _strike(text: str) -> str:
    return text.replace(CANARY, "[struck]")


def test_texts_are_struck_and_names_are_not() -> None:
    """A message, a log and an annotation; not a pod's name, a digest or a moment."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    app = Container("app", ContainerKind.MAIN, f"r.example/{CANARY}:1", waiting_message=f"bad {CANARY}")
    pod = Pod(
        "shop", CANARY, created=at, containers=(app,), annotations={"a": CANARY}, pull_secrets=(CANARY,)
    )
    struck = Striker(_strike).fact(pod)
    assert struck == replace(
        pod,
        containers=(replace(app, waiting_message="bad [struck]"),),
        annotations={"a": "[struck]"},
    )


def test_an_image_loses_what_looks_like_a_credential_alone() -> None:
    """A user name may be the organisation's; a password in a reference is never right."""
    container = Container("app", ContainerKind.MAIN, "https://user:hunter2@r.example/app")
    assert Striker().fact(container).image == "https://[redacted]@r.example/app"


def test_structure_stays_structure() -> None:
    """Fingerprints and keys by which secrets are matched, enumerations, truth and numbers."""
    secret = PullSecret(
        "shop", "regcred", entries=(SecretEntry("r.example", fingerprint="abc"),), flaw="no-data"
    )
    assert Striker(_strike).fact(secret) == secret
    assert Striker(_strike).fact(Source.STATUS) is Source.STATUS
    assert Striker(_strike).fact(None) is None
    assert Striker(_strike).fact((True, 7)) == (True, 7)


def test_what_becomes_known_later_is_struck_later() -> None:
    """A text that was seen before a secret was known is not remembered as harmless."""
    known: list[str] = []
    striker = Striker(lambda text: text.replace(known[0], "") if known else text)
    assert striker.fact(f"a {CANARY}") == f"a {CANARY}"
    known.append(CANARY)
    assert striker.fact(f"a {CANARY}") == "a "


def test_memory_is_bounded() -> None:
    """Millions of different texts are forgotten again."""
    striker = Striker()
    striker._kept.update({str(number): "" for number in range(50_000)})
    striker.fact("x y")
    assert striker._kept == {"x y": "x y"}
