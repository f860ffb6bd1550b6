"""Which photo a name in a label file stands for, and when that is refused."""

import pytest

from orchestration.labels.document import Labelled
from orchestration.labels.names import NameIndex, renamed
from orchestration.labels.pairs import Unknown


def meant(written: str, names: list[str], prefix: str = "", *, has_suffix: bool = True) -> object:
    index = NameIndex([Labelled(0, written, None, has_suffix)], prefix)
    for name in names:
        index.add(name)
    ((_, found),) = index.meant()
    return found.reason if isinstance(found, Unknown) else found


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("2024/a.jpg", "2024/a.jpg"),
        ("a.jpg", "2024/a.jpg"),
        ("images/2024/a.jpg", "2024/a.jpg"),
        ("images\\2024\\a.jpg", "2024/a.jpg"),
        ("./2024/a.jpg", "2024/a.jpg"),
        ("/2024/a.jpg", "2024/a.jpg"),
        ("https://x.blob.core.windows.net/c/p/2024/a%20b.jpg?sv=1", "2024/a b.jpg"),
        ("azure-blob://c/2024/a.jpg", "2024/a.jpg"),
        ("AmlDatastore://store/c/2024/a.jpg", "2024/a.jpg"),
        ("azureml://subscriptions/s/datastores/d/paths/2024/%C3%A4.jpg", "2024/ä.jpg"),
        ("/data/local-files/?d=photos/2024/a.jpg", "2024/a.jpg"),
        ("/data/upload/3/0123abcd-a.jpg", "2024/a.jpg"),
        ("/data/upload/3/0123abcd-a%20b.jpg", "2024/a b.jpg"),
        ("train/a_jpg.rf.0123456789abcdef0123456789abcdef.jpg", "2024/a.jpg"),
        ("100%.jpg", "100%.jpg"),
        ("0123abcd-a.jpg", "0123abcd-a.jpg"),
        ("../images/2024/a.jpg", "2024/a.jpg"),
        ("..\\images\\2024\\a.jpg", "2024/images/2024/a.jpg"),
        ("2024/a", "2024/a.jpg"),
        ("a.v1", "2024/a.v1.PNG"),
        ("2024/u\u0308.jpg", "2024/\u00fc.jpg"),
        ("\u00fc.jpg", "2024/u\u0308.jpg"),
        ("u%CC%88.jpg", "2024/\u00fc.jpg"),
    ],
)
def test_names_are_found(written: str, name: str) -> None:
    assert meant(written, ["z/other.jpg", name, "z/zz.jpg"]) == name


def test_a_whole_name_comes_before_one_that_ends_so() -> None:
    assert meant("a.jpg", ["2024/a.jpg", "a.jpg"]) == "a.jpg"


def test_a_name_that_may_be_two_photos_is_refused_with_both() -> None:
    reason = meant("a.jpg", ["2023/a.jpg", "2024/a.jpg"])
    assert "'2023/a.jpg', '2024/a.jpg'" in str(reason)
    assert "--folder" in str(reason)
    assert "--prefix" in str(reason)


def test_a_name_spelled_alike_comes_before_one_with_other_accents() -> None:
    assert meant("\u00fc.jpg", ["1/u\u0308.jpg", "2/\u00fc.jpg"]) == "2/\u00fc.jpg"
    reason = meant("u\u0308.jpg", ["1/\u00fc.jpg", "2/\u00fc.jpg"])
    assert "it may be" in str(reason)


def test_a_name_is_renamed_in_its_own_spelling_of_accents() -> None:
    rendition, photo = "u\u0308.heic.jpg", "u\u0308.heic"
    assert renamed("x/\u00fc.heic.jpg", before=rendition, after=photo) == "x/\u00fc.heic"


def test_a_name_is_found_only_in_its_own_letter_case() -> None:
    assert "matches no photo" in str(meant("A.jpg", ["a.jpg"]))


def test_a_name_that_is_none_is_refused() -> None:
    assert "matches no photo in the container" in str(meant("b.jpg", ["a.jpg", "xb.jpg"]))


def test_a_foreign_folder_needs_its_prefix_said() -> None:
    assert "--prefix" in str(meant("train/x/a.jpg", ["2024/a.jpg"]))
    assert meant("train/x/a.jpg", ["2024/a.jpg"], "train/x/") == "2024/a.jpg"


@pytest.mark.parametrize(
    ("written", "name"), [("2024/a", "2024/a.jpg"), ("a.heic", "2024/a.heic.jpg"), ("a", "a.JPG")]
)
def test_a_name_without_suffix_is_found(written: str, name: str) -> None:
    assert meant(written, ["z.jpg", name], has_suffix=False) == name


def test_a_name_without_suffix_that_may_be_two_is_refused() -> None:
    assert "it may be" in str(meant("a", ["a.jpg", "a.png"], has_suffix=False))


def test_a_name_that_is_listed_again_is_still_one_photo() -> None:
    assert meant("1.jpg", ["a/1.jpg", "b/2.jpg", "a/1.jpg"]) == "a/1.jpg"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x/a b.heic.jpg", "x/a b.heic"),
        ("images\\a b.heic.jpg", "images\\a b.heic"),
        ("https://h/c/x/a%20b.heic.jpg?sv=1", "https://h/c/x/a%20b.heic?sv=1"),
        ("0123abcd-a b.heic.jpg", "0123abcd-a b.heic"),
        ("a b.heic", "a b"),
    ],
)
def test_a_photo_of_another_name_is_called_by_it(name: str, expected: str) -> None:
    assert renamed(name, before="x/a b.heic.jpg", after="x/a b.heic") == expected


def test_a_photo_of_the_same_name_is_called_as_it_was() -> None:
    assert renamed("weird", before="a.jpg", after="a.jpg") == "weird"
