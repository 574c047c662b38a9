"""The game against arithmetic done by hand."""

import copy

import pytest
import torch
from tiny_players import ConvG, conv_trainer, scalar_trainer
from torch import nn

from ganzoo.interfaces import Regularizer
from ganzoo.interfaces.order import Order
from ganzoo.layers import to_unit
from ganzoo.training.updates.ema import ExponentialMovingAverage


def parameters(module):
    return [p.detach().clone() for p in module.parameters()]


def equal(a, b):
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def batches(trainer):
    """The first real batch's mean and the trainer's latents, without moving its streams."""
    real = to_unit(trainer.feed.fields["x"][Order(len(trainer.feed.fields["x"]), 0).take(0, 4)]).mean()
    rng = torch.Generator()
    rng.set_state(trainer.rng["noise"].get_state())
    draw = lambda: torch.randn(4, 1, generator=rng).mean()  # noqa: E731
    return real, draw(), draw()


# D: v <- v - lr (w z - x); G looks at loss -(v w z)^2, so w <- w + lr 2 v^2 w z^2, with v the D it looks at
def test_alternating_step_by_hand():
    t = scalar_trainer(lr=0.1)
    x, z1, z2 = batches(t)
    t.step()
    v = 2.0 - 0.1 * (0.5 * z1 - x)
    w = 0.5 + 0.1 * 2 * v**2 * 0.5 * z2**2
    assert t.parts.D.v.item() == pytest.approx(v.item(), rel=1e-5)
    assert t.parts.G.w.item() == pytest.approx(w.item(), rel=1e-5)


def test_shared_fakes_by_hand():
    t = scalar_trainer({"share_fakes": True}, lr=0.1)
    x, z1, _ = batches(t)
    t.step()
    v = 2.0 - 0.1 * (0.5 * z1 - x)
    w = 0.5 + 0.1 * 2 * v**2 * 0.5 * z1**2  # the moved D, but the fakes of D's turn
    assert t.parts.D.v.item() == pytest.approx(v.item(), rel=1e-5)
    assert t.parts.G.w.item() == pytest.approx(w.item(), rel=1e-5)


def test_simultaneous_step_by_hand():
    t = scalar_trainer({"order": "simultaneous"}, lr=0.1)
    x, z1, _ = batches(t)
    t.step()
    v = 2.0 - 0.1 * (0.5 * z1 - x)
    w = 0.5 + 0.1 * 2 * 2.0**2 * 0.5 * z1**2  # D as it was
    assert t.parts.D.v.item() == pytest.approx(v.item(), rel=1e-5)
    assert t.parts.G.w.item() == pytest.approx(w.item(), rel=1e-5)


@pytest.mark.parametrize(
    ("schedule", "generated", "judged"),
    [({}, 2, 3), ({"share_fakes": True}, 1, 3), ({"order": "simultaneous"}, 1, 2), ({"d_steps": 3}, 4, 7)],
)
def test_forward_passes_of_a_step(schedule, generated, judged):
    t = scalar_trainer(schedule)
    t.step()
    assert (t.parts.G.calls, t.parts.D.calls) == (generated, judged)


def test_d_steps_and_images():
    t = scalar_trainer({"d_steps": 3})
    t.step()
    t.step()
    assert t.turns == {"D": 6, "G": 2}
    assert t.images_seen == 24
    assert t.steps == 2


@pytest.mark.parametrize("schedule", [{}, {"share_fakes": True}])
def test_a_turn_moves_only_its_player(schedule):
    t = conv_trainer(schedule)
    keeps = bool(schedule)
    for player, other in (("D", t.parts.G), ("G", t.parts.D)):
        mine = t.parts.D if player == "D" else t.parts.G
        before, still = parameters(mine), parameters(other)
        t.take_turn(player, keeps_graph=keeps and player == "D")
        assert equal(still, parameters(other))
        assert not equal(before, parameters(mine))


@pytest.mark.parametrize("schedule", [{}, {"order": "simultaneous"}, {"share_fakes": True}])
def test_what_a_part_froze_stays_frozen(schedule):
    def frozen(parts):
        parts.D.head.requires_grad_(False)
        parts.G.net[0].requires_grad_(False)
        return parts

    t = conv_trainer(schedule, prepare=frozen)
    still, moving = (parameters(m) for m in (t.parts.D.head, t.parts.D.net)), parameters(t.parts.G.net[5])
    head, body = still
    first = parameters(t.parts.G.net[0])
    for _ in range(2):
        t.step()
    assert equal(head, parameters(t.parts.D.head)) and equal(first, parameters(t.parts.G.net[0]))
    assert not equal(body, parameters(t.parts.D.net)) and not equal(moving, parameters(t.parts.G.net[5]))


