"""LeCam regularisation: its running means, and what it makes of them."""

import pytest
import torch
from ganzoo_plugins.output_penalties.lecam import LeCam
from stand_in_turn import Constant, NoHostSync, dealt
from tiny_players import ScalarD, ScalarG, conv_trainer, scalar_trainer

from ganzoo.errors import RecipeError


def turn_of(real, fake):
    """D's turn with these verdicts."""
    turn = dealt("D", Constant(), ScalarD(), torch.zeros(len(real), 1, 2, 2))
    return turn.replace(on_real={"logits": torch.tensor(real)}, on_fake={"logits": torch.tensor(fake)})


def test_the_first_turn():
    """The means are those of the batch: real 2, fake -1."""
    term = LeCam()
    with NoHostSync():
        penalty = term.d_penalty(turn_of([1.0, 3.0], [0.0, -2.0]))
    assert term.real.item() == pytest.approx(2)
    assert term.fake.item() == pytest.approx(-1)
    # mean of (1 + 1)^2, (3 + 1)^2 and mean of (0 - 2)^2, (-2 - 2)^2
    assert penalty.item() == pytest.approx(10 + 10)
    assert penalty.shape == ()


def test_the_second_turn():
    """Weights 0.99 and 1 of the two batches, over 1.99."""
    term = LeCam(decay=0.99)
    term.d_penalty(turn_of([1.0, 3.0], [0.0, -2.0]))
    penalty = term.d_penalty(turn_of([5.0, 7.0], [1.0, 1.0]))
    real, fake = (0.99 * 2 + 6) / 1.99, (0.99 * -1 + 1) / 1.99
    assert term.real.item() == pytest.approx(real, rel=1e-5)
    assert term.fake.item() == pytest.approx(fake, abs=1e-5)
    expected = ((5 - fake) ** 2 + (7 - fake) ** 2) / 2 + (1 - real) ** 2
    assert penalty.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.9, 0.99])
def test_the_means_step_by_step(decay):
    """After t batches, the sum of decay^(t - i) x_i over the sum of the weights: no start weighs on it."""
    term = LeCam(decay=decay)
    verdicts = torch.randn(2, 30, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + 3
    for t in range(30):
        term.d_penalty(turn_of(verdicts[0, t].tolist(), verdicts[1, t].tolist()))
        weights = torch.tensor([decay ** (t - i) for i in range(t + 1)], dtype=torch.float64)
        expected = (verdicts[:, : t + 1].mean(2) * weights).sum(1) / weights.sum()
        assert torch.tensor([term.real, term.fake]).tolist() == pytest.approx(expected.tolist(), rel=1e-4)
    assert term.turns.item() == 30


def test_a_constant_verdict_is_its_own_mean_from_the_start():
    term = LeCam()
    for _ in range(5):
        penalty = term.d_penalty(turn_of([2.0, 2.0], [-3.0, -3.0]))
        assert penalty.item() == pytest.approx(2 * 5**2, rel=1e-5)


def test_the_means_are_constants_for_the_gradient():
    """With D = v x the gradient w.r.t. v holds what is squared, not the means; a later turn changes it no more."""
    real, fake = torch.full((3, 1, 4, 4), 0.5), torch.full((3, 1, 4, 4), -0.25)
    term, D = LeCam(), ScalarD(v=2.0)
    penalties = [term.d_penalty(dealt("D", ScalarG(), D, real, fake=fake)) for _ in range(2)]
    penalties[0].backward()
    # verdicts 1 and -1/2, apart by 3/2: 2 * 3/2 * 0.5 + 2 * (-3/2) * (-0.25)
    assert D.v.grad.item() == pytest.approx(2 * 1.5 * 0.5 + 2 * -1.5 * -0.25)


def test_only_ds_turn_has_a_penalty_and_labels_come_along():
    term = LeCam()
    assert term.g_penalty(turn_of([1.0], [0.0])) is None
    for order in ("alternating", "simultaneous"):
        trainer = conv_trainer({"order": order}, [LeCam()], classes=3)
        for _ in range(2):
            assert all(torch.isfinite(loss) for loss in trainer.step().values())
        assert trainer.parts.regularizers[0].turns == 2


def test_lazily_the_means_move_in_the_turns_where_it_counts():
    trainer = scalar_trainer({}, [LeCam(every=3)])
    (term,) = trainer.parts.regularizers
    seen = []
    for _ in range(7):
        trainer.step()
        seen.append(term.turns.item())
    assert seen == [1, 1, 1, 2, 2, 2, 3]


@pytest.mark.parametrize("order", ["alternating", "simultaneous"])
def test_across_a_checkpoint(order):
    def trainer():
        return scalar_trainer({"order": order}, [LeCam(weight=0.1)], lr=0.01)

    whole = trainer()
    for _ in range(3):
        whole.step()
    halved = trainer()
    halved.load_state(*whole.state())
    for _ in range(3):
        assert halved.step() == whole.step()
    a, b = (t.parts.regularizers[0].state_dict() for t in (whole, halved))
    assert a.keys() == {"real", "fake", "turns"}
    assert all(torch.equal(a[key], b[key]) for key in a)
    assert a["turns"] == 6


@pytest.mark.parametrize("decay", [1.0, -0.1, float("nan")])
def test_the_decay_has_its_range(decay):
    with pytest.raises(RecipeError, match="at least 0 and below 1"):
        LeCam(decay=decay)
