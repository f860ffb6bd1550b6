"""The entry point for Dagster: all assets, checks, jobs, sensors, schedules and resources."""

import os
import warnings
from contextlib import suppress

import dagster as dg

from orchestration.defs.assets import photo_counts, raw_photos, refused_photos, resized_photos
from orchestration.defs.checks import mirror_checks
from orchestration.defs.executor import in_process_executor
from orchestration.defs.full_run import last_full_run_check
from orchestration.defs.jobs import mirror_folder, mirror_folders, rebuild_stale
from orchestration.defs.labels_on_raw import labels_on_raw
from orchestration.defs.manifests import rendition_manifest, whole_manifest
from orchestration.defs.resources import (
    ContainersResource,
    EngineResource,
    RecipeResource,
    overridable,
)
from orchestration.defs.schedules import nightly
from orchestration.defs.sensors.new_photos import new_photos
from orchestration.defs.sensors.photo_events import photo_events
from orchestration.defs.sensors.run_failures import run_failures_sensor
from orchestration.defs.ui.locations import describe_locations
from orchestration.mirror.errors import RunStoppedError
from orchestration.setting_values import SettingError
from orchestration.settings import ProcessSettings
from orchestration.settings_from_environment import read_settings, unknown_settings

# Dagster warns of its own use of its own beta parameters, once per sensor.
warnings.filterwarnings("ignore", "Parameter `owners` of initializer", dg.BetaWarning)


@dg.definitions
def defs() -> dg.Definitions:
    """Read the settings from the environment, and return all definitions."""
    for name in unknown_settings(os.environ):
        warnings.warn(f"{name} is set, but there is no such setting", stacklevel=1)
    containers = read_settings(ContainersResource, os.environ)
    recipe = read_settings(RecipeResource, os.environ)
    engine = read_settings(EngineResource, os.environ)
    run_failures = run_failures_sensor(read_settings(ProcessSettings, os.environ).on_failure)
    accounts: dict[str, object] = {}
    with suppress(SettingError, RunStoppedError):  # the run reports it
        at = containers.addresses()
        if at.raw.is_container or at.resized.is_container:
            from orchestration.defs.account_resources import with_accounts  # noqa: PLC0415 - a second

            containers, accounts = with_accounts(containers, at, os.environ)
    where = describe_locations(containers)
    return dg.Definitions(
        assets=[
            raw_photos(where.raw),
            resized_photos(recipe.code_version, where.resized),
            refused_photos(where.ledger),
            photo_counts(where.ledger),
            rendition_manifest(where.ledger),
            labels_on_raw(where.ledger),
        ],
        asset_checks=[mirror_checks, last_full_run_check],
        jobs=[mirror_folder, mirror_folders, rebuild_stale, whole_manifest],
        sensors=[new_photos, *([photo_events] if containers.queue else []), run_failures],
        schedules=[nightly],
        resources={
            "containers": overridable(containers),
            "recipe": overridable(recipe),
            "engine": overridable(engine),
            **accounts,
        },
        executor=in_process_executor,
    )
