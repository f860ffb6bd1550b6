"""Read and write label files that are XML, without entities, references and DTDs."""

from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, parse

from orchestration.labels.document import LabelFileError
from orchestration.labels.number_text import float_of


def read_xml(path: Path) -> Element:
    """Parse a file, comments included. Raises LabelFileError, OSError."""
    data = path.read_bytes()
    parser = DefusedXMLParser(
        target=TreeBuilder(insert_comments=True, insert_pis=True), forbid_dtd=True
    )
    try:
        root: Element | None = parse(BytesIO(data), parser=parser).getroot()
    except DefusedXmlException:
        raise LabelFileError(
            f"{path} has a DTD or entities, which can read other files and fill the memory; "
            "remove them from the file"
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
