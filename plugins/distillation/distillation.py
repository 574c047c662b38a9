"""A teacher's samples as the targets of a student."""

from __future__ import annotations

from typing import Any, Self

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import frozen_extractor, require_at_least, require_images
from ganzoo.samples import detached, flat

from .teacher import opened, require_alike


class Distillation(Regularizer):
    """The squared distance of each fake to what a frozen teacher makes of the same latent and condition.

    The teacher is any trained generator, and is asked for what it is judged by (``Generator.sample``): of one that
    makes its samples in several steps the student learns to make them in one. Both have latents of one length, which
    the student's draw. Without a teacher it is the average of the student itself.

    With an extractor, the distance is that of what it sees of both images: the average and a perceptual distance make
    SD-GAN, in which the averaged generator teaches the one that is trained.

    Source: arXiv:2311.17042, eq. 1, whose lambda ``weight`` is, with the distance of eq. 4 and c(t) = 1; the target of
        arXiv:2101.02388, sec. 3: what the teacher's whole chain makes of the student's noise; the average as
        teacher, and a perceptual distance: arXiv:2605.08577, its abstract.
    Departs: arXiv:2311.17042 noises the student's sample, and takes one step of the teacher from there, since a
        teacher of a thousand steps is too slow; squares are averaged over a sample's numbers.

    Args:
        weight: of the distance; 2.5 in the first paper.
        every: see ``Regularizer``.
        teacher: folder of a run or of an export, the name of a generator that ships, or ``hf://user/name``: whatever
            ``ganzoo.load`` opens; None for the average.
        extractor: registered name of a network with gradients whose features are compared, such as ``lpips-vgg16``,
            whose squared distance is LPIPS; squares are added over the features. None for the samples themselves.

    Raises:
        GanzooError: nothing opens as a teacher.
        RecipeError: the teacher makes other samples, takes other conditions, or latents of another length; nobody
            registers the extractor, it has no gradients, or samples are no images.
        SetupError: weights of the extractor are missing.
    """

    reads_average = True

    def __init__(
        self, weight: float = 2.5, every: int = 1, teacher: str | None = None, extractor: str | None = None
    ) -> None:
        super().__init__(weight, every)
        require_at_least(0, weight=weight)
        if teacher is not None and not isinstance(teacher, str):
            raise RecipeError(f"teacher is {teacher!r}, and must be a folder or a name in text, or null")
        self.place = teacher
        self.teacher: Generator | None = None if teacher is None else opened(teacher)
        self.extractor = None if extractor is None else frozen_extractor(extractor)

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """See that the teacher makes what the student is to make, and that an extractor has images to see."""
        if self.extractor is not None:
            require_images(D, "regularizer 'distillation' with an extractor")
            made = G.modality.judged_as or G.modality.name
            if made != self.extractor.modality:
                raise RecipeError(
                    f"regularizer 'distillation': its extractor sees {self.extractor.modality}, and samples are "
                    f"{made}: write extractor: null"
                )
        if self.teacher is not None and self.place is not None:
            require_alike(self.teacher, G, self.place)

    def train(self, mode: bool = True) -> Self:
        """Leave the teacher and the extractor in evaluation mode."""
        super().train(mode)
        if self.extractor is not None:
            self.extractor.eval()
        if self.teacher is not None:
            self.teacher.eval()
        return self

    def g_penalty(self, turn: Turn) -> Tensor:
        """``E |G(z) - teacher(z)|^2``, over the numbers of a sample or of features, a scalar of at least 0."""
        target = self._target(turn)
        if self.extractor is None:
            return (flat(turn.fake) - flat(target)).square().mean()
        with torch.no_grad():
            wanted = self.extractor.embedded(target)
        return (self.extractor.embedded(turn.fake) - wanted).square().flatten(1).sum(dim=1).mean()

    @torch.no_grad()
    def _target(self, turn: Turn) -> Any:
        y: Any = turn.y_fake
        made = turn.averaged(turn.z, y) if self.teacher is None else self.teacher.sample(turn.z, y)
        return detached(made)
