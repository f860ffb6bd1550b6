"""One photo or folder that cannot be touched never stops the others, and `run` names it."""

import os
import sys
from pathlib import Path

import pytest

from tests import preloaded
from tests.dagster_home import fill
from tests.noise_photos import BUDGET, photo

# What lets root read and write everything (linux/capability.h).
DAC_OVERRIDE, DAC_READ_SEARCH = 1, 2
COMMAND = Path(sys.executable).parent / "photo-mirror"


class Home:
    """Two folders, and the command as run by a user without all permissions."""

    def __init__(self, place: Path) -> None:
        self.raw, self.resized = place / "raw", place / "resized"
        self.environment = os.environ | {
            "PHOTO_MIRROR_RAW": str(self.raw),
            "PHOTO_MIRROR_RESIZED": str(self.resized),
            "PHOTO_MIRROR_BUDGET": str(BUDGET),
            "PHOTO_MIRROR_EFFORT": "balanced",
            "PHOTO_MIRROR_WORKERS": "1",
            "DAGSTER_HOME": str(fill(place / "home")),
            "COLUMNS": "120",
        }

    def put(self, name: str, number: int = 0) -> Path:
        path = self.raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo(number))
        return path

    def made(self) -> set[str]:
        paths = self.resized.rglob("*.jpg")
        return {str(path.relative_to(self.resized)) for path in paths if path.is_file()}

    def run(self, *arguments: str, **settings: str) -> tuple[int, str]:
        more = {} if os.geteuid() else {"without": [DAC_OVERRIDE, DAC_READ_SEARCH]}
        ran = preloaded.run([COMMAND, "run", *arguments], env=self.environment | settings, **more)
        return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    for name in ("2024/a/1.jpg", "2024/a/2.jpg", "2025/b/3.jpg"):
        home.put(name)
    return home


def test_unreadable_photos_and_folders_are_reported_and_retried(
    home: Home,
) -> None:
    home.put("lost+found/4.jpg", 4)
    shut = [home.raw / "2024/a/2.jpg", home.raw / "lost+found"]
    for path in shut:
        path.chmod(0)
    code, said = home.run()
    assert code == 1, said
    assert home.made() == {"2024/a/1.jpg", "2025/b/3.jpg"}
    assert "2 names could not be read" in said
    for name in ("2024/a/2.jpg", "lost+found/"):
        assert f"{name}: permission denied; let this user read it" in said
    assert "replaced while the run went on" not in said
    for path in shut:
        path.chmod(0o755)
    code, said = home.run()
    assert code == 0, said
    assert home.made() == {"2024/a/1.jpg", "2024/a/2.jpg", "2025/b/3.jpg", "lost+found/4.jpg"}


def test_an_excluded_unreadable_folder_is_not_counted(home: Home) -> None:
    home.put("lost+found/4.jpg").parent.chmod(0)
    code, said = home.run("lost")
    assert code == 2, said
    assert "did you mean lost+found?" in said
    code, said = home.run(PHOTO_MIRROR_EXCLUDE="lost+found/*")
    assert (code, "could not be read" in said, "lost+found" in said) == (0, False, False), said
    assert len(home.made()) == 3


