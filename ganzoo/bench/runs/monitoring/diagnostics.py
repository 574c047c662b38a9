"""Diagnostics while a run trains: D's verdicts on real, held-out and generated images, and the images' variety."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from ....backend.precision import without_tf32
from ....backend.wide import doubled
from ....layers.terms.evaluation_mode import evaluation_mode
from ....layers.terms.slope import per_sample
from ....recipes.building.build import Parts
from ....samples import Sample, each, flat, pick, size
from ....seeds import stream
from ....training.execution.layers import seeded_layers
from ..generating.rows import played, some
from ..session import TrainingSession

NOISE = 3  # the stream of evaluation noise that looks are taken with: of the images, the latents and their labels

Played = tuple[Any, Any]
"""Samples as they play, and their conditions; None without any."""


class Probe:
    """Looks at both players on images and noise that are the same at every look, and in every run on the same data.

    D is in evaluation mode, in full precision, and sees images bare, without the views of regularizers; G is the one
    that is evaluated. Training is not disturbed: nothing of either player moves, and none of the trainer's own random
    streams is drawn from. Layers that draw in evaluation mode, too, draw the same at every look.

    Args:
        session: the run.
        n: how many images of each kind; fewer where there are fewer, and as many as fill the recipe's batches.
    """

    def __init__(self, session: TrainingSession, n: int = 256) -> None:
        self._trainer = trainer = session.trainer
        self._batch = min(n, trainer.recipe.schedule.batch)
        self._modality = session.modality
        rng = torch.Generator().manual_seed(stream(0, "evaluation", NOISE))
        self._real = self._some(session.fields, n, rng)
        z = trainer.parts.G.sample_z(n, device="cpu", rng=rng).to(trainer.device)
        self._noise = self._filled(z, self._conditions(n))
        self._held_out = self._some(session.held_out, n, rng) if session.held_out is not None else None
        self._apart = spacing(self._real[0])
        self._verdict = verdict_of(trainer.parts)

    def _some(self, fields: Mapping[str, Tensor], n: int, rng: torch.Generator) -> Played:
        """At most ``n`` rows at random, as they play, on the device; sets may be in the order of their labels."""
        trainer = self._trainer
        row = some(self._modality, fields, n, rng)
        return self._filled(*played(self._modality, row, trainer.device, conditional=trainer.recipe.conditional))

    def _conditions(self, n: int) -> Any:
        """``n`` conditions, those of the real samples in turn; None without any."""
        y = self._real[1]
        return None if y is None else pick(y, torch.arange(n, device=self._trainer.device) % size(y))

    def _filled(self, x: Sample, y: Any) -> Played:
        """Without what does not fill a batch: a player may look at batches as a whole, such as packs."""
        filled = size(x) - size(x) % min(self._batch, size(x))
        return each(lambda tensor: tensor[:filled], x), each(lambda tensor: tensor[:filled], y)

    def _judged(self, x: Any, y: Any) -> Tensor:
        assert self._verdict is not None
        return doubled(self._verdict(self._trainer.parts.D(x, y)))

    @torch.no_grad()
    def look(self) -> dict[str, float | None]:
        """Measure both players as they stand; waits for the device once.

        Returns:
            ``logits_real``, ``logits_held_out`` and ``logits_fake``: what D says of each kind, in the mean;
            ``logits_error``: the standard error of ``logits_real - logits_held_out``;
            ``diversity``: the mean distance of two generated samples over that of two real ones.
            None stands for what there is not: held-out images, a verdict that the loss reads, a finite number.
        """
        trainer = self._trainer
        with without_tf32(), seeded_layers(stream(0, "layers", 1 + NOISE), trainer.device):
            # which runs both players plainly from here on, and until the next turn
            fakes = trainer.generate(*self._noise)
            seen: dict[str, Tensor] = {"diversity": spacing(fakes) / self._apart}
            if self._verdict is not None:
                with evaluation_mode(trainer.parts.D):
                    seen |= self._opinions(fakes)
        values = dict(zip(seen, torch.stack([doubled(value) for value in seen.values()]).tolist(), strict=True))
        names = ("logits_real", "logits_fake", "logits_held_out", "logits_error", "diversity")
        return {name: values[name] if math.isfinite(values.get(name, math.nan)) else None for name in names}

    def _opinions(self, fakes: Any) -> dict[str, Tensor]:
        on_real = self._judged(*self._real)
        seen = {"logits_real": on_real.mean(), "logits_fake": self._judged(fakes, self._noise[1]).mean()}
        if self._held_out is not None:
            held_out = self._judged(*self._held_out)
            seen["logits_held_out"] = held_out.mean()
            seen["logits_error"] = (on_real.var() / len(on_real) + held_out.var() / len(held_out)).sqrt()
        return seen


def verdict_of(parts: Parts) -> Callable[[dict[str, Tensor]], Tensor] | None:
    """Give the function that reads D's verdict on each sample, ``(B,)``: the higher, the more real; a mean of several.

    That is ``logits``, or minus ``energy``, whichever the loss reads. None where it reads neither but, say, features:
    nobody then teaches D's logits anything.
    """
    reads = parts.loss.reads & parts.D.outputs
    if "logits" in reads:
        return lambda said: per_sample(said["logits"])
    if "energy" in reads:
        return lambda said: -per_sample(said["energy"])
    return None


def spacing(samples: Sample) -> Tensor:
    """Take the mean Euclidean distance of two of ``samples``, ``(N, ...)`` with N at least 2: a float64 scalar.

    Over all their numbers and in their own scale, so that it is a measure of variety that no extractor is needed for.
    """
    rows = doubled(flat(samples))
    rows = rows - rows.mean(dim=0)  # distances stay, and differences of large squares become those of small ones
    squares = rows.square().sum(dim=1)
    apart = squares[:, None] + squares[None, :] - 2 * rows @ rows.T
    apart.fill_diagonal_(0.0)
    return apart.clamp(min=0.0).sqrt().sum() / (len(rows) * (len(rows) - 1))
