"""What ran here."""

from typing import Any

from bot.facts import image as images
from bot.facts.objects import Unread
from bot.remediation import proving, running
from bot.remediation.running import Ran
from tests.imagery import REPOSITORY, WRONG, node, replica_set, runs, wrong
from tests.situations import deployed


async def seen(*bodies: dict[str, Any], **changes: Any) -> Ran:
    """What is known."""
    return await running.ran(proving.case_of(await wrong(*deployed(), *bodies, **changes)))


async def test_what_pods_of_the_namespace_run_may_be_used_again() -> None:
    """What only fails, and what runs elsewhere, may not."""
    found = await seen(
        runs("other-1", f"{REPOSITORY}:1.3"), runs("x-1", "foreign.example/x:1", namespace="own")
    )
    assert found.repositories == {REPOSITORY}
    assert found.allows(images.parse(f"{REPOSITORY}:2"), ())
    assert not found.allows(images.parse("foreign.example/x:1"), ())
    assert not (await seen()).allows(images.parse(WRONG), ())


async def test_what_the_settings_list_may_be_used() -> None:
    """As names or patterns, of the whole name."""
    image = images.parse("nginx:1")
    assert Ran().allows(image, ("docker.io/library/*",))
    assert Ran().allows(image, ("other.example/*", "docker.io/library/nginx"))
    assert not Ran().allows(image, ("docker.io/library",))


async def test_what_a_nodes_store_holds_is_known_and_lets_nothing_be_used() -> None:
    """Other namespaces' images are on nodes, too."""
    found = await seen(node("node-1", "amd64", f"{REPOSITORY}:1.3"))
    assert f"{REPOSITORY}:1.3" in found.held
    assert not found.repositories
    assert found.newer(images.parse(f"{REPOSITORY}:1.2")) == "1.3"


async def test_a_revision_that_serves_ran() -> None:
    """One that does not proves nothing."""
    found = await seen(
        replica_set(1, "registry.example/old/web:1", ready=1), replica_set(2, "registry.example/new/web:1")
    )
    assert found.repositories == {"registry.example/old/web"}


async def test_newer_is_told_of_versions_alone() -> None:
    """The same one is not newer, and of words nobody knows."""
    known = Ran(tags={REPOSITORY: ["1.4.2", "stable"]})
    assert known.newer(images.parse(f"{REPOSITORY}:1.4.1")) == "1.4.2"
    assert known.newer(images.parse(f"{REPOSITORY}:1.4.2")) == ""
    assert known.newer(images.parse(f"{REPOSITORY}:1.5")) == ""
    assert known.newer(images.parse("registry.example/other:1")) == ""


async def test_what_cannot_be_seen_is_not_in_it() -> None:
    """No pods, no nodes, no revisions."""
    denied = Unread("x", "forbidden")
    found = await seen(reader={"pods": denied, "nodes": denied, "owners": denied})
    assert found == Ran()
