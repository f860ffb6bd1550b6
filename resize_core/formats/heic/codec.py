"""HEIC, which phones write, decoded by pillow-heif where it is installed; never encoded."""

from io import BytesIO

from PIL import ImageFile

from resize_core.errors import UnsupportedError

try:
    from pillow_heif import HeifImageFile
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True


def start(file: BytesIO) -> ImageFile.ImageFile:
    """Open a HEIC file. Raises UnsupportedError where pillow-heif is not installed."""
    if not AVAILABLE:
        raise UnsupportedError("HEIC", "its decoder is not installed: pip install pillow-heif")
    try:
        opened: ImageFile.ImageFile = HeifImageFile(file)  # type: ignore[no-untyped-call] # its own
    except SyntaxError as error:
        # Before it looks at anything else, it looks for brands that it knows.
        raise UnsupportedError("HEIC", "brands that its decoder does not know") from error
    return opened
