"""Manifests asked about before they are deployed: facts and answers in, what is to be expected out."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.facts.evidence import Answer
from bot.facts.image import Platform
from bot.facts.objects import (
    Container,
    ContainerKind,
    Node,
    PullSecret,
    SecretEntry,
    ServiceAccount,
    Unread,
)
from bot.facts.precheck import Forecast, Manifests, Outcome, Placement, Planned, Precheck
from bot.facts.testimony import Fault, Step, Testimony
from bot.ports.reading import ClusterReader
from bot.registry.unasked import UnaskedRegistry
from bot.workflows.planned import AbsentCluster
from bot.workflows.precheck import precheck
from bot.workflows.world import World
from tests.cases import BOOK, IMAGE
from tests.fakes.cluster import DENIED, NOW, FakeReader
from tests.fakes.registry import FakeProber, Given, answered, failed, index, single, tagged


AMD, ARM = Platform("linux", "amd64"), Platform("linux", "arm64")
NODES = (Node("a", AMD), Node("b", AMD), Node("c", ARM))
ABSENT = AbsentCluster("no cluster was asked", "drop --no-cluster")
BOTH = index(AMD, ARM)


def refused(status: int = 401) -> Testimony:
    """The registry wants to know who asks."""
    return answered(status, code="UNAUTHORIZED", challenged=True)


def deployment(*images: str, name: str = "web", **changes: Any) -> Planned:
    """A workload with a container for each image."""
    containers = tuple(
        Container(f"c{number}", ContainerKind.MAIN, image) for number, image in enumerate(images or (IMAGE,))
    )
    facts: dict[str, Any] = {"containers": containers, **changes}
    return Planned("web.yaml", "Deployment", "shop", name, **facts)


def regcred(name: str = "regcred", *keys: str, **changes: Any) -> PullSecret:
    """A pull secret of the namespace."""
    entry = SecretEntry("", fingerprint=name, expires=changes.pop("expires", None))
    entries = tuple(
        SecretEntry(key, fingerprint=entry.fingerprint, expires=entry.expires)
        for key in keys or ("registry.example",)
    )
    return PullSecret("shop", name, entries=entries, **changes)


def world(
    reader: ClusterReader | None = None, answers: Mapping[str, Given] | None = None, **changes: Any
) -> World:
    """A cluster of three nodes, and a registry with these answers."""
    return World(
        reader=reader or FakeReader(nodes=NODES),
        prober=changes.pop("prober", FakeProber({"base": answered(step=Step.BASE), **(answers or {})})),
        signatures=None,  # type: ignore[arg-type]  # no message is recognised here
        causes=(),
        registries=BOOK,
        **changes,
    )


async def check(
    where: World, *planned: Planned, platforms: Sequence[Platform] = (), **files: Any
) -> tuple[Forecast, ...]:
    """What is to be expected of these workloads."""
    found: Precheck = await precheck(where, Manifests(planned or (deployment(),), **files), NOW, platforms)
    return found.forecasts


async def only(where: World, *planned: Planned, **changes: Any) -> Forecast:
    """What is to be expected of the one image."""
    (found,) = await check(where, *planned, **changes)
    return found


def told(found: Forecast) -> tuple[Outcome, tuple[str, ...]]:
    """The outcome with what decides it."""
    return found.outcome, found.decisive


async def test_a_public_image_for_every_node_is_fine() -> None:
    """With the nodes it may land on, by platform."""
    found = await only(world(answers={"manifest": BOTH}))
    assert told(found) == (Outcome.OK, ("anonymous-pull-works",))
    assert [(each.platform, each.nodes, each.answer) for each in found.landings] == [
        (AMD, ("a", "b"), Answer.YES),
        (ARM, ("c",), Answer.YES),
    ]
    assert found.unread == ()


async def test_a_check_says_when_and_where_it_was_made() -> None:
    """As reports of failures do."""
    found = await precheck(world(answers={"manifest": BOTH}), Manifests((deployment(),)), NOW)
    assert (found.cluster, found.observed_at) == ("fake", "2026-11-22T09:00:00Z")


async def test_an_image_without_some_nodes_platform_is_a_warning() -> None:
    """It may land there; where the workload keeps off those nodes it is fine; where it wants them it fails."""
    answers = {"manifest": index(AMD)}
    assert told(await only(world(answers=answers))) == (Outcome.MAY_FAIL, ("platform-offered",))
    on_amd = deployment(placement=Placement({"kubernetes.io/arch": "amd64"}))
    assert (await only(world(answers=answers), on_amd)).outcome is Outcome.OK
    on_arm = deployment(placement=Placement({"kubernetes.io/arch": "arm64"}))
    found = await only(world(answers=answers), on_arm)
    assert told(found) == (Outcome.WILL_FAIL, ("platform-offered",))
    assert found.landings[0].evidence[0].details["platform"] == "linux/arm64"


async def test_a_single_manifest_is_told_by_its_config() -> None:
    """It is pulled anywhere and runs only where it was built for."""
    config = Testimony(answered(step=Step.CONFIG).told, platform=ARM)
    found = await only(world(answers={"manifest": single(), "config": config}))
    assert told(found) == (Outcome.MAY_FAIL, ("platform-offered",))
    assert [each.evidence[0].check for each in found.landings] == ["config-platform-matches"] * 2


async def test_given_platforms_stand_for_the_nodes() -> None:
    """Also without a cluster; labels that a platform does not tell rule nothing out."""
    answers = {"manifest": index(AMD)}
    found = await only(world(ABSENT, answers), platforms=(AMD,))
    assert (found.outcome, found.landings[0].nodes) == (Outcome.OK, ())
    assert [each.what for each in found.unread] == ["serviceaccounts in shop"]
    pooled = deployment(placement=Placement({"pool": "x"}))
    assert (await only(world(ABSENT, answers), pooled, platforms=(ARM,))).outcome is Outcome.WILL_FAIL
    assert (await only(world(answers=answers), platforms=(AMD, ARM))).outcome is Outcome.MAY_FAIL


async def test_a_placement_that_names_its_platform_needs_no_node() -> None:
    """The pool may be empty, or the nodes unread."""
    on_arm = deployment(placement=Placement({"kubernetes.io/arch": "arm64"}))
    for reader in (ABSENT, FakeReader(nodes=[Node("a", AMD)]), FakeReader(nodes=DENIED)):
        found = await only(world(reader, {"manifest": index(AMD)}), on_arm)
        assert (found.outcome, [each.platform for each in found.landings]) == (Outcome.WILL_FAIL, [ARM])


async def test_nodes_that_nobody_knows_leave_it_open() -> None:
    """Unread, absent, mute about their platform, or none that fits."""
    answers = {"manifest": BOTH}
    for reader, what in (
        (ABSENT, "nodes"),
        (FakeReader(nodes=DENIED), DENIED.what),
        (FakeReader(nodes=()), ""),
    ):
        found = await only(world(reader, answers))
        assert told(found) == (Outcome.UNKNOWN, ("platform-offered",))
        assert any(what in each.what for each in found.unread)
    mute = await only(world(FakeReader(nodes=[Node("a")]), answers))
    assert told(mute) == (Outcome.UNKNOWN, ("platform-offered",))


async def test_a_missing_tag_fails_and_the_nearest_is_named() -> None:
    """Proven by the list of tags."""
    answers = {"manifest": answered(404, code="MANIFEST_UNKNOWN"), "tags": tagged("1.3", "1.5", "2.0")}
    near = {"registry.example/shop/web:1.3 manifest": BOTH, "registry.example/shop/web:1.5 manifest": BOTH}
    found = await only(world(answers=answers | near))
    assert told(found) == (Outcome.WILL_FAIL, ("manifest-exists", "similar-tag-exists"))
    similar = found.answer("similar-tag-exists")
    assert similar is not None
    assert similar.details["nearest"] in ("1.3", "1.5")
    assert all(each.evidence == () for each in found.landings)


async def test_a_missing_repository_fails() -> None:
    """An open registry that says so."""
    gone = answered(404, code="NAME_UNKNOWN")
    found = await only(world(answers={"manifest": gone, "tags": gone}))
    assert told(found) == (Outcome.WILL_FAIL, ("repository-exists",))


async def test_a_host_that_dns_denies_is_a_warning_and_from_within_the_end() -> None:
    """What our DNS says is what the nodes' says only where we stand beside them."""
    gone = failed(Fault.DNS_NXDOMAIN)
    answers = {"base": gone, "manifest": gone}
    assert told(await only(world(answers=answers))) == (Outcome.MAY_FAIL, ("registry-host-exists",))
    assert (await only(world(answers=answers, vantage="inside"))).outcome is Outcome.WILL_FAIL


