"""The path length penalty against Jacobians, and its running mean step by step."""

import pytest
import torch
from ganzoo_plugins.dcgan.generator import DCGANGenerator
from ganzoo_plugins.generator_regularizers.path_length import PathLength
from ganzoo_plugins.stylegan2.generator import StyleGAN2Generator
from stand_in_turn import NoHostSync, dealt
from tiny_players import scalar_trainer
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Generator, MappedGenerator

DOUBLE = torch.float64
REAL = torch.zeros(8, 1, 2, 3, dtype=DOUBLE)


def matrix(rows, columns, seed=0):
    return torch.randn(rows, columns, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))


class LinearMapped(MappedGenerator):
    """Images of 1x2x3 that are a sum of linear maps of the rows of w; w is a nonlinear function of z."""

    z_dim = 3

    def __init__(self, rows=2):
        super().__init__()
        self.matrices = nn.Parameter(torch.stack([matrix(6, 4, seed) for seed in range(rows)]))
        self.bend = nn.Parameter(matrix(4, 3, 9))

    def map(self, z, y=None):
        return (z @ self.bend.T).tanh()[:, None].expand(-1, len(self.matrices), -1)

    def synthesise(self, w):
        return torch.einsum("lij,blj->bi", self.matrices, w).view(-1, 1, 2, 3)


class Curved(Generator):
    """Images of 1x2x3 from a latent through a curve, so that the Jacobian depends on the latent."""

    z_dim = 4

    def __init__(self):
        super().__init__()
        self.matrix = nn.Parameter(matrix(6, 4))

    def forward(self, z, y=None):
        return (z @ self.matrix.T).tanh().view(-1, 1, 2, 3)


def turn_of(G, seed=0, n=8, y=None):
    return dealt("G", G, None, REAL[:n], z=G.sample_z(n, device="cpu").to(DOUBLE), y_fake=y,
                 rng=torch.Generator().manual_seed(seed))  # fmt: skip


def draws(G, n, seed=0):
    """The latents and the image of noise that the penalty draws, in its order."""
    rng = torch.Generator().manual_seed(seed)
    z = torch.randn(n, G.z_dim, generator=rng).to(DOUBLE)
    return z, torch.randn(n, 1, 2, 3, dtype=DOUBLE, generator=rng) / 6**0.5


def test_lengths_of_a_linear_map_in_closed_form():
    """The Jacobian of each row is its matrix, so that |J^T y|^2 is the mean of |A_l^T y|^2."""
    G = LinearMapped()
    lengths = PathLength(shrink=1).lengths(turn_of(G))
    _, noise = draws(G, 8)
    squares = torch.stack([(noise.flatten(1) @ a).square().sum(1) for a in G.matrices])
    assert torch.allclose(lengths, squares.mean(0).sqrt(), rtol=1e-10)


def test_an_orthogonal_map_has_one_length_in_expectation():
    """With orthonormal columns E|J^T y|^2 is the styles' length over the pixels: here 4 / 6."""
    G = LinearMapped(rows=1)
    with torch.no_grad():
        G.matrices.copy_(torch.linalg.qr(matrix(6, 4)).Q[None])
    many = torch.cat([PathLength(shrink=1).lengths(turn_of(G, seed)) for seed in range(400)])
    assert many.square().mean().item() == pytest.approx(4 / 6, rel=0.06)  # five standard errors of 3,200 draws


@pytest.mark.parametrize("G", [LinearMapped(), Curved(), LinearMapped(rows=3)], ids=["styles", "latent", "three"])
def test_lengths_against_a_jacobian_by_autograd(G):
    lengths = PathLength(shrink=1).lengths(turn_of(G))
    z, noise = draws(G, 8)
    mapped = isinstance(G, MappedGenerator)
    for i in range(8):
        at = G.map(z[i : i + 1]).detach() if mapped else z[i : i + 1]
        J = torch.autograd.functional.jacobian(G.synthesise if mapped else G, at).reshape(6, -1)
        rows = at.shape[1] if mapped else 1
        wanted = (J.T @ noise[i].flatten()).norm() / rows**0.5
        assert lengths[i].item() == pytest.approx(wanted.item(), rel=1e-10)


def stylegan(**changes):
    torch.manual_seed(0)
    shape = {"image_size": 8, "channels": 1, "num_classes": 0, "width": 3, "z_dim": 4, "w_dim": 4}
    return StyleGAN2Generator(**(shape | changes)).double()


def test_lengths_of_stylegan2_against_a_jacobian():
    G = stylegan().eval()
    turn = dealt("G", G, None, torch.zeros(2, 1, 8, 8, dtype=DOUBLE), rng=torch.Generator().manual_seed(3))
    turn.z  # noqa: B018  drawn from the same stream, first
    lengths = PathLength(shrink=1).lengths(turn)
    rng = torch.Generator().manual_seed(3)
    torch.randn(2, 4, generator=rng)
    z = torch.randn(2, 4, generator=rng).to(DOUBLE)
    noise = torch.randn(2, 1, 8, 8, dtype=DOUBLE, generator=rng) / 8
    for i in range(2):
        w = G.map(z[i : i + 1]).detach()
        J = torch.autograd.functional.jacobian(G.synthesise, w).reshape(64, -1)
        assert lengths[i].item() == pytest.approx((J.T @ noise[i].flatten()).norm().item() / G.layers**0.5, rel=1e-9)


