"""A registry is asked as little as will do, and nothing is believed that can be recomputed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.facts.image import ImageReference, Platform, parse
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Fault, Identity, Limit, Step, Testimony
from bot.registry.asking import Outcome, Question
from bot.registry.client import Client
from bot.registry.manifests import (
    ACCEPT,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    SCHEMA_1_SIGNED,
    digest_of,
)
from bot.registry.rations import MemoryShelf, Shelf
from bot.registry.wire import MOST_CONFIG, MOST_ERROR, MOST_MANIFEST, Failed, Reply
from tests.fakes.asking import FakeAsker, Given, recorded


SCENARIOS = Path(__file__).parents[2] / "recordings" / "scenarios"
RUNTIMES = ["containerd-1.6", "containerd-1.7", "containerd-2", "cri-o"]
IMAGE = parse("registry.example/shop/web:1.5")
HUB = parse("shop/web:1.5")
TAGGED = "/v2/shop/web/manifests/1.5"
AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
ALICE = Identity("shop", "regcred", "registry.example", "aaaa")
IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
Answers = Mapping[str, Given | Sequence[Given]]


class LimitedAsker(FakeAsker):
    """Says with every answer how many pulls are left."""

    def __init__(self, answers: Answers, limit: Limit | None) -> None:
        super().__init__(answers)
        self._limit = limit

    async def put(self, question: Question) -> Outcome | Unread:
        """The answer given for it, with the limit."""
        outcome = await super().put(question)
        if isinstance(outcome, Unread):
            return outcome
        told = type(outcome.told)(
            outcome.told.identity,
            outcome.told.step,
            outcome.told.host,
            outcome.told.status,
            fault=outcome.told.fault,
            limit=self._limit,
        )
        return Outcome(told, outcome.reply)


def body(document: Any) -> bytes:
    """A document as bytes."""
    return json.dumps(document).encode()


def sent(content: bytes, media_type: str = OCI_MANIFEST, digest: str = "") -> Reply:
    """A manifest as a registry sends it."""
    headers = {"content-type": media_type, "docker-content-digest": digest or digest_of(content)}
    return Reply(200, headers, content)


CONFIG = body({"os": "linux", "architecture": "arm64", "config": {"Env": ["SECRET=x"]}})
SINGLE = body(
    {
        "schemaVersion": 2,
        "config": {"mediaType": IMAGE_CONFIG, "digest": digest_of(CONFIG)},
        "layers": [
            {"mediaType": LAYER, "digest": "sha256:" + "1" * 64, "urls": ["https://evil.example/layer"]}
        ],
    }
)
INDEX = body(
    {
        "schemaVersion": 2,
        "manifests": [
            {
                "digest": "sha256:" + "a" * 64,
                "platform": {"os": "linux", "architecture": "amd64"},
            },
            {"digest": digest_of(SINGLE), "platform": {"os": "linux", "architecture": "arm64"}},
        ],
    }
)
NOT_FOUND = Reply(404, {}, body({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "unknown"}]}))
BY_DIGEST = f"/v2/shop/web/manifests/{digest_of(SINGLE)}"
BLOB = f"/v2/shop/web/blobs/{digest_of(CONFIG)}"


def client(
    answers: Answers | FakeAsker, shelf: Shelf | None = None, *, sparing: bool = True
) -> tuple[Client, FakeAsker]:
    """A client, and whoever it has ask."""
    asker = answers if isinstance(answers, FakeAsker) else FakeAsker(answers)
    return Client(asker, lambda: NOW, shelf, sparing=sparing), asker


async def manifest(
    answers: Answers | FakeAsker, image: ImageReference = IMAGE, *, whole: bool = False
) -> tuple[Testimony, list[str]]:
    """What is said of an image, and what was asked for it."""
    asks, asker = client(answers)
    testimony = await asks.manifest(image, ANONYMOUS, whole=whole)
    assert isinstance(testimony, Testimony)
    return testimony, asker.asked


async def test_base_asks_nobodys_question() -> None:
    """One GET of /v2/ as nobody; a 401 is an answer."""
    asks, asker = client({"GET /v2/": Reply(401)})
    testimony = await asks.base(IMAGE)
    assert isinstance(testimony, Testimony)
    assert (testimony.told.status, testimony.told.step) == (401, Step.BASE)
    assert [question.identity for question in asker.questions] == [ANONYMOUS]


async def test_base_of_a_web_page_is_no_registry() -> None:
    """A captive portal says 200 to everything."""
    asks, _ = client({"GET /v2/": Reply(200, {"content-type": "text/html"}, b"\n<html>Log in</html>")})
    testimony = await asks.base(IMAGE)
    assert isinstance(testimony, Testimony)
    assert testimony.told.fault is Fault.GARBLED


async def test_login_is_asked_as_the_identity() -> None:
    """Whether it is known, whatever it may do."""
    asks, asker = client({"GET /v2/": Reply(200)})
    testimony = await asks.login(IMAGE, ALICE)
    assert isinstance(testimony, Testimony)
    assert testimony.told.is_ok
    assert asker.logins == [ALICE]


async def test_login_at_a_web_page_is_none() -> None:
    """Whoever takes every password knows none."""
    asks, _ = client({"GET /v2/": Reply(200, {}, b"<html>Welcome</html>")})
    testimony = await asks.login(IMAGE, ALICE)
    assert isinstance(testimony, Testimony)
    assert testimony.told.fault is Fault.GARBLED


@pytest.mark.parametrize("content", [b"<html>Not Found</html>", b"404 page not found\n", b"{broken"])
async def test_manifest_is_not_missing_by_another_servers_word(content: bytes) -> None:
    """A registry says it in JSON, or with no word at all; a proxy's page says nothing of the image."""
    answers = {f"HEAD {TAGGED}": Reply(404), f"GET {TAGGED}": Reply(404, {}, content)}
    for whole in (False, True):
        testimony, _ = await manifest(answers, whole=whole)
        assert (testimony.told.fault, testimony.told.status) == (Fault.GARBLED, 404)
    for body_of_a_registry in (b"", b" ", b"{}", b'{"errors": []}'):
        testimony, _ = await manifest(answers | {f"GET {TAGGED}": Reply(404, {}, body_of_a_registry)})
        assert (testimony.told.fault, testimony.told.status) == (None, 404)


