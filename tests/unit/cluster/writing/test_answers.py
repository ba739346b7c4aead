"""Every recorded answer to a write is judged, each by its status, its reason and its words."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.cluster.sending import Reply
from bot.cluster.writing.answers import refusal, warnings
from bot.ports.rehearsing import Reason


RECORDED = Path(__file__).parents[3] / "recordings" / "api-server"
Recorded = dict[str, Any]


def _load(name: str) -> Recorded:
    loaded: Recorded = json.loads((RECORDED / name).read_text())
    return loaded


def _writes() -> list[str]:
    found = []
    for path in sorted(RECORDED.glob("*/*.json")):
        recorded = json.loads(path.read_text())
        if recorded.get("request", {}).get("method", "GET") != "GET":
            found.append(str(path.relative_to(RECORDED)))
    return found


def _reply(recorded: Recorded) -> Reply:
    response = recorded["response"]
    told = response["headers"].get("Warning", [])
    told = [told] if isinstance(told, str) else told
    body = (response.get("body") or "").encode()
    return Reply(response["status"], body, tuple(told), response["headers"].get("Retry-After", ""))


def _status(recorded: Recorded) -> Recorded:
    try:
        told: Recorded = json.loads(recorded["response"].get("body") or "")
    except ValueError:
        return {}
    return told if told.get("kind") == "Status" else {}


# What a Status says, most telling first: a predicate of (code, reason, message, fields) -> what became of the write.
_RULES = (
    (lambda code, *_: code < 300, None),
    (lambda _, __, message, ___: "denied the request" in message, Reason.ADMISSION),
    (lambda code, *_: code >= 500, Reason.UNCLEAR),
    (lambda _, __, message, ___: re.search("(exceeded|failed) quota:", message), Reason.QUOTA),
    (
        lambda code, _, message, __: code == 403 and "cannot" in message and 'User "' in message,
        Reason.FORBIDDEN,
    ),
    (lambda _, __, message, ___: " is forbidden: " in message, Reason.ADMISSION),
    (lambda _, reason, *__: reason == "AlreadyExists", Reason.EXISTS),
    (lambda code, *_: code == 409, Reason.CONFLICT),
    (lambda _, __, ___, fields: "metadata.uid" in fields, Reason.CONFLICT),
    (lambda code, _, message, __: code == 404 and message.endswith('" not found'), Reason.GONE),
    (lambda code, *_: code == 429, Reason.THROTTLED),
    (lambda code, *_: 400 <= code < 500, Reason.INVALID),
)


def _expected(recorded: Recorded) -> Reason | None:
    told = _status(recorded)
    code = recorded["response"]["status"]
    fields = [each.get("field") for each in (told.get("details") or {}).get("causes") or ()]
    asked = (code, told.get("reason"), told.get("message") or "", fields)
    return next(reason for holds, reason in _RULES if holds(*asked))


@pytest.mark.parametrize("name", _writes())
def test_refusal_judges_every_recorded_answer(name: str) -> None:
    """None for what was done; else why not, in the server's own words."""
    recorded = _load(name)
    judged = refusal(_reply(recorded), "patch pods")
    expected = _expected(recorded)
    assert (judged.reason if judged else None) == expected, (recorded["response"], judged)
    if judged is not None:
        assert 0 < len(judged.said) <= 601
        assert judged.said.isprintable()
        assert (judged.hint == "patch pods") == (judged.reason is Reason.FORBIDDEN)


def test_recordings_hold_every_reason() -> None:
    """So that no line of the judgement goes untried; of a login that is refused nothing was written."""
    assert {_expected(_load(name)) for name in _writes()} == {None, *Reason}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("refused/vap-patch-422", "denied request: images must come from"),
        ("refused/webhook-deny-nocode", "admission webhook"),
        ("writes/evict-429-pdb", "The disruption budget cart needs 2 healthy pods"),
        ("refused/apf-429-patch", "HTTP 429: Too many requests"),
        ("writes/patch-smp-unknown-field-strict", 'unknown field "spec.template.spec.containers[0].imagge"'),
        ("writes/patch-merge-unknown-field-strict", "Invalid value: …: strict decoding error: unknown field"),
        ("writes/job-patch-template-422", "spec.template: Invalid value: …: field is immutable"),
    ],
)
def test_refusal_quotes_the_server(name: str, said: str) -> None:
    """The words that matter, without the object around them."""
    judged = refusal(_reply(_load(f"{name}.json")), "")
    assert judged is not None
    assert said in judged.said


