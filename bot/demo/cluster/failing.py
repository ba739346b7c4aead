"""A request that a fault meets: the fault and the way to the answer in -> no answer, a late one or a refusal out."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.demo.cluster.access import User
from bot.demo.cluster.faults import Fault, Strike, refusal
from bot.demo.cluster.refusals import Refused, unauthorized
from bot.demo.cluster.requests import Asked, forbidden


_DONE_FIRST = frozenset({Fault.LOST, Fault.LATE, Fault.TIMED_OUT_DONE})
Answering = Callable[[], Awaitable[web.StreamResponse]]


async def struck(
    strike: Strike, request: web.BaseRequest, told: tuple[User, Asked], answering: Answering
) -> web.StreamResponse:
    """What becomes of a request.

    Args:
        strike: the fault of server or network.
        request: as it came.
        told: who asks for what.
        answering: does what is asked for.

    Raises:
        Refused: what the server says instead.
    """
    if strike.fault in _DONE_FIRST:
        return await _done(strike, request, told[1], answering)
    if strike.act is not None:
        strike.act()
    if strike.fault is Fault.HUNG:
        await asyncio.sleep(strike.seconds)
    if strike.fault in (Fault.HUNG, Fault.CUT):
        return _cut(request)
    if refused := _refused(strike.fault, *told):
        raise refused
    return await answering()


async def _done(
    strike: Strike, request: web.BaseRequest, asked: Asked, answering: Answering
) -> web.StreamResponse:
    try:
        answer: web.StreamResponse | Refused = await answering()
    except Refused as refused:
        answer = refused
    if strike.act is not None:
        strike.act()
    if strike.fault is Fault.LOST:
        return _cut(request)
    if strike.fault is Fault.LATE:
        await asyncio.sleep(strike.seconds)
    answer = refusal(strike.fault, asked) or answer
    if isinstance(answer, Refused):
        raise answer
    return answer


def _refused(fault: Fault, user: User, asked: Asked) -> Refused | None:
    if fault is Fault.FORBIDDEN:
        return forbidden(user.name, asked)
    return unauthorized() if fault is Fault.UNAUTHORIZED else refusal(fault, asked)


def _cut(request: web.BaseRequest) -> web.Response:
    """End the connection without a word."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
