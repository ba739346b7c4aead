"""Whether a pull limit is used up, whose it is, and until when: by what the identity hears that the kubelet pulls as."""

from bot.diagnosis.checks import hearing
from bot.diagnosis.checks.claims import Case, check, no, unknown, unread, yes
from bot.diagnosis.checks.hearing import NO_REFERENCE, Voice
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, SILENT, Fault, Limit, Told


_LIMITED = 429


@check("rate-limit-exhausted", Witness.REGISTRY, "registry", 2)
async def rate_limit_exhausted(case: Case) -> Evidence:
    """The registry says that the pull limit is used up, by 429 or by its headers.

    NO only for a pull secret's account, which is the same wherever it is used from; what is left for our own
    address says nothing of the nodes'.
    """
    check_id = "rate-limit-exhausted"
    heard = await _first(case)
    if isinstance(heard, Unread):
        return unread(check_id, heard, Witness.REGISTRY)
    voice, told = heard
    limit = told.limit or Limit()
    details = {
        "registry": case.failure.registry,
        "secret": voice.identity.secret,
        "until": told.retry_at.strftime("%H:%M:%SZ") if told.retry_at else "",
        "most": "" if limit.most is None else str(limit.most),
        "remaining": "" if limit.remaining is None else str(limit.remaining),
    }
    if _is_limited(told) or limit.remaining == 0:
        return yes(check_id, Witness.REGISTRY, **details)
    if limit.remaining is None:
        return unknown(check_id, "the registry does not say how much is left", Witness.REGISTRY)
    if not voice.identity.is_anonymous:
        return no(check_id, Witness.REGISTRY, **details)
    why = "the nodes may come from another address than we do"
    return Evidence(check_id, Answer.UNKNOWN, Witness.REGISTRY, details, why)


@check("rate-limit-identity", Witness.REGISTRY, "registry", 2)
async def rate_limit_identity(case: Case) -> Evidence:
    """Whose limit it is: YES for the account of the pull secret, NO for the address that the nodes pull from.

    The kubelet pulls as the first credential that matches, and anonymously where none does.
    """
    check_id = "rate-limit-identity"
    heard = await _first(case)
    if isinstance(heard, Unread):
        return unread(check_id, heard, Witness.REGISTRY)
    voice, told = heard
    if not voice.identity.is_anonymous:
        if told.is_ok or _is_limited(told):
            return yes(check_id, Witness.REGISTRY, secret=voice.identity.secret)
        return unknown(check_id, "the pull secret's account was not let in", Witness.REGISTRY)
    blocked = await hearing.unreadable_secret(case)
    if blocked:
        return unread(check_id, blocked, Witness.REGISTRY)
    if case.scene.registries.uses_node_identity(case.failure.registry):
        why = "the node may pull with credentials of its own"
        return unknown(check_id, why, Witness.REGISTRY)
    source = told.limit.source if told.limit and _is_limited(told) else ""
    # The registry names the address that asked: ours. It is the nodes' as well where we stand among them.
    return no(
        check_id, Witness.REGISTRY, **{"address" if case.vantage == "inside" else "our_address": source}
    )


async def _first(case: Case) -> tuple[Voice, Told] | Unread:
    """What the identity hears that the kubelet would try first."""
    reference = case.failure.reference
    if reference is None:
        return NO_REFERENCE
    who = next(iter(await hearing.identities(case, reference)), ANONYMOUS)
    # As the node asks: Docker Hub tells by HEAD how much is left, and by GET that nothing is.
    heard = await case.prober.manifest(reference, who, whole=True)
    if isinstance(heard, Unread):
        return heard
    if heard.told.fault in SILENT and not _is_limited(heard.told):
        return hearing.why_silent(heard)
    return Voice(who, heard), heard.told


def _is_limited(told: Told) -> bool:
    """Whether the identity was told 429, just now or a moment ago, since when the registry is left alone."""
    return told.status == _LIMITED or told.fault is Fault.LEFT_ALONE
