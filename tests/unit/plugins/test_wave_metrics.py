import math

import numpy as np
import pytest
import torch
from ganzoo_plugins.waves.log_mel import LogMel
from ganzoo_plugins.waves.mel import frame_of, hertz_of, magnitudes, mel_bands, mel_of
from ganzoo_plugins.waves.spectral_distance import SpectralDistance
from scipy.signal import get_window, stft

from ganzoo.errors import MetricError

RATE = 8000


def tone(hertz, amplitude=1.0, n=1, length=1024, channels=1):
    t = torch.arange(length) / RATE
    return (amplitude * (2 * torch.pi * hertz * t).sin()).expand(n, channels, -1)


def distance(fake, real):
    metric = SpectralDistance(rate=RATE, length=fake.shape[-1])
    fake, real = (metric.summarise(metric.look(x, None)) for x in (fake, real))
    return metric.compare(fake, real)


def test_the_mel_scale():
    """M. Slaney's Auditory Toolbox: 66.67 Hz a mel up to 1,000 Hz, which is 15; 6,400 Hz is 27 steps above."""
    assert mel_of(200.0) == pytest.approx(3)
    assert mel_of(1000.0) == pytest.approx(15)
    assert mel_of(6400.0) == pytest.approx(42)
    for hertz in (50.0, 999.0, 1001.0, 8000.0):
        assert hertz_of(mel_of(hertz)) == pytest.approx(hertz)


def test_bands_are_triangles_of_area_2_over_hertz():
    bands = mel_bands(22050, 8192, 20, highest=8000.0).double()
    assert torch.allclose(bands.sum(1) * 22050 / 8192, torch.ones(20, dtype=torch.float64), atol=0.02)
    hertz = torch.arange(4097) * 22050 / 8192
    centres = [hertz_of(mel_of(8000.0) * (k + 1) / 21) for k in range(20)]
    for band, centre in zip(bands, centres, strict=True):
        assert abs(hertz[band.argmax()] - centre) < 22050 / 8192
    assert (bands[:, hertz > 8000] == 0).all() and (bands >= 0).all()


def test_magnitudes_are_those_of_scipy():
    x = np.random.default_rng(0).normal(size=1000)
    window = get_window("hann", 128)
    found = magnitudes(torch.tensor(x)[None, None].float(), torch.tensor(window).float(), 32, power=2)
    padded = np.pad(x, 48, mode="reflect")
    _, _, wanted = stft(padded, window=window, nperseg=128, noverlap=96, boundary=None, padded=False)
    wanted = np.abs(wanted * window.sum()) ** 2
    assert found.shape == (1, 1, *wanted.shape)
    assert np.allclose(found[0, 0], wanted, rtol=1e-3, atol=1e-3)


def test_frames():
    """A 40th of a second or a little more, as a power of 2: 8,000 Hz 256, 16,000 Hz 512, 22,050 Hz 1024."""
    assert [frame_of(rate, 16384) for rate in (8000, 16000, 22050, 44100)] == [256, 512, 1024, 2048]
    assert frame_of(44100, 300) == 256


def test_the_spectral_distance_of_louder_waves_is_by_how_much():
    """Noise of ten times the power is 10 dB off at each frequency; that of silence is the 60 dB down to silence."""
    x = 0.1 * torch.randn(50, 1, 2048, generator=torch.Generator().manual_seed(0))
    assert distance(x, x) == 0
    assert distance(x * math.sqrt(10), x) == pytest.approx(10, abs=1e-3)
    assert distance(x / math.sqrt(10), x) == pytest.approx(10, abs=1e-3)
    assert distance(0 * x, x) == pytest.approx(60, abs=1.5)  # not all frequencies are as loud as the loudest
    assert distance(x.flip(2), x) == pytest.approx(0, abs=0.01)


def test_the_spectral_distance_hears_pitch_and_both_channels():
    assert distance(tone(500), tone(500, channels=1)) == pytest.approx(0, abs=1e-6)
    assert distance(tone(500), tone(1500)) > 5
    left = torch.cat([tone(500), tone(1500)], dim=1)
    assert distance(left.flip(1), left) == pytest.approx(0, abs=1e-6)


def test_the_spectral_distance_refuses_what_it_cannot_look_at():
    metric = SpectralDistance(rate=RATE, length=1024)
    with pytest.raises(MetricError, match="looks at waves"):
        metric.look(torch.zeros(2, 8), None)
    with pytest.raises(MetricError, match="silent throughout"):
        distance(tone(500), tone(500, amplitude=0.0))
    assert metric.label("none") == "spectra dB"


def test_what_log_mel_sees():
    """A tone twice as loud has features of ln 2 more in the mean of its band, and is as steady."""
    extractor = LogMel(rate=RATE, length=1024)
    soft, loud = (extractor(tone(1000, a))["features"][0] for a in (0.25, 0.5))
    assert soft.shape == (96,)
    mean, deviation, change = (loud - soft).split(32)
    band = soft[:32].argmax()
    assert band == round(mel_of(1000.0) / mel_of(4000.0) * 33) - 1
    assert mean[band] == pytest.approx(math.log(2), abs=1e-3)
    assert deviation[band].abs() < 1e-3 and change[band].abs() < 1e-3


def test_log_mel_hears_the_order():
    extractor = LogMel(rate=RATE, length=1024)
    first = torch.cat([tone(400, length=512), tone(1500, length=512)], dim=2)
    there, back = (extractor(x)["features"][0] for x in (first, first.flip(2)))
    assert torch.allclose(there[:64], back[:64], atol=0.3)
    assert torch.allclose(there[64:], -back[64:], atol=0.3) and there[64:].abs().max() > 5


def test_log_mel_of_silence_and_of_both_channels():
    extractor = LogMel(rate=RATE, length=1024)
    silent = extractor(torch.zeros(1, 1, 1024))["features"][0]
    assert torch.isfinite(silent).all() and silent[32:].abs().max() < 1e-5
    both = tone(700, channels=2)
    assert torch.allclose(extractor(both)["features"], extractor(both[:, :1])["features"], atol=1e-5)
