"""Copy recorded dumps into the tests with every namespace, pod and node name replaced.

Recordings in, neutral recordings out: a verdict that leans on a name which happens to tell the cause
(a namespace ``wrong-tag``) would not survive. Usage: ``python tests/recordings/rename.py SOURCE TARGET``, where
SOURCE holds ``scenarios/<runtime>/<scenario>/`` and ``clusters/<name>/``. The same source gives the same names.
The built-in namespaces (``default``, ``kube-*``) keep their names, and so do images, hosts and workloads.
``managedFields`` are dropped (save those of ServiceAccounts, which tell when a secret was attached) and JSON is written without indentation, to stay small.
"""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml


BUILT_IN = re.compile(r"default|kube-.*")
# The kubelet's and the API server's alphabet for generated suffixes: no vowels, no look-alikes.
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
SUFFIX = re.compile(rf"-[{ALPHABET}]{{5}}$")
METADATA_NAME = "kubernetes.io/metadata.name"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# Where an image reference or a registry's answer stands: nothing in there is a name of the cluster.
VERBATIM = frozenset({"image", "imageID", "reference", "url", "body", "uid"})


def neutral(seed: str, length: int, alphabet: str = "0123456789abcdef") -> str:
    """A made-up word that depends on the seed alone."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:12])
    letters = []
    for _ in range(length):
        number, at = divmod(number, len(alphabet))
        letters.append(alphabet[at])
    return "".join(letters)


class Names:
    """Old name -> new name, for one recording."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.namespaces: dict[str, str] = {}
        self.nodes: dict[str, str] = {}
        self.pods: dict[str, str] = {}
        self.generated: dict[str, str] = {}
        self.keeps_managed_fields = False
        self.patterns: list[tuple[re.Pattern[str], dict[str, str]]] = []
        self.pairs = re.compile(r"(?!)")

    def collect(self, objects: list[dict[str, Any]]) -> None:
        """Take the names out of the objects of a dump."""
        for item in objects:
            about = item.get("involvedObject", {})
            metadata = item["metadata"]
            if item["kind"] == "Node":
                self.add_node(metadata["name"])
            if item["kind"] == "Namespace":
                self.add_namespace(metadata["name"])
            self.add_namespace(metadata.get("namespace", ""))
            if "nodeName" in item.get("spec", {}):
                self.add_node(item["spec"]["nodeName"])
        for item in objects:
            about = item.get("involvedObject", {})
            if item["kind"] == "Pod":
                self.add_pod(item["metadata"]["name"], item["metadata"].get("generateName", ""))
            elif about.get("kind") == "Pod":
                self.add_pod(about["name"], "")
        self.finish()

    def add_namespace(self, name: str) -> None:
        """Give a namespace its new name; the built-in ones keep theirs."""
        if name and not BUILT_IN.fullmatch(name):
            self.namespaces[name] = f"ns-{neutral(f'{self.place} {name}', 4)}"

    def add_node(self, name: str) -> None:
        """Give a node its new name."""
        if name:
            self.nodes[name] = f"worker-{neutral(f'{self.place} {name}', 4)}"

    def add_pod(self, name: str, generate_name: str) -> None:
        """Give a pod its new name: a neutral word, its owner's hash, and a suffix of the same shape."""
        if name in self.pods and not generate_name:
            return
        node = next((node for node in self.nodes if name.endswith(f"-{node}")), "")
        if node:
            self.pods[name] = f"{self._base(name.removesuffix(f'-{node}'))}-{self.nodes[node]}"
        elif SUFFIX.search(name):
            owner = generate_name or name[:-5]
            self.generated[owner] = f"{self._owner(owner[:-1])}-"
            self.pods[name] = self.generated[owner] + neutral(f"{self.place} {name}", 5, ALPHABET)
        else:
            base, dash, ordinal = name.rpartition("-")
            is_ordinal = bool(dash) and ordinal.isdigit()
            self.pods[name] = f"{self._base(base)}-{ordinal}" if is_ordinal else self._base(name)

    def _base(self, text: str) -> str:
        return f"app{neutral(f'{self.place} {text}', 4)}"

    def _owner(self, owner: str) -> str:
        base, dash, template_hash = owner.rpartition("-")
        if dash and re.fullmatch(rf"[{ALPHABET}]{{6,10}}|[0-9]{{8}}", template_hash):
            return f"{self._base(base)}-{template_hash}"
        return self._base(owner)

    def finish(self) -> None:
        """Make the patterns that find names inside texts; refuse two old names that became one."""
        for mapping in (self.namespaces, self.nodes, self.pods):
            if len(set(mapping.values())) != len(mapping):
                raise SystemExit(f"two names became one in {self.place}")
        plain = {old: new for old, new in self.pods.items() if "-" in old} | self.nodes
        spaces, pods = _any(self.namespaces), _any(self.pods)
        # Short names are ordinary words; they are names only where the text around them says so.
        self.pairs = re.compile(rf"(?<![\w./-])(?:{spaces})/(?:{pods})(?![\w:@-])")
        self.patterns = [
            (re.compile(rf"(?<![\w-])({_any(plain)})(?![\w-])"), plain),
            (re.compile(rf"(?:(?<=pod \")|(?<=pods \"))({pods})(?=\")"), self.pods),
            (re.compile(rf"(?<=[\"=])({pods})(?=_(?:{spaces})\()"), self.pods),
            (re.compile(rf"(?<=_)({spaces})(?=[(_])"), self.namespaces),
            (
                re.compile(rf"(?:(?<=namespace )|(?<=namespace: )|(?<=serviceaccount:))({spaces})(?![\w-])"),
                self.namespaces,
            ),
            (
                re.compile(rf"(?:(?<=namespace \")|(?<=namespaces \")|(?<=object \"))({spaces})(?=\")"),
                self.namespaces,
            ),
            (re.compile(rf"(?:(?<=secret:)|(?<=secret ))({spaces})(?=/)"), self.namespaces),
            (re.compile(rf"(?<=\"namespace\":\")({spaces})(?=\")"), self.namespaces),
        ]

    def text(self, text: str) -> str:
        """A message with the names in it replaced."""
        text = self.pairs.sub(lambda match: self.key(match[0]), text)
        for pattern, names in self.patterns:
            text = pattern.sub(lambda match, names=names: names[match[1]], text)
        return text

    def key(self, text: str) -> str:
        """``namespace/name`` with both replaced."""
        namespace, slash, name = text.partition("/")
        return self.namespaces.get(namespace, namespace) + slash + self.pods.get(name, name)

    def value(self, value: Any, field: str = "") -> Any:
        """A JSON value with every name in it replaced."""
        if isinstance(value, dict):
            return {name: self.value(inner, name) for name, inner in self._without_ballast(value).items()}
        if isinstance(value, list):
            return [self.value(inner, field) for inner in value]
        if not isinstance(value, str) or field in VERBATIM:
            return value
        whole = {"namespace": self.namespaces, METADATA_NAME: self.namespaces, "generateName": self.generated}
        return whole[field].get(value, value) if field in whole else self.text(value)

    def _without_ballast(self, value: dict[str, Any]) -> dict[str, Any]:
        return {
            name: inner
            for name, inner in value.items()
            if (name != "managedFields" or self.keeps_managed_fields)
            and not (name == "scenario" and isinstance(inner, str))
        }

    def whole(self, item: dict[str, Any]) -> dict[str, Any]:
        """An object with its own name replaced where it is a pod, node, namespace or an event about one."""
        self.keeps_managed_fields = item["kind"] == "ServiceAccount"
        new: dict[str, Any] = self.value(item)
        old_name, kind = item["metadata"]["name"], item["kind"]
        about = item.get("involvedObject", {})
        if kind == "Pod":
            new["metadata"]["name"] = self.pods[old_name]
            annotations = new["metadata"].get("annotations", {})
            if LAST_APPLIED in annotations:
                applied = json.loads(annotations[LAST_APPLIED])
                applied["metadata"]["name"] = self.pods[old_name]
                annotations[LAST_APPLIED] = json.dumps(applied, separators=(",", ":")) + "\n"
        elif kind == "Namespace":
            new["metadata"]["name"] = self.namespaces.get(old_name, old_name)
        elif about.get("kind") == "Pod":
            name = self.pods[about["name"]]
            new["involvedObject"]["name"] = name
            new["metadata"]["name"] = name + old_name.removeprefix(about["name"])
        return new