async def test_manifest_is_there_with_200_alone() -> None:
    """No content is no manifest, whatever its headers say."""
    answers = {f"HEAD {TAGGED}": replace(sent(SINGLE), status=204), f"GET {TAGGED}": Reply(204)}
    testimony, _ = await manifest(answers)
    assert testimony.told.fault is Fault.GARBLED


async def test_manifest_is_looked_for_with_a_head() -> None:
    """Existence takes one HEAD, and tells digest and type."""
    testimony, asked = await manifest({f"HEAD {TAGGED}": sent(SINGLE)})
    assert asked == [f"HEAD {TAGGED}"]
    assert testimony.manifest is not None
    assert testimony.manifest.digest == digest_of(SINGLE)
    assert testimony.manifest.media_type == OCI_MANIFEST
    assert testimony.manifest.is_image is None


@pytest.mark.attack("R6", "manifest")
async def test_manifest_is_asked_for_with_every_type() -> None:
    """The Accept header of the recordings; without it a registry converts."""
    asks, asker = client({f"GET {TAGGED}": sent(SINGLE), f"HEAD {TAGGED}": sent(SINGLE)})
    await asks.manifest(IMAGE, ALICE)
    await asks.manifest(IMAGE, ALICE, whole=True)
    assert {question.accept for question in asker.questions} == {ACCEPT}
    assert {question.identity for question in asker.questions} == {ALICE}
    assert [question.most for question in asker.questions] == [MOST_ERROR, MOST_MANIFEST]


@pytest.mark.parametrize(
    ("image", "path"),
    [
        ("registry.example/shop/web", "/v2/shop/web/manifests/latest"),
        (f"registry.example/shop/web:1.5@sha256:{'a' * 64}", f"/v2/shop/web/manifests/sha256:{'a' * 64}"),
        ("nginx", "/v2/library/nginx/manifests/latest"),
    ],
)
async def test_manifest_asks_for_what_the_kubelet_pulls(image: str, path: str) -> None:
    """No tag means latest, and a digest wins over a tag."""
    _, asked = await manifest({}, parse(image))
    assert asked[0] == f"HEAD {path}"


async def test_manifest_that_is_missing_is_asked_for_its_error() -> None:
    """A HEAD has no body, so the error's code comes from a GET."""
    testimony, asked = await manifest({f"HEAD {TAGGED}": NOT_FOUND, f"GET {TAGGED}": NOT_FOUND})
    assert (testimony.told.status, testimony.told.code) == (404, "MANIFEST_UNKNOWN")
    assert asked == [f"HEAD {TAGGED}", f"GET {TAGGED}"]


@pytest.mark.parametrize(
    "answer", [Reply(405), Reply(400), Reply(501), Failed(Fault.NOT_RECORDED), Failed(Fault.GARBLED)]
)
async def test_manifest_is_got_from_a_server_without_head(answer: Given) -> None:
    """Some servers do not do HEAD, and some recordings have none."""
    testimony, _ = await manifest({f"HEAD {TAGGED}": answer, f"GET {TAGGED}": sent(SINGLE)})
    assert testimony.told.is_ok
    assert testimony.manifest is not None
    assert testimony.manifest.is_image


