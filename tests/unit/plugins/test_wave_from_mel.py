import math

import numpy as np
import pytest
import torch
from ganzoo_plugins.waves.chirps import Chirps
from ganzoo_plugins.waves.from_mel import FromMel
from ganzoo_plugins.waves.hifi_gan import HiFiGANGenerator, Residual, rates_of
from ganzoo_plugins.waves.log_bands import LogBands
from ganzoo_plugins.waves.mel import mel_bands
from ganzoo_plugins.waves.mel_error import MelError
from ganzoo_plugins.waves.mel_l1 import MelL1
from ganzoo_plugins.waves.modality import Waves
from stand_in_turn import Constant, NoHostSync, dealt
from torch.nn.functional import leaky_relu

from ganzoo.errors import DataError, MetricError, RecipeError
from ganzoo.interfaces import Rows

MODALITY = FromMel(length=512, rate=8000)


def test_the_spectrogram_of_the_paper():
    """arXiv:2010.05646: 22,050 Hz, frames of 1,024, a hop of 256 and 80 bands; 8,192 samples are 32 frames."""
    mels = LogBands.of(22050, 8192)
    assert (mels.frame, mels.hop, mels.bands) == (1024, 256, 80)
    assert mels(torch.zeros(2, 1, 8192)).shape == (2, 1, 80, 32)
    assert LogBands.of(8000, 1024) == LogBands(8000, 256)


def test_a_spectrogram_written_out():
    """Each frame: Hann window, transform, sqrt(|.|^2 + 1e-9), bands, logarithm of at least 1e-5."""
    x = np.random.default_rng(0).normal(size=512) * 0.1
    padded = np.pad(x, 96, mode="reflect")
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(256) / 256)
    bands = mel_bands(8000, 256, 32, 0.0, 4000.0).numpy()
    frames = [np.fft.rfft(padded[k : k + 256] * hann) for k in range(0, 512, 64)]
    wanted = np.log(np.maximum(bands @ np.sqrt(np.abs(np.stack(frames, 1)) ** 2 + 1e-9), 1e-5))
    found = LogBands.of(8000, 512)(torch.tensor(x)[None, None])
    assert found.shape == (1, 1, 32, 8) and np.allclose(found[0, 0], wanted, atol=1e-3)
    silent = LogBands.of(8000, 512)(torch.zeros(1, 1, 512))
    assert torch.allclose(silent, torch.full_like(silent, math.log(1e-5)), atol=0.2)


def test_waves_are_taken_for_it():
    rows = Chirps().read({})
    made = FromMel.of(rows)
    assert made.modality == FromMel(1024, 1, 8000) and made.fields is rows.fields
    assert FromMel.of(Rows(made.modality, rows.fields)) is not None
    with pytest.raises(DataError, match="a window has 300 samples, no multiple of the 64"):
        FromMel.of(Rows(Waves(length=300), {}))


def test_a_condition_is_of_the_window_that_plays():
    stereo = FromMel(length=512, channels=2, rate=8000)
    assert stereo.offers(conditional=True) == {"length": 512, "channels": 2, "rate": 8000, "bands": 64, "hop": 64}
    assert stereo.offers(conditional=False)["bands"] == 0
    row = stereo.example(3)
    with NoHostSync():
        x, y = stereo.play(row, flips=False, rng=torch.Generator().manual_seed(0))
    assert y.shape == (3, 64, 8)
    assert torch.equal(y[:, 32:], LogBands.of(8000, 512)(x)[:, 1])
    assert torch.equal(stereo.condition(row), stereo.given(stereo.target(row)))


