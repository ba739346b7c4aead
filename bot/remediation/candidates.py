"""Which image a failing one may have been meant to be: a failure and what its registry lists in, candidates out, the likeliest first.

A candidate is a guess. Whether it may be used, and whether it can be pulled, is for the action to find out. A guess that is too
far off says so itself: it is told, and never made a button of.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.diagnosis import nearness
from bot.diagnosis.checks import hearing, history
from bot.diagnosis.checks.claims import Case
from bot.diagnosis.checks.manifests import existence
from bot.facts import image as images
from bot.facts.evidence import Answer
from bot.facts.image import ImageReference
from bot.facts.text import shown


_MOST_EDITS: Final = 2
# How many of the nearest are weighed; of these the action asks for a few.
_MOST_NEAR: Final = 12
_MOST_REPOSITORIES: Final = 3
# A version with what stands before it: "v1.4.2", "release-1.4"; what comes after it is set off.
_VERSION: Final = re.compile(r"([A-Za-z]*[-_.]?)(\d+(?:\.\d+)*)(?=[-+._]|$)", re.ASCII)
_SCHEME: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]{0,20}://)+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image that may be meant.

    Attributes:
        said: what it is to the failing one, in words: "the nearest tag".
        far: why it is too far off for anything but words; "".
        is_own: it is in the repository that the workload names itself.
        was: the repository's name before its registry moved; "" where it did not.
        also: further tags that are as good a guess.
    """

    image: ImageReference
    said: str
    far: str = ""
    is_own: bool = False
    was: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guesses:
    """What was found.

    Attributes:
        why: what kept more from being found, in words; "".
    """

    candidates: tuple[Candidate, ...] = ()
    why: str = ""


async def guesses(case: Case) -> Guesses:
    """What a failing image may be meant to be."""
    reference = case.failure.reference
    if reference is None:
        return _corrected(case.failure.image)
    retired = case.scene.registries.retirement(reference)
    if retired is not None:
        if not retired.moved_to:
            return Guesses(why=f"{retired.prefix} is closed, and its images are nowhere else")
        moved = named(reference, retired.moved_to + reference.name[len(retired.prefix) :])
        found = (
            Candidate(moved, f"where {retired.prefix} has moved to", was=reference.name) if moved else None
        )
        return Guesses((found,) if found else ())
    if reference.digest:
        return await _of_digest(case, reference)
    found_tags = await _tags(case, reference)
    if (await existence(case, reference)).repository is Answer.YES:
        return found_tags
    others = await _repositories(case, reference)
    return Guesses((*others, *found_tags.candidates), "" if others else found_tags.why)


def named(reference: ImageReference, name: str) -> ImageReference | None:
    """The same tag or digest in another repository; None for what is no reference then."""
    tag = f":{reference.tag}" if reference.tag else ""
    digest = f"@{reference.digest}" if reference.digest else ""
    return images.parsed(f"{name}{tag}{digest}")


def too_far(wanted: str, tag: str) -> str:
    """Why a tag is too far from the one that is asked for to be more than a hint; "" where it is near.

    Two edits at most, and the same release line: major and minor of a version. Of what is no version the numbers must be the
    same: build 4711 is not a misspelled 4712.
    """
    if nearness.edits(wanted, tag) > _MOST_EDITS:
        return f"{shown(tag)} is more than two letters away from {shown(wanted)}"
    mine, theirs = _VERSION.match(wanted), _VERSION.match(tag)
    if mine and theirs:
        is_same = _head(mine) == _head(theirs) and _same_line(mine[2], theirs[2])
    else:
        is_same = not (mine or theirs) and _numbers(wanted) == _numbers(tag)
    return "" if is_same else f"{shown(tag)} is of another release line than {shown(wanted)}"


def corrected(text: str) -> str:
    """An invalid reference with what cannot mean anything else put right; "" where nothing is certain.

    Only what adds nothing of its own: white space around it, schemes before it, upper case in the repository's path.
    """
    bare = _SCHEME.sub("", text.strip(), count=1).strip()
    host, slash, path = bare.partition("/")
    is_host = bool(slash) and ("." in host or ":" in host or host == "localhost")
    rest = path if is_host else bare
    repository = re.split(r"[:@]", rest, maxsplit=1)[0]
    fixed = (f"{host}/" if is_host else "") + repository.lower() + rest[len(repository) :]
    return fixed if fixed != text and images.parsed(fixed) else ""


