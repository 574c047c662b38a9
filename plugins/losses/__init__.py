"""Adversarial losses that compare verdicts: of any discriminator with logits, and one for class verdicts."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """Register the losses."""
    register(
        "boundary-seeking",
        f"{__name__}.boundary_seeking:BoundarySeeking",
        summary="Boundary-seeking loss: cross-entropy, and G puts its images where D cannot decide",
        paper="arXiv:1702.08431",
    )
    register(
        "f-gan",
        f"{__name__}.f_gan:FGAN",
        summary="f-divergence by its dual form: KL, reverse KL, Pearson, Neyman, Hellinger, JS or total variation",
        paper="arXiv:1606.00709",
    )
    register(
        "minimax",
        f"{__name__}.cross_entropy:Minimax",
        summary="Minimax loss: cross-entropy, and G descends log(1 - D); it saturates",
        paper="arXiv:1406.2661",
    )
    register(
        "non-saturating",
        f"{__name__}.cross_entropy:NonSaturating",
        summary="Non-saturating loss: cross-entropy, and G ascends log D",
        paper="arXiv:1406.2661",
    )
    register(
        "least-squares",
        f"{__name__}.least_squares:LeastSquares",
        summary="Least-squares loss: half the squared distance of the verdicts from target values",
        paper="arXiv:1611.04076",
    )
    register(
        "hinge",
        f"{__name__}.hinge:Hinge",
        summary="Hinge loss: D keeps a margin, G raises its mean verdict",
        paper="arXiv:1705.02894",
    )
    register(
        "multi-hinge",
        f"{__name__}.multi_hinge:MultiHinge",
        summary="Multi-hinge loss: one classifier of the K classes and of fakes, with a margin",
        paper="arXiv:1912.04216",
    )
    register(
        "wasserstein",
        f"{__name__}.wasserstein:Wasserstein",
        summary="Wasserstein loss: the critic's mean on fake images less its mean on real ones",
        paper="arXiv:1701.07875",
    )
    _register_losses_of_batches(register)


def _register_losses_of_batches(register: Callable[..., None]) -> None:
    """Register the losses in which the verdicts of a batch meet."""
    register(
        "relativistic-pairing",
        f"{__name__}.relativistic_pairing:RelativisticPairing",
        summary="Relativistic pairing: the verdict on each real image against that on one fake (RSGAN, R3GAN)",
        paper="arXiv:1807.00734",
    )
    register(
        "relativistic-average",
        f"{__name__}.relativistic_average:RelativisticAverage",
        summary="Relativistic average: each verdict against the other kind's mean (RaSGAN, RaLSGAN, RaHingeGAN)",
        paper="arXiv:1807.00734",
    )
    register(
        "softmax-gan",
        f"{__name__}.softmax:SoftmaxGAN",
        summary="Softmax cross-entropy over the batch: D puts all mass on real images, G spreads it evenly",
        paper="arXiv:1704.06191",
    )
