"""What every store promises, as tests: subclass `StoreContract` and say how to make a place."""

import itertools
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.blobs.base import BlobInfo, Overwrites, Properties, Source, Store, order
from orchestration.blobs.errors import (
    CannotCopyError,
    CorruptError,
    ForeignError,
    StaleError,
    UnaddressableError,
)

JPEG = Properties(content_type="image/jpeg", metadata={"photo_mirror_etag": "0x1", "site": "a"})
RICH = Properties(
    content_type="image/png",
    content_disposition='inline; filename="a.png"',
    content_language="pt-BR",
    cache_control="max-age=60",
    metadata={"photo_mirror_recipe": "r1"},
)
NAMES = [
    "a",
    "a b.jpg",
    "%",
    "%2F",
    "%zz%2e%2e",
    "what?#it=1&+;,@!$'()[]{}~^`|\".jpg",
    "r\N{LATIN SMALL LETTER E WITH ACUTE}.jpg",
    "re\N{COMBINING ACUTE ACCENT}.jpg",
    "日本/\N{GRINNING FACE}.jpg",
    "zero\N{ZERO WIDTH SPACE}width",
    "CON",
    "a:b*c",
    ".hidden/.jpg",
    "Case/x",
    "case/x",
    "/".join("d" * 30),
    "s" * 255,
]
SURROGATES = ["\uffee", "\U0001f600", "\ue000", "z", "\U00010000/\ufffd1", "\ud7ff"]


@dataclass(frozen=True)
class Place:
    """One place, opened three ways."""

    store: Store
    source: Source
    ledger: Overwrites


