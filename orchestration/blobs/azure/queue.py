"""A storage queue as a tray of messages: take some, drop what is done, set aside what is poison."""

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
# Dropped by us, taken by somebody else since, or ended by its own age.
GONE = {"MessageNotFound", "PopReceiptMismatch"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Message:
    """What was taken: its text as it was sent, when by the service's clock, in seconds, and how
    often it was taken, this time included.
    """

    text: str
    sent: float
    taken: int
    number: str
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

    def take(self, most: int, seconds: int) -> list[Message]:
        """Take up to `most` messages, which nobody else sees for so many seconds.

        Raises StoreUnavailableError.
        """

        def take() -> list[QueueMessage]:
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
            for one in self._ask(take)
        ]

    def drop(self, message: Message) -> None:
        """Delete a message whose work is requested; one that is gone already is fine.

        Raises StoreUnavailableError.
        """

        def drop() -> None:
            try:
                self._queue.delete_message(message.number, message.receipt)
            except AzureError as error:
                if code_of(error) not in GONE:
                    raise

        self._ask(drop)

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
        self.drop(message)

    def _ask(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except AzureError as error:
            if code_of(error) in NO_QUEUE:
                raise StoreClosedError(f"{self._url}: there is no such queue") from None
            raise read_error(error, self._url, "", self._credential) from None
