"""One line of a manifest: a rendition in sync, from its listing and its stamp. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from orchestration.blobs.base import BlobInfo
from orchestration.labels.geometry import Frame, Geometry, GeometryError
from orchestration.mirror.stamp import Stamp


@dataclass(frozen=True, slots=True)
class Row:
    """A rendition and its photo; sides are as stored, in pixels, digests MD5 in hex.

    `photo` is the photo's name, and `photo_md5` its digest, '' if the service does not return it.
    `geometry` and `picture_hash` are as in the stamp, '' if unknown. None of these changes
    unless bytes or names do. `labels` counts the labels of each class, None if none were joined.
    """

    name: str
    md5: str
    size: int
    width: int
    height: int
    format: str
    geometry: str
    photo: str
    photo_md5: str
    picture_hash: str = ""
    labels: Mapping[str, int] | None = None

    @property
    def turn(self) -> int | None:
        """The EXIF orientation of the rendition; None if unknown."""
        found = self._geometry
        return found.rendition_turn if found else None

    @property
    def shown(self) -> tuple[int, int] | None:
        """Width and height as shown; None if the orientation is unknown."""
        found = self._geometry
        if found is None:
            return None
        width, height = found.rendition_sides(Frame.SHOWN)
        return int(width), int(height)

    @property
    def line(self) -> str:
        """The row as one line of JSON, with labels if any were joined."""
        facts = asdict(self)
        if self.labels is None:
            del facts["labels"]
        return json.dumps(facts)

    @property
    def _geometry(self) -> Geometry | None:
        try:
            return Geometry.parse(self.geometry, (self.width, self.height))
        except GeometryError:
            return None


def row_of(photo: BlobInfo, rendition: BlobInfo, stamp: Stamp) -> Row:
    """Return the row of a rendition that is in sync with its photo."""
    return Row(
        name=rendition.name,
        md5=stamp.rendition_md5,
        size=stamp.rendition_size,
        width=stamp.width,
        height=stamp.height,
        format=stamp.format,
        geometry=stamp.geometry,
        photo=photo.name,
        photo_md5=photo.md5 or stamp.md5,
        picture_hash=stamp.picture_hash,
    )


def parse_row(line: str) -> Row:
    """Read a line. Raises ValueError if it is not a row."""
    try:
        return Row(**json.loads(line))
    except TypeError as error:
        raise ValueError(str(error)) from None