async def test_a_mirror_of_the_settings_is_asked_too() -> None:
    """Where the nodes find the image there, a tag that upstream lacks is a warning."""
    gone = {"manifest": answered(404, code="MANIFEST_UNKNOWN"), "tags": tagged("2.0")}
    mirrored = {"mirror.example/shop/web:1.4 manifest": BOTH}
    mirrors = {"registry.example": "mirror.example"}
    assert (await only(world(answers=gone | mirrored))).outcome is Outcome.WILL_FAIL
    found = await only(world(answers=gone | mirrored, mirrors=mirrors))
    assert (found.outcome, found.decisive[-1]) == (Outcome.MAY_FAIL, "mirror-has-image")


async def test_a_registry_that_fails_now_is_a_warning() -> None:
    """It may be well by then."""
    answers = {"base": answered(503), "manifest": answered(503)}
    assert told(await only(world(answers=answers))) == (Outcome.MAY_FAIL, ("registry-answers",))


async def test_nobody_may_ask_so_nothing_is_known() -> None:
    """Not fine, not failing; the flag that would answer it comes along."""
    unasked = UnaskedRegistry("not asked", "--allow-registry registry.example")
    found = await only(world(prober=unasked))
    assert found.outcome is Outcome.UNKNOWN
    missing = found.answer(found.decisive[0])
    assert missing is not None
    assert missing.would_answer == "--allow-registry registry.example"


