"""Every form, turn and size: labels are mapped by the geometry, and back."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.labels.convert import Frames
from orchestration.labels.formats import TITLES, open_labels
from orchestration.labels.geometry import Frame, Geometry, Mapping, Size
from orchestration.labels.options import Coordinates, Options
from orchestration.labels.pairs import Way
from tests.labels.forms import FORMS, FormUnderTest, Photo
from tests.labels.mapping_files import converted

SIDES = st.integers(8, 20_000)
TURNS = st.integers(1, 8)
GEOMETRIES = st.builds(
    Geometry, st.builds(Size, SIDES, SIDES), TURNS, st.builds(Size, SIDES, SIDES), TURNS
)
SHARE = st.floats(0.0, 1.0)
BOXES = st.tuples(SHARE, SHARE, SHARE, SHARE).map(
    lambda four: (*map(min, four[:2], four[2:]), *map(max, four[:2], four[2:]))
)
POLYGONS = st.lists(SHARE, min_size=6, max_size=12).filter(lambda flat: not len(flat) % 2)
# Said, because boxes within the first pixel look like shares of the sides.
PIXELS = Coordinates.PIXELS
FORM = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
KINDS = ("boxes", "polygons", "keypoints", "masks")
# Of every form and kind of label: mapped, refused by name, or nothing that the form can hold.
TABLE = {
    "coco":          ("mapped", "mapped",  "mapped", "mapped"),
    "yolo":          ("mapped", "mapped",  "mapped", "none"),
    "azureml":       ("mapped", "mapped",  "none",   "none"),
    "cvat":          ("mapped", "mapped",  "mapped", "mapped"),
    "label-studio":  ("mapped", "mapped",  "mapped", "refused"),
    "voc":           ("mapped", "refused", "none",   "none"),
    "labelme":       ("mapped", "mapped",  "mapped", "refused"),
    "custom-vision": ("mapped", "none",    "none",   "none"),
}  # fmt: skip
CELLS = {
    (form, kind): what for form, row in TABLE.items() for kind, what in zip(KINDS, row, strict=True)
}
# What makes a written file one with such a label, and what is said of it.
REFUSED = {
    ("label-studio", "masks"): ('"choices": ["sunny"]', '"rle": [1]', "brush masks"),
    ("labelme", "masks"): ('"shape_type": "polygon"', '"shape_type": "mask"', "masks"),
    ("voc", "polygons"): ("<pose>Left</pose>", "<polygon/>", "<polygon>, but only boxes"),
}
BY_NAME = {form.name: form for form in FORMS}
POINTS = [cell for cell, what in CELLS.items() if what == "mapped" and cell[1] != "masks"]
POINTS_OF = pytest.mark.parametrize(("name", "kind"), POINTS, ids=["-".join(one) for one in POINTS])


def test_the_table_has_every_form_and_what_it_holds() -> None:
    assert list(TABLE) == list(TITLES)
    assert {cell for cell, what in CELLS.items() if what == "refused"} == REFUSED.keys()
    for name, form in BY_NAME.items():
        mapped = {kind for kind in KINDS if CELLS[name, kind] == "mapped"}
        assert form.kinds == mapped


@st.composite
def labelled(draw: st.DrawFn, form: FormUnderTest, kind: str) -> tuple[Geometry, Frames, Photo]:
    """Draw a geometry, frames that go with the form, and labels of a kind on the rendition."""
    geometry = draw(GEOMETRIES)
    source = draw(st.sampled_from(Frame))
    sides = geometry.rendition_sides(source)
    made = Photo("a.jpg", *sides)
    size = sides.width, sides.height
    for box in draw(st.lists(BOXES, min_size=1, max_size=3)):
        left, top, right, bottom = (share * size[at % 2] for at, share in enumerate(box))
        if right - left > 1 and bottom - top > 1:
            made.boxes.append((left, top, right, bottom))
    made.boxes.append((size[0] / 4, size[1] / 5, size[0] - 1, size[1] / 2))
    if kind == "polygons":
        for polygon in draw(st.lists(POLYGONS, min_size=1, max_size=2)):
            # So that no polygon can be taken for a box and keypoints.
            made.polygons.append(
                [(0.01 + 0.98 * share) * size[at % 2] for at, share in enumerate(polygon)]
            )
    if kind == "keypoints":
        many = draw(st.integers(1, 4))
        # Three zeros are no keypoint, which a test of its own is about; turns move any corner to 0.
        points = (
            st.tuples(SHARE, SHARE, st.sampled_from(form.visibilities))
            .filter(lambda point: point[2] or not {0.0, 1.0} >= {*point[:2]})
            .map(lambda point: [point[0] * size[0], point[1] * size[1], point[2]])
        )
        for _ in made.boxes:
            found = draw(st.lists(points, min_size=many, max_size=many))
            made.keypoints.append([number for point in found for number in point])
    return geometry, Frames(source, draw(st.sampled_from(Frame))), made


def near(found: Photo, expected: Photo, tolerance: float) -> None:
    assert (found.name, found.width, found.height) == (
        expected.name, expected.width, expected.height,
    )  # fmt: skip
    # A visibility is no coordinate, and stays.
    step = {"boxes": 2, "polygons": 2, "keypoints": 3}
    sides = expected.width, expected.height, 0
    for kind, many in step.items():
        one, other = getattr(found, kind), getattr(expected, kind)
        assert len(one) == len(other)
        for flat, flat_too in zip(one, other, strict=True):
            assert len(flat) == len(flat_too)
            for at, (number, number_too) in enumerate(zip(flat, flat_too, strict=True)):
                assert abs(number - number_too) <= tolerance * sides[at % many]


def through(there: Mapping, labels: Photo, size: Size) -> Photo:
    """Return labels as a mapping has them."""
    made = Photo(labels.name, *size)
    made.boxes = [there.box(*box) for box in labels.boxes]
    for polygon in labels.polygons:
        pairs = zip(polygon[::2], polygon[1::2], strict=True)
        made.polygons.append([one for pair in pairs for one in there.point(*pair)])
    for points in labels.keypoints:
        made.keypoints.append([])
        for x, y, seen in zip(points[::3], points[1::3], points[2::3], strict=True):
            made.keypoints[-1] += [*there.point(x, y), seen]
    return made


@POINTS_OF
@settings(max_examples=30)
@given(data=st.data())
def test_labels_are_where_the_geometry_says(name: str, kind: str, data: st.DataObject) -> None:
    form = BY_NAME[name]
    geometry, frames, made = data.draw(labelled(form, kind))
    assert frames.source
    assert frames.target
    with TemporaryDirectory() as folder:
        path, out = Path(folder, "in"), Path(folder, "out")
        form.write(path, made)
        summary, findings = converted(path, out, geometry, frames=frames, coordinates=PIXELS)
        there = geometry.to_photo(frames.source, frames.target)
        expected = through(there, made, geometry.photo_sides(frames.target))
        near(form.read(out, expected), expected, 1e-9)
    assert [one for one in findings if one.kind == "not mapped"] == []
    assert (summary.photos, summary.mapped, summary.not_mapped) == (1, 1, 0)
    assert summary.outside == 0


@POINTS_OF
@settings(max_examples=30)
@given(data=st.data())
def test_labels_come_back(name: str, kind: str, data: st.DataObject) -> None:
    form = BY_NAME[name]
    geometry, frames, made = data.draw(labelled(form, kind))
    with TemporaryDirectory() as folder:
        path, there, back = (Path(folder, name) for name in ("in", "there", "back"))
        form.write(path, made)
        converted(path, there, geometry, Way.TO_RAW, frames, coordinates=PIXELS)
        around = Frames(frames.target, frames.source)
        converted(there, back, geometry, Way.TO_RESIZED, around, coordinates=PIXELS)
        near(form.read(back, made), made, 1e-9)


@pytest.mark.parametrize("name", ["coco", "yolo"])
def test_a_keypoint_of_three_zeros_is_none_and_stays(name: str, tmp_path: Path) -> None:
    form, made = BY_NAME[name], Photo("a.jpg", 40, 30, [(10, 5, 30, 20)])
    made.keypoints = [[0, 0, 0, 10, 6, 2, 0, 0, 1]]
    form.write(tmp_path / "in", made)
    upside_down = Geometry(Size(80, 60), 3, Size(40, 30), 1)
    converted(
        tmp_path / "in", tmp_path / "out", upside_down, frames=Frames(Frame.SHOWN, Frame.STORED)
    )
    (found,) = form.read(tmp_path / "out", Photo("a.jpg", 80, 60)).keypoints
    assert found == pytest.approx([0, 0, 0, 60, 48, 2, 80, 60, 1])


@pytest.mark.parametrize(("name", "kind"), REFUSED, ids=["-".join(one) for one in REFUSED])
def test_what_a_form_holds_and_is_not_mapped_is_refused(
    name: str, kind: str, tmp_path: Path
) -> None:
    form, (part, instead, reason) = BY_NAME[name], REFUSED[name, kind]
    polygons = [[5.0, 6.0, 700.0, 8.0, 9.5, 1000.0]] if form.has_polygons else []
    form.write(tmp_path / "in", Photo("a.jpg", 750, 1000, [(10, 20, 30, 40)], polygons))
    text = (tmp_path / "in").read_text()
    assert part in text
    (tmp_path / "in").write_text(text.replace(part, instead))
    geometry = Geometry(Size(4000, 3000), 6, Size(1000, 750), 6)
    summary, (finding,) = converted(tmp_path / "in", tmp_path / "out", geometry, frames=Frame.SHOWN)
    assert (summary.not_mapped, finding.kind) == (1, "not mapped")
    assert reason in finding.reason


def labels_of_all_kinds(form: FormUnderTest, width: int, height: int) -> Photo:
    """Labels of each kind that a form has; YOLO has keypoints in folders of their own."""
    made = Photo("a.jpg", width, height, [(10.5, 20.25, 30, 40)])
    if form.has_polygons:
        made.polygons = [[5, 6, 50, 8, 9.5, 39]]
    if "keypoints" in form.kinds and not form.is_folder:
        made.keypoints = [[7.5, 8, 2, 0, 0, 0][: 3 * len(form.visibilities[:2])]]
    if "masks" in form.kinds:
        mask = np.zeros((height, width), bool)
        mask[3:9, 20:31] = True
        made.masks = [mask, mask.copy()]
    return made


@FORM
def test_all_but_coordinates_survives(form: FormUnderTest, tmp_path: Path) -> None:
    geometry = Geometry(Size(4032, 3024), 6, Size(1200, 1600), 1)
    made = labels_of_all_kinds(form, 1200, 1600)
    path, out = tmp_path / "in", tmp_path / "out"
    form.write(path, made)
    converted(path, out, geometry)
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
    for file in files:
        other = out if path.is_file() else out / file.relative_to(path)
        before, after = parsed(file), parsed(other)
        assert without(after, form.coordinates) == without(before, form.coordinates)
        if form.coordinates:
            assert after != before


@FORM
def test_what_maps_onto_itself_is_left_as_it_was(form: FormUnderTest, tmp_path: Path) -> None:
    made = labels_of_all_kinds(form, 60, 40)
    path, out = tmp_path / "in", tmp_path / "out"
    form.write(path, made)
    converted(path, out, Geometry(Size(60, 40), 1, Size(60, 40), 1))
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
    for file in files:
        other = out if path.is_file() else out / file.relative_to(path)
        assert repr(parsed(other)) == repr(parsed(file))


@FORM
def test_the_form_is_detected_from_the_file(form: FormUnderTest, tmp_path: Path) -> None:
    path = tmp_path / "in"
    form.write(path, Photo("a.jpg", 60, 40, [(10, 20, 30, 40)]))
    assert open_labels(path, Options())[0] == form.name


def parsed(path: Path) -> Any:
    """Parse a file into lists and dictionaries."""
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("<"):
        target = ET.TreeBuilder(insert_comments=True)
        return element(ET.fromstring(text, ET.XMLParser(target=target)))
    try:
        return [json.loads(line) for line in text.splitlines() if line]
    except ValueError:
        pass
    try:
        return json.loads(text)
    except ValueError:
        return text.splitlines() if path.suffix != ".txt" else len(text.splitlines())


def element(one: ET.Element) -> dict[str, Any]:
    tag = one.tag if isinstance(one.tag, str) else "comment"
    text = (one.text or "").strip()
    return {"tag": tag, **one.attrib, f"text of {tag}": text, "below": [*map(element, one)]}


def without(found: Any, keys: frozenset[str]) -> Any:
    """Return a parsed file without what these keys hold."""
    if isinstance(found, dict):
        left = {
            key: value for key, value in found.items() if key.removeprefix("text of ") not in keys
        }
        return {key: without(value, keys) for key, value in left.items()}
    return [without(one, keys) for one in found] if isinstance(found, list) else found
