"""The files a Dagster home is made from: they load, and say what the guides say of them."""

from pathlib import Path
from shutil import copy

import dagster as dg
import pytest
import yaml
from dagster_azure.blob import AzureBlobComputeLogManager

ROOT = Path(__file__).parent.parent
PLACES = {
    "DAGSTER_LOGS_ACCOUNT": "acct",
    "DAGSTER_LOGS_CONTAINER": "logs",
    "DAGSTER_POSTGRES_HOST": "db",
    "DAGSTER_POSTGRES_USER": "dagster",
    "DAGSTER_POSTGRES_PASSWORD": "secret",
    "DAGSTER_POSTGRES_DB": "dagster",
}


def test_the_shipped_home_retries_runs_and_has_no_telemetry(
    tmp_path: Path,
) -> None:
    copy(ROOT / "dagster.yaml", tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.run_monitoring_enabled
        assert instance.run_retries_enabled
        assert not instance.telemetry_enabled
        limits = instance.get_concurrency_config().run_queue_config
        assert limits is not None
        assert limits.max_concurrent_runs == 1
        assert limits.tag_concurrency_limits == [{"key": "dagster/backfill", "limit": 1}]
        assert instance.get_settings("retention")["sensor"]["purge_after_days"]["skipped"] == 7


def test_the_compute_logs_of_the_file_for_azure_are_kept_in_its_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in PLACES.items():
        monkeypatch.setenv(name, value)
    shipped = yaml.safe_load((ROOT / "deploy" / "dagster.azure.yaml").read_text())
    shipped.pop("storage")  # Postgres is tried by the tests of the cluster
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(shipped))
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        manager = instance.compute_log_manager
        assert isinstance(manager, AzureBlobComputeLogManager)
        assert manager.upload_interval == 30
        assert not instance.telemetry_enabled
