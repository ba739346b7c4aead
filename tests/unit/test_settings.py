"""Settings say what is off, in a line, with the nearest key; and never a value, which could be a secret."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bot import settings
from bot.errors import SettingsError


WHOLE = """
clusters:
  prod-eu:  {context: prod-eu, interval: 60s, allow_exec: [aws], vantage: outside}
  staging:  {context: staging, interval: 2m, namespaces: {exclude: [kube-system]}}
registries:
  docker.io:            {probe: anonymous, budget: 20/h}
  registry.corp.example: {probe: credentials, addresses: [10.20.0.0/16], ca_file: /etc/ssl/corp.pem}
  mirrors: {docker.io: mirror.corp.example/dockerhub}
detection: {hold: 60s, stalled_after: 10m, full_sweep_every: 10}
playbooks: {folder: /etc/imagepull/playbooks}
"""


def _load(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> settings.Settings:
    file = folder / "imagepull.yaml"
    file.write_text(text, encoding="utf-8")
    return settings.load(file, environment or {})


def test_settings_read_the_whole_example(tmp_path: Path) -> None:
    """The example of the design is understood."""
    read = _load(tmp_path, WHOLE)
    assert read.clusters["staging"].interval == timedelta(minutes=2)
    assert read.clusters["staging"].namespaces.exclude == ("kube-system",)
    assert read.registries.hosts["docker.io"].probe == "anonymous"
    assert read.registries.mirrors == {"docker.io": "mirror.corp.example/dockerhub"}
    assert read.detection.stalled_after == timedelta(minutes=10)
    assert read.playbooks.folder == Path("/etc/imagepull/playbooks")


def test_settings_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing set is a usable answer."""
    monkeypatch.chdir(tmp_path)
    assert settings.load(None, {"HOME": str(tmp_path)}) == settings.Settings()


def test_settings_are_found_where_they_should_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option wins over the variable, that over the working folder, that over the user's folder."""
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home" / ".config" / "imagepull" / "imagepull.yaml"
    home.parent.mkdir(parents=True)
    environment = {"HOME": str(tmp_path / "home")}
    assert settings.find(None, environment) is None
    home.write_text("")
    assert settings.find(None, environment) == home
    (tmp_path / "imagepull.yaml").write_text("")
    assert settings.find(None, environment) == Path("imagepull.yaml")
    assert settings.find(None, {**environment, "IMAGEPULL_CONFIG": str(home)}) == home
    assert settings.find(Path("imagepull.yaml"), {"IMAGEPULL_CONFIG": str(home)}) == Path("imagepull.yaml")


def test_settings_that_were_named_must_be_there(tmp_path: Path) -> None:
    """A named file that is missing is an error with the way to make one."""
    with pytest.raises(SettingsError) as caught:
        settings.load(tmp_path / "none.yaml", {})
    assert "imagepull init" in caught.value.hint


def test_settings_read_the_bare_word_off(tmp_path: Path) -> None:
    """YAML reads off as false; a registry's probe means the word."""
    read = _load(tmp_path, "registries: {docker.io: {probe: off}}")
    assert read.registries.hosts["docker.io"].probe == "off"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("clustrs: {}", "clustrs: unknown key", "did you mean 'clusters'?"),
        ("clusters: {a: {contxt: x}}", "clusters.a.contxt: unknown key", "did you mean 'context'?"),
        (
            "clusters: {a: {namespaces: {exclud: []}}}",
            "clusters.a.namespaces.exclud: unknown key",
            "did you mean 'exclude'?",
        ),
        ("registries: {docker.io: {prob: off}}", "registries.docker.io.prob", "did you mean 'probe'?"),
        (
            "detection: {zzz: 1}",
            "detection.zzz: unknown key",
            "known here: full_sweep_every, hold, stalled_after",
        ),
        ("detection: {hold: soon}", "detection.hold: 'soon' is not a duration", ""),
        ("detection: {hold: 60}", "detection.hold: write a duration", ""),
        ("detection: {full_sweep_every: 0}", "detection.full_sweep_every", ""),
        ("clusters: {a: {in_cluster: true, context: b}}", "in_cluster leaves no room", ""),
        ("clusters: [a]", "clusters", ""),
        ("- a", "holds no settings", ""),
        ("a: [", "is not YAML", ""),
        ("clusters: {}\nclusters: {}", "line 2: 'clusters' is given twice", "keep one"),
        ("1: 2", "keys are words", ""),
        ("registries: {docker.io: {budget: lots}}", "registries.docker.io.budget", ""),
        ("registries: {docker.io: {addresses: [10.0.0.1/8]}}", "registries.docker.io.addresses", ""),
        ("playbooks: {folder: !!python/object/apply:os.system [id]}", "is not YAML", ""),
        ("[" * 100_000, "is not YAML", ""),
    ],
)
def test_settings_name_what_is_off(tmp_path: Path, text: str, message: str, hint: str) -> None:
    """Every mistake is one line with the key, and the nearest right one where there is one."""
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, text)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert "\n" not in caught.value.message


