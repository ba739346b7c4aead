"""What a list answers: a request's selectors, limits and versions in -> a page as etcd and the watch cache give it.

https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
"""

import base64
import json
from collections.abc import Mapping

from bot.demo.cluster import gojson
from bot.demo.cluster.kinds import RESOURCES
from bot.demo.cluster.refusals import Flaw, Object, Refused, bad_request, barred, invalid, quoted
from bot.demo.cluster.selectors import selecting
from bot.demo.cluster.store import Key, Store


OPTIONS = "ListOptions.meta.k8s.io"
_MATCH = "resourceVersionMatch"


def listed(store: Store, plural: str, namespace: str, query: Mapping[str, str]) -> Object:
    """A list, or one page of it.

    Raises:
        Refused: for a version or token that is bad, too old or of the future, and for bad selectors.
    """
    check(query, watched=False)
    resource = RESOURCES[plural]
    match = selecting(resource, query)
    start, version = _start(store, query)
    inside = ((key, item) for key, item in store.at(plural, version).items() if namespace in ("", key[0]))
    named = sorted(((_key(key, namespace), item) for key, item in inside), key=lambda pair: pair[0])
    found = [(key, item) for key, item in named if key > start and match(item)]
    # The watch cache, which answers for version 0, knows no pages.
    limit = 0 if query.get("resourceVersion") == "0" else int(query.get("limit") or 0)
    page = found[:limit] if limit else found
    meta: Object = {"resourceVersion": str(version)}
    if len(page) < len(found):
        meta["continue"] = _token(version, page[-1][0])
        if not (query.get("fieldSelector") or query.get("labelSelector")):
            meta["remainingItemCount"] = len(found) - len(page)
    items = [item for _, item in page]
    return {
        "kind": f"{resource.kind}List",
        "apiVersion": resource.api_version,
        "metadata": meta,
        "items": items,
    }


def check(query: Mapping[str, str], *, watched: bool) -> None:
    """Refuse options that contradict each other.

    Raises:
        Refused: 422.
    """
    flaws: list[Flaw] = []
    initial = query.get("sendInitialEvents") in ("true", "1")
    match, version = query.get(_MATCH, ""), query.get("resourceVersion", "")
    if watched and initial and match != "NotOlderThan":
        flaws.append(barred(_MATCH, f"sendInitialEvents requires setting {_MATCH} to NotOlderThan"))
    elif not watched and match and not version:
        flaws.append(barred(_MATCH, f"{_MATCH} is forbidden unless resourceVersion is provided"))
    if initial and not watched:
        flaws.append(barred("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    if flaws:
        raise invalid(OPTIONS, "", flaws)


def ahead(store: Store, query: Mapping[str, str]) -> Refused | None:
    """The 504 of a version that this server has not seen yet; a real one waits about 3 s before it says so."""
    asked = query.get("resourceVersion", "")
    if not asked.isdigit() or int(asked) <= store.version or query.get("continue"):
        return None
    details = {
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1,
    }
    said = f"Timeout: Too large resource version: {asked}, current: {store.version}"
    return Refused(504, said, "Timeout", details, headers={"Retry-After": "1"})


def bad_version(version: str) -> str:
    """What is wrong with a version that is no number; "" where nothing is."""
    if version.isdigit() or not version:
        return ""
    return (
        f"resourceVersion: Invalid value: {quoted(version)}: "
        f"strconv.ParseUint: parsing {quoted(version)}: invalid syntax"
    )


def _start(store: Store, query: Mapping[str, str]) -> tuple[str, int]:
    version = query.get("resourceVersion", "")
    if query.get("continue"):
        if version not in ("", "0"):
            raise bad_request("specifying resource version is not allowed when using continue")
        return _continued(store, query["continue"])
    if said := bad_version(version):
        raise bad_request(f"invalid resource version: {said}")
    if query.get(_MATCH) != "Exact":
        return "", store.version
    if int(version) < store.compacted:
        raise Refused(410, "The resourceVersion for the provided list is too old.", "Expired")
    return "", int(version)


def _continued(store: Store, token: str) -> tuple[str, int]:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("latin-1")
        told = gojson.decoded(text)
        start, version = told["start"].lstrip("/").removesuffix("\0"), int(told["rv"])
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        said = f"invalid continue token: continue key is not valid: {problem}"
        raise bad_request(said) from None
    if version == -1:
        return start, store.version
    if version < store.compacted:
        raise Refused(
            410,
            "The provided continue parameter is too old to display a consistent list result. "
            "You can start a new list without the continue parameter, or use the continue token in this "
            "response to retrieve the remainder of the results. Continuing with the provided token results "
            "in an inconsistent list - objects that were created, modified, or deleted between the time "
            "the first chunk was returned and now may show up in the list.",
            "Expired",
            metadata={"continue": _token(-1, start)},
        )
    return start, version


def _key(key: Key, namespace: str) -> str:
    return key[1] if namespace or not key[0] else f"{key[0]}/{key[1]}"


def _token(version: int, start: str) -> str:
    told = {"v": "meta.k8s.io/v1", "rv": version, "start": f"{start}\0"}
    return base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")
