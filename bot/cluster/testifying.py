"""Reads what the look on a node left behind: a pod's termination message in -> what was seen, or that it is nothing of the kind, out.

Whoever is root on that node can write anything there. So it is held to its shape to the last key, to sizes, and to the faults that
there are; nothing of it is repeated but what passed.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, Any, Final

import msgspec

from bot.facts.statement import Connection, Seen, Word
from bot.facts.testimony import Fault
from bot.facts.text import shown


# What a status holds: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/kuberuntime/kuberuntime_container.go
_MOST_BYTES: Final = 4096
_Short = Annotated[str, msgspec.Meta(max_length=160)]
_Address = Annotated[str, msgspec.Meta(max_length=64)]
_Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
_FAULTS: Final = frozenset(Fault) - {
    Fault.NOT_RECORDED,
    Fault.BUDGET_SPENT,
    Fault.LEFT_ALONE,
    Fault.NO_CREDENTIAL,
}


class _Connect(msgspec.Struct, forbid_unknown_fields=True):
    address: _Address
    fault: _Short


class _Tls(msgspec.Struct, forbid_unknown_fields=True):
    fault: _Short
    said: _Short = ""
    issuer: _Short = ""
    until: _Short = ""


class _Http(msgspec.Struct, forbid_unknown_fields=True):
    fault: _Short
    status: Annotated[int, msgspec.Meta(ge=0, le=599)]
    registry: bool


class _Told(msgspec.Struct, forbid_unknown_fields=True):
    version: Annotated[int, msgspec.Meta(ge=1, le=1)]
    host: Annotated[str, msgspec.Meta(max_length=253)]
    port: _Port
    resolve: _Short
    addresses: Annotated[list[_Address], msgspec.Meta(max_length=8)]
    connects: Annotated[list[_Connect], msgspec.Meta(max_length=3)]
    tls: _Tls | None = None
    http: _Http | None = None


class _Terminated(msgspec.Struct, rename="camel"):
    message: str | None = ""
    reason: str | None = ""
    finished_at: datetime | None = None


class _Waiting(msgspec.Struct):
    reason: str | None = ""


class _State(msgspec.Struct):
    terminated: _Terminated | None = None
    waiting: _Waiting | None = None


class _Container(msgspec.Struct):
    state: _State | None = None


class _Status(msgspec.Struct, rename="camel"):
    reason: str | None = ""
    container_statuses: list[_Container] | None = None


def word(pod: Mapping[str, Any]) -> Word:
    """What is known of a pod that asks a node; a status of another shape says nothing."""
    spec = pod.get("spec")
    found = spec if isinstance(spec, Mapping) else {}
    try:
        status = msgspec.convert(pod.get("status") or {}, _Status)
    except msgspec.ValidationError:
        return Word(found)
    state = next((each.state for each in status.container_statuses or () if each.state), _State())
    ended = state.terminated
    if ended is None or ended.finished_at is None:
        reason = state.waiting.reason if state.waiting else ""
        return Word(found, reason=shown(reason or status.reason or "", 80))
    at = ended.finished_at
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return Word(found, at, seen(ended.message or ""), shown(ended.reason or "", 80))


def seen(message: str) -> Seen | None:
    """What a node saw; None where the message is no statement, or contradicts itself."""
    raw = message.encode(errors="replace")
    if len(raw) > _MOST_BYTES:
        return None
    try:
        told = msgspec.json.decode(raw, type=_Told)
        return _seen(told) if _agrees(told) else None
    except (ValueError, RecursionError):
        return None


def _agrees(told: _Told) -> bool:
    """Whether each step follows from the one before it, as they are made."""
    connected = any(not each.fault for each in told.connects)
    resolved = not told.resolve
    return (
        (resolved or not (told.addresses or told.connects))
        and (resolved or not told.tls)
        and (connected == (told.tls is not None))
        and (told.tls is not None or told.http is None)
    )


def _seen(told: _Told) -> Seen:
    tls, http = told.tls, told.http
    return Seen(
        host=told.host,
        port=told.port,
        resolve=_fault(told.resolve),
        addresses=_addresses(told.addresses),
        connections=tuple(
            Connection(_addresses([each.address])[0], _fault(each.fault)) for each in told.connects
        ),
        tls=_fault(tls.fault) if tls else None,
        tls_asked=tls is not None,
        issuer=shown(tls.issuer) if tls else "",
        until=_moment(tls.until) if tls else None,
        answer=_fault(http.fault) if http else None,
        status=http.status if http else 0,
        registry=http.registry if http else False,
    )


def _fault(told: str) -> Fault | None:
    """The fault of that name.

    Raises:
        ValueError: there is none that a look can end with.
    """
    if not told:
        return None
    fault = Fault(told)
    if fault not in _FAULTS:
        raise ValueError(told)
    return fault


def _addresses(told: Sequence[str]) -> tuple[str, ...]:
    """These, where all are addresses; the zone of an IPv6 one is the node's own affair.

    Raises:
        ValueError: one is none.
    """
    return tuple(str(ip_address(each.partition("%")[0])) for each in told)


def _moment(told: str) -> datetime | None:
    found = datetime.fromisoformat(told) if told else None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found
