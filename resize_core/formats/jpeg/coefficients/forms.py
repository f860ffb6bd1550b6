"""The loss of a photo in another form: fewer pixels, or fewer chroma samples."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from resize_core.formats.jpeg.coefficients.encode import Script
from resize_core.formats.jpeg.coefficients.fitting import requantizations, size_of
from resize_core.formats.jpeg.coefficients.model import Coefficients, Component, Requantization
from resize_core.formats.jpeg.coefficients.quantize import halve_columns, halve_rows, requantize
from resize_core.formats.jpeg.coefficients.resizing import at_sides, enlarged
from resize_core.formats.jpeg.coefficients.sampling import Sample, Squares, blocks_of
from resize_core.formats.jpeg.coefficients.tradeoff import tradeoff_of
from resize_core.formats.jpeg.coefficients.transform import samples_of
from resize_core.formats.jpeg.coefficients.weights import ACROSS, DOWN, Weights, weights
from resize_core.pixels.luma_metric import SIDE, LumaMetric
from resize_core.search.form import Form, Loss
from resize_core.search.price import Room, meet

_EIGHTHS = 8
# How often a size is corrected, and the error that is accepted.
_TRIES, _CLOSE = 6, 0.02
# Pictures are this many a square, at places that fall in with no grid of blocks.
_PICTURES = 2
_PLACES = (0.7548776662, 0.5698402910)
# The points by which the score of a form is too high if all of its loss is lost detail.
_UNSEEN = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """The sample in a form, its requantization, and the resulting error of a pixel.

    Its size is `times` the entropy of single coefficients.
    """

    sample: Sample
    requantizations: tuple[Requantization, ...]
    loss: Loss
    times: float = 1.0


@dataclass(slots=True, eq=False)
class Trials:
    """Tries forms of a photo for a number of bytes, on squares of it.

    The size of squares is corrected by strips, which are more. `scale` is that of the photo itself.
    Errors are means over the photo's own samples, so those of different forms can be compared.
    """

    sample: Squares
    strips: Sample
    script: Script
    room: float
    scale: float
    _made: dict[Form, Trial] = field(default_factory=dict)
    _metric: LumaMetric | None = None
    _ratio: float = 0.0

    def lost(self, form: Form) -> float:
        """Return the weighted energy of the frequencies that a form cannot represent."""
        total = 0.0
        for place, (component, times) in enumerate(
            zip(self.sample.photo.components, self.sample.times, strict=True)
        ):
            across, down = _kept(self.sample.photo, component, form)
            gone = (across <= ACROSS) | (down <= DOWN)
            if gone.any():
                own = weights(place, self.scale, self.scale) * component.steps**2
                blocks = component.blocks[: component.coded_rows, : component.coded_columns]
                energy = np.square(blocks[..., gone].astype(np.float32)).sum((0, 1))
                total += float((energy * own[gone]).sum()) * times
        return total / self._pixels

    def own(self) -> float:
        """Return the weighted error of a pixel by the photo's own steps, without zeros."""
        total = 0.0
        for place, component in enumerate(self.sample.photo.components):
            steps = component.steps.astype(np.float64)
            blocks = component.blocks[: component.coded_rows, : component.coded_columns]
            used = np.count_nonzero(blocks, axis=(0, 1)) / blocks_of(component)
            error = float((weights(place, self.scale, self.scale) * steps**2 / 12 * used).sum())
            total += error * blocks_of(component) * self.sample.times[place]
        return total / self._pixels

    def loss(self, form: Form) -> Loss:
        """Return the loss of a form with steps that fit the available bytes."""
        if form not in self._made:
            self._made[form] = self._tried(form)
        return self._made[form].loss

    def times(self, form: Form) -> float:
        """Return the ratio of a form's size to the entropy of single coefficients."""
        return self._made[form].times

    def score(self, form: Form) -> float:
        """Return the similarity of the luma of a tried form and of the photo.

        Lost detail is more visible than the metric shows, so its share of the loss is subtracted.
        The form's sample must not be used afterwards.
        """
        loss = self.loss(form)
        if min(self.sample.width, self.sample.height) < SIDE:
            return -loss.total
        if self._metric is None:
            self._metric = LumaMetric(self._pictures(samples_of(self.sample.photo.components[0])))
        trial = self._made[form]
        if not trial.requantizations:
            return -math.inf
        photo = trial.sample.photo
        luma, _ = requantize(photo.components[0], trial.requantizations[0])
        samples = samples_of(luma)[: photo.height, : photo.width]
        if form.eighths < _EIGHTHS:
            samples = enlarged(samples, (self.sample.width, self.sample.height * self.sample.count))
        unseen = _UNSEEN * loss.lost / loss.total if loss.lost else 0.0
        return self._metric.score(self._pictures(samples)) - unseen

    def _tried(self, form: Form) -> Trial:
        whole, own = self.sample.photo, weights_of(self.sample.photo, form, self.scale)
        formed = in_form(_copied(whole), form)
        times = tuple(
            before * blocks_of(old) / blocks_of(new) * _share(whole, old, form)
            for before, old, new in zip(
                self.sample.times, whole.components, formed.components, strict=True
            )
        )
        sample = Sample(formed, times, ())
        tradeoff = tradeoff_of(sample, own)

        def count(price: float) -> tuple[int, tuple[Requantization, ...]]:
            to = requantizations(formed, tradeoff, price)
            return round(self._unlike(to) * size_of(sample, to, self.script)), to

        room = Room(self.room, self.room * (1 - _CLOSE), self.room * (1 + _CLOSE))
        likely = next((trial.times for trial in self._made.values()), 1.0)
        found = meet(lambda price: likely * tradeoff.size(price), count, room, _TRIES)
        if found is None:
            return Trial(sample, (), Loss(math.inf, math.inf))
        coding = sum(
            each / _share(whole, component, form)
            for each, component in zip(tradeoff.errors(found.price), whole.components, strict=True)
        )
        loss = Loss(self.lost(form), coding / self._pixels)
        return Trial(sample, found.plan, loss, found.size / tradeoff.size(found.price))

    def _unlike(self, to: tuple[Requantization, ...]) -> float:
        """Return the ratio of the size of strips to that of squares, for the form tried first."""
        if not self._ratio:
            self._ratio = size_of(self.strips, to, self.script) / size_of(
                self.sample, to, self.script
            )
        return self._ratio

    def _pictures(self, samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Cut pictures out of the squares."""
        down, across = self.sample.height - SIDE + 1, self.sample.width - SIDE + 1
        count = _PICTURES * max(self.sample.count, min(40, down * across // SIDE**2))
        pictures = []
        for at in range(count):
            square = at * self.sample.count // count * self.sample.height
            top, left = (
                int((at + 0.5) * step % 1 * room)
                for step, room in zip(_PLACES, (down, across), strict=True)
            )
            pictures.append(samples[square + top : square + top + SIDE, left : left + SIDE])
        return np.stack(pictures)

    @property
    def _pixels(self) -> float:
        return 64 * blocks_of(self.sample.photo.components[0]) * self.sample.times[0]


def in_form(photo: Coefficients, form: Form, sides: tuple[int, int] | None = None) -> Coefficients:
    """Return a photo in a form, its sides as given or rounded. The photo must not be used again."""
    if form.halved:
        luma = photo.components[0]
        photo = halve_columns(photo) if luma.horizontal == 1 else photo
        photo = halve_rows(photo) if luma.vertical == 1 else photo
    if form.eighths < _EIGHTHS or sides:
        sides = sides or (
            max(1, round(photo.width * form.eighths / _EIGHTHS)),
            max(1, round(photo.height * form.eighths / _EIGHTHS)),
        )
        photo = at_sides(photo, sides)
    return photo


def halves(photo: Coefficients) -> bool:
    """Whether a photo's colours can be stored at half their samples each way, and are not yet."""
    if len(photo.components) == 1:
        return False
    luma, *chroma = photo.components
    plain = all((c.horizontal, c.vertical) == (1, 1) for c in chroma)
    return plain and (luma.horizontal, luma.vertical) in {(1, 1), (2, 1), (1, 2)}


def weights_of(photo: Coefficients, form: Form, scale: float) -> tuple[Weights, ...]:
    """Return the weights of a form's components, of a photo that is at a scale itself."""
    scale *= form.eighths / _EIGHTHS
    return tuple(weights(place, scale, scale) for place in range(len(photo.components)))


def _halved(photo: Coefficients, component: Component, form: Form) -> tuple[int, int]:
    """Return how many times a form divides a component's samples, across and down."""
    luma = photo.components[0]
    if not form.halved or component is luma:
        return 1, 1
    return 2 // luma.horizontal, 2 // luma.vertical


def _kept(photo: Coefficients, component: Component, form: Form) -> tuple[float, float]:
    across, down = _halved(photo, component, form)
    return form.eighths / across, form.eighths / down


def _share(photo: Coefficients, component: Component, form: Form) -> float:
    """Return the share of a component's samples that a form keeps."""
    across, down = _halved(photo, component, form)
    return (form.eighths / _EIGHTHS) ** 2 / (across * down)


def _copied(photo: Coefficients) -> Coefficients:
    copies = []
    for component in photo.components:
        room = component.room.copy()
        rows, columns, _ = component.blocks.shape
        copies.append(replace(component, blocks=room[:rows, :columns], room=room))
    return replace(photo, components=tuple(copies))
