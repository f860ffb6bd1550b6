"""What every step of a worker needs: the two containers and the recipe."""

from dataclasses import dataclass

from orchestration.blobs.base import Source, Store
from orchestration.mirror.recipe import Recipe


@dataclass(frozen=True, slots=True)
class WorkContext:
    """The two containers and the recipe between them."""

    raw: Source
    resized: Store
    recipe: Recipe
