"""Many registries behind one port."""

import aiohttp

from bot.demo.registry.content import Repository, single
from bot.demo.registry.families import OPEN
from bot.demo.registry.registry import Registry
from bot.demo.registry.server import SimulatedRegistries


async def _got(url: str, host: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url, headers={"Host": host}) as answer:
        return answer.status, answer.headers["Content-Type"]


async def test_each_registry_answers_under_its_own_name() -> None:
    """And nobody under another; a store of blobs may have a name of its own."""
    image = single()
    one = Registry({"a": Repository({"1": image})}, OPEN, host="one.example")
    two = Registry({"b": Repository({"1": image})}, OPEN, host="two.example", token_host="auth.two.example")
    async with SimulatedRegistries([one, two], [("store.example", two)]) as served:
        assert set(served.hosts) == {"one.example", "two.example", "auth.two.example", "store.example"}
        assert (await _got(f"{served.url}/v2/a/manifests/1", "one.example"))[0] == 200
        assert (await _got(f"{served.url}/v2/a/manifests/1", "two.example"))[0] == 404
        assert (await _got(f"{served.url}/store/{image.layers[0]}", "store.example"))[0] == 200
        assert await _got(f"{served.url}/v2/", "none.example") == (421, "text/html; charset=utf-8")
