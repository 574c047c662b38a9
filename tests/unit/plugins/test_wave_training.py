"""Games of waves go on where they stopped, look at no value, and play as their recipes say."""

import pytest
from ganzoo_plugins.waves.from_mel import FromMel
from ganzoo_plugins.waves.modality import Waves
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values

from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.training import Trainer

REGISTRY = load_zoo(third_party=False).registry
SMALL = {
    "wavegan": ["generator.width=2", "discriminator.width=2", "schedule.batch=2", "schedule.d_steps=1"],
    "wave-heads": ["generator.width=2", "discriminator.periods=[2]", "discriminator.scales=1", "schedule.batch=2"],
    "hifi-gan": ["generator.width=16", "discriminator.periods=[2]", "discriminator.scales=1", "schedule.batch=2"],
}


def trainer(name):
    modality = (FromMel if name == "hifi-gan" else Waves)(length=256)
    recipe = resolve(REGISTRY, name, SMALL[name])
    parts = build_parts(recipe, REGISTRY, modality=modality, seed=0)
    return Trainer(recipe, parts, modality.example(8), modality=modality, seed=0)


@pytest.mark.parametrize("name", SMALL)
def test_survives_a_checkpoint_and_looks_at_no_value(tmp_path, name):
    goes_on_bit_for_bit(tmp_path, lambda: trainer(name))
    plays_without_a_look_at_values(trainer(name))
