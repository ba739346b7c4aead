"""What contract tests want: a memory wherever it may be kept, and Debian's ``docker-registry``, started once."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest

from bot.store import opening
from bot.store.opening import Store
from tests.fakes import certificates, docker_registry
from tests.fakes.docker_registry import DockerRegistry, Variant
from tests.fakes.editions import FakeEditions
from tests.fakes.forewarnings import FakeForewarnings
from tests.fakes.opinions import FakeOpinions
from tests.fakes.posts import FakeDispatches
from tests.fakes.registry_content import Repository
from tests.fakes.registry_shop import GONE, SHOP
from tests.fakes.shelved import ShelvedLedger
from tests.fakes.store import FakeStore, Replica, Shelf
from tests.required import missing


_NAME = "docker-registry"
Started = Callable[[Variant], DockerRegistry]


@pytest.fixture(scope="session", autouse=True)
def few_authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The system trusts one authority, which signed nothing here: reading the usual 150 takes longer than a test."""
    path = tmp_path_factory.mktemp("authorities") / "system.pem"
    path.write_text(certificates.AUTHORITY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        patch.setenv("SSL_CERT_DIR", str(path.parent / "none"))
        yield


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where things are kept; PostgreSQL is only asked for by those who want it."""
    if request.param == "postgresql":
        yield request.getfixturevalue("postgres_server").database()
    else:
        yield f"sqlite:///{tmp_path / 'imagepull.db'}" if request.param == "sqlite" else ""


@pytest.fixture
async def replica(place: str) -> AsyncIterator[Replica]:
    """Opens as many stores on the same memory as are asked for."""
    shelf = Shelf()
    async with AsyncExitStack() as stack:

        async def another() -> Store:
            if place:
                return await stack.enter_async_context(opening.opened(place))
            fake = FakeStore(shelf)
            stack.push_async_callback(fake.close)
            return Store(
                fake,
                fake,
                fake,
                ShelvedLedger(shelf),
                fake,
                FakeDispatches(shelf),
                FakeOpinions(shelf),
                FakeEditions(shelf),
                FakeForewarnings(shelf),
            )

        yield another


@pytest.fixture(scope="session")
def docker_registry_program() -> str:
    """Where it is installed; skips, or fails where it is required, if it is not."""
    return docker_registry.binary() or missing(_NAME)


@pytest.fixture(scope="session")
def debian(docker_registry_program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """Starts each variant when it is first asked for, and fills it with the shop."""
    with ExitStack() as stack:
        started: dict[Variant, DockerRegistry] = {}

        def start(variant: Variant) -> DockerRegistry:
            if variant not in started:
                folder = tmp_path_factory.mktemp(_NAME)
                registry = stack.enter_context(
                    docker_registry.running(docker_registry_program, folder, variant)
                )
                started[variant] = filled(registry)
            return started[variant]

        yield start


def filled(registry: DockerRegistry) -> DockerRegistry:
    """The registry with the shop in it."""
    for name, repository in SHOP.items():
        registry.push(name, repository)
    registry.push("shop/gone", Repository({"1.0": GONE}))
    registry.withdraw("shop/gone", GONE)
    return registry
