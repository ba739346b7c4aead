"""Each section says one thing, in words that a reader without colours understands."""

from dataclasses import replace

from bot.facts.document import CommandLine
from bot.slack import parts
from bot.slack.message import words
from bot.slack.parts import Room
from tests import slack


ROOM = Room(words=400, paragraphs=3, answers=2, commands=2)


def _said(lines: list[parts.Block]) -> list[str]:
    return [words(each) for each in lines]


def test_facts_name_what_is_known() -> None:
    """What does not apply has no field; of many a few, and how many."""
    document = slack.document("web", 5)
    fields = [each["text"] for each in parts.facts_of(document)["fields"]]
    assert "*Severity*\n`high`" in fields
    assert "*5 pods*\n`0`, `1`, `2`, `…`" in fields
    bare = replace(document, where=replace(document.where, registry="", nodes=(), namespace=""))
    names = [each["text"].split("*")[1] for each in parts.facts_of(bare)["fields"]]
    assert names == ["Cause", "Confidence", "Severity", "Scope", "Cluster", "5 workloads", "5 pods"]


def test_what_is_not_known_or_experimental_says_so() -> None:
    """Both in the field of the cause."""
    for changed, said in (({"cause": None}, "not known"), ({"stable": False}, "wrong-tag (experimental)")):
        fields = parts.facts_of(slack.document(**changed))["fields"]
        assert fields[0]["text"] == f"*Cause*\n`{said}`"


def test_evidence_in_short_leads_to_the_rest() -> None:
    """With the signs of the terminal."""
    told = _said(parts.evidence(slack.document(), ROOM))
    assert told[0] == "Evidence"
    assert told[1] == "✔ It is web and web [registry]"
    assert told[-1] == "and 4 more in the thread"
    unknown = parts.answer(slack.document().evidence[-1])
    assert words(unknown) == "? It is web and web: web (web)"


def test_evidence_without_answers_is_the_words_about_it() -> None:
    """A message that proves itself."""
    assert _said(parts.evidence(slack.document(evidence=()), ROOM)) == ["Evidence", "It is web and web"]
    assert parts.evidence(slack.document(evidence=(), proof=()), ROOM) == []


def test_commands_are_whole_or_not_there() -> None:
    """One that is cut, or that does not show what it is, would be another command."""
    long, hidden = CommandLine("why", ("x" * 3000,)), CommandLine("why", ("a\u200bb",))
    fine = CommandLine("why", ("kubectl", "--password=PASSWORD"))
    document = slack.document(commands=(long, fine, hidden))
    assert parts.copyable(document.commands) == [fine]
    told = _said(parts.what_to_do(document, ROOM))
    assert "kubectl --password=PASSWORD" in told
    assert told[-1] == "2 more commands in the thread"


def test_alternatives_name_the_question_that_would_decide() -> None:
    """With what would let it be asked."""
    told = _said(parts.alternatives(slack.document(), ROOM))
    assert told == ["Could also be", "· web web", "? This would decide: web (web)"]
    assert parts.alternatives(slack.document(possible=(), question=None), ROOM) == []
    assert _said(parts.alternatives(slack.document(possible=()), ROOM))[0] == "Not proven yet"


def test_unchecked_is_grouped_by_what_would_change_it() -> None:
    """Sixteen secrets without a right are one line."""
    told = _said(parts.unchecked(slack.document("s", 16).unchecked))
    assert told == ["Not checked", "? s0, s1, s2, s3 and 12 more: s → s"]
    assert parts.unchecked(()) == []


def test_image_tells_since_when_and_until_when() -> None:
    """In UTC."""
    assert _said(parts.image_of(slack.document())) == [
        "Image web\nweb web · web since 2026-03-01 14:02:11 UTC · next try 14:02:11 UTC".replace(
            "web web ·", "web container web ·"
        )
    ]


def test_image_of_many_workloads_is_an_example() -> None:
    """A registry's failure is not about one image."""
    assert _said(parts.image_of(slack.document(many=2)))[0].startswith("Image, for example web\n")
