"""A URL that two readers could take apart differently is no lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.registry.leads import Lead, host_of, lead, onward


HERE = Lead("https", "registry.example", "/v2/shop/web/blobs/sha256:1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://auth.docker.io/token", Lead("https", "auth.docker.io", "/token")),
        ("https://auth.docker.io", Lead("https", "auth.docker.io", "/")),
        ("HTTPS://Auth.Example:8443/a/b?c=d&e=f", Lead("https", "Auth.Example:8443", "/a/b?c=d&e=f")),
        ("https://host?x=y", Lead("https", "host", "/?x=y")),
        ("https://host/path#part", Lead("https", "host", "/path")),
        ("http://[2001:db8::1]:5000/t", Lead("http", "[2001:db8::1]:5000", "/t")),
        ("https://my_host.internal/t", Lead("https", "my_host.internal", "/t")),
    ],
)
def test_plain_urls_are_taken_apart(text: str, expected: Lead) -> None:
    """Scheme, host and rest; the fragment is never sent."""
    assert lead(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "token",
        "/token",
        "//host/token",
        "ftp://host/token",
        "file:///etc/passwd",
        "https://user@host/token",
        "https://user:password@host/token",
        "https://good.example\\@evil.example/token",
        "https://good.example\\.evil.example/token",
        "https://good.example /token",
        "https://good.example\t/token",
        "https://good.example\n/token",
        "https://good.example%2eevil/token",
        "https://good.example;evil/token",
        "https://g\u043e\u043ed.example/token",
        "https://good.example\u3002evil/token",
        "https:///token",
        "https://:443/token",
        "https://host:port/token",
        "https://host:123456/token",
        "https://-host/token",
        "https://.host/token",
        "https://[::1/token",
        "https://[::1%25eth0]/token",
        'https://host/to"ken',
        "https://host/to<ken>",
        "https://host/tökén",
        "https://host/" + "x" * 9000,
    ],
)
def test_doubtful_urls_are_none(text: str) -> None:
    """User information, backslashes, spaces, other alphabets, no host."""
    assert lead(text) is None


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://cdn.example/x?sig=a%2Fb", "https://cdn.example/x?sig=a%2Fb"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("/x/y", "https://registry.example/x/y"),
        ("other", "https://registry.example/v2/shop/web/blobs/other"),
        ("?again", "https://registry.example/v2/shop/web/blobs/sha256:1?again"),
        ("http://cdn.example/x", "http://cdn.example/x"),
    ],
)
def test_locations_lead_on(location: str, expected: str) -> None:
    """Absolute ones and relative ones, from where they were given."""
    found = onward(HERE, location)
    assert found is not None
    assert found.url == expected


@pytest.mark.parametrize(
    "location",
    [
        "https://user@cdn.example/x",
        "javascript:alert(1)",
        "\\\\evil.example/x",
        "https://[x]/",
        "x" * 9000,
        "/a b",
    ],
)
def test_bad_locations_lead_nowhere(location: str) -> None:
    """What is not plain is not followed."""
    assert onward(HERE, location) is None


def test_parameters_are_quoted_exactly() -> None:
    """As recorded requests have them, behind those that the realm brings."""
    realm = Lead("https", "auth.docker.io", "/token")
    asked = realm.asking(service="registry.docker.io", scope="repository:acme/billing:pull")
    assert asked == (
        "https://auth.docker.io/token?service=registry.docker.io&scope=repository%3Aacme%2Fbilling%3Apull"
    )
    assert realm.asking(service="", scope="") == "https://auth.docker.io/token"
    assert Lead("https", "h", "/t?a=b").asking(service="x y&z") == "https://h/t?a=b&service=x%20y%26z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://user:password@evil.example/x", "evil.example"),
        ("http://169.254.169.254/latest", "169.254.169.254"),
        ("//evil.example:8443", "evil.example:8443"),
        ("/x", ""),
        ("https://", ""),
        ("", ""),
    ],
)
def test_a_host_is_told_of_what_is_refused(text: str, expected: str) -> None:
    """Never with the user information."""
    assert host_of(text) == expected


@given(st.text(max_size=200))
def test_nothing_makes_it_raise(text: str) -> None:
    """Whatever a registry sends; and what is taken apart is put together again as it was read."""
    host_of(text)
    onward(HERE, text)
    found = lead(text)
    assert found is None or lead(found.url) == found
