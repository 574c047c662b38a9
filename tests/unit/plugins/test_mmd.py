import math
from itertools import product

import pytest
import torch
from ganzoo_plugins.dcgan.discriminator import DCGANDiscriminator
from ganzoo_plugins.kernel_losses.kernels import (
    mean_of_pairs,
    mixture,
    rational_quadratic,
    rbf,
    squared_distances,
    squared_mmd,
)
from ganzoo_plugins.kernel_losses.mmd import MMD
from stand_in_turn import NoHostSync, dealt
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator

NO_IMAGES = torch.zeros(1)


class Flat(Discriminator):
    """The features are the image's values, times a parameter."""

    outputs = frozenset({"features"})
    image_size, channels, num_classes = 2, 1, 0

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones((), dtype=torch.float64))

    def forward(self, x, y=None):
        return {"features": self.scale * x.flatten(1)}


def points(n, dim=4, *, seed=0, shift=0.0):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(n, dim, dtype=torch.float64, generator=draw) + shift


def prepared(**parameters):
    """A loss whose projection is a given matrix of 4 features to 2 numbers, in float64."""
    torch.manual_seed(0)
    loss = MMD(dim=2, **parameters)
    loss.prepare(None, Flat())
    loss.double()
    if not parameters.get("spectral_norm"):
        with torch.no_grad():
            loss.head.weight.copy_(torch.tensor([[1.0, 0.5, 0.0, -1.0], [0.0, 1.0, 2.0, 0.5]]))
            loss.head.bias.copy_(torch.tensor([0.3, -0.7]))
    return loss


def features(real, fake, player="D"):
    turn = dealt(player, None, None, NO_IMAGES)
    return turn.replace(on_real={"features": real}, on_fake={"features": fake})


# -- kernels -----------------------------------------------------------------------------------------------------


def test_kernels_at_hand_computed_distances():
    squares = torch.tensor([0.0, 2.0, 8.0], dtype=torch.float64)
    assert torch.allclose(rbf(squares, 2.0), torch.tensor([0, -0.25, -1], dtype=torch.float64).exp())
    wanted = torch.tensor([1.0, (1 + 2 / 1) ** -0.5, (1 + 8 / 1) ** -0.5], dtype=torch.float64)
    assert torch.allclose(rational_quadratic(squares, 0.5), wanted)
    both = mixture(rbf, [1.0, 2.0])(squares)
    assert torch.allclose(both, rbf(squares, 1.0) + rbf(squares, 2.0))


def test_a_rational_quadratic_kernel_of_large_bandwidth_is_gaussian():
    squares = torch.linspace(0, 10, 50, dtype=torch.float64)
    assert torch.allclose(rational_quadratic(squares, 1e7), rbf(squares, 1.0), atol=1e-5)


def test_distances():
    a, b = points(3), points(5, seed=1)
    wanted = torch.stack([torch.stack([(x - y).square().sum() for y in b]) for x in a])
    assert torch.allclose(squared_distances(a, b), wanted)


# -- the estimator -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [mixture(rbf, [0.7, 2.0]), mixture(rational_quadratic, [0.2, 1.0])])
def test_the_mean_over_all_draws_is_the_discrepancy_of_the_populations(kernel):
    """Every draw of 3 from three points and of 2 from two, with its probability: unbiased, not only in the limit."""
    a, b = points(3, 2), points(2, 2, seed=1, shift=1.0)
    p, q = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64), torch.tensor([0.6, 0.4], dtype=torch.float64)
    exact = p @ kernel(squared_distances(a, a)) @ p + q @ kernel(squared_distances(b, b)) @ q
    exact = exact - 2 * p @ kernel(squared_distances(a, b)) @ q
    total, diagonal_counted = 0.0, 0.0
    for of_a in product(range(3), repeat=3):
        for of_b in product(range(2), repeat=2):
            probability = p[list(of_a)].prod() * q[list(of_b)].prod()
            x, y = a[list(of_a)], b[list(of_b)]
            total = total + probability * squared_mmd(x, y, kernel)
            biased = kernel(squared_distances(x, x)).mean() + kernel(squared_distances(y, y)).mean()
            diagonal_counted += probability * (biased - 2 * kernel(squared_distances(x, y)).mean())
    assert total.item() == pytest.approx(exact.item(), rel=1e-12)
    assert diagonal_counted.item() > exact.item() + 0.1  # which the other estimator is not


