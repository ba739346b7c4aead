"""What the message itself, the image's name and the table of registries tell: no request at all.

The wordings are recognised by the signatures (``playbooks/symptoms/``), which leave what they saw in the
symptom's fields; these checks only read those.
"""

import re

from bot.diagnosis.checks.claims import Case, answered, check, no, unknown, yes
from bot.diagnosis.scene import NETWORK_SYMPTOMS
from bot.facts.evidence import Evidence, Witness


# A registry on the machine itself: https://www.rfc-editor.org/rfc/rfc6761#section-6.3, RFC 1122 3.2.1.3.
_LOOPBACK = re.compile(r"(?:localhost|127(?:\.[0-9]+){3}|\[::1\])(?::[0-9]+)?")


@check("message-says-so", Witness.MESSAGE, "0", 0)
async def message_says_so(case: Case) -> Evidence:
    """The runtime's own words state it. YES whenever a text was recognised."""
    return answered("message-says-so", bool(case.failure.symptom.id), Witness.MESSAGE)


@check("reference-parses", Witness.MESSAGE, "0", 0)
async def reference_parses(case: Case) -> Evidence:
    """The image reference follows the grammar every runtime uses. NO says where it breaks."""
    return answered(
        "reference-parses", case.failure.reference is not None, Witness.MESSAGE, image=case.failure.image
    )


@check("failing-host-is-registry", Witness.MESSAGE, "0", 0)
async def failing_host_is_registry(case: Case) -> Evidence:
    """The host that failed is the image's own registry.

    NO for a mirror, a redirect's target, a token service elsewhere; UNKNOWN when the message names no
    host.
    """
    host = case.failure.symptom.fields.get("lookup") or case.failure.symptom.fields.get("host", "")
    if not host:
        return unknown("failing-host-is-registry", "the message names no host", Witness.MESSAGE)
    # A name that DNS was asked for carries no port.
    registry = case.failure.registry
    mine = case.scene.registries.same(host, registry) or host == registry.partition(":")[0]
    return answered("failing-host-is-registry", mine, Witness.MESSAGE, host=host, registry=registry)


@check("dns-says-no-such-host", Witness.MESSAGE, "0", 0)
async def dns_says_no_such_host(case: Case) -> Evidence:
    """A DNS server answered that the name does not exist (NXDOMAIN). NO when it failed or stayed silent."""
    said = case.failure.symptom.fields.get("dns", "")
    if not said:
        return unknown(
            "dns-says-no-such-host", "the message does not tell what DNS answered", Witness.MESSAGE
        )
    name = case.failure.symptom.fields.get("lookup", case.failure.registry)
    return answered("dns-says-no-such-host", said == "no-such-host", Witness.MESSAGE, name=name, said=said)


@check("mirror-in-play", Witness.MESSAGE, "0", 0)
async def mirror_in_play(case: Case) -> Evidence:
    """The runtime asked a mirror and not the image's registry.

    YES when the request carries ``?ns=``, when another host was asked as if it were the registry, or when the host is
    the mirror that the settings name; NO when the registry itself was asked; UNKNOWN when no host is named, or
    another one that may be a redirect's target.
    """
    fields, registry = case.failure.symptom.fields, case.failure.registry
    host = fields.get("host", "")
    if fields.get("mirror"):
        return yes("mirror-in-play", Witness.MESSAGE, mirror=host, registry=registry)
    if not host:
        return unknown("mirror-in-play", "the message names no host", Witness.MESSAGE)
    if case.scene.registries.same(host, registry):
        return no("mirror-in-play", Witness.MESSAGE, host=host, registry=registry)
    if host == case.mirrors.get(registry, "").partition("/")[0]:
        return yes("mirror-in-play", Witness.MESSAGE, mirror=host, registry=registry)
    # CRI-O does not mark its mirrors. It greets a host at the root of its API only when it takes it for the
    # registry; a redirect (registry.k8s.io to a cloud's registry) leads straight to the manifest.
    greeted = (f"registry {host}: ", f'{host}/v2/"', f" in {host}/")
    if any(words in case.failure.message for words in greeted):
        return yes("mirror-in-play", Witness.MESSAGE, mirror=host, registry=registry)
    return unknown("mirror-in-play", "another host failed, a mirror or a redirect's target", Witness.MESSAGE)


@check("proxy-in-play", Witness.MESSAGE, "0", 0)
async def proxy_in_play(case: Case) -> Evidence:
    """The pull goes through an HTTP proxy.

    YES when the message speaks of one; otherwise UNKNOWN, because only the node knows its runtime's
    settings.
    """
    if case.failure.symptom.id == "proxy-failed" or case.failure.symptom.fields.get("proxy"):
        return yes("proxy-in-play", Witness.MESSAGE, proxy=case.failure.symptom.fields.get("proxy", ""))
    return unknown("proxy-in-play", "only the node knows its runtime's proxy", Witness.MESSAGE)


@check("registry-wants-credentials", Witness.MESSAGE, "0", 0)
async def registry_wants_credentials(case: Case) -> Evidence:
    """The registry asked for credentials.

    YES for an explicit 401; UNKNOWN for the refusals that also mean "does not exist", and for a 401 where a missing
    repository gets one too (Docker Hub, GHCR, Quay, ACR).
    """
    symptom, registry = case.failure.symptom.id, case.failure.registry
    tells = symptom == "unauthorized" and not case.scene.registries.refuses_missing(registry)
    if tells or symptom == "no-credentials":
        return yes("registry-wants-credentials", Witness.MESSAGE, registry=registry)
    return unknown(
        "registry-wants-credentials", "the refusal may also mean that it does not exist", Witness.MESSAGE
    )