def test_layers_of_v1():
    """jik876/hifi-gan, models.py and V1: 512 channels, halved by kernels 16, 16, 4 and 4 at strides 8, 8, 2 and 2."""
    with torch.device("meta"):
        G = HiFiGANGenerator(channels=1, bands=80, hop=256)
    found = [(up.in_channels, up.out_channels, up.kernel_size[0], up.stride[0], up.padding[0]) for up in G.longer]
    assert found == [(512, 256, 16, 8, 4), (256, 128, 16, 8, 4), (128, 64, 4, 2, 1), (64, 32, 4, 2, 1)]
    assert [len(several.blocks) for several in G.blocks] == [3, 3, 3, 3]
    kernels = [(c.kernel_size[0], c.dilation[0], c.padding[0]) for c in G.blocks[0].blocks[1].dilated]
    assert kernels == [(7, 1, 3), (7, 3, 9), (7, 5, 15)]
    assert [(c.kernel_size[0], c.dilation[0]) for c in G.blocks[0].blocks[1].plain] == [(7, 1)] * 3
    assert (G.first.in_channels, G.first.kernel_size[0], G.last.out_channels) == (80, 7, 1)
    norms = sum(p.numel() for name, p in G.named_parameters() if name.endswith("original0"))
    assert sum(p.numel() for p in G.parameters()) - norms == pytest.approx(13.92e6, rel=1e-3)  # table 1


@pytest.mark.parametrize(("hop", "rates"), [(256, [8, 8, 2, 2]), (64, [8, 2, 2, 2]), (16, [8, 2]), (6, [2, 3])])
def test_a_frame_becomes_a_hop_of_samples(hop, rates):
    assert rates_of(hop) == rates
    G = HiFiGANGenerator(channels=2, bands=5, hop=hop, width=16, kernels=(3,), dilations=(1,))
    wave = G(torch.empty(2, 0), torch.randn(2, 5, 7))
    assert wave.shape == (2, 2, 7 * hop) and wave.abs().max() <= 1


def test_a_block_written_out():
    torch.manual_seed(0)
    block, x = Residual(3, 5, (1, 2)), torch.randn(2, 3, 20)
    wanted = x
    for dilated, plain in zip(block.dilated, block.plain, strict=True):
        wanted = wanted + plain(leaky_relu(dilated(leaky_relu(wanted, 0.1)), 0.1))
    assert torch.equal(block(x), wanted)


def test_generators_are_refused_what_they_cannot_play():
    given = {"channels": 1, "bands": 8, "hop": 64}
    for more, said in (
        ({"bands": 0}, "is shown none: conditional: true"),
        ({"width": 0}, "width is 0"),
        ({"kernels": (4,)}, r"kernels is \[4\], and must be odd"),
        ({"dilations": (0,)}, "dilations is 0"),
    ):
        with pytest.raises(RecipeError, match=said):
            HiFiGANGenerator(**given | more)


def test_the_mel_terms_by_hand():
    """A wave of half the size has log-magnitudes of ln 2 less, where nothing is as soft as what is added."""
    G = Constant()
    G.modality = MODALITY
    true = torch.randn(4, 1, 512, generator=torch.Generator().manual_seed(0)) * 0.3
    term = MelL1()
    term.prepare(G, None)
    found = term.g_penalty(dealt("G", G, None, true, fake=true / 2)).item()
    assert found == pytest.approx(math.log(2), abs=1e-3)
    metric = MelError(rate=8000, length=512)
    seen = metric.summarise(metric.look(true / 2, true))
    assert metric.compare(seen, {}) == pytest.approx(found, rel=1e-4)
    assert metric.label("none") == "mel error"


def test_the_mel_term_has_a_finite_gradient_at_silence():
    G = Constant()
    G.modality = MODALITY
    term = MelL1()
    term.prepare(G, None)
    fake = torch.zeros(1, 1, 512, requires_grad=True)
    term.g_penalty(dealt("G", G, None, 0.1 * torch.randn(1, 1, 512), fake=fake)).backward()
    assert torch.isfinite(fake.grad).all()


def test_other_data_are_refused():
    G = Constant()
    with pytest.raises(RecipeError, match="mel-l1' compares spectrograms of waves"):
        MelL1().prepare(G, None)
    with pytest.raises(MetricError, match="with the true ones of the same conditions"):
        MelError(rate=8000, length=512).look(torch.zeros(1, 1, 512), None)
