"""Numbers of classes: how often each is generated, beside how often the data have it."""

from __future__ import annotations

import torch
from torch import Tensor

from .evidence import Evidence
from .neighbours import two_nearest

EXPECTED = 20.0  # samples of a class that there should be, for its lack to be told
ROWS = 5_000  # training rows among which the nearest is looked for
TRUSTED = 0.8  # share of training rows whose class an extractor's own classes must be
MODES = 5.0  # samples that a mode should have at least


def counted(evidence: Evidence) -> tuple[Tensor, Tensor, tuple[str, ...]] | None:
    """Count the classes of generated samples and of training rows, as the same eyes see both.

    These are the modes that an extractor tells apart, or its classes where they are those of the labels or there are no
    labels; else a sample is of the class of the training row whose features are nearest, a training row likewise of
    that of the nearest other one.

    Returns:
        counts ``(K,)`` float64 of both and the classes' names; None where there are neither labels nor classes.
    """
    seen, real = evidence.seen, evidence.seen_training
    if "mode" in real:
        fake, known = (one["mode"].flatten().long() for one in (seen, real))
        k = int(known.max()) + 1
        return _counts(fake[fake >= 0], k), _counts(known[known >= 0], k), tuple(map(str, range(k)))
    labels = None if evidence.labels is None else evidence.labels[: len(next(iter(real.values()), ()))]
    if "logits" in real:
        fake, known = (one["logits"].argmax(dim=1) for one in (seen, real))
        k = real["logits"].shape[1]
        if labels is None:
            return _counts(fake, k), _counts(known, k), tuple(map(str, range(k)))
        if len(evidence.classes) == k and float(known.eq(labels).double().mean()) >= TRUSTED:
            return _counts(fake, k), _counts(known, k), evidence.classes
    if labels is None or "features" not in real or len(labels) < 3:
        return None
    rows = real["features"].float()
    own = torch.arange(len(rows))
    k = len(evidence.classes) or int(labels.max()) + 1
    names = evidence.classes or tuple(map(str, range(k)))
    fake = labels[two_nearest(seen["features"].float(), rows).index]
    return _counts(fake, k), _counts(labels[two_nearest(rows, rows, own).index], k), names


def _nearest(evidence: Evidence, k: int) -> Tensor:
    """Return each class's share of the classes of the nearest training rows, over its share of these rows."""
    assert evidence.labels is not None
    labels = evidence.labels[:ROWS]
    found = _counts(labels[two_nearest(evidence.rows, evidence.training_rows[:ROWS]).index], k)
    return (found / found.sum()) / (_counts(labels, k) / len(labels)).clamp(min=1e-12)


def _counts(classes: Tensor, k: int) -> Tensor:
    return torch.bincount(classes, minlength=k)[:k].double()


def measure(evidence: Evidence) -> dict[str, float]:
    """Measure the share of each class over its share of the data, and by how little all of them differ from it.

    Where the data have labels a share is the larger one of two: in the extractor's eyes, and by the classes of the
    nearest training rows. Poor samples of a class may be taken for another by one of these, and are there all the same.

    ``class_chi2_low`` is the chance that counts drawn at random lie as near to the shares of the data as these do, by
    Pearson's chi-squared statistic. Of a generator that is told its classes it is as likely to be anywhere in [0, 1];
    one that is not told has shares of its own, and so near to the data's by luck alone. ``classes_told`` is 1 of one
    that is told. ``classes`` is how many the data have; of those too rare for so many samples no share is told.
    """
    found = counted(evidence)
    if found is None:
        return {}
    fake, real, names = found
    n = float(fake.sum())
    if not n or not real.sum():
        return {}
    shares = real / real.sum()
    numbers: dict[str, float] = {}
    near = _nearest(evidence, len(names)) if evidence.labels is not None and evidence.are_images else None
    least = MODES if "mode" in evidence.seen_training else EXPECTED
    for c, name in enumerate(names):
        if n * float(shares[c]) >= least:
            share = float(fake[c] / n / shares[c])
            numbers[f"class {name}"] = share if near is None else max(share, float(near[c]))
    numbers["classes"] = float((real > 0).sum())
    usual = shares * n >= MODES
    if int(usual.sum()) > 1:
        chi2 = ((fake - shares * n).square() / (shares * n))[usual].sum()
        numbers["classes_told"] = float(evidence.told)
        numbers["class_chi2_low"] = float(torch.special.gammainc((usual.sum() - 1).double() / 2, chi2 / 2))
    return numbers
