"""Read an MLTable as Azure ML does, in the environment where its library is installed.

    .venv/mltable/bin/python tests/manifest/readers/read_with_mltable.py FOLDER

Prints one line of JSON: a list of rows, each URL as the datastore and the path it was read as.
"""

import json
import sys
from typing import Any

import mltable


def plain(value: Any) -> Any:
    """Return what JSON can hold of a cell: of a stream its parts, of an array a list."""
    if hasattr(value, "to_pod"):
        return value.to_pod()
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


if __name__ == "__main__":
    frame = mltable.load(sys.argv[1]).to_pandas_dataframe()
    print(json.dumps(plain(frame.to_dict("records"))))
