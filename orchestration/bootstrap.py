"""Composes a mirror from settings: addresses, stores, recipe and workers."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import partial

from orchestration.blobs.accounts import is_trusted
from orchestration.blobs.address import (
    Address,
    AddressError,
    ledger_address,
    parse_address,
    parse_queue,
)
from orchestration.blobs.base import Overwrites, Source, Store
from orchestration.blobs.errors import StoreRefusesError
from orchestration.blobs.identity import identity_of
from orchestration.blobs.open import (
    open_ledger,
    open_ledger_read_only,
    open_read_only,
    open_source,
    open_store,
)
from orchestration.blobs.overlap import is_one_container
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import OverlapError
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.preflight import check_apart
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.selection import PatternError, Selection, parse_patterns
from orchestration.mirror.source_check import check_source, move_source
from orchestration.mirror.workers.chunk import render_chunk
from orchestration.mirror.workers.local_pool import LocalPool
from orchestration.mirror.workers.process import Limits
from orchestration.setting_values import SettingError, variable
from orchestration.settings import ContainersSettings, EngineSettings, RecipeSettings
from resize_core import ByteBudget, ChoiceError, Options, parse_accepts, parse_preset, preset_of


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where photos, renditions and the ledger are."""

    raw: Address
    resized: Address
    ledger: Address


def addresses(containers: ContainersSettings) -> Addresses:
    """Read the three addresses; the default ledger is next to the renditions.

    Raises SettingError, and OverlapError when one lies in another.
    """
    raw, resized = _address("raw", containers), _address("resized", containers)
    if containers.ledger:
        ledger = _address("ledger", containers)
    else:
        try:
            ledger = ledger_address(resized)
        except AddressError as error:
            raise SettingError(variable("ledger"), error.reason) from None
    check_apart(raw, resized, ledger)
    return Addresses(raw, resized, ledger)


def queue_address(containers: ContainersSettings) -> Address:
    """Read the address of the queue that Event Grid fills. Raises SettingError."""
    try:
        address = parse_queue(containers.queue)
    except AddressError as error:
        raise SettingError(variable("queue"), error.reason) from None
    return _trusted(address, "queue")


def read_recipe(settings: RecipeSettings) -> Recipe:
    """Read the recipe. A preset sets the settings that have their default.

    Raises SettingError.
    """
    values = settings.model_dump(include={field.name for field in fields(Options)})
    defaults = RecipeSettings()
    given = {
        key: value
        for key, value in values.items()
        if value not in {None, "", getattr(defaults, key)}
    }
    try:
        if "accepts" in given:
            given["accepts"] = parse_accepts(given["accepts"])
        preset, asked = preset_of(settings.preset), parse_preset(settings.budget)
        is_default = settings.budget == defaults.budget
        budget = preset.budget if is_default and preset.budget else asked.budget
        options = Options(**{**preset.options, **asked.options, **given})
        return Recipe((budget or ByteBudget.parse(defaults.budget)).size, options)
    except ChoiceError as error:
        raise SettingError(variable(error.choice), str(error)) from None


def open_mirror(
    containers: ContainersSettings, recipe_settings: RecipeSettings, policy: Policy
) -> Mirror:
    """Open both containers and the ledger.

    Raises SettingError, OverlapError, StoreUnavailableError.
    """
    where = addresses(containers)
    build = _builder(containers, recipe_settings, policy)
    source = identity_of(where.raw)
    # Before the containers are opened to write, which would create what is missing.
    check_source(open_ledger_read_only(where.ledger), source)
    raw = open_source(where.raw)
    if not where.raw.is_container:
        next(raw.list(), None)
    resized = open_store(where.resized)
    if where.resized.is_container:
        with suppress(StoreRefusesError):  # the run reports what the permission is needed for
            next(resized.list(), None)
    _check_apart(where, raw, resized)
    return replace(build(raw, resized, open_ledger(where.ledger)), source=source)


def open_mirror_read_only(
    containers: ContainersSettings,
    recipe_settings: RecipeSettings,
    policy: Policy,
    patience: float | None = None,
) -> Mirror:
    """Open the containers and the ledger to read them: nothing can be written or created.

    A request is retried for `patience` seconds, or for the environment's time if that is less.

    Raises SettingError, OverlapError, StoreUnavailableError.
    """
    where = addresses(containers)
    build = _builder(containers, recipe_settings, policy)
    raw = open_source(where.raw, patience)
    resized = open_read_only(where.resized, patience)
    ledger = open_ledger_read_only(where.ledger, patience)
    check_source(ledger, identity_of(where.raw))
    _check_apart(where, raw, resized)
    return build(raw, resized, ledger)


def move_to_source(containers: ContainersSettings) -> tuple[str, str]:
    """Assign the resized container to the raw one; return the former and the new source.

    Raises SettingError, OverlapError, StoreUnavailableError.
    """
    where = addresses(containers)
    source = identity_of(where.raw)
    next(open_source(where.raw).list(), None)
    return move_source(open_ledger(where.ledger), source), source.shown


@contextmanager
def local_workers(
    containers: ContainersSettings, by: Recipe, engine: EngineSettings
) -> Iterator[LocalPool]:
    """Yield workers on this machine, ready to render chunks; end them afterwards.

    Raises SettingError, OverlapError.
    """
    where = addresses(containers)
    work = partial(render_chunk, where.raw, where.resized, recipe=by)
    limits = Limits(engine.worker_memory, engine.photo_seconds)
    with LocalPool(work, engine.workers or cores(), limits) as pool:
        yield pool


def cores() -> int:
    """Return the number of processors that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check_apart(where: Addresses, raw: Source, resized: Store) -> None:
    """Raise OverlapError if two hosts are one account, and both addresses overlap in it."""
    with suppress(StoreRefusesError):
        if is_one_container(where.raw, raw, where.resized, resized):
            raise OverlapError(str(where.raw), str(where.resized))


def _selection(containers: ContainersSettings) -> Selection:
    patterns = {}
    for field in ("include", "exclude"):
        try:
            patterns[field] = parse_patterns(getattr(containers, field))
        except PatternError as error:
            raise SettingError(variable(field), str(error)) from None
    if not patterns["include"]:
        raise SettingError(variable("include"), "it contains no pattern, so no file is a photo")
    return Selection(**patterns)


def _builder(
    containers: ContainersSettings, recipe_settings: RecipeSettings, policy: Policy
) -> Callable[[Source, Store, Overwrites], Mirror]:
    """Return a function that makes a mirror of three opened stores. Raises SettingError."""
    return partial(
        Mirror,
        recipe=read_recipe(recipe_settings),
        selection=_selection(containers),
        policy=policy,
        depth=containers.partition_depth,
        now=lambda: datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _address(field: str, containers: ContainersSettings) -> Address:
    try:
        address = parse_address(getattr(containers, field), "raw" if field == "raw" else "resized")
    except AddressError as error:
        raise SettingError(variable(field), error.reason) from None
    return _trusted(address, field)


def _trusted(address: Address, field: str) -> Address:
    if not is_trusted(address, os.environ):
        raise SettingError(
            variable(field),
            f"{address} is in an account that the environment does not name for these credentials, "
            f"so they are not sent to it; set {variable(field)} in the environment of this "
            "process, not in a run's configuration",
        )
    return address
