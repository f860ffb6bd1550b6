"""The Dagster resources: containers, recipe and engine. The UI shows all fields, and no secret."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

import dagster as dg
from pydantic import create_model
from pydantic.fields import FieldInfo

from orchestration import bootstrap
from orchestration.blobs.address import Address
from orchestration.mirror.act.engine import Engine
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.workers.chunk import render_chunk
from orchestration.mirror.workers.process import Limits
from orchestration.mirror.workers.shared_folders import landmarks
from orchestration.setting_values import SettingError, variable
from orchestration.settings import ContainersSettings, EngineSettings, RecipeSettings

if TYPE_CHECKING:
    from orchestration.mirror.workers.ray_pool import RayPool

_NOTHING_MORE = Policy()
_R = TypeVar("_R", bound=dg.ConfigurableResource[None])


def overridable(resource: _R) -> _R:
    """Return the resource with its values as defaults, too.

    A run that overrides one field keeps the others then. Otherwise Dagster takes them from the
    defaults of the class, and not from the environment.
    """
    kind = type(resource)
    values = {name: getattr(resource, name) for name in kind.model_fields}
    own: dict[str, Any] = {
        name: (field.annotation, _with_default(field, values[name]))
        for name, field in kind.model_fields.items()
    }
    made = create_model(
        kind.__name__, __base__=kind, __module__=kind.__module__, __doc__=kind.__doc__, **own
    )
    return made(**values)


def _with_default(field: FieldInfo, value: object) -> FieldInfo:
    changed = copy(field)
    changed.default = value
    return changed


class ContainersResource(ContainersSettings, dg.ConfigurableResource[None]):
    """Where photos, renditions and the ledger are."""

    def addresses(self) -> bootstrap.Addresses:
        """Return the addresses of both containers and the ledger.

        Raises SettingError, OverlapError.
        """
        return bootstrap.addresses(self)

    def queue_address(self) -> Address:
        """Return the address of the queue. Raises SettingError."""
        return bootstrap.queue_address(self)

    def mirror(self, recipe: "RecipeResource", policy: Policy = _NOTHING_MORE) -> Mirror:
        """Open both containers and the ledger.

        Raises SettingError, OverlapError, StoreUnavailableError.
        """
        self.check_accounts(os.environ)
        return bootstrap.open_mirror(self, recipe, policy)

    def mirror_read_only(self, recipe: "RecipeResource", patience: float) -> Mirror:
        """Open both containers and the ledger read-only; retry requests for so many seconds.

        Raises SettingError, OverlapError, StoreUnavailableError.
        """
        self.check_accounts(os.environ)
        return bootstrap.open_mirror_read_only(self, recipe, _NOTHING_MORE, patience)

    def check_accounts(self, environment: Mapping[str, str]) -> None:
        """Raise SettingError if an account does not fit; folders have none."""

    def about(self, recipe: "RecipeResource") -> str:
        """Return a short digest of the containers and the recipe."""
        values = self.model_dump(include={*ContainersSettings.model_fields})
        text = repr((sorted(values.items()), recipe.code_version, recipe.max_source_pixels))
        return blake2b(text.encode(), digest_size=8).hexdigest()


class RecipeResource(RecipeSettings, dg.ConfigurableResource[None]):
    """How large a rendition may be, and how it is made."""

    @property
    def code_version(self) -> str:
        """The recipe as text: Dagster's code version of the renditions.

        "none" for an invalid recipe: definitions load, and the run reports the error.
        """
        try:
            return bootstrap.read_recipe(self).text
        except SettingError:
            return "none"


class EngineResource(EngineSettings, dg.ConfigurableResource[None]):
    """What processes the photos, and its limits."""

    @contextmanager
    def opened(self, containers: ContainersResource, recipe: Recipe) -> Iterator[Engine]:
        """Yield the started workers; they are stopped at the end.

        Raises SettingError, RunStoppedError, EngineLostError.
        """
        match self.engine:
            case "local":
                with bootstrap.local_workers(containers, recipe, self) as pool:
                    yield pool
            case "ray":
                where = containers.addresses()
                work = partial(render_chunk, where.raw, where.resized, recipe=recipe)
                limits = Limits(self.worker_memory, self.photo_seconds)
                cluster = _ray_address(self.ray_address)
                with (
                    landmarks(where.raw, [where.resized, where.ledger]) as marks,
                    _ray_pool()(work, cluster, self.workers, limits, marks) as pool,
                ):
                    yield pool


def _ray_address(text: str) -> str:
    if text != "auto" and not re.fullmatch(
        r"(ray://)?[^\s/:]+:[0-9]+|(ray://)?\[[^\s/]+\]:[0-9]+", text
    ):
        raise SettingError(
            variable("ray_address"), f"{text!r} is neither auto nor HOST:PORT nor ray://HOST:PORT"
        )
    return text


def _ray_pool() -> "type[RayPool]":
    """Import the pool that needs Ray, an optional package.

    Raises SettingError when it is not installed.
    """
    try:
        from orchestration.mirror.workers.ray_pool import RayPool  # noqa: PLC0415 - only when chosen
    except ModuleNotFoundError as error:
        raise SettingError(
            variable("engine"),
            f"{error.name} is not installed; pip install 'photo-mirror[cluster]' on every machine",
        ) from None
    return RayPool
