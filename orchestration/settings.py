"""Every setting: its name, type, default, bounds and description, defined once.

The models serve the environment, the configuration of Dagster's resources, the command line and
the table in docs/reference/settings.md.
"""

from typing import ClassVar, Literal, get_args

from pydantic import Field

from orchestration.setting_values import Settings
from resize_core import (
    Colour,
    Effort,
    Location,
    Orientation,
    PresetName,
    Strategy,
    photo_patterns,
)

# More processes, or more chunks of photos at a time, help on no machine and no cluster.
MOST_WORKERS = 2_000


class ContainersSettings(Settings):
    """Where photos, renditions and the ledger are."""

    resource: ClassVar[str] = "containers"

    raw: str = Field(default="photos/raw", description="The photos: a folder or a container URL.")
    resized: str = Field(
        default="photos/resized",
        description="The renditions: a folder or a container URL. If only RAW is set: "
        "photos/<its name>-resized.",
    )
    ledger: str = Field(
        default="",
        description="Refusals and counts. Empty: <container>-ledger next to a resized container, "
        "or .photo-mirror/ledger inside a resized folder.",
    )
    include: str = Field(
        default=photo_patterns(),
        description="Glob patterns (case-insensitive) of the file names to process. Other files "
        "are ignored.",
    )
    exclude: str = Field(
        default="._*", description="Name patterns to exclude, even if `include` matches."
    )
    partition_depth: int = Field(
        default=2,
        ge=0,
        le=100,
        description="Number of leading path segments that form the partition key.",
    )
    raw_resource_id: str = Field(
        default="",
        description="Azure resource ID of the raw storage account; makes the UI link to the Azure "
        "portal.",
    )
    resized_resource_id: str = Field(
        default="",
        description="Azure resource ID of the resized storage account; makes the UI link to the "
        "Azure portal.",
    )
    queue: str = Field(
        default="",
        description="Storage queue with Event Grid messages about the photos: "
        "https://<account>.queue.core.windows.net/<queue>. Empty: no sensor photo_events.",
    )


class RecipeSettings(Settings):
    """How large a rendition may be, and how it is made."""

    resource: ClassVar[str] = "recipe"

    budget: str = Field(
        default="6MB",
        description="Maximum size of a rendition: 6MB, 4 MiB, 6000000; or a preset with a limit of "
        "bytes: custom-vision-training (6,000,000 bytes, at most 10,000 px per side), "
        "custom-vision-prediction (4,000,000 bytes).",
    )
    preset: PresetName = Field(
        default="none",
        description="What a service accepts, for settings that have their default: "
        f"{', '.join(get_args(PresetName))}.",
    )
    max_side: int | None = Field(
        default=None, ge=1, le=10**6, description="Maximum length of a side, in pixels."
    )
    max_pixels: int | None = Field(
        default=None, ge=1, le=10**12, description="Maximum number of pixels of a rendition."
    )
    strategy: Strategy = Field(
        default="best",
        description="What is reduced first: best (quality, then pixels) or keep-pixels (quality "
        "alone).",
    )
    effort: Effort = Field(
        default="balanced", description="How much time to spend per photo: balanced or best."
    )
    orientation: Orientation = Field(
        default="tag",
        description="tag keeps pixels as stored and the orientation tag; upright rotates the "
        "pixels.",
    )
    colour: Colour = Field(
        default="own",
        description="own keeps the photo's colour profile; srgb converts its colours.",
    )
    location: Location = Field(
        default="keep",
        description="keep, or strip: remove GPS tags and all that may repeat them: maker notes, "
        "XMP, IPTC, comments.",
    )
    accepts: str | None = Field(
        default=None,
        description="Formats a rendition may have, for example: jpeg png bmp gif. Photos of other "
        "formats become JPEG, and a name like a.heic becomes a.heic.jpg. Empty: any.",
    )
    max_source_pixels: int = Field(
        default=250_000_000,
        ge=1,
        le=10**12,
        description="Photos with more pixels are refused without being decoded.",
    )


class EngineSettings(Settings):
    """What processes the photos, and its limits."""

    resource: ClassVar[str] = "engine"

    max_photo_bytes: int = Field(
        default=256_000_000,
        ge=1,
        le=10**12,
        description="Larger photos are refused without being downloaded.",
    )
    engine: Literal["local", "ray"] = Field(
        default="local",
        description="Where photos are processed: local (this machine) or ray (the machines of a "
        "Ray cluster).",
    )
    ray_address: str = Field(
        default="auto",
        description="The cluster: auto (the one this machine is part of), HOST:PORT, or "
        "ray://HOST:PORT.",
    )
    workers: int = Field(
        default=0,
        ge=0,
        le=MOST_WORKERS,
        description="Number of processes that make renditions; 0: one per core. On a cluster, "
        "number of chunks of photos processed at a time; 0: two per core.",
    )
    worker_memory: int = Field(
        default=4_000_000_000,
        ge=500_000_000,
        le=10**13,
        description="Maximum memory of one of these processes, in bytes.",
    )
    photo_seconds: float = Field(
        default=300.0, ge=1, le=86_400, description="Maximum time for one photo, in seconds."
    )
    breaker_share: float = Field(
        default=0.9,
        ge=0,
        le=100,
        description="Abort the run when more than this fraction of the first 50 photos (or of all, "
        "if there are 10-49) fails. A value above 1 disables the check.",
    )
    pictures: int = Field(
        default=3,
        ge=0,
        le=100,
        description="Number of photos per folder shown before and after, once a day, in the UI and "
        "in the ledger. 0: none, for private photos.",
    )


class ProcessSettings(Settings):
    """What each process reads from its own environment, and no run can configure."""

    patience: float = Field(
        default=60.0,
        ge=0,
        le=86_400,
        description="For how many seconds a request to Azure is retried.",
    )
    on_failure: str = Field(
        default="",
        description="Shell command that the sensor run_failures starts after a run failed; its "
        "standard input is the message.",
    )


MODELS = (ContainersSettings, RecipeSettings, EngineSettings)
"""The settings that are config fields of Dagster's resources."""
