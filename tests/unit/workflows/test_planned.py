"""The cluster as it will be: files before what is there, and a file's credential never asked with."""

import pytest

from bot.errors import ClusterUnreadable
from bot.facts import image as images
from bot.facts.image import Platform
from bot.facts.objects import Node, PullSecret, SecretEntry, ServiceAccount, Unread
from bot.facts.precheck import Manifests
from bot.facts.testimony import ANONYMOUS, Identity
from bot.ports.reading import ClusterReader, Scan
from bot.workflows.planned import AbsentCluster, PlannedProber, PlannedReader
from tests.fakes.cluster import DENIED, FakeReader
from tests.fakes.registry import FakeProber, answered


IMAGE = images.parse("registry.example/shop/web:1.4")
ABSENT = AbsentCluster("no cluster was asked", "drop --no-cluster")


def secret(name: str = "regcred", print_of: str = "a", namespace: str = "shop") -> PullSecret:
    """A pull secret with one credential."""
    return PullSecret(namespace, name, entries=(SecretEntry("registry.example", fingerprint=print_of),))


def planned(inner: ClusterReader, **files: object) -> PlannedReader:
    """A cluster with these files laid over it."""
    return PlannedReader(inner, Manifests(**files))  # type: ignore[arg-type]  # a test's own words


def who(name: str = "regcred") -> Identity:
    """The credential of a pull secret."""
    return Identity("shop", name, "registry.example", "a")


async def test_secrets_of_files_stand_before_those_of_the_cluster() -> None:
    """By name and namespace; the others are as they are."""
    reader = planned(
        FakeReader(secrets=[secret(), secret("other")]), secrets=(secret(print_of="new"), secret("mine"))
    )
    assert await reader.secret("shop", "regcred") == secret(print_of="new")
    assert await reader.secret("shop", "other") == secret("other")
    assert await reader.secret("shop", "none") is None
    assert await reader.secret("pay", "regcred") is None
    listed = await reader.secrets("shop")
    assert listed == (secret(print_of="new"), secret("mine"), secret("other"))


async def test_what_may_not_be_read_stays_unread_beside_files() -> None:
    """A list with only the files' would say that there are no others."""
    reader = planned(FakeReader(secrets=DENIED, accounts=DENIED), secrets=(secret(),))
    assert await reader.secret("shop", "regcred") == secret()
    assert isinstance(await reader.secrets("shop"), Unread)
    assert isinstance(await reader.service_accounts("shop"), Unread)


async def test_a_secret_that_will_be_made_is_neither_missing_nor_known() -> None:
    """Unless the cluster has one by that name already."""
    coming = Unread("secret regcred in shop", "SealedSecret/regcred will make it", "apply it first")
    promised = {("shop", "regcred"): coming}
    assert await planned(FakeReader(), promised=promised).secret("shop", "regcred") is coming
    there = planned(FakeReader(secrets=[secret()]), promised=promised)
    assert await there.secret("shop", "regcred") == secret()


async def test_applying_an_account_adds_to_what_is_there() -> None:
    """The names of both; one that nobody has but ``default`` is not there."""
    reader = planned(
        FakeReader(accounts=[ServiceAccount("shop", "builder", ("old", "both"))]),
        accounts=(
            ServiceAccount("shop", "builder", ("new", "both")),
            ServiceAccount("shop", "fresh", ("x",)),
        ),
    )
    found = await reader.account("shop", "builder")
    assert found == ServiceAccount("shop", "builder", ("new", "both", "old"))
    assert await reader.account("shop", "fresh") == ServiceAccount("shop", "fresh", ("x",))
    assert await reader.account("shop", "default") == ServiceAccount("shop", "default")
    missing = await reader.account("shop", "nobody")
    assert isinstance(missing, Unread)
    assert missing.why == "does not exist"
    listed = await reader.service_accounts("shop")
    assert not isinstance(listed, Unread)
    assert [each.name for each in listed] == ["builder", "fresh"]


