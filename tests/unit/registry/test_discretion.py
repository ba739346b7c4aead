"""What was sent comes back in no fact and in no address, and honest names that look like it stay."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.facts.image import Platform
from bot.facts.testimony import Manifest
from bot.registry import discretion
from bot.registry.discretion import Marks
from bot.registry.manifests import DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST


NAME, PASSWORD = "canary-us3r", "canary-p4ssw0rd"
KNOWN = (NAME, PASSWORD, "web")


def _told(text: str) -> bool:
    return discretion.repeats(text, KNOWN)


def test_repeats_finds_what_is_known_in_whatever_case() -> None:
    """Wherever it stands; a short value is a word of many honest names."""
    assert discretion.repeats(f"x{PASSWORD.upper()}x", KNOWN)
    assert not discretion.repeats("shop/web", KNOWN)
    assert not discretion.repeats("anything", ())


def test_tags_that_repeat_it_are_left_out() -> None:
    """The others stay, in their order."""
    assert discretion.tags(["1.0", f"1.0-{NAME}", "web", PASSWORD], _told) == ("1.0", "web")
    assert discretion.tags(["1.0", "web"], _told) == ("1.0", "web")


def test_manifest_loses_what_repeats_it() -> None:
    """Types and platforms; that some are missing is known."""
    read = Manifest(
        "sha256:1",
        f"application/vnd.{NAME}+json",
        is_index=True,
        platforms=(Platform("linux", "amd64"), Platform("linux", PASSWORD)),
        kind=f"application/vnd.{PASSWORD}",
    )
    found = discretion.manifest(read, _told)
    assert (found.media_type, found.kind, found.platforms) == ("", "", (Platform("linux", "amd64"),))
    assert found.partial


@pytest.mark.parametrize("media_type", [OCI_INDEX, OCI_MANIFEST, DOCKER_MANIFEST])
def test_manifest_of_a_usual_type_is_everybodys(media_type: str) -> None:
    """A password may be a word of it."""
    read = Manifest("sha256:1", media_type, platforms=(Platform("linux", "amd64"),))
    assert discretion.manifest(read, lambda text: discretion.repeats(text, ["application"])) == read


def test_platform_that_repeats_it_is_none() -> None:
    """Any other stays."""
    assert discretion.platform(Platform("linux", PASSWORD), _told) is None
    assert discretion.platform(Platform("linux", "arm64", "v8"), _told) == Platform("linux", "arm64", "v8")
    assert discretion.platform(None, _told) is None


@pytest.fixture
def marks() -> Marks:
    """Two words are known."""
    found = Marks()
    found.learn([NAME, PASSWORD, base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode(), "ci"])
    return found


@pytest.mark.parametrize(
    "text",
    [
        NAME,
        NAME.upper(),
        f"who is {NAME}?",
        f"'{NAME}':\"{PASSWORD}\"",
        f"Basic {base64.b64encode(f'{NAME}:{PASSWORD}'.encode()).decode()}",
        f"{NAME}:{PASSWORD}",
        f"user={NAME}&password={PASSWORD}",
        f"https://{NAME}:{PASSWORD}@x.example/",
    ],
)
def test_marks_strike_the_words_that_are_known(marks: Marks, text: str) -> None:
    """However they are set apart."""
    struck = marks.struck(text)
    assert NAME not in struck.lower()
    assert PASSWORD not in struck
    assert "[redacted]" in struck


def test_marks_leave_everything_else(marks: Marks) -> None:
    """What merely begins alike, and what is too short to be told from a word."""
    for text in ("requested access to the resource is denied", "the ci job failed", "canary-us3rs", ""):
        assert marks.struck(text) == text
    assert Marks().struck(NAME) == NAME


@given(st.text(max_size=200))
def test_marks_survive_anything(text: str) -> None:
    """Hostile texts and addresses."""
    marks = Marks()
    marks.learn([PASSWORD, text])
    marks.struck(text)
    marks.in_address(text)
    marks.in_host(text, "registry.example")
    assert not marks.in_words(f"{text} {PASSWORD}") or PASSWORD not in marks.struck(f"{text} {PASSWORD}")


def test_marks_hold_no_value(marks: Marks) -> None:
    """Nothing of what was learned can be read out of them, and two of them have nothing in common."""
    other = Marks()
    other.learn([PASSWORD])
    assert PASSWORD not in repr(vars(marks))
    assert PASSWORD.encode() not in b"".join(marks._marks)
    assert not marks._marks.keys() & other._marks.keys()


def test_marks_have_bounds() -> None:
    """The oldest are forgotten first."""
    marks = Marks()
    marks.learn(f"password-{number}" for number in range(600))
    assert marks.struck("password-599") == "[redacted]"
    assert marks.struck("password-0") == "password-0"
    assert len(marks._marks) == 512


def test_marks_know_the_parts_of_a_host(marks: Marks) -> None:
    """One that was made up to carry something; a part of the registry's own name is no sign."""
    assert marks.in_host(f"{PASSWORD}.evil.example:5000", "registry.example")
    assert not marks.in_host("cdn.example", "registry.example")
    marks.learn(["quay"])
    assert not marks.in_host("cdn.quay.io", "quay.io")


@pytest.mark.parametrize(
    ("url", "carried"),
    [
        (f"https://a.example/x?c={PASSWORD}", True),
        (f"https://a.example/{PASSWORD}/x", True),
        (f"https://{PASSWORD}.a.example/", True),
        (f"https://a.{PASSWORD}:5000/", True),
        ("https://a.example/?q=canary%2Dp4ssw0rd", True),
        (f"https://a.example/?q={base64.b64encode(f'{NAME}:{PASSWORD}'.encode()).decode()}", True),
        ("https://a.example/blobs?X-Amz-Signature=00ff", False),
    ],
)
def test_marks_know_an_address_that_carries_something(marks: Marks, url: str, *, carried: bool) -> None:
    """In whatever part of it, escaped or not."""
    assert marks.in_address(url) is carried


def test_marks_know_the_longer_words_of_a_name(marks: Marks) -> None:
    """As they stand in tags, types and platforms."""
    assert marks.in_words(f"application/vnd.{PASSWORD}+json")
    assert marks.in_words(f"1.4\n1.5.{NAME}")
    assert not marks.in_words("ci\n1.4.20")
