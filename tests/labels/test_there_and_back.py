"""Every form, turn and size: labels land where the geometry says, and come back."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.labels.convert import Frames
from orchestration.labels.formats import open_labels
from orchestration.labels.geometry import Frame, Geometry, Size
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


@st.composite
def labelled(draw: st.DrawFn, form: FormUnderTest) -> tuple[Geometry, Frames, Photo]:
    """Draw a geometry, frames that go with the form, and labels on the rendition."""
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
    if form.has_polygons:
        for polygon in draw(st.lists(POLYGONS, max_size=2)):
            # So that no polygon can be taken for a box and keypoints.
            made.polygons.append(
                [(0.01 + 0.98 * share) * size[at % 2] for at, share in enumerate(polygon)]
            )
    return geometry, Frames(source, draw(st.sampled_from(Frame))), made


def near(found: Photo, expected: Photo, tolerance: float) -> None:
    assert (found.name, found.width, found.height) == (
        expected.name, expected.width, expected.height,
    )  # fmt: skip
    sides = expected.width, expected.height
    for one, other in ((found.boxes, expected.boxes), (found.polygons, expected.polygons)):
        assert len(one) == len(other)
        for flat, flat_too in zip(one, other, strict=True):
            assert len(flat) == len(flat_too)
            for at, (number, number_too) in enumerate(zip(flat, flat_too, strict=True)):
                assert abs(number - number_too) <= tolerance * sides[at % 2]


@FORM
@settings(max_examples=40)
@given(data=st.data())
def test_labels_are_where_the_geometry_says(form: FormUnderTest, data: st.DataObject) -> None:
    geometry, frames, made = data.draw(labelled(form))
    assert frames.source
    assert frames.target
    with TemporaryDirectory() as folder:
        path, out = Path(folder, "in"), Path(folder, "out")
        form.write(path, made)
        summary, findings = converted(path, out, geometry, frames=frames, coordinates=PIXELS)
        there = geometry.to_photo(frames.source, frames.target)
        expected = Photo("a.jpg", *geometry.photo_sides(frames.target))
        expected.boxes = [there.box(*box) for box in made.boxes]
        for polygon in made.polygons:
            pairs = zip(polygon[::2], polygon[1::2], strict=True)
            expected.polygons.append([one for pair in pairs for one in there.point(*pair)])
        near(form.read(out, expected), expected, 1e-9)
    assert [one for one in findings if one.kind == "not mapped"] == []
    assert (summary.photos, summary.mapped, summary.not_mapped) == (1, 1, 0)
    assert summary.labels == len(made.boxes) + len(made.polygons)
    assert summary.outside == 0


@FORM
@settings(max_examples=40)
@given(data=st.data())
def test_labels_come_back(form: FormUnderTest, data: st.DataObject) -> None:
    geometry, frames, made = data.draw(labelled(form))
    with TemporaryDirectory() as folder:
        path, there, back = (Path(folder, name) for name in ("in", "there", "back"))
        form.write(path, made)
        converted(path, there, geometry, Way.TO_RAW, frames, coordinates=PIXELS)
        around = Frames(frames.target, frames.source)
        converted(there, back, geometry, Way.TO_RESIZED, around, coordinates=PIXELS)
        near(form.read(back, made), made, 1e-9)


@FORM
def test_all_but_coordinates_survives(form: FormUnderTest, tmp_path: Path) -> None:
    geometry = Geometry(Size(4032, 3024), 6, Size(1200, 1600), 1)
    made = Photo("a.jpg", 1200, 1600, [(10.5, 20.25, 300, 400)], [[5, 6, 700, 8, 9.5, 1000]])
    if not form.has_polygons:
        made.polygons = []
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
    made = Photo("a.jpg", 60, 40, [(10, 20, 30, 40)], [[5, 6, 7, 8, 9, 10]])
    if not form.has_polygons:
        made.polygons = []
    path, out = tmp_path / "in", tmp_path / "out"
    form.write(path, made)
    converted(path, out, Geometry(Size(60, 40), 1, Size(60, 40), 1))
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
    for file in files:
        other = out if path.is_file() else out / file.relative_to(path)
        assert repr(parsed(other)) == repr(parsed(file))


@FORM
def test_the_form_is_told_by_the_file(form: FormUnderTest, tmp_path: Path) -> None:
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
