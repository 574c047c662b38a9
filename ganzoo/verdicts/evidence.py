"""Evidence on a generator: samples, data, what an extractor saw of both, and the record of its evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

SIDE = 32  # pixels of images whose distances are taken, at most
BATCH = 256


@dataclass(frozen=True)
class Recorded:
    """The record of an evaluation.

    Attributes:
        samples: how many generated ones its numbers are of.
        agreed: how many all that it is compared with are of; None where that is not known.
        reference: how many real ones its numbers compare with.
        available: how many real ones there are; None where that is not known.
        fitted: how generated images were brought to their size, in words; empty where they were not.
        fitted_real: the same of the real ones.
    """

    samples: int
    agreed: int | None = None
    reference: int | None = None
    available: int | None = None
    fitted: str = ""
    fitted_real: str = ""


@dataclass(frozen=True)
class Evidence:
    """All that is known of a generator. Everything lies on the CPU, samples are at rest.

    Attributes:
        generated: ``(N, C, H, W)`` uint8 images, or points ``(N, D, 1, 1)`` float32.
        training: ``(M, ...)`` likewise, what the generator was trained on, or part of it where it is large.
        held_out: ``(L, ...)`` likewise, what nothing was trained on; None without.
        seen: of the generated ones, what the extractor gave: ``features`` ``(N, F)`` and perhaps ``logits`` ``(N, K)``
            or ``mode`` ``(N, 1)``; empty without an extractor.
        seen_training: of the first ``S`` training rows, or of all.
        labels: ``(M,)`` int64, classes of the training rows; None without.
        classes: their names by index.
        told: whether the generator is told which classes to make; they are drawn, as frequent as the data's.
        recorded: how it was evaluated.
        look: gives of other samples at rest what the extractor gives of them; None where it cannot be asked again.
        look_at_data: the same of samples that are made of training rows alone, which other runs ask for as well; None
            where ``look`` is all there is.
    """

    generated: Tensor
    training: Tensor
    held_out: Tensor | None = None
    seen: Mapping[str, Tensor] = field(default_factory=dict)
    seen_training: Mapping[str, Tensor] = field(default_factory=dict)
    labels: Tensor | None = None
    classes: tuple[str, ...] = ()
    told: bool = True
    recorded: Recorded | None = None
    look: Callable[[Tensor], Mapping[str, Tensor]] | None = field(default=None, repr=False)
    look_at_data: Callable[[Tensor], Mapping[str, Tensor]] | None = field(default=None, repr=False)

    @property
    def are_images(self) -> bool:
        """True of images; else samples are points."""
        return self.generated.dtype == torch.uint8

    @property
    def samples(self) -> str:
        """A word for several samples."""
        return "images" if self.are_images else "points"

    @cached_property
    def rows(self) -> Tensor:
        """The generated samples as rows of numbers, ``(N, D)`` float32; of images in [0, 1]."""
        return as_rows(self.generated)

    @cached_property
    def training_rows(self) -> Tensor:
        """The training rows likewise."""
        return as_rows(self.training)


def as_rows(samples: Tensor) -> Tensor:
    """Return samples ``(N, ...)`` at rest as ``(N, D)`` float32, bytes in [0, 1].

    Images of more than ``SIDE`` pixels a side are averaged down to it: what is near stays near, in fewer numbers.
    """
    if samples.dtype != torch.uint8:
        return samples.flatten(1).float()
    if max(samples.shape[2:]) <= SIDE:
        return samples.flatten(1).float() / 255
    size = (min(SIDE, samples.shape[2]), min(SIDE, samples.shape[3]))
    parts = [adaptive_avg_pool2d(few.float() / 255, size).flatten(1) for few in samples.split(BATCH)]
    return torch.cat(parts)
