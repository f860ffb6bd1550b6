"""Read and compare the chosen photos, in processes, because a bad photo may crash one."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from multiprocessing import get_context

from pebble import ProcessExpired, ProcessPool

from orchestration.blobs.base import BlobInfo, Reads
from orchestration.blobs.errors import (
    CorruptError,
    DeniedError,
    StaleError,
    UnaddressableError,
    UnreadableError,
)
from orchestration.gallery.choose import Pair
from orchestration.gallery.shown import Shown
from orchestration.gallery.words import setting_in_words
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.workers.process import Limits, become_worker
from resize_core import Comparison, Look, ResizeError, compare_places

_OF_ONE_BLOB = (StaleError, UnreadableError, DeniedError, UnaddressableError, CorruptError)


def compared(
    mirror: Mirror, pairs: Iterable[Pair], look: Look, workers: int, limits: Limits
) -> Iterator[Shown]:
    """Yield each pair, compared, in the given order; at most two per worker are in memory.

    Raises StoreUnavailableError.
    """
    out = deque[tuple[Pair, Future[Comparison] | str]]()
    with ProcessPool(
        max_workers=workers,
        initializer=become_worker,
        initargs=(limits, os.getpid()),
        context=get_context("spawn"),
    ) as pool:
        try:
            for pair in pairs:
                if len(out) >= 2 * workers:
                    yield _ended(*out.popleft(), limits)
                out.append((pair, _begun(pool, mirror, pair, look, limits)))
            while out:
                yield _ended(*out.popleft(), limits)
        except BaseException:
            pool.stop()  # type: ignore[no-untyped-call]  # Pebble leaves these untyped
            raise


def _begun(
    pool: ProcessPool, mirror: Mirror, pair: Pair, look: Look, limits: Limits
) -> Future[Comparison] | str:
    """Hand a pair to a worker, or return why it cannot be read."""
    try:
        photo = _read(mirror.raw, pair.photo)
        rendition = _read(mirror.resized, pair.rendition)
    except _OF_ONE_BLOB as error:
        return error.reason
    arguments = [photo, rendition, look]
    future: Future[Comparison] = pool.schedule(
        compare_places, args=arguments, timeout=limits.seconds
    )
    return future


def _read(store: Reads, row: BlobInfo) -> bytes:
    return store.read(row.name, row.etag, md5=row.md5).data


def _ended(pair: Pair, work: Future[Comparison] | str, limits: Limits) -> Shown:
    if isinstance(work, str):
        return _shown(pair, None, work)
    try:
        return _shown(pair, work.result())
    except ResizeError as error:
        return _shown(pair, None, str(error))
    except MemoryError:
        return _shown(pair, None, f"comparing it takes more than {limits.memory:,} bytes of memory")
    except TimeoutError:
        return _shown(pair, None, f"comparing it takes longer than {limits.seconds:g} s")
    except ProcessExpired as error:
        return _shown(pair, None, f"comparing it ended the process (exit code {error.exitcode})")


def _shown(pair: Pair, comparison: Comparison | None, reason: str = "") -> Shown:
    """Return what the gallery shows of a pair, compared or not."""
    return Shown(
        name=pair.photo.name,
        folder=pair.folder,
        state=pair.state,
        bytes_before=pair.photo.size,
        bytes_after=pair.rendition.size,
        done=setting_in_words(pair.stamp),
        comparison=comparison,
        reason=reason,
    )
