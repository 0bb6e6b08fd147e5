"""The Dockerfile, as far as it can be told without building it."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path, PurePosixPath

import pytest
from typer.testing import CliRunner

from adapters.cli.commands import make_app
from bootstrap.command_line import tools
from bootstrap.settings import load
from tests.unit.deploy.files import ROOT, documents, instructions, manifests, objects, read, services
from trials.commands import add_trials

_SHOWN = re.compile(r"(?:run --rm api|-- drumbeat) ([a-z -]+?)`?\.?$", re.MULTILINE)
"""A command of ours in the README."""


def arguments(word: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == word]


def final() -> list[tuple[str, str]]:
    """The instructions of the image itself, behind the last FROM."""
    all_ = instructions()
    last = max(index for index, (word, _) in enumerate(all_) if word == "FROM")
    return all_[last:]


def test_the_linter_has_nothing_to_say() -> None:
    """No rule is left out."""
    binary = Path(sys.executable).parent / "hadolint"
    said = subprocess.run(
        [binary, "--no-color", "--failure-threshold", "style", ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_the_base_is_one_that_we_support() -> None:
    """Both stages have the same, named by its version."""
    bases = {rest.split()[0] for rest in arguments("FROM")}
    [base] = bases
    version = re.fullmatch(r"python:(3\.[0-9]+)-slim", base)
    least = tomllib.loads(read("pyproject.toml"))["project"]["requires-python"]

    assert version is not None
    assert [int(part) for part in version[1].split(".")] >= [int(part) for part in least[2:].split(".")]


def test_only_locked_wheels_are_installed() -> None:
    """Each by its hash; the project itself without asking anybody."""
    installs = [rest for rest in arguments("RUN") if "install" in rest and "uninstall" not in rest]
    locked = [rest for rest in installs if "--require-hashes" in rest and "--only-binary :all:" in rest]
    own = [rest for rest in installs if "--no-deps --no-index" in rest]

    assert len(locked) + len(own) == len(installs) == 3


def test_the_image_builds_nothing_and_is_not_root() -> None:
    """Its only RUN takes pip away; the user is a number that the manifests have, too."""
    runs = [rest for word, rest in final() if word == "RUN"]
    [user] = [rest for word, rest in final() if word == "USER"]
    [pod_user] = {
        each["spec"]["template"]["spec"]["securityContext"]["runAsUser"] for each in objects("Deployment")
    }

    assert [rest.split()[:2] for rest in runs] == [["pip", "uninstall"]]
    assert user == f"{pod_user}:{pod_user}"
    assert pod_user > 0
    assert [word for word, _ in instructions() if word in ("ADD", "HEALTHCHECK")] == []


def test_a_signal_reaches_the_process_itself() -> None:
    """No shell stands between: the entrypoint is a list."""
    [entrypoint] = [json.loads(rest) for word, rest in final() if word == "ENTRYPOINT"]
    [command] = [json.loads(rest) for word, rest in final() if word == "CMD"]
    [signal] = [rest for word, rest in final() if word == "STOPSIGNAL"]
    scripts = tomllib.loads(read("pyproject.toml"))["project"]["scripts"]

    assert (entrypoint, command, signal) == (["drumbeat"], ["api"], "SIGTERM")
    assert list(scripts) == entrypoint


def commands() -> set[tuple[str, ...]]:
    """What is run by the image anywhere."""
    told = {("api",), ("worker",)}
    told |= {tuple(line.split()) for line in _SHOWN.findall(read("deploy/README.md"))}
    told |= {tuple(each["command"]) for each in services().values() if each["image"].startswith("drumbeat:")}
    for path in manifests():
        for each in documents(path):
            pod = each.get("spec", {}).get("template", {}).get("spec", {})
            told |= {tuple(container["args"]) for container in pod.get("containers", ())}
    return told


@pytest.mark.parametrize("words", sorted(commands()), ids=" ".join)
def test_every_command_that_is_run_exists(words: tuple[str, ...]) -> None:
    """It explains itself."""
    said = CliRunner().invoke(make_app(tools(), add_trials), [*words, "--help"])

    assert said.exit_code == 0, said.output


def test_the_settings_of_the_image_can_be_read() -> None:
    """It listens to others, and logs for machines."""
    text = " ".join(rest for word, rest in final() if word == "ENV")
    environ = dict(pair.split("=", 1) for pair in text.split() if pair.startswith("DRUMBEAT_"))
    settings = load(environ)

    assert len(environ) == 4
    assert settings.http.host == settings.worker.health_host == settings.telemetry.metrics_host == "0.0.0.0"
    assert settings.telemetry.log_format == "json"
    assert arguments("EXPOSE") == [str(settings.http.port)]


def kept(path: str) -> bool:
    """Whether a path reaches the build, by the sorts of rules that our `.dockerignore` has."""
    inside = False
    for line in read(".dockerignore").splitlines():
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        keeps, pattern = rule.startswith("!"), rule.removeprefix("!")
        parents = [path, *map(str, PurePosixPath(path).parents)]
        if any(PurePosixPath(each).match(pattern) for each in parents if each != "."):
            inside = keeps
    return inside


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".venv/bin/python",
        ".drumbeat/drumbeat.db",
        "tests/conftest.py",
        "docs/settings.md",
        "deploy/drumbeat.env",
        "requirements.lock",
        "Makefile",
        "adapters/cli/__pycache__/shell.pyc",
    ],
)
def test_what_the_image_is_not_made_of_stays_out(path: str) -> None:
    """Secrets, tests, history, and what runs have left behind."""
    assert not kept(path)


def test_all_that_is_copied_gets_in() -> None:
    """And all that the wheel is made of is copied."""
    sources = [
        source for rest in arguments("COPY") if not rest.startswith("--from") for source in rest.split()[:-1]
    ]
    wheel = tomllib.loads(read("pyproject.toml"))["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert [source for source in sources if not kept(source) or not (ROOT / source).exists()] == []
    assert {*wheel["packages"], *wheel["force-include"]} <= set(sources)


def test_the_version_is_the_projects() -> None:
    """In the image's label, in the tag that is built, and in the one that is deployed."""
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    [kustomization] = documents(ROOT / "deploy/kubernetes/kustomization.yaml")
    tags = {each["image"] for each in services().values() if each["image"].startswith("drumbeat:")}

    assert [rest for rest in arguments("ARG") if rest.startswith("VERSION")] == [f"VERSION={version}"]
    assert tags == {f"drumbeat:{version}"}
    assert kustomization["images"][0]["newTag"] == version
