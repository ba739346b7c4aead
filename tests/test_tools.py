"""Every line for another program that the project tells somebody to type is one that the program takes; and the checker bites."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import calls, expressions, tools, written
from tests.required import DOCKER, HELM, KUBECTL, only_where
from tests.written import ROOT, Command


FOREIGN = [each for each in written.commands() if not each.is_ours and each.program != "make"]


def test_every_line_is_one_that_its_program_takes(capsys: pytest.CaptureFixture[str]) -> None:
    """Sub-commands, flags, values, kinds and expressions; how many lines there are is printed."""
    wrong = []
    for each in FOREIGN:
        folder = (ROOT / each.place.partition(":")[0]).parent
        found = tools.faults((each.program, *each.words[1:]), whole=not each.mentioned, folder=folder)
        wrong += [f"{each}: {fault}" for fault in found]
    assert not wrong, "\n".join(wrong)
    with capsys.disabled():
        programs = sorted({each.program for each in FOREIGN})
        print(f"\n{len(FOREIGN)} lines for {len(programs)} other programs were checked")  # noqa: T201


def test_lines_are_found_wherever_they_stand() -> None:
    """Pages, runbooks, causes, the chart's notes, the doctor's mends, what actions tell, and the help of commands."""
    places = {each.place.partition(":")[0].partition(" ")[0] for each in written.commands()}
    assert places >= {
        "README.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/install.md",
        "deploy/README.md",
        "deploy/texts.py",
        "playbooks/README.md",
        "playbooks/causes/node-dns/runbook.md",
        "playbooks/causes/node-dns/cause.yaml",
        "bot/wiring/doctor/rights.py",
        "bot/remediation/actions/suspend.py",
        "bot/cli/commands.py",
    }


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a `kubectl get pods`, and `docker`", ["kubectl get pods"]),
        ("    kubectl -n shop get pods   # those", ["kubectl -n shop get pods"]),
        ("    kubectl get events -o json | jq -r .items > x", ["kubectl get events -o json", "jq -r .items"]),
        ("```sh\nhelm upgrade a \\\n  b --wait\n```", ["helm upgrade a b --wait"]),
        ("```yaml\nkubectl: 1\n```\n    A=1 curl https://x/", ["curl https://x/"]),
        (
            "    docker build --tag $(git rev-parse HEAD) .",
            ["git rev-parse HEAD", "docker build --tag NAME ."],
        ),
        ("kubectl gets a sentence", []),
    ],
)
def test_lines_are_taken_out_of_pages(
    line: str, found: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks and inline code; comments, pipes and redirections are no part of a line."""
    monkeypatch.setattr(written, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(line)
    assert [" ".join(each.words) for each in written._of_page(page)] == found


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("kubectl get pods --namspace shop", "no flag --namspace"),
        ("kubectl get pods --previous", "no flag --previous"),  # of kubectl logs
        ("kubectl logs web --field-selector a=b", "no flag --field-selector"),
        ("kubectl get pods -n", "-n lacks its value"),
        ("kubectl get pods -o -A", "-o lacks its value"),
        ("kubectl get pods -Z", "no flag -Z"),
        ("kubectl rollout redo deployment/web", "no command 'rollout redo'"),
        ("kubectl gett pods", "no command"),
        ("kubectl cordon -A", "no flag -A"),
        ("kubectl get podss", "'podss' is no kind"),
        ("kubectl get pods,secretz", "'secretz' is no kind"),
        ("kubectl rollout restart cronjob/web", "rollout restart is not for cronjobs"),
        ("kubectl rollout restart", "needs 1+ names"),
        ("kubectl create namespace", "needs 1 names"),
        ("kubectl create namespace a b", "takes 1 names"),
        ("kubectl get pods -o jsonpath={.items[*}", "not closed"),
        ("kubectl get pods -o 'jsonpath={range .items[*]}{.name}'", "a range without its end"),
        ("kubectl get pods -o 'jsonpath={.items[*].name'", "braces"),
        ("kubectl get pods -o jsonpath={items}", "does not begin with a dot"),
        ("kubectl get pods -o custom-columns=NAME", "no HEADER:PATH"),
        ("kubectl get pods -o custom-columns=NAME:.a[,B:.b", "not closed"),
        ("kubectl get secret a -o go-template='{{.data | base64dekode}}'", "no function 'base64dekode'"),
        ("kubectl get secret a -o go-template='{{if .data}}x'", "a block without its end"),
        ("kubectl get pods -o yml", "no output 'yml'"),
        ("kubectl get pods --field-selector spec.nodename=a", "does not select pods by spec.nodename"),
        ("kubectl get events --field-selector reason", "selects no field"),
        ("kubectl patch pod a -p '{\"spec\":'", "no JSON"),
        ("kubectl patch pod a --type=json -p '{}'", "is a list"),
        ("kubectl patch pod a --type=jsn -p '{}'", "no patch of type"),
        ("kubectl patch pod a", "needs --patch"),
        ("kubectl auth can-i gett pods", "'gett' is no verb"),
        ("kubectl auth can-i get podz", "'podz' is no kind"),
        ("kubectl get pods --as system:serviceaccount:imagepull", "names no ServiceAccount"),
        ("kubectl apply -f deploy/rbac/tier-9.yaml", "there is no deploy/rbac/tier-9.yaml"),
        ("kubectl apply -k deploy/rbac", "has no kustomization"),
        ("kubectl drain a --dry-run=maybe", "no dry run"),
        ("kubectl debug node/a -it --image=b -- chroot /host curl --heda https://x/", "no flag --heda"),
        ("helm upgrade --instal imagepull deploy/helm/imagepull", "no flag --instal"),
        ("helm upgrade imagepull", "needs 2 names"),
        ("helm upgrade a deploy/helm/imagepul", "there is no deploy/helm/imagepul"),
        ("helm upgrade a b --set image", "sets nothing"),
        ("helm uninstall a --values b", "no flag --values"),
        ("docker pull --platfrom linux/arm64 a", "no flag --platfrom"),
        ("docker pull --platform arm a", "is no platform"),
        ("docker buildx build --push --build-arg A .", "sets nothing"),
        ("docker run -v a b", "mounts nothing"),
        ("podman pull --push a", "no flag --push"),
        ("curl -sSI --max-tim 10 https://x/", "no flag --max-tim"),
        ("curl -sSI --max-time https://x/", "needs 1+ names"),
        ("curl -sSJ https://x/", "no flag -J"),
        ("openssl s_client -conect a:443", "no flag -conect"),
        ("openssl s_client -servername", "lacks its value"),
        ("skopeo inspect --raw IMAGE", "names no transport"),
        ("skopeo inspect --row docker://a", "no flag --row"),
        ("crictl rmi --prun", "no flag --prun"),
        ("ctr -n k8s.io image export a b", "no command"),
        ("ctr images export a", "needs 2+ names"),
        ("dig +tcpp a", "no flag +tcpp"),
        ("nslookup", "needs 1-2 names"),
        ("aws ecr get-login-pasword", "no command"),
        ("aws ecr describe-images --repository a", "no flag --repository"),
        ("journalctl -u kubelet --sinc=-1h", "no flag --sinc"),
    ],
)
def test_a_broken_line_is_refused(line: str, says: str) -> None:
    """Misspelled, of another sub-command, without its value, about what is not there."""
    [command] = written.parsed(line, "here")
    found = tools.faults(command.words)
    assert any(says in each for each in found), found


