"""A mirror between two folders with a Dagster of its own, and a daemon's part played by hand."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.definitions import defs
from orchestration.defs.sensors.new_photos import new_photos


@dataclass
class Place:
    """A mirror between two folders, and a Dagster of its own."""

    folder: Path
    instance: dg.DagsterInstance
    cursor: str | None = None

    def put(self, name: str, data: bytes) -> None:
        path = self.folder / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def tick(self) -> dg.SensorResult:
        """Let the sensor look once."""
        found = defs()
        resources = dict(found.resources or {})
        resources.pop("engine")
        with dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, definitions=found, resources=resources
        ) as context:
            result = new_photos(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        return result

    def job(self, name: str) -> dg.JobDefinition:
        return defs().resolve_job_def(name)

    def carry_out(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        """Run what the sensor asked for."""
        job = defs().resolve_job_def(str(request.job_name))
        return job.execute_in_process(
            run_config=request.run_config,
            partition_key=request.partition_key,
            instance=self.instance,
            raise_on_error=False,
        )

    def metadata(self, asset: str, key: str | None = None) -> dict[str, Any]:
        """What the last materialization showed."""
        records = self.instance.fetch_materializations(
            dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=[key] if key else None),
            limit=1,
        ).records
        (event,) = records
        assert event.asset_materialization is not None
        return {name: value.value for name, value in event.asset_materialization.metadata.items()}

    def checks(self, key: str) -> dict[str, bool]:
        """How each check of a folder came out last."""
        return {
            evaluation.check_name: evaluation.passed
            for evaluation in self.evaluations()
            if evaluation.partition == key
        }

    def evaluations(self) -> list[dg.AssetCheckEvaluation]:
        return [
            entry.dagster_event.asset_check_evaluation_data  # type: ignore[union-attr]
            for run in reversed(self.instance.get_runs())
            for entry in self.instance.all_logs(
                run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
            )
        ]
