"""The networks of SRGAN and ESRGAN as the papers write them."""

import pytest
import torch
from ganzoo_plugins.image_pairs.rrdb import Dense, DenseInDense, RRDBNet
from ganzoo_plugins.image_pairs.sr_discriminator import SRDiscriminator
from ganzoo_plugins.image_pairs.srresnet import SRResNet
from torch import nn

from ganzoo.errors import RecipeError

PAPER = {"image_size": 96, "channels": 3, "given_channels": 3, "factor": 4}
GENERATORS = [(SRResNet, {"width": 4, "blocks": 2}), (RRDBNet, {"width": 4, "blocks": 2, "growth": 2})]


def count(net):
    return sum(p.numel() for p in net.parameters())


def conv(a, b, kernel=3):
    return a * b * kernel * kernel + b


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_parameters_of_srresnet():
    """Fig. 4: k9n64s1, 16 blocks of k3n64s1, k3n64s1, two of k3n256s1 with PixelShuffle, k9n3s1; a PReLU has one."""
    block = 2 * conv(64, 64) + 2 * 128 + 1
    want = conv(3, 64, 9) + 1 + 16 * block + conv(64, 64) + 128 + 2 * (conv(64, 256) + 1) + conv(64, 3, 9)
    with torch.device("meta"):
        assert count(SRResNet(**PAPER)) == want == 1_549_462


def test_parameters_of_rrdb():
    """23 blocks of 3 dense ones, of which convolution i sees 64 + 32 i channels; the paper's text says 16.70 M."""
    dense = sum(conv(64 + 32 * i, 32) for i in range(4)) + conv(64 + 128, 64)
    want = conv(3, 64) + 23 * 3 * dense + conv(64, 64) + 2 * conv(64, 64) + conv(64, 64) + conv(64, 3)
    with torch.device("meta"):
        net = RRDBNet(**PAPER)
    assert count(net) == want == 16_697_987


def test_parameters_of_the_discriminator():
    """Fig. 4: n64s1, n64s2, n128s1, ..., n512s2; at 96 pixels 6 x 6 are left; dense layers of 1024 and 1."""
    pairs = [(64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 512), (512, 512)]
    want = conv(3, 64) + sum(9 * a * b + 2 * b for a, b in pairs) + 512 * 36 * 1024 + 1024 + 1025
    with torch.device("meta"):
        assert count(SRDiscriminator(image_size=96, channels=3)) == want


@pytest.mark.parametrize(("cls", "small"), GENERATORS)
@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("low", [(2, 2), (4, 6)])
def test_pictures_are_enlarged(cls, small, factor, low):
    torch.manual_seed(0)
    size = (low[0] * factor, low[1] * factor)
    G = cls(image_size=size, channels=2, given_channels=1, factor=factor, **small)
    x = G(torch.empty(3, 0), noise(3, 1, *low))
    assert x.shape == (3, 2, *size)
    assert x.abs().max() <= 1


@pytest.mark.parametrize(("cls", "small"), GENERATORS)
@pytest.mark.parametrize(
    ("changes", "said"), [({"given_channels": 0}, "conditional: true"), ({"factor": 3}, "powers of 2, and these by 3")]
)
def test_refusals(cls, small, changes, said):
    shape = {"image_size": 8, "channels": 1, "given_channels": 1, "factor": 2}
    with pytest.raises(RecipeError, match=said):
        cls(**(shape | small | changes))


def test_channels_become_pixels():
    """Pixel (2i + a, 2j + b) of a map is pixel (i, j) of the map 2a + b of its four; the inverse gives all back."""
    G = SRResNet(image_size=4, channels=1, given_channels=1, factor=2, width=2, blocks=1)
    (shuffle,) = (layer for layer in G.last if isinstance(layer, nn.PixelShuffle))
    x = noise(1, 8, 2, 2)
    y = shuffle(x)
    for a in (0, 1):
        for b in (0, 1):
            assert torch.equal(y[0, 1, a::2, b::2], x[0, 4 + 2 * a + b])
    assert torch.equal(nn.functional.pixel_unshuffle(y, 2), x)


def test_a_dense_block_starts_near_its_shortcut_and_adds_a_fifth():
    """x + 0.2 F(x), and with three such x + 0.2 (that of all three - ...): with F = 0 each is the identity."""
    torch.manual_seed(0)
    block, x = DenseInDense(4, 2), noise(1, 4, 5, 5)
    for layer in block.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.zeros_(layer.weight)
    assert torch.allclose(block(x), 1.2 * x)  # x + 0.2 * x, since the three inside give x itself
    dense = Dense(4, 2)
    for layer in dense.layers:
        nn.init.zeros_(layer.weight)
    nn.init.ones_(dense.layers[-1].bias)
    assert torch.allclose(dense(x), x + 0.2)


@pytest.mark.parametrize(("size", "stages"), [(4, 1), (8, 2), (16, 3), (28, 3), (32, 4), (96, 4)])
def test_stages_of_the_discriminator(size, stages):
    with torch.device("meta"):
        D = SRDiscriminator(image_size=size, channels=1, width=2, dense=4)
    assert sum(isinstance(m, nn.Conv2d) for m in D.modules()) == 2 * stages


def test_the_discriminator_gives_one_verdict():
    torch.manual_seed(0)
    D, x = SRDiscriminator(image_size=(8, 12), channels=1, width=2, dense=4).eval(), noise(3, 1, 8, 12)
    out = D(x, noise(3, 1, 4, 6))
    assert out["logits"].shape == (3,)
    assert out["features"].shape == (3, 4)
    assert torch.equal(out["logits"], D(x)["logits"])
