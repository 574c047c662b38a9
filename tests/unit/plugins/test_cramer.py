from itertools import pairwise as neighbours
from itertools import product

import pytest
import torch
from ganzoo_plugins.kernel_losses.cramer import Cramer
from ganzoo_plugins.kernel_losses.energy_distance import energy_distance, lengths, mean_to_others, pairwise
from ganzoo_plugins.wgan_gp.convolutional import WGANGPCritic
from stand_in_turn import NoHostSync, dealt
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator


class Flat(Discriminator):
    """The features are the image's values."""

    outputs = frozenset({"features"})
    image_size, channels, num_classes = 2, 1, 0

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones((), dtype=torch.float64))

    def forward(self, x, y=None):
        return {"features": self.scale * x.flatten(1)}


def images(n, *, seed=0):
    return torch.randn(n, 1, 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def prepared(**parameters):
    torch.manual_seed(0)
    loss = Cramer(dim=3, **parameters)
    loss.prepare(None, Flat())
    return loss.double()


def turn_of(real, fake, *, seed=0, **more):
    return dealt("D", None, Flat(), real, fake=fake, rng=torch.Generator().manual_seed(seed), **more)


def column(values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


def twice_the_integral(a, p, b, q):
    """2 * integral of (F - G)^2 of two distributions on points of the line, which is a sum over their gaps."""
    total, grid = 0.0, sorted({*a, *b})
    for low, high in neighbours(grid):
        f = sum(w for x, w in zip(a, p, strict=True) if x <= low)
        g = sum(w for x, w in zip(b, q, strict=True) if x <= low)
        total += 2 * (f - g) ** 2 * (high - low)
    return total


# -- the distance ------------------------------------------------------------------------------------------------


def test_distances_and_means():
    a, b = column([0.0, 1.0, 5.0]), column([2.0, -1.0])
    assert pairwise(a, b).tolist() == [[2, 1], [1, 2], [3, 6]]
    assert lengths(torch.tensor([[3.0, 4.0]])).tolist() == [5]
    assert mean_to_others(pairwise(a, a)).tolist() == [3, 2.5, 4.5]
    assert mean_to_others(pairwise(a[:1], a[:1])).tolist() == [0]


def test_on_a_line_it_is_twice_the_integral_of_the_squared_difference_of_distribution_functions():
    """Exactly so with each sample's own points among its pairs; the unbiased estimate leaves those out."""
    draw = torch.Generator().manual_seed(0)
    a, b = (torch.randn(n, dtype=torch.float64, generator=draw).tolist() for n in (7, 5))
    wanted = twice_the_integral(a, [1 / 7] * 7, b, [1 / 5] * 5)
    x, y = column(a), column(b)
    whole = (
        2 * pairwise(x, y).mean() - pairwise(x, x).fill_diagonal_(0).mean() - pairwise(y, y).fill_diagonal_(0).mean()
    )
    assert whole.item() == pytest.approx(wanted, rel=1e-12)
    left_out = mean_to_others(pairwise(x, x)).mean() / 7 + mean_to_others(pairwise(y, y)).mean() / 5
    assert (energy_distance(x, y) + left_out).item() == pytest.approx(wanted, rel=1e-12)


def test_the_mean_over_all_draws_is_the_distance_of_the_populations():
    a, p, b, q = [0.0, 1.0, 3.0], [0.5, 0.2, 0.3], [0.5, 4.0], [0.75, 0.25]
    total = 0.0
    for of_a in product(range(3), repeat=3):
        for of_b in product(range(2), repeat=2):
            probability = torch.tensor([p[i] for i in of_a] + [q[i] for i in of_b], dtype=torch.float64).prod()
            x, y = column([a[i] for i in of_a]), column([b[i] for i in of_b])
            total += probability.item() * energy_distance(x, y).item()
    assert total == pytest.approx(twice_the_integral(a, p, b, q), rel=1e-12)


def test_equal_points_have_a_finite_gradient():
    a = torch.ones(4, 3, dtype=torch.float64, requires_grad=True)
    b = torch.ones(4, 3, dtype=torch.float64, requires_grad=True)
    gradients = torch.autograd.grad(energy_distance(a, b) + lengths(0 * a).sum(), (a, b))
    assert all(torch.isfinite(g).all() for g in gradients)


# -- the loss ----------------------------------------------------------------------------------------------------


def test_values_in_plain_sums():
    loss, real, fake = prepared(penalty=0.0), images(4), images(5, seed=1)
    r, f = loss.head(real.flatten(1)), loss.head(fake.flatten(1))
    cross = sum((x - y).norm() for x in r for y in f) / 20
    within = [sum((x - y).norm() for x in s for y in s if x is not y) for s in (list(r), list(f))]
    real_real, fake_fake = within[0] / 12, within[1] / 20
    f_real = cross - r.norm(dim=1).mean()
    f_fake = fake_fake - f.norm(dim=1).mean()
    assert loss.d_loss(turn_of(real, fake)).item() == pytest.approx((f_fake - f_real).item(), rel=1e-12)
    assert loss.g_loss(turn_of(real, fake)).item() == pytest.approx(
        (2 * cross - real_real - fake_fake).item(), rel=1e-12
    )


def test_gradients():
    loss = prepared(penalty=0.0)
    real, fake = images(3).requires_grad_(), images(3, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(lambda r, f: loss.d_loss(turn_of(r, f)), (real, fake))
    assert torch.autograd.gradcheck(lambda r, f: loss.g_loss(turn_of(r, f)), (real, fake))


def test_the_generator_draws_its_images_to_the_real_ones():
    loss, real = prepared(), images(8)
    fake = (images(8, seed=1) + 3).requires_grad_()
    before = loss.g_loss(turn_of(real, fake))
    (slope,) = torch.autograd.grad(before, fake)
    moved = (fake - slope).detach()
    assert loss.g_loss(turn_of(real, moved)) < before
    assert (moved.mean() - real.mean()).abs() < (fake.mean() - real.mean()).abs()


def slope_of_f(h, at, fake, own):
    """The gradient of f in closed form: unit vectors from the other fakes, less the one from the origin, through h."""
    unit = [(at - y) / (at - y).norm() for j, y in enumerate(fake) if j != own]
    return h.weight.T @ (sum(unit) / len(unit) - at / at.norm())


def test_the_penalty_of_a_linear_projection_in_closed_form():
    loss, real, fake = prepared(penalty=7.0), images(5), images(5, seed=1)
    share = torch.rand(5, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    between = (1 - share) * real.flatten(1) + share * fake.flatten(1)
    h_fake = loss.head(fake.flatten(1))
    slopes = [slope_of_f(loss.head, loss.head(x), h_fake, i) for i, x in enumerate(between)]
    wanted = sum((slope.norm() - 1) ** 2 for slope in slopes) / 5
    total = loss.d_loss(turn_of(real, fake, seed=4))
    loss.penalty = 0.0
    without = loss.d_loss(turn_of(real, fake, seed=4))
    assert (total - without).item() == pytest.approx(7 * wanted.item(), rel=1e-10)


def test_second_derivatives_against_finite_differences():
    loss, real, fake = prepared(penalty=2.0), images(3), images(3, seed=1)

    def total(weight):
        with torch.no_grad():
            loss.head.weight.copy_(weight)
        return loss.d_loss(turn_of(real, fake, seed=2))

    start = loss.head.weight.detach().clone()
    (exact,) = torch.autograd.grad(total(start), loss.head.weight)
    for index in range(start.numel()):
        step = torch.zeros_like(start)
        step.view(-1)[index] = 1e-6
        slope = (total(start + step) - total(start - step)).item() / 2e-6
        assert slope == pytest.approx(exact.view(-1)[index].item(), rel=1e-5, abs=1e-7)


def test_draws_come_from_the_turn_and_the_generators_graph_is_left_alone():
    loss, real = prepared(), images(4)
    live = images(4, seed=1).requires_grad_()
    state = torch.get_rng_state()
    one, two, other = (loss.d_loss(turn_of(real, live, seed=s)).item() for s in (0, 0, 1))
    assert one == two != other
    assert torch.equal(state, torch.get_rng_state())
    with NoHostSync():
        loss.d_loss(turn_of(real, live)).backward()
    assert torch.isfinite(loss.head.weight.grad).all()


@pytest.mark.parametrize("num_classes", [0, 3])
def test_every_weight_of_a_real_critic_learns(num_classes):
    torch.manual_seed(0)
    shape = {"image_size": 8, "channels": 1, "num_classes": num_classes}
    D = WGANGPCritic(**shape, width=4)
    D.image_size, D.channels, D.num_classes = shape.values()
    loss = Cramer()
    loss.prepare(None, D)
    assert loss.head.weight.shape == (256, D.head.in_features)
    y = torch.tensor([0, 1, 2, 0]) if num_classes else None
    draw = torch.Generator().manual_seed(0)
    real, fake = (torch.randn(4, 1, 8, 8, generator=draw) for _ in range(2))
    loss.d_loss(dealt("D", None, D, real, y, fake=fake, y_fake=y)).backward()
    weights = [*D.body.parameters(), *loss.head.parameters()]
    assert all(torch.isfinite(p.grad).all() for p in weights)
    assert all(p.grad.abs().max() > 0 for p in weights if p.ndim > 1)


def test_collapsed_fakes_are_no_trouble():
    loss, real = prepared(), images(4)
    fake = images(1, seed=1).expand(4, -1, -1, -1).clone().requires_grad_()
    for value in (loss.d_loss(turn_of(real, fake)), loss.g_loss(turn_of(real, fake))):
        (slope,) = torch.autograd.grad(value, fake)
        assert torch.isfinite(slope).all()


def test_unfit_parameters_are_refused():
    with pytest.raises(RecipeError, match="dim is 0"):
        Cramer(dim=0)
    with pytest.raises(RecipeError, match="penalty is -1"):
        Cramer(penalty=-1)
