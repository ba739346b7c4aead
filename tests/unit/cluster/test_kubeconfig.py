"""Kubeconfig files merged and resolved as kubectl does it."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cluster import kubeconfig
from bot.errors import ClusterUnreadable, UsageError


def _config(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}.example"}}],
        "users": [{"name": name, "user": {"token": f"token-{name}"}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": "shop"}}],
    } | changes


def _write(path: Path, content: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content))
    return path


def test_locate_prefers_the_flag(tmp_path: Path) -> None:
    """The flag beats the variable, the variable beats the home folder."""
    flag = _write(tmp_path / "flag", _config("a"))
    listed = _write(tmp_path / "listed", _config("b"))
    home = _write(tmp_path / ".kube" / "config", _config("c"))
    environ = {"HOME": str(tmp_path), "KUBECONFIG": os.pathsep.join([str(tmp_path / "none"), str(listed)])}
    assert kubeconfig.locate(str(flag), environ) == (flag,)
    assert kubeconfig.locate(None, environ) == (listed,)
    assert kubeconfig.locate(None, {"HOME": str(tmp_path)}) == (home,)
    assert kubeconfig.locate(None, {}) == ()


def test_locate_refuses_a_flag_that_leads_nowhere(tmp_path: Path) -> None:
    """Somebody who names a file means that file."""
    with pytest.raises(UsageError, match="no kubeconfig"):
        kubeconfig.locate(str(tmp_path / "none"), {})


def test_contexts_lists_every_file_once(tmp_path: Path) -> None:
    """The first file's current context and entries win."""
    first, second = _write(tmp_path / "1", _config("a")), _write(tmp_path / "2", _config("b"))
    again = _config(
        "a", contexts=[{"name": "a", "context": {"cluster": "b"}}, {"name": "bare", "context": None}]
    )
    found = kubeconfig.contexts((first, second, _write(tmp_path / "3", again)))
    assert [(each.name, each.namespace, each.current) for each in found] == [
        ("a", "shop", True),
        ("b", "shop", False),
        ("bare", "default", False),
    ]


def test_choose_joins_entries_of_several_files(tmp_path: Path) -> None:
    """A context may name a user that another file has."""
    first = _write(tmp_path / "1", _config("a", users=[]))
    second = _write(tmp_path / "2", _config("b", users=[{"name": "a", "user": {"token": "t"}}]))
    choice = kubeconfig.choose((first, second), None)
    assert (choice.context, choice.namespace, choice.user["token"]) == ("a", "shop", "t")
    assert (
        kubeconfig.choose((first, _write(tmp_path / "3", _config("c"))), "c").cluster["server"]
        == "https://c.example"
    )


def test_choose_resolves_paths_against_each_entry_s_file(tmp_path: Path) -> None:
    """A user's certificate lies beside the user's file, a bare plugin name is left to PATH."""
    users = [{"name": "a", "user": {"client-key": "key.pem", "exec": {"command": "./bin/login"}}}]
    second = _write(tmp_path / "keys" / "config", _config("b", users=users))
    clusters = [{"name": "a", "cluster": {"server": "https://x", "certificate-authority": "ca.pem"}}]
    first = _write(tmp_path / "config", _config("a", users=[], clusters=clusters))
    choice = kubeconfig.choose((first, second), "a")
    assert choice.cluster["certificate-authority"] == str(tmp_path / "ca.pem")
    assert choice.user["client-key"] == str(tmp_path / "keys" / "key.pem")
    assert choice.user["exec"]["command"] == str(tmp_path / "keys" / "bin" / "login")
    bare = _write(
        tmp_path / "bare", _config("a", users=[{"name": "a", "user": {"exec": {"command": "login"}}}])
    )
    assert kubeconfig.choose((bare,), "a").user["exec"]["command"] == "login"


def test_choose_names_what_is_there(tmp_path: Path) -> None:
    """A wrong context's hint lists the right ones."""
    path = _write(tmp_path / "1", _config("a"))
    with pytest.raises(UsageError) as caught:
        kubeconfig.choose((path,), "b")
    assert "a" in caught.value.hint
    with pytest.raises(UsageError, match="no current context"):
        kubeconfig.choose((_write(tmp_path / "2", _config("a") | {"current-context": ""}),), None)


@pytest.mark.parametrize("part", ["clusters", "users"])
def test_choose_refuses_a_context_that_leads_nowhere(tmp_path: Path, part: str) -> None:
    """A context whose cluster or user is missing would end in an anonymous call."""
    with pytest.raises(ClusterUnreadable, match="names"):
        kubeconfig.choose((_write(tmp_path / "1", _config("a", **{part: []})),), None)


@pytest.mark.parametrize("content", ["- a list", "users: {a: b}", "a: [", "\x00"])
def test_choose_never_quotes_a_broken_file(tmp_path: Path, content: str) -> None:
    """A parser would show the line it stumbled over, which may be a token."""
    path = tmp_path / "broken"
    path.write_text(f"{content}\n# canary-token")
    with pytest.raises(ClusterUnreadable) as caught:
        kubeconfig.choose((path,), None)
    assert "canary" not in str(caught.value) + caught.value.hint


def test_choice_repr_hides_credentials(tmp_path: Path) -> None:
    """A choice that ends up in a log shows names only."""
    assert "token-a" not in repr(kubeconfig.choose((_write(tmp_path / "1", _config("a")),), None))
