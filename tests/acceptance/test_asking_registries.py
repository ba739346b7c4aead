"""The command line asks a real registry: as far as flags and settings allow, as the kubelet would, and no further."""

import asyncio
import base64
import json
import os
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.cli import output
from tests.fakes import certificates, objects
from tests.fakes.api_server import FakeApiServer
from tests.fakes.registry_content import Repository, index, single
from tests.fakes.registry_families import HTPASSWD
from tests.fakes.registry_server import RegistryServer


IMAGEPULL = Path(sys.executable).with_name("imagepull")
USER, PASSWORD = "canary-user-4711", "canary-password-4711"


@dataclass(frozen=True)
class Stage:
    """A cluster whose pod wants a tag that is not there, its registry, and a home to call from."""

    home: Path
    registry: RegistryServer
    cluster: FakeApiServer

    @property
    def at(self) -> str:
        """``HOST=CIDR`` of the registry, for the flag."""
        return f"{self.registry.host}=127.0.0.1:{self.registry.port}"

    def settings(self, **registry: Any) -> None:
        """Write them: the registry's authorities, and whatever else is said of it."""
        (self.home / "ca.pem").write_text(certificates.REGISTRY_AUTHORITY)
        said = {self.registry.host: {"ca_file": str(self.home / "ca.pem"), **registry}}
        (self.home / "imagepull.yaml").write_text(yaml.safe_dump({"registries": said}))

    async def call(self, *words: str, code: int = 0) -> tuple[str, str]:
        """What a call prints on stdout and stderr; never a credential."""
        kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        process = await asyncio.create_subprocess_exec(
            IMAGEPULL,
            *words,
            cwd=self.home,
            env={**kept, "HOME": str(self.home), "PYTHONWARNINGS": "error"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = (each.decode() for each in await asyncio.wait_for(process.communicate(), 60))
        assert process.returncode == code, err
        assert "Traceback" not in err
        for secret in (USER, PASSWORD, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()):
            assert secret not in out + err
        return out, err

    async def why(self, *words: str) -> dict[str, Any]:
        """The JSON of a diagnosis of the one pod."""
        out, _ = await self.call("why", "web-1", "-n", "shop", "-o", "json", *words)
        values: dict[str, Any] = json.loads(out)
        jsonschema.validate(values, output.schema())
        return values


def _pod(registry: str) -> dict[str, Any]:
    image = f"{registry}/shop/web:1.5"
    message = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {image}: not found'
    return objects.pod(
        state=objects.waiting("ErrImagePull", message),
        spec={"containers": [{"name": "app", "image": image}], "imagePullSecrets": [{"name": "regcred"}]},
    )


def _secret(registry: str) -> dict[str, Any]:
    auths = {"auths": {registry: {"username": USER, "password": PASSWORD}}}
    content = base64.b64encode(json.dumps(auths).encode()).decode()
    kind = "kubernetes.io/dockerconfigjson"
    return objects.named("Secret", "regcred", type=kind, data={".dockerconfigjson": content})


@asynccontextmanager
async def _registry(folder: Path) -> AsyncIterator[RegistryServer]:
    for name, text in (("tls.pem", certificates.REGISTRY), ("tls.key", certificates.REGISTRY_KEY)):
        (folder / name).write_text(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem", folder / "tls.key")
    held = {"shop/web": Repository({"1.4": index(single(name="web"))}, frozenset({USER}))}
    async with RegistryServer(held, HTPASSWD, users={USER: PASSWORD}, tls=context) as server:
        yield server


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Everything up, and nothing said about registries yet but whose certificates to trust."""
    async with _registry(tmp_path) as registry:
        world = [_pod(registry.host), _secret(registry.host)]
        async with FakeApiServer(world, date=None) as cluster:
            config = {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "here",
                "clusters": [{"name": "here", "cluster": {"server": cluster.url}}],
                "users": [{"name": "me", "user": {}}],
                "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
            }
            (tmp_path / ".kube").mkdir()
            (tmp_path / ".kube" / "config").write_text(yaml.safe_dump(config))
            ready = Stage(tmp_path, registry, cluster)
            ready.settings()
            yield ready


@pytest.mark.attack("R1", "unknown names the flag")
async def test_nobody_asks_a_registry_that_nobody_named(stage: Stage) -> None:
    """And the answer names the flag that would let it be asked."""
    told = await stage.why()
    assert not stage.registry.requests
    assert told["asked"] == []
    out, _ = await stage.call("why", "web-1", "-n", "shop")
    assert f"--allow-registry {stage.registry.host}" in out


@pytest.mark.attack("R1", "well-known ones and listed ones")
async def test_flag_lets_a_registry_be_asked_anonymously(stage: Stage) -> None:
    """Nothing of a credential is sent, and the cluster is asked for no Secret more than without it."""
    await stage.why()
    before = len(stage.cluster.asked("secrets"))
    told = await stage.why("--allow-registry", stage.at)
    assert len(stage.cluster.asked("secrets")) == 2 * before
    assert stage.registry.requests
    assert not any(each.authorization for each in stage.registry.requests)
    (asked,) = told["asked"]
    assert (asked["registry"], asked["budget"]) == (stage.registry.host, "60/h")
    assert asked["questions"] == len(stage.registry.requests)


async def test_flag_lets_the_pod_s_own_secret_decide(stage: Stage) -> None:
    """With it the registry says what the message leaves open: the repository is there, and which tag is."""
    told = await stage.why("--probe", "credentials", "--allow-registry", stage.at)
    assert stage.registry.heard(PASSWORD)
    verdict = told["failures"][0]["verdict"]
    assert (verdict["cause"], verdict["confidence"]) == ("wrong-tag", "high")
    assert "1.4" in json.dumps(verdict["evidence"])
    out, _ = await stage.call(
        "why", "web-1", "-n", "shop", "--probe", "credentials", "--allow-registry", stage.at
    )
    assert out.splitlines()[-1].startswith(f"asked {stage.registry.host} ")


async def test_name_that_leads_inward_is_not_followed_unless_told_where(stage: Stage) -> None:
    """Without its addresses the registry is allowed, and its address is not."""
    await stage.why("--allow-registry", stage.registry.host)
    await stage.why("--allow-registry", f"{stage.registry.host}=10.20.0.0/16")
    assert not stage.registry.requests


async def test_settings_let_a_registry_be_asked(stage: Stage) -> None:
    """As far as they say, also without a flag."""
    stage.settings(probe="credentials", addresses=["127.0.0.0/8"], budget="30/h")
    told = await stage.why()
    assert told["failures"][0]["verdict"]["cause"] == "wrong-tag"
    assert told["asked"][0]["budget"] == "30/h"
    assert stage.registry.heard(PASSWORD)


@pytest.mark.attack("R1", "off")
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"probe": "off"}, ("--probe", "credentials")),
        ({"probe": "credentials"}, ("--probe", "off")),
    ],
)
async def test_off_is_off_whoever_says_it(stage: Stage, said: dict[str, Any], words: tuple[str, ...]) -> None:
    """The settings or the flag."""
    stage.settings(**said, addresses=["127.0.0.1"])
    allow = () if "off" in words else ("--allow-registry", stage.at)
    await stage.why(*words, *allow)
    assert not stage.registry.requests


async def test_flag_keeps_credentials_at_home_whatever_the_settings_say(stage: Stage) -> None:
    """Who types anonymous means it."""
    stage.settings(probe="credentials", addresses=["127.0.0.1"])
    await stage.why("--probe", "anonymous")
    assert stage.registry.requests
    assert not stage.registry.heard(PASSWORD)


async def test_spent_budget_is_told_and_stops_the_asking(stage: Stage) -> None:
    """The registry hears no more than that, and the answer says what would help."""
    stage.settings(probe="credentials", addresses=["127.0.0.1"], budget="1/h")
    told = await stage.why()
    assert len(stage.registry.requests) == 1
    assert told["asked"][0]["questions"] == 1


async def test_registry_that_is_not_trusted_gets_no_credential(stage: Stage) -> None:
    """Its authority is not listed, so nothing is sent at all."""
    (stage.home / "imagepull.yaml").unlink()
    await stage.why("--probe", "credentials", "--allow-registry", stage.at)
    assert not stage.registry.requests


@pytest.mark.attack(35, "warning for live Secrets")
@pytest.mark.attack("R1", "nothing is opened for a dump", "a dump's credentials stay")
async def test_dump_with_a_live_secret_opens_nothing(stage: Stage) -> None:
    """Though these settings have the registry asked with a live cluster's credentials, as above."""
    stage.settings(probe="credentials", addresses=["127.0.0.0/8"])
    dump = stage.home / "dump"
    dump.mkdir()
    world = {"pods": [_pod(stage.registry.host)], "secrets": [_secret(stage.registry.host)]}
    for plural, items in world.items():
        (dump / f"{plural}.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    out, err = await stage.call("why", "web-1", "-n", "shop", "--from", "dump", "-o", "json")
    assert "a dump opens no connection" in out
    assert "live" in out + err
    assert not stage.registry.requests


@pytest.mark.attack("R1", "nothing is opened for a dump")
async def test_dump_with_the_flags_is_refused(stage: Stage) -> None:
    """No connection is opened for it, so they can mean nothing."""
    for words in (("--probe", "anonymous"), ("--allow-registry", stage.at)):
        _, err = await stage.call("why", "web-1", "--from", "dump", *words, code=2)
        assert "hint: drop --probe" in err
    assert not stage.registry.requests
