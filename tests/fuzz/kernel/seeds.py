"""Write small JPEG files as input of kernel_any.c: python -m tests.fuzz.kernel.seeds FOLDER."""

import sys
from pathlib import Path

from resize_core.formats.jpeg.coefficients.parse import Headers, first_segment
from tests.resize_core.formats.jpeg.coefficients import samples


def seed(data: bytes) -> bytes:
    """Return the bytes from which the fuzz target makes this file's planes, tables and scans."""
    headers = Headers()
    scans = []
    scan = headers.next_scan(data, first_segment(data))
    frame = headers.the_frame()
    known: list[tuple[bytes, bytes] | None] = [None] * 8
    while scan:
        end = scan.start
        while data[end] != 0xFF or data[end + 1] in {0, *range(0xD0, 0xD8)}:
            end += 1
        codes = [source.get(i) for source in (headers.dc_codes, headers.ac_codes) for i in range(4)]
        changed = [i for i in range(8) if codes[i] and codes[i] != known[i]]
        tables = b"".join(b"".join(codes[i] or ()) for i in changed)
        known = codes
        coded = data[scan.start : end]
        scans.append(
            bytes([sum(1 << i for i in changed)])
            + tables
            + bytes([len(scan.components) - 1, scan.components[0]])
            + bytes(d << 4 | a for d, a in zip(scan.dc_tables, scan.ac_tables, strict=True))
            + bytes([scan.first, scan.last, scan.high, scan.low, headers.restart_interval, 0])
            + len(coded).to_bytes(2)
            + coded
        )
        scan = headers.next_scan(data, end)
    factors = [(c.horizontal - 1) << 2 | c.vertical - 1 for c in frame.components]
    head = [len(factors) == 3, frame.progressive, frame.width - 1, frame.height - 1]
    after = bytes([*[*factors, 0, 0][:3], 0xFF, len(scans) - 1])
    return bytes(map(int, head)) + after + b"".join(scans) + bytes(range(200)) * 4


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for kind in samples.KINDS:
        data = samples.encoded(samples.picture(37, 29), kind, quality=40)
        (folder / kind).write_bytes(seed(data))
