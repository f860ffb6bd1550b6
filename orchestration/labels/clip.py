"""Cut boxes and polygons at the edges of a picture, for readers that drop labels beyond them."""

from collections.abc import Callable

Point = tuple[float, float]
Box = tuple[float, float, float, float]


def clipped_box(box: Box, width: float, height: float) -> Box:
    """Return the part of a box (left, top, right, bottom) that lies within 0 to width and height.

    A box outside the picture becomes one of size zero on the edge.
    """
    left, top, right, bottom = box
    return (
        min(max(left, 0.0), width),
        min(max(top, 0.0), height),
        min(max(right, 0.0), width),
        min(max(bottom, 0.0), height),
    )


def clipped_polygon(flat: list[float], width: float, height: float) -> list[float]:
    """Return the part of a polygon within 0 to width and height; [] if nothing is left.

    Where the polygon leaves and returns, an edge of the picture joins the parts. Cut edge by edge
    (Sutherland and Hodgman, Reentrant polygon clipping, 1974).
    """
    if all(0 <= x <= width for x in flat[::2]) and all(0 <= y <= height for y in flat[1::2]):
        return flat
    points: list[Point] = [*zip(flat[::2], flat[1::2], strict=True)]
    for axis, edge, is_inside in (
        (0, 0.0, _from), (0, width, _until), (1, 0.0, _from), (1, height, _until)
    ):  # fmt: skip
        points = _cut(points, axis, edge, is_inside)
    return [number for point in points for number in point]


def _from(value: float, edge: float) -> bool:
    return value >= edge


def _until(value: float, edge: float) -> bool:
    return value <= edge


def _cut(
    points: list[Point], axis: int, edge: float, is_inside: Callable[[float, float], bool]
) -> list[Point]:
    made: list[Point] = []
    for one, other in zip([*points[-1:], *points[:-1]], points, strict=True):
        was, now = is_inside(one[axis], edge), is_inside(other[axis], edge)
        if was != now:
            share = (edge - one[axis]) / (other[axis] - one[axis])
            across = one[1 - axis] + share * (other[1 - axis] - one[1 - axis])
            made.append((edge, across) if axis == 0 else (across, edge))
        if now:
            made.append(other)
    return made
