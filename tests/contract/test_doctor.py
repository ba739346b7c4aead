"""Each thing broken in turn, in surroundings that are well otherwise: the doctor finds that, and only that."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import doctor
from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.faults import Fault
from bot.demo.fence import fence
from bot.demo.rights import READER, Reach
from bot.demo.workspace.channels import Channel
from bot.facts.finding import State
from bot.registry.wire import Reply
from tests.fakes.postgres import Postgres
from tests.surroundings import HOST, Surroundings, silent, surroundings


WRONG, WARNING, UNCHECKED = State.WRONG, State.WARNING, State.UNCHECKED
Break = Callable[[Surroundings], object]


def _untried(found: list[Any]) -> list[tuple[str, State]]:
    """Without what nothing stands in the cluster for."""
    return [(each.key, each.state) for each in found if "could not be tried" not in each.says]


def _group(whole: Surroundings, handle: str) -> dict[str, Any]:
    return next(each for each in whole.slack.service.space.groups.values() if each["handle"] == handle)


def _channel(whole: Surroundings) -> Channel:
    return whole.slack.service.space.channel("#image-pulls")


def _archive(whole: Surroundings) -> None:
    _channel(whole).archived = True


def _spoil(role: str, *rules: dict[str, Any], namespace: str = "") -> Break:
    """Give a role other rules, or more."""

    def spoil(whole: Surroundings) -> None:
        """Change it in the store."""
        plural = "roles" if namespace else "clusterroles"
        found = whole.cluster.store.get(plural, namespace, role)
        whole.cluster.store.put({**found, "rules": [*found["rules"], *rules]})

    return spoil


def _told(*path: Any, value: Any) -> Break:
    """Write something else into the settings."""

    def write(whole: Surroundings) -> None:
        """Set it."""
        here: Any = whole.told
        for each in path[:-1]:
            here = here.setdefault(each, {}) if isinstance(here, dict) else here[each]
        here[path[-1]] = value

    return write


SLACK: dict[str, tuple[Break, list[tuple[str, State]]]] = {
    "no tokens": (
        lambda whole: whole.tokens(SLACK_BOT_TOKEN=""),
        [("slack.tokens", WRONG), ("slack", UNCHECKED)],
    ),
    "a user token": (
        lambda whole: whole.tokens(SLACK_BOT_TOKEN="xoxp-1"),
        [("slack.tokens", WRONG), ("slack", UNCHECKED)],
    ),
    "the two tokens swapped": (
        lambda whole: whole.tokens(SLACK_BOT_TOKEN="xapp-1", SLACK_APP_TOKEN="xoxb-1"),
        [("slack.tokens", WRONG), ("slack", UNCHECKED)],
    ),
    "a bot token that Slack does not know": (
        lambda whole: whole.tokens(SLACK_BOT_TOKEN="xoxb-none"),
        [("slack.bot_token_file", WRONG), ("slack", UNCHECKED)],
    ),
    "an app token that Slack does not know": (
        lambda whole: whole.tokens(SLACK_APP_TOKEN="xapp-none"),
        [("slack.app_token_file", WRONG)],
    ),
    "an app token without its scope": (
        lambda whole: whole.slack.service.app.scopes.clear(),
        [("slack.app_token_file", WRONG)],
    ),
    "a revoked token": (
        lambda whole: setattr(whole.slack.service.bot, "trouble", "token_revoked"),
        [("slack.bot_token_file", WRONG), ("slack", UNCHECKED)],
    ),
    "a scope that is missing": (
        lambda whole: whole.slack.service.bot.scopes.discard("files:write"),
        [("slack scopes", WRONG)],
    ),
    "no optional scopes": (
        lambda whole: whole.slack.service.bot.scopes.difference_update(
            {"channels:history", "groups:history"}
        ),
        [("slack scopes", WARNING)],
    ),
    "a scope too many": (
        lambda whole: whole.slack.service.bot.scopes.add("admin"),
        [("slack scopes", WARNING)],
    ),
    "Slack away": (
        lambda whole: setattr(whole.slack.service.faults, "away", True),
        [("slack.api_url", WRONG), ("slack", UNCHECKED)],
    ),
    "a channel without the bot": (
        lambda whole: _channel(whole).members.remove("U0IMAGEPULL"),
        [("routes[0].channel", WRONG)],
    ),
    "no such channel": (
        _told("routes", 0, "channel", value="#nowhere"),
        [("routes[0].channel", WRONG)],
    ),
    "a digest for a channel that is not there": (
        _told("digest", value=[{"channel": "#nowhere"}]),
        [("digest[0].channel", WRONG)],
    ),
    "an archived channel": (_archive, [("routes[0].channel", WRONG)]),
    "a mention of nobody": (
        _told("routes", 0, "mention", value="@nobody"),
        [("routes[0].mention", WARNING)],
    ),
    "a person who is not there": (
        _told("people", "request", 0, "who", value=["U0NOBODY000"]),
        [("people.request[0].who", WARNING)],
    ),
    "approvers who are not there": (
        _told("approvals", 0, "approvers", value="@nobody"),
        [("approvals[0].approvers", WRONG)],
    ),
    "too few approvers": (
        _told("approvals", 0, "quorum", value=3),
        [("approvals[0].approvers", WRONG)],
    ),
    "approvers of a copy without members": (
        lambda whole: _group(whole, "platform").update(users=[]),
        [("secrets.copies[0].approvers", WRONG)],
    ),
    "no user groups": (
        lambda whole: setattr(whole.slack.service.space, "paid", False),
        [
            ("routes[0].mention", UNCHECKED),
            ("people.request[0].who", UNCHECKED),
            ("approvals[0].approvers", UNCHECKED),
            ("secrets.copies[0].approvers", UNCHECKED),
        ],
    ),
}


@pytest.mark.parametrize("name", SLACK)
async def test_doctor_finds_what_is_wrong_in_slack(tmp_path: Path, name: str) -> None:
    """That, and only that."""
    spoil, expected = SLACK[name]
    async with surroundings(tmp_path) as whole:
        spoil(whole)
        assert _untried(await whole.troubles()) == expected


REPAIR: dict[str, Any] = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}
NOT_TRIED = ("clusters.prod.writer", UNCHECKED, "not there for who looks")
CLUSTERS: dict[str, tuple[Break, list[tuple[str, State, str]]]] = {
    "nobody there": (
        lambda whole: Path(whole.told["clusters"]["prod"]["kubeconfig"]).write_text(
            Path(whole.told["clusters"]["prod"]["kubeconfig"])
            .read_text()
            .replace(whole.cluster.url, "http://127.0.0.1:1")
        ),
        [("clusters.prod", WRONG, "does not answer"), NOT_TRIED],
    ),
    "no such context": (
        _told("clusters", "prod", "context", value="nowhere"),
        [("clusters.prod", WRONG, "nowhere"), NOT_TRIED],
    ),
    "credentials refused": (
        lambda whole: whole.cluster.access._tokens.pop("reader"),
        [("clusters.prod", WRONG, "does not accept the credentials"), NOT_TRIED],
    ),
    "an administrator looks": (
        _told("clusters", "prod", "context", value="admin"),
        [("clusters.prod rights", WARNING, "may do everything")],
    ),
    "who looks may change": (
        _spoil("imagepull-look", {"apiGroups": [""], "resources": ["pods"], "verbs": ["delete"]}),
        [("clusters.prod rights", WARNING, "delete pods")],
    ),
    "every Secret": (
        _spoil("imagepull-look", {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}),
        [("clusters.prod rights", WARNING, "read every Secret")],
    ),
    "who looks may be anybody": (
        _spoil("imagepull-look", {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]}),
        [("clusters.prod rights", WARNING, "impersonate")],
    ),
    "no writer": (
        lambda whole: whole.told["clusters"]["prod"].pop("writer"),
        [("clusters.prod.writer", WARNING, "nobody is named who makes them")],
    ),
    "one identity by two names": (
        _told("clusters", "prod", "writer", "context", value="again"),
        [("clusters.prod.writer", WRONG, "who changes is who looks")],
    ),
    "a writer's token that is not taken": (
        lambda whole: whole.cluster.access._tokens.pop("writer"),
        [("clusters.prod.writer", WRONG, "does not accept the credentials")],
    ),
    "a writer's token that is not there": (
        _told("clusters", "prod", "writer", value={"token_file": "/nowhere/token"}),
        [("clusters.prod.writer", WRONG, "there is no token in")],
    ),
    "a writer's right too many": (
        _spoil(
            "imagepull-repair",
            {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["update"]},
            namespace="shop",
        ),
        [("clusters.prod.writer", WARNING, "update configmaps")],
    ),
    "a writer that reads Secrets": (
        _spoil(
            "imagepull-repair",
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
            namespace="shop",
        ),
        [("clusters.prod.writer", WARNING, "get secrets")],
    ),
    "a pattern that covers more than the writer serves": (
        _told("approvals", 0, "namespaces", value=["*"]),
        [
            ("clusters.prod.writer", WARNING, "tier 3 (repair) is not whole in imagepull"),
            ("clusters.prod.writer", WARNING, "tier 3 (cordon) is not whole"),
        ],
    ),
    "an action by its name that the writer may not do": (
        _told("approvals", 0, value={"actions": "cordon-node", "approvers": "@sre"}),
        [
            ("clusters.prod.writer", WRONG, "tier 3 (cordon) is not whole"),
        ],
    ),
    "a namespace that the writer does not serve": (
        _told("approvals", 0, "namespaces", value=["imagepull"]),
        [("clusters.prod.writer", WRONG, "tier 3 (repair) is not whole in imagepull")],
    ),
}


@pytest.mark.attack("T3", "doctor says what is too wide")
@pytest.mark.attack("T0", "doctor says what is too wide")
@pytest.mark.parametrize("name", CLUSTERS)
async def test_doctor_finds_what_is_wrong_with_a_cluster(tmp_path: Path, name: str) -> None:
    """That, and only that."""
    spoil, expected = CLUSTERS[name]
    async with surroundings(tmp_path, admin=ADMIN, again=READER) as whole:
        spoil(whole)
        found = [each for each in await whole.troubles() if "could not be tried" not in each.says]
        assert [(each.key, each.state) for each in found] == [(key, state) for key, state, _ in expected]
        assert all(words in each.says for each, (_, _, words) in zip(found, expected, strict=True))
        assert all(each.remedy for each in found if each.state is not UNCHECKED)


async def test_doctor_asks_for_the_right_to_watch_where_it_is_wanted(tmp_path: Path) -> None:
    """Looks do without it, so it is a warning, and none where nobody watches."""
    async with surroundings(tmp_path, admin=ADMIN, again=READER) as whole:
        role = whole.cluster.store.get("clusterroles", "", "imagepull-look")
        reads = [{**rule, "verbs": ["get", "list"]} for rule in role["rules"]]
        whole.cluster.store.put({**role, "rules": reads})
        assert _untried(await whole.troubles()) == []
        whole.told["clusters"]["prod"]["watch"] = True
        found = [each for each in await whole.troubles() if "could not be tried" not in each.says]
        assert [(each.key, each.state) for each in found] == [("clusters.prod rights", WARNING)]
        assert "may not watch pods" in found[0].says
        assert "tier-0-look.yaml" in found[0].remedy


@pytest.mark.attack("T1", "doctor says what is missing")
@pytest.mark.attack("T0", "doctor says what is missing")
@pytest.mark.parametrize(
    ("role", "state", "words"),
    [
        ("imagepull-look", WRONG, "tier 0 (look) is not whole"),
        ("imagepull-explain", WARNING, "tier 1 (explain) is not whole"),
    ],
)
async def test_doctor_finds_a_tier_that_is_missing(
    tmp_path: Path, role: str, state: State, words: str
) -> None:
    """With what is lost without it, and the command that grants it."""
    async with surroundings(tmp_path) as whole:
        whole.cluster.store.put({**whole.cluster.store.get("clusterroles", "", role), "rules": []})
        found = [each for each in await whole.troubles() if words in each.says]
        assert [each.state for each in found] == [state]
        assert "lost: " in found[0].says
        assert found[0].remedy.startswith("kubectl --context reader apply -f deploy/rbac/tier-")


async def test_doctor_grants_nothing_where_the_tokens_lie(tmp_path: Path) -> None:
    """An approval that names the bot's own namespace is to be narrowed, not served."""
    async with surroundings(tmp_path) as whole:
        CLUSTERS["a namespace that the writer does not serve"][0](whole)
        (told,) = await whole.troubles()
        assert "kubectl" not in told.remedy


