"""Settings say what is off, in a line, with the nearest key; and never a value, which could be a secret."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bot import settings
from bot.errors import SettingsError
from bot.settings import Budget


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
        (
            "clusters: {a: {watch: maybe}}",
            "clusters.a.watch: that is neither true nor false",
            "true or false",
        ),
        ("routes: [{chanel: '#x'}]", "routes.0.chanel: unknown key (and 1 more)", "did you mean 'channel'?"),
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
            "known here: calm, flapping, full_sweep_every, hold, stalled_after, storm_after",
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
        ("registries: {docker.io: {budget: lots}}", "registries.docker.io.budget: that is no budget", "60/h"),
        ("registries: {docker.io: {budget: 60}}", "registries.docker.io.budget: that is no budget", "60/h"),
        ("registries: {docker.io: {budget: 0/h}}", "budget of nothing", "probe: off"),
        ("registries: {a.b: {addresses: [10.0.0.1/8]}}", "registries.a.b.addresses.0: ", "10.0.0.0/8"),
        ("registries: {a.b: {addresses: [10.0.0.1, 7]}}", "registries.a.b.addresses.1: ", "quotes"),
        (
            "registries: {a.b: {addresses: [169.254.169.254]}}",
            "metadata service, which is never asked",
            "private",
        ),
        ("registries: {a.b: {addresses: ['fe80::1']}}", "link-local, which is never asked", "private"),
        ("registries: {a.b: {addresses: [224.0.0.9/32]}}", "multicast, which is never asked", "private"),
        ("registries: {a.b: {addresses: ['[::]:5000']}}", "unspecified, which is never asked", "private"),
        ("registries: {a.b: {addresses: [0.0.0.0/0]}}", "wider than any private network", "public ones"),
        ("registries: {a.b: {probe: credentials, plain_http: true}}", "credentials in the clear", "TLS"),
        ("registries: {a.b: {token_services: ['https://a.b/t']}}", "a.b.token_services.0: ", "drop"),
        ("registries: {a.b: {token_services: ['*.b']}}", "a.b.token_services.0: ", "name each host"),
        ("registries: {'https://a.b': {}}", "registries: 'https://a.b': a host has no scheme", "drop"),
        ("registries: {a.b/team: {}}", "registries: 'a.b/team': a host has no path", "drop"),
        ("registries: {'*.b': {}}", "registries: '*.b': ", "name each host"),
        ("registries: {index.docker.io/v1/: {}}", "registries: 'index.docker.io/v1/'", "write docker.io"),
        ("registries: {corp: {}}", "registries: 'corp': ", "a dot or a port"),
        ("registries: {mirrrors: {docker.io: a.b}}", "registries: 'mirrrors'", "did you mean 'mirrors'?"),
        ("registries: {denied: [a.b]}", "registries: 'denied'", "did you mean 'deny'?"),
        ("registries: {deny: a.b}", "registries.deny", ""),
        ("registries: {deny: ['https://a.b']}", "registries.deny.0", "*.corp.example"),
        (
            "registries: {mirrors: {docker.io: 'https://m.b/x'}}",
            "registries.mirrors.docker.io",
            "mirror.corp",
        ),
        ("registries: {mirrors: {docker.io: m.b/x/}}", "registries.mirrors.docker.io", "drop the /"),
        ("registries: {mirrors: {hub: m.b}}", "registries.mirrors.hub", "a dot or a port"),
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


def test_settings_read_what_may_be_asked_of_a_registry(tmp_path: Path) -> None:
    """Every key of a registry, as values."""
    text = """
registries:
  registry.corp.example:5000:
    probe: credentials
    budget: 20/m
    addresses: [10.20.0.0/16, 10.30.0.7, "10.30.0.8:5000", "[fd00::7]:5000"]
    token_services: [auth.corp.example, "sso.corp.example:8443"]
  localhost:5000: {plain_http: true}
  "[::1]:5000": {probe: anonymous, plain_http: true}
  deny: ["*.vendor.example", docker.io]
"""
    read = _load(tmp_path, text).registries
    corp = read.hosts["registry.corp.example:5000"]
    assert (corp.budget, corp.says_probe, corp.plain_http) == (Budget(20, 60), True, False)
    assert str(corp.budget) == "20/m"
    assert [str(each) for each in corp.addresses] == [
        "10.20.0.0/16",
        "10.30.0.7",
        "10.30.0.8:5000",
        "[fd00::7]:5000",
    ]
    assert corp.token_services == ("auth.corp.example", "sso.corp.example:8443")
    local = read.hosts["localhost:5000"]
    assert (local.probe, local.says_probe, local.plain_http, str(local.budget)) == (
        "off",
        False,
        True,
        "60/h",
    )
    assert read.hosts["[::1]:5000"].probe == "anonymous"
    assert read.deny == ("*.vendor.example", "docker.io")


@pytest.mark.parametrize(
    "text",
    [
        "clusters: {a: {context: [hunter2-canary]}}",
        "registries: {mirrors: {docker.io: 'https://bob:hunter2-canary@m.b/x'}}",
        "registries: {'https://bob:hunter2-canary@a.b': {}}",
        "registries: {a.b: {'https://bob:hunter2-canary@a.b': 1}}",
        "registries: {a.b: {token_services: ['bob:hunter2-canary@a.b']}}",
        "registries: {a.b: {addresses: [hunter2-canary]}}",
        "registries: {a.b: {budget: hunter2-canary}}",
    ],
)
def test_settings_never_show_a_value(tmp_path: Path, text: str) -> None:
    """A password that slipped into the file does not come out in the error."""
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, text)
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
