"""The photos a newcomer tries the project with."""

import hashlib
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from orchestration.cli import main
from orchestration.sample_photos import make_samples
from resize_core import TruncatedError, probe


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("samples")
    make_samples(folder)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}


def test_a_dozen_photos_of_every_kind_a_newcomer_should_see(photos: dict[str, bytes]) -> None:
    assert len(photos) == 12
    assert {name.rpartition("/")[0] for name in photos} == {
        "2024/site-a",
        "2024/site-b",
        "2025/site-a",
    }
    assert 5 <= sum(len(data) > 6_000_000 for data in photos.values()) <= 9
    formats = {name: probe(data).format.name for name, data in photos.items()}
    assert [name for name in formats if formats[name] == "PNG"] != []
    lying = [n for n in formats if formats[n] == "PNG" and n.endswith(".jpg")]
    assert lying == ["2024/site-b/IMG_0004.jpg"]
    cut = photos["2024/site-a/IMG_0004.jpg"]
    row = probe(cut).format
    with pytest.raises(TruncatedError):
        row.check_whole(row.parse(cut))


def test_they_carry_what_a_camera_writes_and_not_where_it_was(photos: dict[str, bytes]) -> None:
    turned = Image.open(BytesIO(photos["2024/site-a/IMG_0002.jpg"])).getexif()
    assert turned[0x0112] == 6
    assert turned.get_ifd(0x8769)[0xA002] == 4000
    assert all(0x8825 not in Image.open(BytesIO(data)).getexif() for data in photos.values())


def test_they_are_made_alike_every_time_and_once(tmp_path: Path, photos: dict[str, bytes]) -> None:
    kept = tmp_path / "2024/site-a/IMG_0001.jpg"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"mine")
    make_samples(tmp_path)
    assert kept.read_bytes() == b"mine"
    again = {p.relative_to(tmp_path).as_posix(): p.read_bytes() for p in tmp_path.rglob("*.*")}
    del again["2024/site-a/IMG_0001.jpg"]
    digests = [
        {name: hashlib.md5(data).hexdigest() for name, data in some.items() if name in again}
        for some in (photos, again)
    ]
    assert digests[0] == digests[1]


def test_a_folder_that_cannot_be_made_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"theirs")
    for place, code in ((tmp_path / "file", 2), (tmp_path / "file" / "below", 3)):
        ended = CliRunner().invoke(main, ["samples", str(place)])
        assert ended.exit_code == code, ended.output
        assert str(place) in ended.output
    assert (tmp_path / "file").read_bytes() == b"theirs"
