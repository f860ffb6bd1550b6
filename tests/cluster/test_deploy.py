"""The manifests of deploy/: valid for Kubernetes, true to each other, and free of secrets."""

import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from dagster import DagsterInstance
from dagster_ray import RayRunLauncher

HERE = Path(__file__).parents[2]
DEPLOY = HERE / "deploy"
KUBERNETES = "1.33.0"


def documents(name: str) -> list[dict[str, Any]]:
    return [*yaml.safe_load_all((DEPLOY / name).read_text())]


def pods() -> list[dict[str, Any]]:
    """The pods of the Ray cluster, as Kubernetes would get them."""
    (cluster,) = documents("ray.yaml")
    groups = [cluster["spec"]["headGroupSpec"], *cluster["spec"]["workerGroupSpecs"]]
    return [{"apiVersion": "v1", "kind": "Pod", **group["template"]} for group in groups]


def test_every_manifest_is_valid_and_knows_no_other_field() -> None:
    for manifest in documents("common.yaml") + pods():
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_a_misspelt_field_would_be_detected() -> None:
    (pod, *_) = pods()
    pod["spec"]["containers"][0]["enviroment"] = []
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(pod, KUBERNETES, strict=True)


def test_runs_as_pods_are_given_fields_that_pods_have() -> None:
    (values,) = documents("values-k8s-runs.yaml")
    asked = values["runLauncher"]["config"]["k8sRunLauncher"]["runK8sConfig"]
    container = {"name": "run", "image": "x", **asked["containerConfig"]}
    spec = {"containers": [container], "restartPolicy": "Never", **asked["podSpecConfig"]}
    template = {"metadata": asked["podTemplateSpecMetadata"], "spec": spec}
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "run"},
        "spec": {"template": template, **asked["jobSpecConfig"]},
    }
    kubernetes_validate.validate(job, KUBERNETES, strict=True)


def test_secrets_are_named_and_never_written() -> None:
    for file in DEPLOY.glob("*.yaml"):
        for entry in _entries(yaml.safe_load_all(file.read_text())):
            if re.search("PASSWORD|TOKEN|KEY|SECRET|CONNECTION", str(entry.get("name", ""))):
                assert "value" not in entry, (file.name, entry)


def test_ray_is_what_the_lock_says_and_asks_for_a_token() -> None:
    (cluster,) = documents("ray.yaml")
    assert cluster["spec"]["rayVersion"] == version("ray")
    assert cluster["spec"]["authOptions"]["mode"] == "token"
    (workers,) = cluster["spec"]["workerGroupSpecs"]
    assert (workers["replicas"], workers["minReplicas"]) == (0, 0)


def test_every_pod_runs_the_same_image() -> None:
    (values,) = documents("values.yaml")
    (code,) = values["dagster-user-deployments"]["deployments"]
    images = [values["dagsterWebserver"]["image"], values["dagsterDaemon"]["image"], code["image"]]
    named = {f"{image['repository']}:{image['tag']}" for image in images}
    named |= {pod["spec"]["containers"][0]["image"] for pod in pods()}
    assert named == {f"ACR.azurecr.io/photo-mirror:{version('photo-mirror')}"}


def test_the_policy_guards_the_pods_that_the_cluster_makes() -> None:
    (cluster,) = documents("ray.yaml")
    chosen = {"ray.io/cluster": cluster["metadata"]["name"]}
    policies = [one for one in documents("common.yaml") if one["kind"] == "NetworkPolicy"]
    assert [policy["spec"]["podSelector"]["matchLabels"] for policy in policies] == [chosen]
    (values,) = documents("values.yaml")
    launcher = values["runLauncher"]["config"]["customRunLauncher"]["config"]["ray"]
    assert launcher["address"] == f"http://{cluster['metadata']['name']}-head-svc:8265"


@pytest.mark.parametrize("source", ["values.yaml", "dagster.cluster.yaml"])
def test_dagster_takes_the_launcher_as_it_is_configured(
    tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_RAY_JOBS", "http://127.0.0.1:1")
    (values,) = documents(source)
    launcher = (
        values["run_launcher"]
        if "run_launcher" in values
        else values["runLauncher"]["config"]["customRunLauncher"]
    )
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump({"run_launcher": launcher}))
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        assert isinstance(instance.run_launcher, RayRunLauncher)
        assert instance.run_launcher.num_cpus is None
        assert instance.run_launcher.memory == 1_000_000_000
        assert not instance.run_launcher.env_vars


def _entries(value: Any) -> list[dict[str, Any]]:
    """Every mapping in a document, however deep."""
    if isinstance(value, dict):
        return [value, *(found for each in value.values() for found in _entries(each))]
    if isinstance(value, str | int | float | None):
        return []
    return [found for each in value for found in _entries(each)]
