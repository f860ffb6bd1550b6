"""The forms of label files, and how to detect the form of a file or folder."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.labels.document import Document, LabelFileError
from orchestration.labels.formats.azureml import is_azureml, open_azureml
from orchestration.labels.formats.coco import Coco, is_coco
from orchestration.labels.formats.custom_vision import CustomVision, is_custom_vision
from orchestration.labels.formats.cvat import Cvat, is_cvat
from orchestration.labels.formats.label_studio import LabelStudio, is_label_studio
from orchestration.labels.formats.labelme import LabelMe, is_labelme, open_labelme
from orchestration.labels.formats.voc import Voc, is_voc, open_voc
from orchestration.labels.formats.yolo import Yolo, is_yolo
from orchestration.labels.json_files import read_json
from orchestration.labels.options import Options
from orchestration.labels.xml_files import read_xml

TITLES = {
    "coco": "COCO JSON",
    "yolo": "YOLO",
    "azureml": "JSON lines of Azure ML",
    "cvat": "CVAT for images 1.1",
    "label-studio": "Label Studio JSON",
    "voc": "Pascal VOC",
    "labelme": "LabelMe",
    "custom-vision": "regions of Custom Vision",
}
"""The forms that can be read: their names and titles."""

_HEAD = 1_000_000
_BEFORE_XML = b"\xef\xbb\xbf\xff\xfe \t\r\n"
# Other files among label files of a folder do not hide its form.
_MOST_FOREIGN = 20


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A parsed file and its path."""

    path: Path
    found: Any

    @property
    def alone(self) -> dict[Path, Any]:
        """As one file of a folder."""
        return {Path(self.path.name): self.found}


_Test = Callable[[Any], bool]
_Build = Callable[[_Parsed, Options], Document]
_JSON: dict[str, tuple[_Test, _Build]] = {
    "coco": (is_coco, lambda parsed, options: Coco(parsed.found, options)),
    "labelme": (is_labelme, lambda parsed, _: LabelMe(parsed.alone, is_folder=False)),
    "label-studio": (is_label_studio, lambda parsed, _: LabelStudio(parsed.found)),
    "custom-vision": (is_custom_vision, lambda parsed, _: CustomVision(parsed.found)),
}
_XML: dict[str, tuple[_Test, _Build]] = {
    "cvat": (is_cvat, lambda parsed, _: Cvat(parsed.found)),
    "voc": (is_voc, lambda parsed, options: Voc(parsed.alone, options, is_folder=False)),
}


def open_labels(path: Path, options: Options, form: str = "auto") -> tuple[str, Document]:
    """Read a label file or folder of a form, or detect the form; return the form, too.

    Raises LabelFileError, OptionError, OSError.
    """
    if path.is_dir():
        name, document = _open_folder(path, options, form)
        if not any(True for _ in document.photos()):
            raise LabelFileError(f"{path} has no label files of the format {TITLES[name]}")
        return name, document
    if form in _XML or (form == "auto" and _starts(path).startswith(b"<")):
        return _built(_Parsed(path, read_xml(path)), options, form, _XML)
    if form == "azureml" or (form == "auto" and is_azureml(_first_line(path))):
        return "azureml", open_azureml(path)
    if form == "yolo":
        raise LabelFileError(f"{path} is a file, but YOLO labels are a folder")
    return _built(_Parsed(path, read_json(path)), options, form, _JSON)


def _built(
    parsed: _Parsed, options: Options, form: str, forms: dict[str, tuple[_Test, _Build]]
) -> tuple[str, Document]:
    for name, (is_one, build) in forms.items():
        if name == form or (form == "auto" and is_one(parsed.found)):
            return name, build(parsed, options)
    raise LabelFileError(_of_no_form(parsed.path))


def _open_folder(path: Path, options: Options, form: str) -> tuple[str, Document]:
    name = _folder_form(path) if form == "auto" else form
    if name == "yolo":
        return name, Yolo(path)
    if name == "voc":
        return name, open_voc(path, options)
    if name == "labelme":
        return name, open_labelme(path)
    if form == "auto":
        raise LabelFileError(_of_no_form(path))
    raise LabelFileError(f"{path} is a folder, but {TITLES[form]} is one file")


def _folder_form(path: Path) -> str:
    """Detect a folder's form by its first label files; files of unknown form are skipped."""
    if any(is_voc(read_xml(file)) for file in _first(path, "*.xml")):
        return "voc"
    if any(is_labelme(read_json(file)) for file in _first(path, "*.json")):
        return "labelme"
    return "yolo" if is_yolo(path) else ""


def _first(path: Path, pattern: str) -> list[Path]:
    return [file for file in sorted(path.rglob(pattern)) if file.is_file()][:_MOST_FOREIGN]


def _starts(path: Path) -> bytes:
    with path.open("rb") as file:
        # UTF-16 has a zero byte next to each character of markup.
        return file.read(_HEAD).replace(b"\0", b"").lstrip(_BEFORE_XML)


def _first_line(path: Path) -> object:
    with path.open("rb") as file:
        line = file.readline(_HEAD)
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found


def _of_no_form(path: Path) -> str:
    names = ", ".join(TITLES)
    return f"{path} is not in a known format; if it is, set it with --form: {names}"
