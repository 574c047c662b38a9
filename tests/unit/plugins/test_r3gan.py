"""R3GAN's networks as the paper writes them."""

import copy

import numpy as np
import pytest
import torch
from ganzoo_plugins.gradient_penalties.r1 import R1
from ganzoo_plugins.r3gan.discriminator import R3GANDiscriminator
from ganzoo_plugins.r3gan.generator import R3GANGenerator
from ganzoo_plugins.r3gan.stages import InvertedBottleneck
from stand_in_turn import NoHostSync, StandInTurn
from torch import nn
from torch.nn.functional import leaky_relu

from ganzoo.errors import RecipeError
from ganzoo.layers import Doubled, Halved

SMALL = {"image_size": 16, "channels": 2, "num_classes": 0, "width": 4}
PLAYERS = [R3GANGenerator, R3GANDiscriminator]


def made(cls, **changes):
    torch.manual_seed(0)
    return cls(**(SMALL | changes))


def blocks_of(net):
    return [m for m in net.modules() if isinstance(m, InvertedBottleneck)]


def awake(net):
    """The network with its residual branches no longer zero."""
    with torch.no_grad():
        for block in blocks_of(net):
            nn.init.normal_(block.narrow.weight, 0.0, 0.3)
            for layer in (block.widen, block.grouped):
                nn.init.normal_(layer.bias, 0.0, 0.3)
    return net


