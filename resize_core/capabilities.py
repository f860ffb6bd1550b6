"""What a format's encoder can do with one photo, and which encodings to compare."""

from dataclasses import dataclass

from resize_core.model import Quantization, Sampling


@dataclass(frozen=True, slots=True)
class QualityRange:
    """How far the quality of a format can be lowered, from 0 to 100 on the format's own scale.

    `best` looks like the source; `least` makes the smallest file. At full size, quality is lowered
    down to `scale_below`; below that, fewer pixels at `quality_when_scaled` look better.
    """

    best: float
    least: float
    scale_below: float
    quality_when_scaled: float


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to encode at a given quality and scale: chroma subsampling, and quantization."""

    sampling: Sampling | None = None
    quantization: Quantization | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which encodings of a photo to compare on crops of it, by the quality that the budget leaves.

    `grid` is the number of crops across and down, and their side in pixels. `scales` are the scales
    worth a try, falling. The other fields are qualities of JPEG (0 to 100), or ratios of the loss
    from halving the picture to the loss from compression:

    `always_try_scales_below`: below this quality, try every scale.
    `half_size_max_loss_ratio`: above it, try every scale only if halving loses less than this.
    `three_quarter_max_loss_ratio`: try the larger scales only if halving loses less than this.
    `uniform_above`: at full size, quantize uniformly from this quality on, adaptively below it.
    `compare_quantization_below`: below this quality, compare both.
    `try_libjpeg_above`: from this quality on, compare libjpeg's quantization too.
    """

    grid: tuple[int, int, int]
    scales: tuple[float, ...]
    always_try_scales_below: float
    half_size_max_loss_ratio: float
    three_quarter_max_loss_ratio: float
    uniform_above: float
    compare_quantization_below: float
    try_libjpeg_above: float


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be done with one decoded photo in one format.

    `quality` is None if the format has no quality to lower. `recodes` is whether a quality of
    None is the least lossy re-coding, and `softer_samplings` at which chroma subsampling it still
    loses less than other quantization tables. `dropped` names what no rendition keeps of the photo,
    `dropped_when_scaled` what scaled ones do not keep either. `variants` are worth a try, the most
    promising first; `comparison` configures the choice among them and the scales; None for no
    comparison.
    """

    quality: QualityRange | None = None
    recodes: bool = False
    dropped: tuple[str, ...] = ()
    dropped_when_scaled: tuple[str, ...] = ()
    softer_samplings: tuple[Sampling, ...] = ()
    variants: tuple[Variant, ...] = (Variant(),)
    comparison: Comparison | None = None
