"""Opens the mirror that the environment describes; errors become a message and an exit code."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import click

from orchestration import bootstrap
from orchestration.blobs.errors import CredentialError, StoreUnavailableError
from orchestration.ci_service import ci_service
from orchestration.escaping import in_a_line
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import OtherSourceError, RunStoppedError, UnknownFolderError
from orchestration.mirror.find_folders import find_folders
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.partition_keys import Folder
from orchestration.setting_values import SettingError
from orchestration.settings import ContainersSettings, EngineSettings, RecipeSettings
from orchestration.settings_from_environment import read_settings

PROBLEMS_FOUND, INVALID_USAGE, UNAVAILABLE = 1, 2, 3


class _MessageError(click.ClickException):
    def __init__(self, message: str) -> None:
        super().__init__(in_a_line(message))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message to standard error, in a CI run as an error on the page of the run.

        Both services read commands there too (the ScriptHandler of actions/runner, the NodeHandler
        of azure-pipelines-agent), and standard output has only what was asked for.
        """
        service = ci_service(os.environ)
        if service is None:
            super().show(file)
        else:
            click.echo(service.annotate("error", self.message), err=True)


class ProblemsFoundError(_MessageError):
    """The command finished and found problems."""

    exit_code = PROBLEMS_FOUND


class InvalidUsageError(_MessageError):
    """A setting or an argument is invalid."""

    exit_code = INVALID_USAGE


class UnavailableError(_MessageError):
    """A container or folder cannot be used until a person corrects that."""

    exit_code = UNAVAILABLE


@contextmanager
def errors_as_exit_codes() -> Iterator[None]:
    """Turn errors of settings and stores into a message and an exit code."""
    try:
        yield
    except (SettingError, UnknownFolderError, OtherSourceError, CredentialError) as error:
        raise InvalidUsageError(str(error)) from None
    except (RunStoppedError, StoreUnavailableError) as error:
        raise UnavailableError(str(error)) from None


def engine_settings() -> EngineSettings:
    """Return the engine's settings from the environment. Raises SettingError."""
    return read_settings(EngineSettings, os.environ)


def open_writable(policy: Policy | None = None) -> Mirror:
    """Open the mirror that the environment describes.

    Raises SettingError, OverlapError, StoreUnavailableError.
    """
    return bootstrap.open_mirror(
        read_settings(ContainersSettings, os.environ),
        read_settings(RecipeSettings, os.environ),
        policy or Policy(),
    )


def open_read_only(policy: Policy | None = None) -> Mirror:
    """Open the mirror that the environment describes read-only.

    Raises SettingError, OverlapError, StoreUnavailableError.
    """
    return bootstrap.open_mirror_read_only(
        read_settings(ContainersSettings, os.environ),
        read_settings(RecipeSettings, os.environ),
        policy or Policy(),
    )


def folders_from_keys(folders: Sequence[str], mirror: Mirror) -> list[Folder] | None:
    """Return the folders of these keys; None, for all folders, when there are no keys.

    Raises UnknownFolderError, StoreUnavailableError.
    """
    return find_folders(mirror, folders) or None
