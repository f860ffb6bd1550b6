"""The sensor `photo_events`: reads Event Grid's messages and requests runs of their folders."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
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
from orchestration.defs.sensors.new_photos import MOST_RUNS, REQUEST_SECONDS, request
from orchestration.defs.sensors.run_groups import grouped
from orchestration.defs.sensors.run_history import RunStartTimes
from orchestration.escaping import in_a_line
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.folder_counter import FolderCount
from orchestration.mirror.errors import RunStoppedError
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.partition_keys import folder_at, folder_of
from orchestration.mirror.rendition_names import Naming
from orchestration.setting_values import SettingError

if TYPE_CHECKING:
    from orchestration.blobs.azure.queue import Message, Queue

SECONDS_BETWEEN_TICKS = 15
# How long a received message is hidden; if it was not deleted by then, it is received again.
HIDDEN_SECONDS = 60
MOST_MESSAGES = 1_000
RECEIVING_SECONDS = 8.0
TICK_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message, and the keys of the folders it is about."""

    message: "Message"
    keys: frozenset[str]


def photo_events_sensor(hidden_seconds: int) -> dg.SensorDefinition:
    """Return the sensor; a message it receives is hidden for so many seconds."""

    @dg.sensor(
        name="photo_events",
        jobs=[mirror_folder, mirror_folders],
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        description="Requests runs for the folders named in Event Grid messages. Changes without a "
        "message are found by new_photos or nightly.",
    )
    def photo_events(
        context: dg.SensorEvaluationContext, containers: ContainersResource, recipe: RecipeResource
    ) -> dg.SensorResult:
        """Receive messages, request runs, and delete the messages that a run will cover.

        A message is deleted once a run that starts after it was sent is requested, or a later
        message about the same folders stays in its place. Until then it is received again.
        """
        started = time.monotonic()
        try:
            queue = open_queue(containers.queue_address(), REQUEST_SECONDS)
            mirror = containers.mirror_read_only(recipe, REQUEST_SECONDS)
            where = containers.addresses()
            received, done = list[ReceivedMessage](), Counter[str]()
            for message in _received(queue, hidden_seconds, started):
                keys = _keys(message, mirror, where.raw, where.resized)
                if keys is None:
                    queue.set_aside(message)
                    done["set aside"] += 1
                else:
                    received.append(ReceivedMessage(message, keys))
            oldest = min((one.message.sent for one in received), default=0.0)
            start_times = RunStartTimes(context.instance, oldest)
            waiting, covered = _waiting_and_covered(received, start_times)
            for message in covered:
                if time.monotonic() - started > TICK_SECONDS:
                    break
                queue.delete(message)
                done["deleted"] += 1
        except (RunStoppedError, SettingError, StoreUnavailableError) as error:
            raise dg.Failure(in_a_line(str(error))) from error
        wanted = Counter(key for one in waiting for key in one.keys if not start_times.is_busy(key))
        seen = [
            FolderCount(folder_at(key, mirror.depth), Counts(due=due))
            for key, due in wanted.items()
        ]
        groups = grouped(seen)[: max(0, MOST_RUNS - start_times.active)]
        register(context.instance, (key for group in groups for key in group))
        if groups:
            return dg.SensorResult([*map(request, groups)])
        done["waiting for a run"] = len(waiting)
        return dg.SensorResult(skip_reason=_in_words(len(received), done))

    return photo_events


photo_events = photo_events_sensor(HIDDEN_SECONDS)


def _received(queue: "Queue", hidden_seconds: int, started: float) -> Iterator["Message"]:
    """Yield messages until there are none, there are many, or the time is up."""
    for _ in range(0, MOST_MESSAGES, 32):
        messages = queue.receive(32, hidden_seconds)
        yield from messages
        if not messages or time.monotonic() - started > RECEIVING_SECONDS:
            return


def _keys(
    message: "Message", mirror: Mirror, raw: Address, resized: Address
) -> frozenset[str] | None:
    """Return the keys of the folders a message is about; None when it cannot be read."""
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
    """Yield the photos an event may concern. Events about written renditions are ignored."""
    if (name := _name_in(raw, event)) is not None:
        yield name
    if event.is_deletion and (name := _name_in(resized, event)) is not None:
        yield from naming.photos_of(name)


def _name_in(address: Address, event: Event) -> str | None:
    """Return the name that an event's blob has in a container; None when it is in another."""
    if not address.is_container:
        return None
    _, container, prefix = split_container_url(address)
    is_there = container == event.container and event.name.startswith(prefix)
    return event.name[len(prefix) :] if is_there else None


def _waiting_and_covered(
    received: Iterable[ReceivedMessage], start_times: RunStartTimes
) -> tuple[list[ReceivedMessage], list["Message"]]:
    """Separate the messages that still need a run from those that may be deleted.

    Of several messages about a folder, only the latest needs the run.
    """
    open_keys = {
        one.message.identity: {
            key for key in one.keys if not start_times.covers(key, one.message.sent)
        }
        for one in received
    }
    latest: dict[str, Message] = {}
    for one in sorted(received, key=lambda one: (one.message.sent, one.message.identity)):
        latest |= dict.fromkeys(open_keys[one.message.identity], one.message)
    waiting, covered = list[ReceivedMessage](), list["Message"]()
    for one in received:
        keys = open_keys[one.message.identity]
        if any(latest[key].identity == one.message.identity for key in keys):
            waiting.append(ReceivedMessage(one.message, frozenset(keys)))
        else:
            covered.append(one.message)
    return waiting, covered


def _in_words(received: int, done: Mapping[str, int]) -> str:
    messages = "1 message" if received == 1 else f"{received:,} messages"
    details = ", ".join(f"{number:,} {what}" for what, number in done.items() if number)
    return messages + (f": {details}" if details else "")
