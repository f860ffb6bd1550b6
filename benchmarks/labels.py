"""Map a COCO file of a million boxes onto raw photos: CPU seconds and memory, a step at a time.

    .venv/bin/python -m benchmarks.labels [PHOTOS] [BOXES A PHOTO] [ATTRIBUTES A BOX]

Prints a line of JSON. Photos and renditions exist as geometries alone: containers are not listed.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from orchestration.labels.convert import Frames, Summary, convert
from orchestration.labels.formats import open_labels
from orchestration.labels.geometry import Frame, Geometry, Size
from orchestration.labels.names import NameIndex
from orchestration.labels.options import Options
from orchestration.labels.pairs import Pair, Unknown, Way

MOST_CPU_SECONDS, MOST_BYTES = 15, 1_000_000_000


def main(photos: int = 100_000, boxes: int = 10, attributes: int = 0) -> None:
    """Write the file, map it, and print what that took."""
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        start = time.process_time()
        yield
        seconds[step] = round(time.process_time() - start, 2)

    with TemporaryDirectory() as folder:
        path, out = Path(folder, "in.json"), Path(folder, "out.json")
        _write(path, photos, boxes, attributes)
        started = _peak()
        with timed("read"):
            _, document = open_labels(path, Options())
        with timed("names"):
            index = NameIndex(document.photos())
            for at in range(photos):
                index.add(_name(at))
            pairs = {
                written: name if isinstance(name, Unknown) else Pair(name, name, _geometry(name))
                for written, name in index.meant()
            }
        with timed("map"):
            summary = Summary()
            for _ in convert(document, pairs, Way.TO_RAW, Frames(), summary):
                pass
        with timed("write"):
            document.save(out)
        size = path.stat().st_size, out.stat().st_size
    cpu = round(sum(seconds.values()), 2)
    told = {
        "photos": photos, "boxes": summary.labels, "attributes": attributes,
        "megabytes": [one // 1_000_000 for one in size],
        "cpu_seconds": {**seconds, "all": cpu}, "peak_megabytes": _peak() // 1_000_000,
        "peak_before_megabytes": started // 1_000_000,
        "within": cpu <= MOST_CPU_SECONDS and _peak() <= MOST_BYTES,
    }  # fmt: skip
    print(json.dumps(told))


def _name(at: int) -> str:
    return f"2026/site-{at % 40:02}/IMG_{at:06}.jpg"


def _geometry(name: str) -> Geometry:
    turn = 6 if name.endswith(("3.jpg", "7.jpg")) else 1
    return Geometry(Size(4032, 3024), turn, Size(1600, 1200), turn)


def _write(path: Path, photos: int, boxes: int, attributes: int) -> None:
    random = Random(7)
    with path.open("w") as file:
        file.write('{"info": {}, "categories": [{"id": 1, "name": "boat"}], "images": [')
        for at in range(photos):
            width, height = map(int, _geometry(_name(at)).rendition_sides(Frame.SHOWN))
            image = {"id": at, "file_name": _name(at), "width": width, "height": height}
            file.write(f"{', ' if at else ''}{json.dumps(image)}")
        file.write('], "annotations": [')
        for at in range(photos * boxes):
            width, height = random.uniform(8, 400), random.uniform(8, 400)
            x, y = random.uniform(0, 1200 - width), random.uniform(0, 1200 - height)
            box = [round(one, 2) for one in (x, y, width, height)]
            annotation = {
                "id": at, "image_id": at // boxes, "category_id": 1, "bbox": box,
                "area": round(box[2] * box[3], 3), "iscrowd": 0, "segmentation": [],
            }  # fmt: skip
            if attributes:
                annotation["attributes"] = {
                    f"name {n}": f"value {at % 7}" for n in range(attributes)
                }
            file.write(f"{', ' if at else ''}{json.dumps(annotation)}")
        file.write("]}")


def _peak() -> int:
    """The most memory this process had, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