@pytest.mark.parametrize("env", ["hunter2-Xy", "hunter2-Xy" * 40_000])
def test_refusal_never_quotes_the_environment(env: str) -> None:
    """Validation quotes the whole object, and an object may hold a password under a harmless name."""
    item = json.dumps({"spec": {"env": [{"name": "GREETING", "value": env}]}})
    for quoted in (json.dumps(item), item, f"core.PodSpec{item}"):
        message = f'"" is invalid: patch: Invalid value: {quoted}: strict decoding error: unknown field "x"\n@@ -1 {env}'
        judged = refusal(Reply(422, _encoded(message, "Invalid", 422)), "")
        assert judged is not None
        assert judged.said.startswith('"" is invalid: patch: Invalid value: …')
        assert "hunter2" not in judged.said


def test_refusal_strikes_out_what_it_is_told_is_secret() -> None:
    """A webhook may quote the Secret that it denies, however it spells it."""
    message = (
        'admission webhook "x.example" denied the request: {"auth": "cm9i", "user": "robot7"}\x1b[31m\u202e'
    )
    judged = refusal(Reply(403, _encoded(message, "", 403)), "", ("cm9i", "robot7"))
    assert judged is not None
    assert judged.reason is Reason.ADMISSION
    assert "cm9i" not in judged.said
    assert "robot7" not in judged.said
    assert judged.said.isprintable()


def test_refusal_cuts_long_words() -> None:
    """Somebody may say more than anybody reads."""
    judged = refusal(Reply(400, _encoded("x" * 100_000, "BadRequest", 400)), "")
    assert judged is not None
    assert len(judged.said) == 601


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (301, Reason.UNCLEAR),
        (400, Reason.INVALID),
        (401, Reason.FORBIDDEN),
        (403, Reason.FORBIDDEN),
        (404, Reason.INVALID),
        (408, Reason.UNCLEAR),
        (409, Reason.INVALID),
        (429, Reason.THROTTLED),
        (499, Reason.UNCLEAR),
        (500, Reason.UNCLEAR),
        (502, Reason.UNCLEAR),
        (503, Reason.UNCLEAR),
        (504, Reason.UNCLEAR),
    ],
)
@pytest.mark.parametrize(
    "body", [b"<html><b>nginx</b>", b"", b"\xff\xfe", b'{"kind":"Pod"}', None, b"[" * 100_000]
)
def test_refusal_judges_what_no_api_server_said(status: int, reason: Reason, body: bytes | None) -> None:
    """A proxy in between: what it refuses went nowhere, what fails behind it may have been done; nothing there is gone."""
    judged = refusal(Reply(status, body), "")
    assert judged is not None
    assert judged.reason is reason
    assert "nginx" not in judged.said


def test_refusal_says_when_credentials_are_not_accepted() -> None:
    """Every bad token gets the same 401."""
    judged = refusal(_reply(_load("access/bad-token-401.json")), "patch pods")
    assert judged is not None
    assert (judged.reason, judged.hint) == (
        Reason.FORBIDDEN,
        "log in again: these credentials are not accepted",
    )


def test_refusal_says_when_to_try_again() -> None:
    """Where the server says it in seconds; another spelling is nobody's number."""
    judged = [refusal(Reply(429, b"later", after=after), "") for after in ("2", "Sun, 22 Nov", "9" * 50)]
    assert [each.hint for each in judged if each] == ["try again in 2 s", "", ""]


def test_refusal_takes_a_denial_for_certain_whatever_its_code() -> None:
    """A webhook chooses its code; that it denied says that nothing was kept."""
    message = 'admission webhook "x.example" denied the request: no'
    judged = refusal(Reply(500, _encoded(message, "", 500)), "")
    assert judged is not None
    assert judged.reason is Reason.ADMISSION


def test_warnings_are_lines_that_can_be_shown() -> None:
    """Unescaped, made visible, without secrets, each once, not too many."""
    told = (
        '299 - "a \\"quoted\\" one"',
        "299 - no quotes",
        '299 - "\x1b[2J pw hunter22"',
        *(f'299 - "{n}"' for n in range(20)),
    )
    found = warnings(Reply(200, b"", (*told, *told)), ("hunter22",))
    assert found[:2] == ('a "quoted" one', "\\x1b[2J pw [redacted]")
    assert len(found) == 10


def _encoded(message: str, reason: str, code: int) -> bytes:
    told = {"kind": "Status", "status": "Failure", "message": message, "reason": reason, "code": code}
    return json.dumps({name: value for name, value in told.items() if value != ""}).encode()
