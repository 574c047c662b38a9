"""Adversarial losses that compare verdicts: of any discriminator with logits, and one for class verdicts."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """Register the losses."""
    register(
        "boundary-seeking",
        f"{__name__}.boundary_seeking:BoundarySeeking",
        summary="cross-entropy, and the generator puts its images where the discriminator cannot decide",
        paper="arXiv:1702.08431",
    )
    register(
        "f-gan",
        f"{__name__}.f_gan:FGAN",
        summary="the dual form of an f-divergence: KL, reverse KL, Pearson, Neyman, Hellinger, JS or total variation",
        paper="arXiv:1606.00709",
    )
    register(
        "minimax",
        f"{__name__}.cross_entropy:Minimax",
        summary="cross-entropy, and the generator descends log(1 - D); it saturates",
        paper="arXiv:1406.2661",
    )
    register(
        "non-saturating",
        f"{__name__}.cross_entropy:NonSaturating",
        summary="cross-entropy, and the generator ascends log D",
        paper="arXiv:1406.2661",
    )
    register(
        "least-squares",
        f"{__name__}.least_squares:LeastSquares",
        summary="half the squared distance of the verdicts from target values",
        paper="arXiv:1611.04076",
    )
    register(
        "hinge",
        f"{__name__}.hinge:Hinge",
        summary="the discriminator keeps a margin, the generator raises its mean verdict",
        paper="arXiv:1705.02894",
    )
    register(
        "multi-hinge",
        f"{__name__}.multi_hinge:MultiHinge",
        summary="one classifier of the K classes and of fakes keeps a margin between the right one and the next",
        paper="arXiv:1912.04216",
    )
    register(
        "relativistic-pairing",
        f"{__name__}.relativistic_pairing:RelativisticPairing",
        summary="the verdict on each real image against that on one fake: RSGAN, and the pairing of R3GAN",
        paper="arXiv:1807.00734",
    )
    register(
        "relativistic-average",
        f"{__name__}.relativistic_average:RelativisticAverage",
        summary="each verdict against the mean of the other kind's: RaSGAN, RaLSGAN, RaHingeGAN",
        paper="arXiv:1807.00734",
    )
    register(
        "softmax-gan",
        f"{__name__}.softmax:SoftmaxGAN",
        summary="a softmax over the whole batch: D puts all mass on real images, G spreads it evenly",
        paper="arXiv:1704.06191",
    )
    register(
        "wasserstein",
        f"{__name__}.wasserstein:Wasserstein",
        summary="the critic's mean on fake images less its mean on real ones",
        paper="arXiv:1701.07875",
    )
