"""A storage queue: receive messages, delete them, and set aside those that cannot be read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from azure.core.exceptions import AzureError
from azure.storage.queue import QueueClient, QueueMessage

from orchestration.blobs.azure.client import client_options, secret_of
from orchestration.blobs.azure.credentials import Credential
from orchestration.blobs.azure.error_codes import code_of, read_error
from orchestration.blobs.azure.rate_limit import RateLimit
from orchestration.blobs.errors import StoreClosedError

MOST_AT_ONCE = 32
NO_QUEUE = {"QueueNotFound", "QueueBeingDeleted", "QueueDisabled"}
# Deleted by us, received by somebody else since, or expired.
GONE = {"MessageNotFound", "PopReceiptMismatch"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Message:
    """A received message: its text, when it was sent by the service's clock, in seconds, and how
    often it was received, this time included.
    """

    text: str
    sent: float
    received: int
    identity: str
    receipt: str


class Queue:
    """One queue of an account: `url` is `https://ACCOUNT.queue.core.windows.net/NAME`."""

    def __init__(self, url: str, credential: Credential, patience: float) -> None:
        self._url = url
        self._credential = credential
        account, _, name = url.rpartition("/")
        options = client_options(account, RateLimit(), patience)
        secret = secret_of(account, credential)
        self._queue = QueueClient(account, name, credential=secret, **options)
        self._poison = QueueClient(account, f"{name}-poison", credential=secret, **options)

    def receive(self, most: int, seconds: int) -> list[Message]:
        """Receive up to `most` messages, and hide them from other receivers for `seconds`.

        Raises StoreUnavailableError.
        """

        def receive() -> list[QueueMessage]:
            at_once = min(most, MOST_AT_ONCE)
            return list(
                self._queue.receive_messages(
                    messages_per_page=at_once, visibility_timeout=seconds, max_messages=most
                )
            )

        return [
            Message(
                one.content,
                one.inserted_on.timestamp() if one.inserted_on else 0.0,
                one.dequeue_count or 1,
                one.id,
                one.pop_receipt or "",
            )
            for one in self._ask(receive)
        ]

    def delete(self, message: Message) -> None:
        """Delete a message; one that is gone already is fine.

        Raises StoreUnavailableError.
        """

        def delete() -> None:
            try:
                self._queue.delete_message(message.identity, message.receipt)
            except AzureError as error:
                if code_of(error) not in GONE:
                    raise

        self._ask(delete)

    def set_aside(self, message: Message) -> None:
        """Put a message that cannot be read into the queue `NAME-poison`, and delete it here.

        Raises StoreUnavailableError.
        """

        def put() -> None:
            try:
                self._poison.send_message(message.text)
            except AzureError as error:
                if code_of(error) not in NO_QUEUE:
                    raise
                self._poison.create_queue()
                self._poison.send_message(message.text)

        self._ask(put)
        self.delete(message)

    def _ask(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except AzureError as error:
            if code_of(error) in NO_QUEUE:
                raise StoreClosedError(f"{self._url}: the queue does not exist") from None
            raise read_error(error, self._url, "", self._credential) from None
