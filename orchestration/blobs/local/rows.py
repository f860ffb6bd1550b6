"""Describes a file as a row of a listing."""

import os

from orchestration.blobs.base import BlobInfo
from orchestration.blobs.local.file_version import Version
from orchestration.blobs.local.walk import is_link

LINK = "it is a symbolic link, which is not followed; replace it by the file itself"


def row(name: str, status: os.stat_result, version: Version) -> BlobInfo:
    """Describe a file as a listing does."""
    return BlobInfo(
        name=name,
        etag=version.etag,
        size=status.st_size,
        md5=version.md5,
        metadata=version.properties.metadata,
        content_type=version.properties.content_type,
        unreadable=_why_unreadable(name, status),
    )


def _why_unreadable(name: str, status: os.stat_result) -> str:
    if is_link(status):
        return LINK
    return "" if name.isascii() or _is_unicode(name) else "its name is not valid Unicode"


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
