"""What a run costs that finds everything in sync: CPU seconds and peak memory against size.

    python -m benchmarks.mirror.planning [CASE PHOTOS ...]

Three kinds of places, each measured in a process of its own: listings made on the fly (as rows, and
as the service's XML with our own parsing of it), folders, and the emulator. Appends to
planning.jsonl and rewrites planning.md.
"""

import argparse
import http.client
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import process_time
from urllib.parse import quote, urlsplit

from benchmarks.mirror.generated import FOLDER, Generated, GeneratedXml, Listing, name_of
from orchestration.blobs.address import parse_address
from orchestration.blobs.base import BlobInfo, Properties, Store
from orchestration.blobs.local.file_version import Version, identity_of
from orchestration.blobs.local.store import LocalStore
from orchestration.blobs.memory import MemoryLedger, memory_container
from orchestration.blobs.open import open_store
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.outcomes import FolderDone
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.run import mirror_folders
from orchestration.mirror.selection import Selection, parse_patterns
from orchestration.settings import ContainersSettings
from resize_core import Options
from tests.azurite.emulator import KEY, Azurite, running
from tests.mirror.fake_mirror import Inline

RESULTS = Path(__file__).parents[1] / "results"
RECIPE = Recipe(6_000_000, Options())
CASES = [
    ("rows", 10_000),
    ("rows", 100_000),
    ("rows", 1_000_000),
    ("rows", 10_000_000),
    ("xml", 10_000),
    ("xml", 100_000),
    ("xml", 1_000_000),
    ("folders", 10_000),
    ("folders", 100_000),
    ("Azurite", 10_000),
    ("Azurite", 100_000),
]
UPLOADERS = 4

Ends = tuple[Store, Store, Callable[[], float]]
"""Both places, in sync, and the seconds of this process that went into making their listings."""


