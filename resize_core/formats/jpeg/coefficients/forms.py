"""What a photo loses in another form: fewer pixels, or fewer samples of its colours."""

from dataclasses import dataclass, replace

import numpy as np

from resize_core.formats.jpeg.coefficients.model import Coefficients, Component
from resize_core.formats.jpeg.coefficients.quantize import halve_columns, halve_rows
from resize_core.formats.jpeg.coefficients.resizing import at_sides
from resize_core.formats.jpeg.coefficients.sampling import Sample, blocks_of
from resize_core.formats.jpeg.coefficients.tradeoff import tradeoff_of
from resize_core.formats.jpeg.coefficients.weights import ACROSS, DOWN, Weights, weights
from resize_core.search.form import Form, Loss

_EIGHTHS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """Judges forms of a photo that is to take so many bytes, on a sample of it.

    `scale` is that of the photo itself. Errors are taken over its own samples, so that those of
    different forms compare.
    """

    sample: Sample
    room: float
    scale: float

    def lost(self, form: Form) -> float:
        """Return the weighted energy of the frequencies that a form has no place for."""
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
        """Return the weighted error of a pixel that the photo's own steps left, zeros apart."""
        total = 0.0
        for place, component in enumerate(self.sample.photo.components):
            steps = component.steps.astype(np.float64)
            blocks = component.blocks[: component.coded_rows, : component.coded_columns]
            used = np.count_nonzero(blocks, axis=(0, 1)) / blocks_of(component)
            error = float((weights(place, self.scale, self.scale) * steps**2 / 12 * used).sum())
            total += error * blocks_of(component) * self.sample.times[place]
        return total / self._pixels

    def loss(self, form: Form) -> Loss:
        """Return what a form loses with steps that leave it the bytes there are."""
        sample, own = self.sample, weights_of(self.sample.photo, form, self.scale)
        formed = in_form(_copied(sample.photo), form)
        times = tuple(
            before * blocks_of(old) / blocks_of(new) * _share(sample.photo, old, form)
            for before, old, new in zip(
                sample.times, sample.photo.components, formed.components, strict=True
            )
        )
        tradeoff = tradeoff_of(Sample(formed, times), own)
        price = tradeoff.price_for(self.room)
        areas = tuple(1 / _share(sample.photo, c, form) for c in sample.photo.components)
        errors = tradeoff.errors(price)
        coding = sum(error * area for error, area in zip(errors, areas, strict=True))
        return Loss(self.lost(form), coding / self._pixels)

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
