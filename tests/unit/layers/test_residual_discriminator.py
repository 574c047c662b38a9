"""The head that SNGAN, SAGAN and BigGAN share, on blocks that do nothing, so that its numbers can be had by hand."""

import pytest
import torch
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.layers import ResidualDiscriminator, image_channels


def ones(module):
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.ones_(module.weight)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)


def make(conditioning, classes, width=2):
    given = {"image_size": 2, "num_classes": classes, "conditioning": conditioning, "init": ones}
    return ResidualDiscriminator([nn.Identity()], nn.Identity(), width, **given)


IMAGES = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[-1.0, -1.0], [-1.0, 5.0]]]])  # sums behind ReLU: 10 and 5


@pytest.mark.parametrize(("conditioning", "classes", "logit"), [("none", 3, 15.0), ("projection", 0, 15.0)])
def test_pixels_are_summed_behind_relu(conditioning, classes, logit):
    seen = make(conditioning, classes)(IMAGES, torch.tensor([1]) if classes else None)
    assert seen["features"].tolist() == [[10.0, 5.0]] and seen["logits"].tolist() == [logit]
    assert torch.equal(seen["maps"], IMAGES)


def test_the_projection_of_the_label_joins_the_logits():
    """With a label's vector v, arXiv:1802.05637, eq. 3: psi(phi) + v . phi."""
    D = make("projection", 3)
    with torch.no_grad():
        next(D.projection.parameters())[2] = torch.tensor([0.5, -2.0])
    assert D(IMAGES, torch.tensor([2]))["logits"].item() == pytest.approx(15 + 0.5 * 10 - 2 * 5)


def test_a_plane_for_the_label_is_one_channel_more():
    assert [image_channels(3, 10, how) for how in ("projection", "concat", "none")] == [3, 4, 3]
    assert image_channels(3, 0, "concat") == 3
    D = make("concat", 3, width=3)
    seen = D(IMAGES, torch.tensor([0]))
    assert seen["maps"].shape == (1, 3, 2, 2) and torch.equal(seen["maps"][:, :2], IMAGES)
    with pytest.raises(RecipeError, match="conditioning"):
        image_channels(3, 10, "film")
