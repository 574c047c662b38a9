"""Conditions that a run is evaluated under: those of rows in their order, beside the real samples; or drawn ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....interfaces import Modality, Row
from ....metrics.seeing import Given, Labelled, Pairs
from ....recipes.recipe import Recipe
from ....samples import Sample
from .rows import length, picked

HELD_OUT, TRAINING = "held-out", "training"


@dataclass(frozen=True)
class Drawn:
    """A batch of generated samples.

    Attributes:
        sample: at rest; or as it plays, where that was asked for.
        y: their conditions as they were asked for; None if not conditional.
        target: the real samples of the same rows, at rest; None where the conditions are those of no rows.
    """

    sample: Sample
    y: Sample | None
    target: Sample | None = None

    @property
    def judged(self) -> Given:
        """The samples as an evaluator takes them: with the real ones of the same rows or the classes, where known."""
        if self.target is not None:
            return Pairs(self.sample, self.target)
        return Labelled(self.sample, self.y) if isinstance(self.y, Tensor) and are_labels(self.y) else self.sample


def are_labels(y: Any) -> bool:
    """Tell whether conditions are class labels, whole numbers ``(B,)``; of those many samples have each."""
    return isinstance(y, Tensor) and y.ndim == 1 and not y.is_floating_point()


def in_pairs(recipe: Recipe, modality: Modality) -> bool:
    """Tell whether a recipe is evaluated under the conditions of rows, each beside the real sample of the row.

    It is where a condition is more than a class label. Labels are drawn, as frequent as in the data.
    """
    condition = modality.condition(modality.example())
    return recipe.conditional and condition is not None and not are_labels(condition)


def in_classes(recipe: Recipe, modality: Modality) -> bool:
    """Tell whether a recipe is asked for samples of classes, so that each has the one that it was asked for."""
    return recipe.conditional and are_labels(modality.condition(modality.example()))


def labels_of(modality: Modality, fields: Mapping[str, Tensor]) -> Tensor | None:
    """Return the classes of real samples, ``(N,)`` int64; None where they have none, or are dealt apart from these."""
    if not are_labels(modality.condition(modality.example())):
        return None
    labels, target = modality.condition(fields), modality.target(fields)
    assert isinstance(labels, Tensor)
    return labels.long() if isinstance(target, Tensor) and len(target) == len(labels) else None


class RowsInOrder:
    """Conditions and real samples of rows, one after another, and again from the first.

    Where the modality deals fields apart from each other, such as two domains or several captions of an image, it is in
    the order of a fixed deal, which says what belongs together.

    Args:
        modality: of the data.
        fields: at rest, by name.
        device: where both are wanted.
    """

    def __init__(self, modality: Modality, fields: Mapping[str, Tensor], device: torch.device) -> None:
        self._modality, self._fields, self._device = modality, fields, device
        self._deal = modality.deal(fields, 0)
        self._together = len(set(self._deal.by.values())) == 1
        self._n = length(modality, fields)
        self._at = 0

    def take(self, n: int) -> tuple[Sample | None, Sample]:
        """Return the conditions of the next ``n`` rows, and the real samples of these rows at rest."""
        row = self._rows(self._at, n)
        self._at += n
        return self._modality.condition(row), self._modality.target(row)

    def _rows(self, at: int, n: int) -> Row:
        if self._together:
            index = dict.fromkeys(self._deal.by.values(), torch.arange(at, at + n) % self._n)
        else:
            index = self._deal.take(at, n)
        return picked(self._fields, self._deal.by, index, self._device)
