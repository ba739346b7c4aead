"""The transcript as one JSON document: what was asked and answered in -> text out, and back.

It comes from anybody, so it is read as a dump is: capped, and whatever is not of its form is refused in a line.
"""

import json
from typing import Any, Final

import msgspec

from bot.errors import UnsafeSource, UsageError
from bot.facts.request import Request
from bot.facts.testimony import Asked as Counted
from bot.transcript.notebook import MOST, Entry


SCHEMA: Final = "imagepull-transcript/v1"
LARGEST: Final = 256 * 1024 * 1024
FAMILY: Final = b'"imagepull-transcript/'
_HINT = "make it again: imagepull why TARGET --prove > transcript.json"


class Cluster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cluster, and the questions put to it in their order.

    Attributes:
        name: what people call it.
        called: what whoever answered calls it.
        vantage: where the one who asked stood.
        mirrors: registry host -> the mirror that the nodes use, from the settings.
    """

    name: str
    called: str = ""
    vantage: str = "unknown"
    mirrors: dict[str, str] = {}
    questions: tuple[Entry, ...] = ()


class Registries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What registries said: to the diagnosis, and word for word.

    Attributes:
        asked: how often each was asked of late.
    """

    questions: tuple[Entry, ...] = ()
    exchanges: tuple[Any, ...] = ()
    asked: tuple[Counted, ...] = ()


class Transcript(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One diagnosis, with everything that it rests on.

    Attributes:
        schema: tells what this is.
        observed_at: the moment it stands for.
    """

    schema: str
    observed_at: str
    asked: Request
    cluster: Cluster
    registry: Registries = Registries()


class _Head(msgspec.Struct):
    schema: str = ""


def written(asked: Request, cluster: dict[str, Any], registry: dict[str, Any], observed_at: str) -> str:
    """The document, in ASCII: whatever foreign texts hold, no terminal obeys it.

    Args:
        asked: by the person.
        cluster: the fields of :class:`Cluster` as plain values.
        registry: those of :class:`Registries`.
        observed_at: the moment that the answer stands for.
    """
    whole = {
        "schema": SCHEMA,
        "observed_at": observed_at,
        "asked": msgspec.to_builtins(asked),
        "cluster": cluster,
        "registry": registry,
    }
    return json.dumps(whole, indent=1) + "\n"


def is_one(raw: bytes) -> bool:
    """Whether a file is a transcript, in whatever version and however damaged further in."""
    if FAMILY not in raw:
        return False
    try:
        return msgspec.json.decode(raw, type=_Head).schema.startswith(FAMILY.decode().strip('"'))
    except msgspec.ValidationError:
        return False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # It may be cut off; then what it begins with tells.
        return raw[:200].lstrip().startswith(b"{") and FAMILY in raw[:200]


def read(raw: bytes, name: str) -> Transcript:
    """Read a transcript.

    Args:
        raw: the file's content.
        name: what the file is called.

    Raises:
        UsageError: it is of another version, cut off, or not of the form.
        UnsafeSource: it is larger than we read, or nested without end.
    """
    shown = repr(name[:200])
    if len(raw) > LARGEST:
        raise UnsafeSource(f"{shown} has more than {LARGEST // 1024**2} MiB", _HINT)
    try:
        version = msgspec.json.decode(raw, type=_Head).schema
        if version != SCHEMA:
            raise UsageError(
                f"{shown} is of another version than {SCHEMA}", "use the imagepull that wrote it"
            )
        found = msgspec.json.decode(raw, type=Transcript)
    except msgspec.ValidationError as error:
        why = (str(error).splitlines() or [""])[0][:160]
        raise UsageError(f"{shown} is no transcript that can be read: {why}", _HINT) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UsageError(f"{shown} is not JSON: was it cut off?", _HINT) from None
    except RecursionError:
        raise UnsafeSource(f"{shown} is nested too deeply", _HINT) from None
    if max(len(found.cluster.questions), len(found.registry.questions)) > MOST:
        raise UnsafeSource(f"{shown} holds more than {MOST:,} questions", _HINT)
    return found
