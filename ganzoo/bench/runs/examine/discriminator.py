"""Accuracy of a discriminator on real images and fakes, and on images that it has and has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganzoo.layers.terms.evaluation_mode import evaluation_mode
from ganzoo.layers.terms.slope import per_sample
from ganzoo.samples import Sample, flat, pick, size
from ganzoo.training import Trainer

from ..generating.rows import first, length, on, played, some
from ..generating.session import generated
from .scores import accuracy, f1, rank_test, roc_auc
from .threshold import even_odds

if TYPE_CHECKING:
    from ganzoo.bench.runs.session import TrainingSession

MOST = 10_000  # images of each kind
BATCH = 480  # a multiple of every usual pack
BOUND = 0.6  # AUC of membership above which it warns
CPU = torch.device("cpu")
SURE = 0.01  # and the p below which that is no chance

Played = tuple[Sample, Any]
"""Samples as they play, and their conditions; None without any."""


def examine_discriminator(session: TrainingSession, rng: torch.Generator) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Measure how the discriminator separates real from generated images, and training from held-out ones.

    Real images are held-out ones, or training images where there are none, and there are as many fakes. A verdict is
    the logits, or minus the energy of a discriminator that gives only that, in evaluation mode and on images as they
    are, without augmentation. It says "real" above a threshold: the verdict at which the loss holds both for equally
    likely or, where the loss implies none, as a critic's, the midpoint of the mean verdicts. The AUC takes none.

    Membership: how well the verdict alone separates training images from as many held-out ones, the white-box attack of
    arXiv:1705.07663. Its AUC, and its accuracy where half of the images, those of the highest verdicts,
    are called members. It warns above an AUC of ``BOUND``.

    Args:
        session: the run.
        rng: of the noise, on the run's device.
    """
    trainer, held_out = session.trainer, session.held_out
    modality, conditional = session.modality, session.recipe.conditional
    what = modality.plural
    if conditional and held_out is not None and modality.condition(first(held_out)) is None:
        held_out = None  # the discriminator is asked about an image and its label
    D, loss = trainer.parts.D, trainer.parts.loss
    key = next((name for name in ("logits", "energy") if name in loss.reads and name in D.outputs), None)
    if key is None:
        read = " and ".join(sorted(loss.reads))
        return {"skipped": f"the loss reads the discriminator's {read} and trains no verdict", "warnings": []}, {}
    picks = torch.Generator().manual_seed(rng.initial_seed())
    training = session.fields
    n = min(MOST, session.spec.samples, length(modality, held_out or training))
    fake = _fakes(session, n, rng)
    members = min(MOST, *(length(modality, fields) for fields in (training, held_out))) if held_out else 0

    def of_rows(fields: dict[str, Tensor], n: int) -> Tensor:
        return _verdicts(trainer, key, played(modality, some(modality, fields, n, picks), CPU, conditional=conditional))

    trainer.networks.play(plainly=True)  # in float32
    with evaluation_mode(trainer.parts.D):
        strange = of_rows(held_out, max(n, members)) if held_out else None
        known = of_rows(training, members or n)
        of_fake = _verdicts(trainer, key, fake)
    of_real = known if strange is None else strange[:n]
    if not all(bool(verdicts.isfinite().all()) for verdicts in (known, of_real, of_fake)):
        return {"skipped": "the discriminator's verdicts hold NaN or infinite values", "warnings": []}, {}
    implied = even_odds(loss, trainer.parts.G, D, _shape(fake[0])) if key == "logits" else None
    said = {
        "samples": n,
        "real": f"training {what}" if strange is None else f"held-out {what}",
        "verdict": "logits" if key == "logits" else "minus the energy",
        **_told_apart(of_real, of_fake, implied),
    }
    if strange is None:
        said["membership_skipped"] = (
            f"there are no held-out {what}" if session.held_out is None else f"the held-out {what} have no labels"
        )
        return said | {"warnings": []}, {}
    membership = _membership(known, strange[:members])
    return said | membership | {"warnings": _warnings(membership, what)}, {}


def _told_apart(of_real: Tensor, of_fake: Tensor, implied: float | None) -> dict[str, Any]:
    threshold = float(of_real.mean() + of_fake.mean()) / 2 if implied is None else implied
    truth = torch.cat((torch.ones_like(of_real), torch.zeros_like(of_fake))).bool()
    guess = torch.cat((of_real, of_fake)) > threshold
    return {
        "threshold": threshold,
        "threshold_rule": "midpoint of the mean verdicts" if implied is None else "even odds by the loss",
        "accuracy": accuracy(truth, guess),
        "f1": f1(truth, guess),
        "auc": roc_auc(of_real, of_fake),
    }


def _membership(members: Tensor, others: Tensor) -> dict[str, Any]:
    """Of equally many of both."""
    n = len(members)
    verdicts = torch.cat((others, members))  # of equal verdicts the stranger's comes first: ties win the attack nothing
    called = verdicts.argsort(descending=True, stable=True)[:n]
    return {
        "membership_images": n,
        "membership_auc": roc_auc(members, others),
        "membership_accuracy": float((called >= n).double().mean()),
        "membership_p": rank_test(others, members).p,
    }


def _warnings(membership: dict[str, Any], what: str) -> list[str]:
    auc = membership["membership_auc"]
    if auc <= BOUND or membership["membership_p"] >= SURE:
        return []
    return [
        f"the discriminator knows its training {what}: it tells them from held-out ones with an AUC of {auc:.2f}, "
        "where 0.5 is chance"
    ]


def _fakes(session: TrainingSession, n: int, rng: torch.Generator) -> Played:
    """Generated samples as they play, with their conditions; of a quantised modality as their levels at rest play.

    These are played as rows, in which a field that is not generated, such as a condition, is that of the example. Where
    samples are called otherwise than fields, they are taken as they were made.
    """
    modality = session.modality
    example = modality.example(1)
    target = modality.target(example)
    names = set(target) if isinstance(target, Mapping) else {"x"}
    if not modality.quantised or not names <= example.keys():
        fake = generated(session, n, rng, playing=True)
        return fake.sample, fake.y
    fake = generated(session, n, rng)
    made = dict(fake.sample) if isinstance(fake.sample, Mapping) else {"x": fake.sample}
    row = {name: field.expand(n, *field.shape[1:]) for name, field in example.items()} | made
    return played(modality, row, CPU, conditional=False)[0], fake.y


def _shape(sample: Sample) -> tuple[int, ...]:
    """Return the shape of one sample; of named tensors that of all numbers side by side."""
    return tuple(sample.shape[1:] if isinstance(sample, Tensor) else flat(sample).shape[1:])


def _verdicts(trainer: Trainer, key: str, data: Played) -> Tensor:
    """``(N,)`` float64 on the CPU, high for what is held to be real."""
    found = []
    for few in torch.arange(size(data[0])).split(BATCH):
        x, y = (on(trainer.device, pick(sample, few)) for sample in data)
        found.append(per_sample(trainer.parts.D(x, y)[key]).cpu().double())
    return torch.cat(found) if key == "logits" else -torch.cat(found)
