"""A day of the sensor: a daemon that runs what it asks for, and a world that changes."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from uuid import uuid4

import dagster as dg

from orchestration import bootstrap
from orchestration.blobs.base import Properties
from orchestration.defs.resources import ContainersResource, RecipeResource
from orchestration.defs.sensors.new_photos import new_photos_sensor
from orchestration.defs.sensors.run_history import keys_of
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.ledger.folder_counts import read_counts
from orchestration.mirror.ledger.keys import segment_of
from orchestration.mirror.mirror import count_folders
from orchestration.mirror.partition_keys import folder_at
from orchestration.settings import RecipeSettings
from orchestration.settings_from_environment import read_settings
from tests.mirror.fake_mirror import World, row
from tests.noise_photos import BUDGET

SETTINGS = read_settings(
    RecipeSettings, {"PHOTO_MIRROR_BUDGET": str(BUDGET), "PHOTO_MIRROR_EFFORT": "balanced"}
)


class Clock:
    """Seconds that pass by `step` whenever somebody looks."""

    def __init__(self, step: float) -> None:
        self.now = time.time()
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@dataclass
class Asked:
    """A run that was asked for."""

    run: dg.DagsterRun
    keys: list[str]


@dataclass
class Day:
    """Memory stores, a Dagster of its own, and the sensor with a clock that can be moved on."""

    clock: Clock
    instance: dg.DagsterInstance
    world: World = field(default_factory=lambda: World(bootstrap.read_recipe(SETTINGS)))
    cursor: str | None = None
    waiting: list[Asked] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    _settled: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sensor = new_photos_sensor(self.clock)
        self.resources = {
            "containers": ContainersResource(
                raw=self.world.raw_at.url,
                resized=self.world.resized_at.url,
                ledger=self.world.ledger_at.url,
                include="*.jpg",
            ),
            "recipe": RecipeResource(**SETTINGS.model_dump()),
        }

    def tick(self) -> dg.SensorResult:
        """Let the sensor look once, queue what it asks for, and see that it had to ask."""
        with dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources=dict(self.resources)
        ) as context:
            result = self.sensor(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        for request in result.run_requests or ():
            self._queue(request)
        return result

    def _queue(self, request: dg.RunRequest) -> None:
        tags = dict(request.tags)
        if request.partition_key:
            tags["dagster/partition"] = request.partition_key
        run = dg.DagsterRun(
            job_name=str(request.job_name),
            run_id=str(uuid4()),
            run_config=request.run_config,
            tags=tags,
            status=dg.DagsterRunStatus.NOT_STARTED,
        )
        keys = keys_of(self.instance, run)
        assert keys
        held = {key for one in self.waiting for key in one.keys}
        for key in keys:
            assert key not in held, f"{key} is held by a run, and was asked for all the same"
            assert self.state(key) != self._settled.get(key), f"{key} was asked for twice"
            held.add(key)
        self.instance.add_run(run)
        self.waiting.append(Asked(run, keys))
        self.asked.append(self.waiting[-1])

    def work(self, asked: Asked) -> None:
        """Do what a run is for."""
        self.world.run([folder_at(key) for key in asked.keys])
        self._settled |= {key: self.state(key) for key in asked.keys}

    def end(self, asked: Asked, *, well: bool) -> None:
        """Let a run end."""
        self.waiting.remove(asked)
        if not well:
            for key in asked.keys:
                self._settled.pop(key, None)
        kind = dg.DagsterEventType.RUN_SUCCESS if well else dg.DagsterEventType.RUN_FAILURE
        event = dg.DagsterEvent(kind.value, job_name=asked.run.job_name)
        self.instance.report_dagster_event(event, asked.run.run_id)

    def state(self, key: str) -> object:
        """Everything in the three places that concerns a folder."""
        folder, world = folder_at(key), self.world
        counted = row(world.ledger, f"counts/{segment_of(key)}")
        ends = [
            [(one.name, one.etag) for one in end.list(folder.prefix) if folder.holds(one.name)]
            for end in (world.photos, world.resized)
        ]
        return ends, {**counted.metadata, "taken_at": ""} if counted else None

    def foreign(self, name: str) -> None:
        """Let somebody write into the resized container."""
        self.drop(name)
        self.world.resized.write(name, b"not ours", Properties())

    def drop(self, name: str) -> None:
        """Let somebody delete from the resized container."""
        held = self.world.rendition(name)
        if held is not None:
            self.world.resized.delete(name, held.etag)

    def truth(self) -> dict[str, Counts]:
        """How every folder stands."""
        return {seen.folder.key: seen.counts for seen in count_folders(self.world.mirror)}

    def remembered(self) -> dict[str, Counts]:
        """Return the ledger's counts of every folder."""
        return {taken.key: taken.counts for taken in read_counts(self.world.ledger)}


def some(random: Random, doings: Iterable[Callable[[], object]], most: int) -> None:
    """Do a few of these things, or nothing."""
    choices = [*doings]
    for _ in range(random.randint(0, most)):
        random.choice(choices)()


def folders_of(result: dg.SensorResult) -> list[str]:
    """The folders that a tick asks for, in whatever runs."""
    asked = list[str]()
    for request in result.run_requests or ():
        config = request.run_config.get("ops", {}).get("mirror_folders_op", {}).get("config", {})
        asked += [request.partition_key] if request.partition_key else config["folders"]
    return asked
