"""The Kubernetes manifests are valid, agree with one another, and with the code."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from adapters.http.api.app import PREFIX
from adapters.http.api.problems import PATH
from adapters.http.health import HealthEndpoints, probe_app
from adapters.temporal.common.task_queues import Queue
from application.ports.links import PREFERENCES_PATH, UNSUBSCRIBE_PATH
from bootstrap.settings import load, variables
from tests.unit.deploy.files import DEPLOY, KUBERNETES, VARIABLE, documents, manifests, objects

VERSION = "1.34.0"
"""Of Kubernetes; what is here is in all that are supported today."""

WORKERS = [f"drumbeat-worker-{queue.value}" for queue in Queue]


def deployments() -> dict[str, Mapping[str, Any]]:
    return {each["metadata"]["name"]: each for each in objects("Deployment")}


def pods() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every pod that is made, by who makes it."""
    for each in (*objects("Deployment"), *objects("Job")):
        yield each["metadata"]["name"], each["spec"]["template"]["spec"]


def container(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    [only] = pod["containers"]
    found: Mapping[str, Any] = only
    return found


def config() -> dict[str, str]:
    [found] = objects("ConfigMap")
    return dict(found["data"])


def secrets() -> dict[str, dict[str, str]]:
    return {each["metadata"]["name"]: dict(each["stringData"]) for each in objects("Secret")}


def environ(pod: Mapping[str, Any]) -> dict[str, str]:
    """The settings that a process gets, with the examples' secrets."""
    own = container(pod)
    given: dict[str, str] = {}
    for source in own["envFrom"]:
        given |= config() if "configMapRef" in source else secrets()[source["secretRef"]["name"]]
    given |= {each["name"]: each["value"] for each in own.get("env", ())}
    return {name: value for name, value in given.items() if name.startswith("DRUMBEAT_")}


@pytest.mark.parametrize("path", manifests(), ids=lambda path: path.name)
def test_every_manifest_is_valid(path: Path) -> None:
    """Strictly: a field that Kubernetes does not know is a fault."""
    for each in documents(path):
        kubernetes_validate.validate(dict(each), VERSION, strict=True)


def test_kustomize_finds_all_files() -> None:
    """What is not among them is named as an example or as optional."""
    [kustomization] = documents(KUBERNETES / "kustomization.yaml")
    left_out = {path.name for path in manifests()} - set(kustomization["resources"])

    assert [name for name in kustomization["resources"] if not (KUBERNETES / name).is_file()] == []
    assert left_out == {"secrets.example.yaml", "ingress.example.yaml", "networkpolicy.yaml"}
    assert {container(pod)["image"].partition(":")[0] for _, pod in pods()} == {
        image["name"] for image in kustomization["images"]
    }


def test_every_variable_in_any_file_is_a_setting() -> None:
    """In comments, too: nobody is sent to look for what is not there."""
    files = [path for path in DEPLOY.rglob("*") if path.is_file()]
    named = {name for path in files for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}
    known = set(variables())

    assert len(files) > 15
    assert {name for name in named if name not in known and not name.endswith("_")} == set()


def test_every_process_can_read_its_settings() -> None:
    """With what it is given and no more."""
    for name, pod in pods():
        assert load(environ(pod)).database_url.startswith("postgresql://"), name


def test_every_queue_has_a_worker_and_that_its_secrets_alone() -> None:
    """A channel's worker does not know another one's credentials."""
    for queue in Queue:
        pod = deployments()[f"drumbeat-worker-{queue.value}"]["spec"]["template"]["spec"]
        known = {each["secretRef"]["name"] for each in container(pod)["envFrom"] if "secretRef" in each}
        own = {Queue.CAMPAIGNS: {"drumbeat-desk"}, Queue.BULK: set()}.get(queue, {f"drumbeat-{queue.value}"})

        assert load(environ(pod)).worker.queues == (queue,)
        assert known == {"drumbeat"} | own
    assert set(deployments()) == {"drumbeat-api", *WORKERS}


def test_a_process_may_end_what_it_has_begun() -> None:
    """The drain is shorter than what Kubernetes waits for."""
    for name in WORKERS:
        pod = deployments()[name]["spec"]["template"]["spec"]

        assert load(environ(pod)).worker.drain_seconds < pod["terminationGracePeriodSeconds"]


def test_probes_ask_where_it_is_answered() -> None:
    """Paths and ports are those of the code."""
    paths = {getattr(route, "path", "") for route in probe_app(HealthEndpoints({})).routes}
    for name, each in deployments().items():
        pod = each["spec"]["template"]["spec"]
        own, settings = container(pod), load(environ(pod))
        ports = {port["name"]: port["containerPort"] for port in own["ports"]}
        probed = [own[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
        health = settings.http.port if name == "drumbeat-api" else settings.worker.health_port

        assert [probe["path"] for probe in probed] == ["/healthz", "/healthz", "/readyz"]
        assert {probe["path"] for probe in probed} <= paths
        assert {ports[probe["port"]] for probe in probed} == {health}
        assert ports["metrics"] == settings.telemetry.metrics_port
        assert ports["sdk-metrics"] == settings.telemetry.sdk_metrics_port
        assert settings.telemetry.export == "prometheus"


def test_no_pod_can_do_more_than_it_needs() -> None:
    """What the namespace's level "restricted" demands, and more."""
    for name, pod in pods():
        own = container(pod)
        allowed = own["securityContext"]

        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert (allowed["allowPrivilegeEscalation"], allowed["readOnlyRootFilesystem"]) == (False, True), name
        assert allowed["capabilities"] == {"drop": ["ALL"]}, name
        assert own["resources"]["requests"].keys() == {"cpu", "memory"}, name
        assert "memory" in own["resources"]["limits"], name


def test_the_cluster_adds_no_variables_of_our_prefix() -> None:
    """The Service drumbeat-api would be told as DRUMBEAT_API_PORT, which is no setting and ends the start."""
    assert {pod["enableServiceLinks"] for _, pod in pods()} == {False}


def test_selectors_meet_their_pods() -> None:
    """A Service, a budget, an autoscaler and a policy that meet nobody do nothing, silently."""
    labels = {name: each["spec"]["template"]["metadata"]["labels"] for name, each in deployments().items()}
    selectors = [each["spec"]["selector"] for each in objects("Service")]
    selectors += [each["spec"]["selector"]["matchLabels"] for each in objects("PodDisruptionBudget")]
    selectors += [each["spec"]["podSelector"]["matchLabels"] for each in objects("NetworkPolicy")]

    for selector in selectors:
        assert [name for name, own in labels.items() if selector.items() <= own.items()], selector
    for name, each in deployments().items():
        assert each["spec"]["selector"]["matchLabels"] == labels[name]
    for each in objects("HorizontalPodAutoscaler"):
        scaled = deployments()[each["spec"]["scaleTargetRef"]["name"]]

        assert "replicas" not in scaled["spec"]


def test_the_workers_differ_in_what_they_take_alone() -> None:
    """Queue, name, secrets, number and size; whoever mends one mends all."""

    def shape(name: str) -> dict[str, Any]:
        spec = deployments()[name]["spec"]
        pod = spec["template"]["spec"]
        left_out = {"env", "envFrom", "resources"}
        own = {key: value for key, value in container(pod).items() if key not in left_out}
        named = {"containers", "topologySpreadConstraints"}
        rest = {key: value for key, value in pod.items() if key not in named}
        return {"strategy": spec["strategy"], "pod": rest, "container": own}

    first, *others = [shape(name) for name in WORKERS]

    assert [other == first for other in others] == [True] * len(others)


def test_the_world_reaches_what_it_needs_and_no_probe() -> None:
    """Webhooks, the API and its problem types, and the links that people follow."""
    [ingress] = objects("Ingress")
    paths = [path["path"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]

    assert paths == ["/webhooks", PREFIX, PATH.rstrip("/"), UNSUBSCRIBE_PATH, PREFERENCES_PATH]


def test_examples_of_secrets_hold_none() -> None:
    """Only words that nobody can mistake."""
    values = [value for own in secrets().values() for value in own.values()]

    assert values
    assert [value for value in values if "change-me" not in value] == []