async def test_a_reference_that_does_not_parse_fails_without_a_question() -> None:
    """Nothing is asked of anybody."""
    prober = FakeProber()
    found = await only(world(prober=prober), deployment("shop/Web:1"))
    assert told(found) == (Outcome.WILL_FAIL, ("reference-parses",))
    assert not prober.asked


async def test_a_container_without_an_image_is_open() -> None:
    """A patch, or a template that something else will fill."""
    found = await only(world(), deployment(""))
    assert found.outcome is Outcome.UNKNOWN
    assert found.unread == (
        Unread("the image of c0 in Deployment/web", "the manifest names none", "render the manifest first"),
    )


async def test_an_image_that_is_never_pulled_is_a_warning() -> None:
    """Whether the nodes hold it nobody here can promise; no registry is asked."""
    prober = FakeProber()
    never = (Container("app", ContainerKind.MAIN, IMAGE, "Never"),)
    found = await only(
        world(FakeReader(nodes=NODES, accounts=DENIED), prober=prober), deployment(containers=never)
    )
    assert told(found) == (Outcome.MAY_FAIL, ("image-is-local",))
    assert found.unread == ()
    assert not prober.asked


async def test_every_container_is_asked_about_and_each_image_once() -> None:
    """Those of one image and policy together, in the order of the manifest."""
    kinds = (ContainerKind.IMAGE_VOLUME, ContainerKind.INIT, ContainerKind.SIDECAR, ContainerKind.MAIN)
    containers = tuple(Container(kind.value, kind, f"registry.example/{kind.value}:1") for kind in kinds)
    again = Container("again", ContainerKind.MAIN, "registry.example/init:1")
    found = await check(
        world(answers={"manifest": BOTH}),
        deployment(containers=(*containers, again)),
        deployment("registry.example/other:1", name="other"),
    )
    assert [[each.name for each in forecast.containers] for forecast in found] == [
        ["image-volume"],
        ["init", "again"],
        ["sidecar"],
        ["main"],
        ["c0"],
    ]
    assert {each.outcome for each in found} == {Outcome.OK}