async def test_an_account_of_a_file_is_believed_as_far_as_it_goes() -> None:
    """Where the cluster's may not be read, one without names may have some there; without a cluster it is all there is."""
    named, bare = ServiceAccount("shop", "a", ("x",)), ServiceAccount("shop", "b")
    denied = planned(FakeReader(accounts=DENIED), accounts=(named, bare))
    assert await denied.account("shop", "a") == named
    assert isinstance(await denied.account("shop", "b"), Unread)
    alone = planned(ABSENT, accounts=(named, bare))
    assert await alone.account("shop", "b") == bare
    assert isinstance(await alone.account("shop", "default"), Unread)


async def test_further_platforms_are_nodes_by_their_own_name() -> None:
    """Beside the cluster's, and where those may not be read."""
    arm = Platform("linux", "arm64")
    extra = Node("linux/arm64", arm)
    with_nodes = PlannedReader(FakeReader(nodes=[Node("a")]), Manifests(), (arm,))
    assert await with_nodes.nodes() == (Node("a"), extra)
    assert await PlannedReader(ABSENT, Manifests(), (arm,)).nodes() == (extra,)
    assert isinstance(await PlannedReader(ABSENT, Manifests()).nodes(), Unread)


async def test_everything_else_is_the_clusters() -> None:
    """Asked through, and answered as there."""
    inner = FakeReader()
    reader = planned(inner)
    assert reader.name == inner.name
    await reader.look(Scan())
    await reader.pod("shop", "web")
    await reader.pods("shop")
    await reader.neighbours("shop")
    await reader.events_of("shop", "web")
    await reader.events("shop")
    await reader.namespaces()
    await reader.owners("shop", "Deployment")
    await reader.log_tail("shop", "web", "app", previous=False)
    assert len(inner.calls) == 8  # a neighbour is a pod


async def test_an_absent_cluster_knows_nothing_and_denies_nothing() -> None:
    """Each question is unread, with what would let it be asked."""
    unread = [
        await ABSENT.pod("shop", "web"),
        await ABSENT.pods("shop"),
        await ABSENT.neighbours("shop"),
        await ABSENT.events_of("shop", "web"),
        await ABSENT.events("shop"),
        await ABSENT.nodes(),
        await ABSENT.service_accounts("shop"),
        await ABSENT.secret("shop", "regcred"),
        await ABSENT.secrets("shop"),
        await ABSENT.namespaces(),
        await ABSENT.owners("shop", "Deployment"),
        await ABSENT.log_tail("shop", "web", "app", previous=False),
    ]
    assert {(each.why, each.remedy) for each in unread} == {("no cluster was asked", "drop --no-cluster")}
    assert len({each.what for each in unread}) == 11
    with pytest.raises(ClusterUnreadable):
        await ABSENT.look(Scan())


async def ask_all(prober: PlannedProber, identity: Identity) -> list[object]:
    """Every question that an identity can put."""
    return [
        await prober.login(IMAGE, identity),
        await prober.manifest(IMAGE, identity, whole=True),
        await prober.tags(IMAGE, identity),
        await prober.config(IMAGE, identity, None),
        await prober.layers(IMAGE, identity, ("sha256:1",)),
    ]


@pytest.mark.parametrize(
    "cluster",
    [ABSENT, FakeReader(), FakeReader(secrets=[secret(print_of="old")]), FakeReader(secrets=DENIED)],
)
async def test_a_credential_that_only_a_file_holds_is_never_asked_with(cluster: ClusterReader) -> None:
    """Nor is the cluster's older one in its name."""
    inner = FakeProber()
    prober = PlannedProber(inner, planned(cluster, secrets=(secret(),)))
    for each in await ask_all(prober, who()):
        assert isinstance(each, Unread)
        assert each.why == "credentials in a file are sent nowhere"
    assert not inner.asked


async def test_every_other_question_is_put() -> None:
    """As nobody, as a secret of the cluster, and as a file's that is applied already."""
    inner = FakeProber({"base": answered()})
    reader = planned(FakeReader(secrets=[secret(), secret("other")]), secrets=(secret(),))
    prober = PlannedProber(inner, reader)
    for identity in (ANONYMOUS, who("other"), who()):
        await ask_all(prober, identity)
    await prober.base(IMAGE)
    assert inner.asked.total() == 16
