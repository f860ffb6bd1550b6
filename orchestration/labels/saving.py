"""Write a mapped label file to another file or folder, completely or not at all."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestration.labels.document import Document, OptionError


def check_target(file: Path, out: Path) -> None:
    """Check that labels read from `file` can be written to `out`.

    Raises OptionError if `out` is the file itself, within it, or a folder with files.
    """
    if str(out) == "-":
        raise OptionError("labels are not written to standard output; choose a file")
    is_folder = file.is_dir()
    source, target = file.resolve(), out.resolve()
    if target == source or (is_folder and source in target.parents):
        raise OptionError(f"{out} is the input, or inside it; choose another output")
    if out.is_dir() and (not is_folder or any(out.iterdir())):
        raise OptionError(f"{out} is an existing folder; choose a new name")
    if is_folder and out.exists() and not out.is_dir():
        raise OptionError(f"{out} is a file, but these labels need a folder")


def check_sheet(sheet: Path, file: Path, out: Path | None) -> None:
    """Check that a picture of labels can be written without replacing them.

    Raises OptionError if it is the file that the labels are read from or written to, or within it.
    """
    target = sheet.resolve()
    for labels in (file, *([out] if out is not None else [])):
        place = labels.resolve()
        if target == place or (file.is_dir() and place in target.parents):
            raise OptionError(f"--sheet {sheet} would replace labels; choose another file")


def save(document: Document, file: Path, out: Path) -> None:
    """Write a document read from `file` to `out`: a file is replaced, an empty folder filled.

    Raises OSError.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".photo-mirror-", dir=out.parent) as folder:
        made = Path(folder, out.name)
        if file.is_dir():
            made.mkdir()
        document.save(made)
        if out.is_dir():
            out.rmdir()
        shutil.move(made, out)
