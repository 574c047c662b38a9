"""Whether all kinds of steps that are to come are recorded, and the warm-up of benchmarks that asks for it."""

import importlib
from contextlib import nullcontext

import pytest
from repository import ROOT
from tiny_players import conv_trainer

from ganzoo.interfaces import Regularizer
from ganzoo.testing.playing.tape import Tape
from ganzoo.training.execution.layers import LayersStream
from ganzoo.training.execution.replay import Replays
from ganzoo.training.joint import Joint


class Lazy(Regularizer):
    """For either player, now and then."""

    def d_penalty(self, turn):
        return turn.on_real["logits"].square().mean()

    def g_penalty(self, turn):
        return turn.on_fake["logits"].square().mean()


@pytest.fixture(scope="module")
def measuring():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield importlib.import_module("measuring")


def game(every=(), norms=0, replayed=True, seed=0, **schedule):
    made = conv_trainer({"batch": 4, **schedule}, [Lazy(every=n) for n in every], seed=seed)
    made.norms.every = norms
    made.replays = Replays(Tape()) if replayed else None
    return made


GAMES = {
    "of one kind": {},
    "with a lazy term": {"every": (4,)},
    "with two": {"every": (4, 6)},
    "with turns that do not divide it": {"every": (4,), "d_steps": 3},
    "with norms": {"norms": 8},
    "with norms and a lazy term": {"every": (3,), "norms": 8},
    "with an average that warms up": {"ema": 0.999},
}


@pytest.mark.parametrize("kind", GAMES)
def test_from_then_on_every_step_is_replayed_and_before_one_was_not(measuring, kind):
    """What is said beforehand is held against what comes: recordings and forward passes."""
    made = game(**GAMES[kind])
    assert not made.settled
    played = measuring.settle(made.step, lambda: made.settled)
    passes = []
    made.parts.D.register_forward_hook(lambda *given: passes.append(made.steps))
    for _ in range(3 * played):
        made.step()
    assert passes == []
    slower = game(**GAMES[kind])
    for _ in range(played - 1):
        slower.step()
    assert not slower.settled  # it took no more steps than it had to


def test_a_game_that_is_not_replayed_is_settled_at_once(measuring):
    made = game(every=(4,), replayed=False)
    assert measuring.settle(made.step, lambda: made.settled) == 0 == made.steps


def test_what_never_settles_is_told(measuring):
    with pytest.raises(RuntimeError, match="after 5 steps there are still kinds"):
        measuring.settle(lambda: None, lambda: False, most=5)


def test_what_was_recorded_before_a_checkpoint_is_read_no_longer_counts(measuring):
    made = game()
    measuring.settle(made.step, lambda: made.settled)
    made.load_state(*made.state())
    assert not made.settled


def test_several_games_are_settled_when_all_that_comes_for_them_together_is_recorded(measuring):
    """Also where the second began later, so that lazy terms are due in one of them and not in the other."""
    games = [game(every=(4,), norms=2, seed=seed) for seed in (0, 1)]
    games[1].step()
    joint = Joint(Tape())
    joint.of([(one, nullcontext) for one in games])

    def step():
        for one in games:
            one.load()
        if not joint.step():
            for one in games:
                one.play_loaded(recorded=False)

    assert not joint.settled
    played = measuring.settle(step, lambda: joint.settled)
    recorded = joint.replays.recorded
    assert recorded > 2
    for _ in range(3 * played):
        step()
    assert joint.replays.recorded == recorded


def test_seeds_together_are_played_as_one_and_settled(measuring):
    seeds_together = importlib.import_module("seeds_together")

    device = conv_trainer().device

    class Lane:
        def __init__(self, seed):
            self.playing = LayersStream(device).drawn_from
            with self.playing():
                self.trainer = game(every=(2,), seed=seed)

    seeds = seeds_together.Seeds([Lane(seed) for seed in (0, 1)], Tape())
    assert measuring.settle(seeds.step, seeds.settled) > 0
    assert seeds.replayed == "as one"
    assert [lane.trainer.replays.recorded for lane in seeds.lanes] == [0, 0]
    apart = seeds_together.Seeds([Lane(seed) for seed in (0, 1)])
    measuring.settle(apart.step, apart.settled)
    assert apart.replayed == "each"


def test_the_record_of_a_command_tells_of_no_machine(measuring):
    typed = [
        "mnist=/home/me/data/mnist",
        "mnist=data/mnist",
        "--out=/tmp/a.json",
        "/home/a=b/c.yaml",
        "dcgan:loss=hinge",
    ]
    assert measuring.command("published", typed) == (
        "python benchmarks/published.py mnist=mnist mnist=data/mnist --out=a.json c.yaml dcgan:loss=hinge"
    )
