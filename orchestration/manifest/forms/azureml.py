"""Azure ML: an MLTable over lines of JSON, for AutoML for Images.

A URL has the long form, its path percent-encoded: Azure ML reads the short form as null without a
message, and cuts a name off at a question mark. It decodes only the path, so the part
before it must not be encoded. Source: "Data schemas to train computer vision models with
automated machine learning"; `mltable` 1.7.0.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from orchestration.manifest.collect import Summary
from orchestration.manifest.form import Form
from orchestration.manifest.forms.automl_labels import automl_labels
from orchestration.manifest.label_join import JoinedLabels
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


_NOT_IN_NAMES = re.compile(r"[\s/\\?#%]")


class NotANameError(ValueError):
    """What cannot be the name of a subscription, resource group, workspace or datastore."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name!r} is not the name of a subscription, resource group, workspace or datastore: "
            "those have no spaces and none of / \\ ? # %"
        )


@dataclass(frozen=True, slots=True)
class Datastore:
    """A datastore of an Azure ML workspace over the resized container.

    Raises NotANameError if a part contains a character that such names and URLs cannot contain.
    """

    subscription: str
    resource_group: str
    workspace: str
    name: str

    def __post_init__(self) -> None:
        for part in (self.subscription, self.resource_group, self.workspace, self.name):
            if not part or _NOT_IN_NAMES.search(part):
                raise NotANameError(part)

    @property
    def url(self) -> str:
        """The long form, up to the path within the datastore."""
        return (
            f"azureml://subscriptions/{self.subscription}/resourcegroups/{self.resource_group}"
            f"/workspaces/{self.workspace}/datastores/{self.name}/paths/"
        )


def azureml(
    store: Datastore, prefix: str, data_set: str, joined: JoinedLabels | None = None
) -> Form:
    """Return the form; `prefix` is '' or `a/b/`, and comes before each name in the container.

    With labels it is a training table of the renditions that have labels and no EXIF rotation,
    because AutoML's readers treat rotations differently.

    Raises MixedLabelsError.
    """
    base, digest, lacking = store.url + quote(prefix), "", ""
    line: Callable[[Row], str | None] = partial(_line, base)
    if joined is not None:
        line = partial(_labelled_line, base, automl_labels(joined))
        digest, lacking = joined.digest, "without labels, or with an EXIF rotation"
    return Form("azureml", _LINES, line, lacking=lacking, beside=partial(_beside, data_set, digest))


def image(base: str, row: Row) -> dict[str, object]:
    """Return the details of an image in a line; sides only if all readers agree on them."""
    facts: dict[str, object] = {"image_url": base + quote(row.name, errors="surrogatepass")}
    if row.turn == 1:
        kind = {"JPEG": "jpg"}.get(row.format, row.format.lower())
        facts["image_details"] = {"format": kind, "width": row.width, "height": row.height}
    return facts


def _line(base: str, row: Row) -> str:
    return json.dumps(image(base, row))


def _labelled_line(base: str, labels: Mapping[str, object], row: Row) -> str | None:
    if row.name not in labels or row.turn != 1:
        return None
    return json.dumps({**image(base, row), "label": labels[row.name]})


def _beside(data_set: str, labels: str, summary: Summary) -> dict[str, str]:
    # The version of an asset cannot be changed, so other labels need another version.
    version = f"{summary.version}-{labels}" if labels else summary.version
    return {"MLTable": _TABLE, "data.yml": _ASSET.format(name=data_set, version=version)}