def test_the_running_mean_and_the_penalty_step_by_step():
    G, term = LinearMapped(), PathLength(decay=0.25, shrink=1)
    mean = 0.0
    assert term.mean.item() == 0
    for seed in range(4):
        lengths = PathLength(shrink=1).lengths(turn_of(G, seed)).detach()
        mean = mean + 0.25 * (lengths.mean().item() - mean)
        penalty = term.g_penalty(turn_of(G, seed))
        assert term.mean.item() == pytest.approx(mean, rel=1e-6)
        assert penalty.item() == pytest.approx((lengths - mean).square().mean().item(), rel=1e-5)
    assert term.state_dict().keys() == {"mean"}
    assert mean > 0.1


def test_the_mean_is_a_constant_to_the_gradient():
    """d/dA of mean (L - a)^2 with a fixed: the same as with a number in its place."""
    G, term = Curved(), PathLength(decay=0.5, shrink=1).double()
    penalty = term.g_penalty(turn_of(G))
    (exact,) = torch.autograd.grad(penalty, G.matrix)
    lengths = PathLength(shrink=1).lengths(turn_of(G))
    (wanted,) = torch.autograd.grad((lengths - term.mean.item()).square().mean(), G.matrix)
    assert torch.allclose(exact, wanted, rtol=1e-10)


@pytest.mark.parametrize("G", [LinearMapped(), Curved()], ids=["styles", "latent"])
def test_gradient_against_finite_differences(G):
    term = PathLength(shrink=1, decay=1e-300).double()
    with torch.no_grad():
        term.mean.fill_(0.4)

    def penalty():
        return term.g_penalty(turn_of(G))

    weight = next(G.parameters())
    (exact,) = torch.autograd.grad(penalty(), weight)
    flat = weight.data.view(-1)
    for index in range(0, flat.numel(), 5):
        values = []
        for sign in (1, -1):
            flat[index] += sign * 1e-6
            values.append(penalty().item())
            flat[index] -= sign * 1e-6
        slope = (values[0] - values[1]) / 2e-6
        assert slope == pytest.approx(exact.reshape(-1)[index].item(), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(("n", "shrink", "wanted"), [(8, 2, 4), (8, 1, 8), (5, 2, 2), (2, 4, 1)])
def test_the_batch_shrinks_but_not_to_nothing(n, shrink, wanted):
    assert len(PathLength(shrink=shrink).lengths(turn_of(LinearMapped(), n=n))) == wanted


def test_labels_go_to_the_generator():
    G = stylegan(num_classes=3)
    y = torch.tensor([2, 0, 1, 1])
    seen = []
    G.mapping.register_forward_hook(lambda module, given, made: seen.append(given[1]))
    PathLength(shrink=2).lengths(dealt("G", G, None, torch.zeros(4, 1, 8, 8, dtype=DOUBLE), y_fake=y))
    assert all(torch.equal(given, y[:2]) for given in seen)
    assert seen


@pytest.mark.parametrize("make", [stylegan, lambda: DCGANGenerator(
    image_size=8, channels=1, num_classes=0, width=3).double()], ids=["styles", "latent"])  # fmt: skip
def test_second_derivatives_reach_every_weight_without_a_look_at_values(make):
    torch.manual_seed(0)
    G, term = make(), PathLength(shrink=1)
    turn = dealt("G", G, None, torch.zeros(4, 1, 8, 8, dtype=DOUBLE))
    with NoHostSync():
        term.g_penalty(turn).backward()
    weights = {name: p for name, p in G.named_parameters() if p.ndim > 1}
    assert all(torch.isfinite(p.grad).all() and p.grad.abs().max() > 0 for p in weights.values())


def test_a_generator_that_does_not_move_has_a_finite_gradient():
    G, term = Curved(), PathLength(shrink=1)
    with torch.no_grad():
        G.matrix.zero_()
    penalty = term.g_penalty(turn_of(G))
    penalty.backward()
    assert penalty.item() == 0
    assert torch.isfinite(G.matrix.grad).all()


def test_it_is_the_generators_and_lazy_as_the_paper():
    term = PathLength()
    assert (term.weight, term.every, term.decay, term.shrink) == (2.0, 4, 0.01, 2)
    assert term.d_penalty(dealt("D", Curved(), None, REAL)) is None
    calls = []
    trainer = scalar_trainer(regularizers=[term])
    term.g_penalty = lambda turn: calls.append(trainer.turns["G"])
    for _ in range(9):
        trainer.step()
    assert calls == [0, 4, 8]


@pytest.mark.parametrize("wrong", [{"decay": 0}, {"decay": 1.5}, {"decay": "slow"}, {"shrink": 0}, {"shrink": 1.5}])
def test_unfit_parameters_are_refused(wrong):
    with pytest.raises(RecipeError, match=f"{next(iter(wrong))} is "):
        PathLength(**wrong)