@pytest.mark.parametrize(
    "answer",
    [
        Failed(Fault.CONNECT_REFUSED),
        Failed(Fault.RESPONSE_TIMEOUT),
        Failed(Fault.LEFT_ALONE),
        Failed(Fault.UNSAFE_TOKEN_SERVICE),
        Reply(429),
    ],
)
async def test_manifest_is_not_asked_for_twice_where_once_says_it(answer: Given) -> None:
    """A fault of the road is the same for GET; after a 429 the registry is left alone."""
    testimony, asked = await manifest({f"HEAD {TAGGED}": answer})
    assert asked == [f"HEAD {TAGGED}"]
    assert not testimony.told.is_ok


async def test_manifest_is_not_asked_for_twice_where_the_token_service_refused() -> None:
    """That answer came with a body already."""
    asker = FakeAsker({f"HEAD {TAGGED}": Reply(401)}, step=Step.TOKEN)
    testimony, asked = await manifest(asker)
    assert asked == [f"HEAD {TAGGED}"]
    assert testimony.told.step is Step.TOKEN


@pytest.mark.parametrize(
    "silence",
    [Failed(Fault.NOT_RECORDED), Failed(Fault.BUDGET_SPENT), Failed(Fault.DROPPED), Unread("a", "b")],
)
async def test_manifest_keeps_the_heads_answer_where_a_get_has_none(silence: Given) -> None:
    """A 404 stays a 404 though nobody could ask for its code."""
    testimony, _ = await manifest({f"HEAD {TAGGED}": NOT_FOUND, f"GET {TAGGED}": silence})
    assert testimony.told.status == 404


async def test_manifest_says_what_failed_where_a_head_says_nothing() -> None:
    """From a server that does no HEAD, the GET's fault is all there is."""
    testimony, _ = await manifest({f"HEAD {TAGGED}": Reply(405), f"GET {TAGGED}": Failed(Fault.DROPPED)})
    assert testimony.told.fault is Fault.DROPPED


async def test_manifest_is_not_a_page_of_a_proxy() -> None:
    """A login page that says 200 to everything does not make a tag exist (case 19)."""
    page = Reply(200, {"content-type": "text/html"}, b"<html>Please log in</html>")
    testimony, _ = await manifest({f"HEAD {TAGGED}": page, f"GET {TAGGED}": page})
    assert testimony.told.fault is Fault.GARBLED
    assert testimony.manifest is None
    hub, asked = await manifest({f"HEAD {TAGGED}": page}, HUB)
    assert hub.told.fault is Fault.GARBLED
    assert asked == [f"HEAD {TAGGED}"]


async def test_manifest_without_a_digest_header_is_there_all_the_same() -> None:
    """The header is optional: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md."""
    testimony, asked = await manifest({f"HEAD {TAGGED}": Reply(200, {"content-type": DOCKER_MANIFEST})})
    assert testimony.manifest is not None
    assert testimony.manifest.digest == ""
    assert len(asked) == 1


async def test_manifest_by_digest_is_checked_where_another_is_claimed() -> None:
    """A HEAD that names another digest than was asked for is not believed; the body decides."""
    image = parse(f"registry.example/shop/web@{digest_of(SINGLE)}")
    wrong = sent(SINGLE, digest="sha256:" + "b" * 64)
    testimony, asked = await manifest({f"HEAD {BY_DIGEST}": wrong, f"GET {BY_DIGEST}": wrong}, image)
    assert len(asked) == 2
    assert testimony.told.is_ok
    assert testimony.manifest is not None
    assert testimony.manifest.digest == digest_of(SINGLE)


async def test_whole_manifest_is_read_with_one_get() -> None:
    """The body tells platforms; a second question for it asks nobody."""
    asks, asker = client({f"GET {TAGGED}": sent(INDEX, OCI_INDEX)})
    testimony = await asks.manifest(IMAGE, ANONYMOUS, whole=True)
    assert isinstance(testimony, Testimony)
    assert testimony.manifest is not None
    assert testimony.manifest.platforms == (AMD64, ARM64)
    assert testimony.manifest.digest == digest_of(INDEX)
    await asks.manifest(IMAGE, ANONYMOUS, whole=True)
    assert asker.asked == [f"GET {TAGGED}"]


@pytest.mark.attack("R6", "digest")
@pytest.mark.parametrize("image", [IMAGE, parse("registry.example/shop/web@sha256:" + "b" * 64)])
async def test_whole_manifest_must_have_its_digest(image: ImageReference) -> None:
    """Bytes that are not what the registry, or the reference, says they are, are garbled."""
    path = f"/v2/shop/web/manifests/{image.digest or image.tag}"
    testimony, _ = await manifest(
        {f"GET {path}": sent(SINGLE, digest="sha256:" + "b" * 64)}, image, whole=True
    )
    assert testimony.told.fault is Fault.GARBLED
    assert testimony.told.said == "the digest does not match"
    assert testimony.manifest is None