def _any(words: dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"


def objects_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object of a List or a single one, each with its kind."""
    kind = str(document.get("kind", ""))
    for item in document.get("items", [document]):
        yield {"kind": kind.removesuffix("List"), **item}


def copy_dump(source: Path, target: Path, names: Names) -> None:
    """Copy one ``dump`` folder with its logs and registry answers."""
    for path in sorted(source.glob("*.json")):
        document = json.loads(path.read_bytes())
        if path.name == "registry.json":
            new = names.value(document)
        elif "items" in document:
            kind = document["kind"].removesuffix("List")
            items = [names.whole({"kind": kind, **item}) for item in document["items"]]
            had_kind = ["kind" in item for item in document["items"]]
            for item, keep in zip(items, had_kind, strict=True):
                if not keep:
                    del item["kind"]
            new = {**document, "items": items}
        else:
            new = names.whole(document)
        write(target / path.name, json.dumps(new, ensure_ascii=False, separators=(",", ":")))
    for path in sorted(source.glob("logs/*/*/*.log")):
        namespace, pod, log = path.parts[-3:]
        place = target / "logs" / names.namespaces.get(namespace, namespace) / names.pods.get(pod, pod) / log
        write(place, names.text(path.read_text(encoding="utf-8", errors="replace")))


def write(path: Path, text: str) -> None:
    """Write a file, making its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def names_of(source: Path, place: str) -> Names:
    """The names in one recording."""
    names = Names(place)
    found = [
        item
        for path in sorted((source / "dump").glob("*.json"))
        if path.name != "registry.json"
        for item in objects_of(json.loads(path.read_bytes()))
    ]
    names.collect(found)
    return names


def copy_scenario(source: Path, target: Path, place: str) -> Names:
    """Copy one scenario with its ground truth."""
    names = names_of(source, place)
    copy_dump(source / "dump", target / "dump", names)
    truth = yaml.safe_load((source / "scenario.yaml").read_text())
    truth["namespace"] = names.namespaces.get(truth["namespace"], truth["namespace"])
    if truth.get("pod"):
        truth["pod"] = names.pods.get(truth["pod"], truth["pod"])
    write(target / "scenario.yaml", yaml.safe_dump(truth, sort_keys=False, allow_unicode=True))
    return names


def copy_cluster(source: Path, target: Path, place: str) -> Names:
    """Copy one whole cluster with its ground truth."""
    names = names_of(source, place)
    copy_dump(source / "dump", target / "dump", names)
    truth = yaml.safe_load((source / "cluster.yaml").read_text())
    everything = names.namespaces | names.nodes
    words = re.compile(rf"(?<![\w.-])({_any(everything)})(?![\w.-])")
    for field in ("description", "note"):
        if field in truth:
            truth[field] = words.sub(lambda match: everything[match[1]], names.text(truth[field]))
    for incident in truth["incidents"]:
        incident["pods"] = [names.key(pod) for pod in incident["pods"]]
        incident["where"] = names.nodes.get(incident["where"], names.key(incident["where"]))
    for field in ("not_to_claim", "ambiguous_pods"):
        if field in truth:
            truth[field] = [names.key(pod) for pod in truth[field]]
    truth["nodes"] = {names.nodes[node]: runtime for node, runtime in truth["nodes"].items()}
    write(target / "cluster.yaml", yaml.safe_dump(truth, sort_keys=False, allow_unicode=True))
    return names


def main(source: Path, target: Path) -> None:
    """Copy everything."""
    for folder in ("scenarios", "clusters"):
        shutil.rmtree(target / folder, ignore_errors=True)
    for path in sorted(source.glob("scenarios/*/*/scenario.yaml")):
        place = path.parent.relative_to(source)
        copy_scenario(path.parent, target / place, str(place))
    for path in sorted(source.glob("clusters/*/cluster.yaml")):
        place = path.parent.relative_to(source)
        copy_cluster(path.parent, target / place, str(place))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
