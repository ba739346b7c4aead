"""A replay answers exactly what was recorded, and nothing that was not."""

from pathlib import Path

import pytest

from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Fault, Identity, Step
from bot.ports.credentials import Credential
from bot.registry import exchanges
from bot.registry.exchanges import Exchange
from bot.registry.permits import Permit, Probe
from bot.registry.recorded import RecordedLender, RecordedRules, RecordedWire
from bot.registry.wire import MOST_ERROR, MOST_MANIFEST, Ask, Failed, Reply


RECORDINGS = Path(__file__).parents[2] / "recordings"
RECORDED = sorted(RECORDINGS.glob("*/**/dump/registry.json"))
HOST = "registry.example"
BASE = f"https://{HOST}/v2/"
MANIFEST = f"{BASE}shop/web/manifests/1.4"
REGCRED = Identity("shop", "regcred", HOST)
NOT_RECORDED = Fault.NOT_RECORDED


def _exchange(outcome: Reply | Failed, url: str = MANIFEST, **changes: str | bool) -> Exchange:
    facts: dict[str, object] = {"identity": "anonymous", "method": "GET", **changes}
    return Exchange(url=url, outcome=outcome, **facts)  # type: ignore[arg-type]  # a test's own words


def _ask(url: str = MANIFEST, **changes: object) -> Ask:
    facts: dict[str, object] = {
        "method": "GET",
        "registry": HOST,
        "step": Step.MANIFEST,
        "most": MOST_MANIFEST,
    }
    return Ask(url=url, **(facts | changes))  # type: ignore[arg-type]  # likewise


def _read(path: Path) -> tuple[Exchange, ...]:
    return exchanges.read(path.read_bytes()).exchanges


async def _fault(wire: RecordedWire, ask: Ask) -> Fault | None:
    answer = await wire.send(ask)
    return answer.fault if isinstance(answer, Failed) else None


async def test_a_question_matches_by_who_how_what_and_with_what() -> None:
    """Identity, method, URL and the scheme; what is accepted makes no difference."""
    wire = RecordedWire([_exchange(Reply(200), identity="secret:shop/regcred", scheme="bearer")])
    mine = {"identity": REGCRED, "scheme": "Bearer", "secret": "x", "accept": "text/plain"}
    assert await wire.send(_ask(**mine)) == Reply(200)
    for other in (
        {"identity": ANONYMOUS},
        {"identity": Identity("pay", "regcred", HOST)},
        {"scheme": ""},
        {"scheme": "Basic"},
        {"method": "HEAD"},
        {"url": BASE},
        {"url": "nonsense"},
    ):
        assert await _fault(wire, _ask(**(mine | other))) is NOT_RECORDED


async def test_several_answers_come_in_order_and_the_last_one_stays() -> None:
    """A registry that recovers does so once."""
    wire = RecordedWire([_exchange(Reply(503)), _exchange(Failed(Fault.DROPPED)), _exchange(Reply(200))])
    answers = [await wire.send(_ask()) for _ in range(4)]
    assert answers == [Reply(503), Failed(Fault.DROPPED), Reply(200), Reply(200)]


async def test_what_the_kubelet_would_not_send_cannot_be_sent() -> None:
    """A credential whose key is for another registry was recorded to show what would happen."""
    wire = RecordedWire(
        [_exchange(Reply(200), identity="secret:shop/regcred", scheme="basic", sendable=False)]
    )
    assert await _fault(wire, _ask(identity=REGCRED, scheme="Basic")) is NOT_RECORDED


async def test_a_replay_keeps_the_caps() -> None:
    """As much of a body as the live wire would read, and none for HEAD."""
    wire = RecordedWire(
        [
            _exchange(Reply(200, {}, b"x" * 11)),
            _exchange(Reply(404, {}, b"x" * 70_000), BASE),
            _exchange(Reply(200, {}, b"x"), method="HEAD"),
        ]
    )
    assert await _fault(wire, _ask(most=10)) is Fault.TOO_LARGE
    assert await wire.send(_ask(most=11)) == Reply(200, {}, b"x" * 11)
    assert await wire.send(_ask(BASE)) == Reply(404, {}, b"x" * MOST_ERROR)
    assert await wire.send(_ask(method="HEAD")) == Reply(200)


async def test_a_struck_token_can_be_used() -> None:
    """In place of the token that nobody may see stands one that a header can hold."""
    body = b'{"token": "<redacted>", "access_token":"<redacted>", "expires_in": 300}'
    wire = RecordedWire([_exchange(Reply(200, {}, body))])
    answer = await wire.send(_ask(step=Step.TOKEN))
    assert isinstance(answer, Reply)
    assert b"<" not in answer.body
    assert answer.body.count(b'"imagepull-recorded-token"') == 2
    assert await wire.send(_ask(step=Step.MANIFEST)) == Reply(200, {}, body)