async def test_whole_manifest_without_a_digest_is_known_by_its_own() -> None:
    """Where the registry names none, the digest is computed."""
    answer = Reply(200, {"content-type": OCI_MANIFEST}, SINGLE)
    testimony, _ = await manifest({f"GET {TAGGED}": answer}, whole=True)
    assert testimony.manifest is not None
    assert testimony.manifest.digest == digest_of(SINGLE)


async def test_whole_manifest_of_schema_1_is_not_hashed() -> None:
    """Its digest leaves the signatures out, so that ours would differ."""
    old = body({"schemaVersion": 1, "fsLayers": [], "signatures": []})
    answer = sent(old, SCHEMA_1_SIGNED, "sha256:" + "b" * 64)
    testimony, _ = await manifest({f"GET {TAGGED}": answer}, whole=True)
    assert testimony.told.is_ok
    assert testimony.manifest is not None
    assert testimony.manifest.is_image is False


async def test_whole_manifest_falls_back_to_the_headers_of_a_recording() -> None:
    """A transcript that holds a HEAD alone still says that it is there."""
    testimony, _ = await manifest({f"HEAD {TAGGED}": sent(SINGLE)}, whole=True)
    assert testimony.told.is_ok
    assert testimony.manifest is not None
    assert testimony.manifest.is_image is None


async def test_whole_manifest_that_is_too_large_is_told_so() -> None:
    """Four MiB are read, and no more."""
    testimony, _ = await manifest({f"GET {TAGGED}": sent(b"x" * (MOST_MANIFEST + 1))}, whole=True)
    assert testimony.told.fault is Fault.TOO_LARGE


async def test_unread_passes_through() -> None:
    """Where nobody may ask, every answer says so, with the remedy."""
    unread = Unread("registry registry.example", "not asked", "--allow-registry registry.example")
    paths = ["GET /v2/", f"HEAD {TAGGED}", f"GET {TAGGED}", "GET /v2/shop/web/tags/list"]
    layer = "sha256:" + "1" * 64
    asks, _ = client({**dict.fromkeys(paths, unread), f"HEAD /v2/shop/web/blobs/{layer}": unread})
    assert await asks.base(IMAGE) is unread
    assert await asks.login(IMAGE, ALICE) is unread
    assert await asks.manifest(IMAGE, ALICE) is unread
    assert await asks.manifest(IMAGE, ALICE, whole=True) is unread
    assert await asks.tags(IMAGE, ALICE) is unread
    assert await asks.config(IMAGE, ALICE, AMD64) is unread
    assert await asks.layers(IMAGE, ALICE, [layer]) is unread


async def test_remedies_are_passed_on() -> None:
    """What would let a question end better stays with its answer."""
    failed = Failed(Fault.UNSAFE_ADDRESS, remedy="registries.registry.example.addresses")
    asks, _ = client({"GET /v2/": failed})
    testimony = await asks.base(IMAGE)
    assert isinstance(testimony, Testimony)
    assert testimony.remedy == "registries.registry.example.addresses"


# Docker Hub: a GET is a pull.

PLENTY = Limit(most=100, remaining=90)
HUB_ANSWERS: Answers = {
    f"HEAD {TAGGED}": sent(SINGLE),
    f"HEAD {BY_DIGEST}": sent(SINGLE),
    f"GET {BY_DIGEST}": sent(SINGLE),
    f"GET {BLOB}": Reply(200, {}, CONFIG),
}


@pytest.mark.parametrize(
    "image", [HUB, parse("registry-1.docker.io/shop/web:1.5"), parse("docker.io/shop/web:1.5")]
)
async def test_hub_is_pulled_once_while_plenty_remains(image: ImageReference) -> None:
    """After the HEAD one GET by digest; the next client with the same shelf pulls no more."""
    shelf = MemoryShelf()
    for pulls in (1, 0):
        asks, asker = client(LimitedAsker(HUB_ANSWERS, PLENTY), shelf)
        testimony = await asks.manifest(image, ANONYMOUS, whole=True)
        assert isinstance(testimony, Testimony)
        assert testimony.manifest is not None
        assert testimony.manifest.is_image is True
        assert asker.asked == [f"HEAD {TAGGED}", *[f"GET {BY_DIGEST}"] * pulls]


@pytest.mark.parametrize(
    "limit", [None, Limit(), Limit(most=100, remaining=20), Limit(most=100, remaining=0)]
)
async def test_hub_is_not_pulled_while_little_or_nobody_knows_what_remains(limit: Limit | None) -> None:
    """Then the headers must do."""
    testimony, asked = await manifest(LimitedAsker(HUB_ANSWERS, limit), HUB, whole=True)
    assert asked == [f"HEAD {TAGGED}"]
    assert testimony.told.is_ok
    assert testimony.manifest is not None
    assert testimony.manifest.is_image is None


