"""Every setting: its environment name, default and meaning. Nothing else reads the environment
for them, and nothing does so at import.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any, Literal, get_args

from resize_core import (
    Colour,
    Effort,
    Location,
    Orientation,
    Strategy,
    did_you_mean,
    what_instead,
)

PREFIX = "PHOTO_MIRROR_"
_SECRET = re.compile(r"\b(sig|AccountKey|SharedAccessSignature)=|://[^/]*:[^/]*@", re.IGNORECASE)

Home = Literal["containers", "recipe", "engine"]
Value = str | int | float | None


class SettingError(ValueError):
    """A setting holds something that it cannot be; `problem` says what to write instead."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable}: {problem}")
        self.variable = variable
        self.problem = problem

    def __reduce__(self) -> tuple[type["SettingError"], tuple[str, str]]:
        return type(self), (self.variable, self.problem)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the Dagster resource `home` has it as the config field `field`."""

    home: Home
    field: str
    default: Value
    meaning: str
    kind: type[str | int | float] = str
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return variable(self.field)

    def read(self, environment: Mapping[str, str]) -> Value:
        """Return its value from the environment, or its default.

        Raises SettingError.
        """
        text = environment.get(self.variable, "").strip()
        if not text:
            return self.default
        if _SECRET.search(text):
            # Settings are shown in the UI and kept with every run.
            raise SettingError(
                self.variable,
                "it carries a secret; give the URL without what follows '?', and put a SAS token "
                "into AZURE_STORAGE_SAS_TOKEN or a connection string into "
                "AZURE_STORAGE_CONNECTION_STRING",
            )
        try:
            value = self.kind(text)
        except ValueError:
            expected = "a whole number" if self.kind is int else "a number"
            raise SettingError(self.variable, f"{text!r} is not {expected}") from None
        if isinstance(value, float) and isnan(value):
            problem = f"{text!r} is not a number; give at least {self.least or 0:,.15g}"
            raise SettingError(self.variable, problem)
        if self.least is not None and value < self.least:  # type: ignore[operator]  # a number
            problem = f"{text} is too little; give at least {self.least:,.15g}"
            raise SettingError(self.variable, problem)
        if self.most is not None and value > self.most:  # type: ignore[operator]  # a number
            raise SettingError(self.variable, f"{text} is too much; give at most {self.most:,.15g}")
        return value


# More processes, or chunks of photos that are out at once, help on no machine and no cluster.
MOST_WORKERS = 2_000

SETTINGS = (
    Setting("containers", "raw", "photos/raw", "The photos: a folder or a container URL."),
    Setting(
        "containers",
        "resized",
        "photos/resized",
        "The renditions: a folder or a container URL. Where RAW alone is named, "
        "photos/<its name>-resized.",
    ),
    Setting(
        "containers",
        "ledger",
        "",
        "Refusals and counts. Empty: <container>-ledger beside a resized container, or "
        ".photo-mirror/ledger inside a resized folder.",
    ),
    Setting(
        "containers",
        "include",
        "*.jpg *.jpeg *.jpe *.jfif *.mpo *.png *.webp *.tif *.tiff *.bmp *.gif *.avif",
        "Which names are photos, as patterns; letter case does not matter. All others are ignored.",
    ),
    Setting("containers", "exclude", "._*", "Which of those are none after all."),
    Setting(
        "containers",
        "partition_depth",
        2,
        "How many segments of a name make its folder, which is its partition.",
        int,
        0,
        100,
    ),
    Setting(
        "containers",
        "raw_resource_id",
        "",
        "The resource id of the photos' storage account: links in the UI lead to the portal then.",
    ),
    Setting(
        "containers",
        "resized_resource_id",
        "",
        "The same of the renditions' storage account.",
    ),
    Setting(
        "containers",
        "queue",
        "",
        "A storage queue that Event Grid tells of blobs that come and go: "
        "https://<account>.queue.core.windows.net/<queue>. Empty: there is no sensor photo_events.",
    ),
    Setting(
        "recipe",
        "budget",
        "6MB",
        "The most a rendition may weigh: 6MB, 4 MiB, 6000000; or a preset: "
        "custom-vision-training (6,000,000 bytes, at most 10,000 px a side), "
        "custom-vision-prediction (4,000,000 bytes).",
    ),
    Setting("recipe", "max_side", None, "The longest a side may be, in pixels.", int, 1, 10**6),
    Setting("recipe", "max_pixels", None, "The most pixels a rendition may have.", int, 1, 10**12),
    Setting(
        "recipe",
        "strategy",
        "best",
        "What gives way first: best (quality, then pixels) or keep-pixels (quality alone).",
        choices=get_args(Strategy),
    ),
    Setting(
        "recipe",
        "effort",
        "balanced",
        "How long to try: balanced or best.",
        choices=get_args(Effort),
    ),
    Setting(
        "recipe",
        "orientation",
        "tag",
        "tag keeps pixels as stored, with the tag that says how to turn them; upright turns them.",
        choices=get_args(Orientation),
    ),
    Setting(
        "recipe",
        "colour",
        "own",
        "own keeps the photo's profile; srgb converts its colours.",
        choices=get_args(Colour),
    ),
    Setting(
        "recipe",
        "location",
        "keep",
        "strip removes GPS tags and all that may repeat them: maker notes, XMP, IPTC, comments.",
        choices=get_args(Location),
    ),
    Setting(
        "recipe",
        "accepts",
        None,
        "The formats a rendition may have, as in: jpeg png bmp gif. Others become JPEG, and what "
        "is named as of another, like a.heic, becomes a.heic.jpg. Empty: any.",
    ),
    Setting(
        "recipe",
        "max_source_pixels",
        250_000_000,
        "Photos of more pixels are refused undecoded.",
        int,
        1,
        10**12,
    ),
    Setting(
        "engine",
        "max_photo_bytes",
        256_000_000,
        "Photos heavier than this are refused without a download.",
        int,
        1,
        10**12,
    ),
    Setting(
        "engine",
        "engine",
        "local",
        "Who shrinks photos: local, this machine; or ray, the machines of a Ray cluster.",
        choices=("local", "ray"),
    ),
    Setting(
        "engine",
        "ray_address",
        "auto",
        "The cluster: auto for the one this machine is part of, HOST:PORT, or ray://HOST:PORT.",
    ),
    Setting(
        "engine",
        "workers",
        0,
        "How many processes shrink photos. 0: one a core. On a cluster, how many chunks of photos "
        "are out at once. 0: two a core.",
        int,
        0,
        MOST_WORKERS,
    ),
    Setting(
        "engine",
        "worker_memory",
        4_000_000_000,
        "The most memory one of them may hold, in bytes.",
        int,
        500_000_000,
        10**13,
    ),
    Setting("engine", "photo_seconds", 300.0, "The longest one photo may take.", float, 1, 86_400),
    Setting(
        "engine",
        "breaker_share",
        0.9,
        "A run stops when so many of its first 50 photos fail, or of all its photos from 10 on. "
        "Over 1: never.",
        float,
        0,
        100,
    ),
    Setting(
        "engine",
        "pictures",
        3,
        "How many photos of a folder are shown before and after, once a day, in the UI and in the "
        "ledger. 0: none, for photos that are private.",
        int,
        0,
        100,
    ),
)


PATIENCE = Setting(
    "engine",
    "patience",
    60.0,
    "How many seconds a request to Azure is tried again for; of each process's own environment.",
    float,
    0,
    86_400,
)

# Ours, and no settings of a mirror; and what Kubernetes sets in every container for a service.
_OTHERS = {
    "PHOTO_MIRROR_FINDINGS",
    "PHOTO_MIRROR_KERNEL",
    "PHOTO_MIRROR_RAY_JOBS",
    "PHOTO_MIRROR_TERMINAL",
}
_OF_A_SERVICE = re.compile(r".*_(SERVICE_HOST|(SERVICE_)?PORT(_[A-Z0-9_]+)?)")


def read_settings(home: Home, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of all settings of one resource, from the environment or by default.

    Raises SettingError, also when a variable is set whose name is almost a setting's.
    """
    _check_names(environment)
    PATIENCE.read(environment)
    found = {row.field: row.read(environment) for row in SETTINGS if row.home == home}
    if home == "containers" and not environment.get(variable("resized"), "").strip():
        found["resized"] = _own_place(str(found["raw"]))
    return found


