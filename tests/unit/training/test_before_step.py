"""Regularizers that change gradients before the optimizer steps."""

import pytest
import torch
from replayed import agree
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values
from same_game import BATCH, CALM, NARROW, SIZE, in_double, played
from tiny_players import ConvD, ConvG, SoftLoss, conv_trainer, recipe, scalar_trainer

from ganzoo.interfaces import Regularizer
from ganzoo.recipes.building.build import Parts, build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer
from ganzoo.training.ranks import trial
from ganzoo.training.ranks.pretended import played_by

ORDERS = [{}, {"share_fakes": True}, {"order": "simultaneous"}, {"d_steps": 2}]


class Halves(Regularizer):
    """Takes half of D's gradient, and notes what it is given."""

    def __init__(self):
        super().__init__()
        self.given = []

    def before_step(self, turn, weights):
        self.given.append((turn.player, [weight.grad.clone() for weight in weights], list(weights)))
        if turn.player == "D":
            for weight in weights:
                weight.grad.mul_(0.5)


class Clips(Regularizer):
    """The gradient's norm is 0.001 at most."""

    def before_step(self, turn, weights):
        torch.nn.utils.clip_grad_norm_(weights, 0.001)


class Noisy(Regularizer):
    """Noise on all gradients, and a note of how often."""

    def __init__(self):
        super().__init__()
        self.register_buffer("times", torch.zeros(()))

    def before_step(self, turn, weights):
        self.times.add_(1)
        for weight in weights:
            noise = torch.randn(weight.shape, generator=turn.rng, device=weight.device, dtype=weight.dtype)
            weight.grad = weight.grad + 0.1 * noise


class Idle(Regularizer):
    """Overrides nothing."""


@pytest.mark.parametrize("schedule", ORDERS, ids=str)
def test_the_optimizer_steps_along_what_is_left(schedule):
    """D: v <- v - lr (f - r) / 2; G: w <- w + lr 2 v^2 w z^2, which is left alone."""
    term = Halves()
    t = scalar_trainer(schedule, [term])
    turn, _ = t.take_turn("D", keeps_graph=schedule.get("share_fakes", False))
    r, f = turn.real.mean().item(), turn.fake.mean().item()
    ((player, (gradient,), weights),) = term.given
    assert player == "D" and weights == [t.parts.D.v]
    assert gradient.item() == pytest.approx(f - r, rel=1e-5)
    v = 2.0 - 0.1 * 0.5 * (f - r)
    assert t.parts.D.v.item() == pytest.approx(v, rel=1e-5)
    turn, _ = t.take_turn("G")
    assert t.parts.G.w.item() == pytest.approx(0.5 + 0.1 * 2 * v**2 * 0.5 * turn.z.mean().item() ** 2, rel=1e-5)
    term.given.clear()
    t.step()
    assert [player for player, _, _ in term.given] == ["D"] * schedule.get("d_steps", 1) + ["G"]


def test_it_is_asked_in_every_turn_and_given_the_turn_that_was_played():
    class Shifts(Regularizer):
        def __init__(self):
            super().__init__(every=3)
            self.turns, self.steps = [], []

        def recast(self, turn):
            return turn.replace(z=turn.z + 1)

        def before_step(self, turn, weights):
            self.turns.append(turn)

        def after_step(self, turn):
            self.steps.append(turn)

    term = Shifts()
    t = scalar_trainer(regularizers=[term])
    for _ in range(2):
        t.step()
    assert len(term.turns) == 4
    assert all(before is after for before, after in zip(term.turns, term.steps, strict=True))


def test_norms_are_of_what_the_optimizer_uses():
    t = scalar_trainer(regularizers=[Clips()])
    t.norms.every = 1
    for _ in range(3):
        t.step()
    assert t.norms.read() == {
        "d_gradient": pytest.approx(0.001, rel=1e-3),
        "g_gradient": pytest.approx(0.001, rel=1e-3),
    }


@pytest.mark.parametrize("g", [None, {"name": "rmsprop", "lr": 1e-3}])
def test_the_scale_of_fp16_is_taken_off_before(g):
    """Fused Adam takes it off as it steps unless it is asked before; RMSprop is always asked before."""
    term, plain = Halves(), Halves()
    t = _conv("fp16", term, g)
    _conv("fp32", plain, g).step()
    t.step()
    assert t.descent.scalers["D"].get_scale() > 1
    for (player, halved, _), (other, full, _) in zip(term.given, plain.given, strict=True):
        assert player == other
        if player == "D":  # before anything has moved
            norm, wanted = (torch.stack([g.norm() for g in gradients]).norm() for gradients in (halved, full))
            assert norm.item() == pytest.approx(wanted.item(), rel=0.25)  # a scale is 2^16; old kernels are coarse


def _conv(precision, term, g):
    images = torch.randint(0, 256, (40, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        parts = Parts(ConvG(), ConvD(), SoftLoss(), [term])
    made = Trainer(recipe(None, g, g), parts, images, None, seed=0, precision=precision)
    for scaler in made.descent.scalers.values():
        if scaler.is_enabled():
            scaler._init_scale = 256.0
    return made


def test_one_that_is_not_overridden_costs_nothing():
    t = scalar_trainer(regularizers=[Idle()])
    turn, _ = t.take_turn("D")
    assert t.terms.before_step(turn, t.moves["D"]) is None
    asked = scalar_trainer(regularizers=[Idle(), Halves()])
    assert asked.terms.before_step(turn, asked.moves["D"]) is not None


@pytest.mark.parametrize("schedule", ORDERS, ids=str)
def test_it_survives_a_checkpoint_is_replayed_and_looks_at_no_value(tmp_path, schedule):
    def fresh():
        return conv_trainer(schedule, [Noisy(), Clips()])

    goes_on_bit_for_bit(tmp_path, fresh)
    assert agree(fresh, steps=6)
    plays_without_a_look_at_values(conv_trainer(schedule, [Noisy()]))


def test_ranks_add_the_same_noise():
    """Whatever the shape of a weight: eight filters are not taken for the rows of eight samples."""
    registry = load_zoo(third_party=False).registry

    def game(ranks=None, batch=BATCH):
        recipe = resolve(registry, "ns-gan", (f"schedule.batch={batch}", *NARROW, *CALM))
        parts = build_parts(recipe, registry, image_size=SIZE, channels=1, num_classes=0, seed=0)
        parts.regularizers.append(Noisy())
        return Trainer(recipe, parts, noise_images(64, 1, SIZE), None, seed=0, ranks=ranks)

    assert trial.why_not(game, 2, BATCH // 2, BATCH // 2) == ""
    with in_double():
        losses, state = played(game(), 2)
        for theirs, held in played_by(2, lambda ranks: played(game(ranks), 2)):
            torch.testing.assert_close(theirs, losses, atol=1e-10, rtol=1e-10)
            for key, value in state.items():
                torch.testing.assert_close(held[key], value, atol=1e-10, rtol=1e-10)
