"""Everything that was decided about a rendition, as values and as one short string."""

from dataclasses import dataclass, field

from orchestration.mirror.rendition_names import Naming
from orchestration.mirror.stamp import ADOPTED, PASSED_THROUGH, Stamp
from resize_core import (
    FORMATS,
    ByteBudget,
    Choices,
    Header,
    Rendition,
    ResizeError,
    fits,
    parse_accepts,
    shrink,
)

# Raised by hand when renditions made before should be made anew. Library upgrades do not raise it.
RECIPE_VERSION = 1

# What decides whether a photo is tried, and not what its rendition looks like.
_LIMITS = ("max_source_pixels",)
_FORMATS = {row.name: row for row in FORMATS}


@dataclass(frozen=True, slots=True)
class Recipe:
    """The budget in bytes, and the choices the core is called with.

    `text` says all that shapes a rendition; `terms` says also which photos are not tried at all;
    `naming` says what a rendition is called.

    Raises ChoiceError when the choices make no sense.
    """

    budget: int
    choices: Choices = field(default_factory=Choices)
    text: str = field(init=False)
    terms: str = field(init=False)
    naming: Naming = field(init=False)

    def __post_init__(self) -> None:
        self.passes_through(Header(FORMATS[0], 1, 1), 1)  # the core looks the choices over
        given = {key: value for key, value in sorted(self.choices.items()) if value is not None}
        if accepts := self.choices.get("accepts"):
            given["accepts"] = " ".join(parse_accepts(accepts))
        shaping = [f"{key}={value}" for key, value in given.items() if key not in _LIMITS]
        limits = [f"{key}={value}" for key, value in given.items() if key in _LIMITS]
        text = " ".join([f"v{RECIPE_VERSION} budget={self.budget}", *shaping])
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "terms", " ".join([text, *limits]))
        object.__setattr__(self, "naming", Naming(self.choices.get("accepts")))

    def shrink(self, data: bytes) -> Rendition:
        """Make the rendition.

        Raises ResizeError.
        """
        return shrink(data, ByteBudget(self.budget), **self.choices)

    def passes_through(self, header: Header, size: int) -> bool:
        """Whether a photo of that header and size in bytes needs nothing done.

        Raises ResizeError when no rendition of it will be made at all.
        """
        return fits(header, size, ByteBudget(self.budget), **self.choices)

    def may_pass_through(self, size: int) -> bool:
        """Whether a photo that weighs so many bytes is worth a look at its head alone."""
        return size <= self.budget

    def admits(self, stamp: Stamp) -> bool:
        """Whether a rendition that was passed through, or adopted, would pass through again."""
        row = _FORMATS.get(stamp.format)
        if stamp.made not in {PASSED_THROUGH, ADOPTED} or row is None:
            return False
        try:
            return self.passes_through(Header(row, stamp.width, stamp.height), stamp.rendition_size)
        except ResizeError:
            return False
