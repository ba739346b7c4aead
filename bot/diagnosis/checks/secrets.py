"""What the pod's pull secrets tell: which are named, which exist, which the kubelet would use for this image.

A pod carries the names of its pull secrets itself: the ServiceAccount's are copied into it once, at creation.
So "named" needs no further right, while "exists" and "matches" need to read Secrets (tier 2a by name, tier 2b
to find one that nobody names). Only structure is ever seen here, never a value.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.diagnosis import keyring
from bot.diagnosis.checks.claims import Case, answered, check, no, unknown, unread, yes
from bot.facts.evidence import Evidence, Witness
from bot.facts.objects import PullSecret, Unread


# Looking for a name in every namespace of a large cluster costs a request each; the first ones tell enough.
_MOST_NAMESPACES = 20
# An entry for another registry is no near miss, and the checks of type and form tell of the other two.
_TOLD_ELSEWHERE = (keyring.Miss.OTHER_HOST, keyring.Miss.TYPE_IGNORED, keyring.Miss.MALFORMED)
# People have a few; a Secret of a mebibyte holds thousands, and comparing all of them takes seconds.
_MOST_COMPARED = 200
_PULL_KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet")


@check("secret-named", Witness.CLUSTER, "0", 0)
async def secret_named(case: Case) -> Evidence:
    """The pod names at least one pull secret, itself or through its ServiceAccount when it was made."""
    names = case.failure.pod.pull_secrets
    account = case.failure.pod.service_account
    return answered("secret-named", bool(names), secret=", ".join(names), service_account=account)


@check("secret-exists", Witness.CLUSTER, "2a", 1)
async def secret_exists(case: Case) -> Evidence:
    """Every pull secret the pod names exists in its namespace.

    NO names the missing ones; an event of the kubelet (FailedToRetrieveImagePullSecret) says so even
    where Secrets may not be read.
    """
    names = case.failure.pod.pull_secrets
    namespace = case.failure.pod.namespace
    if not names:
        return unknown("secret-exists", "the pod names none")
    found = await _named(case)
    missing = [name for name, secret in found.items() if secret is None]
    blocked = [secret for secret in found.values() if isinstance(secret, Unread)]
    if not missing and blocked:
        missing = await _told_missing(case)
    if missing:
        return no("secret-exists", secret=", ".join(missing), namespace=namespace)
    if blocked:
        return unread("secret-exists", blocked[0])
    return yes("secret-exists", secret=", ".join(names), namespace=namespace)


@check("secret-lookup-failed", Witness.CLUSTER, "0", 1)
async def secret_lookup_failed(case: Case) -> Evidence:
    """The kubelet reported that it could not get a pull secret of this pod."""
    missing = await _told_missing(case)
    if missing:
        return yes("secret-lookup-failed", secret=", ".join(missing))
    return unknown("secret-lookup-failed", "no event says so")


@check("secret-type-right", Witness.CLUSTER, "2a", 1)
async def secret_type_right(case: Case) -> Evidence:
    """A named pull secret has one of the two types the kubelet reads. It ignores others in silence."""
    return await _of_named(case, "secret-type-right", lambda secret: secret.type_right)


@check("secret-well-formed", Witness.CLUSTER, "2a", 1)
async def secret_well_formed(case: Case) -> Evidence:
    """A named pull secret holds what its type promises: JSON with registries and decodable credentials."""
    return await _of_named(case, "secret-well-formed", lambda secret: secret.flaw in ("", "wrong-type"))


@check("secret-matches-registry", Witness.CLUSTER, "2a", 1)
async def secret_matches_registry(case: Case) -> Evidence:
    """A named pull secret has an entry that the kubelet would use for this image, by the kubelet's own rules (host, port, path, wildcards).

    NO when none is named, or all named ones can be read and none fits.
    """
    found = await _named(case)
    usable = _readable(found)
    reference = case.failure.reference
    if reference is None:
        return unknown("secret-matches-registry", "the reference does not parse")
    matches = keyring.match(reference, usable)
    if matches:
        first = matches[0]
        return yes(
            "secret-matches-registry",
            secret=first.secret.name,
            key=first.entry.key,
            registry=reference.registry,
        )
    blocked = [secret for secret in found.values() if isinstance(secret, Unread)]
    if blocked:
        return unread("secret-matches-registry", blocked[0])
    # What the kubelet does not read has no entries for anybody; the other checks say why.
    sound = [secret for secret in usable if secret.type_right and not secret.flaw]
    keys = ", ".join(sorted({entry.key for secret in sound for entry in secret.entries}))
    names = ", ".join(secret.name for secret in usable)
    return no("secret-matches-registry", secret=names, keys=keys, registry=reference.registry)


@check("secret-key-nearly-matches", Witness.CLUSTER, "2a", 1)
async def secret_key_nearly_matches(case: Case) -> Evidence:
    """A named pull secret has an entry that looks right and that the kubelet does not use for this image.

    Another port, path or spelling of the host is enough. UNKNOWN where a secret has more entries than are compared.
    """
    reference = case.failure.reference
    found = await _named(case)
    if reference is None or not found:
        return unknown("secret-key-nearly-matches", "there is nothing to compare")
    readable = _readable(found)
    compared = [replace(each, entries=each.entries[:_MOST_COMPARED]) for each in readable]
    near = [miss for miss in keyring.near_miss(reference, compared) if miss.why not in _TOLD_ELSEWHERE]
    if near:
        first = near[0]
        return yes(
            "secret-key-nearly-matches",
            secret=first.secret.name,
            key=first.entry.key,
            why=first.why.value,
            right_key=first.right_key,
        )
    blocked = [secret for secret in found.values() if isinstance(secret, Unread)]
    if compared != readable:
        blocked.append(Unread("", f"a secret has more than {_MOST_COMPARED} entries"))
    return unread("secret-key-nearly-matches", blocked[0]) if blocked else no("secret-key-nearly-matches")


@check("secret-for-registry-exists", Witness.CLUSTER, "2b", 2)
async def secret_for_registry_exists(case: Case) -> Evidence:
    """The namespace holds a pull secret that the kubelet could use for this image, named by the pod or not.

    With the right to list Secrets (2b) absence is proven; by name alone (2a) only presence can be.
    """
    reference = case.failure.reference
    namespace = case.failure.pod.namespace
    if reference is None:
        return unknown("secret-for-registry-exists", "the reference does not parse")
    listed = await case.scene.reader.secrets(namespace)
    candidates = listed if not isinstance(listed, Unread) else await named_somewhere(case)
    for secret in candidates:
        if keyring.match(reference, (secret,)):
            return yes(
                "secret-for-registry-exists",
                secret=secret.name,
                namespace=namespace,
                registry=reference.registry,
            )
    if isinstance(listed, Unread):
        return unread("secret-for-registry-exists", listed)
    return no("secret-for-registry-exists", namespace=namespace, registry=reference.registry)


@check("secret-attached-after-pod", Witness.CLUSTER, "1", 1)
async def secret_attached_after_pod(case: Case) -> Evidence:
    """The ServiceAccount names a pull secret that the pod does not, and that may fit the image.

    It was attached after the pod was made, and a pod never gets it later.
    """
    pod = case.failure.pod
    accounts = await case.scene.reader.service_accounts(pod.namespace)
    if isinstance(accounts, Unread):
        return unread("secret-attached-after-pod", accounts)
    mine = next((each for each in accounts if each.name == pod.service_account), None)
    later = [name for name in (mine.pull_secrets if mine else ()) if name not in pod.pull_secrets]
    # Admission copies the ServiceAccount's secrets only into a pod that names none itself, and never into the
    # mirror of a static pod: https://github.com/kubernetes/kubernetes/blob/v1.36.0/plugin/pkg/admission/serviceaccount/admission.go
    if later and not pod.pull_secrets and not pod.static and await _may_fit(case, later):
        return yes("secret-attached-after-pod", secret=", ".join(later), service_account=pod.service_account)
    return no("secret-attached-after-pod", service_account=pod.service_account)


@check("secret-exists-elsewhere", Witness.CLUSTER, "2a", 3)
async def secret_exists_elsewhere(case: Case) -> Evidence:
    """A pull secret of the missing name exists in another namespace. Secrets are never shared between them."""
    missing = [name for name, secret in (await _named(case)).items() if secret is None]
    if not missing:
        return unknown("secret-exists-elsewhere", "no named secret is missing")
    namespaces = await case.scene.reader.namespaces()
    if isinstance(namespaces, Unread):
        return unread("secret-exists-elsewhere", namespaces)
    others = [name for name in namespaces if name != case.failure.pod.namespace][:_MOST_NAMESPACES]
    answers = await asyncio.gather(*(case.scene.reader.secret(name, missing[0]) for name in others))
    for namespace, secret in zip(others, answers, strict=True):
        if isinstance(secret, PullSecret):
            return yes("secret-exists-elsewhere", secret=missing[0], other_namespace=namespace)
    blocked = next((each for each in answers if isinstance(each, Unread)), None)
    if blocked is not None:
        return unread("secret-exists-elsewhere", blocked)
    return no("secret-exists-elsewhere", secret=missing[0])


@check("secret-has-trailing-newline", Witness.CLUSTER, "2a", 1)
async def secret_has_trailing_newline(case: Case) -> Evidence:
    """The matching credential ends in a line break, as ``echo`` without ``-n`` leaves one."""
    matches = await _matches(case)
    if not matches:
        return unknown("secret-has-trailing-newline", "no matching credential can be read")
    first = matches[0]
    return answered("secret-has-trailing-newline", first.entry.trailing_newline, secret=first.secret.name)


@check("credential-expired", Witness.CLUSTER, "2a", 1)
async def credential_expired(case: Case) -> Evidence:
    """The matching credential says itself that its time is over (a JWT's ``exp``, an ECR token's twelve hours)."""
    matches = await _matches(case)
    if not matches:
        return unknown("credential-expired", "no matching credential can be read")
    first = matches[0]
    if first.entry.expires is None:
        return unknown("credential-expired", "the credential carries no date")
    expired = first.entry.expires <= case.scene.now
    when = first.entry.expires.strftime("%Y-%m-%d %H:%M:%SZ")
    return answered("credential-expired", expired, secret=first.secret.name, expires=when)


@check("credentials-were-refused", Witness.MESSAGE, "2a", 1)
async def credentials_were_refused(case: Case) -> Evidence:
    """The registry refused credentials that the node sent.

    YES when the message says that a login failed, or when a matching secret exists and the answer was an
    explicit 401, which must not be the one that a missing repository gets there too.
    """
    symptom, registry = case.failure.symptom.id, case.failure.registry
    identity = case.failure.symptom.fields.get("identity", "")
    # A token service refuses with 403 also a scope that it will not grant.
    if identity not in ("", "anonymous") and not (identity == "oauth" and symptom == "forbidden"):
        return yes("credentials-were-refused", Witness.MESSAGE, registry=registry)
    if symptom == "no-credentials" or identity == "anonymous":
        return no("credentials-were-refused", Witness.MESSAGE, registry=registry)
    tells = symptom == "unauthorized" and not case.scene.registries.refuses_missing(registry)
    if tells and await _matches(case):
        return yes("credentials-were-refused", Witness.MESSAGE, registry=registry)
    return unknown(
        "credentials-were-refused", "the message does not tell whose request was refused", Witness.MESSAGE
    )


@check("registry-uses-node-identity", Witness.CLUSTER, "1", 2)
async def registry_uses_node_identity(case: Case) -> Evidence:
    """Nodes usually pull from this host with their own cloud identity, and nobody in the namespace names a secret for it.

    UNKNOWN when it is such a host, and a named secret or the ServiceAccounts' own names cannot be read.
    """
    pod, registry = case.failure.pod, case.failure.registry
    if not case.scene.registries.uses_node_identity(registry):
        return no("registry-uses-node-identity", registry=registry)
    names = await _names_in_use(case)
    if isinstance(names, Unread):
        return unread("registry-uses-node-identity", names)
    # Half of those who may name one is not nobody. Templates do not count: what they name, their pods name.
    for holders in (
        await case.scene.reader.neighbours(pod.namespace),
        await case.scene.reader.service_accounts(pod.namespace),
    ):
        if isinstance(holders, Unread):
            return unread("registry-uses-node-identity", holders)
    found = [await case.scene.reader.secret(pod.namespace, name) for name in names]
    reference = case.failure.reference
    if reference and keyring.match(reference, [each for each in found if isinstance(each, PullSecret)]):
        return no("registry-uses-node-identity", registry=registry)
    blocked = next((each for each in found if isinstance(each, Unread)), None)
    if blocked is not None:
        return unread("registry-uses-node-identity", blocked)
    return yes("registry-uses-node-identity", registry=registry)


async def _named(case: Case) -> dict[str, PullSecret | Unread | None]:
    pod = case.failure.pod
    found = await asyncio.gather(
        *(case.scene.reader.secret(pod.namespace, name) for name in pod.pull_secrets)
    )
    return dict(zip(pod.pull_secrets, found, strict=True))


def _readable(found: dict[str, PullSecret | Unread | None]) -> list[PullSecret]:
    return [secret for secret in found.values() if isinstance(secret, PullSecret)]


async def _matches(case: Case) -> tuple[keyring.Matched, ...]:
    reference = case.failure.reference
    return keyring.match(reference, _readable(await _named(case))) if reference else ()


async def _of_named(case: Case, check_id: str, holds: Callable[[PullSecret], bool]) -> Evidence:
    """A property of the named secrets that exist: YES when one has it, NO when all are read and none has."""
    found = await _named(case)
    readable = _readable(found)
    good = next((secret for secret in readable if holds(secret)), None)
    if good is not None:
        return yes(check_id, secret=good.name, type=good.type)
    blocked = next((secret for secret in found.values() if isinstance(secret, Unread)), None)
    if blocked is not None:
        return unread(check_id, blocked)
    if not readable:
        return unknown(check_id, "no named secret exists")
    return no(check_id, secret=readable[0].name, type=readable[0].type, flaw=readable[0].flaw)


async def _may_fit(case: Case, names: Sequence[str]) -> bool:
    """Whether one of these secrets fits the image, or cannot be read and so might."""
    found = [await case.scene.reader.secret(case.failure.pod.namespace, name) for name in names]
    reference = case.failure.reference
    fits = reference and keyring.match(reference, [each for each in found if isinstance(each, PullSecret)])
    return bool(fits) or any(isinstance(each, Unread) for each in found)


async def _told_missing(case: Case) -> list[str]:
    """Names in the kubelet's own complaint that are this pod's."""
    pod = case.failure.pod
    events = await case.scene.events_of(pod)
    if isinstance(events, Unread):
        return []
    told = [event.message for event in events if event.reason == "FailedToRetrieveImagePullSecret"]
    return [name for name in pod.pull_secrets if any(_lists(message, name) for message in told)]


def _lists(message: str, name: str) -> bool:
    inside = message.partition("(")[2].partition(")")[0]
    return name in [part.strip() for part in inside.split(",")]


async def named_somewhere(case: Case) -> list[PullSecret]:
    """Every secret of the namespace whose name somebody uses as a pull secret."""
    names = await _names_in_use(case)
    if isinstance(names, Unread):
        names = set(case.failure.pod.pull_secrets)
    found = [await case.scene.reader.secret(case.failure.pod.namespace, name) for name in sorted(names)]
    return [secret for secret in found if isinstance(secret, PullSecret)]


async def _names_in_use(case: Case) -> set[str] | Unread:
    """Pull secret names that pods and ServiceAccounts of the namespace use; Unread when neither may be read."""
    namespace = case.failure.pod.namespace
    pods = await case.scene.reader.neighbours(namespace)
    accounts = await case.scene.reader.service_accounts(namespace)
    if isinstance(pods, Unread) and isinstance(accounts, Unread):
        return pods
    names = set(case.failure.pod.pull_secrets)
    if not isinstance(pods, Unread):
        names.update(name for pod in pods for name in pod.pull_secrets)
    if not isinstance(accounts, Unread):
        names.update(name for account in accounts for name in account.pull_secrets)
    for kind in _PULL_KINDS:
        owners = await case.scene.reader.owners(namespace, kind)
        if not isinstance(owners, Unread):
            names.update(name for owner in owners for name in owner.pull_secrets)
    return names