async def test_doctor_finds_the_namespaces_whose_secrets_are_not_read(tmp_path: Path) -> None:
    """Of the others it says that they are."""
    async with surroundings(tmp_path, Reach(("shop",), ("shop", "pay"), ("pay",))) as whole:
        found = [each for each in await whole.troubles() if "tier 2" in each.says]
        assert [each.state for each in found] == [WARNING, WARNING]
        assert all("not in pay;" in each.says for each in found)


async def test_doctor_takes_a_right_to_some_names_for_one(tmp_path: Path) -> None:
    """A review without a name says no though one name is allowed: the list of rules says which."""
    async with surroundings(tmp_path) as whole:
        role = whole.cluster.store.get("roles", "pay", "imagepull-prove-all")
        only = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["login"]}
        whole.cluster.store.put({**role, "rules": [only]})
        found = [each.says for each in await whole.troubles() if "tier 2" in each.says]
        assert len(found) == 1
        assert found[0].startswith("tier 2b (prove all) not in pay")


@pytest.mark.attack("T3", "fence")
async def test_doctor_fails_tier_3_without_its_fence(tmp_path: Path) -> None:
    """RBAC cannot say which fields may change."""
    async with surroundings(tmp_path, policies=()) as whole:
        found = await whole.troubles()
        assert ("clusters.prod.writer", WRONG) in _untried(found)
        told = next(each for each in found if each.state is WRONG)
        assert (
            told.says
            == "tier 3 has no fence: it may write any field of serviceaccounts, deployments, secrets"
        )
        assert told.remedy.endswith("apply -f deploy/rbac/tier-3-fence.yaml")


