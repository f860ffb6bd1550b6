"""Label Studio: a list of tasks to import, one per rendition.

An `azure-blob://` address is presigned by the project's source storage; one of a local folder is
served from below its document root. Source: labelstud.io/guide/tasks and /guide/storage.
"""

import json
from functools import partial
from urllib.parse import quote

from orchestration.blobs.address import Address, split_container_url
from orchestration.manifest.form import Form
from orchestration.manifest.forms.label_studio_regions import MODEL, regions
from orchestration.manifest.label_join import JoinedLabels
from orchestration.manifest.row import Row


def label_studio(resized: Address, joined: JoinedLabels | None = None) -> Form:
    """Return the form for renditions at an address; labels become a prediction of each task."""
    line = partial(_line, _base(resized), joined or JoinedLabels())
    return Form("label-studio", "tasks.json", line, opening="[\n", joint=",\n", closing="\n]\n")


def _base(resized: Address) -> str:
    if not resized.is_container:
        return "/data/local-files/?d="
    _, container, prefix = split_container_url(resized)
    return f"azure-blob://{container}/{quote(prefix)}"


def _line(base: str, joined: JoinedLabels, row: Row) -> str:
    where = base + quote(row.name, errors="surrogatepass")
    task: dict[str, object] = {"data": {"image": where, "name": row.name, "md5": row.md5}}
    labels = joined.by_name.get(row.name)
    if labels and row.shown is not None:
        task["predictions"] = [{"model_version": MODEL, "result": regions(labels, row.shown)}]
    return json.dumps(task)