@pytest.mark.parametrize(
    "answer", [Reply(404), Reply(401), Reply(429), Reply(405), Reply(500), Failed(Fault.DROPPED)]
)
async def test_hub_is_never_pulled_for_an_error(answer: Given) -> None:
    """Not even for its code, which a HEAD does not have."""
    for whole in (False, True):
        testimony, asked = await manifest({f"HEAD {TAGGED}": answer}, HUB, whole=whole)
        assert asked == [f"HEAD {TAGGED}"]
        assert not testimony.told.is_ok


@pytest.mark.parametrize(
    "pulled", [Reply(429), Failed(Fault.DROPPED), sent(b"{}"), sent(INDEX), Unread("a", "b")]
)
async def test_hub_is_not_pulled_again_after_a_pull_that_failed(pulled: Given) -> None:
    """Whatever comes of the one pull, it was the one; the HEAD's answer stands."""
    asks, asker = client(LimitedAsker({**HUB_ANSWERS, f"GET {BY_DIGEST}": pulled}, PLENTY))
    for image in (HUB, parse(f"shop/web@{digest_of(SINGLE)}")):
        testimony = await asks.manifest(image, ANONYMOUS, whole=True)
        assert isinstance(testimony, Testimony)
        assert testimony.told.is_ok
        assert testimony.manifest is not None
        assert testimony.manifest.is_image is None
    assert asker.asked.count(f"GET {BY_DIGEST}") == 1


async def test_hub_config_takes_one_pull() -> None:
    """The manifest is rationed, the config blob is no pull."""
    asks, asker = client(LimitedAsker(HUB_ANSWERS, PLENTY))
    testimony = await asks.config(HUB, ANONYMOUS, ARM64)
    assert isinstance(testimony, Testimony)
    assert testimony.platform == ARM64
    assert asker.asked == [f"HEAD {TAGGED}", f"GET {BY_DIGEST}", f"GET {BLOB}"]
    scarce, asker = client(LimitedAsker(HUB_ANSWERS, None))
    nothing = await scarce.config(HUB, ANONYMOUS, ARM64)
    assert isinstance(nothing, Testimony)
    assert nothing.platform is None
    assert asker.asked == [f"HEAD {TAGGED}"]


async def test_hub_in_a_recording_has_nothing_to_spare() -> None:
    """What was recorded costs nothing to ask."""
    asks, asker = client({f"GET {TAGGED}": sent(SINGLE)}, sparing=False)
    testimony = await asks.manifest(HUB, ANONYMOUS, whole=True)
    assert isinstance(testimony, Testimony)
    assert testimony.manifest is not None
    assert testimony.manifest.is_image
    assert asker.asked == [f"GET {TAGGED}"]


# The config.


async def config(answers: Answers, platform: Platform | None) -> tuple[Testimony, list[str]]:
    """What the image's config is found to be for."""
    asks, asker = client(answers)
    testimony = await asks.config(IMAGE, ANONYMOUS, platform)
    assert isinstance(testimony, Testimony)
    return testimony, asker.asked


@pytest.mark.attack("R6", "manifest", "config")
async def test_config_of_an_index_is_that_of_the_nodes_entry() -> None:
    """The index, the entry that the runtime would take, its config: three requests, each within its cap."""
    asks, asker = client(
        {
            f"GET {TAGGED}": sent(INDEX, OCI_INDEX),
            f"GET {BY_DIGEST}": sent(SINGLE),
            f"GET {BLOB}": Reply(200, {}, CONFIG),
        }
    )
    testimony = await asks.config(IMAGE, ANONYMOUS, Platform("linux", "aarch64", "v8"))
    assert isinstance(testimony, Testimony)
    assert testimony.platform == ARM64
    assert testimony.told.step is Step.CONFIG
    assert asker.asked == [f"GET {TAGGED}", f"GET {BY_DIGEST}", f"GET {BLOB}"]
    assert [question.most for question in asker.questions] == [MOST_MANIFEST, MOST_MANIFEST, MOST_CONFIG]


async def test_config_after_the_whole_manifest_costs_the_blob_alone() -> None:
    """What was read is not read again."""
    asks, asker = client({f"GET {TAGGED}": sent(SINGLE), f"GET {BLOB}": Reply(200, {}, CONFIG)})
    await asks.manifest(IMAGE, ANONYMOUS, whole=True)
    await asks.config(IMAGE, ANONYMOUS, AMD64)
    assert asker.asked == [f"GET {TAGGED}", f"GET {BLOB}"]


@pytest.mark.parametrize("platform", [Platform("linux", "s390x"), None])
async def test_config_of_an_index_that_offers_nothing_fitting_is_unknown(platform: Platform | None) -> None:
    """No entry is taken at random."""
    testimony, asked = await config({f"GET {TAGGED}": sent(INDEX, OCI_INDEX)}, platform)
    assert testimony.platform is None
    assert testimony.told.is_ok
    assert asked == [f"GET {TAGGED}"]