@check("credentials-were-offered", Witness.MESSAGE, "0", 0)
async def credentials_were_offered(case: Case) -> Evidence:
    """The node sent credentials with its request.

    Runtimes word a refused login and a missing one differently, most of the time; UNKNOWN where they do
    not.
    """
    identity = case.failure.symptom.fields.get("identity", "")
    if case.failure.symptom.id == "no-credentials" or identity == "anonymous":
        return no("credentials-were-offered", Witness.MESSAGE, registry=case.failure.registry)
    if identity:
        return yes("credentials-were-offered", Witness.MESSAGE, registry=case.failure.registry)
    return unknown("credentials-were-offered", "the message does not tell", Witness.MESSAGE)


@check("repository-missing-said", Witness.MESSAGE, "0", 0)
async def repository_missing_said(case: Case) -> Evidence:
    """The registry said that the repository does not exist.

    In so many words, or by refusing one of a kind that is never private (Docker Hub's official images). Never NO:
    most registries do not tell a missing repository from a missing tag.
    """
    refused = case.failure.symptom.id == "denied-or-missing"
    reference = case.failure.reference
    if reference and refused and case.scene.registries.is_never_private(reference):
        return yes("repository-missing-said", Witness.MESSAGE, repository=_repository(case), public="yes")
    if case.failure.symptom.id == "repository-not-found":
        return yes("repository-missing-said", Witness.MESSAGE, repository=_repository(case), public="")
    return unknown("repository-missing-said", "the message does not tell", Witness.MESSAGE)


@check("server-error-said", Witness.MESSAGE, "0", 0)
async def server_error_said(case: Case) -> Evidence:
    """The registry, or what stands before it, answered with an error of its own (HTTP 5xx)."""
    if case.failure.symptom.id == "registry-server-error":
        fields = case.failure.symptom.fields
        host = fields.get("host") or case.failure.registry
        return yes("server-error-said", Witness.MESSAGE, status=fields.get("status", ""), host=host)
    return unknown("server-error-said", "no answer of the registry is in the message", Witness.MESSAGE)


@check("access-block-said", Witness.MESSAGE, "0", 0)
async def access_block_said(case: Case) -> Evidence:
    """The answer says that access as such is blocked: a firewall's page, a geo block, an unpaid account."""
    blocked = case.failure.symptom.fields.get("blocked", "")
    if blocked:
        return yes("access-block-said", Witness.MESSAGE, status=case.failure.symptom.fields.get("status", ""))
    return unknown("access-block-said", "the message does not tell who refused", Witness.MESSAGE)


@check("credential-plugin-failed", Witness.MESSAGE, "0", 0)
async def credential_plugin_failed(case: Case) -> Evidence:
    """The node's credential provider plugin failed."""
    if case.failure.symptom.fields.get("plugin"):
        return yes("credential-plugin-failed", Witness.MESSAGE, plugin=case.failure.symptom.fields["plugin"])
    return unknown("credential-plugin-failed", "the message names no plugin", Witness.MESSAGE)


@check("image-is-local", Witness.MESSAGE, "0", 0)
async def image_is_local(case: Case) -> Evidence:
    """The image can only come from the node's own store: pull policy Never, or nobody answers on localhost."""
    if case.failure.symptom.id == "never-pull":
        return yes("image-is-local", Witness.MESSAGE, why="never", image=case.failure.image)
    if _LOOPBACK.fullmatch(case.failure.registry) and case.failure.symptom.id in NETWORK_SYMPTOMS:
        return yes("image-is-local", Witness.MESSAGE, why="localhost", image=case.failure.image)
    return no("image-is-local", Witness.MESSAGE, image=case.failure.image)


@check("registry-is-well-known", Witness.MESSAGE, "0", 0)
async def registry_is_well_known(case: Case) -> Evidence:
    """The image's registry is one that a large part of the world pulls from, so its name exists.

    The list is data (``playbooks/registries.yaml``).
    """
    known = case.scene.registries.is_well_known(case.failure.registry)
    return answered("registry-is-well-known", known, Witness.MESSAGE, registry=case.failure.registry)


@check("registry-retired", Witness.MESSAGE, "0", 0)
async def registry_retired(case: Case) -> Evidence:
    """The image's registry is in the shipped list of registries that have moved or closed."""
    reference = case.failure.reference
    if reference is None:
        return unknown("registry-retired", "the reference does not parse", Witness.MESSAGE)
    entry = case.scene.registries.retirement(reference)
    if entry is None:
        return no("registry-retired", Witness.MESSAGE, registry=reference.registry)
    return yes(
        "registry-retired",
        Witness.MESSAGE,
        old=entry.prefix,
        new=entry.moved_to,
        since=entry.since,
        told_by=entry.source,
    )


@check("registry-host-retired", Witness.MESSAGE, "0", 0)
async def registry_host_retired(case: Case) -> Evidence:
    """The whole host of the image's registry has moved or closed, not only a path on it."""
    reference = case.failure.reference
    entry = case.scene.registries.retirement(reference) if reference else None
    if entry is None:
        return no("registry-host-retired", Witness.MESSAGE, registry=case.failure.registry)
    gone = "/" not in entry.prefix
    return answered("registry-host-retired", gone, Witness.MESSAGE, registry=case.failure.registry)


def _repository(case: Case) -> str:
    return case.failure.reference.repository if case.failure.reference else case.failure.image
