"""Settings that cannot take effect in a run: the places where they begin to, by hand."""

import pytest
from tiny_recipes import REGISTRY

from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.training.turns.unreached import unreached

NARROW = ("generator.width=4", "discriminator.width=4", "schedule.batch=10", "schedule.ema=0", "regularizers=[]")


def said(kimg, *overrides, name="dcgan"):
    recipe = resolve(REGISTRY, name, [*NARROW, *overrides])
    parts = build_parts(recipe, REGISTRY, image_size=16, channels=1, num_classes=0, seed=0)
    return unreached(recipe, parts, kimg, 1000)


@pytest.mark.parametrize(
    ("ema", "steps"),
    [
        # (1 + t) / (10 + t) is 0.9 at t = 80, which is the 81st step, and 0.5 at t = 8
        ("0.9", 81),
        ("{decay: 0.5}", 9),
        # 0.5 ** (10 images / 65.788 images) is 0.9
        ("{halflife: 0.065788134}", 81),
    ],
)
def test_a_decay_that_its_warm_up_never_reaches(ema, steps):
    before = said((steps - 1) / 100, f"schedule.ema={ema}")
    assert len(before) == 1 and before[0].startswith("schedule.ema: ") and f"after {steps - 1:,} steps," in before[0]
    assert said((steps + 1) / 100, f"schedule.ema={ema}") == []


@pytest.mark.parametrize("ema", ["{decay: 0.5, warmup: false}", "{halflife: 0.01, warmup: false}"])
def test_an_average_without_a_warm_up_that_still_holds_the_initial_weights(ema):
    """Half is forgotten in a step of 10 images: 12.5 % are left after three, and 6.25 % after four."""
    assert said(0.04, f"schedule.ema={ema}") == []
    (sentence,) = said(0.03, f"schedule.ema={ema}")
    assert sentence.startswith("schedule.ema: 12 % of the average are the initial weights after the 3 steps")


def test_an_average_that_begins_with_forgetting_all_and_none():
    assert said(1, "schedule.ema={halflife: {shape: linear, start: 0, end: 500}, warmup: false}") == []
    assert said(0.1, "schedule.ema=0") == []


def test_of_a_time_nothing_is_known():
    assert said(None, "schedule.ema=0.9999") == []


def test_top_k_that_never_falls():
    """10 * 0.9 ** falls is 9 after 50 turns of G: the 51st is the first with fewer than all."""
    top_k = "regularizers=[{name: top-k, nu: 0.5, gamma: 0.9, per: 50}]"
    assert said(0.51, top_k) == []
    (sentence,) = said(0.50, top_k)
    assert sentence.startswith("regularizers.top-k: k never falls below the batch of 10")
    assert len(said(100, "regularizers=[{name: top-k, nu: 1, gamma: 0.9, per: 50}]")) == 1


@pytest.mark.parametrize("name", ["ada", "apa"])
def test_a_probability_that_cannot_rise(name):
    """It moves once in 4 turns, by 40 images of 2 kimg: by 0.02 each time."""
    term = f"regularizers=[{{name: {name}, kimg: 2, interval: 4}}]"
    assert said(0.04, term) == []
    (sentence,) = said(0.03, term)
    assert sentence.startswith(f"regularizers.{name}: p rises by at most 0:")
    assert "cannot rise" in said(100, f"regularizers=[{{name: {name}, target: 1}}]")[0]


def test_a_lazy_term_that_comes_once():
    lazy = "regularizers=[{name: r1, every: 16}]"
    assert said(0.16, lazy) == []
    assert said(0.15, lazy) == [
        "regularizers.r1.every: it is 16, and the run has 15 turns, of which the term has the first alone"
    ]
    assert said(0.15, lazy, "schedule.d_steps=2") == []  # a step is played whole: 16 turns of D


def test_places_beyond_the_run():
    late = "g_optimizer.lr={shape: linear, start: 1, end: 0, over: 200}"
    assert said(200, late) == []
    (sentence,) = said(100, late)
    assert sentence == "g_optimizer.lr: its value of 0 at 200 kimg lies beyond the run, which ends at 100 kimg with 0.5"
    warm = "g_optimizer.lr={shape: constant, start: 1, warmup: 20}"
    assert said(20, warm) == []
    assert said(10, warm) == ["g_optimizer.lr: its warm-up lasts until 20 kimg, and the run ends at 10 kimg"]
