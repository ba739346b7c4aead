"""How a registry wants to be asked: the value of ``WWW-Authenticate`` in -> its :class:`Challenge` s out.

The grammar is that of https://www.rfc-editor.org/rfc/rfc7235#section-4.1, where one header may hold several challenges
and a comma may part parameters or challenges. Registries break it in small ways (values without quotes, commas too
many), so whatever cannot be read is stepped over. What comes out is a claim of the registry, checked before use.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


BASIC = "basic"
BEARER = "bearer"

# Hostile headers: no registry is known to send more than two challenges or a kibibyte.
_LONGEST_HEADER = 8192
_MOST_CHALLENGES = 16
_MOST_PARAMETERS = 32

_GAP = re.compile(r"[\s,]*")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# Wider than a token: nvcr.io's older front sent ``scope=repository:x/y:pull`` without quotes.
_BARE = re.compile(r'[^\s,"]*')
_TOKEN68 = re.compile(r"[ \t]+[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|\Z))")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way in that a registry offers.

    Attributes:
        scheme: in lower case: ``basic``, ``bearer``, or another one.
        parameters: by lower-case name; of a name that came twice, the first value.
    """

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """A parameter's value; "" when it was not given."""
        return self.parameters.get(name, "")


def challenges(header: str) -> tuple[Challenge, ...]:
    """Take a header's value apart; several headers of that name are joined by commas before.

    Args:
        header: anything, hostile text included; beyond 8 KiB it is not read.
    """
    text, at = header[:_LONGEST_HEADER], 0
    found: list[tuple[str, dict[str, str]]] = []
    while at < len(text):
        at = _after(_GAP, text, at)
        word = _TOKEN.match(text, at)
        if word is None:
            at += 1
            continue
        at = word.end()
        equals = _EQUALS.match(text, at)
        if equals is not None:
            value, at = _value(text, equals.end())
            if found and value is not None and len(found[-1][1]) < _MOST_PARAMETERS:
                found[-1][1].setdefault(word[0].lower(), value)
            continue
        if len(found) == _MOST_CHALLENGES:
            break
        found.append((word[0].lower(), {}))
        at = _after(_TOKEN68, text, at)
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)


def best(offered: Sequence[Challenge]) -> Challenge | None:
    """The one that is taken up, as containerd chooses: Bearer before Basic; None when neither can be used.

    A Bearer challenge without a realm leads nowhere and is passed over.
    """
    bearer = next((each for each in offered if each.scheme == BEARER and each["realm"]), None)
    return bearer or next((each for each in offered if each.scheme == BASIC), None)


def _value(text: str, at: int) -> tuple[str | None, int]:
    """A parameter's value and where it ends; None for one whose quotes never close."""
    if not text.startswith('"', at):
        bare = _BARE.match(text, at)
        assert bare is not None  # it matches nothing at all, too
        return bare[0], bare.end()
    quoted = _QUOTED.match(text, at)
    if quoted is None:
        return None, len(text)
    return _ESCAPED.sub(r"\1", quoted[1]), quoted.end()


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
