"""Images of tasks open in Label Studio, whose source storage signs their addresses.

Its steps are repeated here with Azure's own library, for its server is too large a dependency.
Source: HumanSignal/label-studio, `io_storages/azure_blob/models.py` (`generate_http_url`).
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlparse
from urllib.request import urlopen

import pytest
from azure.storage.blob import BlobSasPermissions, generate_blob_sas

from orchestration.blobs.address import parse_address
from orchestration.manifest.collect import Summary
from orchestration.manifest.forms.label_studio import label_studio
from orchestration.manifest.row import Row
from orchestration.manifest.save import save
from tests.azurite.emulator import ACCOUNT, KEY, Azurite

NAMES = ["a.jpg", "b c/d e.jpg", "d\u00e4mmerung & (1)+2=3.jpg", "\U0001f4f7.jpg"]
UNSIGNED = ["100%.jpg", "what?.jpg", "#1.jpg", "a%20b.jpg"]


def opened(azurite: Azurite, url: str) -> bytes:
    """Sign an address as Label Studio does, and open it as a browser does."""
    parts = urlparse(url, allow_fragments=False)
    container, blob = parts.netloc, parts.path.lstrip("/")
    token = generate_blob_sas(
        ACCOUNT, container, blob, account_key=KEY, permission=BlobSasPermissions(read=True),
        expiry=datetime.now(UTC) + timedelta(minutes=5),
    )  # fmt: skip
    signed = f"{azurite.blobs}/{container}/{blob}?{token}"
    with urlopen(quote(signed, safe="/:?&=+%()~")) as answer:
        data: bytes = answer.read()
    return data


@pytest.mark.parametrize("prefix", ["", "/pre fix/\u00e4"])
def test_images_of_tasks_open_by_the_addresses_that_label_studio_signs(
    prefix: str, azurite: Azurite, tmp_path: Path
) -> None:
    url = azurite.new_container("tasks")
    container = azurite.service.get_container_client(url.rpartition("/")[2])
    for name in [*NAMES, *UNSIGNED]:
        container.upload_blob(f"{prefix}/{name}".lstrip("/"), name.encode())
    rows = [
        Row(name, "0" * 32, 9, 100, 80, "JPEG", "1000x800 1 1", name, "1" * 32)
        for name in sorted([*NAMES, *UNSIGNED])
    ]
    form = label_studio(parse_address(url + quote(prefix), "resized"))
    lacking = save(rows, Summary(), form, tmp_path, {})
    tasks = [task["data"] for task in json.loads((tmp_path / "tasks.json").read_text())]
    assert {task["name"]: opened(azurite, task["image"]).decode() for task in tasks} == {
        name: name for name in NAMES
    }
    assert lacking == len(UNSIGNED)
