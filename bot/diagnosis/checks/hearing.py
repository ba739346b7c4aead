"""What the registry said to each identity that a pull would use: a Case in -> testimony by identity out.

The kubelet tries every matching credential in turn, and asks anonymously where none matches. The diagnosis asks
as each of these, and where none succeeds anonymously too: only the difference tells a stale secret from a missing
image.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from bot.diagnosis import keyring
from bot.diagnosis.checks import secrets
from bot.diagnosis.checks.claims import Case
from bot.diagnosis.keyring import Matched
from bot.facts.image import ImageReference
from bot.facts.objects import PullSecret, Unread
from bot.facts.testimony import ANONYMOUS, SILENT, Fault, Identity, Testimony


# What cannot be asked of an image whose reference does not parse.
NO_REFERENCE = Unread("the image", "its reference does not parse")
# A registry that misses a page of tags, or a token that lists none, is told from one that has no such repository by
# the code in its answer: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
_NO_REPOSITORY = frozenset({"NAME_UNKNOWN", "NAME_INVALID", "REPOSITORY_NOT_FOUND", "NOT_FOUND"})
_REFUSED = (401, 403)
# A namespace with more secrets for one registry than this will not be put right by trying them all.
MOST_UNATTACHED = 3
# The kubelet tries every credential that matches. People have two or three for one registry; a Secret of a mebibyte
# holds thousands, each of which would cost the registry a question and the API server a reading of the Secret.
_MOST_TRIED = 8
# Where the registry led us and we did not go: what it says of that is a detail, and not the reason.
_LED_ASTRAY = frozenset({Fault.UNSAFE_TOKEN_SERVICE, Fault.UNSAFE_REDIRECT})


@dataclass(frozen=True, slots=True)
class Voice:
    """One identity and what it was told."""

    identity: Identity
    heard: Testimony | Unread

    @property
    def testimony(self) -> Testimony | None:
        """The answer, where the registry itself was heard."""
        if isinstance(self.heard, Unread) or self.heard.told.fault in SILENT:
            return None
        return self.heard

    @property
    def is_ok(self) -> bool:
        """Whether what was asked for is there for this identity."""
        return self.testimony is not None and self.testimony.told.is_ok

    @property
    def is_refused(self) -> bool:
        """Whether the identity was turned away: at the token service or at the registry."""
        return (
            self.testimony is not None
            and self.testimony.told.fault is None
            and self.testimony.told.status in _REFUSED
        )

    @property
    def is_not_found(self) -> bool:
        """Whether the answer was 404."""
        return (
            self.testimony is not None
            and self.testimony.told.fault is None
            and self.testimony.told.status == 404
        )

    @property
    def says_no_repository(self) -> bool:
        """Whether the answer was: no repository of this name."""
        return self.is_not_found and bool(
            self.testimony and self.testimony.told.code.upper() in _NO_REPOSITORY
        )


@dataclass(frozen=True, slots=True)
class Hearing:
    """The voices that were asked the same, in the kubelet's order, the anonymous one last."""

    voices: tuple[Voice, ...]

    @property
    def ok(self) -> Voice | None:
        """The first identity for which it is there."""
        return next((voice for voice in self.voices if voice.is_ok), None)

    @property
    def not_found(self) -> tuple[Voice, ...]:
        """The voices that were told 404."""
        return tuple(voice for voice in self.voices if voice.is_not_found)

    @property
    def unheard(self) -> Unread | None:
        """Why nothing at all was learned, when that is so; what would help first."""
        if any(voice.testimony for voice in self.voices):
            return None
        silent = [why_silent(voice.heard) for voice in self.voices]
        return next((each for each in silent if each.remedy), silent[0])


def why_silent(heard: Testimony | Unread) -> Unread:
    """Why a question got no answer of the registry's, as the reader should see it."""
    if isinstance(heard, Unread):
        return heard
    told = heard.told
    fault = told.fault.replace("-", " ") if told.fault else f"HTTP {told.status}"
    why = f"{fault}: {told.said}" if told.said and told.fault in _LED_ASTRAY else told.said or fault
    return Unread(f"registry {told.host}", why, heard.remedy)


async def identities(case: Case, image: ImageReference) -> tuple[Identity, ...]:
    """The first credentials that the kubelet would try for the image, in its order; equal ones once."""
    return (await _offered(case, image))[:_MOST_TRIED]


async def untried(case: Case, image: ImageReference) -> Unread | None:
    """Why a refusal of all :func:`identities` is not one of all credentials; None when there are no more."""
    more = len(await _offered(case, image)) - _MOST_TRIED
    if more <= 0:
        return None
    return Unread("", f"{more} more credentials match than the {_MOST_TRIED} that are tried")


async def _offered(case: Case, image: ImageReference) -> tuple[Identity, ...]:
    pod = case.failure.pod
    found = [await case.scene.reader.secret(pod.namespace, name) for name in pod.pull_secrets]
    return offers(keyring.match(image, [secret for secret in found if isinstance(secret, PullSecret)]))


async def unattached(case: Case, image: ImageReference) -> tuple[tuple[Identity, ...], Unread | None]:
    """The credentials of the namespace that are for this registry and that the pod does not use, and what may hide more.

    The kubelet would use them once they are attached. A few are tried, never all.
    """
    listed = await case.scene.reader.secrets(case.failure.pod.namespace)
    unread = listed if isinstance(listed, Unread) else None
    known = await secrets.named_somewhere(case) if isinstance(listed, Unread) else listed
    loose = [each for each in known if each.name not in case.failure.pod.pull_secrets]
    return offers(found for each in loose for found in keyring.match(image, (each,))), unread


def offers(matched: Iterable[Matched]) -> tuple[Identity, ...]:
    """The identities behind matching entries; equal credentials once."""
    found: dict[str, Identity] = {}
    for each in matched:
        entry = each.entry
        who = Identity(each.secret.namespace, each.secret.name, entry.key, entry.fingerprint)
        found.setdefault(entry.fingerprint or f"{who}/{who.key}", who)
    return tuple(found.values())


async def unreadable_secret(case: Case) -> Unread | None:
    """The first pull secret of the pod that may not be read, so that its credential cannot be tried."""
    pod = case.failure.pod
    found = [await case.scene.reader.secret(pod.namespace, name) for name in pod.pull_secrets]
    return next((each for each in found if isinstance(each, Unread)), None)


async def hear(
    case: Case, image: ImageReference, ask: Callable[[Identity], Awaitable[Testimony | Unread]]
) -> Hearing:
    """Put one question as each identity until one succeeds, as a pull does; the anonymous one comes last.

    In turn and not at once: what nobody needs to ask is not asked, and a registry that answers the first with 429
    is left alone.
    """
    voices: list[Voice] = []
    for who in (*await identities(case, image), ANONYMOUS):
        voices.append(Voice(who, await ask(who)))
        if voices[-1].is_ok:
            break
    return Hearing(tuple(voices))


async def manifests(case: Case, image: ImageReference, *, whole: bool = False) -> Hearing:
    """Who gets the manifest."""
    return await hear(case, image, lambda who: case.prober.manifest(image, who, whole=whole))


async def tags(case: Case, image: ImageReference) -> Hearing:
    """Who may list the tags."""
    return await hear(case, image, lambda who: case.prober.tags(image, who))
