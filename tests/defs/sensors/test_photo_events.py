"""The sensor on a queue, against the emulator's real queue service."""

import json
import time
import uuid
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import dagster as dg
import pytest
from azure.storage.queue import QueueClient

from orchestration.definitions import defs
from orchestration.defs.resources import ContainersResource, RecipeResource
from orchestration.defs.sensors.photo_events import photo_events_sensor
from tests.azurite.emulator import KEY, Azurite
from tests.defs.sensors.test_event_grid import cloud, grid


@dataclass
class Line:
    """A queue, the sensor at its end, and a Dagster of its own."""

    queue: QueueClient
    poison: QueueClient
    instance: dg.DagsterInstance
    containers: ContainersResource
    raw: str
    resized: str
    recipe: RecipeResource = field(default_factory=RecipeResource)

    def send(self, *messages: object) -> None:
        for message in messages:
            self.queue.send_message(message if isinstance(message, str) else json.dumps(message))

    def tick(self) -> list[set[str]]:
        """Let the sensor listen once; return the folders of each run it asks for, now queued."""
        resources = {"containers": self.containers, "recipe": self.recipe}
        with dg.build_sensor_context(instance=self.instance, resources=resources) as context:
            result = photo_events_sensor(1)(context)
        assert isinstance(result, dg.SensorResult)
        asked = []
        for request in result.run_requests or ():
            key = request.partition_key
            config = request.run_config.get("ops", {}).get("mirror_folders_op", {})
            asked.append({key} if key else set(config["config"]["folders"]))
            self.add(str(request.job_name), request.run_config, key)
        return asked

    def add(
        self, job: str, config: Mapping[str, object] | None = None, key: str | None = None
    ) -> dg.DagsterRun:
        run = dg.DagsterRun(
            job_name=job,
            run_id=str(uuid.uuid4()),
            run_config=config,
            tags={"dagster/partition": key} if key else {},
            status=dg.DagsterRunStatus.NOT_STARTED,
        )
        return self.instance.add_run(run)

    def report(self, kind: dg.DagsterEventType) -> None:
        """Let every run that is not over begin, or end."""
        for run in self.instance.get_runs():
            if not run.is_finished:
                event = dg.DagsterEvent(kind.value, job_name=run.job_name)
                self.instance.report_dagster_event(event, run.run_id)

    @property
    def left(self) -> int:
        """How many messages there are, seen and unseen."""
        return self.queue.get_queue_properties().approximate_message_count or 0

    def again(self) -> None:
        """Wait until what was taken shows itself again."""
        time.sleep(1.2)


@pytest.fixture
def line(azurite: Azurite) -> Iterator[Line]:
    raw, resized = azurite.new_container("raw"), azurite.new_container("resized")
    name = f"events-{uuid.uuid4().hex}"
    queue = QueueClient(azurite.queues, name, credential=KEY)
    queue.create_queue()
    poison = QueueClient(azurite.queues, f"{name}-poison", credential=KEY)
    containers = ContainersResource(raw=raw, resized=resized, queue=f"{azurite.queues}/{name}")
    with dg.DagsterInstance.ephemeral() as instance:
        yield Line(queue, poison, instance, containers, raw.split("/")[-1], resized.split("/")[-1])


def test_added_and_deleted_photos_are_requested_once(line: Line) -> None:
    created = grid("2024/a/1.jpg", container=line.raw)
    line.send(created, created)  # delivered twice
    line.send(b64encode(json.dumps(cloud("top.jpg", "BlobDeleted", line.raw)).encode()).decode())
    assert sorted(line.tick(), key=str) == [{"(root)"}, {"2024/a"}]
    assert line.left == 2  # the later of the two, and the other
    line.again()
    assert line.tick() == []  # the runs are queued: they will see what came before
    assert line.left == 0


def test_a_photo_added_during_its_folders_run_is_requested_later(
    line: Line,
) -> None:
    line.add("mirror_folder", key="2024/a")
    line.report(dg.DagsterEventType.RUN_START)
    line.again()
    line.send(grid("2024/a/1.jpg", container=line.raw))
    assert line.tick() == []
    assert line.left == 1
    line.report(dg.DagsterEventType.RUN_SUCCESS)
    line.again()
    assert line.tick() == [{"2024/a"}]
    time.sleep(1.5)
    line.report(dg.DagsterEventType.RUN_START)  # after the message, by more than clocks differ
    line.report(dg.DagsterEventType.RUN_SUCCESS)
    assert line.tick() == []
    assert line.left == 0


