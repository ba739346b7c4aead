"""What a node's own word says of a failure there: for how long, of which host, and when it says nothing."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.diagnosis.checks.claims import Case
from bot.facts.statement import Connection, Seen, Spot, Statement
from bot.facts.testimony import Fault
from tests import cases
from tests.cases import MINUTE, failure, pod
from tests.fakes.cluster import NOW, FakeReader


IMAGE = "registry.corp.example:5000/shop/web:1"
HOST, PORT = "registry.corp.example", 5000
OPEN = (Connection("10.0.0.7"),)
WELL = Seen(HOST, PORT, addresses=("10.0.0.7",), connections=OPEN, tls_asked=True, status=401, registry=True)
NAMELESS = Seen(HOST, PORT, resolve=Fault.DNS_NO_ANSWER)
REFUSED = replace(
    WELL,
    connections=(Connection("10.0.0.7", Fault.CONNECT_REFUSED),),
    tls_asked=False,
    status=0,
    registry=False,
)
CHECKS = ("node-resolves-host", "node-connects", "node-tls-verified", "node-reaches-registry")


def _case(
    seen: Seen,
    *,
    node: str = "node-a",
    at: datetime = NOW - MINUTE,
    last: datetime | None = NOW - 2 * MINUTE,
    fields: dict[str, str] | None = None,
) -> Case:
    mine = failure("connect-timeout", pod("web", IMAGE, node="node-a"), last_attempt=last)
    mine = replace(mine, symptom=replace(mine.symptom, fields=fields or {}))
    made = cases.case(mine, FakeReader(pods=[mine.pod]), ())
    said = Statement(Spot("here", node, seen.host, seen.port), seen, at, "p1")
    return replace(made, statements=(said,))


async def _answers(case: Case) -> list[str]:
    return [await cases.answer(each, case) for each in CHECKS]


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (WELL, ["yes", "yes", "yes", "yes"]),
        (NAMELESS, ["no", "unknown", "unknown", "no"]),
        (REFUSED, ["yes", "no", "unknown", "no"]),
        (replace(WELL, tls=Fault.TLS_CERTIFICATE_EXPIRED), ["yes", "yes", "no", "yes"]),
        (replace(WELL, tls=Fault.TLS_UNKNOWN_AUTHORITY), ["yes", "yes", "unknown", "yes"]),
        (replace(WELL, tls=Fault.DROPPED, status=0, registry=False), ["yes", "yes", "no", "no"]),
        (replace(WELL, status=200, registry=False), ["yes", "yes", "yes", "no"]),
        (replace(WELL, status=503, registry=False), ["yes", "yes", "yes", "unknown"]),
        (replace(WELL, status=0, registry=False, answer=Fault.RESPONSE_TIMEOUT), ["yes", "yes", "yes", "no"]),
        (
            replace(REFUSED, connections=(Connection("127.0.0.1", Fault.UNSAFE_ADDRESS),)),
            ["yes", "unknown", "unknown", "unknown"],
        ),
    ],
)
async def test_each_step_is_told(seen: Seen, told: list[str]) -> None:
    """And an issuer that our image does not know is nobody's fault."""
    assert await _answers(_case(seen)) == told


@pytest.mark.parametrize("seen", [WELL, NAMELESS, REFUSED])
@pytest.mark.parametrize(
    "changes",
    [
        {"node": "node-b"},
        {"at": NOW - 31 * MINUTE},
        {"at": NOW + 5 * MINUTE},
        {"fields": {"lookup": "cdn.example.net"}},
        {"fields": {"host": "other.example"}},
    ],
)
async def test_word_of_another_place_or_time_counts_for_nothing(seen: Seen, changes: dict[str, Any]) -> None:
    """Another node, too long ago, yet to come, or of a host that did not fail."""
    assert await _answers(_case(seen, **changes)) == ["unknown"] * 4


@pytest.mark.parametrize("changed", [{"host": "registry.other.example"}, {"port": 443}])
async def test_word_about_another_host_counts_for_nothing(changed: dict[str, Any]) -> None:
    """Host and port are the image's."""
    assert await _answers(_case(replace(WELL, **changed))) == ["unknown"] * 4


