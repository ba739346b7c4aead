"""What the node itself says of the registry, where somebody had it asked; it holds for half an hour, for that node and host alone.

A look that fails tells of now. One that succeeds tells of now as well: it rules something out only where the node has not
failed again since.
"""

from collections.abc import Callable

from bot.diagnosis.checks.claims import Case, answered, check, no, unknown, yes
from bot.facts import statement
from bot.facts.evidence import Evidence, Witness
from bot.facts.statement import Seen, Statement
from bot.facts.testimony import Fault


_NODE = Witness.NODE
_ASKS = "ask-node, with `witness` in the bot's settings"
# Of these the certificate is to blame, not the road.
_OF_TRUST = frozenset({Fault.TLS_CERTIFICATE_EXPIRED, Fault.TLS_NAME_MISMATCH, Fault.TLS_UNKNOWN_AUTHORITY})


@check("node-resolves-host", _NODE, "node", 0)
async def node_resolves_host(case: Case) -> Evidence:
    """The node resolves the registry's name, as it said itself when somebody had it asked.

    NO when its resolver gave no address. UNKNOWN where nobody had it asked about this host in the last 30 minutes, and where it
    got an address and has failed again since.
    """
    check_id = "node-resolves-host"
    said = _said(case, check_id)
    if isinstance(said, Evidence):
        return said
    told = {"node": said.spot.node, "host": said.spot.host, "at": _clock(said)}
    if said.seen.resolve:
        return no(check_id, _NODE, **told, fault=said.seen.resolve.value)
    return _since(case, said, check_id) or yes(check_id, _NODE, **told, address=_first(said.seen.addresses))


@check("node-connects", _NODE, "node", 0)
async def node_connects(case: Case) -> Evidence:
    """A TCP connection from the node to the registry comes about, as it said itself when somebody had it asked.

    NO when none of the addresses took one. UNKNOWN without a statement, where the name gave no address, where the pull goes
    through a proxy, and where it connected and has failed again since.
    """
    check_id = "node-connects"
    said = _said(case, check_id)
    if isinstance(said, Evidence):
        return said
    if case.failure.symptom.fields.get("proxy"):
        return unknown(check_id, "the runtime goes through a proxy, and the look did not", _NODE)
    faults = [each.fault for each in said.seen.connections if each.fault]
    if not said.seen.connected and (not faults or Fault.UNSAFE_ADDRESS in faults):
        return unknown(check_id, "no address was tried", _NODE)
    told = {"node": said.spot.node, "target": said.spot.target, "at": _clock(said)}
    if not said.seen.connected:
        return no(check_id, _NODE, **told, fault=faults[0].value)
    return _since(case, said, check_id) or yes(check_id, _NODE, **told)


@check("node-tls-verified", _NODE, "node", 0)
async def node_tls_verified(case: Case) -> Evidence:
    """The certificate that the registry shows to the node holds, as it said itself when somebody had it asked.

    NO when it is out of date or for another name, or when TLS fails otherwise. UNKNOWN without a statement, where no connection
    came about, and where its issuer is not known: the list of issuers is that of the bot's image and not the node's.
    """
    check_id = "node-tls-verified"
    said = _said(case, check_id)
    if isinstance(said, Evidence):
        return said
    if not said.seen.tls_asked:
        return unknown(check_id, "no connection came about", _NODE)
    if said.seen.tls is Fault.TLS_UNKNOWN_AUTHORITY:
        why = "the bot's image does not know who issued it, and the node may"
        return unknown(check_id, why, _NODE)
    told = {"node": said.spot.node, "target": said.spot.target, "at": _clock(said)}
    told |= {"issuer": said.seen.issuer, "until": f"{said.seen.until:%Y-%m-%d}" if said.seen.until else ""}
    fault = said.seen.tls.value if said.seen.tls else ""
    return answered(check_id, not fault, _NODE, **told, fault=fault)


@check("node-reaches-registry", _NODE, "node", 0)
async def node_reaches_registry(case: Case) -> Evidence:
    """A registry answers the node: name, connection, TLS and HTTP, as it said itself when somebody had it asked.

    NO when one of them fails, or when what answers is no registry. UNKNOWN without a statement, where the registry answers with
    an error of its own, where the pull goes through a proxy, and where it was reached and has failed again since.
    """
    check_id = "node-reaches-registry"
    said = _said(case, check_id)
    if isinstance(said, Evidence):
        return said
    if case.failure.symptom.fields.get("proxy"):
        return unknown(check_id, "the runtime goes through a proxy, and the look did not", _NODE)
    if any(each.fault is Fault.UNSAFE_ADDRESS for each in said.seen.connections):
        return unknown(check_id, "its address is never asked", _NODE)
    seen = said.seen
    if seen.status >= 500:
        return unknown(check_id, f"it answers with an error of its own (HTTP {seen.status})", _NODE)
    told = {"node": said.spot.node, "target": said.spot.target, "at": _clock(said)}
    broken = _broken(seen)
    if broken:
        return no(check_id, _NODE, **told, step=broken[0], fault=broken[1])
    return _since(case, said, check_id) or yes(check_id, _NODE, **told, status=str(seen.status))


