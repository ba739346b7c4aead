"""Whatever those above decided, no question leaves for the wrong place and no credential with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.facts.testimony import ANONYMOUS, Fault, Identity, Step
from bot.registry.outgoing import Letter, is_registry, letter, target
from bot.registry.permits import Permit, Probe
from bot.registry.wire import Ask, Failed


HOST = "registry.example:5000"
SOMEBODY = Identity("shop", "regcred", HOST, "f")
CANARY = "Y2FuYXJ5OmNhbmFyeQ=="
OPEN = Permit(HOST, Probe.CREDENTIALS, token_services=("auth.example",))


def ask(url: str, step: Step = Step.MANIFEST, **changes: object) -> Ask:
    """A question under the rules of registry.example:5000."""
    return Ask("GET", url, **{"registry": HOST, "step": step, **changes})  # type: ignore[arg-type]  # a test's own words


def secret(url: str, step: Step = Step.MANIFEST, scheme: str = "Basic", **changes: object) -> Ask:
    """The same, with a credential."""
    return ask(url, step, **{"identity": SOMEBODY, "scheme": scheme, "secret": CANARY, **changes})


def test_letter_holds_what_a_question_needs_and_no_more() -> None:
    """Who asks, what is accepted, unpacked please, and the credential where it belongs."""
    found = letter(secret(f"https://{HOST}/v2/a/manifests/1?n=1#part", accept="a/b, c/d"), OPEN)
    assert isinstance(found, Letter)
    assert found.target.url == f"https://{HOST}/v2/a/manifests/1?n=1"
    assert found.headers == {
        "User-Agent": "imagepull",
        "Accept-Encoding": "identity",
        "Accept": "a/b, c/d",
        "Authorization": f"Basic {CANARY}",
    }
    assert CANARY not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pw@registry.example:5000/v2/",
        "https://user@registry.example:5000/v2/",
        "https://registry.example:5000\\@evil.example/",
        "https://registry.example:5000 .evil.example/",
        "https://registry.example:5000/v2/\r\nX: y",
        "https://registry.example:5000/v2/ü",
        "https://registry.example:0/v2/",
        "https://registry.example:65536/v2/",
        "https://registry.example:5000x/v2/",
        "https://:5000/v2/",
        "https:///v2/",
        "https:/registry.example:5000/",
        "//registry.example:5000/v2/",
        "ftp://registry.example:5000/v2/",
        "file:///etc/passwd",
        "unix:///var/run/docker.sock",
        "https://[::1%25lo]:5000/",
        "https://[::1]x/",
        "https://bücher.example/",
        "https://regis%74ry.example:5000/",
        "",
        "https://" + "a" * 20_000,
    ],
)
def test_letter_refuses_urls_that_two_readers_could_read_two_ways(url: str) -> None:
    """A host is taken only from a URL that has one spelling; users, spaces and escapes in it have none."""
    found = letter(ask(url, redirected=True), OPEN)
    assert isinstance(found, Failed)
    assert found.fault is Fault.UNSAFE_REDIRECT


@given(st.text(max_size=60) | st.from_regex(r"https?://[!-~]{0,20}(:[0-9]{1,5})?/[!-~]{0,20}"))
def test_target_never_raises(url: str) -> None:
    """Any text is a place or none."""
    found = target(url)
    assert found is None or target(found.url) == found


@pytest.mark.parametrize(
    ("url", "registry", "same"),
    [
        ("https://registry.example/v2/", "registry.example", True),
        ("https://registry.example:443/v2/", "registry.example", True),
        ("https://REGISTRY.example/v2/", "registry.example:443", True),
        ("https://registry.example:80/v2/", "registry.example", False),
        ("http://registry.example/v2/", "registry.example:80", True),
        ("http://registry.example:443/v2/", "registry.example", False),
        ("http://registry.example/v2/", "registry.example:443", False),
        ("https://registry.example./v2/", "registry.example", False),
        ("https://registry-1.docker.io/v2/", "docker.io", True),
        ("https://docker.io/v2/", "docker.io", False),
        ("https://[::1]:5000/v2/", "[::1]:5000", True),
    ],
)
def test_is_registry_compares_host_and_port(url: str, registry: str, *, same: bool) -> None:
    """The port that the scheme implies may be left out; nothing else may differ."""
    place = target(url)
    assert place is not None
    assert is_registry(place, registry) is same


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "169.254.169.254."])
def test_letter_refuses_disguised_addresses(host: str) -> None:
    """A token service that is a number is unsafe, whatever the number means."""
    found = letter(ask(f"https://{host}/token", Step.TOKEN), OPEN)
    assert isinstance(found, Failed)
    assert found.fault is Fault.UNSAFE_TOKEN_SERVICE


@pytest.mark.attack("R2", "reference")
@pytest.mark.parametrize("step", [step for step in Step if step is not Step.TOKEN])
def test_letter_goes_to_the_image_s_host(step: Step) -> None:
    """Only a token service and a redirect may be elsewhere: every other question stays at the image's host."""
    found = letter(ask("https://other.example/v2/", step), OPEN)
    assert isinstance(found, Failed)
    assert found.fault is Fault.UNSAFE_ADDRESS
    assert isinstance(letter(ask("https://other.example/v2/", step, redirected=True), OPEN), Letter)
    assert isinstance(letter(ask("https://other.example/token", Step.TOKEN), OPEN), Letter)