@pytest.mark.parametrize("last", [None, NOW])
async def test_what_went_well_rules_nothing_out_where_it_failed_again(last: datetime | None) -> None:
    """Or where nobody knows when it did; what went badly still stands."""
    assert await cases.answer("node-reaches-registry", _case(WELL, last=last)) == "unknown"
    assert await cases.answer("node-resolves-host", _case(WELL, last=last)) == "unknown"
    assert await cases.answer("node-resolves-host", _case(NAMELESS, last=last)) == "no"


async def test_the_newest_word_counts() -> None:
    """Of two that hold."""
    case = _case(NAMELESS, at=NOW - 10 * MINUTE)
    (older,) = case.statements
    newer = replace(older, seen=WELL, at=NOW - MINUTE)
    assert await cases.answer("node-resolves-host", replace(case, statements=(newer, older))) == "yes"


async def test_a_look_past_the_proxy_says_nothing_of_the_road_through_it() -> None:
    """The runtime has a proxy of its own, which the look does not."""
    answers = await _answers(_case(REFUSED, fields={"proxy": "proxy.corp.example:3128"}))
    assert answers == ["yes", "unknown", "unknown", "unknown"]


async def test_a_registry_that_was_reached_since_has_recovered() -> None:
    """As if somebody had pulled on that node; not where the pull has failed again."""
    assert await cases.answer("registry-recovered-since", _case(WELL)) == "yes"
    assert await cases.answer("registry-recovered-since", _case(WELL, last=NOW)) == "no"
    assert await cases.answer("registry-recovered-since", _case(REFUSED)) == "no"


def _both(other: Seen, *, own: Seen | None = None, at: datetime = NOW - MINUTE, **given: Any) -> Case:
    """Another node's word, and perhaps this one's a moment later."""
    case = _case(other, node="node-b", at=at, **given)
    if own is None:
        return case
    (said,) = case.statements
    mine = replace(said, spot=replace(said.spot, node="node-a"), seen=own, at=at + MINUTE / 2)
    return replace(case, statements=(said, mine))


@pytest.mark.parametrize(
    ("other", "own", "last", "told"),
    [
        (WELL, REFUSED, NOW - 3 * MINUTE, "yes"),
        (WELL, None, NOW, "yes"),
        (WELL, None, NOW - 3 * MINUTE, "unknown"),
        (WELL, None, None, "unknown"),
        (WELL, WELL, NOW - 3 * MINUTE, "unknown"),
        (WELL, replace(WELL, status=503), NOW - 3 * MINUTE, "unknown"),
        (REFUSED, REFUSED, NOW, "unknown"),
        (replace(WELL, status=503), REFUSED, NOW, "unknown"),
        (replace(WELL, registry=False), REFUSED, NOW, "unknown"),
    ],
)
async def test_another_node_that_was_asked_is_a_witness(
    other: Seen, own: Seen | None, last: datetime | None, told: str
) -> None:
    """That the registry is up, where this one failed again after it; what was mended meanwhile blames nobody."""
    assert await cases.answer("registry-reached-elsewhere", _both(other, own=own, last=last)) == told


@pytest.mark.parametrize("fields", [{"proxy": "proxy.corp.example:3128"}, {"host": "other.example"}])
async def test_another_node_took_another_road(fields: dict[str, str]) -> None:
    """Past the proxy, or to another host."""
    case = _both(WELL, own=REFUSED, last=NOW, fields=fields)
    assert await cases.answer("registry-reached-elsewhere", case) == "unknown"


@pytest.mark.parametrize(("other", "told"), [(WELL, "yes"), (REFUSED, "yes"), (NAMELESS, "unknown")])
async def test_another_node_that_was_asked_resolves_the_name(other: Seen, told: str) -> None:
    """Whether or not it gets any further."""
    assert await cases.answer("name-resolves-elsewhere", _both(other, own=NAMELESS)) == told