def noise(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


# -- a block ---------------------------------------------------------------------------------------------------


def test_a_block_starts_as_its_shortcut():
    torch.manual_seed(0)
    block, x = InvertedBottleneck(6, 12, 3, 4), noise(2, 6, 5, 5)
    assert torch.equal(block(x), x)
    assert not block.narrow.weight.any()
    assert not block.widen.bias.any()
    assert not block.grouped.bias.any()
    assert block.narrow.bias is None


def test_a_block_against_its_definition():
    """Each group of channels convolved by itself."""
    torch.manual_seed(0)
    block = awake(InvertedBottleneck(6, 12, 3, 4).double())
    x = noise(2, 6, 5, 5, dtype=torch.float64)
    h = leaky_relu(
        torch.einsum("oi,bihw->bohw", block.widen.weight[:, :, 0, 0], x) + block.widen.bias.view(-1, 1, 1), 0.2
    )
    parts = [
        nn.functional.conv2d(h[:, 4 * g : 4 * g + 4], block.grouped.weight[4 * g : 4 * g + 4], padding=1)
        for g in range(3)
    ]
    h = leaky_relu(torch.cat(parts, dim=1) + block.grouped.bias.view(-1, 1, 1), 0.2)
    wanted = x + torch.einsum("oi,bihw->bohw", block.narrow.weight[:, :, 0, 0], h)
    assert torch.allclose(block(x), wanted, atol=1e-12)


@pytest.mark.parametrize("depth", [1, 4, 16])
def test_weights_start_smaller_in_deeper_networks(depth):
    """gain of a leaky ReLU / sqrt(fan-in), times depth^(-1/4) for branches of three layers."""
    torch.manual_seed(0)
    block = InvertedBottleneck(128, 256, 4, depth)
    gain = (2 / 1.04) ** 0.5 * depth**-0.25
    assert block.widen.weight.std().item() == pytest.approx(gain / 128**0.5, rel=0.03)
    assert block.grouped.weight.std().item() == pytest.approx(gain / (64 * 9) ** 0.5, rel=0.03)


def test_depth_counts_the_blocks_of_the_whole_network():
    for cls in PLAYERS:
        net = made(cls, image_size=32, width=64, blocks=2)  # four sizes
        assert len(blocks_of(net)) == 8
        for block in blocks_of(net):
            wanted = (2 / 1.04) ** 0.5 * 8**-0.25 / block.widen.in_channels**0.5
            assert block.widen.weight.std().item() == pytest.approx(wanted, rel=0.06)


# -- resampling ------------------------------------------------------------------------------------------------


def authors_kernel():
    """The filter that acts on both axes: the argument [1, 2, 1], convolved with [1, 1] (R3GAN/Resamplers.py, l. 6)."""
    taps = np.convolve([1, 2, 1], [1, 1]).reshape(1, -1)
    kernel = torch.tensor(taps.T @ taps, dtype=torch.float32)
    return kernel / kernel.sum()


def authors_upsampling(x):
    """As their reference does it: a transposed convolution of stride 2, of which a pixel all around is left out."""
    planes, weight = x.flatten(0, 1)[:, None], 4 * authors_kernel()[None, None]
    return nn.functional.conv_transpose2d(planes, weight, stride=2, padding=1).squeeze(1).unflatten(0, x.shape[:2])


def authors_downsampling(x):
    planes, weight = x.flatten(0, 1)[:, None], authors_kernel()[None, None]
    return nn.functional.conv2d(planes, weight, stride=2, padding=1).squeeze(1).unflatten(0, x.shape[:2])


def resamplers(net, kind):
    return [m for m in net.modules() if isinstance(m, kind)]


def test_resampling_is_the_authors():
    G, D = made(R3GANGenerator, image_size=32), made(R3GANDiscriminator, image_size=32)
    grown, shrunk = resamplers(G, Doubled), resamplers(D, Halved)
    assert len(grown) == len(shrunk) == 3
    x = noise(2, 3, 8, 8)
    for layer in grown:
        assert torch.allclose(layer(x), authors_upsampling(x), atol=1e-6)
    for layer in shrunk:
        assert torch.allclose(layer(x), authors_downsampling(x), atol=1e-6)
        ones = layer(torch.ones(1, 1, 8, 8))[0, 0, 0]
        assert torch.allclose(ones / ones[1], torch.tensor([0.875, 1, 1, 0.875]))  # 7/8: zero padding cuts off one tap


def test_a_blob_in_the_middle_of_4_pixels_is_in_the_middle_of_32():
    x = torch.zeros(1, 1, 4, 4)
    x[..., 1:3, 1:3] = 1.0
    for layer in resamplers(made(R3GANGenerator, image_size=32), Doubled):
        x = layer(x)
    places = torch.arange(32.0)
    assert (x.sum(dim=2) @ places / x.sum()).item() == pytest.approx(15.5, abs=1e-4)
    assert (x.sum(dim=3) @ places / x.sum()).item() == pytest.approx(15.5, abs=1e-4)
    assert torch.allclose(x, x.flip(3), atol=1e-6)


# -- networks --------------------------------------------------------------------------------------------------


def test_the_generator_starts_as_its_skip_path():
    G = made(R3GANGenerator)
    z = noise(3, 64)
    base, shrink = G.net[0], [m for m in G.net if isinstance(m, nn.Conv2d)]
    h = base.pictures * torch.einsum("oi,bi->bo", base.dense.weight, z)[:, :, None, None]
    for layer in shrink[:-1]:  # 16 to 8 channels, 8 to 4
        h = authors_upsampling(layer(h))
    assert torch.allclose(G(z), shrink[-1](h).tanh(), atol=1e-6)
    assert not torch.allclose(awake(G)(z), shrink[-1](h).tanh(), atol=1e-3)


def test_the_discriminator_starts_as_its_skip_path_which_is_linear():
    D = made(R3GANDiscriminator)
    x = noise(3, 2, 16, 16)
    h = D.from_image(x)
    for layer in [m for m in D.body if isinstance(m, nn.Conv2d)]:
        h = layer(authors_downsampling(h))
    features = torch.einsum("bchw,chw->bc", h, D.base.weight[:, 0])
    out = D(x)
    assert torch.allclose(out["features"], features, atol=1e-5)
    assert torch.allclose(out["logits"], features @ D.head.weight[0], atol=1e-5)
    assert torch.allclose(D(2 * x)["logits"], 2 * out["logits"], atol=1e-5)
    assert not torch.allclose(awake(D)(2 * x)["logits"], 2 * D(x)["logits"], atol=1e-3)


@pytest.mark.parametrize("cls", PLAYERS)
def test_nothing_is_normalised(cls):
    net = awake(made(cls, num_classes=3))
    kinds = {type(m).__name__ for m in net.modules()}
    assert not [kind for kind in kinds if "Norm" in kind]
    y = torch.tensor([0, 2, 1, 1])
    x = noise(4, 64) if cls is R3GANGenerator else noise(4, 2, 16, 16)
    look = (lambda x, y: net(x, y)) if cls is R3GANGenerator else (lambda x, y: net(x, y)["logits"])
    alone = torch.cat([look(x[i : i + 1], y[i : i + 1]) for i in range(4)])
    assert torch.allclose(look(x, y), alone, atol=1e-5)


def parameters(cls, **shape):
    with torch.device("meta"):
        return sum(p.numel() for p in cls(**({"channels": 3, "num_classes": 0} | shape)).parameters())


def test_parameter_counts_of_the_papers_network_for_cifar():
    """Width 768 at all four sizes, two blocks each, 1536 channels in 96 groups inside."""
    block = (768 * 1536 + 1536) + (1536 * 16 * 9 + 1536) + 1536 * 768
    shape = {"image_size": 32, "width": 768, "blocks": 2}
    assert parameters(R3GANGenerator, **shape) == 768 * 16 + 64 * 768 + 8 * block + 768 * 3
    assert parameters(R3GANDiscriminator, **shape) == 3 * 768 + 8 * block + 768 * 16 + 768
    assert parameters(R3GANGenerator, cardinality=96, **shape) == parameters(R3GANGenerator, **shape)


@pytest.mark.parametrize("cardinality", [1, 2, 8])
def test_groups_divide_the_weights_of_the_3x3_convolution(cardinality):
    with torch.device("meta"):
        net = R3GANDiscriminator(**(SMALL | {"cardinality": cardinality}))
    for block in blocks_of(net):
        inner = 2 * block.widen.in_channels
        assert block.grouped.groups == cardinality
        assert block.grouped.weight.numel() == inner * inner * 9 // cardinality


def test_widths_and_groups_of_other_sizes():
    def of(**shape):
        with torch.device("meta"):
            G = R3GANGenerator(channels=1, num_classes=0, blocks=1, **shape)
            D = R3GANDiscriminator(channels=1, num_classes=0, blocks=1, **shape)
        grown, seen = ([(b.widen.in_channels, b.grouped.groups) for b in blocks_of(net)] for net in (G, D))
        assert grown == seen[::-1]
        return grown

    assert of(image_size=8) == [(32, 4), (16, 2)]
    assert of(image_size=28) == [(224, 28), (112, 14), (56, 7)]
    assert of(image_size=32) == [(512, 64), (256, 32), (128, 16), (64, 8)]
    assert of(image_size=16, width=3) == [(12, 1), (6, 1), (3, 1)]
    assert of(image_size=8, width=27) == [(54, 6), (27, 3)]  # 108 in sixes: 18 channels each


def test_labels():
    G = awake(made(R3GANGenerator, num_classes=3)).eval()
    z = noise(1, 64).expand(3, -1)
    x = G(z, torch.tensor([0, 1, 0]))
    assert torch.allclose(x[0], x[2], atol=1e-6)
    assert (x[0] - x[1]).abs().max() > 1e-4
    joined = torch.cat([z, G.label.embed.weight[[0, 1, 0]]], dim=1)
    assert torch.allclose(x, G.net(joined), atol=1e-6)
    D = awake(made(R3GANDiscriminator, num_classes=3))
    image, y = noise(4, 2, 16, 16), torch.tensor([0, 1, 2, 0])
    out = D(image, y)
    assert torch.allclose(out["logits"], (D.head(out["features"]) * D.label.embed.weight[y]).sum(1), atol=1e-5)
    blind = awake(made(R3GANDiscriminator, num_classes=3, conditioning="none"))
    assert torch.equal(blind(image, y)["logits"], blind(image, y.flip(0))["logits"])


@pytest.mark.parametrize("size", [8, 28, 32, 96])
def test_shapes(size):
    for channels, labels in [(1, 0), (3, 4)]:
        shape = {"image_size": size, "channels": channels, "num_classes": labels}
        G, D = made(R3GANGenerator, **shape), made(R3GANDiscriminator, **shape)
        y = torch.tensor([0, 3, 1]) if labels else None
        with NoHostSync():
            x = G(G.sample_z(3, device="cpu"), y)
            out = D(x, y)
        assert x.shape == (3, channels, size, size)
        assert -1 <= x.min() < x.max() <= 1
        assert out.keys() == D.outputs
        assert out["logits"].shape == (3,)
        assert out["features"].shape == (3, D.head.in_features)


# -- training --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [0, 3])
def test_every_parameter_learns_once_the_branches_are_awake(labels):
    G, D = (awake(made(cls, num_classes=labels)) for cls in PLAYERS)
    y = torch.arange(4) % labels if labels else None
    D(G(noise(4, 64), y), y)["logits"].square().sum().backward()
    for net in (G, D):
        assert all(p.grad is not None and p.grad.abs().max() > 0 for p in net.parameters())


@pytest.mark.parametrize("labels", [0, 3])
def test_second_derivatives_reach_every_weight(labels):
    D = awake(made(R3GANDiscriminator, num_classes=labels))
    y = torch.arange(4) % labels if labels else None
    turn = StandInTurn("D", None, D, noise(4, 2, 16, 16).requires_grad_(), y)
    with NoHostSync():
        R1().d_penalty(turn).backward()
    weights = [p for p in D.parameters() if p.ndim > 1]
    assert all(torch.isfinite(p.grad).all() and p.grad.abs().max() > 0 for p in weights)


def test_r1_at_the_start_is_that_of_the_skip_path():
    """The network is linear then, logit = v . x, and the penalty |v|^2 / 2 whatever the images are."""
    D = made(R3GANDiscriminator).double()
    units = torch.eye(2 * 16 * 16, dtype=torch.float64).view(-1, 2, 16, 16)
    slope = D(units)["logits"]
    x = noise(5, 2, 16, 16, dtype=torch.float64).requires_grad_()
    penalty = R1().d_penalty(StandInTurn("D", None, D, x))
    assert penalty.item() == pytest.approx(0.5 * slope.square().sum().item(), rel=1e-9)


@pytest.mark.parametrize("every", [4, 16])
def test_lazy_r1_equals_eager_in_expectation(every):
    """Over ``every`` turns of one frozen network, the lazy gradients sum to those of every turn, on average."""
    D = awake(made(R3GANDiscriminator, image_size=8, channels=1)).double()
    turns = [noise(8, 1, 8, 8, seed=seed, dtype=torch.float64).requires_grad_() for seed in range(every)]

    def gradients(x):
        D.zero_grad()
        R1().d_penalty(StandInTurn("D", None, D, x)).backward()
        return D.head.weight.grad.clone()

    each = torch.stack([gradients(x) for x in turns])
    eager = each.sum(0)
    term = R1(every=every)
    lazy = torch.stack([term.every * each[due] for due in range(every)])  # whichever of the turns is the due one
    assert torch.allclose(lazy.mean(0), eager, rtol=1e-9)
    assert (lazy.std(0) > 0).any()


@pytest.mark.parametrize("cls", PLAYERS)
def test_a_seed_repeats_the_weights_and_a_state_the_values(cls):
    one, two = (awake(made(cls)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), two.state_dict().values(), strict=True))
    x = noise(2, 64) if cls is R3GANGenerator else noise(2, 2, 16, 16)
    torch.manual_seed(9)
    other = cls(**SMALL)
    other.load_state_dict(copy.deepcopy(one.state_dict()))
    a, b = one(x), other(x)
    assert torch.equal(a, b) if cls is R3GANGenerator else torch.equal(a["logits"], b["logits"])


@pytest.mark.parametrize("cls", PLAYERS)
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"image_size": 30}, "image size 30"),
        ({"width": 0}, "width is 0"),
        ({"blocks": 0}, "blocks is 0"),
        ({"expansion": 1.5}, "expansion is 1.5"),
        ({"cardinality": 0}, "cardinality is 0"),
        ({"cardinality": 3}, "cardinality is 3, which does not divide the 32 channels|divide the 8 channels"),
    ],
)
def test_unfit_parameters_are_refused(cls, wrong, says):
    with pytest.raises(RecipeError, match=says) as caught:
        cls(**(SMALL | wrong))
    assert "\n" not in str(caught.value)


def test_unfit_conditioning_is_refused():
    with pytest.raises(RecipeError, match="conditioning is 'concat'"):
        R3GANDiscriminator(**SMALL, conditioning="concat")
