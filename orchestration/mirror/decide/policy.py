"""What a run may do besides the photos that are due, and when it stops."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """What a run may do beside what is due, and where it stops.

    Photos over `heaviest` bytes are refused without a download. So many photos of a folder are
    `shown` before and after. Orphans are deleted only when they are few, or up to the share
    `most_orphans` of a folder's renditions. A run stops once `breaker_share` of the first
    `breaker_after` photos could not be made.
    """

    rebuild_stale: bool = False
    delete_orphans: bool = False
    heaviest: int = 256_000_000
    most_orphans: float = 0.1
    breaker_after: int = 50
    breaker_share: float = 0.9
    shown: int = 0