async def test_doctor_finds_the_gap_in_a_fence(tmp_path: Path) -> None:
    """One policy of several was not applied."""
    some = tuple(each for each in fence() if not each.name.endswith("-secrets"))
    async with surroundings(tmp_path, policies=some) as whole:
        told = [each.says for each in await whole.troubles() if each.state is WRONG]
        assert told == ["tier 3 has no fence: it may write any field of secrets"]


async def test_doctor_changes_nothing(tmp_path: Path) -> None:
    """It tries the fence by dry runs: whether one holds or not, what is stored stays."""
    async with surroundings(tmp_path, policies=()) as whole:
        plurals = ("deployments", "serviceaccounts", "secrets", "pods", "nodes")
        before = json.dumps([list(whole.cluster.store.every(each)) for each in plurals])
        await whole.examined()
        assert json.dumps([list(whole.cluster.store.every(each)) for each in plurals]) == before


async def test_doctor_does_not_wait_for_a_cluster_that_hangs(tmp_path: Path) -> None:
    """The rest is found meanwhile."""
    async with surroundings(tmp_path) as whole:
        whole.seconds = 1.5
        whole.cluster.faults.add(
            fault=Fault.HUNG, verb="create", plural="selfsubjectaccessreviews", times=-1, seconds=5.0
        )
        async with asyncio.timeout(4):
            found = await whole.examined()
        hung = [each for each in found.findings if each.state is WRONG]
        assert [each.key for each in hung] == ["clusters.prod"]
        assert "1.5 seconds" in hung[0].says
        assert {"slack", "store.url", f"registries.{HOST}"} <= {
            each.key for each in found.findings if each.state is State.OK
        }


