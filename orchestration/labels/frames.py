"""Decide whether coordinates of a label file are of photos as shown or as stored. Pure.

The frames differ if a photo has an EXIF rotation. Then the width and height in the label file
decide, or else the known behaviour of its tool. Nothing is guessed.
"""

import math

from orchestration.labels.geometry import Frame, Size


class FrameError(Exception):
    """The frame of coordinates is unknown, or their width and height do not fit the file."""


def frame_of(
    stated: Size | None,
    stored: Size,
    turn: int,
    *,
    asked: Frame | None = None,
    profile: Frame | None = None,
) -> Frame:
    """Return the frame of coordinates on a file of these stored sides and this turn.

    `stated` are the sides in the label file, or None; `asked` is the frame that a person set, and
    `profile` the one that its tool always writes.

    Raises FrameError.
    """
    shown = stored.turned(turn)
    wanted = asked or profile
    if stated is not None and not all(0 < side < math.inf for side in stated):
        raise FrameError(
            f"the label file has {stated.width:g}x{stated.height:g} px, which is not a valid size"
        )
    if stated is None:
        fitting = {Frame.SHOWN, Frame.STORED}
    else:
        fitting = _fitting(stated, shown, stored)
        # Some tools write the sides of the other frame.
        if wanted and not fitting and turn != 1:
            fitting = {wanted} if _fitting(_swapped(stated), shown, stored) else fitting
        if not fitting:
            raise FrameError(_of_another_shape(stated, shown))
    if turn == 1:
        return wanted or Frame.SHOWN
    if wanted:
        return wanted
    if len(fitting) == 1:
        return next(iter(fitting))
    raise FrameError(
        f"the file has EXIF orientation {turn}, and it is unknown whether these labels are of the "
        "picture as shown or as stored; set --frame shown or --frame stored"
    )


def sides_in(frame: Frame, stated: Size | None, stored: Size, turn: int) -> Size:
    """Return the sides that coordinates in a frame refer to: the stated ones, if there are any.

    They are exchanged if a tool wrote those of the other frame.
    """
    sides = stored.turned(turn) if frame is Frame.SHOWN else stored
    if stated is None:
        return sides
    return stated if _is_same_shape(stated, sides) else _swapped(stated)


def _fitting(stated: Size, shown: Size, stored: Size) -> set[Frame]:
    """Return the frames with the stated sides, or else those with their aspect ratio."""
    sides = {Frame.SHOWN: shown, Frame.STORED: stored}
    exact = {frame for frame, size in sides.items() if size == stated}
    return exact or {frame for frame, size in sides.items() if _is_same_shape(stated, size)}


def _is_same_shape(stated: Size, sides: Size) -> bool:
    """Return whether one scale, with rounding per side, turns these sides into the stated ones."""
    lowest = max((stated.width - 1) / sides.width, (stated.height - 1) / sides.height)
    highest = min((stated.width + 1) / sides.width, (stated.height + 1) / sides.height)
    return lowest < highest


def _swapped(sides: Size) -> Size:
    return Size(sides.height, sides.width)


def _of_another_shape(stated: Size, sides: Size) -> str:
    return (
        f"the label file has {stated.width:g}x{stated.height:g} px, which is not the aspect ratio "
        f"of the file's {sides.width:g}x{sides.height:g} px; these labels are of another picture, "
        "or the picture was cropped after it was labelled"
    )
