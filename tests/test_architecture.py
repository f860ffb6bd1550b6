"""The guides for developers name only what there is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDES = ("docs/architecture.md", "CONTRIBUTING.md")
_PATH = re.compile(r"`((?:resize_core|orchestration|tests|docs|locks|benchmarks)/[\w./*-]*)`")
_OUTLINED = re.compile(r"^( *)([\w./ -]+?)(?:  +|$)")


@pytest.mark.parametrize("guide", GUIDES)
def test_every_path_in_a_guide_exists(guide: str) -> None:
    named = _PATH.findall((ROOT / guide).read_text())
    assert named
    missing = [path for path in named if not any(ROOT.glob(path.rstrip("/")))]
    assert not missing


def test_every_entry_of_the_outlined_tree_exists() -> None:
    outline = (ROOT / "docs/architecture.md").read_text().split("```")[1]
    above: list[tuple[int, Path]] = []
    missing = []
    for line in outline.strip().splitlines():
        if not (entry := _OUTLINED.match(line)):
            continue
        depth, names = len(entry[1]), entry[2].split()
        above = [(at, path) for at, path in above if at < depth]
        base = above[-1][1] if above else ROOT
        missing += [str(base / name) for name in names if not (base / name).exists()]
        above.append((depth, base / names[0]))
    assert not missing


def test_every_package_is_outlined() -> None:
    outline = (ROOT / "docs/architecture.md").read_text().split("```")[1]
    for root in ("resize_core", "orchestration", "orchestration/mirror"):
        for folder in (ROOT / root).iterdir():
            if (folder / "__init__.py").exists():
                assert f"{folder.name}/" in outline, folder


def test_every_target_in_a_guide_is_one_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for guide in GUIDES:
        for target in re.findall(r"(?m)(?:`|^)make ([a-z-]+)", (ROOT / guide).read_text()):
            assert f"\n{target}:" in makefile, (guide, target)