def test_many_folders_are_grouped_into_one_run_in_any_order(line: Line) -> None:
    keys = [f"2024/{n}" for n in (5, 1, 4, 0, 3, 2)]
    line.send(*(grid(f"{key}/1.jpg", container=line.raw) for key in keys))
    (asked,) = line.tick()
    assert asked == set(keys)
    assert set(line.instance.get_dynamic_partitions("photo_mirror_folders")) == set(keys)


def test_what_is_about_nothing_here_is_dropped_without_a_run(line: Line) -> None:
    line.send(
        grid("a/b/1.jpg", container="elsewhere"),
        grid("a/b/clip.mp4", container=line.raw),
        grid("a/b/1.jpg", container=line.resized),  # our own doing
        grid("a/b/1.jpg", "BlobTierChanged", line.resized),
        grid("a/b/1.jpg", "LifecyclePolicyCompleted", line.raw),
    )
    assert line.tick() == []
    assert line.left == 0


def test_a_deleted_rendition_is_requested(line: Line) -> None:
    line.send(grid("a/b/1.jpg", "BlobDeleted", line.resized))
    assert line.tick() == [{"a/b"}]


def test_a_rendition_under_another_name_is_of_the_photo_that_has_it_made(line: Line) -> None:
    line.recipe = RecipeResource(accepts="jpeg")
    line.containers = line.containers.model_copy(update={"include": "*.webp"})
    line.send(grid("a/b/1.webp.jpg", "BlobDeleted", line.resized))
    line.send(grid("a/c/1.webp", "BlobDeleted", line.resized))  # rendered before, now an orphan
    assert line.tick() == [{"a/b"}]


def test_poison_messages_do_not_delay_others(line: Line) -> None:
    line.send("not json", grid("a/b/1.jpg", container=line.raw), '{"eventType": 1}')
    assert line.tick() == [{"a/b"}]
    kept = [message.content for message in line.poison.peek_messages(5)]
    assert kept == ["not json", '{"eventType": 1}']
    assert line.left == 1


@pytest.mark.parametrize("poison", ["[" * 20_000, '{"a":' * 4_000])
def test_poison_of_any_kind_is_set_aside_and_the_others_are_acted_on(
    line: Line, poison: str
) -> None:
    wrong = grid("a/c/1.jpg", container=line.raw)
    wrong["data"]["url"] = "https://[::1/raw/a.jpg"
    line.send(poison, wrong, grid("a/b/1.jpg", container=line.raw))
    assert line.tick() == [{"a/b"}]
    kept = {message.content for message in line.poison.peek_messages(5)}
    assert kept == {poison, json.dumps(wrong)}
    assert line.left == 1


def test_a_photo_whose_tier_changes_is_requested(line: Line) -> None:
    line.send(grid("a/b/1.jpg", "BlobTierChanged", line.raw))
    assert line.tick() == [{"a/b"}]


def test_an_invalid_or_missing_queue_is_reported_in_one_message(line: Line) -> None:
    line.containers = ContainersResource(
        raw=line.containers.raw, resized=line.containers.resized, queue="events"
    )
    with pytest.raises(
        dg.Failure, match=r"PHOTO_MIRROR_QUEUE: 'events' is not a queue URL; write https"
    ):
        line.tick()
    line.containers = ContainersResource(
        raw=line.containers.raw,
        resized=line.containers.resized,
        queue=line.queue.url.replace("events-", "missing-"),
    )
    with pytest.raises(dg.Failure, match="the queue does not exist"):
        line.tick()


def test_the_sensor_is_there_only_when_a_queue_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [one.name for one in defs().sensors or ()] == ["new_photos", "run_failures"]
    monkeypatch.setenv("PHOTO_MIRROR_QUEUE", "https://acct.queue.core.windows.net/events")
    dg.Definitions.validate_loadable(defs())
    sensors = [one.name for one in defs().sensors or ()]
    assert sensors == ["new_photos", "photo_events", "run_failures"]
