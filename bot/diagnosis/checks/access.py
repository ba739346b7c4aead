"""Who is let in: without credentials, with the very ones that the kubelet would use, and to this repository.

Nodes may hold credentials of their own (provider plugins, ``/var/lib/kubelet/config.json``, the runtime's files).
Nobody outside the node can try those, and the evidence says so instead of guessing.
"""

from bot.diagnosis.checks import hearing, manifests
from bot.diagnosis.checks.claims import Case, check, no, unknown, unread, yes
from bot.diagnosis.checks.hearing import NO_REFERENCE, Voice
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.image import ImageReference
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Fault, Identity, Step, Testimony


_REFUSED = (401, 403)
# What answers is no registry, or not one that can be understood.
_NO_REGISTRY = (Fault.GARBLED, Fault.TOO_LARGE)


@check("anonymous-pull-works", Witness.REGISTRY, "registry", 2)
async def anonymous_pull_works(case: Case) -> Evidence:
    """The image can be pulled without credentials.

    NO when the registry turns the anonymous away, which is no proof that the repository exists. UNKNOWN when there
    is no such image to pull.
    """
    check_id = "anonymous-pull-works"
    reference = case.failure.reference
    if reference is None:
        return unread(check_id, NO_REFERENCE, Witness.REGISTRY)
    voice = Voice(ANONYMOUS, await case.prober.manifest(reference, ANONYMOUS))
    if voice.testimony is None:
        return unread(check_id, hearing.why_silent(voice.heard), Witness.REGISTRY)
    told = voice.testimony.told
    details = {"registry": reference.registry, "status": str(told.status or ""), "host": told.host}
    if voice.is_ok:
        return yes(check_id, Witness.REGISTRY, **details)
    if voice.is_refused:
        return no(check_id, Witness.REGISTRY, **details)
    if voice.is_not_found:
        return unknown(check_id, "the anonymous are told that it is not there", Witness.REGISTRY)
    return unread(check_id, hearing.why_silent(voice.heard), Witness.REGISTRY)


@check("credential-accepted", Witness.REGISTRY, "registry", 2)
async def credential_accepted(case: Case) -> Evidence:
    """The registry accepts the very credentials that the kubelet would use; of several, at least one.

    NO when it refuses every one of them. UNKNOWN when there are none to try, or when they may not be sent.
    """
    check_id = "credential-accepted"
    reference = case.failure.reference
    if reference is None:
        return unread(check_id, NO_REFERENCE, Witness.REGISTRY)
    offers = await hearing.identities(case, reference)
    if not offers:
        return await _nothing_to_try(case, check_id)
    standings = [(each, await _standing(case, reference, each)) for each in offers]
    for identity, (answer, _) in standings:
        if answer is Answer.YES:
            return yes(check_id, Witness.REGISTRY, secret=identity.secret, registry=reference.registry)
    open_one = next((why for _, (answer, why) in standings if answer is Answer.UNKNOWN), None)
    open_one = open_one or await hearing.untried(case, reference)
    if open_one is not None:
        return unread(check_id, open_one, Witness.REGISTRY)
    secrets = ", ".join(dict.fromkeys(identity.secret for identity, _ in standings))
    return no(check_id, Witness.REGISTRY, secret=secrets, registry=reference.registry)


@check("repository-permitted", Witness.REGISTRY, "registry", 2)
async def repository_permitted(case: Case) -> Evidence:
    """The accepted credentials may pull this repository.

    NO when the registry knows the credential and refuses it this repository. UNKNOWN where a missing repository is
    refused alike, where more credentials match than are tried, and where none is accepted.
    """
    check_id = "repository-permitted"
    reference = case.failure.reference
    if reference is None:
        return unread(check_id, NO_REFERENCE, Witness.REGISTRY)
    refused: Identity | None = None
    open_one = await hearing.untried(case, reference)
    for identity in await hearing.identities(case, reference):
        answer, why = await _right(case, reference, identity)
        if answer is Answer.YES:
            return yes(check_id, Witness.REGISTRY, secret=identity.secret, repository=reference.repository)
        refused = identity if answer is Answer.NO else refused
        open_one = why or open_one
    if open_one is not None:
        return unread(check_id, open_one, Witness.REGISTRY)
    if refused is None:
        return unknown(check_id, "no credential of the pod is known to be accepted", Witness.REGISTRY)
    found = await manifests.existence(case, reference)
    alike = case.scene.registries.refuses_missing(reference.registry)
    if alike and found.repository is not Answer.YES:
        nobody_knows = f"{reference.registry} refuses alike what does not exist"
        return unknown(check_id, nobody_knows, Witness.REGISTRY)
    return no(
        check_id,
        Witness.REGISTRY,
        secret=refused.secret,
        repository=reference.repository,
        registry=reference.registry,
    )


