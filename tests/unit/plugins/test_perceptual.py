"""A perceptual distance: by hand, and through an extractor."""

import pytest
import torch
from ganzoo_plugins.image_pairs.perceptual import Perceptual
from lpips_weights import tensors
from stand_in_turn import StandInTurn

from ganzoo.errors import RecipeError
from ganzoo.layers import PerceptualDistance


def pictures(n, channels, height, width, seed=0):
    return torch.randint(
        256, (n, channels, height, width), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed)
    )


def test_without_an_extractor_it_is_the_squared_error():
    real, fake = torch.zeros(2, 1, 1, 2), torch.tensor([[[[1.0, 2.0]]], [[[0.0, -1.0]]]])
    assert float(Perceptual().g_penalty(StandInTurn("G", None, None, real, fake=fake))) == pytest.approx(6 / 4)
    assert Perceptual.pairs


def test_features_of_an_extractor():
    """Equal pictures are 0 apart; others have the squared distance of what the extractor sees, and its gradient."""
    term = Perceptual(extractor="digits")
    assert not [p for p in term.parameters() if p.requires_grad]
    assert not term.train().extractor.training
    real = pictures(3, 1, 8, 8).float() / 127.5 - 1
    fake = (pictures(3, 1, 8, 8, seed=1).float() / 127.5 - 1).requires_grad_()
    assert float(term.g_penalty(StandInTurn("G", None, None, real, fake=real))) == 0
    penalty = term.g_penalty(StandInTurn("G", None, None, real, fake=fake))
    seen = [term.extractor(((one + 1) * 127.5).round().to(torch.uint8))["features"] for one in (fake.detach(), real)]
    assert float(penalty.detach()) == pytest.approx(float((seen[0] - seen[1]).square().sum(1).mean()), rel=1e-5)
    penalty.backward()
    assert fake.grad.abs().sum() > 0


def test_with_the_vectors_of_lpips_it_is_lpips():
    """arXiv:1801.03924, eq. 1, a sum over channels and a mean over places; as many as a picture has pixels or not."""
    term = Perceptual()
    term.extractor = PerceptualDistance("alex", tensors("alex"))
    for size in (32, 48):
        real, fake = (pictures(2, 3, size, size, seed).float() / 127.5 - 1 for seed in (0, 1))
        penalty = term.g_penalty(StandInTurn("G", None, None, real, fake=fake))
        assert float(penalty) == pytest.approx(float(term.extractor(fake, real).mean()), rel=1e-4)


@pytest.mark.parametrize(
    ("name", "said"), [("digit", "which nobody registers; did you mean 'digits'"), ("vgg16", "gives no gradients")]
)
def test_extractors_that_will_not_do(name, said):
    with pytest.raises(RecipeError, match=said):
        Perceptual(extractor=name)
