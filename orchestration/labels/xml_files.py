"""Read and write label files that are XML, without entities, references and DTDs."""

from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, parse

from orchestration.labels.document import LabelFileError


def read_xml(path: Path) -> Element:
    """Parse a file, comments included. Raises LabelFileError, OSError."""
    data = path.read_bytes()
    parser = DefusedXMLParser(
        target=TreeBuilder(insert_comments=True, insert_pis=True), forbid_dtd=True
    )
    try:
        root: Element | None = parse(BytesIO(data), parser=parser).getroot()
    except DefusedXmlException as error:
        raise LabelFileError(
            f"{path} has a DTD or entities, which are not supported: {error}"
        ) from None
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise LabelFileError(f"{path} is not XML: {error}") from None
    if root is None:
        raise LabelFileError(f"{path} has no XML element")
    return root


def write_xml(path: Path, root: Element) -> None:
    """Write a file in UTF-8. Raises OSError."""
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def float_in(element: Element, name: str) -> float:
    """Return an attribute that is a number. Raises LabelFileError."""
    return float_of(element.get(name), f"{name} of <{element.tag}>")


def float_of(text: str | None, what: str) -> float:
    """Read a number. Raises LabelFileError."""
    try:
        return float(text or "")
    except ValueError:
        raise LabelFileError(f"{what} is not a number: {text!r}") from None


def whole_of(text: str | None, what: str) -> int:
    """Read a whole number. Raises LabelFileError."""
    value = float_of(text, what)
    if not value.is_integer():
        raise LabelFileError(f"{what} is not a whole number: {text!r}")
    return int(value)


def spelled(value: float, before: str | None = None) -> str:
    """Return a number as text: whole where the text before it was, and it is."""
    if before is not None and float(before) == value:
        return before
    return repr(float(value))
