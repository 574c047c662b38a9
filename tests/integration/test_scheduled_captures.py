"""Values that change, on a pretended GPU: captured once, replayed with other values each time, without a wait."""

import json

import pytest
from pretend_gpu import answer

from ganzoo.backend.precision import PRECISIONS

PLAYED = """
import json, sys, torch
from ganzoo.recipes.building.build import build_parts
from ganzoo.registry.discovery import load_zoo
from ganzoo.training import Trainer
from ganzoo.recipes.recipe import resolve
from ganzoo.testing.captures import captures
from ganzoo.testing.fixtures.partners import noise_images

zoo = load_zoo(third_party=False)
told = {}
for name, (changes, precision) in json.loads(sys.argv[1]).items():
    narrow = ["generator.width=4", "discriminator.width=4", "schedule.batch=8"]
    recipe = resolve(zoo.registry, "dcgan", [*narrow, *changes])
    parts = build_parts(recipe, zoo.registry, image_size=8, channels=1, num_classes=0, seed=0)
    how = {"device": "cuda:0", "precision": precision, "budget": 1.0}
    trainer = Trainer(recipe, parts, noise_images(64, 1, 8), None, seed=0, **how)
    seen = captures(trainer)
    waits = sum(sum(step.waits.values()) + sum(step.allocations.values()) for step in seen.replayed.values())
    told[name] = [seen.why_eager, seen.missing, seen.offences, waits, [step.graphs for step in seen.replayed.values()]]
print(json.dumps(told))
"""

FALLING = "{shape: linear, start: 1e-3, end: 0}"


def rates(name, more=""):
    return [f"{key}={{name: {name}, lr: {FALLING}{more}}}" for key in ("g_optimizer", "d_optimizer")]


BETAS = ", betas: [0.0, {shape: cosine, start: 0.9, end: 0.99}]"
OTHERS = [
    "regularizers=[{name: r1, weight: {shape: cosine, start: 2, end: 0.2}, every: 2}]",
    "schedule.ema={halflife: {shape: cosine, start: 0, end: 1}, warmup: false}",
]
GAMES = {
    **{f"lr of {name}": [rates(name), "fp32"] for name in ("adam", "adamw", "rmsprop", "nadam", "sgd")},
    **{f"all in {precision}": [[*rates("adam", BETAS), *OTHERS], precision] for precision in PRECISIONS},
    "betas of adamw": [rates("adamw", BETAS), "fp32"],
}


@pytest.fixture(scope="module")
def told():
    return answer(PLAYED, json.dumps(GAMES))


@pytest.mark.parametrize("name", GAMES)
def test_values_that_change_are_captured_without_a_wait(told, name):
    why_eager, missing, offences, waits, graphs = told[name]
    assert (why_eager, missing, offences, waits) == ("", [], [], 0)
    assert graphs and set(graphs) == {1}
