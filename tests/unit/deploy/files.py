"""The deployment files as data."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"

IMAGE = re.compile(r"[a-z0-9./-]+:(?P<tag>[a-z0-9][a-z0-9.-]*)")
VARIABLE = re.compile(r"\bDRUMBEAT_[A-Z0-9_]+\b")
_SECONDS = re.compile(r"([0-9]+)s")


def read(path: str) -> str:
    """A file of the repository."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def documents(path: Path) -> Sequence[Mapping[str, Any]]:
    """The documents of a YAML file; two keys of one name are a fault."""
    return list(YAML(typ="safe").load_all(path.read_text(encoding="utf-8")))


def manifests() -> list[Path]:
    """The files of Kubernetes' own objects."""
    return sorted(path for path in KUBERNETES.glob("*.yaml") if path.name != "kustomization.yaml")


def objects(kind: str) -> Iterator[Mapping[str, Any]]:
    """All objects of a kind."""
    for path in manifests():
        yield from (each for each in documents(path) if each["kind"] == kind)


def compose() -> Mapping[str, Any]:
    """The compose file, its merges done."""
    [read_] = documents(DEPLOY / "compose.yaml")
    return read_


def services() -> Mapping[str, Mapping[str, Any]]:
    """The services of the compose file."""
    found: Mapping[str, Mapping[str, Any]] = compose()["services"]
    return found


def seconds(text: str) -> int:
    """A duration of the compose file."""
    found = _SECONDS.fullmatch(text)
    assert found is not None, text
    return int(found[1])


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and their arguments, each on one line."""
    lines = [line for line in read("Dockerfile").splitlines() if not line.lstrip().startswith("#")]
    text = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest) for line in text.splitlines() if line for word, _, rest in [line.partition(" ")]]
