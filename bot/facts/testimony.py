"""What a registry said when it was asked, as plain facts: who asked, who answered, what came back.

A refusal, a fault of the road and an answer are told alike, so that a check can weigh them without knowing how
they were obtained. A question that was never put is an :class:`~bot.facts.objects.Unread` instead, with the flag
or setting that would allow it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.facts.image import Platform


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: nobody in particular, or the credential under one key of one pull secret.

    Attributes:
        namespace: of the Secret; "" for the anonymous identity, like the other fields.
        secret: name of the Secret.
        key: the registry key in it.
        fingerprint: salted digest of the credential: equal ones get equal answers, so they are asked once.
    """

    namespace: str = ""
    secret: str = ""
    key: str = ""
    fingerprint: str = ""

    @property
    def is_anonymous(self) -> bool:
        """Whether no credential is sent."""
        return not self.secret

    def __str__(self) -> str:
        """As a transcript names it: ``anonymous`` or ``secret:<namespace>/<name>``."""
        return "anonymous" if self.is_anonymous else f"secret:{self.namespace}/{self.secret}"


ANONYMOUS = Identity()


class Step(StrEnum):
    """Which question was being asked when the answer, or the fault, came."""

    BASE = "base"  # GET /v2/
    TOKEN = "token"  # noqa: S105  # the token service that the registry named
    MANIFEST = "manifest"
    TAGS = "tags"
    CONFIG = "config"
    LAYER = "layer"


class Fault(StrEnum):
    """Why there is no answer. The first group is spelled as recordings spell it."""

    DNS_NXDOMAIN = "dns-nxdomain"
    DNS_NO_ANSWER = "dns-no-answer"
    CONNECT_REFUSED = "connect-refused"
    CONNECT_TIMEOUT = "connect-timeout"
    RESPONSE_TIMEOUT = "response-timeout"
    DROPPED = "dropped"
    TLS_HANDSHAKE_TIMEOUT = "tls-handshake-timeout"
    TLS_PLAIN_HTTP = "tls-plain-http"
    TLS_CERTIFICATE_EXPIRED = "tls-certificate-expired"
    TLS_UNKNOWN_AUTHORITY = "tls-unknown-authority"
    TLS_NAME_MISMATCH = "tls-name-mismatch"

    UNREACHABLE = "unreachable"  # no route to the address
    TLS_FAILED = "tls-failed"  # any other failure of the handshake
    GARBLED = "garbled"  # not HTTP, a broken encoding, a bomb, JSON that cannot be read
    TOO_LARGE = "too-large"  # more than the cap

    UNSAFE_ADDRESS = "unsafe-address"  # the name leads to an address that must not be asked
    UNSAFE_TOKEN_SERVICE = "unsafe-token-service"  # noqa: S105  # the one it names may not be trusted
    UNSAFE_REDIRECT = "unsafe-redirect"  # the registry sends us where we do not go

    BUDGET_SPENT = "budget-spent"
    LEFT_ALONE = "left-alone"  # it answered 429 a moment ago
    NOT_RECORDED = "not-recorded"
    NO_CREDENTIAL = "no-credential"  # the secret could not be read when its credential was needed
    NO_AUTHORITIES = "no-authorities"  # the certificates to verify it with cannot be read here
    PROXY_FAILED = "proxy-failed"  # our own proxy did not let us through, or may have cut us off


# Nothing was learned of the registry: nobody asked it, or we would not.
SILENT = frozenset(
    {
        Fault.UNSAFE_ADDRESS,
        Fault.UNSAFE_TOKEN_SERVICE,
        Fault.UNSAFE_REDIRECT,
        Fault.BUDGET_SPENT,
        Fault.LEFT_ALONE,
        Fault.NOT_RECORDED,
        Fault.NO_CREDENTIAL,
        Fault.NO_AUTHORITIES,
        Fault.PROXY_FAILED,
    }
)


@dataclass(frozen=True, slots=True)
class Limit:
    """What the registry says of its pull limit.

    Attributes:
        most: pulls allowed in the window; None when it did not say.
        remaining: pulls left; None when it did not say.
        window: how long the window is; it says nothing of a moment.
        source: whose limit it is: an IP address, ``account`` for a logged-in one (its name is never kept), or "".
    """

    most: int | None = None
    remaining: int | None = None
    window: timedelta | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """How one question ended.

    Attributes:
        identity: who asked.
        step: what was asked when it ended; a manifest's question may end at the token service.
        host: the host, with its port where one is given, that answered or failed.
        status: HTTP status; 0 when there was no answer.
        code: the first error code of the body, spelled as the OCI distribution spec: ``MANIFEST_UNKNOWN``.
        fault: why there was no usable answer; None when there was one.
        challenged: the registry asked for credentials on the way (a 401 with WWW-Authenticate).
        scheme: how the last question was authorized: ``Basic``, ``Bearer``, or "" where nothing was sent along.
        redirected: the answer, or the fault, is that of a host the registry sent us to.
        said: what the registry wrote about it, redacted and cut; "" when nothing.
        retry_at: from Retry-After; None when it named no time.
    """

    identity: Identity
    step: Step
    host: str
    status: int = 0
    code: str = ""
    fault: Fault | None = None
    challenged: bool = False
    scheme: str = ""
    redirected: bool = False
    said: str = ""
    retry_at: datetime | None = None
    limit: Limit | None = None

    @property
    def is_ok(self) -> bool:
        """Whether what was asked for is there."""
        return self.fault is None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says of itself.

    Attributes:
        digest: as the registry computed it, or as we did over the body.
        media_type: ``application/vnd.oci.image.index.v1+json`` and its kin.
        is_index: it lists manifests, one for each platform.
        platforms: of an index, what it offers; attestations and entries without a platform left out.
        kind: media type of the config, or the artifact type: what a chart or another artifact is told by.
        is_image: whether a runtime can run it; None when only its headers are known.
        layers: digests of a single manifest's layers.
        partial: of an index, it holds more than ``platforms`` tells: entries whose platform stands in their configs
            alone, or more entries than are read. What is missing among ``platforms`` may be there all the same.
    """

    digest: str
    media_type: str
    is_index: bool = False
    platforms: tuple[Platform, ...] = ()
    kind: str = ""
    is_image: bool | None = None
    layers: tuple[str, ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Testimony:
    """A registry's answer to one question.

    Attributes:
        told: how it ended.
        manifest: of a manifest question, what is there; with headers alone only digest and media type are known.
        tags: of a tags question, what the registry listed, in its order.
        complete: the list of tags was read to its end.
        platform: of a config question, what the image's own config names.
        missing: of a layers question, the digests that the registry lacks.
        remedy: the flag or setting that would let it end better; "" when none would.
    """

    told: Told
    manifest: Manifest | None = None
    tags: tuple[str, ...] = ()
    complete: bool = True
    platform: Platform | None = None
    missing: tuple[str, ...] = ()
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """How often a registry was asked of late, to be shown beside what it may be asked.

    Attributes:
        registry: its host as images name it; questions to its token service and its redirects count for it.
        questions: in the window of its budget.
        last_hour: in the last hour.
        budget: as the settings spell it: ``60/h``.
        left_alone_until: it answered 429; None when it may be asked.
    """

    registry: str
    questions: int
    last_hour: int
    budget: str
    left_alone_until: datetime | None = None
