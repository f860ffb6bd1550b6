"""The stamp of a rendition: its photo, recipe and digest, as blob metadata."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import md5
from importlib.metadata import version
from typing import NamedTuple

from orchestration.blobs.base import BlobInfo
from resize_core.formats.jpeg.coefficients.loading import NAME as KERNEL

PREFIX = "photo_mirror_"
ETAG = PREFIX + "etag"
MD5 = PREFIX + "md5"
RECIPE = PREFIX + "recipe"
RENDITION_MD5 = PREFIX + "rendition_md5"
RENDITION_SIZE = PREFIX + "rendition_size"
MADE = PREFIX + "made"
FORMAT = PREFIX + "format"
PHOTO_FORMAT = PREFIX + "photo_format"
SIDES = PREFIX + "sides"
SETTING = PREFIX + "setting"
GEOMETRY = PREFIX + "geometry"
PICTURE_HASH = PREFIX + "picture_hash"
MADE_WITH = PREFIX + "made_with"
CHECKSUM = PREFIX + "seal"

# Azure allows 8 KiB of metadata, names and values together.
_MOST_METADATA = 8_000

PASSED_THROUGH = "passed through"
ADOPTED = "adopted"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Facts about a rendition. `etag` and `md5` are those of its photo, '' if unknown.

    `photo_format` is the photo's format if the rendition has another one, else ''. `made` is
    what was done, in the words of `resize_core`. `made_with` names library versions for people and
    is never compared. `geometry` maps points of the rendition to points of the photo, in the text
    form of the function `geometry`; '' if unknown, as in stamps of earlier versions.
    `picture_hash` is the perceptual hash of the picture in 16 hexadecimal digits, or ''. A stamp is
    written with a checksum of all these facts.
    """

    etag: str
    md5: str
    recipe: str
    rendition_md5: str
    rendition_size: int
    made: str
    format: str
    width: int
    height: int
    setting: str = ""
    made_with: str = ""
    photo_format: str = ""
    geometry: str = ""
    picture_hash: str = ""

    @classmethod
    def of(cls, photo: BlobInfo, made: str, recipe: str, file: "FileFacts") -> "Stamp":
        """Return the stamp of a rendition of this photo. The facts left out are empty."""
        return cls(
            etag=photo.etag,
            md5=photo.md5,
            recipe=recipe,
            rendition_md5=file.md5,
            rendition_size=file.size,
            made=made,
            format=file.format,
            width=file.sides[0],
            height=file.sides[1],
            made_with=made_with(),
        )

    def to_metadata(self, carried: Mapping[str, str]) -> dict[str, str]:
        """Return the rendition's metadata: this stamp, and the photo's metadata if it fits."""
        mine = {
            ETAG: self.etag,
            MD5: self.md5,
            RECIPE: self.recipe,
            RENDITION_MD5: self.rendition_md5,
            RENDITION_SIZE: str(self.rendition_size),
            MADE: self.made,
            FORMAT: self.format,
            PHOTO_FORMAT: self.photo_format,
            SIDES: f"{self.width}x{self.height}",
            SETTING: self.setting,
            GEOMETRY: self.geometry,
            PICTURE_HASH: self.picture_hash,
            MADE_WITH: self.made_with,
        }
        mine[CHECKSUM] = _checksum(mine)
        theirs = {key: value for key, value in carried.items() if not key.startswith(PREFIX)}
        metadata = theirs | {key: value for key, value in mine.items() if value}
        return metadata if _weight(metadata) <= _MOST_METADATA else mine


class FileFacts(NamedTuple):
    """Facts about a rendition's bytes: their MD5 in hex, size, format and (width, height)."""

    md5: str
    size: int
    format: str
    sides: tuple[int, int]


def stamp_of(rendition: BlobInfo) -> Stamp | None:
    """Return the stamp of a rendition, or None when the blob is foreign.

    A blob is foreign if it has no stamp or a damaged one, or if the digest or the size in the
    listing is not that of the stamp.
    """
    found = rendition.metadata
    try:
        width, height = map(int, found[SIDES].split("x"))
        stamp = Stamp(
            etag=found[ETAG],
            md5=found.get(MD5, ""),
            recipe=found[RECIPE],
            rendition_md5=found[RENDITION_MD5],
            rendition_size=int(found[RENDITION_SIZE]),
            made=found.get(MADE, ""),
            format=found.get(FORMAT, ""),
            width=width,
            height=height,
            setting=found.get(SETTING, ""),
            made_with=found.get(MADE_WITH, ""),
            photo_format=found.get(PHOTO_FORMAT, ""),
            geometry=found.get(GEOMETRY, ""),
            picture_hash=found.get(PICTURE_HASH, ""),
        )
    except (KeyError, ValueError):
        return None
    untouched = rendition.size == stamp.rendition_size and (
        not rendition.md5 or rendition.md5 == stamp.rendition_md5
    )
    return stamp if untouched else None


def hash_text(picture_hash: int | None) -> str:
    """Return the text of a picture's hash: 16 hexadecimal digits, '' for none."""
    return "" if picture_hash is None else f"{picture_hash:016x}"


def geometry(photo: tuple[int, int], photo_turn: int | None, turn: int | None) -> str:
    """Return the photo's sides as stored, its turn and its rendition's as text: '4032x3024 6 1'.

    Turns are EXIF orientations, 1 to 8. '' if one of them is unknown.
    """
    if photo_turn is None or turn is None:
        return ""
    return f"{photo[0]}x{photo[1]} {photo_turn} {turn}"


def has_valid_checksum(found: Mapping[str, str]) -> bool:
    """Return whether no fact of a stamp was changed. Only `verify` checks this."""
    return found.get(CHECKSUM) == _checksum(found)


def has_partial_stamp(found: Mapping[str, str]) -> bool:
    """Whether metadata has at least one key of a stamp."""
    return any(key.startswith(PREFIX) for key in found)


@cache
def made_with() -> str:
    """Return the names and versions of the libraries that make renditions here."""
    libraries = " ".join(f"{name} {version(name)}" for name in ("photo-mirror", "pillow"))
    return f"{libraries}, {KERNEL}"


def _checksum(metadata: Mapping[str, str]) -> str:
    facts = sorted(
        f"{key}={value}"
        for key, value in metadata.items()
        if key.startswith(PREFIX) and key != CHECKSUM and value
    )
    return md5("\n".join(facts).encode()).hexdigest()[:16]


def _weight(metadata: Mapping[str, str]) -> int:
    return sum(len(key) + len(value) for key, value in metadata.items())