@pytest.mark.parametrize("platform", [AMD64, None])
async def test_config_of_an_entry_without_a_platform_tells_it(platform: Platform | None) -> None:
    """As containerd does: what the index leaves open, the config says."""
    bare = body({"manifests": [{"digest": digest_of(SINGLE)}]})
    answers = {
        f"GET {TAGGED}": sent(bare, OCI_INDEX),
        f"GET {BY_DIGEST}": sent(SINGLE),
        f"GET {BLOB}": Reply(200, {}, CONFIG),
    }
    testimony, _ = await config(answers, platform)
    assert testimony.platform == ARM64


async def test_config_of_an_index_in_an_index_ends() -> None:
    """Indexes may be nested, but not for ever."""
    answers: dict[str, Given] = {}
    child = SINGLE
    for _ in range(10):
        answers[f"GET /v2/shop/web/manifests/{digest_of(child)}"] = sent(child)
        child = body({"manifests": [{"digest": digest_of(child)}]})
    answers[f"GET {TAGGED}"] = sent(child)
    testimony, asked = await config(answers, AMD64)
    assert testimony.platform is None
    assert len(asked) == 4


@pytest.mark.attack("R6", "config")
@pytest.mark.parametrize(
    ("broken", "answer", "fault", "status"),
    [
        (f"GET {TAGGED}", NOT_FOUND, None, 404),
        (f"GET {BY_DIGEST}", NOT_FOUND, None, 404),
        (f"GET {BY_DIGEST}", sent(INDEX), Fault.GARBLED, 200),
        (f"GET {BLOB}", Reply(404), None, 404),
        (f"GET {BLOB}", Failed(Fault.UNSAFE_REDIRECT), Fault.UNSAFE_REDIRECT, 0),
        (f"GET {BLOB}", Reply(200, {}, b"x" * (MOST_CONFIG + 1)), Fault.TOO_LARGE, 0),
        (f"GET {BLOB}", Reply(200, {}, CONFIG + b" "), Fault.GARBLED, 200),
    ],
)
async def test_config_tells_the_step_that_failed(
    broken: str, answer: Given, fault: Fault | None, status: int
) -> None:
    """Wherever the way ends, that is the answer, and no platform is made up."""
    answers = {
        f"GET {TAGGED}": sent(INDEX, OCI_INDEX),
        f"GET {BY_DIGEST}": sent(SINGLE),
        f"GET {BLOB}": Reply(200, {}, CONFIG),
        broken: answer,
    }
    testimony, asked = await config(answers, ARM64)
    assert (testimony.told.fault, testimony.told.status) == (fault, status)
    assert testimony.platform is None
    assert asked[-1] == broken


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"<html>", b'{"os":1,"architecture":"amd64"}'])
async def test_config_that_names_no_platform_has_none(content: bytes) -> None:
    """What a config does not say is not known."""
    holder = body({"config": {"mediaType": IMAGE_CONFIG, "digest": digest_of(content)}, "layers": []})
    answers = {
        f"GET {TAGGED}": sent(holder),
        f"GET /v2/shop/web/blobs/{digest_of(content)}": Reply(200, {}, content),
    }
    testimony, _ = await config(answers, AMD64)
    assert testimony.told.is_ok
    assert testimony.platform is None


async def test_config_of_a_chart_is_not_fetched() -> None:
    """What is no image's config has no platform."""
    chart = body(
        {"config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": digest_of(CONFIG)}}
    )
    testimony, asked = await config({f"GET {TAGGED}": sent(chart)}, AMD64)
    assert testimony.platform is None
    assert asked == [f"GET {TAGGED}"]


async def test_nothing_that_repeats_a_secret_is_told() -> None:
    """Not in a type, not in a platform: of an index, of a single manifest, of a config."""
    canary = body(
        {"config": {"mediaType": "application/vnd.canary", "digest": digest_of(CONFIG)}, "layers": []}
    )
    index = body(
        {"manifests": [{"digest": "sha256:" + "a" * 64, "platform": {"os": "canary", "architecture": "a"}}]}
    )
    strange = Reply(
        200, {"content-type": "application/vnd.canary", "docker-content-digest": "sha256:" + "a" * 64}
    )
    for answers, whole in (
        ({f"GET {TAGGED}": sent(canary)}, True),
        ({f"GET {TAGGED}": sent(index)}, True),
        ({f"HEAD {TAGGED}": strange}, False),
    ):
        asker = FakeAsker(answers, repeats=lambda text: "canary" in text)
        testimony, _ = await manifest(asker, whole=whole)
        assert testimony.told.is_ok
        assert "canary" not in repr(testimony)
    holder = body({"config": {"mediaType": IMAGE_CONFIG, "digest": digest_of(CONFIG)}, "layers": []})
    answers = {f"GET {TAGGED}": sent(holder), f"GET {BLOB}": Reply(200, {}, CONFIG)}
    asks, _ = client(FakeAsker(answers, repeats=lambda text: "arm64" in text))
    found = await asks.config(IMAGE, ANONYMOUS, ARM64)
    assert isinstance(found, Testimony)
    assert found.platform is None


