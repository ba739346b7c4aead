"""From a failing pod to a proven cause, with Debian's own registry as the witness: locked, and with a private authority.

The pods fail with the words of real runtimes, recorded elsewhere and moved here; what the registry says is said now.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_network

import pytest

from bot.facts.evidence import Answer
from bot.facts.image import Platform
from bot.facts.objects import Node, SecretEntry
from bot.facts.objects import PullSecret as Secret
from bot.facts.verdict import Confidence, Verdict
from bot.ports.credentials import Credential
from bot.ports.reading import Scan
from bot.registry.permits import Budget, Permit, Probe, Reach
from bot.registry.remembering import Remembering
from bot.wiring import Knowledge
from bot.workflows import diagnose
from tests import recorded, staged
from tests.contract.conftest import Started
from tests.fakes import certificates
from tests.fakes.asking_live import clock, prober_on
from tests.fakes.docker_registry import PASSWORD, USER, Variant
from tests.fakes.registry_content import HELM_CONFIG


RUNTIMES = ["containerd-1.6", "containerd-1.7", "containerd-2", "cri-o"]
GOOD, BAD = Credential(USER, PASSWORD), Credential(USER, "wrong-canary")


@dataclass(frozen=True)
class Stage:
    """A locked registry, and somebody who may ask it with a pod's credentials."""

    host: str
    permit: Permit
    known: Knowledge

    async def why(
        self,
        scenario: str,
        image: str,
        lent: Credential = GOOD,
        *,
        attached: bool = True,
        platform: str = "amd64",
    ) -> "Found":
        """What is found of one pod that fails as recorded, for this image, on a node of that platform."""
        facts = staged.failing(scenario, "web-7c-1", "node-a", image=f"{self.host}/{image}")
        names = ("regcred",) if attached else ()
        secret = Secret("shop", "regcred", entries=(SecretEntry(self.host, fingerprint="f1"),))
        facts = replace(
            staged.with_pods(facts, pull_secrets=names),
            secrets=(secret,),
            accounts=(),
            nodes=(Node("node-a", Platform("linux", platform)),),
        )
        async with prober_on(self.permit, {"regcred": lent}) as live:
            world = replace(
                recorded.world(facts.reader(), self.known),
                prober=Remembering(live.prober, clock),
                asked=live.thrifty.asked,
            )
            report = await diagnose.why(world, (), Scan())
        assert "canary" not in repr(report)
        (diagnosis,) = report.diagnoses
        (asked,) = report.asked
        return Found(diagnosis.verdict, asked.questions)


@dataclass(frozen=True)
class Found:
    """A verdict, and how many requests the registry got for it."""

    verdict: Verdict
    questions: int


@pytest.fixture(scope="module")
def stage(debian: Started, tmp_path_factory: pytest.TempPathFactory, known: Knowledge) -> Stage:
    """One registry for all of them; each diagnosis asks with a budget and a memory of its own."""
    registry = debian(Variant(locked=True))
    ca_file = tmp_path_factory.mktemp("tls") / "ca.pem"
    ca_file.write_text(certificates.REGISTRY_AUTHORITY)
    reach = (Reach(ip_network("127.0.0.1/32"), registry.port),)
    permit = Permit(registry.host, Probe.CREDENTIALS, Budget(), reach, ca_file)
    return Stage(registry.host, permit, known)


def _details(verdict: Verdict, check: str, answer: Answer) -> Mapping[str, str]:
    """The details of a piece of evidence, which has to have that answer."""
    evidence = verdict.answer(check)
    assert evidence is not None
    assert evidence.answer is answer
    return evidence.details


def _sure(verdict: Verdict) -> str | None:
    """The cause, which has to be proven."""
    assert verdict.confidence is Confidence.HIGH
    assert not verdict.possible
    return verdict.cause


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_wrong_tag_is_proven_and_the_nearest_named(stage: Stage, runtime: str) -> None:
    """A dot was dropped; the tag that was meant is there, and the node can run it."""
    found = await stage.why(f"{runtime}/secret-good-tag-missing", "shop/web:1.41")
    assert _sure(found.verdict) == "wrong-tag"
    assert _details(found.verdict, "manifest-exists", Answer.NO)["secret"] == "regcred"
    near = _details(found.verdict, "similar-tag-exists", Answer.YES)
    assert (near["nearest"], near["pullable"], near["platform"]) == ("1.4.1", "yes", "linux/amd64")
    assert found.questions <= 10


