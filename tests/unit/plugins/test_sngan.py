"""The standard CNN's discriminator beside the tables of the two papers that have it."""

import pytest
import torch
from ganzoo_plugins.sngan.discriminator import SNGANDiscriminator
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.recipes.recipe import load_recipe
from ganzoo.registry.discovery import load_zoo

# Channels of the layers at 32x32: arXiv:1802.05957, table 3b, and SNDCGAN of google/compare_gan.
MIYATO = [64, 64, 128, 128, 256, 256, 512]
SNDCGAN = [64, 128, 128, 256, 256, 512, 512]
KERNELS, STRIDES = [3, 4, 3, 4, 3, 4, 3], [1, 2, 1, 2, 1, 2, 1]


def parameters(widths, channels=3, side=4):
    into = [channels, *widths]
    layers = (k * k * a * b + b for k, a, b in zip(KERNELS, into, widths, strict=False))
    return sum(layers) + widths[-1] * side * side + 1


@pytest.mark.parametrize(("growth", "widths"), [("between", MIYATO), ("within", SNDCGAN)])
def test_layers_and_parameters_are_those_of_the_tables(growth, widths):
    D = SNGANDiscriminator(image_size=32, channels=3, num_classes=0, growth=growth)
    layers = [module for module in D.modules() if isinstance(module, nn.Conv2d)]
    assert [layer.out_channels for layer in layers] == widths
    assert [layer.kernel_size[0] for layer in layers] == KERNELS
    assert [layer.stride[0] for layer in layers] == STRIDES
    assert sum(p.numel() for p in D.parameters()) == parameters(widths)
    assert D(torch.zeros(2, 3, 32, 32))["logits"].shape == (2,)


def test_the_numbers_of_parameters_are_the_published_ones():
    assert parameters(SNDCGAN) == 5_860_865
    assert parameters(MIYATO) == 2_935_873


@pytest.mark.parametrize("name", ["crgan", "bcr-gan", "icr-gan"])
def test_consistency_recipes_have_the_network_of_their_papers(name):
    registry = load_zoo(third_party=False).registry
    part = load_recipe(registry.get("recipe", name).target).discriminator
    D = SNGANDiscriminator(image_size=32, channels=3, num_classes=0, **part.params)
    assert sum(p.numel() for p in D.parameters()) == 5_860_865


def test_another_growth_is_refused():
    with pytest.raises(RecipeError, match="growth is 'sideways', and must be one of between, within"):
        SNGANDiscriminator(image_size=8, channels=1, num_classes=0, growth="sideways")
