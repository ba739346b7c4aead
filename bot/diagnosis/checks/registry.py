"""Whether the registry is there, for us: its name, its answers, its refusals, its limits.

What we see from where we stand is one more witness beside the nodes. That we reach a registry proves that it can be
reached. That we do not is its fault only when nothing of our own road could be to blame.
"""

from bot.diagnosis.checks import hearing
from bot.diagnosis.checks.claims import Case, answered, check, no, unknown, unread, yes
from bot.diagnosis.checks.hearing import NO_REFERENCE, Voice
from bot.diagnosis.scene import NETWORK_SYMPTOMS, ROAD_SYMPTOMS
from bot.facts import image as images
from bot.facts.evidence import Evidence, Witness
from bot.facts.image import ImageReference
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, SILENT, Fault, Step, Testimony, Told


# Whoever stands on the nodes' own network may fail like this for the same reason as they do; a refused connection,
# a hung answer and a broken certificate come from the other side.
_OUR_ROAD_TOO = frozenset(
    {
        Fault.DNS_NXDOMAIN,
        Fault.DNS_NO_ANSWER,
        Fault.CONNECT_TIMEOUT,
        Fault.UNREACHABLE,
        Fault.DROPPED,
        Fault.TLS_HANDSHAKE_TIMEOUT,
    }
)
# Answers that somebody gives who bars the way: forbidden, unpaid, barred by law.
_BARRED = (402, 403, 451)
# A fault of TLS is one of trust, not of health: the registry answered.
_ANSWERED_ANYWAY = frozenset(
    {
        Fault.TLS_PLAIN_HTTP,
        Fault.TLS_CERTIFICATE_EXPIRED,
        Fault.TLS_UNKNOWN_AUTHORITY,
        Fault.TLS_NAME_MISMATCH,
        Fault.TLS_FAILED,
    }
)
# How our own connection ends where it is the certificate, or its absence, that the node's ends with.
_SAME_FAULT = {
    "x509-expired": Fault.TLS_CERTIFICATE_EXPIRED,
    "x509-name-mismatch": Fault.TLS_NAME_MISMATCH,
    "x509-untrusted": Fault.TLS_UNKNOWN_AUTHORITY,
    "http-https-mismatch": Fault.TLS_PLAIN_HTTP,
}


@check("registry-host-exists", Witness.REGISTRY, "registry", 1)
async def registry_host_exists(case: Case) -> Evidence:
    """The registry's host name resolves, from where we stand.

    NO only when DNS itself says that it does not exist, and no node got an answer from it. UNKNOWN when the node
    looked up another name, a mirror's or a redirect's: then this one decides nothing.
    """
    check_id = "registry-host-exists"
    looked_up = case.failure.symptom.fields.get("lookup", "")
    if looked_up and not case.scene.registries.same(looked_up, case.failure.registry):
        return unknown(check_id, f"the node looked up {looked_up}", Witness.REGISTRY)
    told = await _base(case)
    if isinstance(told, Unread):
        return unread(check_id, told, Witness.REGISTRY)
    if told.fault is Fault.DNS_NO_ANSWER:
        return unknown(check_id, "DNS did not answer us either", Witness.REGISTRY)
    if told.fault is Fault.DNS_NXDOMAIN:
        if case.failure.symptom.id not in NETWORK_SYMPTOMS:
            why = "the name resolves for the node and not from here"
            return unknown(check_id, why, Witness.REGISTRY)
        return no(check_id, Witness.REGISTRY, host=told.host)
    return yes(check_id, Witness.REGISTRY, host=told.host)


@check("registry-answers", Witness.REGISTRY, "registry", 1)
async def registry_answers(case: Case) -> Evidence:
    """The registry answers us, with whatever status below 500: its API's base endpoint and, where the road or its health is in question, its token service.

    NO when it fails in a way that cannot be our own road's fault, or in any way when we stand outside the nodes'
    network; else a failure leaves it UNKNOWN, since both of us may stand behind the same fault.
    """
    check_id = "registry-answers"
    told = await _base(case)
    if not isinstance(told, Unread) and not _failed(told) and case.failure.symptom.id in ROAD_SYMPTOMS:
        told = await _worse(case, told)
    if isinstance(told, Unread):
        return unread(check_id, told, Witness.REGISTRY)
    if told.fault in (Fault.GARBLED, Fault.TOO_LARGE):
        why = told.said or "what answers in its place is no registry"
        return unknown(check_id, f"{told.host}: {why}", Witness.REGISTRY)
    details = {"host": told.host, "status": str(told.status or ""), "fault": str(told.fault or "")}
    details["step"] = "token" if told.step is Step.TOKEN else ""
    if not _failed(told):
        return yes(check_id, Witness.REGISTRY, **details)
    if told.fault in _OUR_ROAD_TOO and case.vantage != "outside":
        return Evidence(
            check_id,
            unknown(check_id, "").answer,
            Witness.REGISTRY,
            details,
            f"we cannot reach {told.host} either ({told.fault}), and may stand behind the same fault",
            "vantage: outside in the settings, where the bot stands outside the cluster's network",
        )
    return no(check_id, Witness.REGISTRY, **details)