# Layers.


def layer(number: int) -> str:
    """The digest of a layer."""
    return "sha256:" + str(number) * 64


def head(number: int) -> str:
    """The question for a layer."""
    return f"HEAD /v2/shop/web/blobs/{layer(number)}"


@pytest.mark.attack("R6", "HEAD of five layers", "never a layer's body")
async def test_layers_are_looked_for_and_never_fetched() -> None:
    """A HEAD for each of the first five, once; a 404 is a missing layer."""
    answers = {head(number): Reply(404 if number == 2 else 200) for number in range(8)}
    asks, asker = client(answers)
    testimony = await asks.layers(IMAGE, ANONYMOUS, [layer(1), layer(1), *map(layer, range(2, 8))])
    assert isinstance(testimony, Testimony)
    assert testimony.missing == (layer(2),)
    assert testimony.told.status == 404
    assert asker.asked == [head(number) for number in range(1, 6)]


@pytest.mark.parametrize(
    ("answers", "status", "fault", "missing"),
    [
        ([Reply(200), Reply(200)], 200, None, ()),
        ([Reply(404), Reply(200)], 404, None, (layer(0),)),
        ([Reply(404), Reply(403)], 403, None, (layer(0),)),
        ([Reply(500), Reply(404)], 500, None, (layer(1),)),
        ([Failed(Fault.DNS_NXDOMAIN), Reply(404)], 0, Fault.DNS_NXDOMAIN, ()),
        ([Reply(404), Failed(Fault.DROPPED)], 0, Fault.DROPPED, (layer(0),)),
    ],
)
async def test_layers_tell_the_gravest_answer(
    answers: list[Given], status: int, fault: Fault | None, missing: tuple[str, ...]
) -> None:
    """A fault tells more than a refusal, and that more than a missing layer; what is missing is listed all the same."""
    asks, _ = client({head(number): answer for number, answer in enumerate(answers)})
    testimony = await asks.layers(IMAGE, ANONYMOUS, [layer(0), layer(1)])
    assert isinstance(testimony, Testimony)
    assert (testimony.told.status, testimony.told.fault) == (status, fault)
    assert testimony.missing == missing


@pytest.mark.parametrize(
    "answer",
    [
        Reply(200, {"content-type": "text/html; charset=utf-8"}),
        Reply(200, {"content-type": "Text/Plain"}),
        Reply(200, {"content-type": "application/json"}),
        Reply(200, {"docker-content-digest": layer(7)}),
        Reply(204),
        Reply(404, {"content-type": "text/html"}),
    ],
)
async def test_layers_are_neither_there_nor_missing_by_another_servers_word(answer: Reply) -> None:
    """Whoever gives everything the same page keeps no layers."""
    asks, _ = client({head(1): answer})
    testimony = await asks.layers(IMAGE, ANONYMOUS, [layer(1)])
    assert isinstance(testimony, Testimony)
    assert (testimony.told.fault, testimony.missing) == (Fault.GARBLED, ())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "binary/octet-stream"},
        {"content-type": "application/json", "docker-content-digest": layer(1)},
    ],
)
async def test_layers_are_there_however_a_store_calls_them(headers: dict[str, str]) -> None:
    """Stores give them many types, or none."""
    asks, _ = client({head(1): Reply(200, headers)})
    testimony = await asks.layers(IMAGE, ANONYMOUS, [layer(1)])
    assert isinstance(testimony, Testimony)
    assert testimony.told.is_ok


async def test_layers_are_not_missing_when_the_token_service_says_404() -> None:
    """Only the registry knows what it has."""
    asker = FakeAsker({head(1): Reply(404)}, step=Step.TOKEN)
    asks, _ = client(asker)
    testimony = await asks.layers(IMAGE, ANONYMOUS, [layer(1)])
    assert isinstance(testimony, Testimony)
    assert testimony.missing == ()


@pytest.mark.parametrize(
    ("got", "fault"),
    [
        (Failed(Fault.DNS_NXDOMAIN), Fault.DNS_NXDOMAIN),
        (Failed(Fault.NOT_RECORDED), Fault.NOT_RECORDED),
        (Reply(200, {}, b"x" * (MOST_ERROR + 1)), Fault.NOT_RECORDED),
        (Unread("a", "b"), Fault.NOT_RECORDED),
    ],
)
async def test_layers_of_a_recorded_pull_tell_by_its_get(got: Given, fault: Fault) -> None:
    """Where the HEAD was not recorded, the GET of the pull may tell what failed; of a live registry none is asked."""
    line = head(1).replace("HEAD", "GET")
    asks, asker = client({line: got}, sparing=False)
    testimony = await asks.layers(IMAGE, ANONYMOUS, [layer(1)])
    assert isinstance(testimony, Testimony)
    assert testimony.told.fault is fault
    assert asker.asked == [head(1), line]
    live, asker = client({line: got})
    await live.layers(IMAGE, ANONYMOUS, [layer(1)])
    assert asker.asked == [head(1)]


