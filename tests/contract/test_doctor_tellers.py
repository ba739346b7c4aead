"""Who writes Events is looked at as who changes is: what is missing, what is too much, and the command that mends it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.demo.cluster.access import account
from bot.demo.rights import READER
from bot.facts.finding import Finding, State
from tests.surroundings import Surroundings, surroundings


KEY = "clusters.prod.teller"
WRONG, WARNING, UNCHECKED, OK = State.WRONG, State.WARNING, State.UNCHECKED, State.OK
RBAC = Path(__file__).parents[2] / "deploy" / "rbac" / "tier-tell.yaml"


def _grant(whole: Surroundings, space: str, *more: dict[str, Any]) -> None:
    """The shipped role in a namespace, with more than is shipped."""
    for each in yaml.safe_load_all(RBAC.read_text()):
        made = {**each, "metadata": {**each["metadata"], "namespace": space}}
        whole.cluster.store.put({**made, "rules": [*made["rules"], *more]} if "rules" in made else made)


def _grant_everywhere(whole: Surroundings, *rules: dict[str, Any]) -> None:
    rbac = "rbac.authorization.k8s.io"
    role = {"kind": "ClusterRole", "metadata": {"name": "too-much"}, "rules": list(rules)}
    binding = {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "too-much"},
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "too-much"},
        "subjects": [{"kind": "ServiceAccount", "name": "imagepull-teller", "namespace": "imagepull"}],
    }
    for each in (role, binding):
        whole.cluster.store.put({"apiVersion": f"{rbac}/v1", **each})


@asynccontextmanager
async def _around(folder: Path, *spaces: str) -> AsyncIterator[Surroundings]:
    """All is well: the teller may write Events in two namespaces."""
    teller = account("imagepull", "imagepull-teller")
    async with surroundings(folder, teller=teller, again=READER) as whole:
        for space in ("shop", "pay"):
            _grant(whole, space)
        namespaces = list(spaces or ("shop", "pay"))
        whole.told["clusters"]["prod"]["teller"] = {"context": "teller", "namespaces": namespaces}
        yield whole


async def _told(whole: Surroundings) -> list[Finding]:
    return [each for each in (await whole.examined()).findings if each.key == KEY]


async def test_teller_with_what_is_shipped_is_well(tmp_path: Path) -> None:
    """And nothing was written."""
    async with _around(tmp_path) as whole:
        (told,) = await _told(whole)
        assert (told.state, told.says) == (OK, "it may write Events in 2 namespaces, and nothing else")
        assert list(whole.cluster.store.every("events")) == []


async def test_teller_is_not_asked_about_where_there_is_none(tmp_path: Path) -> None:
    """It is off by default."""
    async with surroundings(tmp_path) as whole:
        assert await _told(whole) == []


def _other_settings(**changed: Any) -> Callable[[Surroundings], object]:
    return lambda whole: whole.told["clusters"]["prod"]["teller"].update(changed)


EVENTS = {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]}
EVERYTHING = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
SECRETS = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["login"], "verbs": ["get"]}
PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["delete", "get"]}
SPOILT: dict[str, tuple[Callable[[Surroundings], object], list[tuple[State, str]]]] = {
    "a namespace by its name without the right": (
        _other_settings(namespaces=["shop", "imagepull"]),
        [(WRONG, "may not create/patch events in imagepull; lost: Events")],
    ),
    "a pattern that covers more": (
        _other_settings(namespaces=["*"]),
        [(WARNING, "may not create/patch events in imagepull")],
    ),
    "no right at all": (
        _other_settings(namespaces=["image*"]),
        [(WRONG, "may not create/patch events in imagepull")],
    ),
    "patterns that cover nothing": (
        _other_settings(namespaces=["none-*"]),
        [(UNCHECKED, "no namespace is known")],
    ),
    "a write too many": (
        lambda whole: _grant(whole, "shop", PODS),
        [(WARNING, "too wide: to write Events nobody needs to delete pods")],
    ),
    "a Secret that it may read": (
        lambda whole: _grant(whole, "shop", SECRETS),
        [(WARNING, "nobody needs to get secrets")],
    ),
    "Events in every namespace": (
        lambda whole: _grant_everywhere(whole, EVENTS),
        [(WARNING, "in every namespace")],
    ),
    "an administrator": (
        lambda whole: _grant_everywhere(whole, EVERYTHING),
        [(WARNING, "may do everything")],
    ),
    "the identity that looks, by another name": (
        _other_settings(context="again"),
        [(WRONG, "who writes Events is who looks")],
    ),
    "a token that is not taken": (
        lambda whole: whole.cluster.access._tokens.pop("teller"),
        [(WRONG, "does not accept the credentials")],
    ),
}


@pytest.mark.parametrize("name", SPOILT)
async def test_doctor_finds_what_is_wrong_with_a_teller(tmp_path: Path, name: str) -> None:
    """That, and only that, with what mends it."""
    spoil, expected = SPOILT[name]
    async with _around(tmp_path) as whole:
        spoil(whole)
        found = await _told(whole)
        assert [each.state for each in found] == [state for state, _ in expected], found
        assert all(words in each.says for each, (_, words) in zip(found, expected, strict=True)), found
        assert all(each.remedy for each in found)


async def test_command_that_mends_it_names_the_place(tmp_path: Path) -> None:
    """As somebody who may grant rights would type it."""
    async with _around(tmp_path, "lab") as whole:
        (told,) = await _told(whole)
        assert told.remedy == "kubectl --context reader apply -n lab -f deploy/rbac/tier-tell.yaml"


async def test_teller_of_a_cluster_that_is_away_is_not_tried(tmp_path: Path) -> None:
    """It is never taken for well."""
    async with _around(tmp_path) as whole:
        whole.cluster.access._tokens.pop("reader")
        (told,) = await _told(whole)
        assert told.state is UNCHECKED