@check("tls-fails-for-us-too", Witness.REGISTRY, "registry", 1)
async def tls_fails_for_us_too(case: Case) -> Evidence:
    """Our own connection ends with the same fault: a certificate that is out of date, for another name or of an authority that is not known, or none at all.

    NO when the registry answers us and its certificate holds. UNKNOWN where ours fails otherwise, or where the host
    that failed the node is not the registry's own.
    """
    check_id, symptom = "tls-fails-for-us-too", case.failure.symptom
    host = symptom.fields.get("host", "")
    if host and not case.scene.registries.same(host, case.failure.registry):
        return unknown(check_id, f"the node failed at {host}", Witness.REGISTRY)
    told = await _base(case)
    if isinstance(told, Unread):
        return unread(check_id, told, Witness.REGISTRY)
    details = {"host": told.host, "fault": str(told.fault or "")}
    if told.fault and told.fault is _SAME_FAULT.get(symptom.id):
        return yes(check_id, Witness.REGISTRY, **details)
    # An answer may have come over plain HTTP, where the settings allow that.
    if told.fault or symptom.id == "http-https-mismatch":
        why = f"ours ended otherwise ({told.fault or f'HTTP {told.status}'})"
        return unknown(check_id, why, Witness.REGISTRY)
    return no(check_id, Witness.REGISTRY, **details)


@check("probe-is-blocked-too", Witness.REGISTRY, "registry", 1)
async def probe_is_blocked_too(case: Case) -> Evidence:
    """The registry bars us in the same way (403, 402 or 451), at its very door: not for one repository alone."""
    check_id = "probe-is-blocked-too"
    told = await _base(case)
    if isinstance(told, Unread):
        return unread(check_id, told, Witness.REGISTRY)
    if told.fault or told.status >= 500:
        return unknown(check_id, f"{told.host}: {told.fault or told.status}", Witness.REGISTRY)
    return answered(
        check_id, told.status in _BARRED, Witness.REGISTRY, status=str(told.status), host=told.host
    )


@check("mirror-has-image", Witness.REGISTRY, "registry", 2)
async def mirror_has_image(case: Case) -> Evidence:
    """The mirror that the settings name for this registry has the image."""
    check_id = "mirror-has-image"
    reference = case.failure.reference
    if reference is None:
        return unread(check_id, NO_REFERENCE, Witness.REGISTRY)
    mirrored = _mirrored(case, reference)
    if mirrored is None:
        return unknown(check_id, "the settings name no mirror for it", Witness.REGISTRY)
    # Without credentials: the kubelet's are for the registry that the image names.
    voice = Voice(ANONYMOUS, await case.prober.manifest(mirrored, ANONYMOUS))
    if voice.is_ok or voice.is_not_found:
        return answered(
            check_id, voice.is_ok, Witness.REGISTRY, mirror=mirrored.registry, image=mirrored.spelled
        )
    return unread(check_id, hearing.why_silent(voice.heard), Witness.REGISTRY)


async def _base(case: Case) -> Told | Unread:
    reference = case.failure.reference
    if reference is None:
        return NO_REFERENCE
    heard = await case.prober.base(reference)
    if isinstance(heard, Unread) or heard.told.fault in SILENT:
        return hearing.why_silent(heard)
    return heard.told


async def _worse(case: Case, told: Told) -> Told:
    """The manifest's question, where it fails although the door is open: at the token service, or behind it."""
    reference = case.failure.reference
    heard: Testimony | Unread = (
        await case.prober.manifest(reference, ANONYMOUS) if reference else NO_REFERENCE
    )
    if isinstance(heard, Unread) or heard.told.fault in SILENT or not _failed(heard.told):
        return told
    return heard.told


def _failed(told: Told) -> bool:
    if told.fault:
        return told.fault not in _ANSWERED_ANYWAY
    return told.status >= 500


def _mirrored(case: Case, image: ImageReference) -> ImageReference | None:
    mirror = case.mirrors.get(image.registry, "")
    rest = f"@{image.digest}" if image.digest else f":{image.effective_tag}"
    return images.parsed(f"{mirror}/{image.repository}{rest}") if mirror else None
