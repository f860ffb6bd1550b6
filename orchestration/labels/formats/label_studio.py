"""Label Studio JSON: tasks with results, coordinates in percent of the sides as shown.

Source: the description of regions and predictions in Label Studio's documentation.
"""

from collections.abc import Hashable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from orchestration.labels.document import PHOTO_SUFFIXES, LabelFileError, Labelled, Move
from orchestration.labels.geometry import Frame, Size
from orchestration.labels.json_files import (
    as_before,
    number,
    numbers,
    objects,
    write_json,
)
from orchestration.labels.mapping import TAG, CannotMapError, Mapper

_WHOLE = 100.0
_SIDES = ("original_width", "original_height")
_KINDS = ("annotations", "completions", "predictions", "drafts")
# The shapes that can be drawn, by the keys of their value.
_BOX, _ELLIPSE = ("x", "y", "width", "height"), ("x", "y", "radiusX", "radiusY")


def is_label_studio(found: object) -> bool:
    """Return whether a parsed file has this form."""
    return (
        isinstance(found, list)
        and bool(found)
        and all(isinstance(task, dict) and isinstance(task.get("data"), dict) for task in found)
    )


class LabelStudio:
    """The tasks of a file, parsed. Raises LabelFileError."""

    profile: Frame | None = Frame.SHOWN

    def __init__(self, tasks: Any) -> None:
        if not is_label_studio(tasks):
            raise LabelFileError("it is not a list of tasks with data")
        self._tasks: list[dict[str, Any]] = tasks
        self._keys = [_photo_keys(task) for task in self._tasks]
        self._dropped: set[int] = set()
        self._unclear: dict[Hashable, str] = {}
        self.notes: list[str] = []

    def keep_valid(self) -> None:
        """Keep only the labels that are valid beyond doubt: of each task's one annotation.

        Mapping another task raises CannotMapError. The document must not be saved afterwards.
        """
        for at, task in enumerate(self._tasks):
            found = objects(task.get("annotations") or [], "annotations")
            valid = [one for one in found if not one.get("was_cancelled")]
            if len(valid) != 1:
                self._unclear[at] = (
                    f"it has {len(valid)} annotations, and it is not recorded which one is valid"
                    if valid
                    else "it has no annotation"
                )
            self._tasks[at] = {**task, **dict.fromkeys(_KINDS), "annotations": valid}

    def photos(self) -> Iterator[Labelled]:
        """See Document."""
        for at, (task, keys) in enumerate(zip(self._tasks, self._keys, strict=True)):
            yield Labelled(at, task["data"][keys[0]], _sides(task))

    def map(self, photo: Labelled, move: Move) -> Mapper:
        """See Document."""
        task, keys = self._task(photo)
        if reason := self._unclear.get(photo.key):
            raise CannotMapError(reason)
        mapper = move.in_shares(_WHOLE)
        copies = replace(move, trace=None, mapper=Mapper).in_shares(_WHOLE)
        results = [*_results(task)]
        labelled = {one.get("id") for one in results if _names(one.get("value"))}
        for result in results:
            names = _names(result.get("value"))
            if names or not _is_region(result):
                _map_result(result, move, mapper)
            elif result.get("id") in labelled:  # an answer about a region, which it repeats
                _map_result(result, move, copies)
            else:
                mapper.label("", "region without a class")
                _map_result(result, move, mapper)
        for result in _copies(task):
            _map_result(result, move, copies)
        for key in keys:
            task["data"][key] = move.renamed(task["data"][key])
        return mapper

    def drop(self, photo: Labelled) -> None:
        """See Document."""
        assert isinstance(photo.key, int)  # noqa: S101 -- keys are this class's own
        self._dropped.add(photo.key)

    def save(self, path: Path) -> None:
        """See Document."""
        kept = [task for at, task in enumerate(self._tasks) if at not in self._dropped]
        write_json(path, kept)

    def _task(self, photo: Labelled) -> tuple[dict[str, Any], list[str]]:
        assert isinstance(photo.key, int)  # noqa: S101 -- keys are this class's own
        return self._tasks[photo.key], self._keys[photo.key]


def _photo_keys(task: dict[str, Any]) -> list[str]:
    """Return the keys of a task's data that contain its photo, the longest name first.

    Raises LabelFileError if it has no photo, or two.
    """
    data = task["data"]
    found = [str(key) for key, value in data.items() if _is_photo(value)]
    keys = sorted(found, key=lambda key: -len(unquote(data[key])))
    # Tasks of `photo-mirror manifest` have a URL, and the name at its end.
    if keys and all(unquote(data[keys[0]]).endswith(unquote(data[key])) for key in keys):
        return keys
    raise LabelFileError(
        f"task {task.get('id')!r} has {_photos(keys)} in its data; each task must be of one photo "
        "(videos and lists of photos are not supported)"
    )


