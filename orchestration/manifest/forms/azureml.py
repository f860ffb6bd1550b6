"""Azure ML: an MLTable over lines of JSON, for AutoML for Images.

A URL has the long form, percent-encoded: Azure ML reads the short form as null without a word, and
cuts a name off at a question mark. Source: "Data schemas to train computer vision models with
automated machine learning"; `mltable` 1.7.0.
"""

import json
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from orchestration.manifest.collect import Summary
from orchestration.manifest.form import Form
from orchestration.manifest.row import Row

_LINES = "images.jsonl"
_TABLE = f"""\
type: mltable
paths:
  - file: ./{_LINES}
transformations:
  - read_json_lines:
      encoding: utf8
      invalid_lines: error
      include_path_column: false
  - convert_column_types:
      - columns: image_url
        column_type: stream_info
"""
_ASSET = """\
$schema: https://azuremlschemas.azureedge.net/latest/data.schema.json
name: {name}
version: "{version}"
type: mltable
path: .
"""


@dataclass(frozen=True, slots=True)
class Datastore:
    """A datastore of an Azure ML workspace over the resized container."""

    subscription: str
    resource_group: str
    workspace: str
    name: str

    @property
    def url(self) -> str:
        """The long form, up to the path within the datastore."""
        parts = map(partial(quote, safe=""), (
            self.subscription, self.resource_group, self.workspace, self.name,
        ))  # fmt: skip
        subscription, group, workspace, name = parts
        return (
            f"azureml://subscriptions/{subscription}/resourcegroups/{group}"
            f"/workspaces/{workspace}/datastores/{name}/paths/"
        )


def azureml(store: Datastore, prefix: str, data_set: str) -> Form:
    """Return the form; `prefix` is what stands before a name in the container, '' or `a/b/`."""
    return Form(
        "azureml",
        _LINES,
        partial(_line, store.url + quote(prefix)),
        beside=partial(_beside, data_set),
    )


def image(base: str, row: Row) -> dict[str, object]:
    """Return what a line says of an image; sides only where every reader agrees on them."""
    facts: dict[str, object] = {"image_url": base + quote(row.name, errors="surrogatepass")}
    if row.turn == 1:
        kind = {"JPEG": "jpg"}.get(row.format, row.format.lower())
        facts["image_details"] = {"format": kind, "width": row.width, "height": row.height}
    return facts


def _line(base: str, row: Row) -> str:
    return json.dumps(image(base, row))


def _beside(data_set: str, summary: Summary) -> dict[str, str]:
    return {
        "MLTable": _TABLE,
        "data.yml": _ASSET.format(name=data_set, version=summary.version),
    }
