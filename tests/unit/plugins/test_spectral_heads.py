"""Spectral normalisation of the heads that losses and regularizers own, as google/compare_gan and StudioGAN have it."""

import pytest
import torch
from ganzoo_plugins.self_supervision.rotation import Rotation
from torch import nn
from torch.nn.utils import parametrize

from ganzoo.interfaces import Regularizer
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo

REGISTRY = load_zoo(third_party=False).registry
# Heads: classifier of the rotations in compare_gan's ssgan.py; d_linear and d_embedding of StudioGAN's resnet.py.
OWNERS = {
    "ssgan": ("regularizer", 1),
    "adcgan": ("regularizer", 1),
    "contragan": ("regularizer", 2),
    "reacgan": ("regularizer", 2),
    "acgan": ("regularizer", 1),
    "tacgan": ("regularizer", 2),
    "mhgan": ("loss", 1),
}


def parts_of(name, order):
    recipe = resolve(REGISTRY, name, ("generator.width=4", "discriminator.width=4"))
    others = [part for part in recipe.regularizers if part.name != "spectral-norm"]
    norm = resolve(REGISTRY, "sngan").regularizers[:1]
    terms = {"before": (*norm, *others), "after": (*others, *norm), "without": tuple(others)}[order]
    recipe = recipe.model_copy(update={"regularizers": terms})
    return build_parts(recipe, REGISTRY, image_size=16, channels=3, num_classes=10, seed=0)


def layers_of(parts):
    terms = [parts.loss, *parts.regularizers]
    return [module for term in terms for module in term.modules() if isinstance(module, nn.Linear | nn.Embedding)]


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("name", OWNERS)
def test_heads_have_a_largest_singular_value_of_one_in_either_order(name, order):
    layers = layers_of(parts_of(name, order))
    assert len(layers) == OWNERS[name][1]
    for layer in layers:
        original = layer.parametrizations.weight.original.detach()
        for _ in range(200):
            weight = layer.weight.detach()  # each look iterates once
        assert float(torch.linalg.matrix_norm(weight.double(), 2)) == pytest.approx(1.0, abs=2e-3)
        wanted = original / torch.linalg.matrix_norm(original, 2)
        torch.testing.assert_close(weight, wanted, rtol=0, atol=2e-3)


@pytest.mark.parametrize("name", OWNERS)
def test_without_spectral_normalisation_heads_are_plain(name):
    assert not any(parametrize.is_parametrized(layer) for layer in layers_of(parts_of(name, "without")))


@pytest.mark.parametrize("order", ["before", "after"])
def test_modules_that_a_term_does_not_name_as_heads_are_left_alone(order, monkeypatch):
    """As of a regularizer that was written before there were heads."""
    monkeypatch.setattr(Rotation, "heads", Regularizer.heads)
    (head,) = layers_of(parts_of("ssgan", order))
    assert not parametrize.is_parametrized(head)


def test_a_normalised_head_trains_and_moves_with_D():
    parts = parts_of("ssgan", "after")
    (head,) = layers_of(parts)
    learned = dict(parts.regularizers[0].named_parameters())
    assert any(value is head.parametrizations.weight.original for value in learned.values())
    out = head(torch.ones(2, head.in_features)).square().sum()
    out.backward()
    assert bool(head.parametrizations.weight.original.grad.any())
