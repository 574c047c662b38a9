"""Instance noise: how large it is, and how it fades."""

import pytest
import torch
from ganzoo_plugins.augmentation.instance_noise import InstanceNoise
from stand_in_turn import Constant, Formula, NoHostSync, dealt
from tiny_players import conv_trainer, scalar_trainer

from ganzoo.errors import RecipeError


def turn_of(player):
    return dealt(player, Constant(), Formula(lambda x: x.sum(1)), torch.zeros(2, 1, 2, 2))


def test_the_noise_fades_linearly_with_ds_turns():
    term = InstanceNoise(std=0.4, turns=8)
    stds = []
    for _ in range(11):
        stds.append(term.std_now().item())
        with NoHostSync():
            term.after_step(turn_of("D"))
            term.after_step(turn_of("G"))  # which does not count
    assert stds == pytest.approx([0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05, 0, 0, 0], abs=1e-7)
    assert stds[8:] == [0, 0, 0]
    assert term.played.item() == 11


def test_the_noise_is_gaussian_and_of_that_size():
    term = InstanceNoise(std=0.5, turns=4)
    x = torch.rand(40, 3, 20, 20) * 2 - 1
    for expected in (0.5, 0.375, 0.25):
        with NoHostSync():
            noise = term.view(x) - x
        assert noise.std().item() == pytest.approx(expected, rel=0.02)
        assert noise.mean().item() == pytest.approx(0, abs=0.01)
        assert (noise.abs() > 2 * expected).float().mean().item() == pytest.approx(0.0455, abs=0.005)
        term.after_step(turn_of("D"))


def test_at_the_end_the_images_are_as_they_were():
    term = InstanceNoise(std=3.0, turns=2)
    x = torch.randn(5, 1, 4, 4)
    assert not torch.equal(term.view(x), x)
    for _ in range(2):
        term.after_step(turn_of("D"))
    assert torch.equal(term.view(x), x)


def test_each_look_has_noise_of_its_own_from_torchs_generator():
    term, x = InstanceNoise(std=0.2), torch.randn(3, 1, 4, 4)
    torch.manual_seed(1)
    first, second = term.view(x), term.view(x)
    assert not torch.equal(first, second)
    torch.manual_seed(1)
    assert torch.allclose(first, x + 0.2 * torch.randn(3, 1, 4, 4))
    assert term.view(x.double()).dtype == torch.float64


def test_gradients_pass():
    x = torch.zeros(2, 1, 2, 2, requires_grad=True)
    InstanceNoise().view(x).sum().backward()
    assert torch.equal(x.grad, torch.ones_like(x))


@pytest.mark.parametrize(("order", "d_steps"), [("alternating", 3), ("simultaneous", 1)])
def test_the_game_counts_ds_turns(order, d_steps):
    trainer = scalar_trainer({"order": order, "d_steps": d_steps}, [InstanceNoise(std=1.0, turns=12)])
    (term,) = trainer.parts.regularizers
    for step in range(1, 4):
        trainer.step()
        assert term.played.item() == step * d_steps
        assert term.std_now().item() == pytest.approx(1 - step * d_steps / 12)


def test_once_it_has_faded_the_game_is_the_one_without():
    """Same players, same batches: the losses differ while there is noise, and no more when there is none."""
    noisy, plain = scalar_trainer({}, [InstanceNoise(std=1.0, turns=2)], lr=1e-12), scalar_trainer(lr=1e-12)
    apart = [abs(noisy.step()["d_loss"] - plain.step()["d_loss"]).item() for _ in range(5)]
    assert min(apart[:2]) > 1e-4
    assert max(apart[2:]) < 1e-6


@pytest.mark.parametrize("order", ["alternating", "simultaneous"])
@pytest.mark.parametrize("classes", [0, 3])
def test_across_a_checkpoint(order, classes):
    def trainer():
        return conv_trainer({"order": order}, [InstanceNoise(std=0.5, turns=5)], classes=classes)

    whole = trainer()
    for _ in range(2):
        whole.step()
    tensors, values = whole.state()
    tensors = {key: tensor.clone() for key, tensor in tensors.items()}
    expected = [whole.step() for _ in range(2)]
    halved = trainer()
    halved.load_state(tensors, values)
    assert [halved.step() for _ in range(2)] == expected
    assert halved.parts.regularizers[0].played.item() == 4


def test_refusals():
    with pytest.raises(RecipeError, match="std is -1"):
        InstanceNoise(std=-1)
    with pytest.raises(RecipeError, match="turns is 0"):
        InstanceNoise(turns=0)


def test_a_schedule_of_its_weight_is_a_share_of_the_run():
    """Without ``turns`` the noise stays, but for the factor that the engine sets in each step."""
    term = InstanceNoise(std=0.4, turns=None)
    assert term.std_now().item() == pytest.approx(0.4)
    for _ in range(5):
        term.after_step(turn_of("D"))
    assert term.std_now().item() == pytest.approx(0.4)
    term.weight = torch.tensor(0.25)  # as the engine sets it
    assert term.std_now().item() == pytest.approx(0.1)
    x = torch.zeros(100, 1, 20, 20)
    assert term.view(x).std().item() == pytest.approx(0.1, rel=0.02)
