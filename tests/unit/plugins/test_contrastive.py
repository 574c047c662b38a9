import math

import pytest
import torch
from feature_players import CLASSES, PlainD, PlainG, drawn, fitted, game, moved, shown, weights_of
from ganzoo_plugins.class_conditioning.conditional_contrastive import ConditionalContrastive, conditional_contrastive
from ganzoo_plugins.class_conditioning.data_to_data import DataToDataCrossEntropy, data_to_data_cross_entropy
from ganzoo_plugins.sngan.discriminator import SNGANDiscriminator
from ganzoo_plugins.sngan.generator import SNGANGenerator
from stand_in_turn import NoHostSync
from torch.nn.functional import normalize

from ganzoo.errors import RecipeError

TERMS = [ConditionalContrastive, DataToDataCrossEntropy]
Y = torch.tensor([0, 2, 1, 1, 2, 2])


def on_the_sphere(n=6, dim=4, seed=0):
    return normalize(drawn(n, dim, seed=seed).detach(), dim=1)


def dot(a, b):
    return sum(x * y for x, y in zip(a.tolist(), b.tolist(), strict=True))


def loop_2c(f, v, y, t):
    total = 0.0
    for i in range(len(y)):
        above = below = math.exp(dot(f[i], v[i]) / t)
        for k in range(len(y)):
            if k != i:
                below += math.exp(dot(f[i], f[k]) / t)
                above += math.exp(dot(f[i], f[k]) / t) if y[k] == y[i] else 0
        total -= math.log(above / below)
    return total / len(y)


def loop_d2d(f, v, y, t, m_p, m_n):
    total = 0.0
    for i in range(len(y)):
        above = below = math.exp(min(0, dot(f[i], v[i]) - m_p) / t)
        for j in range(len(y)):
            if y[j] != y[i]:
                below += math.exp(max(0, dot(f[i], f[j]) - m_n) / t)
        total -= math.log(above / below)
    return total / len(y)