ELSE: dict[str, tuple[Break, list[tuple[str, State]]]] = {
    "a registry that nobody reaches": (
        lambda whole: whole.wire.says.update({HOST: silent()}),
        [(f"registries.{HOST}", WRONG)],
    ),
    "a registry that has enough": (
        lambda whole: whole.wire.says.update({HOST: Reply(429)}),
        [(f"registries.{HOST}", WARNING)],
    ),
    "certificates that are not there": (
        _told("registries", HOST, "ca_file", value="/nowhere/ca.pem"),
        [(f"registries.{HOST}.ca_file", WRONG)],
    ),
    "a proxy's credentials that are not there": (
        _told(
            "registries",
            HOST,
            value={
                "probe": "anonymous",
                "proxy": "http://p.example:3128",
                "proxy_credentials_file": "/nowhere/pair",
            },
        ),
        [("registries.proxy", WRONG)],
    ),
    "no playbooks": (
        _told("playbooks", value={"folder": "/nowhere"}),
        [("playbooks.folder", WRONG)],
    ),
    "a store without its folder": (
        _told("store", "url", value="sqlite:////nowhere/imagepull.db"),
        [("store.url", WRONG)],
    ),
    "a store that others may read": (
        lambda whole: (whole.folder / "imagepull.db").chmod(0o640),
        [("store.url", WARNING)],
    ),
    "this machine's clock": (
        lambda whole: setattr(whole, "ahead", timedelta(minutes=10)),
        [("clock", WRONG)],
    ),
    "no routes": (lambda whole: whole.told.pop("routes"), [("routes", WARNING)]),
    "no clusters": (lambda whole: whole.told.pop("clusters"), [("clusters", WRONG)]),
    "a key that is not known": (
        _told("cluster", value={}),
        [("settings", WRONG), ("everything else", UNCHECKED)],
    ),
}


