"""The errors of stores, distinguished by cause."""

from orchestration.escaping import in_a_line


class BlobError(Exception):
    """A store could not do something; `reason` is a clause for a person."""

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__(in_a_line(f"{name}: {reason}" if name else reason))
        self.reason = reason
        self.name = name

    def __reduce__(self) -> tuple[type["BlobError"], tuple[str, str]]:
        return type(self), (self.reason, self.name)


class StaleError(BlobError):
    """The requested version was deleted or replaced: list and plan again."""


class ForeignError(BlobError):
    """Another blob than the one to be replaced has the name; it was not changed."""


class HeldError(ForeignError):
    """The blob that has the name cannot be replaced now: leased, immutable, or a folder.

    Planning again does not help; a person has to free the name.
    """


class UnreadableError(BlobError):
    """This version can never be read: archived, or encrypted with a customer's key."""


class DeniedError(BlobError):
    """This blob cannot be read now: no permission, or its disk fails. The same version may be
    readable later.
    """


class UnaddressableError(BlobError):
    """No request can be made for this name, or this store would have to rename it."""


class CorruptError(BlobError):
    """The bytes do not match the store's digest or length, also when read again."""


class CannotCopyError(BlobError):
    """The store cannot copy this blob within the service: download and upload it instead."""


class StoreUnavailableError(BlobError):
    """The store does not answer, is full, or refuses our credentials: all photos would fail.

    The message says what to do. The run ends; finished work is kept.
    """


class StoreClosedError(StoreUnavailableError):
    """The store cannot be used until a person acts: retrying does not help.

    No permission, no container, no room on the disk, a setting that cannot be read.
    """


class CredentialError(StoreClosedError):
    """A credential is malformed."""


class StoreRefusesError(StoreClosedError):
    """The service does not accept our credentials, or does not permit this."""