def recovered(case: Case) -> Statement | None:
    """What the node said, where it reached the registry after the last attempt that failed; None otherwise."""
    said = _said(case, "node-reaches-registry")
    if isinstance(said, Evidence) or case.failure.symptom.fields.get("proxy"):
        return None
    ends_well = not _broken(said.seen) and said.seen.status < 500
    return said if ends_well and _since(case, said, "node-reaches-registry") is None else None


def reached_elsewhere(case: Case) -> Statement | None:
    """What another node said that reached this registry while this one could not; None where none did."""
    return _elsewhere(case, lambda seen: not _broken(seen) and seen.status < 500, _ends_on_the_way)


def resolved_elsewhere(case: Case) -> Statement | None:
    """What another node said that resolved this registry's name while this one could not; None where none did."""
    return _elsewhere(case, lambda seen: not seen.resolve, lambda seen: bool(seen.resolve))


def _ends_on_the_way(seen: Seen) -> bool:
    return bool(_broken(seen)) and all(each.fault is not Fault.UNSAFE_ADDRESS for each in seen.connections)


def _elsewhere(
    case: Case, went_well: Callable[[Seen], bool], fails: Callable[[Seen], bool]
) -> Statement | None:
    """The last of other nodes' words that tell of what this one did not come to, before and after.

    This node has to have failed once more since, in its own words or the kubelet's: what was mended meanwhile works for all.
    """
    failure = case.failure
    if _silent(case) or failure.symptom.fields.get("proxy"):
        return None
    words = _about_it(case)
    failed = [each.at for each in words if each.spot.node == failure.pod.node and fails(each.seen)]
    last = max([*failed, *([failure.last_attempt] if failure.last_attempt else [])], default=None)
    good = [
        each
        for each in words
        if each.spot.node != failure.pod.node
        and went_well(each.seen)
        and last is not None
        and (failure.since is None or failure.since <= each.at)
        and each.at <= last
    ]
    return max(good, key=lambda each: each.at, default=None)


def _silent(case: Case) -> str:
    """Why no node's word is about this failure; "" where one may be."""
    failure = case.failure
    if failure.reference is None:
        return "the reference does not parse"
    failed = failure.symptom.fields.get("lookup") or failure.symptom.fields.get("host", "")
    if failed and not case.scene.registries.same(failed, failure.registry):
        return "the node failed at another host"
    return ""


def _about_it(case: Case) -> list[Statement]:
    """What nodes said of the registry and what still counts."""
    place = statement.place(case.failure.registry)
    return [
        each
        for each in case.statements
        if (each.spot.host, each.spot.port) == place and each.holds(case.scene.now)
    ]


def _said(case: Case, check_id: str) -> Statement | Evidence:
    """The last thing that the node said of the registry, or that there is none."""
    if why := _silent(case):
        return unknown(check_id, why, _NODE)
    found = [each for each in _about_it(case) if each.spot.node == case.failure.pod.node]
    if not found:
        return unknown(check_id, "nobody had the node asked", _NODE, _ASKS)
    return max(found, key=lambda each: each.at)


def _since(case: Case, said: Statement, check_id: str) -> Evidence | None:
    """That what went well may go wrong again: the kubelet has tried since, or nobody knows when it did."""
    last = case.failure.last_attempt
    if last is None:
        return unknown(check_id, "it went well, and when the kubelet last tried is not known", _NODE)
    if last > said.at:
        return unknown(check_id, "it went well, and the pull has failed again since", _NODE)
    return None


def _broken(seen: Seen) -> tuple[str, str] | None:
    """The step at which the road ends, and how; None where a registry answers."""
    if seen.resolve:
        return "name", seen.resolve.value
    if not seen.connected:
        return "connection", next((each.fault.value for each in seen.connections if each.fault), "")
    if seen.tls and seen.tls not in _OF_TRUST:
        return "TLS", seen.tls.value
    if seen.answer:
        return "answer", seen.answer.value
    return None if seen.registry else ("answer", "no registry")


def _first(addresses: tuple[str, ...]) -> str:
    return addresses[0] if addresses else ""


def _clock(said: Statement) -> str:
    return f"{said.at:%H:%M}"
