"""Photos of one scene have hashes that are near, whatever was done to their bytes."""

from io import BytesIO
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from resize_core import ByteBudget, Options, hash_file, near_pairs, shrink
from tests.resize_core.sample_files import DRONE, NAMES, picture, sample, saved

SCENE = Image.open(BytesIO(DRONE)).convert("RGB")


def bits(one: int | None, other: int | None) -> int:
    assert one is not None
    assert other is not None
    return (one ^ other).bit_count()


def stored(image: Image.Image, **options: Any) -> bytes:
    return saved(image, "JPEG", **({"quality": 92} | options))


def turned(turn: int) -> bytes:
    """The scene stored so that a viewer that turns it shows it upright."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    block = Image.Exif()
    block[0x0112] = turn
    image = SCENE.transpose(undo[turn]) if turn > 1 else SCENE
    return stored(image, exif=block.tobytes())


CHANGED = {
    "half": SCENE.resize((320, 240)),
    "an eighth": SCENE.resize((80, 60)),
    "brighter": ImageEnhance.Brightness(SCENE).enhance(1.3),
    "darker": ImageEnhance.Brightness(SCENE).enhance(0.7),
    "more contrast": ImageEnhance.Contrast(SCENE).enhance(1.3),
    "shifted": SCENE.crop((6, 0, 640, 475)),
}


@pytest.mark.parametrize("how", CHANGED)
def test_size_light_and_a_small_shift_hardly_change_it(how: str) -> None:
    assert bits(hash_file(stored(CHANGED[how])), hash_file(stored(SCENE))) <= 6


@pytest.mark.parametrize("quality", [30, 60])
def test_compression_hardly_changes_it(quality: int) -> None:
    assert bits(hash_file(stored(SCENE, quality=quality)), hash_file(stored(SCENE))) <= 2


@pytest.mark.parametrize("turn", range(1, 9))
def test_it_is_that_of_what_is_shown_by_coefficients_too(turn: int) -> None:
    data = turned(turn)
    assert bits(hash_file(data), hash_file(stored(SCENE))) <= 2
    for options in (Options(), Options(orientation="upright")):
        made = shrink(data, ByteBudget(len(data) // 2), options)
        assert bits(made.picture_hash, hash_file(data)) <= 2


def test_other_scenes_are_far_and_flat_ones_have_none() -> None:
    pieces = [SCENE.crop((x, y, x + 320, y + 240)) for x in (0, 320) for y in (0, 240)]
    for one, other in combinations(pieces, 2):
        assert bits(hash_file(stored(one)), hash_file(stored(other))) > 12
    assert hash_file(stored(Image.new("RGB", (640, 480), "white"))) is None
    assert hash_file(b"no photo" * 9) is None


@pytest.mark.parametrize("name", NAMES)
def test_every_format_and_mode_has_one_or_none_and_raises_nothing(name: str) -> None:
    found = hash_file(sample(name))
    whole = hash_file(saved(picture(), "PNG"))
    if found is not None and "drone" not in name and "bilevel" not in name:
        turned_one = {"jpeg turned, with profile", "png", "webp", "tiff"}
        assert name in turned_one or bits(found, whole) <= 12


def test_what_passes_through_has_none_and_what_is_decoded_has_one() -> None:
    assert shrink(sample("png rgba"), ByteBudget(10**7)).picture_hash is None
    for name in ("png rgba", "webp", "jpeg"):
        made = shrink(sample(name), ByteBudget(len(sample(name)) // 2))
        assert made.picture_hash is not None


@pytest.mark.parametrize("farthest", [0, 1, 3, 4, 6, 8, 11])
def test_near_pairs_are_those_that_comparing_all_finds(farthest: int) -> None:
    chance = np.random.default_rng(farthest)
    hashes = [int(value) for value in chance.integers(0, 2**63, 30)] + [2**64 - 1]
    for value in hashes[:31]:
        for _ in range(5):
            near = value
            for bit in chance.choice(64, chance.integers(0, farthest + 3), replace=False):
                near ^= 1 << int(bit)
            hashes.append(near)
    places = {value: at for at, value in reversed([*enumerate(hashes)])}
    want = {
        (*sorted((one, other)), (hashes[one] ^ hashes[other]).bit_count())
        for one, other in combinations(sorted(places.values()), 2)
        if (hashes[one] ^ hashes[other]).bit_count() <= farthest
    }
    equal = {(places[v], at, 0) for at, v in enumerate(hashes) if places[v] != at}
    found = [*near_pairs(hashes, farthest)]
    assert len(found) == len({*found})
    assert {*found} == want | equal


def test_without_hashes_there_are_no_pairs_and_large_distances_fail() -> None:
    assert [*near_pairs([], 6)] == []
    with pytest.raises(ValueError, match="0 to 11"):
        [*near_pairs([1, 2], 12)]
