"""Hears from a storage queue which blobs came and went, and asks for runs of their folders."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.blobs.address import Address, split_container_url
from orchestration.blobs.errors import StoreUnavailableError
from orchestration.blobs.open import open_queue
from orchestration.defs.jobs import mirror_folder, mirror_folders
from orchestration.defs.partitions import register
from orchestration.defs.resources import ContainersResource, RecipeResource
from orchestration.defs.sensors.event_grid import Event, UnreadableEventError, read_events
from orchestration.defs.sensors.new_photos import MOST_RUNS, PATIENCE_SECONDS, request
from orchestration.defs.sensors.run_groups import grouped
from orchestration.defs.sensors.run_history import RunStartTimes
from orchestration.escaping import in_a_line
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.folder_counter import Seen
from orchestration.mirror.errors import RunStoppedError
from orchestration.mirror.folders import folder_at, folder_of
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.rendition_names import Naming
from orchestration.settings import SettingError

if TYPE_CHECKING:
    from orchestration.blobs.azure.queue import Message, Queue

SECONDS_BETWEEN_TICKS = 15
# A message that was taken shows itself again after a while, unless it was dropped.
UNSEEN_SECONDS = 60
MOST_MESSAGES = 1_000
TAKING_SECONDS = 8.0
TICK_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A message, and the folders that somebody should look at for it."""

    message: "Message"
    keys: frozenset[str]


def hearing(unseen_seconds: int) -> dg.SensorDefinition:
    """The sensor; a message it takes and does not drop shows itself again after so long."""

    @dg.sensor(
        name="photo_events",
        jobs=[mirror_folder, mirror_folders],
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        description="Asks for runs of the folders that Event Grid's messages are about. They are "
        "only hints: new_photos or nightly find what no message told of.",
    )
    def photo_events(
        context: dg.SensorEvaluationContext, containers: ContainersResource, recipe: RecipeResource
    ) -> dg.SensorResult:
        """Take what messages there are; ask for runs, and drop what a run is going to see to.

        A message is dropped once a run that start_times after it was sent is asked for, or a later one
        about the same folder stays in its place. Until then it shows itself again and again.
        """
        started = time.monotonic()
        try:
            queue = open_queue(containers.queue_address(), PATIENCE_SECONDS)
            mirror, where = containers.sealed(recipe, PATIENCE_SECONDS), containers.places()
            heard, told = [], Counter[str]()
            for message in _taken(queue, unseen_seconds, started):
                keys = _keys(message, mirror, where.raw, where.resized)
                if keys is None:
                    queue.set_aside(message)
                    told["set aside"] += 1
                else:
                    heard.append(Heard(message, keys))
            start_times = RunStartTimes(
                context.instance, min((one.message.sent for one in heard), default=0.0)
            )
            waiting, settled = _sorted(heard, start_times)
            for message in settled:
                if time.monotonic() - started > TICK_SECONDS:
                    break
                queue.drop(message)
                told["dropped"] += 1
        except (RunStoppedError, SettingError, StoreUnavailableError) as error:
            raise dg.Failure(in_a_line(str(error))) from error
        wanted = Counter(key for one in waiting for key in one.keys if not start_times.holds(key))
        seen = [Seen(folder_at(key, mirror.depth), Counts(due=due)) for key, due in wanted.items()]
        groups = grouped(seen)[: max(0, MOST_RUNS - start_times.active)]
        register(context.instance, (key for group in groups for key in group))
        if groups:
            return dg.SensorResult([*map(request, groups)])
        told["waiting for a run"] = len(waiting)
        says = ", ".join(f"{number} {what}" for what, number in told.items() if number)
        return dg.SensorResult(skip_reason=f"{len(heard)} messages" + (f": {says}" if says else ""))

    return photo_events


photo_events = hearing(UNSEEN_SECONDS)


def _taken(queue: "Queue", unseen_seconds: int, started: float) -> Iterator["Message"]:
    """Yield messages until there are none, there are many, or time is up."""
    for _ in range(0, MOST_MESSAGES, 32):
        messages = queue.take(32, unseen_seconds)
        yield from messages
        if not messages or time.monotonic() - started > TAKING_SECONDS:
            return


def _keys(
    message: "Message", mirror: Mirror, raw: Address, resized: Address
) -> frozenset[str] | None:
    """The folders a message is about, or None when it cannot be read."""
    try:
        events = read_events(message.text)
    except UnreadableEventError:
        return None
    naming = mirror.recipe.naming
    names = {name for event in events for name in _names(event, raw, resized, naming)}
    return frozenset(
        folder_of(name, mirror.depth).key for name in names if mirror.selection.admits(name)
    )


def _names(event: Event, raw: Address, resized: Address, naming: Naming) -> Iterator[str]:
    """Yield the photos a blob is, or is of. Renditions that are written are our own doing."""
    if (name := _name_in(raw, event)) is not None:
        yield name
    if event.is_deletion and (name := _name_in(resized, event)) is not None:
        yield from naming.photos_of(name)


def _name_in(place: Address, event: Event) -> str | None:
    """The name a blob has in a container; None when it is not there."""
    if not place.is_container:
        return None
    _, container, prefix = split_container_url(place)
    is_there = container == event.container and event.name.startswith(prefix)
    return event.name[len(prefix) :] if is_there else None


def _sorted(
    heard: Iterable[Heard], start_times: RunStartTimes
) -> tuple[list[Heard], list["Message"]]:
    """Part the messages that wait for a run from those that may be dropped."""
    open_keys = {
        one.message.number: {
            key for key in one.keys if not start_times.covers(key, one.message.sent)
        }
        for one in heard
    }
    latest: dict[str, Message] = {}
    for one in sorted(heard, key=lambda one: (one.message.sent, one.message.number)):
        latest |= dict.fromkeys(open_keys[one.message.number], one.message)
    waiting, settled = list[Heard](), list["Message"]()
    for one in heard:
        keys = open_keys[one.message.number]
        if any(latest[key].number == one.message.number for key in keys):
            waiting.append(Heard(one.message, frozenset(keys)))
        else:
            settled.append(one.message)
    return waiting, settled
