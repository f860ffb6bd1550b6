"""What people keep stays as it was recorded: recipes, names, stamps, and renditions byte for byte.

After a change that is meant to change one of them: `python -m tests.golden.names`,
`python -m tests.golden.renditions`, and read what differs.
"""

import json

from tests.golden import names, renditions


def test_recipe_texts_are_those_recorded() -> None:
    assert names.recipes() == json.loads(names.FILE.read_text())["recipes"]


def test_stamps_ledger_json_and_metadata_keys_are_those_recorded() -> None:
    assert names.mirror() == json.loads(names.FILE.read_text())["mirror"]


def test_renditions_are_those_recorded() -> None:
    recorded = json.loads(renditions.FILE.read_text())
    found, expected = renditions.renditions(), recorded["renditions"]
    if renditions.made_with() != recorded["made_with"]:
        # Another version of an encoder writes other bytes, and may choose another setting.
        for rows in (found, expected):
            for row in rows.values():
                for key in ("sha256", "setting"):
                    row.pop(key, None)
    differing = {title for title, row in expected.items() if found.get(title) != row}
    assert not differing, [(title, expected[title], found.get(title)) for title in differing]
    assert len(found) == len(expected)
