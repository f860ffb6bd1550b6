"""Detects what people write in place of the address of a folder, container or queue."""

import re
from urllib.parse import SplitResult, quote, unquote, urlsplit

_CONNECTION_STRING = re.compile(r"\b(AccountKey|SharedAccessSignature)\s*=", re.IGNORECASE)
# A URL whose start was mistyped, or normalized as if it were a path.
_NO_SCHEME = re.compile(
    r"(?:https?[:/]*)?([a-z0-9-]+\.(?:blob|dfs|queue)\.(?:core|storage)\..*)", re.IGNORECASE
)
_WITH_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_OF_A_DATA_LAKE = re.compile(r"(?:abfss?|wasbs?)://([^@/]+)@([^./]+)\.[^./]+\.([^/]+)/*(.*)")


def is_url(text: str) -> bool:
    """Return whether a text is a URL, not a path."""
    return bool(_WITH_SCHEME.match(text))


def mistake_in(text: str, role: str) -> str:
    """Return what is wrong with an address and what to write, or ''. A secret is not repeated.

    `role` selects the variable that a secret belongs into.
    """
    if _CONNECTION_STRING.search(text):
        return (
            "it contains a secret; give the URL of the container or queue, and put the connection "
            f"string into {role.upper()}_AZURE_STORAGE_CONNECTION_STRING"
        )
    if is_url(text):
        return _mistake_in_url(text, role)
    if "\0" in text:
        return "a path cannot contain a zero character"
    mistyped = _NO_SCHEME.fullmatch(text)
    if mistyped and "?" not in text:
        return f"{text!r} is not a path; did you mean https://{mistyped[1]}?"
    return ""


def _mistake_in_url(text: str, role: str) -> str:
    lake = _OF_A_DATA_LAKE.fullmatch(text.partition("?")[0])
    if lake and ":" not in lake[1]:
        container, account, domain, rest = lake.groups()
        meant = f"https://{account}.blob.{domain}/{container}/{rest}".rstrip("/")
        return f"{lake[0]!r} is an address for Spark; write {meant}"
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - it is parsed here
    except ValueError as error:
        return f"it is not a valid URL: {error}"
    if parts.query or parts.username or parts.password:
        return (
            "the URL contains a secret or a query; give the URL without what follows '?' and put a "
            f"SAS token into {role.upper()}_AZURE_STORAGE_SAS_TOKEN"
        )
    if parts.fragment or text.endswith("#"):
        return f"{text!r} contains #, which ends the path of a URL; write %23 for it"
    if ".dfs." in (parts.hostname or ""):
        meant = text.replace(".dfs.", ".blob.", 1)
        return f"{text!r} is the address of another service; write {meant}"
    return _mistake_in_path(parts)


def _mistake_in_path(parts: SplitResult) -> str:
    if {".", ".."}.isdisjoint(unquote(parts.path).split("/")):
        return ""
    return f"{quote(parts.path, safe='/%')!r} contains . or .., which no blob's name contains"