@pytest.mark.parametrize("t", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("y", [Y, torch.arange(6), torch.zeros(6, dtype=torch.int64)])
def test_against_a_double_loop(t, y):
    f, v = on_the_sphere(seed=1), on_the_sphere(seed=2)
    assert conditional_contrastive(f, v, y, t).item() == pytest.approx(loop_2c(f, v, y, t), rel=1e-12, abs=1e-15)
    for m_p, m_n in [(0.98, 0.02), (0.3, -0.2), (-0.5, 0.5)]:
        value = data_to_data_cross_entropy(f, v, y, t, m_p, m_n).item()
        assert value == pytest.approx(loop_d2d(f, v, y, t, m_p, m_n), rel=1e-12, abs=1e-15)


def test_2c_by_hand():
    """Two images of two classes, at right angles, each on its label: -log(e / (e + 1))."""
    f = torch.eye(2, dtype=torch.float64)
    wanted = math.log(math.e + 1) - 1
    assert conditional_contrastive(f, f, torch.tensor([0, 1]), 1.0).item() == pytest.approx(wanted, rel=1e-15)
    # of one class, they leave nothing to be told apart
    assert conditional_contrastive(f, f, torch.tensor([1, 1]), 1.0).item() == 0


def test_d2d_ce_asks_no_more_than_its_margins():
    """Near enough to the label, far enough from the others: log(1 + others), and no gradient."""
    f = torch.eye(3, 4, dtype=torch.float64, requires_grad=True)
    y = torch.arange(3)
    loss = data_to_data_cross_entropy(f, f.detach(), y, 0.5, 0.98, 0.02)
    assert loss.item() == pytest.approx(math.log(3), rel=1e-15)
    loss.backward()
    assert f.grad.abs().max() == 0
    # at the other ends, both pull: the label at -1 and the others at 1
    g = torch.tensor([[1.0, 0.0], [1.0, 0.0]], dtype=torch.float64)
    worst = data_to_data_cross_entropy(g, -g, torch.arange(2), 0.5, 0.98, 0.02).item()
    assert worst == pytest.approx(math.log(1 + math.exp(0.98 / 0.5 + 1.98 / 0.5)), rel=1e-12)


@pytest.mark.parametrize("cls", TERMS)
def test_gradients(cls):
    term, *_ = fitted(cls(dim=5, temperature=0.7))
    real, fake = drawn(6, 4, seed=3), drawn(6, 4, seed=4)
    y_fake = Y.flip(0)
    assert torch.autograd.gradcheck(lambda r: term.d_penalty(shown("D", r, fake, Y, y_fake)), (real,))
    assert torch.autograd.gradcheck(lambda f: term.g_penalty(shown("G", real, f, Y, y_fake)), (fake,))
    for index in range(2):
        weight = list(term.parameters())[2 * index]
        (exact,) = torch.autograd.grad(term.d_penalty(shown("D", real, fake, Y, y_fake)), weight)
        values = []
        for step in (1e-6, -2e-6):
            with torch.no_grad():
                weight[1, 2] += step
            values.append(term.d_penalty(shown("D", real, fake, Y, y_fake)).item())
        assert (values[0] - values[1]) / 2e-6 == pytest.approx(exact[1, 2].item(), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("cls", TERMS)
def test_d_reads_real_images_and_g_fakes(cls):
    term, *_ = fitted(cls(dim=5))
    real, fake = drawn(6, 4, seed=3), drawn(6, 4, seed=4)
    y_fake = Y.flip(0)
    with NoHostSync():
        d = term.d_penalty(shown("D", real, fake, Y, y_fake))
        g = term.g_penalty(shown("G", real, fake, Y, y_fake))
    assert torch.autograd.grad(d, (real, fake), allow_unused=True)[1] is None
    assert torch.autograd.grad(g, (real, fake), allow_unused=True)[0] is None
    # the same features with the same labels give either player the same
    same = term.g_penalty(shown("G", fake, real, y_fake, Y))
    assert d.item() == same.item()


def test_the_defaults_of_the_papers():
    term, *_ = fitted(DataToDataCrossEntropy())
    assert (term.weight, term.temperature, term.m_p, term.m_n) == pytest.approx((0.5, 0.5, 0.98, 0.02))
    assert ConditionalContrastive().temperature == 1
    f, v = term.embedding(drawn(6, 4), Y)
    assert f.shape == v.shape == (6, 512)
    assert torch.allclose(f.norm(dim=1), torch.ones(6, dtype=torch.float64))
    assert torch.allclose(v.norm(dim=1), torch.ones(6, dtype=torch.float64))


@pytest.mark.parametrize("cls", TERMS)
def test_a_batch_of_one_and_a_feature_of_nothing_are_finite(cls):
    term, *_ = fitted(cls(dim=3))
    with torch.no_grad():
        term.embedding.project.bias.zero_()
    real = torch.zeros(1, 4, dtype=torch.float64, requires_grad=True)
    penalty = term.d_penalty(shown("D", real, real, Y[:1], Y[:1]))
    penalty.backward()
    assert penalty.item() == 0
    assert torch.isfinite(real.grad).all()


def players(classes=CLASSES, conditioning="none"):
    torch.manual_seed(3)
    shape = {"image_size": 8, "channels": 1, "num_classes": classes, "width": 4}
    return SNGANGenerator(**shape, z_dim=6), SNGANDiscriminator(**shape, conditioning=conditioning)


@pytest.mark.parametrize("cls", TERMS)
def test_the_embedding_and_features_move_in_the_turn_of_d_and_g_in_its_own(cls):
    term, (G, D) = cls(dim=6), players()
    trainer = game(term, G, D, classes=CLASSES)
    assert moved(trainer, "D") == weights_of(term, "regularizer.0") | weights_of(D, "D", without=["head"])
    assert moved(trainer, "G") == weights_of(G, "G")


@pytest.mark.parametrize("cls", TERMS)
def test_either_player_descends_its_own_term(cls):
    term, (G, D) = cls(dim=6), players()
    trainer = game(term, G, D, classes=CLASSES, lr=3e-3, optimizer="adam", batch=32)
    for player in "DG":
        values = [trainer.take_turn(player)[1].item() for _ in range(60)]
        assert sum(values[-10:]) < sum(values[:10])


@pytest.mark.parametrize(
    ("cls", "name"), list(zip(TERMS, ("conditional-contrastive", "data-to-data-cross-entropy"), strict=True))
)
def test_refusals(cls, name):
    with pytest.raises(RecipeError, match=f"^regularizer '{name}' needs labels, and this recipe is not conditional: "):
        cls().prepare(PlainG(0), PlainD(0))
    with pytest.raises(RecipeError, match=f"^regularizer '{name}' asks the discriminator's features for the label"):
        cls().prepare(PlainG(), PlainD(sees=True))
    with pytest.raises(RecipeError, match=f"^temperature of {name} is 0, and must be above 0"):
        cls(temperature=0)
    with pytest.raises(RecipeError, match=r"^dim is 0"):
        cls(dim=0)
    if cls is DataToDataCrossEntropy:
        with pytest.raises(RecipeError, match=r"^m_p of data-to-data-cross-entropy is 2"):
            cls(m_p=2)
        with pytest.raises(RecipeError, match=r"^m_n of data-to-data-cross-entropy is -1.5"):
            cls(m_n=-1.5)