def test_no_gradient_is_left_over_for_the_other_player():
    class Leaky(Regularizer):
        def d_penalty(self, turn):
            return turn.G(turn.z, None).square().mean()  # with a graph to G, in D's turn

    alone, beside = scalar_trainer(), scalar_trainer(regularizers=[Leaky(weight=100.0)])
    for t in (alone, beside):
        t.parts.D.requires_grad_(True)
        t.parts.G.requires_grad_(True)
        turn = t._turn("D")
        t._total(turn).backward()
        t._move(turn)
        t.take_turn("G")
    assert torch.equal(alone.parts.G.w, beside.parts.G.w)


def test_simultaneous_equals_a_plain_loop():
    sgd = {"name": "sgd", "lr": 0.05}  # Adam would make steps of the rounding of a bias that has no gradient
    t = conv_trainer({"order": "simultaneous"}, g_optimizer=sgd, d_optimizer=sgd)
    G, D = copy.deepcopy(t.parts.G), copy.deepcopy(t.parts.D)
    g_sgd, d_sgd = (torch.optim.SGD(m.parameters(), lr=0.05) for m in (G, D))
    noise, layers = t.rng["noise"].get_state(), torch.get_rng_state()
    for _ in range(3):
        t.step()
    rng = torch.Generator()
    rng.set_state(noise)
    torch.set_rng_state(layers)
    for i in range(3):
        real = to_unit(t.feed.fields["x"][Order(40, 0).take(4 * i, 4)])
        fake = G(torch.randn(4, 5, generator=rng))
        on = {"real": D(real)["logits"], "fake": D(fake)["logits"]}
        soft = nn.functional.softplus
        d_loss = soft(-on["real"]).mean() + soft(on["fake"]).mean()
        g_loss = soft(-on["fake"]).mean()
        d_grad = torch.autograd.grad(d_loss, list(D.parameters()), retain_graph=True)
        g_grad = torch.autograd.grad(g_loss, list(G.parameters()))
        for module, grads, optimizer in ((D, d_grad, d_sgd), (G, g_grad, g_sgd)):
            for p, g in zip(module.parameters(), grads, strict=True):
                p.grad = g
            optimizer.step()
    for mine, theirs in ((t.parts.G, G), (t.parts.D, D)):
        for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
            assert torch.allclose(a, b, rtol=1e-5, atol=1e-7)


def test_a_lazy_penalty_is_as_strong_as_an_eager_one():
    class Pull(Regularizer):
        def d_penalty(self, turn):
            return turn.D.v * 1.0  # its gradient is 1 wherever D is

    moved = {}
    for every in (1, 4):
        with_it, without = scalar_trainer(regularizers=[Pull(weight=0.5, every=every)]), scalar_trainer()
        pulls = []
        for _ in range(8):
            before = with_it.parts.D.v.item(), without.parts.D.v.item()
            with_it.take_turn("D")
            without.take_turn("D")
            pulls.append((without.parts.D.v.item() - before[1]) - (with_it.parts.D.v.item() - before[0]))
        moved[every] = pulls
    assert moved[1] == pytest.approx([0.05] * 8, abs=1e-6)
    assert moved[4] == pytest.approx([0.2, 0, 0, 0] * 2, abs=1e-6)
    assert sum(moved[1]) == pytest.approx(sum(moved[4]), abs=1e-5)


def test_a_view_is_what_d_is_shown():
    class Darker(Regularizer):
        def view(self, x):
            return x - 1.0

    t = scalar_trainer(regularizers=[Darker(), Darker()])
    turn = t._turn("D")
    assert torch.allclose(turn.on_real["logits"], 2.0 * (turn.real.mean((1, 2, 3)) - 2.0))


def test_second_order_images_require_grad_only_in_ds_turn():
    class Second(Regularizer):
        second_order = True

        def d_penalty(self, turn):
            return None

    t = conv_trainer(regularizers=[Second()])
    d, g = t._turn("D"), t._turn("G")
    assert d.real.requires_grad and d.fake.requires_grad and d.fake.is_leaf
    assert not g.real.requires_grad
    plain = conv_trainer()._turn("D")
    assert not plain.real.requires_grad and not plain.fake.requires_grad


