"""Penalties on the weights themselves: orthogonal filters, and small largest singular values."""

import pytest
import torch
from ganzoo_plugins.weight_constraints.orthogonal import Orthogonal, full, off_diagonal
from ganzoo_plugins.weight_constraints.spectral_norm import SpectralNorm
from ganzoo_plugins.weight_constraints.spectral_regularisation import SpectralRegularisation
from stand_in_turn import Constant, Formula, NoHostSync, dealt
from tiny_players import ConvD, ConvG, conv_trainer
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator

TERMS = [Orthogonal, SpectralRegularisation]


def random(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def orthonormal(high, wide):
    """Rows that are orthonormal."""
    return torch.linalg.qr(random(wide, high))[0].T.contiguous()


class DenseD(Discriminator):
    """One dense layer with the given weight."""

    def __init__(self, weight):
        super().__init__()
        self.layer = nn.Linear(*weight.shape[::-1], dtype=torch.float64)
        self.layer.weight.data.copy_(weight)

    def forward(self, x, y=None):
        return {"logits": self.layer(x.flatten(1)).sum(1)}


class ManyKindsD(Discriminator):
    """Every kind of layer that has weights, and some that have none to speak of."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, 3, 2), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(3, 5))
        self.embed = nn.Embedding(4, 5)
        self.frozen = nn.Linear(5, 5).requires_grad_(False)
        self.double()

    def forward(self, x, y=None):
        return {"logits": self.frozen(self.net(x)).sum(1) + self.embed(y).sum(1)}


class TransposedG(Generator):
    """A transposed convolution, whose weights have the input channels first."""

    z_dim = 2

    def __init__(self):
        super().__init__()
        self.layer = nn.ConvTranspose2d(2, 3, 2, dtype=torch.float64)

    def forward(self, z, y=None):
        return self.layer(z[:, :, None, None]).mean(1, keepdim=True)


def turn_of(player, G, D):
    return dealt(player, G, D, random(4, 1, 2, 2))


# -- orthogonal ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3, 7), (4, 4)])
@pytest.mark.parametrize("scale", [1.0, 2.0, 0.5])
def test_orthonormal_and_scaled_filters(shape, scale):
    """W W^T = c^2 I: off the diagonal there is nothing, on it |c^2 - 1| for each filter."""
    rows = scale * orthonormal(*shape)
    assert off_diagonal(rows).item() == pytest.approx(0, abs=1e-12)
    assert full(rows).item() == pytest.approx(shape[0] * abs(scale**2 - 1), abs=1e-12)


@pytest.mark.parametrize("shape", [(4, 9), (9, 4)])
def test_filters_that_are_all_the_same(shape):
    """A matrix of rank one, with rows of length c: every product is c^2."""
    high, wide = shape
    row = random(wide)
    rows = 1.5 * (row / row.norm()).expand(high, wide)
    pairs = high * (high - 1)
    assert off_diagonal(rows).item() == pytest.approx(pairs * 1.5**4)
    assert full(rows).item() == pytest.approx(pairs * 1.5**2 + high * (1.5**2 - 1))


@pytest.mark.parametrize("shape", [(4, 9), (5, 5), (9, 4), (30, 2)])
def test_the_definitions_and_their_gradients(shape):
    """Whichever product is taken, the value is that of the definition, and the gradient 4 ((W W^T) o (1 - I)) W."""
    rows = random(*shape).requires_grad_()
    products = rows @ rows.T
    others = ~torch.eye(len(rows), dtype=torch.bool)
    penalty = off_diagonal(rows)
    assert penalty.item() == pytest.approx(products[others].square().sum().item(), rel=1e-10)
    (gradient,) = torch.autograd.grad(penalty, rows)
    assert torch.allclose(gradient, 4 * (products * others) @ rows, rtol=1e-9)
    identity = torch.eye(len(rows), dtype=torch.float64)
    assert full(rows).item() == pytest.approx((products - identity).abs().sum().item())
    small = random(3, 2).requires_grad_()
    assert torch.autograd.gradcheck(off_diagonal, small)
    assert torch.autograd.gradcheck(full, small)


def test_the_penalty_is_the_sum_over_layers_that_learn():
    D, G = ManyKindsD(), TransposedG()
    term = Orthogonal()
    term.prepare(G, D)
    with NoHostSync():
        d, g = term.d_penalty(turn_of("D", G, D)), term.g_penalty(turn_of("G", G, D))
    conv, dense = D.net[0].weight.flatten(1), D.net[3].weight
    assert d.item() == pytest.approx((off_diagonal(conv) + off_diagonal(dense)).item())
    assert g.item() == pytest.approx(off_diagonal(G.layer.weight.transpose(0, 1).flatten(1)).item())
    d.backward()
    assert D.embed.weight.grad is None
    assert D.frozen.weight.grad is None
    assert D.net[0].bias.grad is None
    assert torch.allclose(D.net[3].weight.grad, torch.autograd.grad(off_diagonal(dense), dense)[0])


def test_the_form():
    D = DenseD(2 * orthonormal(3, 7))
    values = {}
    for form in ("full", "off-diagonal"):
        values[form] = Orthogonal(form=form, player="D").d_penalty(turn_of("D", Constant(), D)).item()
    assert values["full"] == pytest.approx(9)
    assert values["off-diagonal"] == pytest.approx(0, abs=1e-12)
    assert Orthogonal().weight == 1e-4


# -- spectral regularisation -----------------------------------------------------------------------------------


def test_the_largest_singular_values_against_an_svd():
    D, G = ManyKindsD(), TransposedG()
    torch.manual_seed(0)
    term = SpectralRegularisation(player="both", n_power_iterations=300)
    term.prepare(G, D)
    with NoHostSync():
        d, g = term.d_penalty(turn_of("D", G, D)), term.g_penalty(turn_of("G", G, D))
    weights = [D.net[0].weight.flatten(1), D.net[3].weight, D.embed.weight]
    largest = [torch.linalg.svdvals(weight)[0].item() for weight in weights]
    assert d.item() == pytest.approx(sum(value**2 for value in largest) / 2, rel=1e-9)
    g_largest = torch.linalg.svdvals(G.layer.weight.transpose(0, 1).flatten(1))[0].item()
    assert g.item() == pytest.approx(g_largest**2 / 2, rel=1e-9)


def test_the_gradient_is_sigma_u_v():
    weight = random(4, 6)
    D = DenseD(weight)
    torch.manual_seed(0)
    term = SpectralRegularisation(n_power_iterations=2000)
    term.prepare(Constant(), D)
    term.d_penalty(turn_of("D", Constant(), D)).backward()
    u, s, v = torch.linalg.svd(weight)
    assert torch.allclose(D.layer.weight.grad, s[0] * torch.outer(u[:, 0], v[0]), atol=1e-8)


@pytest.mark.parametrize("n", [1, 3])
def test_each_turn_takes_exactly_so_many_power_iterations(n):
    weight = random(4, 6)
    D = DenseD(weight)
    torch.manual_seed(0)
    term = SpectralRegularisation(n_power_iterations=n)
    term.prepare(Constant(), D)
    u = term.D0.clone()
    assert u.norm().item() == pytest.approx(1)
    for _ in range(3):
        penalty = term.d_penalty(turn_of("D", Constant(), D))
        for _ in range(n):
            v = weight.T @ u
            v = v / v.norm()
            u = weight @ v
            u = u / u.norm()
        assert torch.allclose(term.D0, u, atol=1e-12)
        assert penalty.item() == pytest.approx((u @ weight @ v).item() ** 2 / 2)
    assert penalty.item() < torch.linalg.svdvals(weight)[0].item() ** 2 / 2  # from below


def test_a_later_turn_does_not_spoil_an_earlier_ones_gradient():
    D = DenseD(random(4, 6))
    torch.manual_seed(0)
    term = SpectralRegularisation()
    term.prepare(Constant(), D)
    (alone,) = torch.autograd.grad(term.d_penalty(turn_of("D", Constant(), D)), D.layer.weight)
    torch.manual_seed(0)
    term.D0.copy_(nn.functional.normalize(torch.randn(4, dtype=torch.float64), dim=0))
    first = term.d_penalty(turn_of("D", Constant(), D))
    term.d_penalty(turn_of("D", Constant(), D))
    (after,) = torch.autograd.grad(first, D.layer.weight)
    assert torch.equal(alone, after)


def test_the_vectors_are_state_and_move_only_when_the_penalty_is_due():
    def fit(parts):
        for term in parts.regularizers:
            term.prepare(parts.G, parts.D)
        return parts

    trainer = conv_trainer(regularizers=[SpectralRegularisation(player="both", every=2)], prepare=fit)
    (term,) = trainer.parts.regularizers
    names = [name for name in trainer.state()[0] if name.startswith("regularizer.0.")]
    # of D a convolution and the dense layer; of G a dense layer and two transposed convolutions
    assert sorted(names) == [f"regularizer.0.{name}" for name in ("D0", "D1", "G0", "G1", "G2")]
    moved = []
    for _ in range(4):
        before = term.D0.clone()
        trainer.step()
        moved.append(not torch.equal(before, term.D0))
    assert moved == [True, False, True, False]


# -- both ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("term", TERMS)
def test_whose_weights(term):
    for player, acts in (("D", "D"), ("G", "G"), ("both", "DG")):
        D, G = ConvD(), ConvG()
        made = term(player=player)
        made.prepare(G, D)
        d, g = made.d_penalty(turn_of("D", G, D)), made.g_penalty(turn_of("G", G, D))
        assert (d is not None, g is not None) == ("D" in acts, "G" in acts)


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("first", [True, False])
def test_beside_spectral_normalisation_the_weight_that_is_learned_counts(term, first):
    """Whichever of the two is prepared first."""
    D = DenseD(5 * random(3, 7))
    torch.manual_seed(0)
    terms = [term(player="D"), SpectralNorm()]
    for made in terms if first else terms[::-1]:
        made.prepare(Constant(), D)
    plain = DenseD(5 * random(3, 7))
    torch.manual_seed(0)
    alone = term(player="D")
    alone.prepare(Constant(), plain)
    for name, buffer in alone.named_buffers():
        buffer.copy_(terms[0].get_buffer(name))
    expected = alone.d_penalty(turn_of("D", Constant(), plain)).item()
    penalty = terms[0].d_penalty(turn_of("D", Constant(), D))
    assert penalty.item() == pytest.approx(expected)
    penalty.backward()
    assert D.layer.parametrizations.weight.original.grad.abs().max() > 0


@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("order", ["alternating", "simultaneous"])
@pytest.mark.parametrize("term", TERMS)
def test_in_the_game(term, order, classes):
    """The weights are pulled: with the penalty, and no less to gain elsewhere, its value falls."""

    def fit(parts):
        for made in parts.regularizers:
            made.prepare(parts.G, parts.D)
        return parts

    made = term(weight=10.0, player="both")
    trainer = conv_trainer({"order": order}, [made], classes=classes, prepare=fit)
    turn = dealt("D", trainer.parts.G, trainer.parts.D, torch.zeros(1, 1, 8, 8))
    before = [made.d_penalty(turn).item(), made.g_penalty(turn).item()]
    for _ in range(20):
        losses = trainer.step()
        assert all(torch.isfinite(loss) for loss in losses.values())
    for player in (trainer.parts.D, trainer.parts.G):
        player.requires_grad_(True)  # as in its own turn
    after = [made.d_penalty(turn).item(), made.g_penalty(turn).item()]
    if term is Orthogonal:  # the other's value is only found in these turns
        assert all(b > a for b, a in zip(before, after, strict=True))


def test_lazy_equals_eager():
    """Over so many turns of players that stand still, as much is added, in each turn or in every fourth."""
    sgd = {"name": "sgd", "lr": 1e-12}

    def losses(terms):
        trainer = conv_trainer({}, terms, g=sgd, d=sgd)
        return [trainer.step() for _ in range(8)]

    without = losses([])
    for player in ("D", "G"):
        key = f"{player.lower()}_loss"
        added = []
        for every in (1, 4):
            with_it = losses([Orthogonal(weight=2.0, player=player, every=every)])
            added.append([(a[key] - b[key]).item() for a, b in zip(with_it, without, strict=True)])
        assert sum(added[0]) > 0.1
        assert sum(added[0]) == pytest.approx(sum(added[1]), rel=1e-4)
        assert added[1][1:4] == pytest.approx([0, 0, 0], abs=1e-6)


@pytest.mark.parametrize("term", TERMS)
def test_refusals(term):
    with pytest.raises(RecipeError, match="player is 'E', and must be one of D, G, both"):
        term(player="E")
    with pytest.raises(RecipeError, match="nothing to regularise in Formula"):
        term(player="D").prepare(Constant(), Formula(lambda x: x.sum(1)))


def test_more_refusals():
    with pytest.raises(RecipeError, match="form is 'half', and must be one of full, off-diagonal"):
        Orthogonal(form="half")
    with pytest.raises(RecipeError, match="n_power_iterations is 0"):
        SpectralRegularisation(n_power_iterations=0)
