"""The nightly run over the whole container: it finds what the sensors missed."""

import dagster as dg

from orchestration.defs.jobs import mirror_folders

nightly = dg.ScheduleDefinition(
    name="nightly",
    job=mirror_folders,
    cron_schedule="0 3 * * *",
    description="Brings the whole container in sync every night.",
)
