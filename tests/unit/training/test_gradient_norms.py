"""How large the players' gradients are."""

import pytest
import torch
from tiny_players import ConvD, conv_trainer, scalar_trainer
from torch import nn

from ganzoo.errors import CheckpointError
from ganzoo.testing.playing.tape import Tape
from ganzoo.training.execution.replay import Replays
from ganzoo.training.updates.gradients import GradientNorms


def held(*gradients):
    weights = []
    for gradient in gradients:
        weight = nn.Parameter(torch.zeros_like(gradient))
        weight.grad = gradient
        weights.append(weight)
    return weights


def test_means_by_hand():
    norms = GradientNorms(torch.device("cpu"))
    norms.add("D", held(torch.tensor([[3.0]]), torch.tensor([4.0, 0.0])), scaled=False)
    norms.add("D", held(torch.tensor([[0.0]]), torch.tensor([0.0, -7.0])), scaled=False)
    norms.add("G", [*held(torch.tensor(2.0)), nn.Parameter(torch.zeros(3))], scaled=False)
    assert norms.sums.tolist() == [12.0, 2.0, 2.0, 1.0]
    assert norms.read() == {"d_gradient": 6.0, "g_gradient": 2.0}
    assert norms.read() == {"d_gradient": None, "g_gradient": None}


def test_a_gradient_that_is_no_number_gives_none():
    norms = GradientNorms(torch.device("cpu"))
    norms.add("D", held(torch.tensor([1.0, torch.inf])), scaled=False)
    norms.add("G", held(torch.tensor([1.0, torch.nan])), scaled=False)
    assert norms.read() == {"d_gradient": None, "g_gradient": None}


def test_where_losses_are_scaled_a_turn_that_overflowed_does_not_count():
    norms = GradientNorms(torch.device("cpu"))
    for value in (3.0, torch.inf, torch.nan, 5.0):
        norms.add("G", held(torch.tensor([value])), scaled=True)
    assert norms.read() == {"d_gradient": None, "g_gradient": 4.0}


@pytest.mark.parametrize(
    "schedule",
    [{}, {"d_steps": 3}, {"d_steps": 2, "share_fakes": True}, {"order": "simultaneous"}],
    ids=str,
)
def test_every_turn_of_every_order_is_measured(schedule):
    """With SGD a scalar moves by the learning rate times its gradient."""
    trainer = scalar_trainer(schedule, lr=0.1)
    trainer.norms.every = 1
    expected, before = {"D": 0.0, "G": 0.0}, trainer._move

    def moved(turn):
        (weight,) = trainer.moves[turn.player]
        was = weight.item()
        before(turn)
        expected[turn.player] += abs(weight.item() - was) / 0.1

    trainer._move = moved
    for _ in range(5):
        trainer.step()
    d_turns = 5 * schedule.get("d_steps", 1)
    assert trainer.norms.sums.tolist() == pytest.approx([expected["D"], d_turns, expected["G"], 5], rel=1e-4)


def test_the_norm_is_of_all_that_a_player_moves():
    trainer = conv_trainer({"batch": 4})
    trainer.norms.every = 1
    trainer.step()
    gradients = {
        player: torch.cat([weight.grad.flatten() for weight in weights if weight.grad is not None])
        for player, weights in trainer.moves.items()
    }
    assert len(gradients["D"]) == sum(p.numel() for p in ConvD().parameters())
    assert trainer.norms.read() == {
        f"{player.lower()}_gradient": pytest.approx(gradient.norm().item(), rel=1e-5)
        for player, gradient in gradients.items()
    }


def played(steps, *, every=1, scaled=False, tape=False, loaded=None):
    """A trainer after so many steps; each is made and played before the next, since dropout draws from one stream."""
    trainer = conv_trainer({"batch": 4})
    trainer.norms.every = every
    if scaled:
        trainer.descent.scalers = {
            player: torch.amp.GradScaler("cpu", init_scale=1024.0) for player in trainer.descent.scalers
        }
    if tape:
        trainer.replays = Replays(Tape())
    if loaded is not None:
        tensors, values = loaded
        trainer.load_state({name: tensor.clone() for name, tensor in tensors.items()}, values)
    for _ in range(steps):
        trainer.step()
    return trainer, {name: tensor.clone() for name, tensor in trainer.state()[0].items()}


def test_no_loss_scale_is_in_them():
    (plain, expected), (scaled, found) = played(3), played(3, scaled=True)
    assert plain.norms.read() == scaled.norms.read()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


@pytest.mark.parametrize("every", [1, 3])
def test_a_checkpoint_keeps_them(every):
    _, whole = played(9, every=every)
    stopped, kept = played(5, every=every)
    values = stopped.state()[1]
    _, resumed = played(4, every=every, loaded=(kept, values))
    assert resumed.keys() == whole.keys() and all(torch.equal(resumed[name], whole[name]) for name in whole)
    assert whole["norms"][1] == {1: 9, 3: 3}[every]
    with pytest.raises(CheckpointError, match="lacks 'norms'"):
        played(0, loaded=({name: tensor for name, tensor in kept.items() if name != "norms"}, values))


def test_where_steps_are_replayed_measured_ones_are_a_kind_of_their_own():
    (_, eager), (replayed, found) = played(12, every=3), played(12, every=3, tape=True)
    assert replayed.replays.recorded == 2
    assert eager["norms"][1] == eager["norms"][3] == 4
    assert all(torch.equal(eager[name], found[name]) for name in eager)


def test_measuring_moves_nothing():
    (_, measured), (_, never) = played(4), played(4, every=0)
    assert measured["norms"][1] == 4 and never["norms"][1] == 0
    assert all(torch.equal(measured[name], never[name]) for name in measured if name != "norms")


def test_one_step_in_four_is_measured_on_a_cpu_and_never_one_with_lazy_penalties():
    cpu, gpu = GradientNorms(torch.device("cpu")), GradientNorms(torch.device("meta"))
    assert [step for step in range(14) if cpu.due(step)] == [1, 5, 9, 13]
    assert not any(norms.due(step) for norms in (cpu, gpu) for step in range(0, 64, 4))