def test_symbolic_links_are_reported_until_they_are_replaced_or_excluded(
    home: Home, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "c"
    other.mkdir(parents=True)
    (other / "5.jpg").write_bytes(photo(5))
    (home.raw / "2024/a/4.jpg").symlink_to(other / "5.jpg")
    (home.raw / "2026").symlink_to(other.parent)
    (home.raw / "loop").symlink_to("loop")  # its name is none of a photo
    for folders in ((), ("2024/a", "2026/c")):
        code, said = home.run(*folders)
        assert code == 1, said
        assert "refused: 2024/a/4.jpg: it is a symbolic link, which is not followed" in said
        assert "it is a symbolic link to a folder, which is not followed" in said
    planned = preloaded.run([COMMAND, "plan"], env=home.environment)
    assert "0 due, 1 refused, 0 blocked; 0 orphans, 0 foreign, 1 unreadable." in planned.stdout
    code, said = home.run(PHOTO_MIRROR_EXCLUDE="2026/*")
    assert code == 0, said
    assert home.made() == {"2024/a/1.jpg", "2024/a/2.jpg", "2025/b/3.jpg"}
    for link, target in ((home.raw / "2024/a/4.jpg", other / "5.jpg"), (home.raw / "2026", other)):
        link.unlink()
        target.rename(link)
    code, said = home.run()
    assert (code, "2024/a/4.jpg" in home.made()) == (0, True), said


def test_what_lies_behind_a_link_is_no_orphan(home: Home, tmp_path: Path) -> None:
    home.put("2025/b/gone.jpg", 6)
    home.put("2025/b/4.jpg", 7)
    assert home.run()[0] == 0
    (home.raw / "2024").rename(tmp_path / "larger-disk")
    (home.raw / "2024").symlink_to(tmp_path / "larger-disk")
    (home.raw / "2025/b/gone.jpg").unlink()
    before = home.made()
    for folders in (("2024/a",), ()):
        code, said = home.run("--delete-orphans", *folders)
        assert code == 1, said
    assert before - home.made() == {"2025/b/gone.jpg"}


def test_what_lies_below_a_folder_that_may_not_be_read_is_no_orphan(home: Home) -> None:
    for number in range(3):
        home.put(f"2024/shut/{number}.jpg", number)
    home.put("2024/a/gone.jpg")
    assert home.run()[0] == 0
    (home.raw / "2024/a/gone.jpg").unlink()
    (home.raw / "2024/shut").chmod(0)
    before = home.made()
    code, said = home.run("--delete-orphans")
    assert code == 1, said
    assert before - home.made() == {"2024/a/gone.jpg"}
    (home.raw / "2024/shut").chmod(0o755)


def test_a_run_that_keeps_orphans_says_why(home: Home) -> None:
    assert home.run()[0] == 0
    (home.raw / "2025/b/3.jpg").unlink()
    code, said = home.run()
    assert (code, "still there" in said) == (0, False), said
    code, said = home.run("--delete-orphans")
    assert (code, "1 orphan is still there. A run keeps all orphans of" in said) == (0, True), said
    assert "2025/b/3.jpg" in home.made()


def test_a_container_that_may_not_be_read_at_all_ends_the_run_at_once(home: Home) -> None:
    home.raw.chmod(0)
    code, said = home.run()
    assert code == 3, said
    assert "permission denied" in said
    assert home.made() == set()


def test_blocked_names_in_a_folder_are_reported_with_exit_code_1(
    home: Home,
) -> None:
    for number, name in enumerate(("folder", "theirs", "link", "above/x", "shut/x", "sealed/x")):
        home.put(f"2026/{name}.jpg", number)
    there = home.resized / "2026"
    (there / "folder.jpg").mkdir(parents=True)
    for name in ("shut", "sealed"):
        (there / name).mkdir()
    (there / "theirs.jpg").write_bytes(b"theirs")
    (there / "theirs.jpg").chmod(0)
    (there / "link.jpg").symlink_to("nowhere")
    (there / "above").write_bytes(b"theirs")
    (there / "shut").chmod(0)
    (there / "sealed").chmod(0o555)
    code, said = home.run()
    assert code == 1, said
    assert home.made() == {"2024/a/1.jpg", "2024/a/2.jpg", "2025/b/3.jpg", "2026/theirs.jpg"}
    for words in (
        "blocked: 2026/folder.jpg: a folder has this name",
        "blocked: 2026/theirs.jpg: permission denied",
        "blocked: 2026/link.jpg: a link, or something else that is not a file, has this name",
        "blocked: 2026/above/x.jpg: a file or a link has the name of one of its folders",
        "blocked: 2026/sealed/x.jpg: nothing can be written under this name: permission denied",
        "2026/shut/x.jpg: 2026/shut/ in the resized container cannot be read: permission",
    ):
        assert words in said, said
    assert "replaced while the run went on" not in said
    for name in ("shut", "sealed"):
        (there / name).chmod(0o755)


def test_every_run_reports_foreign_blobs_and_what_to_do(
    home: Home,
) -> None:
    (home.resized / "2024/a").mkdir(parents=True)
    (home.resized / "2024/a/1.jpg").write_bytes(b"theirs")
    for arguments in ((), ("2024/a",)):
        code, said = home.run(*arguments)
        assert code == 1, said
        assert "blocked: 2024/a/1.jpg: the file was not created by photo-mirror" in said
        assert "1 photo is blocked" in said
        assert "photo-mirror adopt" in said
    assert (home.resized / "2024/a/1.jpg").read_bytes() == b"theirs"