def main() -> None:
    """Measure the cases that are asked for, or all, each in a new process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", help="CASE PHOTOS, as in: xml 1000000")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--here", action="store_true", help="measure one case in this process")
    asked = parser.parse_args()
    cases = [*zip(asked.cases[::2], map(int, asked.cases[1::2]), strict=True)] or CASES
    if asked.here:
        print(json.dumps(_measured(*cases[0])))
        return
    lines = asked.out / "planning.jsonl"
    for case, photos in cases:
        command = [sys.executable, "-m", "benchmarks.mirror.planning", "--here", case, str(photos)]
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        print(ran.stdout, end="", flush=True)
        with lines.open("a") as file:
            file.write(ran.stdout)
    rows = [json.loads(line) for line in lines.read_text().splitlines()]
    (asked.out / "planning.md").write_text(_table(rows))


def _measured(case: str, photos: int) -> dict[str, float | str]:
    """Run once over a mirror in sync, and say what this process spent on it."""
    with PLACES[case](photos) as (raw, resized, made):
        mirror = _mirror(raw, resized)
        _forget_peak()
        before, made_before = process_time(), made()
        counts = _run(mirror)
        seconds = process_time() - before - (made() - made_before)
        if (counts.in_sync, counts.photos) != (photos, photos):
            message = f"not in sync: {counts}"
            raise RuntimeError(message)
    return {"case": case, "photos": photos, "seconds": round(seconds, 3), "peak": _peak()}


def _run(mirror: Mirror) -> Counts:
    engine = Inline(lambda _: [])
    events = mirror_folders(mirror, engine)
    return sum((event.counts for event in events if isinstance(event, FolderDone)), Counts())


def _mirror(raw: Store, resized: Store) -> Mirror:
    default = ContainersSettings()
    return Mirror(
        raw=raw,
        resized=resized,
        ledger=MemoryLedger(memory_container("ledger")),
        recipe=RECIPE,
        selection=Selection(*map(parse_patterns, (default.include, default.exclude))),
        policy=Policy(),
        depth=2,
        now=lambda: "now",
    )


@contextmanager
def _generated(kind: type[Generated], photos: int) -> Iterator[Ends]:
    """Listings made on the fly; for rows, what making them takes is measured apart."""
    raw, resized = kind(Listing(photos)), kind(Listing(photos, RECIPE))
    if isinstance(raw, GeneratedXml) and isinstance(resized, GeneratedXml):
        yield raw, resized, lambda: raw.seconds + resized.seconds
        return
    before = process_time()
    for store in (raw, resized):
        for _ in store.list():
            pass
    taken = iter([0.0, process_time() - before])
    yield raw, resized, lambda: next(taken)


@contextmanager
def _folders(photos: int) -> Iterator[Ends]:
    """Two folders of files without bytes but for one, the renditions known as ours."""
    with tempfile.TemporaryDirectory() as folder:
        raw, resized = (LocalStore(Path(folder, name)) for name in ("raw", "resized"))
        for at in range(photos):
            for root in ("raw", "resized"):
                path = Path(folder, root, name_of(at))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"1")
        _remember(Path(folder), raw, resized, photos)
        yield raw, resized, lambda: 0.0


def _remember(folder: Path, raw: LocalStore, resized: LocalStore, photos: int) -> None:
    """Let the resized folder know its files, as if it had written them."""
    listing = Listing(photos, RECIPE)
    with resized._metadata.alone():  # noqa: SLF001 -- a hundred thousand writes would take minutes
        for at, photo in enumerate(raw.list(FOLDER)):
            row = _small(listing.row(at), photo.etag)
            identity = identity_of(Path(folder, "resized", photo.name).stat())
            properties = Properties("image/jpeg", metadata=row.metadata)
            resized._metadata.remember(photo.name, Version(identity, row.md5, properties))  # noqa: SLF001


def _small(row: BlobInfo, etag: str) -> BlobInfo:
    """A rendition of one byte of the photo that has this etag."""
    metadata = dict(row.metadata)
    metadata["photo_mirror_etag"] = etag
    metadata["photo_mirror_rendition_size"] = "1"
    metadata["photo_mirror_rendition_md5"] = ONE
    return replace(row, size=1, md5=ONE, metadata=metadata)


@contextmanager
def _azurite(photos: int) -> Iterator[Ends]:
    """Two containers of blobs of one byte."""
    os.environ["AZURE_STORAGE_KEY"] = KEY
    with running() as azurite:
        urls = [azurite.new_container(name) for name in ("raw", "resized")]
        raw, resized = (open_store(parse_address(url, "resized")) for url in urls)
        with ThreadPoolExecutor(UPLOADERS) as pool:
            for part in range(UPLOADERS):
                pool.submit(_upload, azurite, urls[0], Listing(photos), part, [])
        etags = [row.etag for row in raw.list()]
        with ThreadPoolExecutor(UPLOADERS) as pool:
            for part in range(UPLOADERS):
                pool.submit(_upload, azurite, urls[1], Listing(photos, RECIPE), part, etags)
        yield raw, resized, lambda: 0.0


def _upload(azurite: Azurite, url: str, listing: Listing, part: int, etags: list[str]) -> None:
    """Put every n-th blob: by hand, for the SDK takes ten times as long."""
    parts, token = urlsplit(url), azurite.token("rwlc")
    service = http.client.HTTPConnection(parts.netloc)
    for at in range(part, listing.photos, UPLOADERS):
        row = listing.row(at)
        row = _small(row, etags[at]) if etags else row
        headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": "image/jpeg"}
        headers |= {f"x-ms-meta-{key}": value for key, value in row.metadata.items()}
        service.request("PUT", f"{parts.path}/{quote(row.name)}?{token}", b"1", headers)
        answer = service.getresponse()
        answer.read()
        if answer.status != http.client.CREATED:
            raise RuntimeError(answer.status)


def _forget_peak() -> None:
    """Let the kernel measure the peak of resident memory from now on."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    """The most resident memory since then, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


PLACES = {
    "rows": partial(_generated, Generated),
    "xml": partial(_generated, GeneratedXml),
    "folders": _folders,
    "Azurite": _azurite,
}


KINDS = {
    "rows": "generated rows: planning alone",
    "xml": "generated XML: planning, and parsing both listings",
    "folders": "two folders",
    "Azurite": "two containers of Azurite",
}
HEAD = """# A run that finds everything in sync

CPU seconds of the run's own process, both listings included, and its peak memory (about 70 MB of it
for the interpreter and the libraries). Each case ran in a separate process on a busy machine, so
CPU seconds are too high rather than too low. All photos are in one folder. The time to generate a
listing is not counted. In the XML case, each page is generated as the service writes it, passed
through the SDK's pipeline, and parsed by ours.

| Stores | Photos | CPU s | CPU s per million | Peak MB |
|---|---:|---:|---:|---:|"""
ONE = "c4ca4238a0b923820dcc509a6f75849b"


def _table(rows: list[dict[str, float | str]]) -> str:
    kinds = list(KINDS)
    lines = []
    for row in sorted(rows, key=lambda row: (kinds.index(str(row["case"])), row["photos"])):
        photos, seconds, peak = (float(row[key]) for key in ("photos", "seconds", "peak"))
        lines.append(
            f"| {KINDS[str(row['case'])]} | {photos:,.0f} | {seconds:,.2f} | "
            f"{seconds / photos * 1e6:,.0f} | {peak / 1e6:,.0f} |"
        )
    return "\n".join([HEAD, *lines]) + "\n"


if __name__ == "__main__":
    main()
