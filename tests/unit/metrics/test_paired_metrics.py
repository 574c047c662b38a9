"""PSNR and SSIM, by hand arithmetic and by their equations over plain loops."""

import math

import numpy as np
import pytest
import torch
from ganzoo_plugins.paired_metrics.psnr import PeakSignalToNoise
from ganzoo_plugins.paired_metrics.ssim import StructuralSimilarity
from tiny_extractor import registry

from ganzoo.errors import MetricError
from ganzoo.metrics import Evaluator
from ganzoo.metrics.judging import partners
from ganzoo.metrics.seeing import Pairs
from ganzoo.storage.cache import Cache
from ganzoo.testing import check_entry

pytestmark = pytest.mark.usefixtures("silence")  # nothing here is worth a line to the user


def noise(n=6, channels=3, size=(16, 13), seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (n, channels, *size), dtype=torch.uint8, generator=rng)


def of(metric, sample, target):
    return metric.look(sample, target)["value"].flatten().tolist()


# -- PSNR ------------------------------------------------------------------------------------------------------------


def test_psnr_of_an_error_that_is_the_same_everywhere():
    real = torch.full((3, 1, 4, 4), 100, dtype=torch.uint8)
    fake = torch.stack([real[0] + 1, real[1] + 10, torch.zeros_like(real[2])])
    # 20 log10(255 / 1), 20 log10(255 / 10) and 20 log10(255 / 100)
    assert of(PeakSignalToNoise(), fake, real) == pytest.approx([48.1308, 28.1308, 8.1308], abs=1e-4)


def test_psnr_of_the_worst_image_is_nothing():
    black, white = torch.zeros(1, 3, 2, 2, dtype=torch.uint8), torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)
    assert of(PeakSignalToNoise(), black, white) == [0.0]


def test_psnr_takes_the_error_over_all_numbers_of_an_image():
    real = torch.zeros(1, 2, 1, 2, dtype=torch.uint8)
    fake = torch.tensor([3, 0, 0, 4], dtype=torch.uint8).view(1, 2, 1, 2)  # an error of (9 + 16) / 4
    assert of(PeakSignalToNoise(), fake, real) == pytest.approx([10 * math.log10(255**2 / 6.25)])


def test_psnr_of_equal_images_is_that_of_one_number_off_by_one():
    real = torch.zeros(2, 3, 32, 32, dtype=torch.uint8)
    fake = real.clone()
    fake[1, 0, 0, 0] = 1
    same, off = of(PeakSignalToNoise(), fake, real)
    assert same == off == pytest.approx(10 * math.log10(255**2 * 3 * 32 * 32)) == pytest.approx(83.005, abs=1e-3)


# -- SSIM ------------------------------------------------------------------------------------------------------------


def by_loops(x, y):
    """Equation 13 of the paper at each place of the window, in numpy; its map is of grey images."""
    at = np.arange(11) - 5
    window = np.exp(-(at[:, None] ** 2 + at[None, :] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    found = []
    for top in range(x.shape[0] - 10):
        for left in range(x.shape[1] - 10):
            a, b = (image[top : top + 11, left : left + 11].astype(np.float64) for image in (x, y))
            mean_a, mean_b = (window * a).sum(), (window * b).sum()
            var_a, var_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
            both = (window * (a - mean_a) * (b - mean_b)).sum()
            above = (2 * mean_a * mean_b + c1) * (2 * both + c2)
            found.append(above / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)))
    return np.mean(found)


def test_ssim_is_the_mean_of_its_equation_over_windows_and_channels():
    real = noise()
    fake = (real.float() * 0.7 + noise(seed=1).float() * 0.3).to(torch.uint8)
    wanted = [
        np.mean([by_loops(one[c].numpy(), other[c].numpy()) for c in range(3)])
        for one, other in zip(fake, real, strict=True)
    ]
    assert of(StructuralSimilarity(), fake, real) == pytest.approx(wanted, rel=1e-9)
    assert 0.5 < min(wanted) < max(wanted) < 0.99


def test_ssim_is_one_for_the_same_image_and_the_same_both_ways():
    one, other = noise(), noise(seed=1)
    assert of(StructuralSimilarity(), one, one) == pytest.approx([1.0] * 6)
    assert of(StructuralSimilarity(), one, other) == pytest.approx(of(StructuralSimilarity(), other, one))


def test_ssim_of_two_plain_images_is_that_of_their_means():
    dark, bright = (torch.full((1, 1, 11, 11), grey, dtype=torch.uint8) for grey in (50, 100))
    c1 = 2.55**2  # variances are 0, so that only the first factor is left
    wanted = (2 * 50 * 100 + c1) / (50**2 + 100**2 + c1)
    assert of(StructuralSimilarity(), dark, bright) == pytest.approx([wanted])


def test_ssim_refuses_images_that_the_window_does_not_fit_into():
    small = noise(size=(12, 10))
    with pytest.raises(MetricError, match=r"^SSIM looks through a window of 11x11 pixels, and .* are 10x12: "):
        of(StructuralSimilarity(), small, small)


def test_both_are_scikit_image_s():
    metrics = pytest.importorskip("skimage.metrics")
    real, fake = noise(), noise(seed=1)
    how = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    for one, other, psnr, ssim in zip(
        fake, real, of(PeakSignalToNoise(), fake, real), of(StructuralSimilarity(), fake, real), strict=True
    ):
        assert psnr == pytest.approx(metrics.peak_signal_noise_ratio(other.numpy(), one.numpy(), data_range=255))
        assert ssim == pytest.approx(
            metrics.structural_similarity(one.numpy(), other.numpy(), channel_axis=0, **how), rel=1e-6
        )


# -- as metrics --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", [PeakSignalToNoise(), StructuralSimilarity()])
def test_other_data_are_refused(metric):
    with pytest.raises(MetricError, match=r"compares uint8 images of shape \(B, C, H, W\), not torch.float32 \(6, 3, "):
        metric.look(noise().float(), noise().float())
    with pytest.raises(MetricError, match=r"compares images of one shape, not \(3, 16, 13\) with \(1, 16, 13\)$"):
        metric.look(noise(), noise(channels=1))


def test_the_numbers_are_means_over_images_and_need_no_extractor(tmp_path):
    evaluator = Evaluator.open(registry(), None, ["psnr", "ssim"], cache=Cache(tmp_path))
    assert [(column.label, column.better) for column in evaluator.columns] == [
        ("PSNR (dB)", "higher"),
        ("SSIM", "higher"),
    ]
    real, fake, spreads = noise(), noise(seed=1), {}
    reference = evaluator.reference(real, "data")
    numbers = evaluator.score(lambda n: Pairs(fake, real), 6, reference, spreads=spreads, replicates=2)
    for name, metric in (("psnr", PeakSignalToNoise()), ("ssim", StructuralSimilarity())):
        values = of(metric, fake, real)
        assert numbers[name] == pytest.approx(np.mean(values), rel=1e-6)
        assert spreads[name] == pytest.approx(np.std(values, ddof=1) / 6**0.5, rel=1e-5)
        # The first halves of the fixed pairs of real images.
        among = torch.tensor(of(metric, real, real[partners(6)]))
        assert float(among.min()) <= reference.floor[name] <= float(among.max())
    assert any("6 pairs of one row" in said for said in evaluator.states(6, 6))


@pytest.mark.parametrize("name", ["psnr", "ssim"])
def test_they_pass_the_checks(name):
    parts = registry()
    findings = check_entry(parts, parts.get("metric", name))
    assert [finding for finding in findings if not finding.ok] == []
    assert {"better", "repeats", "cache", "spread"} <= {finding.check for finding in findings}
