"""Does a photo decode completely? All of it is decoded, and the pixels are discarded."""

from resize_core.decoding import (
    DecodeRequest,
    decode_transformed,
    no_fault_without_memory,
    open_photo,
    repair,
)
from resize_core.errors import TooLargeError
from resize_core.model import Header
from resize_core.options import Options
from resize_core.probe import probe


def decode(data: bytes, *, max_source_pixels: int = Options().max_source_pixels) -> Header:
    """Decode a whole photo, every frame of it, and return its header.

    Raises NotAPhotoError, BrokenError, TruncatedError, UnsupportedError or TooLargeError, all of
    them a ResizeError; MemoryError if there is not enough memory for it.
    """
    header = probe(data, size=len(data))
    if header.width * header.height > max_source_pixels:
        raise TooLargeError(header.width * header.height, max_source_pixels)
    request = DecodeRequest("balanced", len(data), max_source_pixels)
    with no_fault_without_memory(header.width * header.height):
        file = repair(data, header.format, request).file
        header.format.check_whole(file)
        if header.format.is_written:
            open_photo(file, header.format, request)
        else:
            decode_transformed(file, header.format, request)
    return header
