"""Why a run stops: one error per reason, with what to do. One photo's problem is an outcome."""

from orchestration.escaping import in_a_line


class RunStoppedError(Exception):
    """The run cannot go on; the message says what to do. Finished work is kept."""


class OverlapError(RunStoppedError):
    """Two of the three containers are the same, or one lies in the other."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(
            f"{one} and {other} overlap, so renditions would be treated as photos; "
            "choose locations that do not contain each other"
        )
        self.one = one
        self.other = other

    def __reduce__(self) -> tuple[type["OverlapError"], tuple[str, str]]:
        return type(self), (self.one, self.other)


class BreakerError(RunStoppedError):
    """Nearly all photos fail, so the setup is probably the cause. No refusal was recorded."""

    def __init__(self, failed: int, tried: int, example: str) -> None:
        super().__init__(
            f"{failed} of the first {tried} photos could not be rendered, for example "
            f"{in_a_line(example)}. "
            "Nothing was recorded against them. Check the recipe and one of the photos; "
            "if the photos really are damaged, raise breaker_share"
        )
        self.failed = failed
        self.tried = tried
        self.example = example

    def __reduce__(self) -> tuple[type["BreakerError"], tuple[int, int, str]]:
        return type(self), (self.failed, self.tried, self.example)


class MachineError(RunStoppedError):
    """Workers do not start or keep ending, whatever the photo. No refusal was recorded."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"workers do not run on this machine: {reason}. "
            "Nothing was recorded against any photo, and finished work is kept. "
            "Check the machine's memory, its limits on processes and open files,"
            " PHOTO_MIRROR_WORKERS, PHOTO_MIRROR_WORKER_MEMORY, and what the workers "
            "wrote to the run's log; then run again"
        )
        self.reason = reason

    def __reduce__(self) -> tuple[type["MachineError"], tuple[str]]:
        return type(self), (self.reason,)


class OutOfOrderError(RunStoppedError):
    """A listing is not in the order that the comparison needs."""

    def __init__(self, earlier: str, later: str) -> None:
        super().__init__(f"the listing gave {later!r} after {earlier!r}")
        self.earlier = earlier
        self.later = later

    def __reduce__(self) -> tuple[type["OutOfOrderError"], tuple[str, str]]:
        return type(self), (self.earlier, self.later)


class OtherSourceError(RunStoppedError):
    """The resized container belongs to another source than the one named."""

    def __init__(self, known: str, named: str) -> None:
        super().__init__(
            f"the resized container belongs to {known}, not to {named}. Use another resized "
            "container; or, if the photos were moved, run `photo-mirror adopt --source` once"
        )
        self.known = known
        self.named = named

    def __reduce__(self) -> tuple[type["OtherSourceError"], tuple[str, str]]:
        return type(self), (self.known, self.named)


class UnknownFolderError(RunStoppedError):
    """A folder was named that does not exist; `nearest` are the keys of similar ones."""

    def __init__(self, key: str, reason: str, nearest: tuple[str, ...] = ()) -> None:
        meant = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
        super().__init__(f"no folder {key!r}: {reason}{meant}")
        self.key = key
        self.reason = reason
        self.nearest = nearest

    def __reduce__(self) -> tuple[type["UnknownFolderError"], tuple[str, str, tuple[str, ...]]]:
        return type(self), (self.key, self.reason, self.nearest)


class TooManyFoldersError(RunStoppedError):
    """There are more folders than Dagster supports as partitions."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"there are more than {most:,} folders, which is more than Dagster supports as "
            "partitions: lower PHOTO_MIRROR_PARTITION_DEPTH"
        )
        self.most = most

    def __reduce__(self) -> tuple[type["TooManyFoldersError"], tuple[int]]:
        return type(self), (self.most,)


class OutOfReachError(RunStoppedError):
    """A machine of the cluster finds no folder at a path, or another folder."""

    def __init__(self, folder: str, machine: str) -> None:
        super().__init__(
            f"{machine} does not find the photos of the planning machine at {folder}. "
            "On a cluster, use containers, or a raw folder that every machine mounts "
            "at the same path"
        )
        self.folder = folder
        self.machine = machine

    def __reduce__(self) -> tuple[type["OutOfReachError"], tuple[str, str]]:
        return type(self), (self.folder, self.machine)


class SharedFolderError(RunStoppedError):
    """Several machines would write to one folder, whose database only one machine may use."""

    def __init__(self, folder: str, machine: str) -> None:
        super().__init__(
            f"{machine} would write to {folder}, which belongs to another machine. "
            "Only one machine can write to a folder: on a cluster, use a container "
            "for the renditions"
        )
        self.folder = folder
        self.machine = machine

    def __reduce__(self) -> tuple[type["SharedFolderError"], tuple[str, str]]:
        return type(self), (self.folder, self.machine)


class EngineLostError(Exception):
    """The cluster does not answer. Finished work is kept; a new attempt may succeed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the cluster does not respond: {reason}")
        self.reason = reason

    def __reduce__(self) -> tuple[type["EngineLostError"], tuple[str]]:
        return type(self), (self.reason,)
