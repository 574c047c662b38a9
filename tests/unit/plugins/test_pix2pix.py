"""pix2pix's networks and its distance as the paper writes them."""

from itertools import pairwise

import pytest
import torch
from ganzoo_plugins.image_pairs.l1 import L1
from ganzoo_plugins.image_pairs.patch import PatchGAN
from ganzoo_plugins.image_pairs.unet import UNet
from stand_in_turn import StandInTurn
from torch import nn

from ganzoo.errors import RecipeError

SMALL = {"image_size": 8, "channels": 2, "given_channels": 1, "width": 4}


def count(net):
    return sum(p.numel() for p in net.parameters())


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def unet(**changes):
    torch.manual_seed(0)
    return UNet(**(SMALL | changes))


# -- parameters at the paper's setting -------------------------------------------------------------------------


def paper_unet():
    """C64-C128-C256-C512 x 5 down, CD512 x 3-C512-C256-C128-C64 up, skips beside, and the output (sec. 6.1.1)."""
    down = [3, 64, 128, 256, 512, 512, 512, 512, 512]
    up = [(512, 512), (1024, 512), (1024, 512), (1024, 512), (1024, 256), (512, 128), (256, 64), (128, 3)]
    weights = sum(16 * a * b for a, b in [*pairwise(down), *up])
    norms = 2 * sum(down[2:-1]) + 2 * sum(b for _, b in up[:-1])
    biases = 64 + 512 + 3  # of the convolutions without a norm
    return weights + norms + biases


def test_parameters():
    shape = {"image_size": 256, "channels": 3, "given_channels": 3}
    with torch.device("meta"):
        G, D = UNet(**shape), PatchGAN(**shape)
    assert count(G) == paper_unet()
    assert round(count(G) / 1e6, 2) == 54.41  # as junyanz/pytorch-CycleGAN-and-pix2pix prints of unet_256
    pairs = [(6, 64), (64, 128), (128, 256), (256, 512), (512, 1)]
    assert count(D) == sum(16 * a * b for a, b in pairs) + 64 + 1 + 2 * (128 + 256 + 512)
    assert round(count(D) / 1e6, 2) == 2.77


def test_depths_at_the_papers_size():
    with torch.device("meta"):
        G = UNet(image_size=256, channels=3, given_channels=3)
    assert len(G.down) == 8
    dropping = [any(type(layer).__name__ == "Dropped" for layer in up.then) for up in G.up]
    assert dropping == [True] * 3 + [False] * 5  # CD512-CD512-CD512-C512-...


# -- the generator ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [2, 5, 8, 28, (8, 20)])
@pytest.mark.parametrize("norm", ["batch", "instance", "none"])
def test_any_size(size, norm):
    height, width = (size, size) if isinstance(size, int) else size
    G = unet(image_size=size, norm=norm)
    x = G(torch.empty(3, 0), noise(3, 1, height, width))
    assert x.shape == (3, 2, height, width)
    assert x.abs().max() <= 1
    assert len(G.down) == min(height, width).bit_length() - 1
    x.sum().backward()
    assert all(p.grad is not None for p in G.parameters())


def test_a_smaller_given_picture_is_enlarged():
    G, y = unet(dropout=0.0).eval(), noise(2, 1, 4, 4)
    whole = y.repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.equal(G(torch.empty(2, 0), y), G(torch.empty(2, 0), whole))


def test_what_passes_beside():
    """With the inner levels silenced the output still depends on the outermost level's maps alone."""
    G = unet(dropout=0.0).eval()
    with torch.no_grad():
        G.up[-2].convolution.weight.zero_()
    y, z = noise(2, 1, 8, 8), torch.empty(2, 0)
    joined = torch.cat([G.up[-2].then(torch.zeros(2, 4, 4, 4)), G.down[0](y)], dim=1)
    assert torch.allclose(G(z, y), torch.tanh(G.up[-1].convolution(torch.relu(joined))), atol=1e-6)


