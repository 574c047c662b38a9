"""Memorisation: generated images that are copies of training images."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ganzoo.drawing import grid_png
from ganzoo.interfaces import Modality
from ganzoo.samples import Sample, pick, size

from ..generating.rows import whole
from ..generating.session import generated
from .features import Space
from .nearest import Nearest, nearest
from .scores import rank_test

if TYPE_CHECKING:
    from ganzoo.bench.runs.session import TrainingSession

MOST = 10_000  # generated and held-out images that are looked at
SURE = 0.01  # p below which "nearer" is no chance
NEARER = 0.8  # times the yardstick's median distance, below which "nearer" is worth a warning
PAIRS = 8


def examine_memorisation(session: TrainingSession, rng: torch.Generator) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Measure the distance of generated images from training images, beside that of other real images.

    Distances are Euclidean, between the features of the run's extractor, or between the numbers of samples at rest
    where it has none. The yardstick are held-out images: real, and as strange to the training images as an honest
    generator's. Without them it is each training image's distance to its nearest other. Both kinds of distance are
    given by their median and their 1 % quantile. A generated image is authentic if it is farther from the training
    image nearest to it than that one is from the nearest other training image; ``authentic`` is their share. The
    picture shows the closest pairs, each training image once, below the generated image that comes nearest to it.

    It warns where generated images are nearer to training images than the yardstick's are by a rank test
    (p < ``SURE``) and by much (the medians' ratio is below ``NEARER``). Blurred images are near to all images, copies
    or not. So where there are held-out images it must also be that, of as many training and held-out images drawn at
    random, the one nearest to a generated image is a training image more often than by chance: ``training_share``,
    half of the generated images for an honest generator (p < ``SURE``, by the normal approximation).

    Source: authenticity: arXiv:2102.08921, whose classifier of it compares just so. Against held-out images:
    arXiv:2004.05675, whose test takes these ranks cell by cell.

    Args:
        session: the run.
        rng: of the noise, on the run's device.
    """
    modality, what = session.modality, session.modality.plural
    training = modality.target(session.fields)
    if reason := _why_not(training):
        return {"skipped": reason, "warnings": []}, {}
    held_out = None if session.held_out is None else modality.target(session.held_out)
    space = Space(session.evaluator, modality)
    fake = _like(generated(session, min(MOST, session.spec.samples), rng).sample, training)
    queries, points = space.of(fake), space.of_data(training)
    picks = torch.Generator().manual_seed(rng.initial_seed())

    def among(queries: Tensor, points: Tensor, own: Tensor | None = None) -> Nearest:
        return nearest(queries, points, own=own, rows=space.rows, device=session.trainer.device)

    found = among(queries, points)
    met, place = found.index.unique(return_inverse=True)
    reach = among(points[met], points, met).distance[place]
    others = None if held_out is None else space.of_data(held_out)
    yardstick, few = _yardstick(among, points, others, picks)
    said: dict[str, Any] = {
        "space": space.title,
        "samples": size(fake),
        "training": size(training),
        "yardstick": f"training {what}, each without itself" if held_out is None else f"held-out {what}",
        "yardstick_images": len(few),
        **_of(found.distance, "generated"),
        **_of(yardstick, "yardstick"),
        "nearer_p": rank_test(found.distance, yardstick).p,
        "authentic": float((found.distance > reach).double().mean()),
        "copies": float((found.distance == 0).double().mean()),
    }
    if said["median_yardstick"] > 0:
        said["median_ratio"] = said["median_generated"] / said["median_yardstick"]
    if others is not None:
        said["training_share"] = _training_share(among, queries, points, others[few], picks)
    return said | {"warnings": _warnings(said, what)}, _drawn(modality, fake, training, found)


def _like(fake: Sample, training: Sample) -> Sample:
    """Return of generated samples what real ones have as well, by name: a game may leave more, such as ways back."""
    if isinstance(fake, Tensor) or isinstance(training, Tensor):
        return fake
    return {name: fake[name] for name in training}


def _drawn(modality: Modality, fake: Sample, training: Sample, found: Nearest) -> dict[str, bytes]:
    """Draw the closest pairs, where samples are images or can be shown as such."""
    closest = _closest(found)
    above, below = (modality.as_images(pick(*one)) for one in ((fake, closest), (training, found.index[closest])))
    return {} if above is None or below is None else {"memorisation": pairs_png(above, below)}


def _why_not(training: Sample) -> str:
    if not whole(training):
        return "the data are of several things, each with a length of its own, so that no sample of them is a whole one"
    if size(training) < 2:
        return "there is one training image, and so none that it could be nearest to"
    return ""


def _yardstick(
    among: Callable[..., Nearest], points: Tensor, others: Tensor | None, picks: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Give distances of real images from training images; and which held-out or training images they are of.

    Args:
        among: finds the training image nearest to each of some images.
        points: the training images.
        others: the held-out images; without them each training image counts, but not as the one nearest to itself.
        picks: chooses some of them, where there are many.
    """
    if others is not None:
        few = torch.randperm(len(others), generator=picks)[:MOST]
        return among(others[few], points).distance, few
    few = torch.randperm(len(points), generator=picks)[:MOST]
    return among(points[few], points, few).distance, few


def _training_share(
    among: Callable[..., Nearest], queries: Tensor, points: Tensor, others: Tensor, picks: torch.Generator
) -> float:
    """Give the share of generated images that are nearer to training images than to as many held-out ones.

    Args:
        among: finds the image nearest to each of some images.
        queries: the generated images.
        points: the training images.
        others: the held-out images.
        picks: chooses as many training images as there are held-out ones.
    """
    others = others[: len(points)]
    as_many = points[torch.randperm(len(points), generator=picks)[: len(others)]]
    apart = among(queries, as_many).distance - among(queries, others).distance
    return float((apart < 0).double().mean() + (apart == 0).double().mean() / 2)


def pairs_png(generated: Tensor, training: Tensor) -> bytes:
    """Draw two rows as one PNG: generated images above, below each the training image nearest to it.

    Args:
        generated: ``(N, C, H, W)`` uint8.
        training: likewise.
    """
    return grid_png(np.concatenate((generated.cpu().numpy(), training.cpu().numpy())), columns=len(generated))


def _closest(found: Nearest) -> Tensor:
    """Find the samples that are the closest of all to a training image, each training image once."""
    pairs: dict[int, int] = {}
    for sample in found.distance.argsort(stable=True).tolist():
        pairs.setdefault(int(found.index[sample]), sample)
        if len(pairs) == PAIRS:
            break
    return torch.tensor(list(pairs.values()))


def _of(distances: Tensor, whose: str) -> dict[str, float]:
    return {
        f"median_{whose}": float(distances.quantile(0.5)),
        f"low_{whose}": float(distances.quantile(0.01)),
    }


def _warnings(said: dict[str, Any], samples: str) -> list[str]:
    ratio, share = said.get("median_ratio", 1.0), said.get("training_share", 1.0)
    by_chance = 0.5 * math.erfc((share - 0.5) * math.sqrt(2 * said["samples"]))
    if said["nearer_p"] >= SURE or ratio >= NEARER or by_chance >= SURE:
        return []
    return [
        f"generated {samples} may be copies of training {samples}: their median distance to the nearest one is "
        f"{ratio:.2f} of that of {said['yardstick']}, by {said['space']}"
    ]
