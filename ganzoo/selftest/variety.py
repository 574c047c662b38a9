"""Sets that lack variety in a known way."""

import math

from .answer import Found
from .subject import Subject

_COPIES = 20
# One of a real image and its four nearest, which lie within its ball, was kept (arXiv:2002.09797, eq. 4, k = 5).
_COVERED = 1 - (1 - 1 / _COPIES) ** 5
_KEPT = 5  # of the ring's eight modes
_QUALITY = 1 - math.exp(-4.5)  # the share of a Gaussian in the plane within three standard deviations of its centre


def duplicates(subject: Subject) -> Found:
    """Repeat a few real images: all of them are among the real ones, and most real ones are missed."""
    real, _ = subject.digits
    order = subject.order(2)
    fake = real[order[: len(order) // _COPIES].repeat(_COPIES)]
    found = subject.numbers("digits", ("precision", "recall", "coverage"), fake, real)
    text = f"precision {found['precision']:.3g} (1), recall {found['recall']:.3g}, coverage {found['coverage']:.3g}"
    ok = found["precision"] == 1 and found["recall"] < 0.1 and abs(found["coverage"] - _COVERED) < 0.1
    return Found(f"{text} (below 0.1, and near {_COVERED:.3g})", found, ok)


def lost_classes(subject: Subject) -> Found:
    """Compare a half of the digits without three of the ten classes with the other half: recall and IS fall."""
    real, labels = subject.digits
    order = subject.order(3)
    one, other = order.tensor_split(2)
    metrics = ("recall", "is")
    whole = subject.numbers("digits", metrics, real[one], real[other])
    fewer = subject.numbers("digits", metrics, real[one[labels[one] < 7]], real[other])
    pairs = {"recall": "recall", "is": "IS"}.items()
    text = ", ".join(f"{word} {whole[name]:.3g} -> {fewer[name]:.3g}" for name, word in pairs)
    ok = fewer["recall"] < whole["recall"] - 0.15 and whole["is"] > 9 and fewer["is"] <= 7
    figures = whole | {f"{name}_without": value for name, value in fewer.items()}
    return Found(f"{text} (recall falls by 0.15 or more, IS from above 9 to 7 at most)", figures, ok)


def lost_modes(subject: Subject) -> Found:
    """Take three of its eight Gaussians from the ring: five modes, and the reverse KL that goes with them."""
    points, modes = subject.ring
    kept = points[modes < _KEPT][:2_500]
    found = subject.numbers("ring", ("modes", "high-quality", "reverse-kl"), kept, points)
    want = math.log(8 / _KEPT)
    quality = found["high-quality"]
    error = 100 * math.sqrt(_QUALITY * (1 - _QUALITY) / len(kept))
    text = (
        f"modes {found['modes']:g} ({_KEPT}), high quality {quality:.2f} % ({100 * _QUALITY:.2f}), "
        f"reverse KL {found['reverse-kl']:.3f} ({want:.3f})"
    )
    near = abs(quality - 100 * _QUALITY) < 4 * error and abs(found["reverse-kl"] - want) < 0.02
    return Found(text, found, found["modes"] == _KEPT and near)
