"""What a store says when a verb cannot be done, told apart by cause."""

from orchestration.escaping import in_a_line


class BlobError(Exception):
    """Something a store could not do: `reason` is a clause for a person."""

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__(in_a_line(f"{name}: {reason}" if name else reason))
        self.reason = reason
        self.name = name

    def __reduce__(self) -> tuple[type["BlobError"], tuple[str, str]]:
        return type(self), (self.reason, self.name)


class StaleError(BlobError):
    """The version asked for is gone or replaced: list again and plan again."""


class ForeignError(BlobError):
    """The name is held by a blob other than the one to be replaced; it was left untouched."""


class HeldError(ForeignError):
    """What holds the name cannot be replaced by anybody now: leased, immutable, a folder.

    Planning again is vain; somebody has to free the name.
    """


class UnreadableError(BlobError):
    """The blob, as it is, can never be read here: archived, encrypted with a customer's key."""


class DeniedError(BlobError):
    """This blob alone cannot be read: no permission, or its disk fails. Its etag says nothing of
    that, so another time it may be read.
    """


class UnaddressableError(BlobError):
    """No request can be made for this name, or this store cannot hold it without renaming it."""


class CorruptError(BlobError):
    """The bytes are not those the store's digest or length announces, also when read again."""


class CannotCopyError(BlobError):
    """The store cannot copy this blob within the service: carry the bytes instead."""


class StoreUnavailableError(BlobError):
    """The store does not answer, is full, or refuses our credentials: no photo would fare better.

    Says what to do about it. Ends the run with what is done kept.
    """


class StoreClosedError(StoreUnavailableError):
    """The store will not work until somebody does something: waiting and trying again is vain.

    No permission, no container, no room on the disk, a setting that cannot be read.
    """


class CredentialError(StoreClosedError):
    """What is set as a credential cannot be one."""


class StoreRefusesError(StoreClosedError):
    """The service does not accept who we are, or does not let us do this."""
