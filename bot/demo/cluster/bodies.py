"""What a request's body says: bytes in -> an object or a patch out, with the complaints about its fields.

Unknown and doubled fields are warned of, refused or passed over, as ``fieldValidation`` says:
https://kubernetes.io/docs/reference/using-api/api-concepts/#setting-the-field-validation-level
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.demo.cluster import gojson, shapes
from bot.demo.cluster.kinds import Resource
from bot.demo.cluster.refusals import Flaw, Object, Refused, bad_request, barred, invalid, quoted, unsupported


_STRICT, _IGNORE, _WARN = "Strict", "Ignore", "Warn"
_LARGEST = 3 * 1024 * 1024
_OPTIONS = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}


@dataclass(frozen=True, slots=True)
class Options:
    """How a write is meant.

    Attributes:
        dry: nothing may be kept.
        validation: what becomes of unknown fields.
    """

    dry: bool = False
    validation: str = _WARN

    @classmethod
    def of(cls, verb: str, query: Mapping[str, str]) -> "Options":
        """From a request's query.

        Raises:
            Refused: 422 for options there are not.
        """
        flaws: list[Flaw] = []
        if (dry := query.get("dryRun", "")) not in ("", "All"):
            flaws.append(unsupported("dryRun", [dry], ("All",)))
        if (level := query.get("fieldValidation", "")) not in ("", _IGNORE, _STRICT, _WARN):
            flaws.append(unsupported("fieldValidation", level, ("", _IGNORE, _STRICT, _WARN)))
        if verb == "patch" and "force" in query:
            flaws.append(barred("force", "may not be specified for non-apply patch"))
        if flaws:
            raise invalid(f"{_OPTIONS[verb]}.meta.k8s.io", "", flaws)
        return cls(bool(dry), level or _WARN)


@dataclass(frozen=True, slots=True)
class Read:
    """A body that was read.

    Attributes:
        doubled: paths of fields that stand in it more than once.
    """

    value: Any
    doubled: tuple[str, ...] = ()


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it was written, doubled fields and all."""


def read(body: bytes) -> Read:
    """The value that a body holds.

    Raises:
        Refused: 400 for what is not JSON, 413 for what is too large.
    """
    if len(body) > _LARGEST:
        said = f"Request entity too large: limit is {_LARGEST}"
        raise Refused(413, said, "RequestEntityTooLarge")
    text = body.decode(errors="replace")
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        raise bad_request(gojson.complaint(text)) from None
    doubled: list[str] = []
    return Read(_plain(pairs, "", doubled), tuple(doubled))


def checked(resource: Resource, item: Read, options: Options) -> tuple[Object, list[str]]:
    """An object as a POST or PUT sends it.

    Returns:
        Without the fields that its kind does not have, and the warnings about them.

    Raises:
        Refused: 400.
    """
    value = item.value if isinstance(item.value, dict) else {}
    about = f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
    if value.get("kind") not in (None, resource.kind) or value.get("apiVersion") not in (
        None,
        resource.api_version,
    ):
        sent = f"{value.get('apiVersion')}, Kind={value.get('kind')}"
        raise bad_request(f"the API version in the data ({sent}) does not match the expected API version")
    if found := shapes.mistyped(resource.kind, value):
        path, kind = found
        said = f"json: cannot unmarshal into Go struct field {resource.kind}.{path} of type {kind}"
        raise bad_request(about + said)
    complaints = _complaints(item.doubled, shapes.unknown(resource.kind, value))
    if complaints and options.validation == _STRICT:
        raise bad_request(f"{about}strict decoding error: {', '.join(complaints)}")
    warnings = [] if options.validation == _IGNORE else complaints
    return shapes.pruned(resource.kind, value), warnings


def patched(
    resource: Resource, changed: Object, doubled: Sequence[str], shown: str, options: Options
) -> tuple[Object, list[str]]:
    """An object as a patch made it; ``shown`` is what a refusal quotes: the strategic patch, or the whole object.

    Returns:
        Without the fields that its kind does not have, and the warnings about them.

    Raises:
        Refused: 422.
    """
    if found := shapes.mistyped(resource.kind, changed):
        raise invalid("", "", [_of_patch(shown, f"unrecognized type: {found[1]}")])
    complaints = _complaints(doubled, shapes.unknown(resource.kind, changed))
    if complaints and options.validation == _STRICT:
        raise invalid("", "", [_of_patch(shown, f"strict decoding error: {', '.join(complaints)}")])
    warnings = [] if options.validation == _IGNORE else complaints
    return shapes.pruned(resource.kind, changed), warnings


def in_go(value: object) -> str:
    """Go's %v of decoded JSON."""
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{in_go(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(in_go(each) for each in value)}]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of_patch(shown: str, why: str) -> Flaw:
    return Flaw("FieldValueInvalid", "patch", f"Invalid value: {quoted(shown)}: {why}")


def _complaints(doubled: Sequence[str], unknown: Sequence[str]) -> list[str]:
    return [
        *(f"duplicate field {quoted(each)}" for each in doubled),
        *(f"unknown field {quoted(each)}" for each in unknown),
    ]


def _plain(value: Any, path: str, doubled: list[str]) -> Any:
    if isinstance(value, _Pairs):
        told: Object = {}
        for name, inner in value:
            place = f"{path}.{name}" if path else name
            if name in told:
                doubled.append(place)
            told[name] = _plain(inner, place, doubled)
        return told
    if isinstance(value, list):
        return [_plain(each, f"{path}[{number}]", doubled) for number, each in enumerate(value)]
    return value
