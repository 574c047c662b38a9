"""APA: which images pass for real, and where p goes."""

import math

import pytest
import torch
from ganzoo_plugins.augmentation.apa import APA
from ganzoo_plugins.gradient_penalties.r1 import R1
from stand_in_turn import NoHostSync, dealt
from tiny_players import ScalarD, ScalarG, conv_trainer
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Generator
from ganzoo.training.checkpoints import checkpoint


class Numbered(Generator):
    """Every pixel of an image is its latent plus 100 times its label: what it was made from can be read off."""

    z_dim = 1

    def __init__(self):
        super().__init__()
        self.one = nn.Parameter(torch.ones(()))
        self.made = []

    def forward(self, z, y=None):
        self.made.append(z)
        whole = self.one * z if y is None else self.one * z + 100 * y[:, None]
        return whole[:, :, None, None].expand(-1, 1, 2, 2)


def turn_of(player, n=8, *, y=None, y_fake=None, **graph):
    real = torch.full((n, 1, 2, 2), 7777.0).requires_grad_(graph.get("second_order", False))
    return dealt(player, Numbered(), ScalarD(), real, y, y_fake=y_fake, **graph)


def chosen(turn):
    return (turn.real != 7777).flatten(1).all(1)


@pytest.mark.parametrize("p", [0.0, 0.2, 0.7, 1.0])
def test_the_share_of_fakes_among_the_real_images_is_p(p):
    n = 20000
    turn = APA(p=p).recast(turn_of("D", n))
    found = chosen(turn).double().mean().item()
    assert found == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / n) + 1e-12)
    assert torch.equal((turn.real != 7777).flatten(1).any(1), chosen(turn))  # whole images


def test_they_are_made_for_the_turn_and_are_none_of_its_fakes():
    before = turn_of("D", 200)
    fakes = before.fake.clone()
    with NoHostSync():
        turn = APA(p=0.5).recast(before)
    pseudo = turn.G.made[-1]
    assert torch.equal(turn.real[chosen(turn)][:, 0, 0, 0], pseudo[chosen(turn), 0])
    assert not set(turn.real.flatten().tolist()) & set(fakes.flatten().tolist())
    assert torch.equal(turn.fake, fakes)  # what is called fake stays as it was
    assert turn.z is before.z


def test_each_carries_the_label_of_the_image_that_it_stands_for():
    y, y_fake = torch.arange(60) % 5, torch.full((60,), 9)
    turn = APA(p=0.5).recast(turn_of("D", 60, y=y, y_fake=y_fake))
    assert torch.equal(turn.y, y)
    passed = chosen(turn)
    assert 10 < passed.sum() < 50
    labels = ((turn.real[:, 0, 0, 0] - turn.G.made[-1][:, 0]) / 100).round().long()
    assert torch.equal(labels[passed], y[passed])
    assert torch.equal(turn.y_fake, y_fake)


def test_the_verdict_is_on_what_passes_for_real():
    turn = turn_of("D")
    before = turn.on_real["logits"].clone()
    after = APA(p=1.0).recast(turn)
    assert torch.equal(after.on_real["logits"], after.D(after.real)["logits"])
    assert not torch.isclose(after.on_real["logits"], before).any()


def test_the_generators_turn_is_left_alone():
    turn = turn_of("G")
    assert APA(p=1.0).recast(turn) is turn


def test_no_gradient_reaches_the_generator():
    for live in (False, True):
        turn = APA(p=1.0).recast(turn_of("D", live=live))
        assert not turn.real.requires_grad
        turn.on_real["logits"].sum().backward()
        assert turn.G.one.grad is None
        assert turn.D.v.grad is not None


def test_where_slopes_are_asked_for_they_are_those_at_what_passes_for_real():
    turn = APA(p=0.5).recast(turn_of("D", second_order=True))
    assert turn.real.requires_grad
    assert turn.real.is_leaf
    penalty = R1().d_penalty(turn)  # D is v times the mean of four pixels: the slope is v / 4 at each
    assert penalty.item() == pytest.approx(0.5 * 4 * (2 / 4) ** 2)


def test_draws_are_the_turns_own():
    state = torch.get_rng_state()
    first, again = (APA(p=0.5).recast(turn_of("D", 50)).real for _ in range(2))
    assert torch.equal(first, again)
    assert torch.equal(state, torch.get_rng_state())


# -- p ---------------------------------------------------------------------------------------------------------


def test_p_moves_with_the_sign_of_the_verdicts_in_the_discriminators_turns():
    apa = APA(p=0.5, interval=2, kimg=0.1)  # 2 turns of 2 images, of 100: 0.04
    seen = []
    for player, logits in [("D", [1, 2]), ("G", [1, 2]), ("D", [3, 4]), ("D", [-1, 2]), ("D", [1, 2]), ("D", [9, 9])]:
        turn = dealt(player, ScalarG(), ScalarD(), torch.zeros(2, 1, 4, 4))
        with NoHostSync():
            apa.after_step(turn.replace(on_real={"logits": torch.tensor(logits, dtype=torch.float32)}))
        seen.append(apa.adaptive.p.item())
    assert seen == pytest.approx([0.5, 0.5, 0.54, 0.54, 0.5, 0.5], abs=1e-7)


@pytest.mark.parametrize("schedule", [{}, {"order": "simultaneous"}, {"d_steps": 2, "share_fakes": True}], ids=str)
def test_a_game_with_labels_goes_on_from_a_checkpoint_as_if_nothing_had_been(tmp_path, schedule):
    def fresh():
        return conv_trainer(schedule, [APA(p=0.4, target=-1.0, interval=3, kimg=0.1), R1()], classes=3)

    straight = fresh()
    for _ in range(4):
        straight.step()
    assert straight.parts.regularizers[0].adaptive.p.item() > 0.5
    first = fresh()
    for _ in range(2):
        first.step()
    checkpoint.save(tmp_path, first.steps, *first.state())
    second = fresh()
    second.load_state(*checkpoint.newest(tmp_path))
    for _ in range(2):
        second.step()
    wanted, found = straight.state()[0], second.state()[0]
    assert wanted.keys() == found.keys()
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)


@pytest.mark.parametrize("params", [{"p": 1.5}, {"p": -1}, {"interval": 0}, {"kimg": 0}, {"target": 3}], ids=str)
def test_what_cannot_be_is_refused(params):
    (name,) = params
    with pytest.raises(RecipeError, match=f"{name} is"):
        APA(**params)
