"""How a photo is to be decoded."""

from dataclasses import dataclass

from resize_core.model import Colour, Effort, Location, Orientation


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """What a decoder is asked for.

    `spare` is how many bytes metadata may take in the rendition, `max_pixels` how many pixels all
    frames together may have. The other fields are those of `Choices`.
    """

    effort: Effort
    spare: int
    max_pixels: int
    orientation: Orientation = "tag"
    colour: Colour = "own"
    location: Location = "keep"
