"""Pascal VOC, written and read by tests."""

from pathlib import Path
from xml.etree import ElementTree as ET

from tests.labels.forms.photo import Photo

_VOC = """<annotation>
  <folder>mine</folder>
  <filename>{name}</filename>
  <source><database>x</database></source>
  <size><width>{width:.0f}</width><height>{height:.0f}</height><depth>3</depth></size>
  {objects}
</annotation>
"""


def write_voc(path: Path, photo: Photo) -> None:
    objects = [
        f"<object><name>boat</name><pose>Left</pose><bndbox><xmin>{left + 1!r}</xmin>"
        f"<ymin>{top + 1!r}</ymin><xmax>{right!r}</xmax><ymax>{bottom!r}</ymax></bndbox></object>"
        for left, top, right, bottom in photo.boxes
    ]
    path.write_text(
        _VOC.format(
            name=photo.name, width=photo.width, height=photo.height, objects="\n".join(objects)
        )
    )


def read_voc(path: Path, _: Photo) -> Photo:
    root = ET.parse(path).getroot()
    made = Photo(
        root.findtext("filename", ""),
        int(root.findtext("size/width", "")),
        int(root.findtext("size/height", "")),
    )
    for box in root.iter("bndbox"):
        a, b, c, d = (float(box.findtext(name, "")) for name in ("xmin", "ymin", "xmax", "ymax"))
        made.boxes.append((a - 1, b - 1, c, d))
    return made
