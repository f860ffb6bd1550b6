"""Make small colour profiles from other colour information in a photo.

Sources: ICC.1:2001-04 (version 2 profiles); ITU-T H.273 for the numbers of primaries and transfer;
Bradford's matrix for the adaptation to D50.
"""

import struct
from collections.abc import Sequence

# x and y of red, green, blue and white.
Chromaticities = tuple[float, float, float, float, float, float, float, float]

_D65 = (0.3127, 0.3290)
SRGB: Chromaticities = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, *_D65)
ADOBE: Chromaticities = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, *_D65)
ADOBE_GAMMA = 563 / 256
_PRIMARIES: dict[int, Chromaticities] = {
    1: SRGB, 2: SRGB,
    4: (0.67, 0.33, 0.21, 0.71, 0.14, 0.08, 0.310, 0.316),
    5: (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, *_D65),
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *_D65),
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *_D65),
}  # fmt: skip
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
# All viewers show the curves of television like that of sRGB.
_AS_SRGB = {1, 2, 6, 13, 14, 15}
_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
_D50 = (0.9642, 1.0, 0.8249)
_STEPS = 1024

Matrix = Sequence[Sequence[float]]


def of_cicp(primaries: int, transfer: int) -> bytes | None:
    """Return the profile of coding-independent code points; None for HDR and unknown numbers."""
    chromaticities = _PRIMARIES.get(primaries)
    if chromaticities is None or transfer not in _AS_SRGB | _GAMMAS.keys():
        return None
    return rgb_profile(chromaticities, _GAMMAS.get(transfer))


def rgb_profile(chromaticities: Chromaticities, gamma: float | None = None) -> bytes:
    """Return the profile of an RGB picture, by default with the curve of sRGB.

    Raises ValueError for primaries that are on one line.
    """
    curve = _curve(gamma)
    rows = _to_d50(chromaticities)
    columns = [tuple(row[i] for row in rows) for i in range(3)]
    tags = {f"{c}XYZ": _xyz(column) for c, column in zip("rgb", columns, strict=True)}
    return _profile(b"RGB ", {**tags, "rTRC": curve, "gTRC": curve, "bTRC": curve})


def grey_profile(gamma: float | None = None) -> bytes:
    """Return the profile of a grey picture, by default with the curve of sRGB."""
    return _profile(b"GRAY", {"kTRC": _curve(gamma)})


def _curve(gamma: float | None) -> bytes:
    if gamma is not None:
        return b"curv" + struct.pack(">4xIHxx", 1, min(65_535, max(1, round(gamma * 256))))
    values = [round(65_535 * _srgb(i / (_STEPS - 1))) for i in range(_STEPS)]
    return b"curv" + struct.pack(f">4xI{_STEPS}H", _STEPS, *values)


def _srgb(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - IEC 61966-2-1


def _profile(space: bytes, tags: dict[str, bytes]) -> bytes:
    name = b"made from what the photo says"
    text = b"desc" + struct.pack(">4xI", len(name) + 1) + name + bytes(1 + 4 + 4 + 2 + 1 + 67)
    every = {"desc": text, "cprt": b"text" + bytes(4) + b"no rights reserved\0",
             "wtpt": _xyz(_D50), **tags}  # fmt: skip
    rows, body, at = b"", b"", 128 + 4 + 12 * len(every)
    for tag, data in every.items():
        rows += tag.encode() + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4xI4s4s4s12x4s28x12s48x", at + len(body), 0x02400000, b"mntr", space, b"XYZ ", b"acsp",
        _fixed(_D50),
    )  # fmt: skip
    return head + struct.pack(">I", len(every)) + rows + body


def _xyz(values: Sequence[float]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(values)


def _fixed(values: Sequence[float]) -> bytes:
    return struct.pack(">3i", *(round(value * 65_536) for value in values))


def _to_d50(chromaticities: Chromaticities) -> Matrix:
    """From RGB to XYZ, adapted to D50."""
    if any(y <= 0 for y in chromaticities[1::2]):
        raise ValueError("a colour without brightness")
    red, green, blue, white = (
        (x / y, 1.0, (1 - x - y) / y)
        for x, y in zip(chromaticities[::2], chromaticities[1::2], strict=True)
    )
    columns = [[red[i], green[i], blue[i]] for i in range(3)]
    shares = _apply(_inverse(columns), white)
    scaled = [[value * share for value, share in zip(row, shares, strict=True)] for row in columns]
    before, after = _apply(_BRADFORD, white), _apply(_BRADFORD, _D50)
    if not all(before):
        raise ValueError("a white without colour")
    cones = [[a / b if i == j else 0.0 for j in range(3)]
             for i, (a, b) in enumerate(zip(after, before, strict=True))]  # fmt: skip
    return _times(_times(_inverse(_BRADFORD), _times(cones, _BRADFORD)), scaled)


def _apply(matrix: Matrix, vector: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _times(one: Matrix, other: Matrix) -> Matrix:
    return [[sum(row[k] * other[k][j] for k in range(3)) for j in range(3)] for row in one]


def _inverse(m: Matrix) -> Matrix:
    """Raises ValueError if there is none."""
    minors = [
        [m[(j + 1) % 3][(i + 1) % 3] * m[(j + 2) % 3][(i + 2) % 3]
         - m[(j + 1) % 3][(i + 2) % 3] * m[(j + 2) % 3][(i + 1) % 3] for j in range(3)]
        for i in range(3)
    ]  # fmt: skip
    whole = sum(m[0][i] * minors[i][0] for i in range(3))
    if not whole:
        raise ValueError("primaries on one line")
    return [[value / whole for value in row] for row in minors]
