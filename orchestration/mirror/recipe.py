"""The recipe of renditions: all settings that shape them, as values and as one text."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from orchestration.mirror.rendition_names import Naming
from orchestration.mirror.stamp import ADOPTED, PASSED_THROUGH, Stamp
from resize_core import (
    FORMATS,
    ByteBudget,
    Header,
    Options,
    Rendition,
    ResizeError,
    fits,
    shrink,
)

# Raise it by hand when existing renditions should be regenerated. Library upgrades do not.
RECIPE_VERSION = 1

# Settings that decide whether a photo is tried, not what its rendition looks like.
_LIMITS = ("max_source_pixels",)
_FORMATS = {row.name: row for row in FORMATS}


@dataclass(frozen=True, slots=True)
class Recipe:
    """The budget in bytes, and the options of the core.

    `text` has everything that shapes a rendition; `terms` also has the limits that decide which
    photos are tried; `naming` names renditions.
    """

    budget: int
    options: Options = field(default_factory=Options)
    text: str = field(init=False)
    terms: str = field(init=False)
    naming: Naming = field(init=False)

    def __post_init__(self) -> None:
        given = dict(_given(self.options))
        shaping = [f"{key}={value}" for key, value in given.items() if key not in _LIMITS]
        limits = [f"{key}={value}" for key, value in given.items() if key in _LIMITS]
        text = " ".join([f"v{RECIPE_VERSION} budget={self.budget}", *shaping])
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "terms", " ".join([text, *limits]))
        object.__setattr__(self, "naming", Naming(self.options.accepts))

    def shrink(self, data: bytes) -> Rendition:
        """Return the rendition of a photo, given its bytes.

        Raises ResizeError.
        """
        return shrink(data, ByteBudget(self.budget), self.options)

    def passes_through(self, header: Header, size: int) -> bool:
        """Return whether a photo with that header and size in bytes may stay unchanged.

        Raises ResizeError when no rendition of it will be made at all.
        """
        return fits(header, size, ByteBudget(self.budget), self.options)

    def may_pass_through(self, size: int) -> bool:
        """Whether a photo of `size` bytes may pass through, so that its head is worth reading."""
        return size <= self.budget

    def admits(self, stamp: Stamp) -> bool:
        """Whether a rendition that was passed through or adopted would pass through again."""
        row = _FORMATS.get(stamp.format)
        if stamp.made not in {PASSED_THROUGH, ADOPTED} or row is None:
            return False
        try:
            return self.passes_through(Header(row, stamp.width, stamp.height), stamp.rendition_size)
        except ResizeError:
            return False


def _given(options: Options) -> Iterator[tuple[str, object]]:
    """Yield the options in a recipe's text as name and value, without unset limits."""
    for name, value in sorted(asdict(options).items()):
        if name == "accepts" and value:
            yield name, " ".join(value)
        elif value is not None and (name, value) != ("min_side", 1):
            yield name, value
