"""Translates Azure errors into errors of a store: by error code, never by class."""

import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from orchestration.blobs.azure.credentials import Credential
from orchestration.blobs.azure.retry import PASSING
from orchestration.blobs.errors import (
    BlobError,
    CannotCopyError,
    CorruptError,
    DeniedError,
    ForeignError,
    HeldError,
    StaleError,
    StoreClosedError,
    StoreRefusesError,
    StoreUnavailableError,
    UnaddressableError,
    UnreadableError,
)

GONE = {"BlobNotFound", "ConditionNotMet", "TargetConditionNotMet", "ResourceNotFound"}
NO_CONTAINER = {"ContainerNotFound", "ContainerBeingDeleted", "ContainerDisabled"}
REFUSED = {
    "AuthenticationFailed",
    "AuthorizationFailure",
    "AuthorizationPermissionMismatch",
    "AuthorizationProtocolMismatch",
    "AuthorizationResourceTypeMismatch",
    "AuthorizationServiceMismatch",
    "AuthorizationSourceIPMismatch",
    "AccountIsDisabled",
    "InsufficientAccountPermissions",
    "InvalidAuthenticationInfo",
    "KeyBasedAuthenticationNotPermitted",
    "NoAuthenticationInformation",
    "PublicAccessNotPermitted",
}
UNREADABLE = {
    "BlobArchived": "it is archived; rehydrate it first",
    "BlobBeingRehydrated": "it is being rehydrated from the archive",
    "BlobUsesCustomerSpecifiedEncryption": "it is encrypted with a customer's key",
}
LEASED = "a leased blob has this name"
TAKEN = {"BlobAlreadyExists", "UnauthorizedBlobOverwrite"}
HELD = {
    "BlobArchived": "an archived blob has this name",
    "BlobBeingRehydrated": "a blob that is being rehydrated has this name",
    "BlobImmutableDueToLegalHold": "a blob under a legal hold has this name",
    "BlobImmutableDueToPolicy": "a blob under an immutability policy has this name",
    "BlobUsesCustomerSpecifiedEncryption": "a blob with a customer's key has this name",
    "InvalidBlobType": "a blob of another type has this name",
    "LeaseIdMissing": LEASED,
    "PendingCopyOperation": "a blob that is being copied to has this name",
    "SnapshotsPresent": "a blob with snapshots has this name",
}
SOURCE_GONE = {"SourceConditionNotMet", "CopySourceConditionNotMet"}
CANNOT_COPY = {
    "CannotVerifyCopySource",
    "CopyAcrossAccountsNotSupported",
    "CopyIdMismatch",
    "FeatureNotYetSupportedForHierarchicalNamespaceAccounts",
    "InvalidSourceBlobType",
    "InvalidSourceBlobUrl",
    "UnsupportedHeader",
}
# The status of an answer that this blob, in its state, does not permit the request.
NOT_AS_IT_STANDS = {HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED}
UNADDRESSABLE = {"InvalidUri", "InvalidResourceName", "OutOfRangeInput"}
NOT_FOUND = HTTPStatus.NOT_FOUND


def code_of(error: AzureError) -> str:
    """Return the service's error code, or ''."""
    code = getattr(error, "error_code", None)
    response = getattr(error, "response", None)
    if not code and response is not None:
        code = response.headers.get("x-ms-error-code")
    return str(getattr(code, "value", code) or "")


def is_refused(error: AzureError) -> bool:
    """Whether the service refuses our credentials or permissions."""
    return isinstance(error, ClientAuthenticationError) or code_of(error) in REFUSED


def read_error(error: AzureError, place: str, name: str, credential: Credential) -> BlobError:
    """Translate an Azure error raised by listing or reading."""
    code = code_of(error)
    if name and (code in GONE or (_status(error) == NOT_FOUND and code not in NO_CONTAINER)):
        return StaleError("this version no longer exists", name)
    if name and code in UNREADABLE:
        return UnreadableError(UNREADABLE[code], name)
    said = _other_error(error, place, name, credential)
    return DeniedError(said.reason, name) if type(said) is BlobError else said


def write_error(error: AzureError, place: str, name: str, credential: Credential) -> BlobError:
    """Translate an Azure error raised by a write."""
    code = code_of(error)
    missing = _source_status(error) == NOT_FOUND
    if code in SOURCE_GONE or (code == "CannotVerifyCopySource" and missing):
        return StaleError("the version to copy no longer exists", name)
    if code in CANNOT_COPY:
        return CannotCopyError(f"the service cannot copy it ({code})", name)
    if code in GONE:
        return ForeignError("it no longer has this version", name)
    if code in TAKEN:
        return ForeignError("another blob has this name", name)
    if code in HELD:
        return HeldError(HELD[code], name)
    if code == "Md5Mismatch":
        return CorruptError("its bytes were changed in transit", name)
    said = _other_error(error, place, name, credential)
    if type(said) is BlobError and _status(error) in NOT_AS_IT_STANDS:
        return HeldError(f"the blob that has this name cannot be replaced ({code})", name)
    return said


def _other_error(error: AzureError, place: str, name: str, credential: Credential) -> BlobError:
    code, status = code_of(error), _status(error)
    if is_refused(error):
        return StoreRefusesError(f"{place}: {_refusal(code, credential)}", name)
    if code in NO_CONTAINER:
        return StoreClosedError(f"{place}: the container does not exist")
    if name and code in UNADDRESSABLE:
        return UnaddressableError(f"the service cannot address it ({code})", name)
    if isinstance(error, ServiceRequestError | ServiceResponseError) or not status:
        return StoreUnavailableError(f"{place} cannot be reached: {without_secrets(error)}", name)
    answer = f"the service responds with {status} {code}".rstrip()
    if status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return StoreUnavailableError(f"{place}: {answer}; try again later", name)
    return BlobError(f"{place}: {answer}", name) if name else StoreClosedError(f"{place}: {answer}")


def _refusal(code: str, credential: Credential) -> str:
    if credential.expires and credential.expires < datetime.now(UTC):
        return f"the SAS token in {credential.setting} expired at {credential.expires:%F %T %Z}"
    if credential.kind == "default" and not code:
        return (
            "no credentials were found: set AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY or "
            "AZURE_STORAGE_SAS_TOKEN, or log in with `az login`"
        )
    if code == "AuthorizationPermissionMismatch":
        return f"{credential.setting} lacks a permission or a role for this ({code})"
    return f"the service refuses {credential.setting} ({code or 'no reason given'})"


def without_secrets(error: Exception) -> str:
    """Return the text of a library's error, without the signature of a URL in it."""
    return re.sub(r"sig=[^&\s'\"]+", "sig=...", str(error).partition("\n")[0])


def _status(error: AzureError) -> int:
    return int(getattr(error, "status_code", None) or 0)


def _source_status(error: AzureError) -> int:
    response: Any = error.response if isinstance(error, HttpResponseError) else None
    said = response.headers.get("x-ms-copy-source-status-code", "") if response else ""
    return int(said) if said.isdecimal() else _status(error)
