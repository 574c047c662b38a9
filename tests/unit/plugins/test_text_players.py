"""The networks of the language model, and characters that are drawn."""

import math

import pytest
import torch
from ganzoo_plugins.text.blocks import LineBlock
from ganzoo_plugins.text.critic import TextCritic
from ganzoo_plugins.text.generator import TextGenerator
from ganzoo_plugins.text.gumbel import GumbelTextGenerator, gumbel_softmax, straight_through
from torch.nn.functional import conv1d

from ganzoo.errors import RecipeError

SMALL = {"length": 6, "vocabulary": 5, "width": 8, "blocks": 2, "kernel": 3}


def made(kind, **more):
    torch.manual_seed(0)
    return kind(**SMALL | more)


def test_a_block_by_its_formula():
    """gan_language.py: x + 0.3 conv(relu(conv(relu(x)))), of the x before its rectifier, and five characters wide."""
    torch.manual_seed(0)
    block, x = LineBlock(4, 5), torch.randn(2, 4, 7)
    inner = conv1d(x.clamp(min=0), block.conv1.weight, block.conv1.bias, padding=2)
    wanted = x + 0.3 * conv1d(inner.clamp(min=0), block.conv2.weight, block.conv2.bias, padding=2)
    assert torch.allclose(block(x), wanted, atol=1e-6)


def test_as_many_parameters_as_the_authors():
    """Layers of gan_language.py with 512 channels, 32 places, five blocks and an alphabet of 2,048, counted by hand."""
    shape = {"length": 32, "vocabulary": 2048}
    blocks = 5 * 2 * (512 * 512 * 5 + 512)
    with torch.device("meta"):
        G, D = TextGenerator(**shape), TextCritic(**shape)
    assert sum(p.numel() for p in G.parameters()) == (128 + 1) * 32 * 512 + blocks + (512 + 1) * 2048
    assert sum(p.numel() for p in D.parameters()) == (2048 + 1) * 512 + blocks + 32 * 512 + 1


def test_initial_weights():
    """conv1d.py: uniform of variance 4 / (fan_in + fan_out); linear.py: 2 / (fan_in + fan_out); biases zero."""
    D = made(TextCritic, width=64)
    conv, dense = D.body[0].conv1.weight, D.head.weight
    for weight, bound in ((conv, math.sqrt(12 / (2 * 64 * 3))), (dense, math.sqrt(6 / (6 * 64 + 1)))):
        assert 0.97 * bound < weight.abs().max() <= bound
        assert weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.1)
    assert all(not p.any() for name, p in D.named_parameters() if name.endswith("bias"))


def test_distributions_and_verdicts():
    G, D = made(TextGenerator, z_dim=4), made(TextCritic)
    x = G(torch.randn(3, 4))
    assert x.shape == (3, 6, 5)
    assert torch.allclose(x.sum(2), torch.ones(3, 6))
    assert torch.equal(G.sample(torch.ones(1, 4)), G(torch.ones(1, 4)))
    seen = D(x)
    assert seen["logits"].shape == (3,) and seen["features"].shape == (3, 48)
    assert torch.allclose(seen["features"] @ D.head.weight[0] + D.head.bias, seen["logits"], atol=1e-5)


def test_places_of_the_line_stay_in_their_order():
    """Another character at the last place changes nothing further than the convolutions reach: 2 blocks of 1 + 1."""
    D = made(TextCritic, length=12)
    x = torch.zeros(1, 12, 5)
    x[:, :, 1] = 1
    other = x.clone()
    other[:, 11] = x[:, 11].roll(1, 1)
    changed = (D(x)["features"] != D(other)["features"]).view(8, 12).any(0)
    assert not changed[:7].any() and changed[11]


def test_the_character_is_drawn_by_the_softmax_of_the_logits():
    """arXiv:1611.01144, sec. 2.1: the argmax of logits and Gumbel noise has the softmax's shares, for every tau."""
    torch.manual_seed(0)
    scores = torch.tensor([1.0, 0.0, -1.0]).expand(20_000, 3)
    for tau in (0.2, 2.0):
        counts = torch.bincount(gumbel_softmax(scores, tau).argmax(1), minlength=3).double()
        wanted = 20_000 * scores[0].double().softmax(0)
        assert ((counts - wanted).square() / wanted).sum() < 13.8  # 0.999, 2 degrees of freedom


def test_straight_through_by_hand():
    """arXiv:1611.01144, sec. 2.2: forward the one-hot, backward as if it were the soft draw."""
    soft = torch.tensor([[[0.2, 0.5, 0.3]]], requires_grad=True)
    hard = straight_through(soft)
    assert hard.tolist() == [[[0.0, 1.0, 0.0]]]
    weight = torch.tensor([3.0, -1.0, 2.0])
    (hard * weight).sum().backward()
    assert torch.equal(soft.grad[0, 0], weight)


@pytest.mark.parametrize("hard", [True, False])
def test_drawn_characters(hard):
    G = made(GumbelTextGenerator, z_dim=4, hard=hard, tau=2.0)
    z = torch.randn(50, 4)
    x = G(z)
    assert torch.allclose(x.sum(2), torch.ones(50, 6))
    assert bool(torch.isin(x.detach(), torch.tensor([0.0, 1.0])).all()) == hard
    x.square().sum().backward()
    assert G.head.weight.grad.abs().sum() > 0
    drawn = G.sample(z)
    assert drawn.unique().tolist() == [0.0, 1.0] and torch.equal(drawn.sum(2), torch.ones(50, 6))


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (TextGenerator, {"z_dim": 0}, "z_dim is 0"),
        (TextGenerator, {"blocks": 0}, "blocks is 0"),
        (TextCritic, {"kernel": 4}, "kernel is 4, and must be odd, so that lines keep their length"),
        (TextCritic, {"width": -1}, "width is -1"),
        (GumbelTextGenerator, {"tau": 0}, "tau is 0, and must be a number above 0"),
        (GumbelTextGenerator, {"tau": math.inf}, "tau is inf"),
    ],
)
def test_refusals(kind, given, said):
    with pytest.raises(RecipeError, match=said):
        made(kind, **given)
