"""StyleGAN3's filters against scipy and by their responses; its generator by the equivariance that it is made for."""

import math
from unittest.mock import patch

import numpy as np
import pytest
import torch
from ganzoo_plugins.stylegan2 import filtered
from ganzoo_plugins.stylegan2.alias_free import HALF_LIFE, Magnitude
from ganzoo_plugins.stylegan2.bands import bands, default_layers
from ganzoo_plugins.stylegan2.filtered import FilteredLeakyReLU
from ganzoo_plugins.stylegan2.fourier import FourierInput
from ganzoo_plugins.stylegan2.kaiser import bessel_j1, low_pass, radial_low_pass
from ganzoo_plugins.stylegan2.stylegan3 import StyleGAN3Generator
from scipy import signal, special
from stand_in_turn import NoHostSync
from torch.nn.functional import leaky_relu

from ganzoo.errors import RecipeError


def small(size=16, **changes):
    torch.manual_seed(0)
    given = {"image_size": size, "channels": 2, "num_classes": 0, "z_dim": 6, "w_dim": 8, "width": 6}
    return StyleGAN3Generator(**(given | changes)).double().eval()


def shifted(x, y):
    return torch.tensor([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]], dtype=torch.float64)


def psnr(difference, mask):
    """Decibels, of images in [-1, 1] (arXiv:2106.12423, eq. 31: the mean over the valid region)."""
    square = (difference.square() * mask).sum() / mask.expand_as(difference).sum()
    return 10 * math.log10(4 / square.item())


# -- filters and bands ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("taps", "cutoff", "half", "rate"), [(12, 2, 2.3, 32), (24, 16, 16, 128), (12, 60, 4, 256)])
def test_a_separable_filter_is_scipys_of_a_kaiser_window(taps, cutoff, half, rate):
    wanted = signal.firwin(taps, cutoff, width=2 * half, fs=rate)
    np.testing.assert_allclose(low_pass(taps, cutoff, half, rate), wanted, rtol=1e-12)


def test_a_radial_filter_lets_the_same_through_in_every_direction():
    taps, cutoff, half, rate = 12, 8.0, 6.0, 64.0
    f = radial_low_pass(taps, cutoff, half, rate).numpy()
    place = (np.arange(taps) - (taps - 1) / 2) / rate

    def response(frequency, angle):
        phase = 2 * np.pi * frequency * (place[:, None] * np.sin(angle) + place * np.cos(angle))
        return (f * np.cos(phase)).sum()

    for frequency in (4.0, cutoff, 12.0):
        found = [response(frequency, angle) for angle in np.linspace(0, np.pi / 2, 7)]
        assert np.ptp(found) < 0.02
    assert response(0, 0) == pytest.approx(1) and abs(response(cutoff + 1.5 * half, 0.4)) < 0.02


def test_the_bessel_function_is_scipys():
    x = torch.linspace(0, 200, 4001, dtype=torch.float64)
    np.testing.assert_allclose(bessel_j1(x), special.j1(x.numpy()), atol=1e-14)


def test_the_published_bands_at_256():
    """arXiv:2106.12423, sec. 3.2: cutoffs from 2 to 128; stopbands from 2^2.1 to 2^7.3, so 2^6 at the tenth layer.

    Twice the stopband is at most the rate, the smallest power of 2; there are 10 pixels more at each side.
    """
    found = bands(256, 14, 10)
    assert [band.rate for band in found] == [16, 16, 16, 32, 32, 64, 64, 128, 128, 128, 256, 256, 256, 256, 256]
    assert [band.size[0] for band in found] == [*(band.rate + 20 for band in found[:-2]), 256, 256]
    assert found[0].cutoff == 2 and found[0].cutoff + found[0].half_width == 8
    assert [band.cutoff for band in found[-3:]] == [128] * 3
    np.testing.assert_allclose([band.cutoff for band in found[:13]], np.geomspace(2, 128, 13))
    np.testing.assert_allclose(found[-1].half_width, 128 * (2**0.3 - 1))
    assert [band.critical for band in found] == [False] * 12 + [True] * 3
    assert [default_layers(size) for size in (8, 32, 256, 1024)] == [4, 8, 14, 14]


@pytest.mark.parametrize("size", [8, 28, 20, (24, 16), (16, 40)])
def test_rates_are_the_images_halved_and_twice_the_stopband_fits(size):
    for band in bands(size, 8, 3):
        full = min(size) if isinstance(size, tuple) else size
        assert (full / band.rate) in (1, 2, 4) and band.cutoff <= band.rate / 2
        assert band.rate == full or band.cutoff + band.half_width == pytest.approx(band.rate / 2)


# -- layers -----------------------------------------------------------------------------------------------------


