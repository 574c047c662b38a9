"""Planted generators: cheats and mistakes whose verdict is known."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from ..interfaces.metrics import Extractor
from ..verdicts import Recorded

_RATE = 4.0  # grey levels of a step against the extractor


@dataclass(frozen=True)
class Ground:
    """The ground that a cheat works on.

    Attributes:
        training: ``(M, C, H, W)`` uint8.
        held_out: ``(L, C, H, W)`` uint8.
        labels: ``(M,)`` int64, classes of the training images.
        honest: samples of an honest generator, uint8, several times as many as are judged.
        extractor: the one that judges; differentiable, and knows the classes.
        n: how many samples are judged.
        told: whether the honest generator is told which classes to make.
    """

    training: Tensor
    held_out: Tensor
    labels: Tensor
    honest: Tensor
    extractor: Extractor
    n: int
    told: bool = False


Made = tuple[Tensor, Recorded]
Make = Callable[[Ground, torch.Generator], Made]


@dataclass(frozen=True)
class Planted:
    """A generator whose verdict is known.

    Attributes:
        name: what it does.
        kinds: of verdicts, one of which must be among the alarms.
        make: its samples and the record of their evaluation.
    """

    name: str
    kinds: frozenset[str]
    make: Make = field(repr=False)


def _planted(name: str, kinds: str, draw: Callable[[Ground, torch.Generator], Tensor]) -> Planted:
    """Plant a generator that is evaluated as agreed."""

    def make(ground: Ground, rng: torch.Generator) -> Made:
        made = draw(ground, rng)
        return made, recorded(ground, len(made))

    return Planted(name, frozenset(kinds.split()), make)


def recorded(ground: Ground, samples: int) -> Recorded:
    """Return the record of an evaluation on so many samples where as many were agreed on."""
    real = len(ground.training)
    return Recorded(samples=samples, agreed=ground.n, reference=real, available=real)


def _bytes(images: Tensor) -> Tensor:
    return images.round().clamp(0, 255).to(torch.uint8)


def _noisy(images: Tensor, noise: float, rng: torch.Generator) -> Tensor:
    return _bytes(images.float() + noise * torch.randn(images.shape, generator=rng))


def _rows(images: Tensor) -> Tensor:
    return images.flatten(1).float()


def _drawn(images: Tensor, n: int, rng: torch.Generator) -> Tensor:
    return images[torch.randint(len(images), (n,), generator=rng)]


def honest(ground: Ground, rng: torch.Generator) -> Tensor:
    """Draw honest samples, each once."""
    return ground.honest[torch.randperm(len(ground.honest), generator=rng)[: ground.n]]


def memoriser(*, noise: float = 0.0, mirrored: bool = False, share: float = 1.0) -> Planted:
    """Plant a generator that draws training images: with noise of so many grey levels, mirrored, or some of them.

    Args:
        noise: its standard deviation.
        mirrored: from left to right.
        share: of its samples; the others are honest.
    """

    def draw(ground: Ground, rng: torch.Generator) -> Tensor:
        copies = _drawn(ground.training, round(share * ground.n), rng)
        copies = copies.flip(-1) if mirrored else copies
        copies = _noisy(copies, noise, rng) if noise else copies
        return torch.cat((copies, honest(ground, rng)[: ground.n - len(copies)]))

    how = (f" with noise of {noise:g}" if noise else "") + (" in the mirror" if mirrored else "")
    part = f"{share:.0%} " if share < 1 else ""
    kind = "copies-mirrored" if mirrored else "copies-training"
    return _planted(f"{part}training images{how}", kind, draw)


def real_set() -> Planted:
    """Plant the training set itself, shuffled."""
    return _planted(
        "the real set itself",
        "real-set",
        lambda ground, rng: ground.training[torch.randperm(len(ground.training), generator=rng)[: ground.n]],
    )


def leak(*, noise: float = 0.0, share: float = 1.0) -> Planted:
    """Plant a generator that draws held-out images, with noise, for a share of its samples."""

    def draw(ground: Ground, rng: torch.Generator) -> Tensor:
        copies = _noisy(_drawn(ground.held_out, round(share * ground.n), rng), noise, rng)
        return torch.cat((copies, honest(ground, rng)[: ground.n - len(copies)]))

    return _planted(f"{share:.0%} held-out images with noise of {noise:g}", "copies-held-out", draw)


def dropper(*classes: int) -> Planted:
    """Plant an honest generator without some classes, neither for the extractor nor by the nearest training image."""

    def draw(ground: Ground, rng: torch.Generator) -> Tensor:
        order = torch.randperm(len(ground.honest), generator=rng)
        seen = _classes(ground, ground.honest[order])
        near = torch.cdist(_rows(ground.honest[order]), _rows(ground.training)).argmin(dim=1)
        kept = ~torch.isin(torch.stack((seen, ground.labels[near])), torch.tensor(classes)).any(dim=0)
        return ground.honest[order][kept][: ground.n]

    return _planted(f"no class {', '.join(map(str, classes))}", "lacks-class", draw)


def one_image(*, noise: float = 0.0, generated: bool = False) -> Planted:
    """Plant copies of one image, a training one or an honest sample, with noise."""

    def draw(ground: Ground, rng: torch.Generator) -> Tensor:
        one = _drawn(ground.honest if generated else ground.training, 1, rng)
        return _noisy(one.expand(ground.n, -1, -1, -1), noise, rng)

    whose = "generated" if generated else "training"
    return _planted(f"one {whose} image with noise of {noise:g}", "one-sample", draw)


def few_images(k: int, *, noise: float) -> Planted:
    """Plant an honest generator that makes ``k`` images again and again, with noise."""

    def draw(ground: Ground, rng: torch.Generator) -> Tensor:
        few = honest(ground, rng)[:k]
        return _noisy(_drawn(few, ground.n, rng), noise, rng)

    return _planted(f"{k} generated images with noise of {noise:g}", "few-samples", draw)


def picked_classes(*, noise: float = 0.0) -> Planted:
    """Plant an honest generator whose samples are picked until the classes are as frequent as in the data.

    Source: arXiv:2203.06026, which lowers FID so.
    """

    def draw(ground: Ground, rng: torch.Generator) -> Tensor:
        order = torch.randperm(len(ground.honest), generator=rng)
        seen = _classes(ground, ground.honest[order])
        picked = [(seen == c).nonzero().squeeze(1)[:wanted] for c, wanted in enumerate(_wanted(ground))]
        chosen = ground.honest[order][torch.cat(picked)]
        return _noisy(chosen, noise, rng) if noise else chosen

    return _planted(f"samples picked by class{f', noise of {noise:g}' * bool(noise)}", "even-classes", draw)


def weighted_classes() -> Planted:
    """Plant an honest generator whose samples are drawn again and again with weights that even out the classes."""

    def draw(ground: Ground, rng: torch.Generator) -> Tensor:
        pool = honest(ground, rng)
        seen = _classes(ground, pool)
        wanted = torch.tensor(_wanted(ground), dtype=torch.float64)
        weights = (wanted / torch.bincount(seen, minlength=len(wanted)).clamp(min=1))[seen]
        return pool[torch.multinomial(weights, ground.n, replacement=True, generator=rng)]

    return _planted("samples drawn again by weights of classes", "repeats even-classes", draw)


def prototypes(*, noise: float) -> Planted:
    """Plant the mean image of each class with noise, each class as often as the data have it."""

    def draw(ground: Ground, rng: torch.Generator) -> Tensor:
        means = [ground.training[ground.labels == c].float().mean(dim=0) for c in range(int(ground.labels.max()) + 1)]
        rows = [mean.expand(wanted, -1, -1, -1) for mean, wanted in zip(means, _wanted(ground), strict=True)]
        return _noisy(torch.cat(rows), noise, rng)

    return _planted(f"class means with noise of {noise:g}", "even-classes few-samples", draw)


def adversary(*, steps: int, bound: float | None = None) -> Planted:
    """Plant images that were optimised until the extractor's mean and covariance are the data's.

    They begin as honest samples and stay within ``bound`` grey levels of them; without a bound they begin as noise.

    Args:
        steps: of Adam.
        bound: on each pixel.
    """

    def draw(ground: Ground, rng: torch.Generator) -> Tensor:
        begun = honest(ground, rng).float()
        if bound is None:
            begun = 255 * torch.rand(begun.shape, generator=rng)
        with torch.no_grad():
            real = ground.extractor.embedded(ground.training.float() / 127.5 - 1)
        mean, covariance = real.mean(dim=0), real.T.cov()
        x = begun.clone().requires_grad_()
        optimizer = torch.optim.Adam([x], lr=_RATE)
        for _ in range(steps):
            seen = ground.extractor.embedded(x / 127.5 - 1)
            off = (seen.mean(dim=0) - mean).square().sum() + (seen.T.cov() - covariance).square().sum().sqrt()
            optimizer.zero_grad()
            off.backward()
            optimizer.step()
            with torch.no_grad():
                if bound is not None:
                    x.copy_(torch.minimum(torch.maximum(x, begun - bound), begun + bound))
                x.clamp_(0, 255)
        return _bytes(x.detach())

    begun = "noise" if bound is None else f"samples within {bound:g} grey levels"
    return _planted(f"{begun} optimised against the extractor", "fools-extractor", draw)


def jpeg(quality: int) -> Planted:
    """Plant honest samples that were written as JPEG and read again."""

    def draw(ground: Ground, rng: torch.Generator) -> Tensor:
        return torch.stack([_written(image, quality) for image in honest(ground, rng)])

    return _planted(f"JPEG of quality {quality}", "jpeg", draw)


def _written(image: Tensor, quality: int) -> Tensor:
    file = io.BytesIO()
    Image.fromarray(image.permute(1, 2, 0).squeeze(2).numpy()).save(file, "JPEG", quality=quality)
    again = torch.from_numpy(np.array(Image.open(file)))
    return again[None] if again.ndim == 2 else again.permute(2, 0, 1)


def resized(size: int, kind: str) -> Planted:
    """Plant honest samples that were brought to another size and back, without antialiasing.

    Args:
        size: in between, in pixels a side.
        kind: ``nearest``, ``bilinear`` or ``bicubic``.
    """

    def draw(ground: Ground, rng: torch.Generator) -> Tensor:
        images = honest(ground, rng).float()
        there = interpolate(images, (size, size), mode=kind)
        return _bytes(interpolate(there, images.shape[2:], mode=kind))

    return _planted(f"resized to {size} ({kind}) and back ({kind})", "resized", draw)


def resized_by_record(fitted: str, real: str) -> Planted:
    """Plant honest samples whose record says that they were brought to size otherwise than the data."""

    def make(ground: Ground, rng: torch.Generator) -> Made:
        made, n = honest(ground, rng), len(ground.training)
        return made, Recorded(len(made), ground.n, n, n, fitted=fitted, fitted_real=real)

    return Planted(f"resized by {fitted}, the data by {real}", frozenset({"resized"}), make)


def fewer(share: float) -> Planted:
    """Plant an honest generator that is judged on a share of the samples."""

    def make(ground: Ground, rng: torch.Generator) -> Made:
        made = honest(ground, rng)[: round(share * ground.n)]
        return made, recorded(ground, len(made))

    return Planted(f"judged on {share:.0%} of the samples", frozenset({"fewer-samples"}), make)


def filled_up(share: float) -> Planted:
    """Plant a share of the samples, repeated until they are as many as the others'."""

    def draw(ground: Ground, rng: torch.Generator) -> Tensor:
        few = honest(ground, rng)[: round(share * ground.n)]
        return few[torch.arange(ground.n) % len(few)]

    return _planted(f"{share:.0%} of the samples, repeated", "repeats", draw)


@torch.no_grad()
def _classes(ground: Ground, images: Tensor) -> Tensor:
    return torch.cat([ground.extractor(few)["logits"].argmax(dim=1) for few in images.split(500)])


def _wanted(ground: Ground) -> list[int]:
    """Return how many samples each class has, of ``n``, with the shares of the data as the extractor sees them."""
    shares = torch.bincount(_classes(ground, ground.training)).double() / len(ground.training)
    return [round(float(share) * ground.n) for share in shares]
