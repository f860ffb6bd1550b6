"""Dagster's in-process executor, with short failures, and with all runs in the UI's timeline."""

from collections.abc import Iterator

import dagster as dg
from dagster._core.events import DagsterEvent
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.executor.in_process import InProcessExecutor
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.tags import REPOSITORY_LABEL_TAG
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from orchestration.defs.failure import hiding_traces

# As in workspace.yaml.
LOCATION = "photo-mirror"


class _Executor(InProcessExecutor):
    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[DagsterEvent]:
        with hiding_traces():
            yield from super().execute(plan_context, execution_plan)
        # Not of a run that is interrupted: the daemon would start it again.
        show_in_timeline(plan_context.instance, plan_context.run_id)


def show_in_timeline(instance: dg.DagsterInstance, run_id: str) -> None:
    """Add where its job is defined to a run that was started on a terminal.

    Without it, the run is in the list of runs, but not in the timeline.
    """
    run = instance.get_run_by_id(run_id)
    if run is None or run.remote_job_origin is not None:
        return
    target = LoadableTargetOrigin(module_name="orchestration.definitions")
    location = ManagedGrpcPythonEnvCodeLocationOrigin(target, LOCATION)
    repository = RemoteRepositoryOrigin(location, "__repository__")
    instance.add_run_tags(run_id, {REPOSITORY_LABEL_TAG: repository.get_label()})
    if (tagged := instance.get_run_by_id(run_id)) is not None:
        origin = RemoteJobOrigin(repository, run.job_name)
        instance.run_storage.replace_job_origin(tagged, origin)


def _executor(init_context: dg.InitExecutorContext) -> _Executor:
    inner = dg.in_process_executor.executor_creation_fn(init_context)  # type: ignore[misc]  # it has one
    return _Executor(retries=inner.retries, step_dependency_config=inner.step_dependency_config)


in_process_executor = dg.ExecutorDefinition(
    name=dg.in_process_executor.name,
    config_schema=dg.in_process_executor.config_schema.config_type,
    executor_creation_fn=_executor,
    description="Executes all steps of a run in one process.",
)
