"""The manifests: right by Kubernetes' own schemas, of one mind, and with no more rights than serving needs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.builders.places import ROOT
from tests.deploy.delivered import longest_stop_s, version

FOLDER = ROOT / "deploy" / "kubernetes"
SCHEMAS = "1.37.0"


def manifests() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every manifest with its file."""
    for file in sorted(FOLDER.glob("*.yaml")):
        for one in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            yield file, one


MANIFESTS = {(one["kind"], one["metadata"]["name"]): one for _, one in manifests()}
PODS = {kind: one["spec"]["template"]["spec"] for (kind, _), one in MANIFESTS.items() if kind in {"Deployment", "Job"}}


def test_each_is_right_by_the_schemas() -> None:
    for file, one in manifests():
        kubernetes_validate.validate(one, SCHEMAS, strict=True)
        assert one["kind"] == "Namespace" or one["metadata"]["namespace"] == "gateway", file.name


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_a_pod_has_no_rights_that_it_does_not_need(kind: str) -> None:
    pod = PODS[kind]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    # Kubernetes would set GATEWAY_PORT and GATEWAY_SERVICE_HOST, by the name of the service, and the gateway refuses what it does not know.
    assert pod["enableServiceLinks"] is False
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert {"memory"} <= container["resources"]["limits"].keys() & container["resources"]["requests"].keys()
        assert container["image"].endswith(f":{version()}")


def test_replicas_are_probed_and_end_in_order() -> None:
    (container,) = PODS["Deployment"]["containers"]
    paths = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    assert PODS["Deployment"]["terminationGracePeriodSeconds"] > longest_stop_s()
    spec = MANIFESTS["Deployment", "gateway"]["spec"]
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert MANIFESTS["PodDisruptionBudget", "gateway"]["spec"]["minAvailable"] < spec["replicas"]


def test_what_is_referred_to_is_there() -> None:
    labels = MANIFESTS["Deployment", "gateway"]["spec"]["template"]["metadata"]["labels"]
    selected = [
        MANIFESTS["Deployment", "gateway"]["spec"]["selector"]["matchLabels"],
        MANIFESTS["PodDisruptionBudget", "gateway"]["spec"]["selector"]["matchLabels"],
        MANIFESTS["Service", "gateway"]["spec"]["selector"],
        MANIFESTS["Service", "gateway-figures"]["spec"]["selector"],
        MANIFESTS["NetworkPolicy", "gateway"]["spec"]["podSelector"]["matchLabels"],
        PODS["Deployment"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
    ]
    assert all(one.items() <= labels.items() for one in selected)
    (container,) = PODS["Deployment"]["containers"]
    ports = {port["name"] for port in container["ports"]}
    named = {
        port["targetPort"] for (kind, _), one in MANIFESTS.items() if kind == "Service" for port in one["spec"]["ports"]
    }
    rules = MANIFESTS["NetworkPolicy", "gateway"]["spec"]["ingress"]
    assert named | {port["port"] for rule in rules for port in rule["ports"]} == ports
    for pod in PODS.values():
        for volume in pod["volumes"]:
            if secret := volume.get("secret"):
                assert ("Secret", secret["secretName"]) in MANIFESTS
        for one in pod["containers"]:
            for variable in one["env"]:
                if source := variable.get("valueFrom"):
                    assert source["secretKeyRef"]["key"] in MANIFESTS["Secret", source["secretKeyRef"]["name"]]["data"]


def test_no_secret_has_a_value() -> None:
    secrets = [one for (kind, _), one in MANIFESTS.items() if kind == "Secret"]
    assert secrets
    assert not any(any(one["data"].values()) for one in secrets)


def test_a_job_of_another_version_is_another_job() -> None:
    assert ("Job", f"gateway-migrate-{version().replace('.', '-')}") in MANIFESTS
