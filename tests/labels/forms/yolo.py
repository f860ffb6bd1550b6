"""YOLO folders, written and read by tests."""

from pathlib import Path

from tests.labels.forms.photo import Photo, scaled, triples


def write_yolo(path: Path, photo: Photo) -> None:
    (path / "labels").mkdir(parents=True)
    (path / "data.yaml").write_text(_data(photo))
    (path / "notes.json").write_text('{"mine": 1}')
    lines = []
    for left, top, right, bottom in photo.boxes:
        numbers = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
        lines.append([0, *scaled(numbers, 1 / photo.width, 1 / photo.height)])
    # Where there are keypoints, each label has them behind its box.
    for line, points in zip(lines, photo.keypoints, strict=False):
        for x, y, seen in triples(points):
            line += [x / photo.width, y / photo.height, seen]
    lines += [[1, *scaled(one, 1 / photo.width, 1 / photo.height)] for one in photo.polygons]
    stem = photo.name.rpartition(".")[0]
    text = "".join(" ".join(map(repr, line)) + "\n" for line in lines)
    (path / "labels" / f"{stem}.txt").write_text(text)


def _data(photo: Photo) -> str:
    shape = f"kpt_shape: [{len(photo.keypoints[0]) // 3}, 3]\n" if photo.keypoints else ""
    return f"names: [boat, tree]\n{shape}# mine\n"


def read_yolo(path: Path, sides: Photo) -> Photo:
    data = (path / "data.yaml").read_text()
    assert (path / "notes.json").read_text() == '{"mine": 1}'
    (file,) = (path / "labels").glob("*.txt")
    made = Photo(f"{file.stem}.jpg", sides.width, sides.height)
    for line in file.read_text().splitlines():
        kind, *words = line.split()
        numbers = [*map(float, words)]
        if "kpt_shape" in data:
            points = triples(numbers[4:])
            made.keypoints.append(
                [one for x, y, seen in points for one in (x * sides.width, y * sides.height, seen)]
            )
            numbers = numbers[:4]
        flat = scaled(numbers, sides.width, sides.height)
        if kind == "0":
            x, y, wide, high = flat
            made.boxes.append((x - wide / 2, y - high / 2, x + wide / 2, y + high / 2))
        else:
            made.polygons.append(flat)
    return made
