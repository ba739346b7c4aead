"""Reading symptom files: what is accepted, and that a mistake names its file and field."""

from pathlib import Path

import pytest

from bot.catalog import symptoms
from bot.diagnosis.signatures import Role
from bot.errors import PlaybookError


GOOD = """
id: broken
family: node
says: it broke
rank: 7
reasons: [Broken]
extract: {part: 'part (\\S+)'}
patterns:
  - id: snap
    runtime: [containerd, cri-o]
    match: 'snap'
    weight: 3
    constants: {kind: loud}
    examples: [snap]
    counter_examples: [snip]
  - {id: crack, runtime: go, match: crack, rank: 9, extract: {part: ['(x)', '(y)']}}
"""


def folder(path: Path, **files: str) -> Path:
    """A folder of YAML files; underscores in front stay."""
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.yaml").write_text(text)
    return path


def refusal(path: Path, text: str, name: str = "broken") -> str:
    """What is said about a file that is not right."""
    with pytest.raises(PlaybookError) as told:
        symptoms.load(folder(path, **{name: text}))
    return f"{told.value.message} | {told.value.hint}"


def test_load_reads_rules_and_patterns(tmp_path: Path) -> None:
    """Defaults of the file reach its patterns; a pattern's own values win."""
    (rule,) = symptoms.load(folder(tmp_path, broken=GOOD))
    assert (rule.id, rule.family, rule.role, rule.reasons) == ("broken", "node", Role.SYMPTOM, ("Broken",))
    snap, crack = rule.patterns
    assert (snap.rank, snap.weight, snap.runtimes) == (7, 3, ("containerd", "cri-o"))
    assert (dict(snap.constants), dict(snap.extract)) == ({"kind": "loud"}, {"part": ("part (\\S+)",)})
    assert (crack.rank, dict(crack.extract)) == (9, {"part": ("(x)", "(y)")})
    assert (snap.examples, snap.counter_examples) == (("snap",), ("snip",))


def test_load_shares_fields_with_symptoms_only(tmp_path: Path) -> None:
    """`_fields.yaml` reaches every symptom, and neither evidence nor look-alikes."""
    gate = "id: gate\nrole: evidence\nfamily: gate\nsays: pull\npatterns: [{id: a, runtime: go, match: a}]"
    rules = symptoms.load(folder(tmp_path, broken=GOOD, _gate=gate, _fields="extract: {host: '(h)'}"))
    by_id = {rule.id: rule for rule in rules}
    assert by_id["broken"].patterns[0].extract["host"] == ("(h)",)
    assert dict(by_id["gate"].patterns[0].extract) == {}
    assert [rule.id for rule in symptoms.symptoms(rules)] == ["broken"]


def test_load_lets_a_users_file_replace_and_add(tmp_path: Path) -> None:
    """The same name overrides, another one is added, the order stays by id."""
    shipped = folder(tmp_path / "shipped", broken=GOOD)
    own = folder(
        tmp_path / "own",
        broken=GOOD.replace("it broke", "ours"),
        aside=GOOD.replace("id: broken", "id: aside"),
    )
    assert [(rule.id, rule.says) for rule in symptoms.load(shipped, own)] == [
        ("aside", "it broke"),
        ("broken", "ours"),
    ]


def test_load_accepts_a_silence_with_its_reason(tmp_path: Path) -> None:
    """A symptom without patterns says why."""
    text = "id: broken\nfamily: silence\nsays: nothing\nwithout_patterns: it writes nothing"
    (rule,) = symptoms.load(folder(tmp_path, broken=text))
    assert (rule.patterns, rule.without_patterns) == ((), "it writes nothing")


MISTAKES = [
    (
        GOOD.replace("family:", "familly:"),
        "broken.yaml: unknown key 'familly' | the nearest known key is 'family'",
    ),
    (
        GOOD.replace("weight: 3", "wieght: 3"),
        "patterns[0]: unknown key 'wieght' | the nearest known key is 'weight'",
    ),
    (GOOD.replace("weight: 3", "weight: heavy"), "'weight' must be a whole number"),
    (GOOD.replace("weight: 3", "weight: true"), "'weight' must be a whole number"),
    (GOOD.replace("weight: 3", "any_reason: 3"), "'any_reason' must be true or false"),
    (
        GOOD.replace("containerd, cri-o", "containerd, crio"),
        "unknown runtime 'crio' | the nearest known one is 'cri-o'",
    ),
    (GOOD.replace("    match: 'snap'\n", ""), "patterns[0]: 'match' is missing"),
    (GOOD.replace("runtime: go, ", ""), "patterns[1]: 'runtime' is missing"),
    (GOOD.replace("id: crack", "id: snap"), "two patterns are called 'snap'"),
    (GOOD.replace("says: it broke\n", ""), "broken.yaml: 'says' is missing"),
    (GOOD.replace("family: node", "family: [node]"), "'family' must be a text"),
    (GOOD.replace("reasons: [Broken]", "reasons: [1]"), "'reasons' must be a text or a list of texts"),
    (
        GOOD.replace("family: node", "family: node\nrole: witness"),
        "'role' is 'witness' | it is one of symptom",
    ),
    (GOOD.replace("id: broken", "id: other"), "its id is 'other' | file and id have one name"),
    (GOOD.split("patterns:", maxsplit=1)[0], "give either patterns or"),
    ("patterns: [", "| check quotes and indentation there"),
    ("- a\n- b", "must be a mapping"),
    (GOOD.split("patterns:", maxsplit=1)[0] + "patterns: text", "'patterns' must be a list"),
    (GOOD + "\n" + "# " * (1 << 20), "longer than 256 KiB"),
    (GOOD.replace("family: node", "family: node\nfamily: node"), "'family' stands twice"),
]


@pytest.mark.parametrize(("text", "told"), MISTAKES, ids=[told for _, told in MISTAKES])
def test_load_names_the_file_and_the_field(tmp_path: Path, text: str, told: str) -> None:
    """One line, with the nearest right spelling where there is one."""
    assert told in refusal(tmp_path, text)


def test_load_refuses_a_folder_that_is_none(tmp_path: Path) -> None:
    """Neither a missing folder nor an empty one is a book without patterns."""
    with pytest.raises(PlaybookError, match="not a folder"):
        symptoms.load(tmp_path / "missing")
    with pytest.raises(PlaybookError, match="no symptoms there"):
        symptoms.load(tmp_path)


def test_load_names_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A folder called like a file is no file."""
    (tmp_path / "broken.yaml").mkdir()
    with pytest.raises(PlaybookError, match=r"broken\.yaml: cannot be read"):
        symptoms.load(tmp_path)