class StoreContract:
    """Every promise of base.py."""

    legal: tuple[str, ...] = ()
    unaddressable: tuple[str, ...] = ("", "lone\ud800surrogate")
    knows_md5_of_others: bool = True
    keeps_types_of_others: bool = True

    def new(self, folder: Path) -> Place:
        """Make a fresh, empty place, in the folder if it needs one."""
        raise NotImplementedError

    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return self.new(tmp_path / "place")

    @pytest.fixture
    def other(self, tmp_path: Path) -> Place:
        return self.new(tmp_path / "other")

    # Lists

    def test_an_empty_place_lists_nothing(self, place: Place) -> None:
        assert list(place.source.list()) == []
        assert list(place.source.list_directly("x/")) == []
        assert list(place.source.list_folders()) == []

    def test_a_row_has_what_was_written(self, place: Place) -> None:
        etag = place.store.write("2024/a.jpg", b"photo", JPEG)
        (row,) = place.store.list()
        assert row == BlobInfo(
            name="2024/a.jpg",
            etag=etag,
            size=5,
            md5=md5(b"photo").hexdigest(),
            metadata=JPEG.metadata,
            content_type="image/jpeg",
        )
        assert '"' not in etag

    def test_rows_come_in_the_order_of_utf16_units(self, place: Place) -> None:
        for name in SURROGATES:
            place.store.write(name, b"", JPEG)
        expected = sorted(SURROGATES, key=order)
        assert [row.name for row in place.source.list()] == expected
        assert expected != sorted(SURROGATES)

    def test_a_folder_sorts_as_its_name_and_a_slash(self, place: Place) -> None:
        names = ["a-b", "a.b", "a/b", "a/c/d", "a0", "aa", "b/c"]
        for name in reversed(names):
            place.store.write(name, b"", JPEG)
        assert [row.name for row in place.source.list()] == names

    def test_a_range_is_a_slice_of_the_whole(self, place: Place) -> None:
        names = ["a-b", "a/a", "a/b/1", "a/b/2", "a/b/3", "a/b0", "a/c", "a0", "aa/x", "b/c", "b0"]
        for name in names:
            place.store.write(name, b"", JPEG)
        for prefix, start_from, end_before in itertools.product(
            ["", "a", "a/", "a/b", "b/", "none/", "../", "./a", "/"],
            ["", "a/", "a/b", "a/b/1", "a0", "zz"],
            ["", "a/b/2", "a/c", "b", "a"],
        ):
            rows = place.source.list(prefix, start_from=start_from, end_before=end_before)
            assert [row.name for row in rows] == [
                name
                for name in names
                if name.startswith(prefix)
                and order(name) >= order(start_from)
                and (not end_before or order(name) < order(end_before))
            ]

    def test_ranges_cut_anywhere_cover_everything_once(self, place: Place) -> None:
        names = [f"{letter}/{n:02}" for letter in "abc" for n in range(12)]
        for name in names:
            place.store.write(name, b"", JPEG)
        cuts = ["", "a/05", "a/05x", "b/00", "c", "c/11", ""]
        found = [
            row.name
            for start, end in itertools.pairwise(cuts)
            for row in place.source.list(start_from=start, end_before=end)
        ]
        assert found == names

    def test_a_listing_may_be_left_early(self, place: Place) -> None:
        for n in range(20):
            place.store.write(f"{n:02}", b"", JPEG)
        rows = place.source.list()
        assert next(rows).name == "00"
        assert [row.name for row in itertools.islice(rows, 2)] == ["01", "02"]

    def test_a_listing_survives_changes_while_it_runs(self, place: Place) -> None:
        etags = {f"{n:02}": place.store.write(f"{n:02}", b"", JPEG) for n in range(0, 60, 2)}
        rows = place.store.list()
        seen = [next(rows).name]
        place.store.delete("30", etags["30"])
        place.store.delete("58", etags["58"])
        place.store.write("31", b"", JPEG)
        seen += [row.name for row in rows]
        untouched = set(etags) - {"30", "58"}
        assert seen == sorted(set(seen))
        assert untouched <= set(seen) <= untouched | {"30", "58", "31"}

    def test_only_what_lies_directly_in_a_folder_is_listed_directly(self, place: Place) -> None:
        for name in ["root.jpg", "a/1", "a/2", "a/b/3", "a.jpg", "ab/4"]:
            place.store.write(name, b"", JPEG)
        assert [row.name for row in place.source.list_directly()] == ["a.jpg", "root.jpg"]
        assert [row.name for row in place.source.list_directly("a/")] == ["a/1", "a/2"]
        assert [row.etag for row in place.store.list_directly("a/")] == [
            row.etag for row in place.store.list("a/", end_before="a/b")
        ]

    def test_folders_are_listed_once_each_and_in_order(self, place: Place) -> None:
        for name in ["root.jpg", "a/1", "a/2", "a/b/3", "a/c/4", "a-b/5", "日本/6", "a0"]:
            place.store.write(name, b"", JPEG)
        assert list(place.source.list_folders()) == ["a-b/", "a/", "日本/"]
        assert list(place.source.list_folders("a/")) == ["a/b/", "a/c/"]
        assert list(place.source.list_folders("a/b/")) == []

    # Names

    def test_a_legal_name_goes_through_unharmed(self, place: Place) -> None:
        for name in [*NAMES, *self.legal]:
            etag = place.store.write(name, name.encode(), JPEG)
            assert [row.name for row in place.source.list()] == [name]
            assert place.store.read(name, etag).data == name.encode()
            place.store.delete(name, etag)
            assert list(place.source.list()) == []

    def test_an_unaddressable_name_is_refused_and_changes_nothing(self, place: Place) -> None:
        place.store.write("a", b"1", JPEG)
        before = list(place.store.list())
        for name in self.unaddressable:
            with pytest.raises(UnaddressableError):
                place.store.write(name, b"1", JPEG)
            with pytest.raises(UnaddressableError):
                place.ledger.overwrite(name, b"1", JPEG)
        assert list(place.store.list()) == before

    def test_under_a_name_longer_than_any_nothing_is_listed(self, place: Place) -> None:
        place.store.write("n", b"1", JPEG)
        name = "n" * 3_000
        assert list(place.source.list(name, end_before=f"{name}\0")) == []

    @settings(
        max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(data=st.data())
    def test_whatever_was_written_is_listed_sorted_and_read_back(self, data: Any) -> None:
        segment = st.text(
            st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\.\ufffe\uffff"),
            min_size=1,
            max_size=8,
        )
        name = st.lists(segment, min_size=1, max_size=3).map("/".join)
        names = data.draw(st.sets(name, min_size=1, max_size=8).filter(_none_is_a_folder))
        with tempfile.TemporaryDirectory() as folder:
            place = self.new(Path(folder))
            etags = {name: place.store.write(name, name.encode(), JPEG) for name in names}
            rows = list(place.store.list())
            assert [row.name for row in rows] == sorted(names, key=order)
            assert {row.name: row.etag for row in rows} == etags
            for row in rows:
                assert place.store.read(row.name, row.etag).data == row.name.encode()

    # Reads

    def test_a_blob_is_read_with_all_it_carries(self, place: Place) -> None:
        etag = place.store.write("a.png", b"data", RICH)
        blob = place.store.read("a.png", etag, md5=md5(b"data").hexdigest())
        assert blob.data == b"data"
        assert blob.properties == RICH

    def test_a_source_reads_the_version_it_listed(self, place: Place) -> None:
        place.store.write("a/b.jpg", b"data", JPEG)
        (row,) = place.source.list()
        assert row.size == 4
        assert row.md5 == (md5(b"data").hexdigest() if self.knows_md5_of_others else "")
        assert row.content_type == ("image/jpeg" if self.keeps_types_of_others else "")
        assert place.source.read("a/b.jpg", row.etag, md5=row.md5).data == b"data"

    def test_a_replaced_version_is_stale(self, place: Place) -> None:
        first = place.store.write("a", b"1", JPEG)
        second = place.store.write("a", b"2", JPEG, replaces=first)
        assert first != second
        for read in (place.store.read, lambda n, e: place.store.read_part(n, e, 0, 1)):
            with pytest.raises(StaleError):
                read("a", first)
            assert read("a", second).data == b"2"

    def test_a_version_that_is_gone_is_stale(self, place: Place) -> None:
        etag = place.store.write("d/a", b"1", JPEG)
        (row,) = place.source.list()
        place.store.delete("d/a", etag)
        for store, version in ((place.store, etag), (place.source, row.etag)):
            with pytest.raises(StaleError):
                store.read("d/a", version)
            with pytest.raises(StaleError):
                store.read_part("d/a", version, 0, 5)
            with pytest.raises(StaleError):
                store.read("never/was", version)

    def test_bytes_without_the_announced_digest_are_corrupt(self, place: Place) -> None:
        etag = place.store.write("a", b"data", JPEG)
        with pytest.raises(CorruptError):
            place.store.read("a", etag, md5=md5(b"other").hexdigest())

    @pytest.mark.parametrize("size", [0, 1, 1000, 3_000_000])
    def test_any_size_is_read_back_whole(self, place: Place, size: int) -> None:
        data = bytes(itertools.islice(itertools.cycle(range(251)), size))
        etag = place.store.write("a", data, JPEG)
        assert place.store.read("a", etag, md5=md5(data).hexdigest()).data == data
        assert place.store.read_part("a", etag, 0, 100).data == data[:100]
        if size > 100:
            assert place.store.read_part("a", etag, size - 100, 100).data == data[-100:]

    def test_a_part_ends_where_the_blob_ends(self, place: Place) -> None:
        etag = place.store.write("a.png", b"short", RICH)
        assert place.store.read_part("a.png", etag, 0, 65536).data == b"short"
        assert place.store.read_part("a.png", etag, 3, 65536).data == b"rt"
        assert place.store.read_part("a.png", etag, 0, 5).properties == RICH

    # Writes

    def test_nothing_is_created_over_a_blob_of_others(self, place: Place) -> None:
        etag = place.store.write("a", b"theirs", JPEG)
        with pytest.raises(ForeignError):
            place.store.write("a", b"ours", JPEG)
        assert place.store.read("a", etag).data == b"theirs"

    def test_only_the_exact_version_is_replaced(self, place: Place) -> None:
        first = place.store.write("a", b"1", JPEG)
        second = place.store.write("a", b"2", RICH, replaces=first)
        with pytest.raises(ForeignError):
            place.store.write("a", b"3", JPEG, replaces=first)
        blob = place.store.read("a", second)
        assert (blob.data, blob.properties) == (b"2", RICH)

    def test_a_digest_that_the_writer_has_taken_is_listed(self, place: Place) -> None:
        digest = md5(b"data").hexdigest()
        first = place.store.write("a", b"data", RICH, md5=digest)
        assert [row.md5 for row in place.store.list()] == [digest]
        assert place.store.write("a", b"data", RICH) == first
        assert place.store.write("a", b"data", RICH, md5=digest) == first

    def test_what_is_gone_cannot_be_replaced(self, place: Place) -> None:
        etag = place.store.write("a", b"1", JPEG)
        place.store.delete("a", etag)
        with pytest.raises(ForeignError):
            place.store.write("a", b"2", JPEG, replaces=etag)
        assert list(place.store.list()) == []

    def test_writing_what_is_there_already_succeeds(self, place: Place) -> None:
        first = place.store.write("a", b"1", RICH)
        assert place.store.write("a", b"1", RICH) == first
        second = place.store.write("a", b"2", RICH, replaces=first)
        assert place.store.write("a", b"2", RICH, replaces=first) == second
        for data, properties in [
            (b"2", JPEG),
            (b"2", replace(RICH, content_type="image/gif")),
            (b"2", replace(RICH, metadata={})),
            (b"3", RICH),
        ]:
            with pytest.raises(ForeignError):
                place.store.write("a", data, properties)

    def test_of_many_creators_one_wins(self, place: Place) -> None:
        def create(n: int) -> int:
            try:
                place.store.write("d/race", str(n).encode(), JPEG)
            except ForeignError:
                return 0
            return 1

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(create, range(12))) == 1
        assert len(list(place.store.list())) == 1

    def test_of_many_replacers_one_wins(self, place: Place) -> None:
        first = place.store.write("race", b"", JPEG)

        def swap(n: int) -> str:
            try:
                return place.store.write("race", str(n).encode(), JPEG, replaces=first)
            except ForeignError:
                return ""

        with ThreadPoolExecutor(8) as pool:
            (winner,) = filter(None, pool.map(swap, range(12)))
        assert [row.etag for row in place.store.list()] == [winner]

    def test_many_writers_of_the_same_all_succeed(self, place: Place) -> None:
        with ThreadPoolExecutor(8) as pool:
            etags = set(pool.map(lambda _: place.store.write("a", b"same", JPEG), range(12)))
        assert etags == {row.etag for row in place.store.list()}

    def test_no_reader_ever_sees_half_a_write(self, place: Place) -> None:
        contents = [bytes([n]) * 400_000 for n in range(4)]
        etag = place.store.write("a", contents[0], JPEG)

        def replace_all() -> None:
            held = etag
            for data in contents[1:] * 3:
                held = place.store.write("a", data, JPEG, replaces=held)

        def read_until(done: Any) -> int:
            seen = 0
            while not done():
                for row in place.store.list():
                    try:
                        data = place.store.read("a", row.etag).data
                    except StaleError:
                        continue
                    assert data in contents
                    assert (row.size, row.md5) == (len(data), md5(data).hexdigest())
                    seen += 1
            return seen

        with ThreadPoolExecutor(2) as pool:
            writer = pool.submit(replace_all)
            pool.submit(read_until, writer.done).result()
            writer.result()

    # Restamps

    def test_a_restamp_changes_the_metadata_and_nothing_else(self, place: Place) -> None:
        first = place.store.write("a.png", b"data", RICH)
        second = place.store.restamp("a.png", first, {"photo_mirror_recipe": "r2"})
        assert first != second
        blob = place.store.read("a.png", second)
        assert blob.data == b"data"
        assert blob.properties == replace(RICH, metadata={"photo_mirror_recipe": "r2"})
        (row,) = place.store.list()
        assert (row.etag, row.metadata) == (second, {"photo_mirror_recipe": "r2"})
        assert row.md5 == md5(b"data").hexdigest()

    def test_another_version_is_not_restamped(self, place: Place) -> None:
        first = place.store.write("a", b"1", JPEG)
        second = place.store.restamp("a", first, {"x": "1"})
        with pytest.raises(ForeignError):
            place.store.restamp("a", first, {"x": "2"})
        with pytest.raises(ForeignError):
            place.store.write("a", b"2", JPEG, replaces=first)
        with pytest.raises(StaleError):
            place.store.read("a", first)
        with pytest.raises(ForeignError):
            place.store.restamp("gone", first, {"x": "2"})
        assert place.store.restamp("a", first, {"x": "1"}) == second

    def test_of_many_restampers_one_wins(self, place: Place) -> None:
        first = place.store.write("a", b"1", JPEG)

        def restamp(n: int) -> str:
            try:
                return place.store.restamp("a", first, {"n": str(n)})
            except ForeignError:
                return ""

        with ThreadPoolExecutor(8) as pool:
            (winner,) = filter(None, pool.map(restamp, range(12)))
        assert [row.etag for row in place.store.list()] == [winner]

    # Copies

    def test_a_copy_is_byte_for_byte_or_refused_without_a_trace(
        self, place: Place, other: Place
    ) -> None:
        other.store.write("a/p.jpg", b"photo", replace(JPEG, metadata={"site": "a"}))
        (photo,) = other.source.list()
        try:
            etag = place.store.copy(other.source, photo, JPEG)
        except CannotCopyError:
            assert list(place.store.list()) == []
            return
        blob = place.store.read("a/p.jpg", etag)
        assert (blob.data, blob.properties) == (b"photo", JPEG)
        (row,) = place.store.list()
        assert (row.etag, row.md5) == (etag, md5(b"photo").hexdigest())
        with pytest.raises(ForeignError):
            place.store.copy(other.source, photo, replace(JPEG, metadata={"n": "2"}))
        assert place.store.copy(other.source, photo, JPEG) == etag
        second = place.store.copy(
            other.source, photo, replace(JPEG, metadata={"n": "2"}), replaces=etag
        )
        assert place.store.read("a/p.jpg", second).properties.metadata == {"n": "2"}

    def test_a_version_that_is_gone_is_not_copied(self, place: Place, other: Place) -> None:
        first = other.store.write("p.jpg", b"photo", JPEG)
        (photo,) = other.source.list()
        other.store.write("p.jpg", b"newer", JPEG, replaces=first)
        with pytest.raises((StaleError, CannotCopyError)):
            place.store.copy(other.source, photo, JPEG)
        assert list(place.store.list()) == []

    # Deletes

    def test_only_the_exact_version_is_deleted(self, place: Place) -> None:
        first = place.store.write("a", b"1", JPEG)
        second = place.store.write("a", b"2", JPEG, replaces=first)
        with pytest.raises(ForeignError):
            place.store.delete("a", first)
        place.store.delete("a", second)
        place.store.delete("a", second)
        place.store.delete("never/was", second)
        assert list(place.store.list()) == []

    def test_a_deleted_name_can_be_created_again(self, place: Place) -> None:
        place.store.delete("a", place.store.write("a", b"1", JPEG))
        etag = place.store.write("a", b"2", RICH)
        assert place.store.read("a", etag).properties == RICH

    # The source, and the ledger

    def test_a_source_holds_no_verb_that_writes(self, place: Place) -> None:
        verbs = {name for name in dir(place.source) if not name.startswith("_")}
        verbs -= {"copy_source", "exists"}  # of Azure alone: a URL to read a blob at
        assert verbs == {"list", "list_directly", "list_folders", "read", "read_part"}

    def test_a_ledger_overwrites_whatever_is_there(self, place: Place) -> None:
        first = place.ledger.overwrite("refusals/a.json", b"1", RICH)
        second = place.ledger.overwrite("refusals/a.json", b"2", JPEG)
        (row,) = place.ledger.list("refusals/")
        assert first != second == row.etag
        assert row.metadata == JPEG.metadata
        assert place.ledger.read("refusals/a.json", second).data == b"2"
        with pytest.raises(ForeignError):
            place.ledger.delete("refusals/a.json", first)
        place.ledger.delete("refusals/a.json", second)
        assert list(place.ledger.list()) == []

    def test_a_ledger_keeps_counts_on_a_blob_without_bytes(self, place: Place) -> None:
        place.ledger.overwrite("counts/a", b"", Properties(metadata={"photos": "3"}))
        (row,) = place.ledger.list("counts/")
        assert (row.size, row.metadata) == (0, {"photos": "3"})


def _none_is_a_folder(names: set[str]) -> bool:
    return not any(other.startswith(f"{name}/") for name in names for other in names)
