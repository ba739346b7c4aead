"""Another image where the failing one stands."""

from bot.facts import image as images
from bot.facts.change import Risk, Verb
from bot.facts.objects import Unread
from bot.remediation import imaging
from bot.remediation.drafting import Unfit
from bot.remediation.imaging import Scene
from bot.remediation.proving import Proof
from tests.imagery import AMD, DIGEST, REPOSITORY, WRONG, wrong
from tests.situations import deployed, failing, workload


RIGHT = images.parse(f"{REPOSITORY}:1.4.1")
PROOF = Proof(RIGHT, DIGEST, (AMD,))


async def test_draft_changes_every_place_that_names_the_image() -> None:
    """A container that shares it with another one would fail next; the pledge is the proof's."""
    containers = [
        {"name": "app", "image": WRONG},
        {"name": "twin", "image": WRONG},
        {"name": "x", "image": "x"},
    ]
    scene = await imaging.scene(await wrong(*deployed(containers=containers)))
    assert isinstance(scene, Scene)
    draft = scene.draft(PROOF, Risk.MEDIUM, ["Look."])
    (write,) = draft.writes
    assert write.patch.count(RIGHT.spelled) == 2
    assert draft.headline.startswith("Set the image of container app, container twin in Deployment shop/web")
    assert draft.pledge == PROOF.pledge
    assert draft.warnings == ("Look.",)


async def test_draft_deletes_what_is_not_replaced_after_the_template_is_changed() -> None:
    """In that order."""
    scene = await imaging.scene(
        await wrong(workload("StatefulSet"), failing(kind="StatefulSet", owner="web"))
    )
    assert isinstance(scene, Scene)
    assert [each.verb for each in scene.draft(PROOF, Risk.LOW, ()).writes] == [Verb.PATCH, Verb.DELETE]


async def test_draft_says_what_else_fails() -> None:
    """A pod may wait for two images."""
    other = failing("web-2", spec={"containers": [{"name": "app", "image": "other:1"}]})
    scene = await imaging.scene(await wrong(*deployed(failing(), other)))
    assert isinstance(scene, Scene)
    (told,) = scene.draft(PROOF, Risk.LOW, ()).warnings
    assert "other:1" in told


async def test_command_is_what_a_person_types() -> None:
    """Where kubectl has a word for it: it has none for volumes."""
    scene = await imaging.scene(await wrong())
    assert isinstance(scene, Scene)
    (command,) = scene.command(RIGHT)
    assert command.line == f"kubectl -n shop set image deployment/web app={RIGHT.spelled}"
    volumes = [{"name": "data", "image": {"reference": WRONG}}]
    scene = await imaging.scene(await wrong(*deployed(volumes=volumes)))
    assert isinstance(scene, Scene)
    assert scene.command(RIGHT) == ()


async def test_scene_is_none_where_nothing_can_be_edited() -> None:
    """No object, a paused rollout, another image by now, no platform."""
    cases = {
        "is static": await wrong(failing(kind="Node", owner="node-1")),
        "is paused": await wrong(*deployed(more={"paused": True})),
        "any more: somebody changed it": await wrong(*deployed(image=f"{REPOSITORY}:9")),
        "(what would tell: list nodes)": await wrong(
            reader={"nodes": Unread("nodes", "forbidden", "list nodes")}
        ),
    }
    for why, seen in cases.items():
        found = await imaging.scene(seen)
        assert isinstance(found, Unfit)
        assert why in found.why
