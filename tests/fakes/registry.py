"""A registry whose answers are given: a question in -> the testimony that a test wants to see."""

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.facts.image import ImageReference, Platform
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Fault, Identity, Manifest, Step, Testimony, Told


Given = Testimony | Unread


def told(
    step: Step = Step.MANIFEST, status: int = 200, *, identity: Identity = ANONYMOUS, **changes: object
) -> Told:
    """How a question ended, at a registry called ``registry.example``."""
    facts: dict[str, object] = {"host": "registry.example", **changes}
    return Told(identity, step, status=status, **facts)  # type: ignore[arg-type]  # a test's own words


def answered(status: int = 200, step: Step = Step.MANIFEST, **changes: object) -> Testimony:
    """An answer with that status."""
    return Testimony(told(step, status, **changes))


def failed(fault: Fault, step: Step = Step.BASE, **changes: object) -> Testimony:
    """A question that ended without an answer."""
    return Testimony(told(step, 0, fault=fault, **changes))


def index(*platforms: Platform, **changes: object) -> Testimony:
    """An image index that offers these platforms."""
    media_type = "application/vnd.oci.image.index.v1+json"
    listed = Manifest("sha256:" + "1" * 64, media_type, is_index=True, platforms=platforms, is_image=True)
    return Testimony(told(**changes), manifest=listed)  # type: ignore[arg-type]  # a test's own words


def single(**changes: object) -> Testimony:
    """A manifest of one image."""
    media_type = "application/vnd.oci.image.manifest.v1+json"
    facts: dict[str, object] = {
        "kind": "application/vnd.oci.image.config.v1+json",
        "is_image": True,
        **changes,
    }
    return Testimony(told(), manifest=Manifest("sha256:" + "2" * 64, media_type, **facts))  # type: ignore[arg-type]  # a test's own words


def tagged(*tags: str, complete: bool = True, **changes: object) -> Testimony:
    """A repository with these tags."""
    return Testimony(told(Step.TAGS, **changes), tags=tags, complete=complete)  # type: ignore[arg-type]  # a test's own words


class FakeProber:
    """Answers as told, and says otherwise that it was not asked.

    Give answers by question (``base``, ``login``, ``manifest``, ``whole``, ``tags``, ``config``, ``layers``), as
    ``manifest`` for every identity, or as ``manifest secret:shop/regcred`` for one; with an image in front of the
    others, ``registry.example/shop/web:1.5 manifest``, for that image alone.

    Attributes:
        asked: question -> how often it was put.
        identities: who asked, in order.
    """

    def __init__(self, answers: Mapping[str, Given] | None = None) -> None:
        self._answers = dict(answers or {})
        self.asked: Counter[str] = Counter()
        self.identities: list[Identity] = []
        self.platforms: list[Platform | None] = []
        self.digests: list[str] = []

    async def base(self, image: ImageReference) -> Given:
        """As given."""
        return self._answer("base", image, ANONYMOUS)

    async def login(self, image: ImageReference, identity: Identity) -> Given:
        """As given."""
        return self._answer("login", image, identity)

    async def manifest(self, image: ImageReference, identity: Identity, *, whole: bool = False) -> Given:
        """As given; ``whole`` where the body is wanted and an answer for it is given."""
        if whole and self._given("whole", image, identity) is not None:
            return self._answer("whole", image, identity)
        return self._answer("manifest", image, identity)

    async def tags(self, image: ImageReference, identity: Identity) -> Given:
        """As given."""
        return self._answer("tags", image, identity)

    async def config(self, image: ImageReference, identity: Identity, platform: Platform | None) -> Given:
        """As given; remembers the platform."""
        self.platforms.append(platform)
        return self._answer("config", image, identity)

    async def layers(self, image: ImageReference, identity: Identity, digests: Sequence[str]) -> Given:
        """As given; remembers the digests."""
        self.digests.extend(digests)
        return self._answer("layers", image, identity)

    def _answer(self, question: str, image: ImageReference, identity: Identity) -> Given:
        self.asked[question] += 1
        self.identities.append(identity)
        given = self._given(question, image, identity)
        return given or Unread(
            f"registry {image.registry}", "not asked", f"--allow-registry {image.registry}"
        )

    def _given(self, question: str, image: ImageReference, identity: Identity) -> Given | None:
        by_who = f"{question} {identity}"
        for name in (f"{image.spelled} {by_who}", f"{image.spelled} {question}", by_who, question):
            if name in self._answers:
                return self._answers[name]
        return None
