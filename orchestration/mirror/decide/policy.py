"""What a run may do besides the photos that are due, and when it stops."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Options of a run, and its safety limits.

    Photos larger than `max_photo_bytes` are refused without a download. `shown` is the number of
    photos per folder to show before and after. Orphans are deleted only when they are few, or at
    most the fraction `most_orphans` of a folder's renditions. A run stops when `breaker_share` of
    its first `breaker_after` photos could not be rendered.
    """

    rebuild_stale: bool = False
    delete_orphans: bool = False
    max_photo_bytes: int = 256_000_000
    most_orphans: float = 0.1
    breaker_after: int = 50
    breaker_share: float = 0.9
    shown: int = 0