def test_letter_speaks_plain_http_only_where_it_is_listed() -> None:
    """HTTP is for the registry's own host, when the operator says so; the refusal names the setting."""
    url, plain = f"http://{HOST}/v2/", Permit(HOST, plain_http=True)
    found = letter(ask(url), OPEN)
    assert isinstance(found, Failed)
    assert "registries.registry.example:5000.plain_http" in found.remedy
    assert isinstance(letter(ask(url), plain), Letter)
    for led in (ask("http://auth.example/", Step.TOKEN), ask("http://cdn.example/", redirected=True)):
        assert isinstance(letter(led, plain), Failed)


@pytest.mark.parametrize(
    ("scheme", "who", "sent"),
    [
        ("Bearer", ANONYMOUS, True),
        ("Bearer", Identity("shop", "regcred", HOST), False),
        ("Basic", ANONYMOUS, False),
    ],
)
def test_letter_shows_nobodys_token_over_plain_http(scheme: str, who: Identity, *, sent: bool) -> None:
    """Where the operator lists plain HTTP, a token that is anybody's may go there; a credential's never."""
    permit = Permit(HOST, Probe.CREDENTIALS, plain_http=True)
    question = Ask(
        "GET", f"http://{HOST}/v2/a/manifests/1", HOST, Step.MANIFEST, identity=who, scheme=scheme, secret="t"
    )
    assert isinstance(letter(question, permit), Letter) is sent


@pytest.mark.parametrize(
    "question",
    [
        secret("https://other.example/token", Step.TOKEN),
        secret("https://auth.example:8443/token", Step.TOKEN),
        secret("https://auth.example.evil.example/token", Step.TOKEN),
        secret("https://registry.example/token", Step.TOKEN),
        secret("http://registry.example:5000/v2/"),
        secret("http://auth.example/token", Step.TOKEN),
        secret("https://registry.example:5000/v2/", redirected=True),
        secret("https://auth.example/token", Step.TOKEN, redirected=True),
        secret("https://auth.example/token", Step.TOKEN, scheme="Bearer"),
        secret("https://registry.example:5000/v2/", scheme="Bearer", redirected=True),
        secret("https://registry.example:5000/v2/", scheme="Digest"),
        secret("https://registry.example:5000/v2/", scheme=""),
        secret("https://registry.example:5000/v2/", identity=ANONYMOUS),
        secret("https://auth.docker.io/token", Step.TOKEN),
    ],
    ids=lambda question: f"{question.scheme} {question.url}",
)
@pytest.mark.parametrize("plain", [True, False])
def test_letter_keeps_credentials_at_home(question: Ask, *, plain: bool) -> None:
    """Another host, another port, a redirect, plain HTTP, a token for a token service: the credential stays here."""
    permit = Permit(HOST, Probe.CREDENTIALS, token_services=("auth.example",), plain_http=plain)
    found = letter(question, permit)
    assert isinstance(found, Failed)
    assert found.fault in (Fault.UNSAFE_ADDRESS, Fault.UNSAFE_REDIRECT, Fault.UNSAFE_TOKEN_SERVICE)
    assert CANARY not in f"{found} {question!r}"


def test_letter_sends_credentials_where_they_belong() -> None:
    """To the registry itself, to a token service that is listed, and a token to the registry."""
    for question in (
        secret(f"https://{HOST}/v2/"),
        secret("https://auth.example/token", Step.TOKEN),
        secret("https://AUTH.example:443/token", Step.TOKEN),
        secret(f"https://{HOST}/v2/", scheme="Bearer"),
        secret(f"https://{HOST}/v2/", scheme="Bearer", identity=ANONYMOUS),
    ):
        found = letter(question, OPEN)
        assert isinstance(found, Letter), question.url
        assert found.own


def test_letter_needs_leave_to_use_credentials() -> None:
    """Where only anonymous questions are allowed a secret's credential is not sent, and the setting is named."""
    found = letter(secret(f"https://{HOST}/v2/"), Permit(HOST, Probe.ANONYMOUS))
    assert isinstance(found, Failed)
    assert "probe" in found.remedy
    lent = secret(f"https://{HOST}/v2/", scheme="Bearer", identity=ANONYMOUS)
    assert isinstance(letter(lent, Permit(HOST, Probe.ANONYMOUS)), Letter)


@pytest.mark.parametrize("token", ["a\r\nX: y", "a\nb", "a b", "a\x00", "a\x7f", "ü", "\udcff", "a" * 70_000])
def test_letter_sends_no_token_that_would_break_out_of_its_header(token: str) -> None:
    """A token service that puts a line break into its token gets no header of its own into our question."""
    found = letter(secret(f"https://{HOST}/v2/", scheme="Bearer", secret=token), OPEN)
    assert isinstance(found, Failed)
    assert found.fault is Fault.GARBLED
    assert token not in found.detail


def test_letter_asks_and_changes_nothing() -> None:
    """Only GET and HEAD leave; an Accept header that would break out is left out."""
    assert isinstance(letter(Ask("POST", f"https://{HOST}/v2/", HOST, Step.BASE), OPEN), Failed)
    found = letter(ask(f"https://{HOST}/v2/", accept="a/b\r\nX: y"), OPEN)
    assert isinstance(found, Letter)
    assert "Accept" not in found.headers


def test_letter_trusts_added_authorities_only_at_home() -> None:
    """The registry and its listed token services are its own; a redirect's host and an unlisted service are not."""
    for url, step, redirected, own in (
        (f"https://{HOST}/v2/", Step.BASE, False, True),
        ("https://auth.example/token", Step.TOKEN, False, True),
        ("https://other.example/token", Step.TOKEN, False, False),
        ("https://cdn.example/blob", Step.CONFIG, True, False),
    ):
        found = letter(ask(url, step, redirected=redirected), OPEN)
        assert isinstance(found, Letter)
        assert found.own is own
