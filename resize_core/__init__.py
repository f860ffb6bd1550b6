"""Make a photo fit a byte budget at the best quality that fits. Bytes in, bytes out."""

from resize_core.check import decode
from resize_core.compare.before_after import contact_sheet
from resize_core.compare.hash_file import hash_file
from resize_core.compare.label_sheet import Drawing, LabelSheet, Shape, drawing, label_sheet
from resize_core.compare.near_hashes import FARTHEST, near_pairs
from resize_core.compare.places import Comparison, Look, Place, compare_places
from resize_core.compare.same_picture import Likeness, alike, likeness
from resize_core.errors import (
    BadShapeError,
    BrokenError,
    CannotFitError,
    ChoiceError,
    NeedsMoreBytesError,
    NotAPhotoError,
    ResizeError,
    TooLargeError,
    TruncatedError,
    UnsupportedError,
    did_you_mean,
)
from resize_core.formats import FORMATS, photo_patterns
from resize_core.model import (
    ByteBudget,
    Colour,
    Effort,
    Format,
    Header,
    Location,
    Orientation,
    Rendition,
    Setting,
    Strategy,
)
from resize_core.options import (
    PRESETS,
    Options,
    Preset,
    PresetName,
    parse_accepts,
    parse_preset,
    preset_of,
    what_instead,
)
from resize_core.probe import ends_whole, fits, probe
from resize_core.rendition_name import ADDED, name_for
from resize_core.shrink import shrink

__all__ = [
    "ADDED",
    "FARTHEST",
    "FORMATS",
    "PRESETS",
    "BadShapeError",
    "BrokenError",
    "ByteBudget",
    "CannotFitError",
    "ChoiceError",
    "Colour",
    "Comparison",
    "Drawing",
    "Effort",
    "Format",
    "Header",
    "LabelSheet",
    "Likeness",
    "Location",
    "Look",
    "NeedsMoreBytesError",
    "NotAPhotoError",
    "Options",
    "Orientation",
    "Place",
    "Preset",
    "PresetName",
    "Rendition",
    "ResizeError",
    "Setting",
    "Shape",
    "Strategy",
    "TooLargeError",
    "TruncatedError",
    "UnsupportedError",
    "alike",
    "compare_places",
    "contact_sheet",
    "decode",
    "did_you_mean",
    "drawing",
    "ends_whole",
    "fits",
    "hash_file",
    "label_sheet",
    "likeness",
    "name_for",
    "near_pairs",
    "parse_accepts",
    "parse_preset",
    "photo_patterns",
    "preset_of",
    "probe",
    "shrink",
    "what_instead",
]