CHALLENGE = 'Bearer realm="https://auth.example/token",service="registry.example"'
ARTIFACT = Reply(401, {"www-authenticate": f'{CHALLENGE},scope="repository:None:pull"', "server": "x"}, b"{}")
SCOPED = Reply(401, {"www-authenticate": f'{CHALLENGE},scope="repository:shop/web:pull"'})


def _artifact(outcome: Reply | Failed = ARTIFACT, url: str = BASE, **changes: str | bool) -> Exchange:
    return _exchange(outcome, url, artifact="a stand-in's", **changes)


async def test_a_stand_ins_word_is_no_truth() -> None:
    """What an emulator makes up is not known."""
    wire = RecordedWire(
        [_artifact(url=MANIFEST), _artifact(Failed(Fault.DROPPED), f"{BASE}x/tags/list"), _artifact()]
    )
    for url in (MANIFEST, f"{BASE}x/tags/list", BASE):
        assert await _fault(wire, _ask(url)) is NOT_RECORDED


async def test_a_stand_ins_base_counts_where_the_registry_says_the_same() -> None:
    """The same challenge at its manifests: then it asks for credentials at its base, too, without the made-up scope."""
    wire = RecordedWire([_artifact(), _exchange(SCOPED), _artifact(url=f"{BASE}shop/web/tags/list")])
    assert await wire.send(_ask(BASE)) == Reply(401, {"www-authenticate": CHALLENGE})
    assert await _fault(wire, _ask(f"{BASE}shop/web/tags/list")) is NOT_RECORDED
    wire = RecordedWire([_artifact(Reply(200, {}, b"{}")), _exchange(Reply(200), method="HEAD")])
    assert await wire.send(_ask(BASE)) == Reply(200)


@pytest.mark.parametrize(
    "real",
    [
        _exchange(Reply(503), method="HEAD"),
        _exchange(Failed(Fault.CONNECT_TIMEOUT), method="HEAD"),
        _exchange(Failed(Fault.RESPONSE_TIMEOUT), identity="secret:shop/regcred", scheme="bearer"),
    ],
)
async def test_a_stand_ins_health_counts_for_nothing_beside_a_fault(real: Exchange) -> None:
    """A registry that fails at its manifests may fail at its base; the stand-in does not know."""
    wire = RecordedWire([_artifact(), _exchange(SCOPED), real])
    assert await _fault(wire, _ask(BASE)) is NOT_RECORDED


@pytest.mark.parametrize(
    "real",
    [
        _exchange(Reply(401, {"www-authenticate": 'Basic realm="x"'})),
        _exchange(SCOPED, identity="secret:shop/regcred", scheme="basic"),
        _exchange(SCOPED, "https://other.example/v2/shop/web/manifests/1.4"),
        _exchange(Reply(404)),
    ],
)
async def test_a_stand_ins_base_counts_for_nothing_without_the_same_word(real: Exchange) -> None:
    """Another challenge, another host or another identity bears nothing out."""
    assert await _fault(RecordedWire([_artifact(), real]), _ask(BASE)) is NOT_RECORDED


def test_rules_allow_what_is_recorded() -> None:
    """Nothing is sent, so credentials may be; of other registries nothing is known."""
    rules = RecordedRules(
        [
            _exchange(Reply(200)),
            _exchange(
                Reply(200), "https://tokens.example/auth", identity="secret:shop/regcred", scheme="basic"
            ),
            _exchange(Reply(200), "https://evil.example/", identity="secret:shop/regcred", sendable=False),
            _exchange(Reply(200), "https://registry-1.docker.io/v2/"),
        ]
    )
    permit = rules.of(HOST)
    assert isinstance(permit, Permit)
    assert permit.probe is Probe.CREDENTIALS
    assert permit.token_services == ("tokens.example",)
    assert permit.budget.questions > 1_000_000
    assert isinstance(rules.of("docker.io"), Permit)
    assert isinstance(RecordedRules().of(HOST), Unread)


async def test_lender_lends_nothing_real() -> None:
    """Who asked in the recording gets a credential that is none."""
    lender = RecordedLender([_exchange(Reply(200), identity="secret:shop/regcred", scheme="basic")])
    assert isinstance(await lender.lend(REGCRED), Credential)
    other = await lender.lend(Identity("pay", "regcred", HOST))
    assert isinstance(other, Unread)
    assert other.what == "secret pay/regcred"


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: str(path.relative_to(RECORDINGS).parent.parent))
async def test_every_real_answer_of_a_recording_can_be_asked(path: Path) -> None:
    """Each exchange that may be sent and is the registry's own gives its answers, in order."""
    recorded = _read(path)
    wire = RecordedWire(recorded)
    for each in recorded:
        if each.sendable and not each.artifact:
            parts = each.identity.removeprefix("secret:").split("/")
            who = Identity(*parts) if len(parts) == 2 else ANONYMOUS
            answer = await wire.send(_ask(each.url, method=each.method, identity=who, scheme=each.scheme))
            told = each.outcome.status if isinstance(each.outcome, Reply) else each.outcome.fault
            assert told == (answer.status if isinstance(answer, Reply) else answer.fault)