def _photos(keys: list[str]) -> str:
    return f"{len(keys)} photos ({', '.join(keys)})" if keys else "no photo"


def _is_photo(value: object) -> bool:
    if not isinstance(value, str):
        return False
    path = value.partition("?")[0] if "?d=" not in value else value
    return f".{path.rpartition('.')[2]}".lower() in PHOTO_SUFFIXES


def _results(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key in _KINDS:
        found = task.get(key) or []
        # An export of annotations names predictions and drafts by their IDs alone.
        if isinstance(found, list):
            found = [one for one in found if type(one) is not int]
        for one in objects(found, key):
            yield from objects(one.get("result") or [], "result")


def _copies(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the results of the predictions that annotations began as: no labels of their own."""
    for one in objects(task.get("annotations") or [], "annotations"):
        if isinstance(began_as := one.get("prediction"), dict):
            yield from objects(began_as.get("result") or [], "result")


def _sides(task: dict[str, Any]) -> Size | None:
    """Return the width and height in a task's results. Raises LabelFileError if they differ."""
    stated = {
        Size(*(number(result[name], name) for name in _SIDES))
        for result in _results(task)
        if all(result.get(name) for name in _SIDES)
    }
    if len(stated) > 1:
        raise LabelFileError(
            f"the results of task {task.get('id')!r} have different sizes for the same photo"
        )
    return next(iter(stated), None)


def _is_region(result: dict[str, Any]) -> bool:
    value = result.get("value")
    return isinstance(value, dict) and ("x" in value or "points" in value)


def _names(value: object) -> str:
    """Return the classes of a region, joined; '' if a value has none."""
    for key, names in value.items() if isinstance(value, dict) else ():
        if key.endswith("labels") and isinstance(names, list):
            return ", ".join(map(str, names))
    return ""


def _map_result(result: dict[str, Any], move: Move, mapper: Mapper) -> None:
    value = result.get("value")
    if not isinstance(value, dict):
        return
    if _names(value):
        mapper.label(_names(value))
    elif not _is_region(result) and isinstance(value.get("choices"), list):
        for choice in value["choices"]:
            mapper.label(str(choice), TAG)
    _map(result, value, mapper)
    if all(result.get(name) for name in _SIDES):
        for name, side in zip(_SIDES, move.mapping.target, strict=True):
            result[name] = as_before(side, result[name])


def _map(result: dict[str, Any], value: dict[str, Any], mapper: Mapper) -> None:
    if result.get("image_rotation"):
        raise CannotMapError("it was rotated in Label Studio (image_rotation)")
    if "rle" in value:
        raise CannotMapError("it has brush masks; export them as polygons or as COCO")
    if "imageDataURL" in value:
        raise CannotMapError("it has bitmasks; export them as COCO")
    if "vertices" in value:
        raise CannotMapError("it has vectors, whose lines may be curves; export them as polygons")
    if "x" not in value and "points" not in value:
        if _names(value) or any(name in result for name in _SIDES):
            raise CannotMapError(f"it has a region of an unsupported type: {result.get('type')!r}")
        return
    if value.get("rotation"):
        raise CannotMapError("it has a rotated region; export it as a polygon")
    if "points" in value:
        _map_points(value, mapper)
    elif all(name in value for name in _BOX):
        left, top, wide, high = (number(value[name], name) for name in _BOX)
        x0, y0, x1, y1 = mapper.box(left, top, left + wide, top + high)
        _put(value, _BOX, (x0, y0, x1 - x0, y1 - y0), mapper)
    elif all(name in value for name in _ELLIPSE):
        x, y, across, down = (number(value[name], name) for name in _ELLIPSE)
        x0, y0, x1, y1 = mapper.box(x - across, y - down, x + across, y + down)
        made = (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2
        _put(value, _ELLIPSE, made, mapper)
    elif "keypoint" in str(result.get("type")) and "y" in value:
        point = mapper.points([number(value[name], name) for name in ("x", "y")])
        _put(value, ("x", "y"), point, mapper)
    else:
        raise CannotMapError(f"it has a region of an unsupported type: {result.get('type')!r}")


def _map_points(value: dict[str, Any], mapper: Mapper) -> None:
    points = value["points"]
    if not isinstance(points, list):
        raise LabelFileError("points is not a list")
    if all(isinstance(point, dict) for point in points):
        raise CannotMapError("it has curves; export them as polygons")
    flat = [one for point in points for one in numbers(point, "a point", 2)]
    made = mapper.points(flat)
    value["points"] = [list(pair) for pair in zip(made[::2], made[1::2], strict=True)]


def _put(
    value: dict[str, Any],
    names: tuple[str, ...],
    made: tuple[float, ...] | list[float],
    mapper: Mapper,
) -> None:
    if not mapper.mapping.is_identity:
        value.update(zip(names, made, strict=True))