@check("unattached-secret-works", Witness.REGISTRY, "registry", 2)
async def unattached_secret_works(case: Case) -> Evidence:
    """A pull secret of the namespace that is for this registry, and that the pod does not use, opens the image.

    It is the credential that the kubelet would use once the secret is attached, so it is tried before anybody
    attaches it.
    """
    check_id = "unattached-secret-works"
    reference = case.failure.reference
    if reference is None:
        return unread(check_id, NO_REFERENCE, Witness.REGISTRY)
    offers, hidden = await hearing.unattached(case, reference)
    heard: list[Voice] = []
    for who in offers[: hearing.MOST_UNATTACHED]:
        heard.append(Voice(who, await case.prober.manifest(reference, who)))
        if heard[-1].is_ok:
            return yes(check_id, Witness.REGISTRY, secret=who.secret, registry=reference.registry)
    if not heard:
        none = Unread("", "no other secret of the namespace is for this registry")
        return unread(check_id, hidden or none, Witness.REGISTRY)
    if len(offers) > len(heard):
        why = f"{len(offers) - len(heard)} more of them are for this registry than are tried"
        return unknown(check_id, why, Witness.REGISTRY)
    if all(each.is_refused for each in heard):
        return no(check_id, Witness.REGISTRY, secret=heard[0].identity.secret, registry=reference.registry)
    return unread(check_id, hearing.why_silent(heard[-1].heard), Witness.REGISTRY)


async def _nothing_to_try(case: Case, check_id: str) -> Evidence:
    blocked = await hearing.unreadable_secret(case)
    if blocked:
        return unread(check_id, blocked, Witness.REGISTRY)
    if case.scene.registries.uses_node_identity(case.failure.registry):
        why = "the node's own credentials cannot be tried from here"
        return unknown(check_id, why, Witness.REGISTRY)
    return unknown(check_id, "no pull secret of the pod is for this registry", Witness.REGISTRY)


async def _right(case: Case, image: ImageReference, identity: Identity) -> tuple[Answer, Unread | None]:
    """Whether a credential may pull the repository, and why that is open; nothing of one that is not accepted."""
    answer, why = await _standing(case, image, identity)
    if answer is not Answer.YES:
        return Answer.UNKNOWN, why if answer is Answer.UNKNOWN else None
    voice = Voice(identity, await case.prober.manifest(image, identity))
    if voice.is_not_found and case.scene.registries.hides(image.registry):
        return Answer.UNKNOWN, Unread("", f"{image.registry} answers 404 also for what somebody may not see")
    if voice.is_ok or voice.is_not_found:
        return Answer.YES, None
    return (Answer.NO, None) if voice.is_refused else (Answer.UNKNOWN, hearing.why_silent(voice.heard))


async def _standing(case: Case, image: ImageReference, identity: Identity) -> tuple[Answer, Unread]:
    """Whether the registry knows a credential, by how its question for the image ended; else by a bare login."""
    heard = await case.prober.manifest(image, identity)
    verdict = _by_answer(heard)
    if verdict is not None:
        return verdict, Unread("", "")
    # Whoever answers the image's question with nonsense may let everybody in.
    if isinstance(heard, Unread) or heard.told.fault in _NO_REGISTRY:
        return Answer.UNKNOWN, hearing.why_silent(heard)
    login = await case.prober.login(image, identity)
    if isinstance(login, Unread):
        return Answer.UNKNOWN, login
    voice = Voice(identity, login)
    if voice.testimony is None or login.told.fault or not login.told.status or login.told.status >= 500:
        return Answer.UNKNOWN, hearing.why_silent(login)
    if not (voice.is_ok or voice.is_refused) or not _was_sent(login):
        return Answer.UNKNOWN, Unread("", f"{image.registry} did not say whether it knows the credential")
    return (Answer.NO if voice.is_refused else Answer.YES), Unread("", "")


def _by_answer(heard: Testimony | Unread) -> Answer | None:
    """What the question for the image already tells of the credential; None when it does not."""
    if isinstance(heard, Unread) or heard.told.fault or not _was_sent(heard):
        return None
    told = heard.told
    if told.step is Step.TOKEN:
        # A token service refuses with 403 also a scope it will not grant.
        return Answer.NO if told.status == 401 else None
    if told.status == 401 and told.scheme == "Basic":
        return Answer.NO
    if told.status in _REFUSED:
        # A token was given for the credential, so it is known; with Basic a 403 may mean either.
        return Answer.YES if told.scheme == "Bearer" and told.status == 401 else None
    return Answer.YES if told.is_ok or told.status == 404 else None


def _was_sent(heard: Testimony) -> bool:
    return bool(heard.told.scheme) or heard.told.step is Step.TOKEN
