import pytest
import torch
from ganzoo_plugins.waves.feature_l1 import FeatureL1
from ganzoo_plugins.waves.wave_heads import MultiPeriod, MultiScale, WaveHeads
from stand_in_turn import Constant, Formula, dealt
from torch import nn
from torch.nn.functional import avg_pool1d, leaky_relu
from torch.nn.utils import parametrize

from ganzoo.errors import RecipeError


def heads(**more):
    torch.manual_seed(0)
    return WaveHeads(length=300, channels=1, width=16, **more)


def counted(critic):
    return sum(p.numel() for p in critic.parameters())


def test_layers_of_the_authors():
    """jik876/hifi-gan, models.py: channels in, channels out, kernel, stride and groups of each convolution."""
    with torch.device("meta"):
        D = WaveHeads(length=8192, channels=1)
    assert D.heads == ("period-2", "period-3", "period-5", "period-7", "period-11", "scale-1", "scale-2", "scale-3")
    for name, critic in D.critics.items():
        found = [
            (c.in_channels, c.out_channels, c.kernel_size[0], c.stride[0], c.padding[0], c.groups)
            for c in (*critic.layers, critic.verdict)
        ]
        if name.startswith("period"):
            assert found == [
                (1, 32, 5, 3, 2, 1),
                (32, 128, 5, 3, 2, 1),
                (128, 512, 5, 3, 2, 1),
                (512, 1024, 5, 3, 2, 1),
                (1024, 1024, 5, 1, 2, 1),
                (1024, 1, 3, 1, 1, 1),
            ]
        else:
            assert found == [
                (1, 128, 15, 1, 7, 1),
                (128, 128, 41, 2, 20, 4),
                (128, 256, 41, 2, 20, 16),
                (256, 512, 41, 4, 20, 16),
                (512, 1024, 41, 4, 20, 16),
                (1024, 1024, 41, 1, 20, 16),
                (1024, 1024, 5, 1, 2, 1),
                (1024, 1, 3, 1, 1, 1),
            ]


def test_the_first_scale_is_spectrally_normalised_and_all_others_by_weight():
    for name, critic in heads().critics.items():
        for layer in (*critic.layers, critic.verdict):
            (norm,) = layer.parametrizations.weight
            assert ("Spectral" in type(norm).__name__) == (name == "scale-1")
            assert parametrize.is_parametrized(layer)


def test_verdicts_written_out():
    """Rows of 7 samples, the end mirrored, by 2-d convolutions of width 1; the third scale is averaged twice."""
    D = heads().eval()
    x = torch.randn(2, 1, 300)
    verdict = D(x)
    rows = torch.cat([x, x[:, :, [298]]], dim=2).view(2, 1, 43, 7)
    for layer in D.critics["period-7"].layers:
        rows = leaky_relu(layer(rows), 0.1)
    wanted = D.critics["period-7"].verdict(rows)
    assert wanted.shape == (2, 1, 1, 7)  # 43 rows become 15, 5, 2, 1
    assert torch.allclose(verdict["period-7"], wanted.view(2, 7), atol=1e-6)
    wave = avg_pool1d(avg_pool1d(x, 4, 2, padding=2), 4, 2, padding=2)
    for layer in D.critics["scale-3"].layers:
        wave = leaky_relu(layer(wave), 0.1)
    assert torch.allclose(verdict["scale-3"], D.critics["scale-3"].verdict(wave).flatten(1), atol=1e-6)
    assert torch.equal(verdict["logits"], torch.cat([verdict[head] for head in D.heads], dim=1))


def test_features_are_means_of_layers():
    D = heads(periods=(3,), scales=1).eval()
    x = torch.randn(2, 1, 300)
    wanted = 0.0
    for name, critic in D.critics.items():
        seen = critic(x)[1]
        assert len(seen) == {"period-3": 6, "scale-1": 8}[name]
        wanted = wanted + sum(one.abs().flatten(1).mean(1) for one in seen)
    assert torch.allclose(D(x)["features"].abs().sum(1), wanted, rtol=1e-4)
    assert D.outputs == {"logits", "period-3", "scale-1", "features"}


def test_both_apart():
    torch.manual_seed(0)
    periods = MultiPeriod(length=64, channels=2, periods=(2, 3), width=16)
    scales = MultiScale(length=64, channels=2, scales=2, width=16)
    x = torch.randn(3, 2, 64)
    assert periods.heads == ("period-2", "period-3") and scales.heads == ("scale-1", "scale-2")
    for D in (periods, scales):
        verdict = D(x)
        assert set(verdict) == D.outputs and all(one.shape[0] == 3 and one.ndim == 2 for one in verdict.values())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"width": 6}, "width is 6, and must be a multiple of 4"),
        ({"periods": (2, 150)}, "periods has 150, and a window of 300 samples has no three of these"),
        ({"periods": (2, 2)}, "periods has a number twice"),
        ({"periods": (), "scales": 0}, "neither periods nor scales"),
        ({"scales": 6}, "scales is 6, and leaves less than 16 of a window's 300 samples"),
    ],
)
def test_refusals(values, said):
    with pytest.raises(RecipeError, match=said):
        WaveHeads(**{"length": 300, "channels": 1, "width": 16} | values)


class Seen(Formula):
    def forward(self, x, y=None):
        return {"features": x.flatten(1)}


def test_feature_l1_by_hand():
    """arXiv:2010.05646, eq. 5: the sum over features, over the size of their layer already; the mean over pairs."""
    real, fake = torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.tensor([[0.0, 4.0], [0.5, 0.0]])
    turn = dealt("G", Constant(), Seen(lambda x: x), real, fake=fake)
    assert FeatureL1().g_penalty(turn).item() == pytest.approx((3 + 0.5) / 2)
    assert FeatureL1.pairs and FeatureL1.reads == {"features"}


def test_all_critics_have_their_share_of_the_parameters():
    """A critic of a period has, at width 1 of 1 channel, 5 x (1 + 4 + 64 + 512 + 1024) + 3 x 32 weights, and norms."""
    D = MultiPeriod(length=64, channels=1, periods=(2,), width=16)
    weights = 5 * (4 + 4 * 16 + 16 * 64 + 64 * 128 + 128 * 128) + 3 * 128
    outs = 4 + 16 + 64 + 128 + 128 + 1
    assert counted(D) == weights + 2 * outs  # a bias and a length of each
    assert not any(isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d) for m in D.modules())
