import pytest
import torch
from ganzoo_plugins.waves.discriminator import WaveGANDiscriminator
from ganzoo_plugins.waves.generator import WaveGANGenerator
from ganzoo_plugins.waves.phase_shuffle import PhaseShuffle, shifted
from ganzoo_plugins.waves.quarters import quarters

from ganzoo.errors import RecipeError


def test_layers_of_the_papers_tables():
    """arXiv:1802.04208, tables of the appendix, with d = 64 and c = 1: each layer's kernel, and its lengths."""
    with torch.device("meta"):
        G = WaveGANGenerator(length=16384, channels=1)
        D = WaveGANDiscriminator(length=16384, channels=1)
    weights = [tuple(p.shape) for p in G.parameters() if p.ndim > 1]
    pairs = [(1024, 512), (512, 256), (256, 128), (128, 64), (64, 1)]
    assert weights == [(256 * 64, 100), *((a, b, 25) for a, b in pairs)]
    lengths, x = [], torch.empty(2, 100, device="meta")
    for layer in G.net:
        x = layer(x)
        lengths += [x.shape[2]] if isinstance(layer, torch.nn.ConvTranspose1d) else []
    assert lengths == [64, 256, 1024, 4096, 16384]
    weights = [tuple(p.shape) for p in D.parameters() if p.ndim > 1]
    assert weights == [*((a, b, 25) for a, b in reversed(pairs)), (1, 256 * 64)]
    lengths = []
    for layer in D.body[:-1]:
        x = layer(x)
        lengths += [x.shape[2]] if isinstance(layer, torch.nn.Conv1d) else []
    assert lengths == [4096, 1024, 256, 64, 16]
    kinds = [type(layer).__name__ for layer in D.body]
    assert kinds == ["Conv1d", "LeakyReLU", "PhaseShuffle"] * 4 + ["Conv1d", "LeakyReLU", "Flatten"]
    assert {layer.n for layer in D.body if isinstance(layer, PhaseShuffle)} == {2}


@pytest.mark.parametrize(
    ("length", "wanted"), [(64, (16, 1)), (255, (64, 1)), (256, (16, 2)), (1000, (63, 2)), (65536, (16, 6))]
)
def test_lengths(length, wanted):
    assert quarters(length) == wanted


@pytest.mark.parametrize("length", [64, 101, 300])
def test_waves_of_any_length(length):
    torch.manual_seed(0)
    G = WaveGANGenerator(length=length, channels=2, z_dim=8, width=4)
    D = WaveGANDiscriminator(length=length, channels=2, width=4)
    z = G.sample_z(3, device="cpu", rng=torch.Generator().manual_seed(0))
    assert z.shape == (3, 8) and z.min() < -0.5 and z.max() > 0.5 and z.abs().max() <= 1
    x = G(z)
    assert x.shape == (3, 2, length) and x.abs().max() <= 1
    verdict = D(x)
    assert verdict["logits"].shape == (3,) and verdict["features"].shape == (3, D.head.in_features)


def test_shifted_by_hand():
    """arXiv:1802.04208, fig. 3: missing samples are mirrored, the last one not twice."""
    x = torch.tensor([0.0, 1, 2, 3, 4]).expand(3, 1, -1)
    found = shifted(x, torch.tensor([2, 0, -2]))[:, 0].tolist()
    assert found == [[2, 1, 0, 1, 2], [0, 1, 2, 3, 4], [2, 3, 4, 3, 2]]


def test_phases_are_shuffled_in_training_alone_and_each_sample_apart():
    torch.manual_seed(0)
    layer = PhaseShuffle(2)
    x = torch.arange(20.0).expand(5000, 3, -1)
    moved = 10 - layer(x)[:, :, 10]
    assert torch.equal(moved[:, 0], moved[:, 2])  # all channels alike
    counts = torch.bincount(moved[:, 0].long() + 2, minlength=5).double()
    assert len(counts) == 5 and ((counts - 1000).square() / 1000).sum() < 18.5  # 0.999, 4 degrees of freedom
    assert layer.eval()(x) is x and PhaseShuffle(0)(x) is x


def test_refusals():
    with pytest.raises(RecipeError, match="a window has 63 samples, and WaveGAN's players need 64 at least"):
        WaveGANGenerator(length=63, channels=1)
    with pytest.raises(RecipeError, match="width is 0"):
        WaveGANDiscriminator(length=64, channels=1, width=0)
    with pytest.raises(RecipeError, match="shuffle is -1"):
        WaveGANDiscriminator(length=64, channels=1, shuffle=-1)