@pytest.mark.parametrize("name", ELSE)
async def test_doctor_finds_whatever_else_is_wrong(tmp_path: Path, name: str) -> None:
    """That, and only that."""
    spoil, expected = ELSE[name]
    async with surroundings(tmp_path) as whole:
        spoil(whole)
        found = await whole.examined()
        told = [
            each for each in found.findings if each.state is not State.OK and each.key != "slack manifest"
        ]
        assert _untried(told) == expected
        assert found.is_well == all(state is not WRONG for _, state in expected)


@pytest.mark.attack(31, "doctor")
async def test_doctor_prints_no_secret(tmp_path: Path) -> None:
    """Whatever goes wrong: no token stands in what is printed."""
    async with surroundings(tmp_path) as whole:
        whole.slack.service.bot.trouble = "token_revoked"
        found = await whole.examined()
        for printed in (doctor.text(found, 100, colour=False), json.dumps(doctor.document(found))):
            assert whole.slack.bot_token not in printed
            assert whole.slack.app_token not in printed


async def test_doctor_knows_postgresql(tmp_path: Path, postgres_server: Postgres) -> None:
    """Its sessions stay; and a database that is not there is told."""
    async with surroundings(tmp_path) as whole:
        whole.told["store"]["url"] = url = postgres_server.database()
        found = (await whole.examined()).findings
        assert [each.state for each in found if each.key == "store.url"] == [State.OK]
        whole.told["store"]["url"] = url.replace("/test_", "/none_")
        assert _untried(await whole.troubles()) == [("store.url", WRONG)]


async def test_doctor_ends_as_its_findings_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1 when something is wrong; JSON holds the same findings."""
    file = tmp_path / "imagepull.yaml"
    file.write_text(yaml.safe_dump({"cluster": {}}))
    assert await asyncio.to_thread(doctor.run, file, machine=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["ok"], told["counts"]["wrong"]) == ("imagepull-doctor/v1", False, 1)
    assert told["findings"][0]["key"] == "settings"
