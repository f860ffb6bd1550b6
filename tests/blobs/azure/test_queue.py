import time
import uuid

import pytest
from azure.storage.queue import QueueClient

from orchestration.blobs.azure.credentials import Credential
from orchestration.blobs.azure.queue import Queue
from orchestration.blobs.errors import StoreUnavailableError
from tests.azurite.emulator import ACCOUNT, KEY, Azurite

OURS = Credential("key", KEY, ACCOUNT, "AZURE_STORAGE_KEY")


@pytest.fixture
def sender(azurite: Azurite) -> QueueClient:
    client = QueueClient(azurite.queues, f"events-{uuid.uuid4().hex}", credential=KEY)
    client.create_queue()
    return client


@pytest.fixture
def queue(azurite: Azurite, sender: QueueClient) -> Queue:
    return Queue(f"{azurite.queues}/{sender.queue_name}", OURS, 2.0)


def test_a_message_is_taken_once_and_dropped(sender: QueueClient, queue: Queue) -> None:
    sender.send_message('{"subject": "\N{GRINNING FACE}.jpg"}')
    (message,) = queue.receive(10, 60)
    assert (message.text, message.received) == ('{"subject": "\N{GRINNING FACE}.jpg"}', 1)
    assert queue.receive(10, 60) == []
    queue.delete(message)
    queue.delete(message)


def test_a_message_that_is_not_dropped_comes_again(sender: QueueClient, queue: Queue) -> None:
    sender.send_message("a")
    (first,) = queue.receive(1, 1)
    time.sleep(1.2)
    (second,) = queue.receive(1, 60)
    assert (second.text, second.received) == ("a", 2)
    queue.delete(first)  # its receipt is old: the message stays with who took it last
    queue.delete(second)


def test_more_messages_are_taken_than_the_service_gives_at_once(
    sender: QueueClient, queue: Queue
) -> None:
    for n in range(40):
        sender.send_message(str(n))
    taken = queue.receive(35, 60)
    assert len({message.text for message in taken}) == 35
    assert len(queue.receive(35, 60)) == 5


def test_poison_is_set_aside(azurite: Azurite, sender: QueueClient, queue: Queue) -> None:
    poison = QueueClient(azurite.queues, f"{sender.queue_name}-poison", credential=KEY)
    for text in ("not json", "nor this"):
        sender.send_message(text)
        (message,) = queue.receive(1, 60)
        queue.set_aside(message)
    assert [one.content for one in poison.peek_messages(5)] == ["not json", "nor this"]
    assert queue.receive(1, 1) == []


def test_a_missing_queue_is_a_sentence(azurite: Azurite) -> None:
    with pytest.raises(StoreUnavailableError, match="the queue does not exist"):
        Queue(f"{azurite.queues}/missing", OURS, 2.0).receive(1, 1)
