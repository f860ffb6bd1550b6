"""How a photo is to be decoded, and what its format can write."""

from dataclasses import dataclass

from resize_core.model import Dial, Sampling, Way
from resize_core.options import Colour, Effort, Location, Orientation


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """`spare` is how many bytes metadata may take, `max_pixels` how many all frames may have.

    `orientation`, `colour` and `location` are those of `Choices`.
    """

    effort: Effort
    spare: int
    max_pixels: int
    orientation: Orientation = "tag"
    colour: Colour = "own"
    location: Location = "keep"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """How a photo can be written.

    `dial` is None where the format has no quality to turn; `recodes` says whether a quality of
    None is the gentlest re-coding, and `fewer_colours` at which chroma sampling it is still gentler
    than other tables; `dropped` names what its files lack, `scaled_loses` what scaled ones lack
    as well. `grid` says at how
    many places, across and down, its renditions can be judged, and how wide these are, `scales` at
    which scales, falling from 1, and `ways` which ways to write it are worth a try, the likeliest
    first.
    """

    dial: Dial | None = None
    recodes: bool = False
    dropped: tuple[str, ...] = ()
    scaled_loses: tuple[str, ...] = ()
    grid: tuple[int, int, int] = (0, 0, 0)
    scales: tuple[float, ...] = ()
    fewer_colours: tuple[Sampling, ...] = ()
    ways: tuple[Way, ...] = ((None, None),)
