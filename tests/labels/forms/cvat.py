"""CVAT for images 1.1, written and read by tests."""

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np

from tests.labels.forms.photo import Mask, Photo, pairs, pixels, runs, triples

_CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <!-- mine -->
  <meta><task><id>7</id><name>ä</name><labels>
    <label><name>boat</name><attributes><attribute><name>n</name><input_type>text</input_type>
    </attribute></attributes></label><label><name>tree</name><attributes/></label>
    <label><name>sunny</name><attributes/></label>
  </labels></task></meta>
  <image id="4" name="{name}" width="{width}" height="{height}" subset="train">
    <tag label="sunny" source="manual"/>
    {shapes}
  </image>
</annotations>
"""


def write_cvat(path: Path, photo: Photo) -> None:
    shapes = [
        f'<box label="boat" source="manual" occluded="0" xtl="{a!r}" ytl="{b!r}" xbr="{c!r}" '
        f'ybr="{d!r}" z_order="2"><attribute name="n">1</attribute></box>'
        for a, b, c, d in photo.boxes
    ]
    for polygon in photo.polygons:
        points = ";".join(f"{x!r},{y!r}" for x, y in pairs(polygon))
        shapes.append(f'<polygon label="tree" occluded="1" points="{points}" z_order="0"/>')
    for points_of in photo.keypoints:
        parts = "".join(
            f'<points label="{at}" outside="{seen == 0:d}" occluded="{seen == 1:d}" '
            f'points="{x!r},{y!r}"/>'
            for at, (x, y, seen) in enumerate(triples(points_of))
        )
        shapes.append(f'<skeleton label="hand" z_order="0">{parts}</skeleton>')
    shapes += map(_mask, photo.masks)
    width, height = f"{photo.width:.0f}", f"{photo.height:.0f}"
    text = _CVAT.format(name=photo.name, width=width, height=height, shapes="\n    ".join(shapes))
    path.write_text(text, encoding="utf-8")


def _mask(mask: Mask) -> str:
    """Runs along the rows of the box around what is set."""
    ys, xs = np.nonzero(mask)
    left, top = (int(at.min()) if at.size else 0 for at in (xs, ys))
    right, bottom = (int(at.max()) + 1 if at.size else 1 for at in (xs, ys))
    counts = ", ".join(map(str, runs(mask[top:bottom, left:right].ravel())))
    return (
        f'<mask label="tree" rle="{counts}" left="{left}" top="{top}" width="{right - left}" '
        f'height="{bottom - top}" z_order="1"/>'
    )


def read_cvat(path: Path, _: Photo) -> Photo:
    (image,) = ET.parse(path).getroot().findall("image")
    made = Photo(image.attrib["name"], int(image.attrib["width"]), int(image.attrib["height"]))
    for one in image:
        if one.tag == "box":
            a, b, c, d = (float(one.attrib[name]) for name in ("xtl", "ytl", "xbr", "ybr"))
            made.boxes.append((a, b, c, d))
        elif one.tag == "polygon":
            words = [pair.split(",") for pair in one.attrib["points"].split(";")]
            made.polygons.append([float(number) for pair in words for number in pair])
        elif one.tag == "skeleton":
            made.keypoints.append([])
            for point in one:
                assert point.tag == "points"
                x, y = map(float, point.attrib["points"].split(","))
                seen = 0 if point.get("outside") == "1" else 2 - (point.get("occluded") == "1")
                made.keypoints[-1] += [x, y, seen]
        elif one.tag == "mask":
            left, top, width, height = (
                int(one.attrib[name]) for name in ("left", "top", "width", "height")
            )
            mask = np.zeros((int(made.height), int(made.width)), bool)
            counts = [*map(int, one.attrib["rle"].split(","))]
            mask[top : top + height, left : left + width] = pixels(counts).reshape(height, width)
            made.masks.append(mask)
    return made