def _own_place(raw: str) -> str:
    """Where the renditions of a raw place go unless something is said: a folder of its own."""
    name = re.sub(r"[^\w.-]+", "-", raw.rstrip("/").rpartition("/")[2]).strip("-.")
    ours = {row.field: str(row.default) for row in SETTINGS}
    if raw.strip("/") in {ours["raw"], f"./{ours['raw']}"} or not name:
        return ours["resized"]
    return f"photos/{name}-resized"


def chosen(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return values with those that are one of a few spelt as the settings spell them.

    Raises SettingError for one that is none of them.
    """
    found = dict(values)
    for row in SETTINGS:
        if row.choices and row.field in values:
            found[row.field] = _choice(row, str(values[row.field]))
    return found


def _choice(row: Setting, text: str) -> str:
    for one in row.choices:
        if text.strip().casefold() == one:
            return one
    problem = f"{row.field} is {text!r}; it is one of {', '.join(row.choices)}"
    raise SettingError(row.variable, problem + what_instead(text.strip().casefold(), row.choices))


def unknown_settings(environment: Mapping[str, str]) -> list[str]:
    """Return the variables that are called as settings are, and are none."""
    known = {row.variable for row in (*SETTINGS, PATIENCE)} | _OTHERS
    return [
        name
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known and not _OF_A_SERVICE.fullmatch(name)
    ]


def _check_names(environment: Mapping[str, str]) -> None:
    """Raise SettingError for a variable that is almost a setting.

    A budget that is not heard would make a container full of renditions wrongly before anybody
    reads a warning. What resembles no setting may be a newer version's, or somebody else's.
    """
    known = [row.field.upper() for row in (*SETTINGS, PATIENCE)]
    for name in unknown_settings(environment):
        nearest = did_you_mean(name.removeprefix(PREFIX), known)
        if nearest:
            problem = "there is no such setting" + nearest.replace("mean ", f"mean {PREFIX}")
            raise SettingError(name, problem)


def variable(field: str) -> str:
    """The environment variable that sets a field."""
    return PREFIX + field.upper()
