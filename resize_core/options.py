"""The options besides the budget, and budgets and limits of services by name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

from resize_core.errors import ChoiceError, did_you_mean
from resize_core.formats import FORMATS
from resize_core.model import (
    ByteBudget,
    Colour,
    Effort,
    Format,
    Location,
    Orientation,
    Strategy,
)

_KNOWN: dict[str, object] = {
    "strategy": Strategy,
    "effort": Effort,
    "orientation": Orientation,
    "colour": Colour,
    "location": Location,
}


# What to set instead of a removed value.
_RETIRED = {
    "fast": ". It was removed, because balanced takes no more time now: set balanced",
    "seed": ". It was removed, because best keeps more quality in the same bytes: set best",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options besides the budget. Raises ChoiceError for invalid values.

    max_side: the longest side a rendition may have, in pixels; None for any.
    max_pixels: the most pixels a rendition may have; None for any number.
    min_side: scaling leaves the shorter side at least this long, in pixels.
    max_aspect: photos longer than this times their width are refused; None for any shape.
    max_source_pixels: photos of more pixels, over all their frames, are refused undecoded.
    strategy: 'best' lowers quality first, then scale; 'keep-pixels' never scales.
    effort: 'balanced' takes about as long as decoding and encoding once; 'best' two to three times
        as long for slightly better renditions, and it decodes what it made.
    orientation: 'tag' leaves pixels as they are stored, and the orientation tag;
        'upright' turns them.
    colour: 'own' keeps the photo's colour profile; 'srgb' converts its colours to sRGB.
    location: 'strip' removes where a photo was taken, and all data that may repeat it:
        GPS tags, maker notes, XMP, IPTC, comments.
    accepts: the formats a rendition may have, by name in lower case; a photo of another format
        becomes a JPEG. None for any: each photo keeps its own. The order has no meaning, but is
        kept in texts of recipes.
    """

    max_side: int | None = None
    max_pixels: int | None = None
    min_side: int = 1
    max_aspect: float | None = None
    max_source_pixels: int = 250_000_000
    strategy: Strategy = "best"
    effort: Effort = "balanced"
    orientation: Orientation = "tag"
    colour: Colour = "own"
    location: Location = "keep"
    accepts: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("max_side", "max_pixels", "min_side", "max_aspect", "max_source_pixels"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ChoiceError(f"{name} is {value}; give at least 1", name)
        if self.max_side is not None and self.max_side < self.min_side:
            problem = f"max_side {self.max_side} is below min_side {self.min_side}"
            raise ChoiceError(problem, "max_side")
        for name, known in _KNOWN.items():
            value, values = getattr(self, name), get_args(known)
            if value not in values:
                problem = f"{name} is {value!r}; it is one of {', '.join(values)}"
                raise ChoiceError(problem + what_instead(str(value), values), name)
        if self.accepts is not None:
            _check_accepts(self.accepts)

    @property
    def changes(self) -> bool:
        """Whether they may change a photo that is within the budget."""
        kept = self.orientation == "tag" and self.colour == "own" and self.location == "keep"
        return not kept

    def admits(self, row: Format) -> bool:
        """Return whether a rendition may have a format."""
        return self.accepts is None or row.name.lower() in self.accepts


DEFAULTS = Options()


def with_named(options: Options, named: Mapping[str, Any]) -> Options:
    """Return the options with some given by name; `accepts` may be a text, as people write it.

    Raises ChoiceError for a name that is no option, and as `Options` does.
    """
    if not named:
        return options
    names = [one.name for one in fields(Options)]
    for name in named:
        if name not in names:
            raise ChoiceError(f"{name} is not an option" + did_you_mean(name, names), name)
    accepts = named.get("accepts")
    return replace(
        options,
        **{**named, **({"accepts": parse_accepts(accepts)} if isinstance(accepts, str) else {})},
    )


def what_instead(value: str, values: Iterable[str]) -> str:
    """Return what to set instead of a value that is not one of `values`, or ''.

    The text continues a sentence with the value.
    """
    return _RETIRED.get(value) or did_you_mean(value, values)


def parse_accepts(text: str) -> tuple[str, ...]:
    """Read names of formats as people write them, with spaces or commas between, in any case.

    Raises ChoiceError for a name that no format has.
    """
    names = tuple(dict.fromkeys(name for name in re.split(r"[\s,;]+", text.lower()) if name))
    _check_known(names)
    return names


def _check_accepts(names: tuple[str, ...]) -> None:
    _check_known(names)
    if "jpeg" not in names:
        problem = (
            f"accepts is {' '.join(names)!r}; it must name jpeg, because other formats become that"
        )
        raise ChoiceError(problem, "accepts")


def _check_known(names: tuple[str, ...]) -> None:
    known = [row.name.lower() for row in FORMATS]
    for name in names:
        if name not in known:
            problem = (
                f"accepts names {name!r}, which is not a format; the formats are {', '.join(known)}"
            )
            raise ChoiceError(problem + did_you_mean(name, known), "accepts")


@dataclass(frozen=True, slots=True)
class Preset:
    """What a service accepts: values of `Options` and, if it has a limit, a budget.

    `source` is the service's documentation, and when it was read.
    """

    options: Mapping[str, Any]
    budget: ByteBudget | None = None
    source: str = field(default="", compare=False)


PresetName = Literal[
    "none",
    "cvat",
    "label-studio",
    "roboflow",
    "automl-images",
    "custom-vision-training",
    "custom-vision-prediction",
]

# Of sides up to 10,240 px, more than 10,000 have been turned away. MB are read as 10^6 bytes, which
# either reading admits.
_CUSTOM_VISION = {"max_side": 10_000, "min_side": 256, "max_aspect": 25}
_CUSTOM_VISION_SOURCE = "Custom Vision, Limits and quotas, 2025-01-22"

PRESETS = {
    "cvat": Preset(
        {"orientation": "upright"},
        source="cvat-ai/cvat pull request 4529: labels are in the frame as shown; no limit found",
    ),
    "label-studio": Preset(
        {"orientation": "upright", "accepts": ("jpeg", "png", "gif", "bmp", "webp")},
        source="labelstud.io/guide/tasks, read 2026-11-28; no limit of bytes or sides found",
    ),
    "roboflow": Preset(
        {"orientation": "upright"},
        source="blog.roboflow.com/exif-auto-orientation, read 2026-11-28; no limit found",
    ),
    "automl-images": Preset(
        {"orientation": "upright", "accepts": ("jpeg", "png", "bmp", "tiff")},
        source="Azure Machine Learning, Data schemas to train computer vision models, "
        "read 2026-11-28; no limit of bytes or sides found",
    ),
    "custom-vision-training": Preset(_CUSTOM_VISION, ByteBudget(6_000_000), _CUSTOM_VISION_SOURCE),
    "custom-vision-prediction": Preset(
        _CUSTOM_VISION, ByteBudget(4_000_000), _CUSTOM_VISION_SOURCE
    ),
}


def preset_of(name: PresetName) -> Preset:
    """Return the preset of a name; that of "none" sets nothing."""
    return PRESETS.get(name, Preset({}))


# Fewer bytes hold no useful photo: who writes 6 means megabytes.
LEAST_BYTES = 1_000


def parse_preset(text: str) -> Preset:
    """Read a budget as `ByteBudget.parse` does, or the name of a preset that has one.

    Raises ChoiceError, also for a budget under 1,000 bytes.
    """
    with_budget = {name: one for name, one in PRESETS.items() if one.budget is not None}
    name = text.strip().lower()
    if preset := with_budget.get(name):
        return preset
    if name in PRESETS:
        raise ChoiceError(f"{name} has no limit of bytes: set it as the preset, not as the budget")
    try:
        budget = ByteBudget.parse(text)
    except ChoiceError as error:
        problem = f"{error}, or the preset {' or '.join(with_budget)}"
        raise ChoiceError(problem + did_you_mean(text.strip(), with_budget)) from None
    if budget.size < LEAST_BYTES:
        number = text.strip().rstrip("Bb ")
        size = "1 byte" if budget.size == 1 else f"{budget.size} bytes"
        raise ChoiceError(
            f"{text.strip()!r} means {size}, which no photo fits; for megabytes write {number}MB"
        )
    return Preset({}, budget)