def activation(given, made, radial=False, kernel=3):
    maps = bands(32, 8, 5)
    size = tuple(side + kernel - 1 for side in maps[given].size)
    return FilteredLeakyReLU(maps[given], size, maps[made], radial=radial).double(), size, maps


@pytest.mark.parametrize(("given", "made"), [(0, 0), (1, 2), (3, 4), (5, 6), (6, 7)])
def test_matrices_and_convolutions_filter_alike(given, made):
    layer, size, _ = activation(given, made)
    with patch.object(filtered, "MATRICES", 0):
        other, _, _ = activation(given, made)
    assert layer.grow.by_matrix and not other.grow.by_matrix
    x = torch.randn(2, 3, *size, dtype=torch.float64)
    torch.testing.assert_close(other(x), layer(x), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("radial", [False, True])
def test_the_activation_is_that_of_the_wave_that_a_map_stands_for(radial):
    """Of a plane wave above 0 everywhere it is the wave, times sqrt(2); of one below, a fifth of it."""
    layer, size, maps = activation(3, 4, radial=radial)
    fine = maps[4]

    def wave(sides, rate):
        y, x = ((torch.arange(side, dtype=torch.float64) + 0.5 - side / 2) / rate for side in sides)
        return 3 + torch.cos(2 * math.pi * (0.8 * x + 0.5 * y[:, None]) + 0.3)

    x, wanted = wave(size, maps[3].rate)[None, None], 2**0.5 * wave(fine.size, fine.rate)[None, None]
    inner = (..., slice(6, -6), slice(6, -6))
    torch.testing.assert_close(layer(x)[inner], wanted[inner], rtol=0.02, atol=0)
    torch.testing.assert_close(layer(-x)[inner], -0.2 * wanted[inner], rtol=0.02, atol=0)


def test_a_layer_leaves_less_beyond_its_band_than_leaky_relu_alone():
    """Power of what it makes of noise, in the quarter of frequencies next to the limit of the map."""
    layer, size, maps = activation(0, 0, kernel=1)
    x = layer.shrink(layer.grow(torch.randn(4, 4, *size, dtype=torch.float64)))  # in the band of the first layer

    def beyond(h):
        power = torch.fft.fft2(h[..., 8:-8, 8:-8] * torch.hann_window(h.shape[-1] - 16)[:, None]).abs().square()
        n = power.shape[-1]
        return (power[..., 3 * n // 8 : 5 * n // 8, :].sum() / power.sum()).item()

    assert maps[0].size[0] - 16 > 0
    assert beyond(layer(x)) < 0.5 * beyond(leaky_relu(x, 0.2))


def test_magnitudes_follow_with_their_half_life_in_training_mode_alone():
    layer = Magnitude().double()
    x = torch.full((50, 2, 3, 3), 3.0, dtype=torch.float64)
    kept = 0.5 ** (50 / (1000 * HALF_LIFE))
    assert layer(x).item() == pytest.approx((kept + (1 - kept) * 9) ** -0.5)
    before = layer.mean_square.clone()
    assert layer.eval()(x).item() == pytest.approx(before.item() ** -0.5) and layer.mean_square == before


def test_waves_are_in_the_disc_and_the_plane_moves_with_the_transform():
    torch.manual_seed(0)
    maps = bands(64, 8, 4)
    layer = FourierInput(2000, 5, maps[0]).double()
    radius = layer.frequencies.norm(dim=1)
    assert radius.max() <= maps[0].cutoff
    # evenly in the disc: the mean of the squares is half the square of its radius, 2
    assert radius.square().mean().item() == pytest.approx(2.0, rel=0.05)
    w = torch.randn(3, 5, dtype=torch.float64)
    pixel = 1 / maps[0].rate
    moved = layer(w, shifted(2 * pixel, -3 * pixel))
    torch.testing.assert_close(moved[..., 3:, :-2], layer(w)[..., :-3, 2:])


def test_the_first_style_turns_and_shifts_the_plane():
    """With (0, 1) for (1, 0) it turns by a right angle."""
    torch.manual_seed(0)
    layer = FourierInput(6, 5, bands(16, 4, 0)[0]).double()
    w = torch.zeros(1, 5, dtype=torch.float64)
    upright = layer(w)
    layer.affine.bias.data = torch.tensor([0.0, 2.0, 0.0, 0.0], dtype=torch.float64)
    turned = layer(w)
    assert any(torch.allclose(turned, torch.rot90(upright, way, (2, 3))) for way in (1, 3))
    assert not torch.allclose(turned, upright)


# -- the generator ----------------------------------------------------------------------------------------------


def eq_t(G, w, most=0.125, pairs=4):
    """EQ-T, in decibels (arXiv:2106.12423, app. E.1): images moved by whole pixels against those of a moved plane."""
    plain, found = G.synthesise(w), []
    size = plain.shape[-1]
    rng = torch.Generator().manual_seed(3)
    for _ in range(pairs):
        dx, dy = ((torch.rand(2, generator=rng) * 2 - 1) * most * size).round().int().tolist()
        made = G.synthesise(w, shifted(-dx / size, -dy / size))
        wanted, mask = torch.zeros_like(plain), torch.zeros_like(plain)
        rows = slice(max(dy, 0), size + min(dy, 0)), slice(max(-dy, 0), size + min(-dy, 0))
        columns = slice(max(dx, 0), size + min(dx, 0)), slice(max(-dx, 0), size + min(-dx, 0))
        wanted[..., rows[0], columns[0]] = plain[..., rows[1], columns[1]]
        mask[..., rows[0], columns[0]] = 1
        found.append(((made - wanted).square() * mask).sum() / mask.sum())
    return 10 * math.log10(4 / torch.stack(found).mean().item())


def quarter_turns(G, w):
    """EQ-R for quarter turns, whose reference needs no resampling (arXiv:2106.12423, app. E.3), in decibels."""
    quarter = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64)
    plain, turned = G.synthesise(w), G.synthesise(w, quarter)
    both = [torch.rot90(plain, way, (2, 3)) for way in (1, 3)]
    return max(psnr(turned - image, torch.ones_like(image)) for image in both)


def styles(G, n=3):
    z = torch.randn(n, G.z_dim, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        w = G.map(z)
        x = G.synthesise(w)
        G.image.weight.mul_(0.5 / x.std())  # so that images use their range, as trained ones do
    return w


@torch.no_grad()
def test_images_move_with_the_plane():
    """The paper's trained networks have 63 decibels and more, and 13 to 20 without filters (sec. 3, its table)."""
    for equivariance in ("translation", "rotation"):
        G = small(32, equivariance=equivariance)
        assert eq_t(G, styles(G)) > 45
    cut = small(32, margin=0)
    assert eq_t(cut, styles(cut)) < 35  # borders tell where a pixel is


@torch.no_grad()
def test_images_turn_with_the_plane_in_configuration_r_alone():
    turning, moving = (small(32, equivariance=name) for name in ("rotation", "translation"))
    turned, moved = quarter_turns(turning, styles(turning)), quarter_turns(moving, styles(moving))
    assert turned > 60 and moved < 35, (turned, moved)


def test_the_published_widths_of_both_configurations():
    """NVlabs/stylegan3, docs/configs.md: 16384 at 256x256, up to 512; twice as many in R."""
    with torch.device("meta"):
        common = {"image_size": 256, "channels": 3, "num_classes": 0}
        T = StyleGAN3Generator(**common, width=64)
        R = StyleGAN3Generator(**common, width=128, equivariance="rotation")
    made = [512, 512, 512, 512, 512, 512, 512, 362, 256, 181, 128, 91, 64, 64]
    assert [layer.weight.shape[0] for layer in T.layers] == made
    assert {layer.weight.shape[2:] for layer in T.layers} == {(3, 3)}
    assert {layer.weight.shape[2:] for layer in R.layers} == {(1, 1)}
    assert [R.layers[i].weight.shape[0] for i in (0, 6, 8, 13)] == [1024, 1024, 512, 128]
    turned = [layer.activation.shrink.radial for layer in R.layers]
    assert turned == [True] * 12 + [False] * 2  # the last two use their whole band


def test_rectangles_labels_and_gradients():
    for size, sides in (((24, 16), (24, 16)), (20, (20, 20))):
        G = small(size, num_classes=3, margin=2).train()
        z = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)
        x = G(z, torch.tensor([0, 1, 2, 0]))
        assert x.shape == (4, 2, *sides) and x.abs().max() <= 1
        x.square().sum().backward()
        assert all(p.grad is not None and p.grad.isfinite().all() for p in G.parameters())


def test_each_image_is_its_own_in_evaluation_and_nothing_waits_for_the_device():
    G = small(16, margin=2)
    z = torch.randn(4, 6, dtype=torch.float64)
    torch.testing.assert_close(G(z)[1:2], G(z[1:2]))
    with NoHostSync():
        G.train()(z)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"layers": 2}, r"^layers is 2, and must be 3 or more"),
        ({"margin": -1}, r"^margin is -1, and must be a whole number of pixels, 0 or more$"),
        ({"output_scale": 0}, r"^output_scale is 0, and must be a number above 0$"),
        ({"equivariance": "both"}, r"^equivariance is 'both', and must be one of translation, rotation$"),
        ({"size": 4}, r"^image size 4 is too small for this network"),
    ],
)
def test_bad_parameters_are_refused(changes, sentence):
    with pytest.raises(RecipeError, match=sentence):
        small(**changes)
