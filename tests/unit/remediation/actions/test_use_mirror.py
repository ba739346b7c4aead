"""use-mirror: the same image from the mirror that the settings name."""

from typing import Any

from bot.facts import image as images
from bot.remediation.actions.use_mirror import UseMirror
from bot.remediation.drafting import Draft, Limits, Unfit
from tests.imagery import DIGEST, WRONG, Shop, there, wrong
from tests.situations import deployed, evidence, failing


MIRRORS = Limits(mirrors={"docker.io": "mirror.example/hub/", "registry.example": "mirror.example"})


async def asked(*bodies: dict[str, Any], **changes: Any) -> Draft | Unfit:
    """What it would do."""
    changes.setdefault("limits", MIRRORS)
    return await UseMirror().draft(await wrong(*bodies, **changes))


async def test_the_same_repository_and_tag_are_taken_from_the_mirror() -> None:
    """Proven to be there."""
    found = await asked(prober=Shop(a=there("mirror.example/shop/web:1.4")))
    assert isinstance(found, Draft)
    assert found.pledge
    assert found.pledge.image == "mirror.example/shop/web:1.4"
    assert "mirror.example/shop/web:1.4" in found.writes[0].patch
    assert "also once registry.example is well again" in found.warnings[0]


async def test_a_short_name_is_a_whole_path_behind_the_mirror() -> None:
    """What people call nginx is library/nginx."""
    told = {"image": "nginx:1", "reference": images.parsed("nginx:1")}
    prober = Shop(a=there("mirror.example/hub/library/nginx:1"))
    found = await asked(*deployed(image="nginx:1"), failure=told, prober=prober)
    assert isinstance(found, Draft)


async def test_other_content_behind_the_same_name_is_a_warning() -> None:
    """A mirror may be late; where the registry did not say what it has, nobody can tell."""
    prober = Shop(a=there("mirror.example/shop/web:1.4"))
    for digest, count in (("sha256:other", 2), (DIGEST, 1), ("", 1)):
        found = await asked(prober=prober, told=evidence(manifest_exists={"digest": digest}))
        assert isinstance(found, Draft)
        assert len(found.warnings) == count


async def test_what_is_not_proven_there_is_words() -> None:
    """With the command."""
    found = await asked(prober=Shop())
    assert isinstance(found, Unfit)
    assert "mirror.example/shop/web:1.4 is not there" in found.why
    assert found.commands[0].argv[-1] == "app=mirror.example/shop/web:1.4"


async def test_there_is_none_without_a_mirror_or_a_reference() -> None:
    """Or where nothing can be edited, or no name comes of it."""
    for found in (
        await asked(limits=Limits()),
        await asked(failure={"reference": None}),
        await asked(failing(kind="Node", owner="node-1")),
        await asked(limits=Limits(mirrors={"registry.example": "Not A Host"})),
    ):
        assert isinstance(found, Unfit)
    assert WRONG.startswith("registry.example/")
