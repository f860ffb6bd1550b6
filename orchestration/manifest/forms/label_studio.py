"""Label Studio: a list of tasks to import, one per rendition.

An `azure-blob://` address is presigned by the project's source storage: it signs the name as it
stands there, not percent-decoded, and cannot open names with `?`, `#` or `%`. A file of a local
folder is served from below its document root. Source: labelstud.io/guide/tasks and /guide/storage;
HumanSignal/label-studio, `io_storages/azure_blob/models.py`.
"""

import json
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from orchestration.blobs.address import Address, split_container_url
from orchestration.manifest.form import Form
from orchestration.manifest.forms.label_studio_regions import MODEL, regions
from orchestration.manifest.label_join import JoinedLabels
from orchestration.manifest.row import Row

_SPECIAL = frozenset("?#%")


def label_studio(resized: Address, joined: JoinedLabels | None = None) -> Form:
    """Return the form for renditions at an address; labels become a prediction of each task."""
    place = _in_container(resized) if resized.is_container else _in_folder
    line = partial(_line, place, joined or JoinedLabels())
    lacking = "with ?, # or % in the name, which Label Studio cannot open in Azure"
    return Form(
        "label-studio", "tasks.json", line,
        opening="[\n", joint=",\n", closing="\n]\n", lacking=lacking,
    )  # fmt: skip


def _in_container(resized: Address) -> Callable[[str], str | None]:
    _, container, prefix = split_container_url(resized)

    def place(name: str) -> str | None:
        path = prefix + name
        return None if _SPECIAL & set(path) else f"azure-blob://{container}/{path}"

    return place


def _in_folder(name: str) -> str | None:
    return f"/data/local-files/?d={quote(name, errors='surrogatepass')}"


def _line(place: Callable[[str], str | None], joined: JoinedLabels, row: Row) -> str | None:
    where = place(row.name)
    if where is None:
        return None
    task: dict[str, object] = {"data": {"image": where, "name": row.name, "md5": row.md5}}
    labels = joined.by_name.get(row.name)
    if labels and row.shown is not None:
        task["predictions"] = [{"model_version": MODEL, "result": regions(labels, row.shown)}]
    return json.dumps(task)