def test_the_mean_over_all_subsets_is_that_of_the_population():
    values = squared_distances(points(5, 2), points(5, 2))
    subsets = [list(c) for c in product(range(5), repeat=3) if c[0] < c[1] < c[2]]
    mean = sum(mean_of_pairs(values[s][:, s]) for s in subsets) / len(subsets)
    assert mean.item() == pytest.approx(mean_of_pairs(values).item(), rel=1e-12)


def test_two_gaussians_against_the_closed_form():
    """E k(A, B) = (s^2 / v)^(d/2) exp(-|m|^2 / (2 v)) with v = s^2 + the two variances, m the difference of means."""
    batches, n, dim, bandwidth = 200, 30, 3, 1.5
    a, b = points(batches * n, dim), 0.5 * points(batches * n, dim, seed=1) + 0.8

    def expectation(variance, square):
        v = bandwidth**2 + variance
        return (bandwidth**2 / v) ** (dim / 2) * math.exp(-square / (2 * v))

    exact = expectation(2, 0) + expectation(0.5, 0) - 2 * expectation(1.25, dim * 0.8**2)
    kernel = mixture(rbf, [bandwidth])
    estimates = torch.stack([squared_mmd(x, y, kernel) for x, y in zip(a.split(n), b.split(n), strict=True)])
    error = (estimates.std() / batches**0.5).item()
    assert error < 0.01 < exact
    assert estimates.mean().item() == pytest.approx(exact, abs=4 * error)


def test_a_single_point_has_no_pairs():
    value = squared_mmd(points(1), points(3, seed=1), mixture(rbf, [1.0]))
    assert torch.isfinite(value)
    assert mean_of_pairs(torch.ones(1, 1)).item() == 0


# -- the loss ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "kernel"),
    [
        ({}, mixture(rbf, [1, 2, 4, 8, 16])),
        ({"bandwidths": [0.5, 3.0]}, mixture(rbf, [0.5, 3.0])),
        ({"kernel": "rational-quadratic"}, mixture(rational_quadratic, [0.2, 0.5, 1, 2, 5])),
    ],
)
def test_the_attractive_loss_is_minus_the_generators(parameters, kernel):
    loss, real, fake = prepared(**parameters), points(5), points(4, seed=1, shift=0.5)
    wanted = squared_mmd(loss.head(real), loss.head(fake), kernel).item()
    assert loss.g_loss(features(real, fake)).item() == pytest.approx(wanted, rel=1e-12)
    assert loss.d_loss(features(real, fake)).item() == pytest.approx(-wanted, rel=1e-12)


def test_hand_computed():
    """Projections 0, 1 and 0, 2, 4 on a line, one kernel of bandwidth 1."""
    loss = MMD(dim=1, bandwidths=[1.0])
    loss.prepare(None, Flat())
    loss.double()
    with torch.no_grad():
        loss.head.weight.copy_(torch.tensor([[1.0, 0, 0, 0]]))
        loss.head.bias.zero_()

    def line(*values):
        return torch.cat([torch.tensor(values, dtype=torch.float64)[:, None], torch.ones(len(values), 3)], dim=1)

    def k(d):
        return math.exp(-d * d / 2)

    turn = features(line(0.0, 1.0), line(0.0, 2.0, 4.0))
    within_real, within_fake = k(1), (2 * k(2) + k(4)) / 3
    across = (k(0) + k(2) + k(4) + k(1) + k(1) + k(3)) / 6
    assert loss.g_loss(turn).item() == pytest.approx(within_real + within_fake - 2 * across, rel=1e-12)
    loss.repulsive = True
    assert loss.d_loss(turn).item() == pytest.approx(within_real - within_fake, rel=1e-12)
    loss.bounds = [5.0, 0.5]  # lower for fakes, upper for real images
    bounded_fake = (2 * k(5**0.5) + k(4)) / 3
    assert loss.d_loss(turn).item() == pytest.approx(k(0.5**0.5) - bounded_fake, rel=1e-12)
    assert loss.g_loss(turn).item() == pytest.approx(within_real + within_fake - 2 * across, rel=1e-12)


def test_the_repulsive_loss_drives_real_images_apart_and_draws_fakes_together():
    loss = prepared(repulsive=True)
    real, fake = points(6).requires_grad_(), points(6, seed=1).requires_grad_()

    def spread(x):
        h = loss.head(x)
        return squared_distances(h, h).mean()

    d_real, d_fake = torch.autograd.grad(loss.d_loss(features(real, fake)), (real, fake))
    assert spread(real - 0.1 * d_real) > spread(real)
    assert spread(fake - 0.1 * d_fake) < spread(fake)
    attractive = prepared()
    (d_real,) = torch.autograd.grad(attractive.d_loss(features(real, fake + 100)), real)
    assert spread(real - 0.1 * d_real) < spread(real)


