"""Data that parts are tried on: examples of every modality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from ..interfaces import Modality
from ..registry.discovery import load_zoo
from ..registry.registry import FROM_DATA, Entry, Registry
from ..samples import Sample, leaves

BATCH = 4


def example_rows(modality: Modality, n: int) -> dict[str, Tensor]:
    """Return ``n`` rows at rest, the same each time; bytes are noise, since examples of images have no structure."""
    rng = torch.Generator().manual_seed(0)

    def filled(tensor: Tensor) -> Tensor:
        if tensor.dtype != torch.uint8:
            return tensor
        return torch.randint(0, 256, tensor.shape, dtype=torch.uint8, generator=rng)

    return {name: filled(tensor) for name, tensor in modality.example(n).items()}


def shape_of(sample: Sample) -> str:
    """Return the shape of each sample of a batch, such as ``1x8x8``; of named tensors each after its name."""
    if isinstance(sample, Mapping):
        return ", ".join(f"{name} {shape_of(tensor)}" for name, tensor in sample.items())
    return "x".join(map(str, sample.shape[1:])) or "1"


@dataclass(frozen=True)
class Case:
    """Data that a network was built for.

    Attributes:
        modality: of the data.
        conditional: whether the network sees conditions.
        words: for the data.
    """

    modality: Modality
    conditional: bool = False
    words: str = ""

    def __str__(self) -> str:
        return f"{self.modality.name} of {shape_of(self.samples())}{self._given()}"

    def _given(self) -> str:
        y = self.conditions()
        if y is None:
            return ""
        classes = self.modality.offers(conditional=True).get("num_classes", 0)
        return f" with {classes} labels" if classes else f" with conditions of {shape_of(y)}"

    def _played(self, n: int) -> tuple[Any, Any]:
        return self.modality.play(
            example_rows(self.modality, n), flips=False, rng=torch.Generator().manual_seed(0), noise=None
        )

    def samples(self, n: int = BATCH) -> Any:
        """Return samples as the modality plays them."""
        return self._played(n)[0]

    def conditions(self, n: int = BATCH) -> Any:
        """Return their conditions; None where the network sees none."""
        return self._played(n)[1] if self.conditional else None


def has_conditions(modality: Modality) -> bool:
    """Say whether samples of such data are conditioned on something."""
    return modality.condition(modality.example()) is not None


def modalities_of(registry: Registry, plugin: str = "") -> list[type[Modality]]:
    """List the modalities that are registered or ship.

    Those of ``plugin`` come first, and then those that offer what parts of version 1 are given.
    """
    known = {entry.name: entry for entry in _shipped().all("modality")}
    known |= {entry.name: entry for entry in registry.all("modality")}
    classes: list[tuple[Entry, type[Modality]]] = [(entry, entry.load()) for _, entry in sorted(known.items())]
    classes.sort(key=lambda one: (one[0].plugin != plugin, one[1].offered != frozenset(FROM_DATA)))
    return [cls for _, cls in classes]


def cases_of(cls: type[Modality]) -> list[Case]:
    """List data of a modality to try a network on, each without conditions and with them."""
    return [
        Case(modality, conditional, words)
        for words, modality in cls.tried()
        for conditional in ((False, True) if has_conditions(modality) else (False,))
    ]


@cache
def _shipped() -> Registry:
    return load_zoo(third_party=False).registry


def alike(one: Any, other: Any) -> bool:
    """Say whether samples have the same names and shapes."""
    if isinstance(one, Mapping) != isinstance(other, Mapping):
        return False
    if isinstance(one, Mapping) and one.keys() != other.keys():
        return False
    return [t.shape for t in leaves(one)] == [t.shape for t in leaves(_in_order(other, one))]


def _in_order(sample: Any, like: Any) -> Any:
    return {name: sample[name] for name in like} if isinstance(like, Mapping) else sample
