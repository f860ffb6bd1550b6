"""What assets, checks and sensors reach photos through; the UI shows all of it, and no secret."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from orchestration import bootstrap
from orchestration.blobs.address import Address
from orchestration.mirror.act.engine import Engine
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.workers.chunk import render_chunk
from orchestration.mirror.workers.local_pool import LocalPool
from orchestration.mirror.workers.process import Limits
from orchestration.mirror.workers.shared_folders import landmarks
from orchestration.settings import SETTINGS, SettingError, Value, chosen, variable

if TYPE_CHECKING:
    from orchestration.mirror.workers.ray_pool import RayPool

_NOTHING_MORE = Policy()
_ROWS = {row.field: row for row in SETTINGS}


def _setting(field: str) -> Any:
    """A config field with the default, the meaning and the bounds that `settings.py` gives it."""
    row = _ROWS[field]
    return Field(default=row.default, description=row.meaning, ge=row.least, le=row.most)


class ContainersResource(dg.ConfigurableResource[None]):
    """Where photos, renditions and the ledger are."""

    raw: str = _setting("raw")
    resized: str = _setting("resized")
    ledger: str = _setting("ledger")
    include: str = _setting("include")
    exclude: str = _setting("exclude")
    partition_depth: int = _setting("partition_depth")
    queue: str = _setting("queue")
    raw_resource_id: str = _setting("raw_resource_id")
    resized_resource_id: str = _setting("resized_resource_id")

    def addresses(self) -> bootstrap.Addresses:
        """Where all three are.

        Raises SettingError, OverlapError.
        """
        return bootstrap.addresses(_values(self))

    def queue_address(self) -> Address:
        """Where the queue is. Raises SettingError."""
        return bootstrap.queue_address(_values(self))

    def mirror(self, recipe: "RecipeResource", policy: Policy = _NOTHING_MORE) -> Mirror:
        """Open all three places.

        Raises SettingError, OverlapError, StoreUnavailableError.
        """
        return bootstrap.open_mirror(_values(self), _values(recipe), policy)

    def mirror_read_only(self, recipe: "RecipeResource", patience: float) -> Mirror:
        """Open all three places to look at them alone, with so many seconds' patience.

        Raises SettingError, OverlapError, StoreUnavailableError.
        """
        return bootstrap.open_mirror_read_only(
            _values(self), _values(recipe), _NOTHING_MORE, patience
        )

    def about(self, recipe: "RecipeResource") -> str:
        """A short mark of everything a mirror of these containers is about."""
        said = repr((sorted(_values(self).items()), recipe.code_version, recipe.max_source_pixels))
        return blake2b(said.encode(), digest_size=8).hexdigest()


class RecipeResource(dg.ConfigurableResource[None]):
    """What a rendition may weigh and how it is made."""

    budget: str = _setting("budget")
    max_side: int | None = _setting("max_side")
    max_pixels: int | None = _setting("max_pixels")
    strategy: str = _setting("strategy")
    effort: str = _setting("effort")
    orientation: str = _setting("orientation")
    colour: str = _setting("colour")
    location: str = _setting("location")
    accepts: str | None = _setting("accepts")
    max_source_pixels: int = _setting("max_source_pixels")

    @property
    def code_version(self) -> str:
        """What renditions are made by, as Dagster compares it.

        That a recipe makes no sense is told by the run, not when definitions are loaded.
        """
        try:
            return bootstrap.read_recipe(_values(self)).text
        except SettingError:
            return "none"


class EngineResource(dg.ConfigurableResource[None]):
    """What does the work, and how much it may take."""

    engine: str = _setting("engine")
    ray_address: str = _setting("ray_address")
    workers: int = _setting("workers")
    worker_memory: int = _setting("worker_memory")
    photo_seconds: float = _setting("photo_seconds")
    max_photo_bytes: int = _setting("max_photo_bytes")
    breaker_share: float = _setting("breaker_share")
    pictures: int = _setting("pictures")

    @contextmanager
    def opened(self, containers: ContainersResource, recipe: Recipe) -> Iterator[Engine]:
        """Yield the workers, ready to render chunks; they are gone afterwards.

        Raises SettingError, RunStoppedError, EngineLostError.
        """
        where = containers.addresses()
        work = partial(render_chunk, where.raw, where.resized, recipe=recipe)
        limits = Limits(self.worker_memory, self.photo_seconds)
        match chosen({"engine": self.engine})["engine"]:
            case "local":
                with LocalPool(work, self.workers or bootstrap.cores(), limits) as pool:
                    yield pool
            case "ray":
                cluster = _ray_address(self.ray_address)
                with (
                    landmarks(where.raw, [where.resized, where.ledger]) as marks,
                    _ray_pool()(work, cluster, self.workers, limits, marks) as pool,
                ):
                    yield pool
            case other:
                raise AssertionError(other)


def _ray_address(text: str) -> str:
    if text != "auto" and not re.fullmatch(
        r"(ray://)?[^\s/:]+:[0-9]+|(ray://)?\[[^\s/]+\]:[0-9]+", text
    ):
        raise SettingError(
            variable("ray_address"), f"{text!r} is neither auto nor HOST:PORT nor ray://HOST:PORT"
        )
    return text


def _values(resource: dg.ConfigurableResource[None]) -> Mapping[str, Value]:
    return {field: getattr(resource, field) for field in _ROWS if hasattr(resource, field)}


def _ray_pool() -> "type[RayPool]":
    """Import what needs Ray, which those who run on one machine do not install.

    Raises SettingError when it is not there.
    """
    try:
        from orchestration.mirror.workers.ray_pool import RayPool  # noqa: PLC0415 - only when chosen
    except ModuleNotFoundError as error:
        raise SettingError(
            variable("engine"),
            f"{error.name} is not installed; pip install 'photo-mirror[cluster]' on every machine",
        ) from None
    return RayPool
