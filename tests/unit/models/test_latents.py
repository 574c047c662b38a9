"""Truncation: by the formula of each paper, and refused where it means nothing."""

import pytest
import torch
from scipy.stats import kstest, truncnorm
from untrained import LinearImages, Mapped, model_around, model_of

from ganzoo.errors import GanzooError
from ganzoo.models.generation.latents import STYLES, MeanStyles, is_normal, resampled


@pytest.mark.parametrize("threshold", [0.04, 0.5, 2.0])
def test_resampled_latents_are_of_the_truncated_normal(threshold):
    """A Kolmogorov-Smirnov test against scipy's distribution, of values that are always the same."""
    rng = torch.Generator().manual_seed(0)
    z = torch.randn(400, 50, generator=rng)
    found = resampled(z, threshold, rng)
    inside = z.abs() <= threshold
    assert torch.equal(found[inside], z[inside])
    assert found.abs().max() <= threshold
    assert kstest(found.flatten().double().numpy(), truncnorm(-threshold, threshold).cdf).pvalue > 0.01


def test_a_threshold_beyond_all_values_changes_nothing():
    model = model_around(LinearImages())
    assert torch.equal(model.sample(50, truncation=50.0).data, model.sample(50).data)
    low = model.sample(50, truncation=0.5).z
    assert low.abs().max() <= 0.5 and not torch.equal(low, model.sample(50).z)
    assert torch.equal(model.sample(5, truncation=0.5).z, low[:5])


def test_styles_are_drawn_towards_their_mean():
    """``mean + psi (w - mean)`` with w = 2 z + 1, whose mean over z is 1 within five standard errors."""
    G = Mapped()
    mean = MeanStyles(G, torch.device("cpu")).of(None)
    assert mean.shape == (1, 2, 4) and (mean - 1).abs().max() < 5 * 2 / STYLES**0.5
    model = model_around(G)
    z = model.sample(6).z
    for psi in (0.0, 0.3, 1.0):
        styles = mean + psi * ((2 * z + 1)[:, None].expand(-1, 2, -1) - mean)
        wanted = (styles[:, 0, 0] / 8).mul(127.5).add(128).clamp(0, 255).to(torch.uint8)
        assert (model.sample(6, truncation=psi).data[:, 0, 0, 0].int() - wanted.int()).abs().max() <= 1
    assert len(model.sample(6, truncation=0.0).data.unique()) == 1


def test_each_class_has_a_mean_of_its_own():
    class ByClass(Mapped):
        def map(self, z, y=None):
            return super().map(z) + y[:, None, None]

    means = MeanStyles(ByClass(), torch.device("cpu")).of(torch.tensor([2, 0, 2]))
    assert torch.equal(means[0], means[2])
    assert torch.allclose(means[0] - means[1], torch.full((2, 4), 2.0), atol=1e-5)


def test_truncated_stylegan2_at_1_is_itself_and_at_0_one_image_a_class():
    model = model_of("stylegan2", size=16)
    assert (model.sample(4, truncation=1.0).data.int() - model.sample(4).data.int()).abs().max() <= 1
    mean = model.sample(4, truncation=0.0).data.int()
    assert (mean - mean[:1]).abs().max() <= 1


@pytest.mark.parametrize(
    ("model", "truncation", "error"),
    [
        (lambda: model_of("dcgan"), 0.5, "its latents are not standard normal, so they have no tails"),
        (lambda: model_of("infogan"), 0.5, "not standard normal"),
        (lambda: model_around(LinearImages(normal=False)), 1.0, "not standard normal"),
        (lambda: model_around(LinearImages()), 0.0, "the largest absolute value of a latent, above 0, not 0"),
        (lambda: model_around(LinearImages()), float("nan"), "finite number, not nan"),
        (lambda: model_around(Mapped()), 1.5, r"a share from 0 \(the mean style\) to 1 \(none\), not 1.5"),
    ],
)
def test_a_truncation_that_means_nothing_is_refused(model, truncation, error):
    with pytest.raises(GanzooError, match=error):
        model().sample(2, truncation=truncation)


def test_latents_are_asked_what_they_are():
    assert is_normal(LinearImages()) and not is_normal(LinearImages(normal=False))
    assert is_normal(model_of("biggan", size=32, channels=3).generator)
    assert not is_normal(model_of("dcgan").generator)
