"""What all runtimes do alike."""

import json

from bot.demo.nodes.asking import (
    Challenge,
    Login,
    chosen,
    error_in,
    host_of,
    manifest_url,
    platform_in,
    status_line,
)
from bot.demo.nodes.network import Heard
from bot.demo.registry.content import index, single
from bot.facts.image import Platform, parse


IMAGE = parse("redis:7")


def test_docker_hub_is_asked_elsewhere() -> None:
    """Under the name of its registry."""
    assert host_of(IMAGE.registry) == "registry-1.docker.io"
    assert manifest_url("h", IMAGE, "7") == "https://h/v2/library/redis/manifests/7"


def test_a_challenge_tells_where_tokens_are() -> None:
    """With a scope of one's own, where it names none."""
    heard = Heard(401, {"www-authenticate": 'Bearer realm="https://a/t",service="s"'}, b"")
    challenge = Challenge.of(heard)
    assert challenge.scheme == "bearer"
    assert challenge.token_url(IMAGE) == "https://a/t?scope=repository%3Alibrary%2Fredis%3Apull&service=s"
    assert Challenge.of(Heard(401, {}, b"")).scheme == ""


def test_errors_are_read_from_bodies() -> None:
    """As the specification has them, as Docker Hub's token service has them, or not at all."""
    told = json.dumps({"errors": [{"code": "X", "message": "y"}]}).encode()
    assert error_in(Heard(404, {}, told)) == ("X", "y")
    assert error_in(Heard(401, {}, b'{"details": "no"}')) == ("", "no")
    for body in (b"<html>", b"[]", b'{"errors": []}'):
        assert error_in(Heard(404, {}, body)) == ("", "")
    assert status_line(503) == "503 Service Unavailable"


def test_a_node_chooses_its_own_image() -> None:
    """Of an index; a manifest is what it is."""
    amd, arm = single(), single("linux/arm64")
    both = index(amd, arm)
    assert chosen(both.body, both.media_type, Platform("linux", "arm64")) == arm.digest
    assert chosen(both.body, both.media_type, Platform("linux", "s390x")) is None
    assert chosen(amd.body, amd.media_type, Platform("linux", "s390x")) == ""


def test_a_config_tells_its_platform() -> None:
    """Or nothing, as a chart's does."""
    assert platform_in(b'{"os": "linux", "architecture": "arm64"}') == Platform("linux", "arm64")
    assert platform_in(b'{"name": "chart"}') is None
    assert platform_in(b"?") is None


def test_a_login_hides_its_password() -> None:
    """In its repr."""
    assert "secret" not in repr(Login("jane", "secret"))
    assert Login("a", "b").header == "Basic YTpi"
