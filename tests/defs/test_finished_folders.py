"""A step that ends by an exception shows as done the folders that were finished by then."""

from collections.abc import Iterable, Iterator

import pytest

from orchestration.blobs.errors import StoreUnavailableError
from orchestration.defs import run_step as mirroring
from orchestration.defs.partitions import register
from orchestration.mirror.act.engine import Engine
from orchestration.mirror.errors import MachineError
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.outcomes import FolderDone, Note, Outcome
from orchestration.mirror.partition_keys import Folder
from orchestration.mirror.run import mirror_folders
from tests.defs.dagster_fixture import Place
from tests.defs.test_partitions import RESIZED, ranged
from tests.noise_photos import photo

ENDS = [
    MachineError("for a test"),
    StoreUnavailableError("it is down"),
    RuntimeError("nobody foresaw this"),
    KeyboardInterrupt(),
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: type(end).__name__)
def test_folders_finished_before_an_exception_are_shown_as_done(
    end: BaseException, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ending(
        mirror: Mirror, engine: Engine, folders: Iterable[Folder] | None = None
    ) -> Iterator[Outcome | Note]:
        finished = 0
        for event in mirror_folders(mirror, engine, folders):
            yield event
            finished += isinstance(event, FolderDone)
            if finished == 2:
                raise end

    for n in range(4):
        place.put(f"a/{n}/1.jpg", photo(n, 32))
    register(place.instance, [f"a/{n}" for n in range(4)])
    monkeypatch.setattr(mirroring, "mirror_folders", ending)
    monkeypatch.setattr(mirroring, "_PAUSE", 0)
    assert not ranged(place, "a/0", "a/3").success
    done = place.instance.get_materialized_partitions(RESIZED)
    assert len(done) >= 2  # what is tried again may finish others
    assert all(all(place.checks(key).values()) for key in done)
