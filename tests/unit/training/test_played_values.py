"""A run of each schedule, point by point: what optimizers, terms and the average find in every step."""

import json
import math

import pytest
import torch
from tiny_players import ConvD, ConvG, SoftLoss, recipe

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Regularizer
from ganzoo.recipes.building.build import Parts
from ganzoo.recipes.building.optimizer import build_optimizer
from ganzoo.testing.playing.tape import Tape
from ganzoo.training import Trainer
from ganzoo.training.execution.replay import Replays
from ganzoo.training.updates.optimizers import make_optimizer
from ganzoo.training.updates.played_values import AHEAD, PlayedValues, values_by_step

KIMG = 0.12  # 30 steps of 4 images
STEPS = 35  # and some beyond
BATCH = 4
RISING = {"shape": "linear", "start": 0.5, "end": 0.9}


class Noted(Regularizer):
    """Pulls D's logits to zero, and notes with which weight it is asked to."""

    def __init__(self, weight=1.0, every=1):
        super().__init__(weight, every)
        self.notes = []

    def d_penalty(self, turn):
        self.notes.append(float(self.weight))
        return turn.on_real["logits"].square().mean()


def r3gan(base, final, over, start=0.0):
    """Value at so many images, as the authors' cosine_decay_with_warmup has it."""

    def at(images):
        decay = 0.5 * (1 + math.cos(math.pi * images / (1000 * over)))
        return final if images > 1000 * over else base + (1 - decay) * (final - base)

    return at