def _corrected(text: str) -> Guesses:
    reference = images.parsed(corrected(text))
    if reference is None:
        return Guesses(why="the reference does not parse, and no correction of it is certain")
    return Guesses((Candidate(reference, "the same, rightly spelled", is_own=True),))


async def _tags(case: Case, reference: ImageReference) -> Guesses:
    """The near tags of the repository that is named."""
    listed = await hearing.tags(case, reference)
    testimony = listed.ok.testimony if listed.ok else None
    if testimony is None:
        silent = listed.unheard
        why = f": {shown(silent.why)}" if silent else ""
        hint = f" ({silent.remedy})" if silent and silent.remedy else ""
        return Guesses(why=f"the tags of {shown(reference.name)} are not listed to us{why}{hint}")
    wanted = reference.effective_tag or ""
    near = nearness.nearest_tags(wanted, testimony.tags, _MOST_NEAR)
    fine = tuple(each for each in near if not too_far(wanted, each))
    found = [_tagged(reference, each, fine) for each in (*fine, *(each for each in near if each not in fine))]
    if not found:
        return Guesses(why=f"{shown(reference.name)} has no tag that is near {shown(wanted)}")
    return Guesses(tuple(each for each in found if each))


def _tagged(reference: ImageReference, tag: str, fine: Sequence[str]) -> Candidate | None:
    spelled = reference.spelled
    head = spelled[: -len(reference.tag) - 1] if reference.tag else spelled
    image = images.parsed(f"{head}:{tag}")
    if image is None or image.name != reference.name:
        return None
    far = too_far(reference.effective_tag or "", tag)
    also = tuple(each for each in fine if each != tag)
    return Candidate(image, "the nearest tag", far, is_own=True, also=() if far else also)


async def _of_digest(case: Case, reference: ImageReference) -> Guesses:
    """What the tag beside a digest names now."""
    if not reference.tag:
        return Guesses(why="a digest alone does not tell which tag was meant")
    tail = len(reference.digest or "") + 1
    tagged = images.parsed(reference.spelled[:-tail])
    voice = (await hearing.manifests(case, tagged)).ok if tagged else None
    manifest = voice.testimony.manifest if voice and voice.testimony else None
    if tagged is None or manifest is None or not manifest.digest:
        return Guesses(why=f"what tag {reference.tag} names now was not told")
    if manifest.digest == reference.digest:
        return Guesses(why=f"tag {reference.tag} still names this digest")
    image = replace(tagged, digest=manifest.digest, spelled=f"{tagged.spelled}@{manifest.digest}")
    said = f"what tag {reference.tag} names now: other content than the digest that is asked for"
    return Guesses((Candidate(image, said, is_own=True),))


async def _repositories(case: Case, reference: ImageReference) -> tuple[Candidate, ...]:
    """The same tag in repositories that are in use here and may be meant."""
    found = []
    for registry, repository in (await history.meant_repositories(case))[:_MOST_REPOSITORIES]:
        image = named(reference, f"{registry}/{repository}")
        if image is not None:
            near = registry == reference.registry and nearness.edits(repository, reference.repository)
            far = "" if near or _same_tail(repository, reference.repository) else "its name is another one"
            found.append(Candidate(image, "the repository of that name that is in use here", far))
    return tuple(found)


def _same_tail(repository: str, other: str) -> bool:
    """Whether two repositories are called the same, wherever they are kept."""
    mine = other.removeprefix("library/")
    return repository.removeprefix("library/") == mine or repository.endswith(f"/{mine}")


def _head(version: re.Match[str]) -> str:
    head = version[1].lower().rstrip("-_.")
    return "" if head == "v" else head


def _same_line(mine: str, theirs: str) -> bool:
    pairs = zip(mine.split(".")[:2], theirs.split(".")[:2], strict=False)
    return all(int(a) == int(b) for a, b in pairs)


def _numbers(tag: str) -> list[str]:
    return re.findall(r"\d+", tag, re.ASCII)
