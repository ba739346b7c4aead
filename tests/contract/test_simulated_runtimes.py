"""The simulated runtimes say what the recorded ones said: each fault set up in the world, the text compared letter by letter.

Nothing is told to a runtime but an image, a login, and a way to the world: what it says comes of what it asked.
"""

import json
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.demo.nodes.asking import Failed, Login
from bot.demo.nodes.containerd import Containerd
from bot.demo.nodes.crio import Crio
from bot.demo.nodes.network import Certificate, Line, Outlook, Site, State
from bot.demo.registry.content import Repository, artifact, index, single
from bot.demo.registry.families import DISTRIBUTION, ECR, GHCR, HTPASSWD, HUB, Said, errors
from bot.demo.registry.registry import Registry
from bot.demo.registry.server import SimulatedRegistries
from bot.facts.image import Platform, parse


SCENARIOS = Path(__file__).parent.parent / "recordings" / "scenarios"
NOW = datetime(2026, 11, 22, 7, 38, 18, tzinfo=UTC)
NODE = Platform("linux", "amd64")
ROBOT = Login("robot", "s3cret")
READERS = frozenset({"robot"})
ECR_HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


@dataclass
class World:
    """What stands where."""

    registries: dict[str, Registry]
    sites: dict[str, Site]
    outlook: Outlook = field(default_factory=lambda: Outlook(nameserver="127.0.0.53:53", address="127.0.0.1"))


def _world() -> World:
    web, app = single(name="web"), single(name="app")
    users = {"robot": "s3cret"}
    corp = {
        "shop/web": Repository({"v1": web, "v2": web}),
        "team/app": Repository({"1.0": app}),
        "team/noamd64": Repository({"2.0": index(single("linux/arm64"), single("linux/s390x"))}),
        "team/big": Repository({"1.0": app}),
        "charts/app": Repository({"0.1.0": artifact()}),
    }
    hub = {
        "library/redis": Repository({"7.2": single(name="redis")}),
        "acme/billing": Repository({"4.2.0": app}, READERS),
    }
    ecr_missing = "The repository with name 'shop/wbe' does not exist in the registry with id '123456789012'"
    ecr = replace(
        ECR,
        refused=errors(401, "UNAUTHORIZED", "authentication required"),
        no_repository=errors(404, "NAME_UNKNOWN", ecr_missing),
    )
    registries = [
        Registry(corp, DISTRIBUTION, host="registry.corp.test"),
        Registry(
            {"secure/api": Repository({"1.0": app}, READERS)}, HTPASSWD, users=users, host="private.corp.test"
        ),
        Registry(hub, HUB, users=users, host="registry-1.docker.io", token_host="auth.docker.io"),
        Registry({"acme/web": Repository({"v1": web}, READERS)}, GHCR, users=users, host="ghcr.io"),
        Registry({"shop/web": Repository({"v1": web}, READERS)}, ecr, users=users, host=ECR_HOST),
        *(
            Registry({"shop/web": Repository({"v1": web})}, DISTRIBUTION, host=host)
            for host in (
                "expired.corp.test",
                "selfsigned.corp.test",
                "plain.corp.test:5000",
                "broken.corp.test",
                "unavailable.corp.test",
                "forbidden.corp.test",
                "hang.corp.test",
                "mirroronly.corp.test",
            )
        ),
        Registry({"cdnblocked/app": Repository({"1.0": app})}, DISTRIBUTION, host="bad.corp.test"),
    ]
    by_host = {each.host: each for each in registries}
    by_host["broken.corp.test"].mischief.everything = Said(500, "oops")
    by_host["unavailable.corp.test"].mischief.everything = Said(503, "busy")
    blocked = "<html><body>Access to this site is blocked by corporate policy</body></html>"
    by_host["forbidden.corp.test"].mischief.everything = Said(403, blocked)
    by_host[
        "bad.corp.test"
    ].mischief.redirect_blobs = "https://blobs-cdn.blocked.test/{digest}?X-Amz-Expires=1200"
    hosts = {host.partition(":")[0] for each in registries for host in (each.host, each.token_host)}
    sites = {host: Site("127.0.1.10") for host in hosts}
    sites |= {
        "refused.corp.test": Site("127.0.1.23", state=State.REFUSES),
        "mirror.corp.test": Site("127.0.1.23", state=State.REFUSES),
        "blackhole.corp.test": Site("127.0.1.22", state=State.SILENT),
    }
    sites["expired.corp.test"].certificate = Certificate.EXPIRED
    sites["selfsigned.corp.test"].certificate = Certificate.UNKNOWN
    sites["plain.corp.test"].certificate = Certificate.NONE
    sites["hang.corp.test"].state = State.HANGS
    return World(by_host, sites)


def _with(**changes: Any) -> Callable[[World], None]:
    def change(world: World) -> None:
        for name, value in changes.items():
            setattr(world.outlook, name, value)

    return change


def _spent(world: World) -> None:
    world.registries["registry-1.docker.io"].remaining = 0