@pytest.mark.parametrize(
    ("always", "training", "differs"), [(True, False, True), (False, False, False), (False, True, True)]
)
def test_dropout_is_the_noise(always, training, differs):
    G = unet(always=always, norm="none").train(training)
    with torch.no_grad():
        for p in G.parameters():
            p.mul_(20)
    y, z = noise(1, 1, 8, 8), torch.empty(1, 0)
    seen = []
    for seed in range(8):
        torch.manual_seed(seed)
        seen.append(G(z, y))
    assert any(not torch.equal(one, seen[0]) for one in seen) == differs


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"given_channels": 0}, "conditional: true"),
        ({"levels": 4}, "levels is 4, and pictures of 8 pixels can be halved 3 times"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"norm": "layer"}, "norm is 'layer'"),
    ],
)
def test_refusals(changes, said):
    with pytest.raises(RecipeError, match=said):
        unet(**changes)


# -- the discriminator -----------------------------------------------------------------------------------------


def seen_by_a_patch(layers):
    """The pixels that the middle logit depends on: the side of the square where its gradient is not zero."""
    torch.manual_seed(0)
    size = {1: 32, 2: 64, 3: 128}[layers]
    D = PatchGAN(image_size=size, channels=1, width=2, layers=layers, norm="none")
    for module in D.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.constant_(module.weight, 0.1)  # so that nothing cancels
    x = torch.ones(1, 1, size, size, requires_grad=True)
    logits = D(x)["logits"]
    side = int(logits.shape[1] ** 0.5)
    logits.view(side, side)[side // 2, side // 2].backward()
    rows = x.grad[0, 0].abs().sum(1).nonzero()
    return int(rows.max() - rows.min()) + 1


@pytest.mark.parametrize(("layers", "pixels"), [(1, 16), (2, 34), (3, 70)])
def test_receptive_field(layers, pixels):
    """The table in phillipi/pix2pix models.lua: 16 with one strided layer, 34 with two, 70 with three."""
    assert seen_by_a_patch(layers) == pixels


def test_verdicts_at_the_papers_size():
    with torch.device("meta"):
        D = PatchGAN(image_size=256, channels=3, given_channels=3)
        logits = D(torch.empty(1, 3, 256, 256), torch.empty(1, 3, 256, 256))["logits"]
    assert logits.shape == (1, 30 * 30)


@pytest.mark.parametrize("size", [4, 8, 16, 28, 32, (8, 20)])
def test_small_pictures_have_verdicts_too(size):
    height, width = (size, size) if isinstance(size, int) else size
    D = PatchGAN(**(SMALL | {"image_size": size}))
    logits = D(noise(2, 2, height, width), noise(2, 1, height, width))["logits"]
    assert logits.shape[0] == 2
    assert logits.shape[1] >= 1


def test_the_condition_is_seen():
    D, x = PatchGAN(**SMALL).eval(), noise(2, 2, 8, 8)
    one, other = (D(x, noise(2, 1, 8, 8, seed=seed))["logits"] for seed in (1, 2))
    assert not torch.equal(one, other)
    blind = PatchGAN(**(SMALL | {"given_channels": 0})).eval()
    assert torch.equal(blind(x)["logits"], blind(x, noise(2, 1, 8, 8))["logits"])


# -- the distance ----------------------------------------------------------------------------------------------


def test_l1_by_hand():
    real, fake = torch.tensor([[[[1.0, 0.0]]], [[[0.5, -1.0]]]]), torch.tensor([[[[0.0, 0.0]]], [[[1.0, 1.0]]]])
    turn = StandInTurn("G", None, None, real, fake=fake)
    assert float(L1().g_penalty(turn)) == pytest.approx((1 + 0 + 0.5 + 2) / 4)
    assert L1().weight == 100.0
    assert L1().d_penalty(turn) is None
    assert L1.pairs


def test_l1_of_named_tensors():
    real = {"a": torch.zeros(1, 2), "b": torch.zeros(1, 1, 2)}
    fake = {"a": torch.tensor([[1.0, 2.0]]), "b": torch.tensor([[[3.0, 0.0]]])}
    assert float(L1().g_penalty(StandInTurn("G", None, None, real, fake=fake))) == pytest.approx(6 / 4)