@pytest.mark.parametrize(
    "template",
    [
        "{.items[*].metadata.name}",
        "{..image}",
        "{range .items[*]}{.metadata.name}{'\\t'}{.spec['nodeName']}{\"\\n\"}{end}",
        '{.status.conditions[?(@.type=="Ready")].status}',
        "{.metadata.annotations.kubernetes\\.io/arch} on {.spec.nodeName}",
        "{.items[0:2].a}{.items[-1:]}{$.x}",
    ],
)
def test_what_kubectl_takes_is_no_fault(template: str) -> None:
    """The expressions of its own documentation."""
    assert not expressions.jsonpath(template)


def _asked(program: str) -> Iterator[Command]:
    """One line of each kind that a program judges alike."""
    lines = sorted((each for each in FOREIGN if each.program == program and not each.mentioned), key=str)
    named = [(calls.signature((program, *each.words[1:])), each) for each in lines]
    for _, alike in itertools.groupby(sorted(named, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
        yield next(alike)[1]


def _helped(binary: str, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """The line, with ``--help`` where its flags end: all before it is parsed and nothing is done."""
    end = words.index("--") if "--" in words else len(words)
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "KUBECONFIG": os.devnull}
    numbered = [each.replace(f"revision={written.FILLED}", "revision=1") for each in words[1:end]]
    line = [binary, *numbered, "--help"]
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=30)


def _refused(program: str, binary: str | None) -> list[str]:
    assert binary is not None
    answers = [(each, _helped(binary, each.words)) for each in _asked(program)]
    assert answers
    return [f"{each}: {said.stderr}" for each, said in answers if said.returncode]


@only_where(KUBECTL)
def test_the_real_kubectl_takes_every_line() -> None:
    """Its flags, by its own parser."""
    assert not _refused("kubectl", KUBECTL)


@only_where(HELM)
def test_the_real_helm_takes_every_line() -> None:
    """Likewise."""
    assert not _refused("helm", HELM)


@only_where(DOCKER)
def test_the_real_docker_takes_every_line() -> None:
    """Likewise; buildx is a plugin, and ``run`` and ``tag`` hand ``--help`` on."""
    lines = [each for each in _asked("docker") if each.words[1] not in ("run", "tag", "buildx")]
    assert lines
    assert DOCKER is not None
    assert not [
        f"{each}: {said.stderr}" for each in lines if (said := _helped(DOCKER, each.words)).returncode
    ]


@only_where(shutil.which("openssl"))
@pytest.mark.parametrize("command", ["s_client", "x509"])
def test_the_table_of_openssl_is_its_own(command: str) -> None:
    """Each flag of the table stands in the program's own help."""
    told = subprocess.run(
        ["openssl", command, "-help"], capture_output=True, text=True, check=False, timeout=30
    )
    known = {
        each.split()[0] for each in (told.stdout + told.stderr).split("\n") if each.strip().startswith("-")
    }
    assert {name for name in calls.flags_of("openssl", command) if name != "--help"} <= known