@pytest.mark.parametrize("digests", [[], ["nonsense"], ["sha256:../../../v2/other/blobs/x"]])
async def test_layers_without_a_digest_are_not_asked_for(digests: list[str]) -> None:
    """What is no digest becomes no path."""
    asks, asker = client({})
    assert isinstance(await asks.layers(IMAGE, ANONYMOUS, digests), Unread)
    assert asker.asked == []


@pytest.mark.attack("R6", "never urls")
async def test_foreign_urls_are_never_asked_for() -> None:
    """Whatever is asked of an image whose layers name another host, the other host hears nothing (case 18)."""
    asks, asker = client(
        {f"GET {TAGGED}": sent(SINGLE), f"HEAD {TAGGED}": sent(SINGLE), f"GET {BLOB}": Reply(200, {}, CONFIG)}
    )
    await asks.manifest(IMAGE, ANONYMOUS)
    testimony = await asks.manifest(IMAGE, ANONYMOUS, whole=True)
    await asks.config(IMAGE, ANONYMOUS, ARM64)
    assert isinstance(testimony, Testimony)
    assert testimony.manifest is not None
    await asks.layers(IMAGE, ANONYMOUS, testimony.manifest.layers)
    assert all(question.path.startswith("/v2/shop/web/") for question in asker.questions)
    assert not any(question.method == "GET" and "1" * 64 in question.path for question in asker.questions)


# Real answers.


def replayed(runtime: str, scenario: str) -> tuple[Client, ImageReference]:
    """A client of what a real registry answered, and the image it was asked for."""
    path = SCENARIOS / runtime / scenario / "dump" / "registry.json"
    image = parse(json.loads(path.read_text(encoding="utf-8"))["image"])
    return client(recorded(path))[0], image


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_a_recorded_list_without_amd64_is_understood(runtime: str) -> None:
    """It offers arm64 and ppc64le; the config of the one for arm64 says so too."""
    asks, image = replayed(runtime, "platform-no-amd64")
    whole = await asks.manifest(image, ANONYMOUS, whole=True)
    assert isinstance(whole, Testimony)
    assert whole.manifest is not None
    assert [str(each) for each in whole.manifest.platforms] == ["linux/arm64", "linux/ppc64le"]
    mine = await asks.config(image, ANONYMOUS, AMD64)
    theirs = await asks.config(image, ANONYMOUS, ARM64)
    assert isinstance(mine, Testimony)
    assert isinstance(theirs, Testimony)
    assert (mine.platform, theirs.platform) == (None, ARM64)


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_a_recorded_image_for_another_processor_is_understood(runtime: str) -> None:
    """One manifest, whose config alone says arm64; its layers are there."""
    asks, image = replayed(runtime, "exec-format")
    testimony = await asks.config(image, ANONYMOUS, AMD64)
    whole = await asks.manifest(image, ANONYMOUS, whole=True)
    assert isinstance(testimony, Testimony)
    assert isinstance(whole, Testimony)
    assert testimony.platform == ARM64
    assert whole.manifest is not None
    layers = await asks.layers(image, ANONYMOUS, whole.manifest.layers)
    assert isinstance(layers, Testimony)
    assert layers.told.is_ok
    assert layers.missing == ()


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_a_recorded_chart_is_understood(runtime: str) -> None:
    """It is there, and it is no image."""
    asks, image = replayed(runtime, "helm-chart-as-image")
    testimony = await asks.manifest(image, ANONYMOUS, whole=True)
    assert isinstance(testimony, Testimony)
    assert testimony.manifest is not None
    assert testimony.manifest.is_image is False
    assert testimony.manifest.kind == "application/vnd.cncf.helm.config.v1+json"


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_a_recorded_wrong_tag_is_understood(runtime: str) -> None:
    """The tag is unknown by its code, and the repository has others."""
    asks, image = replayed(runtime, "wrong-tag")
    testimony = await asks.manifest(image, ANONYMOUS)
    tags = await asks.tags(image, ANONYMOUS)
    assert isinstance(testimony, Testimony)
    assert isinstance(tags, Testimony)
    assert (testimony.told.status, testimony.told.code) == (404, "MANIFEST_UNKNOWN")
    assert tags.tags
    assert tags.complete
    assert image.tag not in tags.tags
