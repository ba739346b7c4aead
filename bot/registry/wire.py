"""One HTTP question to a registry or its token service, and how it ended: :class:`Ask` in -> :class:`Reply` or :class:`Failed` out.

Three things stand behind :class:`Wire`: the live one (guarded dialer, caps), recorded answers, and wrappers that
keep a budget or a transcript. None of them follows a redirect or looks for credentials: that is for whoever asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.facts.testimony import ANONYMOUS, Fault, Identity, Step


# Caps: a body of more than this is not read on. A manifest may be 4 MiB
# (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests).
MOST_MANIFEST = 4 * 1024 * 1024
MOST_CONFIG = 1024 * 1024
MOST_TAGS = 1024 * 1024
MOST_ERROR = 64 * 1024
MOST_TOKEN = 64 * 1024


@dataclass(frozen=True, slots=True)
class Ask:
    """A question.

    Attributes:
        method: ``GET`` or ``HEAD``.
        url: absolute; its host comes from the image, from an accepted realm, or from a redirect.
        registry: the image's registry, on whose account, and under whose rules, this is asked.
        identity: who asks.
        scheme: "", ``Basic`` or ``Bearer``: how the credential is sent.
        secret: what follows the scheme in the Authorization header; never shown.
        accept: media types, for the Accept header.
        most: bytes of the body that are read at most when the answer is good; of an error 64 KiB are.
        step: what is asked, for the transcript and the evidence.
        redirected: the host is one the registry sent us to.
    """

    method: str
    url: str
    registry: str
    step: Step
    identity: Identity = ANONYMOUS
    scheme: str = ""
    secret: str = field(default="", repr=False)
    accept: str = ""
    most: int = MOST_ERROR
    redirected: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer.

    Attributes:
        headers: by lower-case name; of a header that came twice, the values joined by ``, ``.
        body: decoded, and never longer than the question allowed; empty for HEAD.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable HTTP answer.

    Attributes:
        fault: why.
        detail: a few words more, without any secret; "" when the fault says it all.
        remedy: the flag or setting that would help; "" when none would.
    """

    fault: Fault
    detail: str = ""
    remedy: str = ""


class Wire(Protocol):
    """Whoever can put one question and bring back how it ended. Never raises for what the other side does."""

    async def send(self, ask: Ask) -> Reply | Failed:
        """Put it."""
        ...
