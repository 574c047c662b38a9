"""Classification accuracy score: a classifier that learns from generated images, tested on real ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..generating.conditions import are_labels
from ..generating.rows import first, length, on, together
from ..generating.session import generated
from .classifier import classified, trained, updates_for
from .scores import accuracy, macro_f1

if TYPE_CHECKING:
    from ganzoo.bench.runs.session import TrainingSession

MOST = 50_000  # images that a classifier is trained on
HELD_BACK = 5  # one in so many training images, where there are no held-out ones
SEED = 0  # of classifiers and of what is held back, so that all runs of a bench have the same
LEAST = 10  # training images

Labelled = tuple[Tensor, Tensor]


def examine_classification(session: TrainingSession, rng: torch.Generator) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Take the classification accuracy score: the accuracy on real images of a classifier trained on generated ones.

    One small convolutional classifier is trained three times, with as many updates and from the same first weights:
    on generated images with the labels they were asked for, on as many real ones, and on both together. Each is
    tested on held-out images. Without them it is a fifth of the training images, which the classifiers on real images
    do not see then; the generator was trained on them all the same.

    Conditional recipes alone can be examined so. It warns where the classifier that learnt from generated images is no
    better than one that always names the most frequent class.

    Source: arXiv:1905.10887, whose naive augmentation score is the third of these.

    Departs: the classifier is no ResNet-50, so that it is trained within the time of a run.

    Args:
        session: the run.
        rng: of the noise and the labels, on the run's device.
    """
    if reason := _why_not(session):
        return {"skipped": reason, "warnings": []}, {}
    real, test, whose = _parts(session)
    fake = generated(session, len(real[0]), rng)
    images = session.modality.as_images(fake.sample)
    assert images is not None and fake.y is not None  # see ``_why_not``
    drawn: Labelled = images, on("cpu", fake.y)
    both = torch.cat((real[0], drawn[0])), torch.cat((real[1], drawn[1]))
    updates = updates_for(len(real[0]))
    said: dict[str, Any] = {
        "tested_on": whose,
        "test_images": len(test[0]),
        "images": len(real[0]),
        "updates": updates,
    }
    for name, (x, y) in {"generated": drawn, "real": real, "both": both}.items():
        model = trained(x, y, classes=session.classes, updates=updates, seed=SEED, device=session.trainer.device)
        guess = classified(model, test[0])
        said |= {f"accuracy_{name}": accuracy(test[1], guess), f"f1_{name}": macro_f1(test[1], guess)}
    return said | {"warnings": _warnings(said, test[1])}, {}


def _why_not(session: TrainingSession) -> str:
    modality = session.modality
    row = first(session.fields)
    if not session.recipe.conditional:
        return "the recipe is not conditional: its images have no labels to learn from"
    images = modality.as_images(modality.target(row))
    if images is None:
        return f"the data are {modality.name}, and the classifier is one of images"
    if not session.classes or not are_labels(modality.condition(row)) or not together(modality, session.fields):
        return "the conditions are no classes of which each image has one: there are no labels to learn from"
    if min(images.shape[2:]) < 4:
        return "the images are smaller than 4 pixels"
    if (n := length(modality, session.fields)) < LEAST:
        return f"there are only {n} training images"
    return ""


def _labelled(session: TrainingSession, fields: dict[str, Tensor] | None) -> tuple[Tensor, Tensor | None] | None:
    """Return rows as images with their labels, on the CPU; None of none."""
    if fields is None:
        return None
    images = session.modality.as_images(session.modality.target(fields))
    assert images is not None  # see ``_why_not``
    return images.cpu(), on("cpu", session.modality.condition(fields))


def _parts(session: TrainingSession) -> tuple[Labelled, Labelled, str]:
    """Real images to train on, real images to test on, and what those are."""
    real = _labelled(session, session.fields)
    assert real is not None and real[1] is not None
    images, labels = real[0], real[1]
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(SEED))
    held_out, held_out_labels = _labelled(session, session.held_out) or (None, None)
    if held_out is not None and held_out_labels is not None:
        test, whose = (held_out, held_out_labels), "held-out images"
    else:
        back, order = order[: len(order) // HELD_BACK], order[len(order) // HELD_BACK :]
        test, whose = (images[back], labels[back]), "a fifth of the training images, which the generator has seen"
    pick = order[:MOST]
    return (images[pick], labels[pick]), test, whose


def _warnings(said: dict[str, Any], truth: Tensor) -> list[str]:
    """Three standard errors above the most frequent class's share is better than naming it always."""
    share = float(truth.bincount().max()) / len(truth)
    if said["accuracy_generated"] >= share + 3 * math.sqrt(share * (1 - share) / len(truth)):
        return []
    return [
        f"generated images do not show the class they were asked for: a classifier that learns from them is right on "
        f"{said['accuracy_generated']:.0%} of real ones, and naming the most frequent class on {share:.0%}"
    ]