def test_settings_never_show_a_value(tmp_path: Path) -> None:
    """A password that slipped into the file does not come out in the error."""
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, "clusters: {a: {context: [hunter2-canary]}}")
    assert "hunter2-canary" not in caught.value.message + caught.value.hint


def test_settings_refuse_unreadable_files(tmp_path: Path) -> None:
    """A file that is not text, or far too long, is refused by name."""
    file = tmp_path / "imagepull.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="UTF-8"):
        settings.load(file, {})
    file.write_text("#" * (1024 * 1024 + 1))
    with pytest.raises(SettingsError, match="1 MiB"):
        settings.load(file, {})


def test_settings_environment_overrides_one_value(tmp_path: Path) -> None:
    """A variable replaces one value and leaves its neighbours; dashes and case do not matter."""
    environment = {
        "IMAGEPULL_CLUSTERS__PROD_EU__CONTEXT": "other",
        "IMAGEPULL_DETECTION__HOLD": "2m",
        "IMAGEPULL_CLUSTERS__NEW__IN_CLUSTER": "true",
    }
    read = _load(tmp_path, WHOLE, environment)
    assert read.clusters["prod-eu"].context == "other"
    assert read.clusters["prod-eu"].vantage == "outside"
    assert read.detection.hold == timedelta(minutes=2)
    assert read.clusters["new"].in_cluster


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("IMAGEPULL_DETECTON__HOLD", "1s", "IMAGEPULL_DETECTON__HOLD: detecton: unknown key"),
        ("IMAGEPULL_DETECTION__HOLD", "x", "IMAGEPULL_DETECTION__HOLD: detection.hold: 'x'"),
        ("IMAGEPULL_DETECTION__HOLD__X", "x", "'hold' holds no further keys"),
        ("IMAGEPULL_DETECTION__HOLD", "[", "holds no YAML value"),
    ],
)
def test_settings_name_the_variable_that_is_off(
    tmp_path: Path, variable: str, value: str, message: str
) -> None:
    """A mistake in a variable names the variable, not the file."""
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, WHOLE, {variable: value})
    assert message in caught.value.message


@pytest.mark.parametrize(
    "variable",
    [
        "IMAGEPULL_SERVICE_HOST",
        "IMAGEPULL_SERVICE_PORT_HTTP",
        "IMAGEPULL_PORT",
        "IMAGEPULL_PORT_8080_TCP_ADDR",
        "IMAGEPULL_METRICS_PORT_9090_TCP",
        "IMAGEPULL_DEBUG",
    ],
)
def test_settings_leave_service_links_alone(tmp_path: Path, variable: str) -> None:
    """A Service called imagepull puts variables of that name into every pod; they are not settings."""
    assert _load(tmp_path, "", {variable: "tcp://10.0.0.1:8080"}) == settings.Settings()


def test_settings_schema_accepts_what_is_accepted() -> None:
    """The JSON Schema agrees with the models about the whole example."""
    import jsonschema  # noqa: PLC0415  # only here
    import yaml  # noqa: PLC0415  # only here

    jsonschema.validate(yaml.safe_load(WHOLE), settings.schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"clustrs": {}}, settings.schema())