def _as_ever(world: World) -> None:
    """The world is as it is."""


# What was otherwise, and with what login, where there was one.
FAULTS: dict[str, tuple[Callable[[World], None], Login | None]] = {
    **dict.fromkeys(
        (
            "wrong-tag", "wrong-repo", "digest-not-found", "init-container", "sidecar-container", "statefulset",
            "job", "cronjob", "replicas-20", "rollout-stuck", "two-containers-one-bad", "ephemeral-container",
            "restart-after-tag-deleted", "platform-no-amd64", "private-no-secret", "sa-without-secret",
            "secret-missing", "secret-not-attached", "secret-other-namespace", "secret-wrong-host",
            "secret-garbage-opaque", "hub-private-noauth", "hub-repo-missing", "ghcr-denied", "ecr-no-auth",
            "conn-refused", "dns-nxdomain", "tcp-timeout", "x509-expired", "x509-unknown-ca", "http-vs-https",
            "http-hang", "registry-500", "registry-503", "registry-403-proxy", "cdn-dns-blocked",
        ),
        (_as_ever, None),
    ),
    "secret-good-tag-missing": (_as_ever, ROBOT),
    "secret-legacy-dockercfg": (_as_ever, Login("robot", "wrong")),
    "ecr-repo-missing": (_as_ever, ROBOT),
    "secret-wrong-password": (_as_ever, Login("robot", "wrong")),
    "hub-bad-creds": (_as_ever, Login("robot", "wrong")),
    "dns-timeout": (_with(unanswered=frozenset({"dnstimeout.corp.test"})), None),
    "mirror-only-down": (
        _with(mirrors={"mirroronly.corp.test": "mirror.corp.test"}, unknown=frozenset({"mirroronly.corp.test"})),
        None,
    ),
    "no-space": (_with(full=True), None),
    "proxy-refused": (_with(proxy="127.0.1.23:3128"), None),
    "ratelimit-hub": (_spent, None),
    "helm-chart-as-image": (_as_ever, None),
}  # fmt: skip

_DRAWN = (
    (re.compile(r"127\.0\.0\.1:\d+->"), "127.0.0.1:PORT->"),
    (re.compile(r"current time [\dT:Z-]+"), "current time T"),
    (re.compile(r"ingest/[0-9a-f]{64}"), "ingest/H"),
    (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:D"),
)


def _alike(text: str) -> str:
    for pattern, plain in _DRAWN:
        text = pattern.sub(plain, text)
    return text


@cache
def _recorded() -> dict[tuple[str, str], tuple[str, list[str]]]:
    """(runtime, scenario) -> the image, and everything the runtime said of its pull."""
    found: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for path in SCENARIOS.glob("*/*/scenario.yaml"):
        image = yaml.safe_load(path.read_text())["image"]
        events = json.loads((path.parent / "dump" / "events.json").read_text())["items"]
        prefix = f'Failed to pull image "{image}": '
        said = [each["message"] for each in events if each["message"].startswith(prefix)]
        if said:
            found[path.parts[-3], path.parts[-2]] = image, [text.removeprefix(prefix) for text in said]
    return found


def _cases() -> list[tuple[str, str]]:
    return [(runtime, scenario) for runtime, scenario in sorted(_recorded()) if scenario in FAULTS]


@pytest.mark.parametrize(("runtime", "scenario"), _cases())
async def test_runtime_says_what_was_recorded(runtime: str, scenario: str) -> None:
    """In the same words, with the same reason."""
    change, login = FAULTS[scenario]
    image, said = _recorded()[runtime, scenario]
    world = _world()
    change(world)
    failed = await _failed(world, runtime, image, login)
    reason = "" if failed.reason == "ErrImagePull" else f"{failed.reason}: "
    assert _alike(reason + failed.text) in [_alike(text) for text in said]


async def _failed(world: World, runtime: str, image: str, login: Login | None) -> Failed:
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(SimulatedRegistries(world.registries.values()))
        line = await stack.enter_async_context(Line(served.url, world.sites, world.outlook, lambda: NOW))
        asking = Crio(line, NODE) if runtime == "cri-o" else Containerd(line, NODE, runtime.partition("-")[2])
        with pytest.raises(Failed) as failed:
            await asking.pull(parse(image), login)
    return failed.value


@pytest.mark.parametrize("runtime", ["containerd-1.6", "containerd-1.7", "cri-o"])
async def test_some_runtimes_wait_for_ever(runtime: str) -> None:
    """Where a registry takes the connection and says nothing, all but containerd 2 were never heard of again."""
    failed = await _failed(_world(), runtime, "hang.corp.test/shop/web:v1", None)
    assert failed.never


def test_every_recorded_text_is_tried() -> None:
    """What is left out: a signature policy, which no simulated node has, and a registry that recovers by and by."""
    left = {scenario for _, scenario in _recorded()} - set(FAULTS)
    assert left == {"signature-missing", "recovered-flaky"}