def made(changes, *, optimizer="adam", betas=None, regularizers=(), budget=KIMG, schedule=None, **how):
    images = torch.randint(0, 256, (40, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        terms = [Noted() for _ in regularizers]
        parts = Parts(ConvG(), ConvD(), SoftLoss(), terms)
    given = {"name": optimizer, "lr": 1e-3, **({"betas": betas} if betas else {}), **changes}
    rhythm = {"batch": BATCH, **(schedule or {})}
    played = recipe(rhythm, dict(given), dict(given), regularizers=list(regularizers))
    return Trainer(played, parts, images, None, seed=0, budget=budget, **how)


SHAPES = {
    "linear": ({"shape": "linear", "start": 4e-3, "end": 0.0}, lambda at: 4e-3 * max(0.0, 1 - at / 120)),
    "cosine to a part": ({"shape": "cosine", "start": 4e-3, "end": 1e-3, "over": "50%"}, r3gan(4e-3, 1e-3, 0.06)),
    "warm-up, hold, linear": (
        {"shape": "linear", "start": 4e-3, "end": 1e-3, "warmup": 0.02, "hold": "25%", "over": 0.1},
        lambda at: 4e-3 * at / 20 if at < 20 else 4e-3 if at < 30 else max(1e-3, 4e-3 - 3e-3 * (at - 30) / 70),
    ),
    "constant after a warm-up": (
        {"shape": "constant", "start": 4e-3, "warmup": "50%"},
        lambda at: 4e-3 * min(1, at / 60),
    ),
    "piecewise with a jump": (
        {"shape": "piecewise", "points": [[0, 4e-3], ["50%", 4e-3], ["50%", 1e-3], ["100%", 0.0]]},
        lambda at: 4e-3 if at < 60 else max(0.0, 1e-3 * (120 - at) / 60),
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_learning_rate_of_every_step(name):
    written, formula = SHAPES[name]
    trainer = made({"lr": written})
    for step in range(STEPS):
        trainer.step()
        for optimizer in trainer.optimizers.values():
            assert float(optimizer.param_groups[0]["lr"]) == pytest.approx(formula(step * BATCH), rel=1e-6, abs=1e-12)


def test_everything_that_r3gan_changes_in_every_step():
    """Learning rate, second beta, gamma and the average's half-life go by a cosine, over half of the run."""
    over = {"shape": "cosine", "over": "50%"}
    trainer = made(
        {"lr": {**over, "start": 2e-4, "end": 5e-5}, "betas": [0.0, {**over, "start": 0.9, "end": 0.99}]},
        regularizers=[{"name": "r1", "weight": {**over, "start": 2.0, "end": 0.2}}],
        schedule={"ema": {"halflife": {**over, "start": 0.0, "end": 0.5}, "warmup": False}},
    )
    rate, beta, gamma, halflife = (r3gan(*ends, 0.06) for ends in ((2e-4, 5e-5), (0.9, 0.99), (2.0, 0.2), (0.0, 500.0)))
    group, average = trainer.optimizers["D"].param_groups[0], trainer.average.model.net[0].weight
    for step in range(STEPS):
        at, before = step * BATCH, average.clone()
        trainer.step()
        assert float(group["lr"]) == pytest.approx(rate(at), rel=1e-6)
        assert float(group["betas"][0]) == 0.0
        assert float(group["betas"][1]) == pytest.approx(beta(at), rel=1e-12)
        assert trainer.parts.regularizers[0].notes[-1] == pytest.approx(gamma(at), rel=1e-6)
        kept = 0.5 ** (BATCH / max(halflife(at), 1e-8))
        expected = torch.lerp(before, trainer.parts.G.net[0].weight.detach(), 1 - kept)
        torch.testing.assert_close(average, expected, rtol=1e-6, atol=1e-7)
    assert halflife(0) == 0.0 and len(trainer.parts.regularizers[0].notes) == STEPS


@pytest.mark.parametrize(
    ("ema", "kept"),
    [
        ({"decay": 0.99, "warmup": False}, lambda step: 0.99),
        (
            {"decay": {"shape": "linear", "start": 0.5, "end": 0.9}},
            lambda t: min(0.5 + t / 75, 0.9, (1 + t) / (10 + t)),
        ),
        ({"halflife": 0.04, "warmup": False}, lambda step: 0.5 ** (8 / 40)),
        ({"halflife": 0.04}, lambda t: min(0.5**0.2, (1 + t) / (10 + t))),
    ],
)
def test_the_average_of_every_step(ema, kept):
    """In a step of two turns of D, eight real images are shown."""
    trainer = made({}, schedule={"ema": ema, "d_steps": 2}, budget=0.24)
    average = trainer.average.model.net[0].weight
    for step in range(STEPS):
        before = average.clone()
        trainer.step()
        expected = torch.lerp(before, trainer.parts.G.net[0].weight.detach(), 1 - kept(step))
        torch.testing.assert_close(average, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    "optimizer",
    ["adam", "adamw", "rmsprop", "nadam", "sgd", "radam", "adagrad", "adadelta", "adamax", "asgd", "adafactor"],
)
def test_every_optimizer_moves_as_one_whose_rate_is_set_before_each_step(optimizer):
    rng = torch.Generator().manual_seed(0)
    begin = [torch.randn(shape, generator=rng) for shape in ((3, 4), (4, 4))]
    mine, yours = ([torch.nn.Parameter(w.clone()) for w in begin] for _ in range(2))
    falling = {"name": optimizer, "lr": {"shape": "linear", "start": 4e-3, "end": 1e-3}}
    changing = PlayedValues(values_by_step(recipe({"batch": BATCH}, falling), KIMG), torch.device("cpu"))
    ours = make_optimizer("g_optimizer", recipe(g=falling).g_optimizer, mine, changing)
    reference = build_optimizer(recipe(g={"name": optimizer, "lr": 4e-3}).g_optimizer, yours)
    for step in range(12):
        for a, b in zip(mine, yours, strict=True):
            a.grad = torch.randn(a.shape, generator=rng)
            b.grad = a.grad.clone()
        changing.load(step)
        changing.begin()
        ours.step()
        reference.param_groups[0]["lr"] = float(torch.tensor(4e-3 - 3e-3 * step / 30))
        reference.step()
    for a, b, w in zip(mine, yours, begin, strict=True):
        torch.testing.assert_close(a - w, b - w, rtol=1e-5, atol=2e-7)


def everything(rhythm=None, **how):
    return made(
        {"lr": {"shape": "cosine", "start": 4e-3, "end": 0.0}, "betas": [RISING, {**RISING, "end": 0.99}]},
        regularizers=[{"name": "r1", "weight": {**RISING, "warmup": 0.03}}],
        schedule={"ema": {"decay": RISING, "warmup": True}, **(rhythm or {})},
        **how,
    )


def played(trainer, steps):
    for _ in range(steps):
        trainer.step()
    return {name: tensor.clone() for name, tensor in trainer.state()[0].items()}


@pytest.mark.parametrize(
    "rhythm", [{}, {"joint": True, "d_steps": 2}, {"order": "simultaneous"}, {"share_fakes": True}], ids=str
)
def test_replayed_steps_and_a_run_that_goes_on_have_the_numbers_of_one_that_did_neither(rhythm):
    eager = everything(rhythm)
    kept, values = played(eager, 5), eager.state()[1]
    whole = played(eager, 20)
    replayed = everything(rhythm)
    replayed.norms.every = eager.norms.every
    replayed.replays = Replays(Tape())
    found = played(replayed, 25)
    assert all(torch.equal(whole[name], found[name]) for name in whole)
    resumed = everything(rhythm)
    resumed.replays = Replays(Tape())
    played(resumed, 3)
    resumed.load_state(kept, json.loads(json.dumps(values)))
    group = resumed.optimizers["D"].param_groups[0]
    assert torch.is_tensor(group["lr"]) and torch.is_tensor(group["betas"][1])
    found = played(resumed, 20)
    assert all(torch.equal(whole[name], found[name]) for name in whole)


def test_values_that_are_sent_ahead_in_several_parts_are_those_of_every_step():
    trainer = made({"lr": {"shape": "linear", "start": 1.0, "end": 0.0, "over": 10}}, optimizer="sgd", budget=None)
    for step in (AHEAD - 1, AHEAD, 2 * AHEAD - 1, 2 * AHEAD, 7):
        trainer.changing.load(step)
        trainer.changing.begin()
        assert float(trainer.changing.now["g_optimizer.lr"]) == pytest.approx(max(0.0, 1 - step * BATCH / 10_000))
    for step in range(8, AHEAD + 50):
        trainer.changing.load(step)
        trainer.changing.begin()
        assert float(trainer.changing.exact["g_optimizer.lr"]) == max(0.0, 1 - step * BATCH / 10_000)


def test_shares_of_a_run_take_a_budget():
    with pytest.raises(RecipeError, match=r"recipe 'test': g_optimizer.lr: it changes by shares of the budget"):
        made({"lr": {"shape": "linear", "start": 1.0, "end": 0.0}}, budget=None)
