"""Gives the command the standard streams that it was started without."""

import os
import sys


def open_missing_streams() -> None:
    """Connect each closed standard stream to the null device.

    Otherwise the next file that is opened takes its number, and gets what is printed. Python has
    no object for a closed stream.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # this takes the lowest free number
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, closefd=False))
