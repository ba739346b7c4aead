"""Who asks, and with what: a :class:`Question` in -> the :class:`Outcome` of its last request out.

A registry is asked as containerd asks it: first without anything, then as its challenge wants it. A credential goes
to the registry's own host over verified TLS, or to a token service that is known to be its own, and nowhere else:
this is the class of CVE-2020-15157. It is borrowed for one exchange, after the registry asked for it and if the
kubelet would offer it there, and is forgotten with the exchange; what is remembered is challenges, tokens, and salted
fingerprints of what was sent, so that no later answer tells it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import unquote

from bot.diagnosis.keyring import would_match
from bot.facts.image import ImageReference
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Fault, Identity, Step, Told
from bot.ports.credentials import Credential, CredentialLender
from bot.registry import endpoints, following, tokens
from bot.registry.challenges import BASIC, Challenge, best, challenges
from bot.registry.discretion import Marks, Repeats, repeats
from bot.registry.leads import Lead, host_of, lead
from bot.registry.permits import Permit, Probe, Rules
from bot.registry.telling import Put, basic, secrets_of, told
from bot.registry.tokens import Holder, Memory, Place, Token
from bot.registry.wire import MOST_ERROR, MOST_TOKEN, Ask, Failed, Reply, Wire


# What a challenge may ask for beside pull: Azure lists tags only with it (https://github.com/Azure/acr/issues/600).
_HARMLESS = frozenset({"pull", "metadata_read"})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a registry, and by whom.

    Attributes:
        path: with the query where there is one; it begins with ``/v2/``, and goes on with the image's repository
            unless the base endpoint itself is asked.
        method: ``GET`` or ``HEAD``.
        accept: media types, for the Accept header.
        most: bytes of a good answer's body that are read at most.
    """

    image: ImageReference
    identity: Identity
    step: Step
    path: str
    method: str = "GET"
    accept: str = ""
    most: int = MOST_ERROR


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the last request of a question ended.

    Attributes:
        told: as a fact.
        reply: the answer, for whoever wants headers and body; it is that of the question when ``told.is_ok``.
        remedy: the flag or setting that would let it end better; "" when none would.
        repeats: whether a text holds what was sent, so that it must not be told.
    """

    told: Told
    reply: Reply | None
    remedy: str = ""
    repeats: Repeats = field(default=lambda _: False, repr=False, compare=False)


class Asker:
    """Puts questions, each by one identity.

    Args:
        wire: sends a request, and follows nothing.
        permits: who may be asked, how far.
        lender: reads a pull secret's credential when it is needed; None where nobody can.
        now: the clock.
    """

    def __init__(
        self, wire: Wire, permits: Rules, lender: CredentialLender | None, now: Callable[[], datetime]
    ) -> None:
        self._desk = _Desk(wire, lender, now, Memory(), Marks(), Marks())
        self._permits = permits

    async def put(self, question: Question) -> Outcome | Unread:
        """Put a question and whatever it takes to get it answered.

        A redirect is followed anonymously, even one to the registry's own host: what stands behind it is asked
        without any credential, and what it demands is not obeyed. Where an anonymous question for the base
        endpoint is refused, that is its answer.

        Returns:
            Unread when nobody may ask, when this identity may not, or when its credential could not be read.
        """
        permit = self._permits.of(question.image.registry)
        if isinstance(permit, Unread):
            return permit
        if not question.identity.is_anonymous:
            withheld = _withheld(permit, question.image, question.identity)
            if withheld is not None:
                return withheld
        return await _Exchange(self._desk, permit, question).held()

    async def login(self, image: ImageReference, identity: Identity) -> Outcome | Unread:
        """Ask as ``docker login`` does whether a credential is known, whatever it may do: ``GET /v2/``.

        A token is asked for without a scope. For the anonymous identity this asks whether the registry answers.
        """
        return await self.put(Question(image, identity, Step.BASE, "/v2/"))


@dataclass(frozen=True, slots=True)
class _Desk:
    """What all questions share."""

    wire: Wire
    lender: CredentialLender | None
    now: Callable[[], datetime]
    memory: Memory
    marks: Marks
    secrets: Marks


class _Exchange:
    """One question from the first request to the last; what it borrows goes with it."""

    def __init__(self, desk: _Desk, permit: Permit, question: Question) -> None:
        self._desk, self._permit, self._question = desk, permit, question
        self._host = endpoints.api_host(question.image.registry)
        scheme = "http" if permit.plain_http else "https"
        self._base = f"{scheme}://{self._host}"
        is_base = question.step is Step.BASE
        self._repository = "" if is_base else question.image.repository
        self._place = Place(self._base, self._repository)
        self._scope = "" if is_base else f"repository:{self._repository}:pull"
        self._challenged = False
        self._credential: Credential | None = None
        self._seen: tuple[str, ...] = ()

    async def held(self) -> Outcome | Unread:
        """The whole exchange."""
        start = lead(f"{self._base}{self._question.path}")
        if start is None or not self._is_ours(start):
            failed = Failed(Fault.GARBLED, "not a path of this repository")
            return self._outcome(self._told(failed), failed)
        challenge = self._desk.memory.challenge(self._place, self._desk.now())
        if challenge is None or not self._can_take_up(challenge):
            ended = await self._send(start)
            challenge = self._challenge_in(ended)
            if challenge is None:
                return await self._finished(start, ended)
        self._challenged = True
        if challenge.scheme == BASIC:
            return await self._with_basic(start)
        return await self._with_token(start, challenge)

    def _is_ours(self, start: Lead) -> bool:
        """Whether the URL is one of this registry's and this repository's API, however it is normalised."""
        path = unquote(start.rest.partition("?")[0])
        prefix = f"/v2/{self._repository}/" if self._repository else "/v2/"
        inside = path.startswith(prefix) if self._repository else path == prefix
        return start.host == self._host and inside and not {".", ".."} & set(path.split("/"))

    def _can_take_up(self, challenge: Challenge) -> bool:
        """Whether this identity has an answer to it. A token is not needed to hear that a registry is there."""
        if not self._question.identity.is_anonymous:
            return True
        return challenge.scheme != BASIC and self._question.step is not Step.BASE

    def _challenge_in(self, ended: Reply | Failed) -> Challenge | None:
        """The challenge that is taken up now; what is demanded is remembered either way."""
        if isinstance(ended, Failed) or ended.status != 401:
            return None
        offered = challenges(ended.headers.get("www-authenticate", ""))
        self._challenged = bool(offered)
        challenge = best(offered)
        if challenge is None:
            return None
        self._desk.memory.learn(self._place, challenge, self._desk.now())
        return challenge if self._can_take_up(challenge) else None

    async def _with_basic(self, start: Lead) -> Outcome | Unread:
        credential = await self._borrow()
        if isinstance(credential, Unread):
            return credential
        ended = await self._send(start, "Basic", basic(credential))
        return await self._finished(start, ended, "Basic")

    async def _with_token(self, start: Lead, challenge: Challenge) -> Outcome | Unread:
        """Ask with a token; with another one where a kept one is refused, or where the question needs other rights."""
        scope = self._wanted(challenge)
        fetched = await self._token(challenge, scope)
        if isinstance(fetched, Outcome | Unread):
            return fetched
        token, fresh = fetched
        ended = await self._send(start, "Bearer", token.value)
        if isinstance(ended, Reply) and ended.status == 401:
            other = self._wanted(best(challenges(ended.headers.get("www-authenticate", ""))), scope)
            if not fresh or other != scope:
                # The realm stays the one that was named when nothing was sent: nvcr.io names another one with a
                # stale token, which lends none (https://github.com/NVIDIA/nvidia-container-toolkit/issues/1945).
                fetched = await self._token(challenge, other, refused=token.value)
                if isinstance(fetched, Outcome | Unread):
                    return fetched
                ended = await self._send(start, "Bearer", fetched[0].value)
        return await self._finished(start, ended, "Bearer")

    def _wanted(self, challenge: Challenge | None, otherwise: str | None = None) -> str:
        """The scope to ask for: the challenge's own where it is for reading this very repository."""
        own = challenge["scope"] if challenge else ""
        if self._repository and _reads_only(own, self._repository):
            return own
        return self._scope if otherwise is None else otherwise

    async def _token(
        self, challenge: Challenge, scope: str, refused: str = ""
    ) -> tuple[Token, bool] | Outcome | Unread:
        """A token, and whether it is fresh; fetched when none is kept, or when the kept one was refused."""
        memory = self._desk.memory
        holder = Holder(self._place, scope, tokens.whose(self._question.identity))
        async with memory.lock(holder):
            kept = memory.token(holder, self._desk.now())
            if kept is not None and kept.value != refused:
                self._note(kept.value)
                return kept, False
            fetched = await self._fetched(challenge, scope)
            if isinstance(fetched, Token):
                memory.keep(holder, fetched)
                self._note(fetched.value)
                return fetched, True
            return fetched

    async def _fetched(self, challenge: Challenge, scope: str) -> Token | Outcome | Unread:
        realm = lead(challenge["realm"])
        host = realm.host if realm else host_of(challenge["realm"]) or self._host
        if realm is None or not self._may_ask(realm):
            failed = Failed(Fault.UNSAFE_TOKEN_SERVICE)
            return self._outcome(self._told(failed, Step.TOKEN, host), failed)
        url, scheme, secret = realm.asking(service=challenge["service"], scope=scope), "", ""
        if not self._question.identity.is_anonymous:
            credential = await self._borrow()
            if isinstance(credential, Unread):
                return credential
            scheme, secret = "Basic", basic(credential)
        asked_at = self._desk.now()
        ended = await self._desk.wire.send(
            Ask(
                "GET",
                url,
                self._question.image.registry,
                Step.TOKEN,
                identity=self._question.identity,
                scheme=scheme,
                secret=secret,
                most=MOST_TOKEN,
            )
        )
        if isinstance(ended, Reply) and 200 <= ended.status < 300:
            token = tokens.token(ended.body, asked_at)
            if token is not None:
                return token
            ended = Failed(Fault.GARBLED, "no token in the answer")
        return self._without_token(realm, ended, scheme)

    def _may_ask(self, realm: Lead) -> bool:
        """Whether a token may be asked for there by this identity."""
        anonymous = self._question.identity.is_anonymous
        if realm.scheme != "https" and not (anonymous and self._permit.plain_http):
            return False
        if self._carries(realm):
            return False
        services = self._permit.token_services
        registry = self._question.image.registry
        return anonymous or endpoints.may_receive_credentials(registry, realm.host, services)

    def _without_token(self, realm: Lead, ended: Reply | Failed, scheme: str) -> Outcome:
        """How it ended when no token came. A token service that sends us on is not followed."""
        host = realm.host
        if isinstance(ended, Failed) and ended.fault is Fault.UNSAFE_ADDRESS:
            ended = replace(ended, fault=Fault.UNSAFE_TOKEN_SERVICE)
        if isinstance(ended, Reply) and following.is_redirect(ended):
            host, ended = following.pointed(ended, realm), Failed(Fault.UNSAFE_REDIRECT)
        return self._outcome(self._told(ended, Step.TOKEN, host, scheme), ended)

    async def _send(self, start: Lead, scheme: str = "", secret: str = "") -> Reply | Failed:
        """Ask the registry itself."""
        return await self._desk.wire.send(self._ask(start, scheme, secret))

    def _ask(self, start: Lead, scheme: str = "", secret: str = "") -> Ask:
        """The question as a request. Without anything sent along it is nobody in particular who asks."""
        question = self._question
        return Ask(
            question.method,
            start.url,
            question.image.registry,
            question.step,
            identity=question.identity if scheme else ANONYMOUS,
            scheme=scheme,
            secret=secret,
            accept=question.accept,
            most=question.most,
        )

    async def _finished(self, start: Lead, ended: Reply | Failed, scheme: str = "") -> Outcome:
        """The outcome of an answer of the registry itself, or of where it sends us on."""
        if not isinstance(ended, Reply) or 200 <= ended.status < 300:
            return self._outcome(self._told(ended, scheme=scheme), ended)
        muted = bool(scheme) and not await self._knows_what_was_sent()
        if not following.is_redirect(ended):
            return self._outcome(self._told(ended, scheme=scheme, muted=muted), ended)
        plain = self._host if self._permit.plain_http else ""
        arrival = await following.followed(
            self._desk.wire, self._ask(start), ended, plain=plain, carries=self._carries
        )
        told = self._told(arrival.ended, host=arrival.host, redirected=True, muted=muted)
        return self._outcome(told, arrival.ended)

    async def _knows_what_was_sent(self) -> bool:
        """Whether it is known what must not be told; of a kept token alone it is not known whose name goes with it."""
        return self._question.identity.is_anonymous or isinstance(await self._borrow(), Credential)

    async def _borrow(self) -> Credential | Unread:
        """The credential, read once for this exchange."""
        if self._credential is None:
            identity, lender = self._question.identity, self._desk.lender
            if lender is None:
                return Unread(
                    _what(self._question.image, identity),
                    "its credential cannot be read",
                    f"get secrets in {identity.namespace}",
                )
            lent = await lender.lend(identity)
            if isinstance(lent, Unread):
                return lent
            self._credential = lent
            self._seen += secrets_of(lent)
            self._desk.marks.learn(self._seen)
            self._desk.secrets.learn((lent.password, basic(lent)))
        return self._credential

    def _note(self, token: str) -> None:
        """Take note of a token that is sent."""
        self._seen += (token,)
        self._desk.secrets.learn((token,))

    def _carries(self, lead: Lead) -> bool:
        """Whether an address elsewhere would carry a password or a token there; a name alone may stand in a signed one."""
        return lead.host != self._host and self._desk.secrets.in_address(lead.url)

    def _told(
        self,
        ended: Reply | Failed,
        step: Step | None = None,
        host: str = "",
        scheme: str = "",
        *,
        redirected: bool = False,
        muted: bool = False,
    ) -> Told:
        question = self._question
        put = Put(
            question.identity,
            step or question.step,
            host or self._host,
            question.image.registry,
            scheme,
            self._challenged,
            redirected,
        )
        return told(put, ended, self._desk.now(), None if muted else self._seen, self._desk.marks)

    def _outcome(self, told: Told, ended: Reply | Failed) -> Outcome:
        if isinstance(ended, Failed):
            return Outcome(told, None, ended.remedy)
        return Outcome(told, ended, repeats=self._repeats)

    def _repeats(self, text: str) -> bool:
        """Whether a text holds what was sent in this exchange, or a word of what was sent in another."""
        return repeats(text, self._seen) or self._desk.marks.in_words(text)


def _withheld(permit: Permit, image: ImageReference, identity: Identity) -> Unread | None:
    """Why this identity's credential is not sent to the image's registry; None when it may be."""
    what = _what(image, identity)
    if permit.probe is not Probe.CREDENTIALS:
        return Unread(what, "not asked with credentials", permit.opened_by)
    if permit.plain_http:
        return Unread(what, "credentials are not sent over plain HTTP")
    if not would_match(identity.key, image):
        return Unread(what, "the kubelet would not offer it there")
    return None


def _what(image: ImageReference, identity: Identity) -> str:
    return f"registry {image.registry} with pull secret {identity.secret}"


def _reads_only(scope: str, repository: str) -> bool:
    """Whether a scope is for reading one repository: ``repository:<name>:pull``.

    https://distribution.github.io/distribution/spec/auth/scope/ has the grammar; a name may hold a host with a port.
    """
    kind, _, rest = scope.partition(":")
    name, _, actions = rest.rpartition(":")
    return kind == "repository" and name == repository and set(actions.split(",")) <= _HARMLESS
