"""The maximum mean discrepancy of learned projections."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Loss, Turn
from ganzoo.layers import gathered, iterate_together, output_shape, require_choice, require_positive, spectral_norm

from .kernels import mean_of_pairs, mixture, rational_quadratic, rbf, squared_distances, squared_mmd

KERNELS = {"rbf": rbf, "rational-quadratic": rational_quadratic}
BANDWIDTHS = {"rbf": (1.0, 2.0, 4.0, 8.0, 16.0), "rational-quadratic": (0.2, 0.5, 1.0, 2.0, 5.0)}

AMPLIFIED = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)  # layers that the gain is a factor of


class MMD(Loss):
    """The generator lowers the squared maximum mean discrepancy between projections of real and fake images.

    The projection is a dense layer of this loss on the discriminator's ``features``; k below is the kernel of two
    projections, and all expectations are over pairs of different images of the batch (U-statistics).

    The discriminator raises the discrepancy, which draws the projections of real images together (the attractive
    loss), or, with ``repulsive``, descends E k(real, real') - E k(fake, fake'), which drives them apart and so learns
    what tells one real image from another.

    Source: arXiv:1705.08584, sec. 3; the repulsive loss is that of arXiv:1812.09916, the rational quadratic kernel
        that of arXiv:1801.01401.
    Departs: the autoencoder and the feasible set of arXiv:1705.08584 are left out, as in the later papers.

    Args:
        kernel: ``rbf``, exp(-d^2 / (2 s^2)), or ``rational-quadratic``, (1 + d^2 / (2 s))^-s.
        bandwidths: the values of s whose kernels are summed; by default 1, 2, 4, 8, 16 as in arXiv:1705.08584, and
            0.2, 0.5, 1, 2, 5 for the rational quadratic kernel as in arXiv:1801.01401.
        dim: how many numbers the projection gives.
        repulsive: the discriminator descends the repulsive loss.
        bounds: ``[lower, upper]`` of the bounded kernel of arXiv:1812.09916, where the loss is repulsive: to the
            discriminator the squared distance of two fakes is ``lower`` at the least and that of two real images
            ``upper`` at the most, so that it leaves alone what is close or far enough; where all of a batch is, it
            does not move.
        spectral_norm: divide the projection's weight by its largest singular value, as the regularizer of that name
            does to the discriminator's (arXiv:1802.05957).
        gain: a factor for each layer of the discriminator, taken all at once behind the projection, which makes up for
            what spectral normalisation takes from the signal; arXiv:1812.09916 has 1 / 0.55 behind each layer. For
            networks that are a chain, without residual blocks.

    Raises:
        RecipeError: a parameter is out of range.
    """

    reads = frozenset({"features"})
    samples = "gathered"

    def __init__(
        self,
        kernel: str = "rbf",
        bandwidths: Sequence[float] | None = None,
        dim: int = 16,
        repulsive: bool = False,
        bounds: Sequence[float] | None = None,
        spectral_norm: bool = False,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        require_choice(KERNELS, kernel=kernel)
        require_positive(dim=dim)
        bandwidths = BANDWIDTHS[kernel] if bandwidths is None else bandwidths
        if not bandwidths or not all(bandwidth > 0 for bandwidth in bandwidths):
            raise RecipeError(f"bandwidths are {bandwidths!r}, and must be one or more numbers above 0")
        if bounds is not None and not (len(bounds) == 2 and 0 <= bounds[0] <= bounds[1]):
            raise RecipeError(f"bounds are {bounds!r}, and must be two numbers, of which the first is 0 at the least")
        if bounds is not None and not repulsive:
            raise RecipeError("bounds are of the repulsive loss, and this one is not: write repulsive: true")
        if not gain > 0:
            raise RecipeError(f"gain is {gain!r}, and must be a number above 0")
        self.kernel = mixture(KERNELS[kernel], bandwidths)
        self.dim, self.repulsive, self.bounds = dim, repulsive, bounds
        self.spectral_norm, self.gain = spectral_norm, gain

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Fit the projection to the features, in the place of the discriminator's own last layer."""
        head = nn.Linear(output_shape(D, "features")[0], self.dim)
        self.head = spectral_norm(head) if self.spectral_norm else head
        iterate_together(self.head)
        self.scale = self.gain ** sum(isinstance(layer, AMPLIFIED) for layer in D.modules())

    def _projections(self, turn: Turn) -> tuple[Tensor, Tensor]:
        real, fake = (gathered(self.scale * self.head(verdict["features"])) for verdict in (turn.on_real, turn.on_fake))
        return real, fake

    def d_loss(self, turn: Turn) -> Tensor:
        """Minus the squared discrepancy, or E k(real, real') - E k(fake, fake'); a scalar."""
        real, fake = self._projections(turn)
        if not self.repulsive:
            return -squared_mmd(real, fake, self.kernel)
        of_real, of_fake = squared_distances(real, real), squared_distances(fake, fake)
        if self.bounds is not None:
            lower, upper = self.bounds
            of_real, of_fake = of_real.clamp(max=upper), of_fake.clamp(min=lower)
        return mean_of_pairs(self.kernel(of_real)) - mean_of_pairs(self.kernel(of_fake))

    def g_loss(self, turn: Turn) -> Tensor:
        """E k(real, real') - 2 E k(real, fake) + E k(fake, fake'), a scalar, which may be below 0."""
        real, fake = self._projections(turn)
        return squared_mmd(real, fake, self.kernel)