def test_what_a_turn_computes_it_computes_once():
    t = scalar_trainer()
    turn = t._turn("D")
    assert turn.on_fake is turn.on_fake and turn.on_real is turn.on_real and turn.fake is turn.fake
    assert (t.parts.G.calls, t.parts.D.calls) == (1, 2)


def test_data_order_is_the_same_for_every_batch_size():
    def shown(batch, d_steps):
        t = scalar_trainer({"batch": batch, "d_steps": d_steps})
        deals = []
        for turn in range(24 // batch):
            t.turns["D"] = turn
            deals.append(t._deal("D")[0])
        return torch.cat(deals)

    assert torch.equal(shown(4, 1), shown(8, 2))


def test_a_g_that_looks_at_real_images_moves_no_order_of_d():
    class Looks(Regularizer):
        def g_penalty(self, turn):
            return turn.real.mean() * 0

    class Sees(Regularizer):
        def __init__(self):
            super().__init__()
            self.seen = []

        def d_penalty(self, turn):
            self.seen.append(turn.real.detach().clone())

    seen = []
    for extra in ([], [Looks()]):
        watcher = Sees()
        t = conv_trainer(regularizers=[watcher, *extra], flips=True)
        for _ in range(4):
            t.step()
        seen.append(torch.cat(watcher.seen))
    assert torch.equal(*seen)


def test_labels_follow_the_data():
    t = conv_trainer(classes=4)
    t.feed.fields["y"][:] = 3
    turn = t._turn("G")
    assert turn.y.tolist() == [3] * 4 and turn.y_fake.tolist() == [3] * 4
    assert conv_trainer()._turn("G").y_fake is None


@pytest.mark.parametrize("schedule", [{}, {"d_steps": 2, "ema": 0.9}, {"order": "simultaneous"}, {"share_fakes": True}])
def test_a_seed_repeats(schedule):
    runs = []
    for seed in (0, 0, 1):
        t = conv_trainer(schedule, seed=seed)
        for _ in range(3):
            t.step()
        runs.append(parameters(t.parts.G))
    assert equal(runs[0], runs[1])
    assert not equal(runs[0], runs[2])


def test_average_in_closed_form():
    live = ConvG()
    part = torch.tensor(0.9)
    average = ExponentialMovingAverage(live, part)
    weight, start = live.net[0].weight, live.net[0].weight.detach().clone()
    with torch.no_grad():
        weight.copy_(start + 1)
        live.net[1].running_mean.fill_(2.0)
        live.net[1].num_batches_tracked.fill_(7)
    average.follow()
    assert torch.allclose(average.model.net[0].weight, start + 0.9)
    assert torch.allclose(average.model.net[1].running_mean, torch.tensor(1.8))
    assert average.model.net[1].num_batches_tracked.item() == 7
    part.fill_(0.1)
    average.follow()
    assert torch.allclose(average.model.net[0].weight, start + 0.9 + 0.1 * 0.1)


def test_no_average_evaluates_the_live_generator():
    t = conv_trainer({"ema": 0.0})
    t.step()
    assert t.average.model is t.parts.G
    assert t.average.module() is None
    assert t.parts.G.training


def test_generating_leaves_training_alone():
    a = conv_trainer()
    a.step()
    z = torch.randn(6, 5, generator=torch.Generator().manual_seed(3))
    images = a.generate(z, None)
    assert images.shape == (6, 1, 8, 8)
    assert torch.allclose(images[:2], a.generate(z[:2], None), atol=1e-6)  # batch norm in evaluation mode
    a.step()
    b = conv_trainer()
    for _ in range(2):
        b.step()
    assert equal(parameters(a.parts.G), parameters(b.parts.G))


def test_a_module_that_is_kept_in_evaluation_mode_stays_in_it():
    t = conv_trainer({"ema": 0.0}, prepare=lambda parts: (parts.G.net[1].eval(), parts)[1])
    t.step()
    t.generate(torch.zeros(2, 5), None)
    t.step()
    assert not t.parts.G.net[1].training and t.parts.G.net[6].training and t.parts.G.training


def test_flips_are_the_recipes_choice_or_the_benchs():
    from ganzoo.training import Trainer

    for chosen, given, expected in (
        (False, None, False),
        (True, None, True),
        (True, False, False),
        (False, True, True),
    ):
        t = conv_trainer(flips=chosen)
        assert Trainer(t.recipe, t.parts, t.feed.fields["x"], None, seed=0, flips=given).dealer.flips is expected
