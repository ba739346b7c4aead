"""A proxy is a scheme, a host and a port, and nothing secret."""

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.errors import SettingsError
from bot.settings import load
from bot.settings.proxies import OwnProxy, Proxy


_ANY: TypeAdapter[str] = TypeAdapter(Proxy)
_OWN: TypeAdapter[str] = TypeAdapter(OwnProxy)


@pytest.mark.parametrize(
    "url",
    ["http://proxy.corp.example:3128", "https://10.1.2.3:443", "http://[fd00::7]:8080", "http://proxy:1", ""],
)
def test_proxy_is_named_by_its_url(url: str) -> None:
    """Private or not: where it stands is the operator's word."""
    assert _ANY.validate_python(url) == url
    assert _OWN.validate_python(url) == url
    assert _OWN.validate_python("direct") == "direct"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://jane:canary@proxy.example:3128", "do not belong"),
        ("jane:canary@proxy.example:3128", "do not belong"),
        ("proxy.example:3128", "no HTTP proxy"),
        ("socks5://proxy.example:1080", "no HTTP proxy"),
        ("http://proxy.example", "no HTTP proxy"),
        ("http://proxy.example:3128/path", "no HTTP proxy"),
        ("http://proxy.example:3128?x=canary", "no HTTP proxy"),
        ("http://pro\r\nxy:3128", "no HTTP proxy"),
        ("http://proxy.example:0", "no such port"),
        ("http://proxy.example:70000", "no such port"),
        ("http://*.example:3128", "pattern"),
        ("http://169.254.169.254:80", "metadata"),
        ("http://[fe80::1]:80", "link-local"),
        ("direct", "no HTTP proxy"),
    ],
)
def test_proxy_that_is_none_is_refused_with_a_hint(url: str, why: str) -> None:
    """By what is off about it."""
    with pytest.raises(ValidationError, match=why):
        _ANY.validate_python(url)


def test_proxy_s_password_in_the_url_is_not_repeated() -> None:
    """Whoever reads the error sees where it belongs, and not what it is."""
    with pytest.raises(SettingsError, match="do not belong") as caught:
        load(
            environment={
                "IMAGEPULL_REGISTRIES__PROXY": "http://jane:canary@proxy.example:3128",
                "HOME": "/none",
            }
        )
    assert "canary" not in f"{caught.value} {caught.value.hint}"
    assert "proxy_credentials_file" in caught.value.hint
    assert load(environment={"IMAGEPULL_REGISTRIES__PROXY": "http://p:1", "HOME": "/none"}).registries.proxy
