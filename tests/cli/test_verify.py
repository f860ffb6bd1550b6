"""`photo-mirror verify` finds what was planted in a folder and in a container."""

import os
from collections.abc import Mapping
from dataclasses import replace

from azure.storage.blob import BlobBlock

from orchestration.blobs.base import Properties
from tests.cli.conftest import Places
from tests.noise_photos import photo

NAMES = [f"a/{at}.jpg" for at in range(6)]


def mirrored(places: Places) -> None:
    for at, name in enumerate(NAMES):
        places.put(name, photo(at))
    places.mirror()


def flip_byte(places: Places, name: str) -> None:
    """Change one byte, but keep the digest in the listing."""
    if places.folder is not None:
        path = places.folder / "resized" / name
        status = path.stat()
        with path.open("r+b") as file:
            file.seek(status.st_size // 2)
            (byte,) = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte ^ 1]))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        return
    assert places.proxy is not None
    held = places.rendition(name)
    container = os.environ["PHOTO_MIRROR_RESIZED"].rpartition("/")[2]
    service = places.proxy.azurite.service
    blob = service.get_blob_client(container, name)
    data = bytearray(places.resized.read(name, held.etag).data)
    data[len(data) // 2] ^= 1
    # As blocks, whose digest the service does not look at: the listing goes on to say the old one.
    settings = blob.get_blob_properties().content_settings
    blob.stage_block("block-01", bytes(data))
    blob.commit_block_list(
        [BlobBlock("block-01")], content_settings=settings, metadata=dict(held.metadata)
    )
    assert places.rendition(name).md5 == held.md5


def alter_stamp(places: Places, name: str, changed: Mapping[str, str]) -> None:
    held = places.rendition(name)
    places.resized.restamp(name, held.etag, {**held.metadata, **changed})


def test_a_mirror_in_sync_verifies_and_is_not_touched(places: Places) -> None:
    mirrored(places)
    before = places.state()
    code, told = places.told("verify", "--decode", "--photos")
    assert (code, told[-1]["total"]["read"], told[-1]["total"]["drifts"]) == (0, 6, {})
    assert places.state() == before
    assert "No problems found." in places.invoke("verify", "a", "--sample", "2").stdout


def test_a_flipped_byte_a_missing_rendition_and_an_altered_stamp_are_found(places: Places) -> None:
    mirrored(places)
    flip_byte(places, NAMES[1])
    gone = places.rendition(NAMES[3])
    places.resized.delete(gone.name, gone.etag)
    alter_stamp(places, NAMES[5], {"photo_mirror_recipe": "v1 budget=1"})
    before = places.state()
    code, told = places.told("verify")
    assert code == 1
    assert {(one["name"], one["drift"]) for one in told[:-1]} == {
        (NAMES[1], "flipped"),
        (NAMES[3], "missing"),
        (NAMES[5], "altered"),
    }
    assert told[-1]["total"]["drifts"] == {"flipped": 1, "missing": 1, "altered": 1}
    ran = places.invoke("verify")
    assert ran.exit_code == 1
    assert "3 problems found." in ran.stdout
    assert f"flipped: {NAMES[1]}: its bytes do not match the digest" in ran.stdout
    assert places.state() == before


def test_replaced_bytes_with_the_old_stamp_are_found(places: Places) -> None:
    mirrored(places)
    held = places.rendition(NAMES[0])
    blob = places.resized.read(NAMES[0], held.etag)
    changed = bytearray(blob.data)
    changed[-10] ^= 1
    properties = replace(blob.properties, metadata=held.metadata)
    places.resized.write(NAMES[0], bytes(changed), properties, replaces=held.etag)
    places.resized.write("theirs.txt", b"notes", Properties())
    code, told = places.told("verify", "--sample", "0")
    assert code == 1
    assert [(one["name"], one["drift"]) for one in told[:-1]] == [
        (NAMES[0], "altered"),
        ("theirs.txt", "foreign"),
    ]
