"""Both games of text: they go on where they stopped, and look at no value."""

import pytest
import torch
from ganzoo_plugins.text.modality import Text
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values

from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.training import Trainer

REGISTRY = load_zoo(third_party=False).registry
NETWORKS = "generator.width=8:generator.blocks=1:discriminator.width=8:discriminator.blocks=1"
NARROW = f"{NETWORKS}:schedule.batch=16"
MODALITY = Text("\nabcd", 6)


def trainer(name):
    """Play lines of one letter each, such as ``bbbb``."""
    recipe = resolve(REGISTRY, f"{name}:{NARROW}")
    letters = torch.arange(64) % 4 + 1
    x = letters[:, None].repeat(1, 6) * (torch.arange(6) < 4)
    parts = build_parts(recipe, REGISTRY, modality=MODALITY, seed=0)
    return Trainer(recipe, parts, {"x": x}, modality=MODALITY, seed=0)


@pytest.mark.parametrize("name", ["wgan-gp-text", "gumbel-text"])
def test_survives_a_checkpoint_and_looks_at_no_value(tmp_path, name):
    goes_on_bit_for_bit(tmp_path, lambda: trainer(name), steps=1)
    plays_without_a_look_at_values(trainer(name))