async def test_a_retired_registry_is_a_warning() -> None:
    """Though the image may still be there."""
    found = await only(world(answers={"manifest": BOTH}), deployment("k8s.gcr.io/pause:3.9"))
    assert told(found) == (Outcome.MAY_FAIL, ("registry-retired",))


async def test_a_secret_that_opens_the_image_is_fine() -> None:
    """Named by the template, by the ServiceAccount of a file, or by the cluster's."""
    answers = {"manifest": refused(), "manifest secret:shop/regcred": index(AMD, ARM, scheme="Basic")}
    builder = ServiceAccount("shop", "builder", ("regcred",))
    reader = FakeReader(nodes=NODES, secrets=[regcred()])
    with_account = FakeReader(nodes=NODES, secrets=[regcred()], accounts=[builder])
    named = deployment(pull_secrets=("regcred",))
    by_account = deployment(service_account="builder")
    for found in (
        await only(world(reader, answers), named),
        await only(world(with_account, answers), by_account),
        await only(world(reader, answers), by_account, accounts=(builder,)),
    ):
        assert told(found) == (Outcome.OK, ("repository-permitted",))
        assert found.pull_secrets == ("regcred",)


@pytest.mark.parametrize(
    ("secret", "decisive"),
    [
        ((), ("secret-exists",)),
        ((regcred("regcred", "other.example"),), ("secret-matches-registry",)),
        (
            (regcred("regcred", "registry.example:5000"),),
            ("secret-matches-registry", "secret-key-nearly-matches"),
        ),
        ((regcred(type="Opaque", flaw="wrong-type"),), ("secret-type-right",)),
        (
            (regcred("regcred", "other.example"), regcred("spare")),
            ("secret-matches-registry", "secret-for-registry-exists"),
        ),
    ],
)
async def test_a_secret_that_gives_the_kubelet_nothing_fails(
    secret: tuple[PullSecret, ...], decisive: tuple[str, ...]
) -> None:
    """Missing, for another registry, misspelled, of the wrong type; one that would do is named."""
    reader = FakeReader(nodes=NODES, secrets=secret)
    found = await only(world(reader, {"manifest": refused()}), deployment(pull_secrets=("regcred",)))
    assert told(found) == (Outcome.WILL_FAIL, ("anonymous-pull-works", *decisive, "repository-exists"))


async def test_a_missing_secret_breaks_no_public_image() -> None:
    """The kubelet goes on without it."""
    found = await only(world(answers={"manifest": BOTH}), deployment(pull_secrets=("gone",)))
    assert found.outcome is Outcome.OK


async def test_a_malformed_secret_breaks_public_images_too() -> None:
    """Though a good one stands beside it: the one in the way is named."""
    broken = PullSecret("shop", "broken", flaw="bad-base64", flaw_fails_pull=True)
    reader = FakeReader(nodes=NODES, secrets=[regcred("good"), broken])
    found = await only(world(reader, {"manifest": BOTH}), deployment(pull_secrets=("good", "broken")))
    assert told(found) == (Outcome.WILL_FAIL, ("secret-well-formed",))
    said = found.answer("secret-well-formed")
    assert said is not None
    assert said.details["secret"] == "broken"


async def test_refused_and_expired_credentials_fail() -> None:
    """Also where everybody else gets the image."""
    stale = {
        "manifest": BOTH,
        "manifest secret:shop/regcred": answered(401, scheme="Basic"),
        "login": refused(),
    }
    named = deployment(pull_secrets=("regcred",))
    reader = FakeReader(nodes=NODES, secrets=[regcred()])
    assert told(await only(world(reader, stale), named)) == (Outcome.WILL_FAIL, ("credential-accepted",))
    old = FakeReader(nodes=NODES, secrets=[regcred(expires=NOW - timedelta(hours=1))])
    unsent = {"manifest secret:shop/regcred": Unread("registry", "not asked", "--probe credentials")}
    found = await only(world(old, {"manifest": refused()} | unsent), named)
    assert told(found) == (Outcome.WILL_FAIL, ("credential-expired",))


