"""Reads settings from environment variables, and refuses secrets and misspelt names."""

import re
from collections.abc import Mapping
from typing import TypeVar

from orchestration.setting_values import PREFIX, SettingError, Settings, check_value, variable
from orchestration.settings import MODELS, ContainersSettings, ProcessSettings
from resize_core import did_you_mean

M = TypeVar("M", bound=Settings)

_SECRET = re.compile(r"\b(sig|AccountKey|SharedAccessSignature)=|://[^/]*:[^/]*@", re.IGNORECASE)

# Variables of this project that are not settings of a mirror.
_OTHERS = {
    "PHOTO_MIRROR_FINDINGS",
    "PHOTO_MIRROR_KERNEL",
    "PHOTO_MIRROR_RAY_JOBS",
    "PHOTO_MIRROR_TERMINAL",
}
# Variables that Kubernetes sets in every container for a service called photo-mirror.
_OF_A_SERVICE = re.compile(r".*_(SERVICE_HOST|(SERVICE_)?PORT(_[A-Z0-9_]+)?)")


def read_settings(model: type[M], environment: Mapping[str, str]) -> M:
    """Return the settings of a model, from the environment or by default.

    Raises SettingError, also for a variable whose name is almost that of a setting.
    """
    _check_names(environment)
    _texts(ProcessSettings, environment)
    values = _texts(model, environment)
    if issubclass(model, ContainersSettings) and "resized" not in values:
        default = ContainersSettings()
        values["resized"] = _default_resized(str(values.get("raw", default.raw)), default)
    return model.checked(values)


def unknown_settings(environment: Mapping[str, str]) -> list[str]:
    """Return the variables that start like those of settings and are not settings."""
    known = {variable(field) for field in _fields()} | _OTHERS
    return [
        name
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known and not _OF_A_SERVICE.fullmatch(name)
    ]


def _texts(model: type[Settings], environment: Mapping[str, str]) -> dict[str, object]:
    """Return the values that the environment sets, checked. Raises SettingError."""
    found: dict[str, object] = {}
    for name, field in model.model_fields.items():
        text = environment.get(variable(name), "").strip()
        if _SECRET.search(text):
            # Settings are shown in the UI and kept with every run.
            raise SettingError(
                variable(name),
                "it contains a secret; give the URL without what follows '?', and put a SAS token "
                "into AZURE_STORAGE_SAS_TOKEN or a connection string into "
                "AZURE_STORAGE_CONNECTION_STRING",
            )
        if text:
            found[name] = check_value(name, field, text)
    return found


def _default_resized(raw: str, default: ContainersSettings) -> str:
    """Return where the renditions go if only the photos' address is set: a folder of their own."""
    name = re.sub(r"[^\w.-]+", "-", raw.rstrip("/").rpartition("/")[2]).strip("-.")
    if raw.strip("/") in {default.raw, f"./{default.raw}"} or not name:
        return default.resized
    return f"photos/{name}-resized"


def _check_names(environment: Mapping[str, str]) -> None:
    """Raise SettingError for a variable that is almost a setting.

    Otherwise a misspelt budget would fill a container with wrong renditions before a person reads
    the warning. A name that resembles no setting may belong to a newer version or another program.
    """
    known = [field.upper() for field in _fields()]
    for name in unknown_settings(environment):
        nearest = did_you_mean(name.removeprefix(PREFIX), known)
        if nearest:
            problem = "there is no such setting" + nearest.replace("mean ", f"mean {PREFIX}")
            raise SettingError(name, problem)


def _fields() -> list[str]:
    return [field for model in (*MODELS, ProcessSettings) for field in model.model_fields]
