"""A container of ours that is only looked at: a read-and-list SAS suffices."""

from azure.core.exceptions import AzureError
from azure.storage.blob import ContainerClient

from orchestration.blobs.azure.error_codes import NO_CONTAINER, code_of, said_of_reading
from orchestration.blobs.azure.source import AzureSource
from orchestration.blobs.read_only import Seals


class SealedAzure(Seals, AzureSource):
    """Lists and reads a container, and writes nothing."""

    def is_there(self) -> bool:
        """Whether there is such a container. Raises StoreUnavailableError when we may not know."""

        def look(container: ContainerClient) -> bool:
            try:
                next(container.list_blob_names(results_per_page=1).by_page(), None)
            except AzureError as error:
                if code_of(error) not in NO_CONTAINER:
                    raise
                return False
            return True

        return self._ask("", said_of_reading, look)
