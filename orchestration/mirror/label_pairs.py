"""Find the photos and renditions that a label file names, and how their pixels correspond."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from orchestration.labels.document import Labelled
from orchestration.labels.names import NameIndex
from orchestration.labels.pairs import Pair, Unknown, Way
from orchestration.mirror.decide.classify import State, Verdict, same_bytes, why_not_replaceable
from orchestration.mirror.ledger.refusals import recorded
from orchestration.mirror.mirror import Mirror, in_known_order
from orchestration.mirror.partition_keys import Folder, folder_of
from orchestration.mirror.picture_geometry import NoGeometryError, geometry_of
from orchestration.mirror.stamp import stamp_of

# Reading heads mostly waits for the network.
_READERS = 16


@dataclass(frozen=True, slots=True)
class LabelSearch:
    """Which photos of a mirror are considered: those in `folders`, or all for None.

    `prefix` is what the label file has before their names. With `even_if_changed`, a photo that
    changed after its rendition was made is accepted if its sides and its turn stayed the same.
    """

    way: Way
    folders: Iterable[Folder] | None = None
    prefix: str = ""
    even_if_changed: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """For each name of a label file its photo and rendition, or the reason why there are none.

    `photos` is the number of photos in the containers, without ignored ones.
    """

    pairs: dict[str, Pair | Unknown]
    photos: int


def find_pairs(mirror: Mirror, photos: Iterable[Labelled], search: LabelSearch) -> Found:
    """Find the photo and the rendition of each name of a label file.

    Lists both containers. If a stamp does not record how the two correspond, the heads of both
    files are read.

    Raises StoreUnavailableError, and never OutOfOrderError.
    """
    index = NameIndex(photos, search.prefix)
    ((rows, listed),) = in_known_order(mirror, lambda going: [_rows(going, index, search)])
    meant = dict(index.meant())
    wanted = {name: rows[name] for name in meant.values() if isinstance(name, str)}
    refused = _Refused(mirror)
    with ThreadPoolExecutor(_READERS) as readers:
        found = readers.map(lambda row: _pair(mirror, row, search, refused), wanted.values())
        pairs = dict(zip(wanted, found, strict=True))
    found_for = {
        written: name if isinstance(name, Unknown) else pairs[name]
        for written, name in meant.items()
    }
    return Found(found_for, listed)


class _Refused:
    """The reasons of the ledger's refusals, read folder by folder when they are needed."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._read: dict[Folder, dict[str, str]] = {}

    def reason(self, photo: str) -> str:
        """Return why a photo is refused."""
        folder = folder_of(photo, self._mirror.depth)
        if folder not in self._read:
            records = recorded(self._mirror.ledger, folder)
            self._read[folder] = {one.name: one.reason for one in records}
        return self._read[folder].get(photo, "see photo-mirror refused")


def _rows(mirror: Mirror, index: NameIndex, search: LabelSearch) -> tuple[dict[str, Verdict], int]:
    """List the containers; return the rows of the names considered, and the number of all photos.

    Ignored photos are not counted.
    """
    rows: dict[str, Verdict] = {}
    photos = 0
    for verdict in mirror.verdicts_of(search.folders):
        photos += verdict.photo is not None and verdict.state is not State.IGNORED
        name = _name_at(mirror, verdict, search.way)
        if name in rows:
            rows[name] = _of_two(rows[name], verdict)
        elif name and index.add(name):
            rows[name] = verdict
    return rows, photos


def _of_two(one: Verdict, other: Verdict) -> Verdict:
    """Of two photos for one rendition's name, choose the one that the rendition was made from."""
    stamp = stamp_of(one.rendition) if one.rendition is not None else None
    if stamp is None or other.photo is None or not same_bytes(other.photo, stamp):
        return one
    return one._replace(photo=other.photo)


def _name_at(mirror: Mirror, verdict: Verdict, way: Way) -> str:
    """Return the name that labels use for a photo; '' for one that has none."""
    if verdict.name.endswith("/"):
        return ""
    if way is Way.TO_RAW:
        return mirror.sort_name(verdict)
    return verdict.photo.name if verdict.photo is not None else _photo_of(mirror, verdict.name)


def _photo_of(mirror: Mirror, rendition: str) -> str:
    """Return the name of the photo of an orphan, derived from the orphan's name."""
    return (rendition, *mirror.recipe.naming.photos_of(rendition))[-1]


def _pair(
    mirror: Mirror, verdict: Verdict, search: LabelSearch, refused: _Refused
) -> Pair | Unknown:
    photo, rendition = verdict.photo, verdict.rendition
    stamp = stamp_of(rendition) if rendition is not None else None
    if rendition is None or stamp is None:
        return Unknown(_why_there_is_none(verdict, refused))
    name = photo.name if photo is not None else _photo_of(mirror, rendition.name)
    changed = photo is not None and not same_bytes(photo, stamp)
    if changed and not search.even_if_changed:
        return Unknown(
            f"{name!r} changed after its rendition was made; run the mirror and label it again, or "
            "set --even-if-changed if the new photo has the same size and rotation",
            has_changed=True,
        )
    try:
        geometry = geometry_of(mirror, photo, rendition, stamp)
    except NoGeometryError as error:
        return Unknown(str(error), has_changed=changed)
    return Pair(name, rendition.name, geometry, is_gone=photo is None)


def _why_there_is_none(verdict: Verdict, refused: _Refused) -> str:
    """Return why a name has no rendition."""
    photo, rendition = verdict.photo, verdict.rendition
    match verdict.state:
        case State.REFUSED if photo is not None:
            return f"its photo is refused: {refused.reason(photo.name)}"
        case State.IGNORED:
            return "it is ignored by PHOTO_MIRROR_INCLUDE and PHOTO_MIRROR_EXCLUDE"
        case State.UNREADABLE:
            denied = [row.denied for row in (photo, rendition) if row is not None and row.denied]
            return f"it cannot be read now: {'; '.join(denied)}"
        case State.BLOCKED | State.FOREIGN:
            held = why_not_replaceable(rendition) if rendition is not None else ""
            why = held or "the file with its name was not created by photo-mirror"
            return f"it has no rendition: {why}; see photo-mirror adopt"
    return "it has no rendition yet; run photo-mirror first"
