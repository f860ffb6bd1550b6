"""Map a label file of one photo as the command does, without a mirror."""

from pathlib import Path
from typing import Any

from orchestration.labels.convert import Finding, Frames, Summary, convert
from orchestration.labels.formats import open_labels
from orchestration.labels.geometry import Frame, Geometry
from orchestration.labels.names import NameIndex
from orchestration.labels.options import Options
from orchestration.labels.pairs import Pair, Unknown, Way


def converted(
    path: Path,
    out: Path,
    geometry: Geometry,
    way: Way = Way.TO_RAW,
    frames: Frames | Frame | None = None,
    **options: Any,
) -> tuple[Summary, list[Finding]]:
    """Map a file to `out`. `photo` and `rendition` are names, a.jpg both; the rest are Options."""
    photo, rendition = options.pop("photo", "a.jpg"), options.pop("rendition", "a.jpg")
    _, document = open_labels(path, Options(**options))
    index = NameIndex(document.photos())
    index.add(rendition if way is Way.TO_RAW else photo)
    pair = Pair(photo, rendition, geometry)
    pairs: dict[str, Pair | Unknown] = {
        written: meant if isinstance(meant, Unknown) else pair for written, meant in index.meant()
    }
    summary = Summary()
    both = frames if isinstance(frames, Frames) else Frames(frames, frames)
    findings = [*convert(document, pairs, way, both, summary)]
    if path.is_dir():
        out.mkdir(exist_ok=True)
    document.save(out)
    return summary, findings
