"""The sensor `run_failures`: starts the user's own command when a run failed."""

import subprocess

import dagster as dg

from orchestration.defs.full_run import reason_of
from orchestration.escaping import in_a_line
from orchestration.setting_values import variable

SECONDS_FOR_COMMAND = 30.0
_MOST_SHOWN = 500
_VARIABLE = variable("on_failure")


def run_failures_sensor(command: str) -> dg.SensorDefinition:
    """Return the sensor that reports failed runs by a shell command; '' switches it off."""

    @dg.run_failure_sensor(
        name="run_failures",
        default_status=dg.DefaultSensorStatus.RUNNING
        if command
        else dg.DefaultSensorStatus.STOPPED,
        description=f"Starts the command in {_VARIABLE} after a run failed, to send a mail or a "
        "message.",
    )
    def run_failures(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        """Report one failed run."""
        if context.dagster_run.tags.get("dagster/will_retry") == "true":
            return dg.SkipReason("Dagster retries this run")
        if not command:
            return dg.SkipReason(
                f"{_VARIABLE} is not set; set it to a command that sends a message"
            )
        notify(command, message(context.instance, context.dagster_run))
        return None

    return run_failures


def message(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """Return what to send about a failed run: the job, the reason and the run's id."""
    folder = run.tags.get("dagster/partition", "")
    of = f" of {folder}" if folder else ""
    return (
        f"photo-mirror: {run.job_name}{of} failed\n{reason_of(instance, run)}\nRun {run.run_id}\n"
    )


def notify(command: str, text: str) -> None:
    """Start a shell command with a text as its standard input.

    Raises dg.Failure when it fails or does not end: the tick then shows why.
    """
    try:
        ran = subprocess.run(  # noqa: S602 -- the user's own command; the text is only its input
            command,
            shell=True,
            input=text,
            text=True,
            capture_output=True,
            timeout=SECONDS_FOR_COMMAND,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise dg.Failure(
            f"the command in {_VARIABLE} did not end within {SECONDS_FOR_COMMAND:.0f} seconds"
        ) from None
    if ran.returncode:
        why = in_a_line(ran.stderr[-_MOST_SHOWN:].strip())
        raise dg.Failure(f"the command in {_VARIABLE} ended with code {ran.returncode}: {why}")