def test_bounded_pairs_are_left_alone():
    """Real images further apart than the upper bound and fakes closer than the lower one have no gradient."""
    loss = prepared(repulsive=True, bounds=[0.25, 4.0])
    near, far = (torch.eye(3, 4, dtype=torch.float64) * scale for scale in (0.01, 50))
    for real, fake, live in [(far, near, (False, False)), (near, far, (True, True)), (far, far, (False, True))]:
        real, fake = real.clone().requires_grad_(), (fake + points(3) * 1e-3).requires_grad_()
        if live[1]:
            fake = (points(3, seed=2) * 2).requires_grad_()
        gradients = torch.autograd.grad(loss.d_loss(features(real, fake)), (real, fake))
        assert tuple(bool(g.abs().max() > 0) for g in gradients) == live


@pytest.mark.parametrize(
    "parameters",
    [{}, {"kernel": "rational-quadratic"}, {"repulsive": True}, {"repulsive": True, "bounds": [0.25, 4.0]}],
)
def test_gradients(parameters):
    loss = prepared(bandwidths=[0.8, 2.0], **parameters)
    loss.scale = 0.7
    real, fake = (points(4, seed=s).requires_grad_() for s in (0, 1))
    assert torch.autograd.gradcheck(lambda r, f: loss.d_loss(features(r, f)), (real, fake))
    assert torch.autograd.gradcheck(lambda r, f: loss.g_loss(features(r, f)), (real, fake))


def test_the_gain_multiplies_the_projections_once_for_each_layer():
    real, fake = points(5), points(5, seed=1)
    plain, scaled = prepared(bandwidths=[1.0]), prepared(bandwidths=[3.0], gain=3.0)
    assert scaled.scale == 1  # the discriminator has no layers
    scaled.scale = 3.0
    assert scaled.g_loss(features(real, fake)).item() == pytest.approx(plain.g_loss(features(real, fake)).item())
    D = DCGANDiscriminator(image_size=32, channels=1, num_classes=0, width=2)
    D.image_size, D.channels, D.num_classes = 32, 1, 0
    loss = MMD(gain=3.0)
    loss.prepare(None, D)
    assert loss.scale == 3.0**4  # three convolutions and the last layer


def test_the_projection_can_be_normalised_by_its_spectral_norm():
    loss = prepared(spectral_norm=True)
    with torch.no_grad():
        loss.head.parametrizations.weight.original.mul_(50)
        for _ in range(30):
            loss.g_loss(features(points(3), points(3)))
    assert torch.linalg.matrix_norm(loss.head.weight, 2).item() == pytest.approx(1, rel=1e-3)


def test_the_projection_fits_the_features_and_learns_with_the_discriminator():
    torch.manual_seed(0)
    shape = {"image_size": 8, "channels": 1, "num_classes": 0}
    D = DCGANDiscriminator(**shape, width=4)
    D.image_size, D.channels, D.num_classes = shape.values()
    loss = MMD(dim=5)
    assert not list(loss.parameters())
    loss.prepare(None, D)
    assert loss.head.weight.shape == (5, D.head.in_features)
    turn = dealt("D", None, D, torch.randn(6, 1, 8, 8), fake=torch.randn(6, 1, 8, 8))
    with NoHostSync():
        loss.d_loss(turn).backward()
    assert loss.head.weight.grad.abs().max() > 0
    assert all(p.grad.abs().max() > 0 for p in D.body.parameters() if p.ndim > 1)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kernel": "linear"}, "kernel is 'linear', and must be one of rbf, rational-quadratic"),
        ({"dim": 0}, "dim is 0"),
        ({"bandwidths": []}, "bandwidths are"),
        ({"bandwidths": [1.0, 0.0]}, "bandwidths are"),
        ({"repulsive": True, "bounds": [4.0, 0.25]}, "bounds are"),
        ({"repulsive": True, "bounds": [1.0]}, "bounds are"),
        ({"bounds": [0.25, 4.0]}, "write repulsive: true"),
        ({"gain": 0}, "gain is 0"),
    ],
)
def test_unfit_parameters_are_refused(parameters, message):
    with pytest.raises(RecipeError, match=message) as caught:
        MMD(**parameters)
    assert "\n" not in str(caught.value)
