"""What a sweep of the sensor costs: `python -m benchmarks.sweep [PHOTOS] [FOLDERS]`.

The listings are computed, so this is the sensor's own processor time; the service's comes on top:
two requests for every 5,000 photos. A tick is cut by processor time here, so that a busy machine
does not make a sweep take more ticks.
"""

import sys
import time

import dagster as dg

from orchestration.defs.sensors.cursor import read_cursor
from orchestration.defs.sensors.new_photos import run_tick
from tests.defs.sensors.sensor_simulation import folders_of
from tests.mirror.generated_containers import Generated, in_sync, key_of, mirror_of, remember

PAGE = 5_000


def main(photos: int, folders: int) -> None:
    """Fill a ledger, let some folders change, sweep, and see that just those are asked for."""
    each = photos // folders
    idle = in_sync(folders, each)
    remember(idle, folders, each)
    changed = range(0, folders, max(1, folders // 7))
    raw = Generated(folders, each, is_raw=True, changed=changed)
    mirror = mirror_of(raw, Generated(folders, each, is_raw=False), idle.ledger)  # type: ignore[arg-type]  # stores that only list
    asked, ticks, cursor, largest = list[str](), 0, "", 0
    began, cpu = time.monotonic(), time.process_time()
    with dg.DagsterInstance.ephemeral() as instance:
        while not ticks or read_cursor(cursor, "", 2).after:
            result = run_tick(instance, mirror, read_cursor(cursor, "", 2), time.process_time)
            cursor, ticks = str(result.cursor), ticks + 1
            largest = max(largest, len(cursor))
            asked += folders_of(result)
    assert sorted(asked) == [key_of(n) for n in changed]
    cpu = time.process_time() - cpu
    print(f"{photos:,} photos in {folders:,} folders: {len(asked)} of {len(changed)} asked for")
    print(f"{ticks} ticks, {time.monotonic() - began:.0f} s, {cpu:.0f} s of processor time")
    print(f"{cpu / photos * 1e6:.1f} us a photo; a cursor of {largest:,} characters at most")
    print(f"{2 * photos // PAGE:,} requests for pages of the containers")
    print(f"{ticks * (folders // PAGE + 1):,} requests for pages of the ledger")


if __name__ == "__main__":
    main(*(int(text.replace("_", "")) for text in (*sys.argv[1:], "10_000_000", "20_000")[:2]))
