"""Compare encodings of a photo's crops at equal size; choose variant and scale by their scores."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from resize_core.capabilities import Capabilities, Comparison, QualityRange, Variant
from resize_core.model import Setting
from resize_core.search.estimates import Encodes, Judges
from resize_core.search.path import Path, at_two_qualities, loss_at, quality_for
from resize_core.search.root_finding import find_zero

_CLOSE, _ROUGH = 0.01, 0.12
# The possible error of a quality that is known roughly.
_UNSURE = 8.0
# Another variant must score this much better. Half size must gain one part in `_DOUBTED` of the
# difference to 100.
_GAIN, _DOUBTED = 0.15, 60.0
# The metric underrates libjpeg at 80 % of the bytes: by 0.3 points on 41 photos (standard deviation
# 0.6), by 2 on another.
_UNDERRATED = 0.5
# Exponent that relates the scale to the loss at equal size; and the loss of adaptive quantization
# and of libjpeg's, divided by that of uniform quantization at equal size.
_LOSS_BY_SCALE, _ADAPTIVE_LOSS, _LIBJPEG_LOSS = 1.8, 0.83, 1.7
# How often the estimates are corrected, and by how much quality may move without a correction.
_MOST_CORRECTIONS, _SAME_QUALITY = 3, 6.0
# The quality that most photos end up with.
_LIKELY_QUALITY = 85.0
# The smallest scale that can be better where half size is not.
_THREE_QUARTERS = 0.625

Scored = tuple[Setting, float]
SizeOf = Callable[[Setting], float]


@dataclass(frozen=True, slots=True)
class EncodingChoice:
    """Chooses the variant and the scale of one photo for one budget in bytes."""

    quality: QualityRange
    comparison: Comparison
    variants: tuple[Variant, ...]
    budget: int
    picture: Encodes
    judge: Judges

    def variant_and_scale(self, top: float) -> Setting:
        """Return the best setting that is estimated to keep the budget, with scales up to `top`."""
        first = self._within_budget(likely_setting(self.variants, top))
        variants = tuple(self._other_variants(first))
        if not variants and not self._scales(first) and not self._is_adaptive_worth_a_try(first):
            return first
        crops = self._compared_with(first)
        best, score = crops.best_variant(variants)
        if self._is_adaptive_worth_a_try(best):
            best, score = crops.better_quantization(best, score)
        if scales := self._scales(best):
            best, score = _best_scale(best, score, scales, crops.compared)
            if best.scale < 1 and self._is_adaptive_worth_a_try(best):
                best, _ = crops.better_quantization(best, score)
        chosen = self._within_budget(best)
        for scale in self.comparison.scales:
            # The whole photo may need more bytes than its crops promised.
            if (chosen.quality or 0.0) <= self.quality.least and scale < chosen.scale:
                other = replace(chosen, scale=scale, quantization=best.quantization)
                chosen = self._within_budget(other)
        return chosen

    def variant(self, top: float) -> Setting:
        """Return the best setting at the scale `top` that is estimated to keep the budget."""
        first = self._within_budget(likely_setting(self.variants, top))
        variants = tuple(self._other_variants(first))
        if not variants:
            return first
        best, _ = self._compared_with(first).best_variant(variants)
        return self._within_budget(best)

    def quantized_at_size(self, start: Setting, size_of: SizeOf, size: float) -> Setting:
        """Return a setting with the quality, and the quantization, at which it takes `size` bytes.

        At low quality, smooth areas show uniform quantization first. Scaled pictures have fewer.
        """
        if start.quantization != "uniform" or start.scale < 1:
            return self.at_size(start, size_of, size)
        setting = self.at_size(start, size_of, size, _ROUGH)
        if (setting.quality or 0.0) >= self.comparison.uniform_above - _UNSURE:
            setting = self.at_size(setting, size_of, size)
        if (setting.quality or 0.0) >= self.comparison.uniform_above:
            return setting
        return self.at_size(_adaptive(setting), size_of, size)

    def at_size(
        self, start: Setting, size_of: SizeOf, size: float, close: float = _CLOSE
    ) -> Setting:
        """Return a setting with the quality at which `size_of` returns `size`.

        `start` has a likely quality; `close` is the relative error allowed.
        """
        line = Path(at_two_qualities(start, self.quality.best, self.quality.least))
        aim, near = math.log(size), line.position_of(start.quality or 0.0)

        def at(position: float) -> Setting:
            return start if position == near else line.at(position)

        def excess(position: float) -> float:
            return math.log(size_of(at(position))) - aim

        return at(find_zero(excess, 0.0, 1.0, line.expected_log_size, near, close))

    def _within_budget(self, start: Setting) -> Setting:
        """Return a setting at the quality that is estimated to use the budget."""
        return self.quantized_at_size(start, self.picture.estimate_size, self.budget)

    def _is_adaptive_worth_a_try(self, setting: Setting) -> bool:
        quality, limits = setting.quality or 0.0, self.comparison
        low, high = (
            (limits.uniform_above, limits.compare_quantization_below)
            if setting.scale == 1
            else (0.0, limits.uniform_above + _UNSURE)
        )
        return setting.quantization == "uniform" and low <= quality < high

    def _scales(self, setting: Setting) -> tuple[float, ...]:
        """Return the scales at which a setting may be better."""
        scales, limits = self.comparison.scales, self.comparison
        if (setting.quality or 0.0) < limits.always_try_scales_below:
            return scales
        ratio = self.judge.halving_loss_ratio(setting)
        if ratio < limits.half_size_max_loss_ratio:
            return scales
        if ratio < limits.three_quarter_max_loss_ratio:
            return tuple(scale for scale in scales if scale >= _THREE_QUARTERS)
        return ()

    def _other_variants(self, first: Setting) -> Iterator[Setting]:
        """Yield `first` in the other variants that are worth a try at its quality."""
        quality = first.quality or 0.0
        for variant in self.variants[1:]:
            if variant.quantization != "libjpeg" or quality >= self.comparison.try_libjpeg_above:
                yield replace(first, sampling=variant.sampling, quantization=variant.quantization)

    def _compared_with(self, first: Setting) -> "_EqualSize":
        """Return the comparison at the size of the crops that the budget leaves for `first`."""
        for _ in range(_MOST_CORRECTIONS):
            self.picture.estimate_size_exactly(first)
            before, first = first, self._within_budget(first)
            if abs((first.quality or 0.0) - (before.quality or 0.0)) < _SAME_QUALITY:
                break
        return _EqualSize(self, first, self.judge.size_of_crops(first))


@dataclass(frozen=True, slots=True)
class _EqualSize:
    """Compares settings at the quality at which the crops take as many bytes as at `first`."""

    choice: EncodingChoice
    first: Setting
    size: float

    def best_variant(self, variants: Iterable[Setting]) -> Scored:
        """Return the best of `first` and some variants, at equal size, and its score."""
        best, high = self._scored(self.first)
        for variant in variants:
            setting, score = self.compared(variant)
            score += _UNDERRATED if setting.quantization == "libjpeg" else 0.0
            is_finer = high == -math.inf and (setting.quality or 0.0) > (best.quality or 0.0)
            if score > high + _GAIN or is_finer:
                best, high = setting, score
        return best, high

    def better_quantization(self, best: Setting, score: float) -> Scored:
        """Return the better of a setting and of the same with adaptive quantization."""
        choice = self.choice
        other = choice.at_size(_adaptive(best), choice.judge.size_of_crops, self.size)
        return max((best, score), self._scored(other), key=lambda scored: scored[1])

    def compared(self, setting: Setting) -> Scored:
        """Return a setting at the quality that takes equal size, and its score."""
        loss = loss_at(self.first.quality or 0.0) * setting.scale**_LOSS_BY_SCALE
        if setting.quantization == "libjpeg" != self.first.quantization:
            loss *= _LIBJPEG_LOSS
        near = replace(setting, quality=quality_for(max(1.0, loss)))
        choice = self.choice
        return self._scored(choice.quantized_at_size(near, choice.judge.size_of_crops, self.size))

    def _scored(self, setting: Setting) -> Scored:
        if (setting.quality or 0.0) <= self.choice.quality.least:
            return setting, -math.inf
        return setting, self.choice.judge.score(setting)


def encoding_choice(
    capabilities: Capabilities, budget: int, picture: Encodes, judge: Judges | None
) -> EncodingChoice | None:
    """Return the chooser by comparison; None if the photo cannot be compared."""
    if judge is None or capabilities.comparison is None or capabilities.quality is None:
        return None
    return EncodingChoice(
        capabilities.quality, capabilities.comparison, capabilities.variants, budget, picture, judge
    )


def likely_setting(variants: tuple[Variant, ...], scale: float) -> Setting:
    """Return the first setting to try at a scale: the most promising variant."""
    return Setting(scale, _LIKELY_QUALITY, variants[0].sampling, variants[0].quantization)


def _adaptive(setting: Setting) -> Setting:
    """Return a setting of about equal size with adaptive quantization."""
    quality = quality_for(loss_at(setting.quality or 0.0) * _ADAPTIVE_LOSS)
    return replace(setting, quantization="adaptive", quality=quality)


def _best_scale(
    best: Setting,
    score: float,
    scales: tuple[float, ...],
    compared: Callable[[Setting], Scored],
) -> Scored:
    """Try three quarters and half of the sides, then the scales next to the better one.

    A JPEG photo has its own blocks: just below full size, scaling destroys them and saves little.
    So half size may be better than full size, and all sizes between them worse.
    """
    top, tried = best.scale, {best.scale: (best, score)}

    def best_of(more: Iterable[float]) -> float:
        for scale in more:
            if scale < top and scale not in tried:
                tried[scale] = compared(_uniform(replace(best, scale=scale)))
        return max(tried, key=lambda scale: _lower_bound(tried[scale][1], scale / top))

    leader = best_of(scale for scale in scales if scale in {0.75, 0.5})
    while leader in scales:
        i = scales.index(leader)
        if (after := best_of(scales[max(0, i - 1) : i + 2])) == leader:
            break
        leader = after
    return tried[leader]


def _lower_bound(score: float, scale: float) -> float:
    """Return a score less the likely error of a few crops.

    They err more where the photo has fewer pixels, and where the score is lower.
    """
    return score + (100 - score) / _DOUBTED * math.log2(scale) if scale < 1 else score


def _uniform(setting: Setting) -> Setting:
    """Return a setting with uniform quantization, which is best for scaled pictures.

    libjpeg's keeps the blocks that the photo was coded with, which scaling dissolves.
    """
    return replace(setting, quantization="uniform") if setting.quantization else setting
