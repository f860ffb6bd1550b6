"""Numbers in label files that are text. Pure."""

from orchestration.labels.document import LabelFileError


def parsed_number(text: str) -> float:
    """Return a number, which may be infinite or not a number.

    Python also reads 1_0 and digits of other scripts, which other programs refuse or read
    differently.

    Raises ValueError.
    """
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return float(text)


def float_of(text: str | None, what: str) -> float:
    """Read a number. Raises LabelFileError."""
    try:
        return parsed_number(text or "")
    except ValueError:
        raise LabelFileError(f"{what} is not a number: {text!r}") from None


def whole_of(text: str | None, what: str) -> int:
    """Read a whole number. Raises LabelFileError."""
    value = float_of(text, what)
    if not value.is_integer():
        raise LabelFileError(f"{what} is not a whole number: {text!r}")
    return int(value)


def spelled(value: float, before: str | None = None) -> str:
    """Return a number as text: as it was spelled before if it did not change."""
    if before is not None and float(before) == value:
        return before
    return repr(float(value))
