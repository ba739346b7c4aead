"""Each registry goes through the proxy that the settings give it."""

import base64
from pathlib import Path
from typing import Any

from bot.registry.permits import Proxy
from bot.settings import Settings
from bot.wiring.proxies import Proxies, proxies


def _proxies(environment: dict[str, str] | None = None, **said: Any) -> Proxies:
    return proxies(Settings.model_validate({"registries": said}).registries, environment or {})


def test_proxies_are_those_of_the_settings_alone() -> None:
    """Not those of the environment."""
    environment = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY"), "http://elsewhere.example:1")
    assert proxies(None, environment) == _proxies(environment) == Proxies()


def test_proxies_are_a_usual_one_and_exceptions(tmp_path: Path) -> None:
    """Each with the setting that names it, and with its own credentials."""
    (tmp_path / "pair").write_text("jane:canary")
    found = _proxies(
        {"REGISTRY_PROXY_CREDENTIALS": "usual:canary"},
        proxy="http://p.example:3128",
        **{
            "a.example": {"proxy": "direct"},
            "b.example": {
                "proxy": "https://[fd00::7]:8443",
                "proxy_credentials_file": str(tmp_path / "pair"),
            },
            "c.example": {"proxy": "http://q.example:1"},
            "d.example": {},
        },
    )
    usual = Proxy("p.example", 3128, authorization=base64.b64encode(b"usual:canary").decode())
    own = base64.b64encode(b"jane:canary").decode()
    assert found.of("d.example") == found.of("other.example") == usual
    assert found.of("a.example") is None
    assert found.of("b.example") == Proxy("fd00::7", 8443, True, "registries.b.example.proxy", own)
    assert found.of("c.example") == Proxy("q.example", 1, setting="registries.c.example.proxy")
    assert str(found.of("b.example")) == "https://[fd00::7]:8443"
    assert "canary" not in repr(found)
    assert own not in repr(found)