@pytest.mark.parametrize(("platform", "answer"), [("amd64", Answer.NO), ("arm64", Answer.YES)])
async def test_nearest_tag_is_one_that_the_node_can_run(stage: Stage, platform: str, answer: Answer) -> None:
    """A single arm64 image helps on arm64 alone; its config was asked."""
    found = await stage.why("containerd-2/secret-good-tag-missing", "shop/web:arn", platform=platform)
    assert found.verdict.cause == "wrong-tag"
    near = _details(found.verdict, "similar-tag-exists", answer)
    assert near.get("nearest", "") == ("arm" if answer is Answer.YES else "")


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_wrong_repository_is_proven_where_its_tags_are_refused(stage: Stage, runtime: str) -> None:
    """docker-registry says of its manifests what it says of a missing tag; the list of tags tells them apart."""
    found = await stage.why(f"{runtime}/wrong-repo", "shop/wbe:1.4")
    assert _sure(found.verdict) == "wrong-repository"
    _details(found.verdict, "repository-exists", Answer.NO)


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_wrong_password_is_rejected(stage: Stage, runtime: str) -> None:
    """Tried by us as the kubelet tried it; nobody else gets in either."""
    found = await stage.why(f"{runtime}/secret-wrong-password", "shop/web:1.4", BAD)
    assert _sure(found.verdict) == "credentials-rejected"
    assert _details(found.verdict, "credential-accepted", Answer.NO)["secret"] == "regcred"
    assert found.questions <= 6


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_secret_that_nobody_attached_is_found_to_work(stage: Stage, runtime: str) -> None:
    """It lies in the namespace, it is for this registry, and it opens the image."""
    found = await stage.why(f"{runtime}/secret-not-attached", "shop/web:1.4", attached=False)
    assert _sure(found.verdict) == "pull-secret-not-attached"
    assert _details(found.verdict, "unattached-secret-works", Answer.YES)["secret"] == "regcred"
    assert found.questions <= 6


async def test_secret_that_nobody_attached_may_not_work_either(stage: Stage) -> None:
    """Then attaching it would not help, and the evidence says so."""
    found = await stage.why("containerd-2/secret-not-attached", "shop/web:1.4", BAD, attached=False)
    assert _details(found.verdict, "unattached-secret-works", Answer.NO)["secret"] == "regcred"


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_image_for_another_processor_is_proven_by_its_config(stage: Stage, runtime: str) -> None:
    """A single arm64 image was pulled well on amd64; the log alone shows that it cannot run."""
    found = await stage.why(f"{runtime}/exec-format", "shop/web:arm")
    assert _sure(found.verdict) == "wrong-architecture"
    told = _details(found.verdict, "config-platform-matches", Answer.NO)
    assert (told["platform"], told["image_platform"]) == ("linux/amd64", "linux/arm64/v8")
    assert found.questions <= 4


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_platform_that_an_index_lacks_is_proven(stage: Stage, runtime: str) -> None:
    """The evidence names what it offers instead."""
    found = await stage.why(f"{runtime}/platform-no-amd64", "shop/web:1.4", platform="s390x")
    assert _sure(found.verdict) == "wrong-architecture"
    offered = _details(found.verdict, "platform-offered", Answer.NO)["offered"]
    assert offered == "linux/amd64, linux/arm64/v8"


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_chart_is_told_from_an_image(stage: Stage, runtime: str) -> None:
    """By its media type, which the evidence names."""
    found = await stage.why(f"{runtime}/helm-chart-as-image", "shop/chart:1.0")
    assert found.verdict.cause == "image-format-unsupported"
    assert HELM_CONFIG in _details(found.verdict, "media-type-is-image", Answer.NO).values()


async def test_registry_is_asked_no_more_than_it_may_be(stage: Stage) -> None:
    """What stays open says whose budget is spent, and nothing is ruled out by it."""
    scarce = replace(stage, permit=replace(stage.permit, budget=Budget(1, 3600)))
    found = await scarce.why("containerd-2/secret-good-tag-missing", "shop/web:1.41")
    assert found.questions == 1
    assert found.verdict.confidence is not Confidence.HIGH
    evidence = found.verdict.answer("manifest-exists")
    assert evidence is not None
    assert evidence.answer is Answer.UNKNOWN
    assert evidence.would_answer == f"registries.{stage.host}.budget in the settings"