async def test_an_untried_credential_leaves_it_open() -> None:
    """It is not sent unless that is allowed; what the anonymous get proves nothing for this pod."""
    unsent = {"manifest secret:shop/regcred": Unread("registry", "not asked", "--probe credentials")}
    reader = FakeReader(nodes=NODES, secrets=[regcred()])
    for anonymous in (refused(), BOTH):
        found = await only(
            world(reader, {"manifest": anonymous} | unsent), deployment(pull_secrets=("regcred",))
        )
        assert found.outcome is Outcome.UNKNOWN
        asked = found.answer("credential-accepted")
        assert asked is not None
        assert asked.would_answer == "--probe credentials"


async def test_a_secret_of_a_file_counts_and_is_not_sent() -> None:
    """It exists and fits; whether it opens anything is known once it is applied."""
    prober = FakeProber({"base": answered(), "manifest": refused()})
    named = deployment(pull_secrets=("regcred",))
    found = await only(world(ABSENT, prober=prober), named, platforms=(AMD,), secrets=(regcred(),))
    assert found.outcome is Outcome.UNKNOWN
    for check_id, answer in (("secret-exists", Answer.YES), ("secret-matches-registry", Answer.YES)):
        said = found.answer(check_id)
        assert said is not None
        assert said.answer is answer
    assert all(identity.is_anonymous for identity in prober.identities)
    mismatched = await only(
        world(ABSENT, prober=prober), named, platforms=(AMD,), secrets=(regcred("regcred", "other.example"),)
    )
    assert mismatched.outcome is Outcome.WILL_FAIL


async def test_secrets_that_may_not_be_read_leave_it_open() -> None:
    """Whatever the anonymous get."""
    reader = FakeReader(nodes=NODES, secrets=DENIED)
    named = deployment(pull_secrets=("regcred",))
    for anonymous in (refused(), BOTH):
        assert (await only(world(reader, {"manifest": anonymous}), named)).outcome is Outcome.UNKNOWN


async def test_accounts_that_may_not_be_read_leave_only_the_refused_open() -> None:
    """And are told in any case."""
    reader = FakeReader(nodes=NODES, accounts=DENIED)
    public = await only(world(reader, {"manifest": BOTH}))
    assert (public.outcome, public.unread) == (Outcome.OK, (DENIED,))
    private = await only(world(reader, {"manifest": refused()}))
    assert (private.outcome, private.unread) == (Outcome.UNKNOWN, (DENIED,))
    missing = await only(world(answers={"manifest": refused()}), deployment(service_account="nobody"))
    assert (missing.outcome, missing.unread[0].why) == (Outcome.UNKNOWN, "does not exist")


async def test_without_credentials_a_private_image_fails_and_a_clouds_own_is_open() -> None:
    """Nodes may pull from their cloud's registry with an identity of their own."""
    private = await only(world(answers={"manifest": refused()}))
    assert private.outcome is Outcome.WILL_FAIL
    assert private.decisive == ("anonymous-pull-works", "secret-matches-registry", "repository-exists")
    ecr = deployment("123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1")
    found = await only(world(answers={"manifest": refused()}), ecr)
    assert told(found) == (Outcome.UNKNOWN, ("anonymous-pull-works", "registry-uses-node-identity"))


async def test_what_a_registry_hides_from_the_anonymous_fails_for_a_pod_without_credentials() -> None:
    """Private or missing: nobody can say, and neither can be pulled."""
    hidden = answered(404, code="MANIFEST_UNKNOWN")
    found = await only(
        world(answers={"manifest": hidden, "tags": refused()}), deployment("ghcr.io/shop/web:1")
    )
    assert found.outcome is Outcome.WILL_FAIL
    assert found.decisive[:2] == ("anonymous-pull-works", "secret-matches-registry")


async def test_a_storm_of_images_is_asked_in_turn() -> None:
    """Never more than a few at once, and every one of them."""
    running, most = 0, 0

    class Slow(UnaskedRegistry):
        """Counts who is asking."""

        async def base(self, image: Any) -> Unread:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            return await UnaskedRegistry().base(image)

    found = await check(
        world(prober=Slow()), *(deployment(f"r.example/{n}:1", name=f"w{n}") for n in range(100))
    )
    assert len(found) == 100
    assert most <= 2 * 16
