import math

import pytest
import torch
from ganzoo_plugins.generator_regularizers.top_k import TopK
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values
from stand_in_turn import dealt
from tiny_players import ScalarD, ScalarG, conv_trainer

from ganzoo.errors import RecipeError


def turn_of(n=8, player="G", seed=0, y_fake=None):
    z = torch.randn(n, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    rng = torch.Generator().manual_seed(seed)
    G, D = ScalarG().double(), ScalarD().double()
    return dealt(player, G, D, torch.zeros(n, 1, 4, 4, dtype=torch.float64), z=z, rng=rng, y_fake=y_fake)


def at(share, batch=8):
    """A term whose k stays at this share of the batch from the start."""
    term = TopK(nu=share, gamma=0.0, per=1)
    term.turns += 1
    assert term.k(batch).item() == max(1, math.floor(share * batch + 1e-6))
    return term


def test_k_falls_turn_by_turn():
    term, turn, ks = TopK(nu=0.5, gamma=0.9, per=2), turn_of(10), []
    for _ in range(18):
        ks.append(term.k(10).item())
        term.recast(turn)
        term.recast(turn_of(10, "D"))  # which does not count
    assert ks == [10, 10, 9, 9, 8, 8, 7, 7, 6, 6, 5, 5, 5, 5, 5, 5, 5, 5]  # 10, 9, 8.1, 7.29, 6.561, 5.9049, 5.31, ...
    assert term.turns.item() == 18


@pytest.mark.parametrize(("batch", "nu", "gamma"), [(64, 0.5, 0.99), (64, 0.75, 0.5), (7, 0.1, 0.5), (3, 0.0, 0.1)])
def test_k_in_closed_form(batch, nu, gamma):
    term = TopK(nu=nu, gamma=gamma, per=1)
    for n in range(100):
        wanted = max(1, math.floor(max(batch * gamma**n, nu * batch)))
        assert term.k(batch).item() == wanted
        term.turns += 1


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 7, 8])
def test_the_best_are_those_that_sorting_finds(k):
    turn = turn_of()
    logits = turn.on_fake["logits"]
    best = sorted(logits.tolist(), reverse=True)[:k]
    chosen = at(k / 8).recast(turn).on_fake["logits"]
    assert chosen.shape == (8,)
    assert sorted(set(chosen.tolist()), reverse=True) == best
    counts = [chosen.tolist().count(value) for value in best]
    assert set(counts) <= {8 // k, -(-8 // k)}
    if 8 % k == 0:
        assert chosen.mean().item() == pytest.approx(sum(best) / k, rel=1e-12)


def test_where_k_does_not_divide_the_batch_the_mean_is_right_in_expectation():
    turn, draws, k = turn_of(), 4000, 5
    best = turn.on_fake["logits"].sort(descending=True).values[:k]
    term = at(k / 8)
    counts = torch.zeros(k)
    for _ in range(draws):
        chosen = term.recast(turn).on_fake["logits"]
        counts += (chosen[None] == best[:, None]).sum(1)
    # each is there once, and once more with the probability 3 / 5
    assert (counts / draws).tolist() == pytest.approx([8 / 5] * k, abs=4.5 * (0.24 / draws) ** 0.5)


def test_only_the_best_move_the_generator():
    turn = turn_of()
    verdict = at(0.5).recast(turn).on_fake["logits"].mean()
    (slope,) = torch.autograd.grad(verdict, turn.on_fake["logits"], retain_graph=True)
    order = turn.on_fake["logits"].argsort(descending=True)
    assert slope[order].tolist() == pytest.approx([0.25] * 4 + [0.0] * 4)
    (slope,) = torch.autograd.grad(verdict, turn.G.w)
    assert slope.item() == pytest.approx(2.0 * turn.z[order[:4]].mean().item(), rel=1e-12)  # logits are v w z


def test_everything_of_a_fake_goes_with_it():
    turn = turn_of(y_fake=torch.arange(8))
    best = at(0.5).recast(turn)
    assert torch.equal(best.z, turn.z[best.y_fake])
    assert torch.equal(best.fake, best.G(best.z))
    assert torch.equal(best.on_fake["logits"], best.judge(best.fake, None)["logits"])
    assert best.real is turn.real


def test_the_discriminators_turn_is_left_alone():
    turn, term = turn_of(player="D"), at(0.5)
    assert term.recast(turn) is turn
    assert term.turns.item() == 1


def test_with_all_of_the_batch_nothing_is_lost():
    turn = turn_of()
    chosen = TopK().recast(turn)
    assert torch.equal(chosen.on_fake["logits"].sort().values, turn.on_fake["logits"].sort().values)


@pytest.mark.parametrize("schedule", [{}, {"share_fakes": True}, {"order": "simultaneous"}], ids=str)
@pytest.mark.parametrize("classes", [0, 3])
def test_survives_a_checkpoint_and_looks_at_no_value(tmp_path, schedule, classes):
    def fresh():
        return conv_trainer(schedule, [TopK(gamma=0.7, per=1)], classes=classes)

    went_on = goes_on_bit_for_bit(tmp_path, fresh)
    assert went_on.parts.regularizers[0].turns.item() == 4
    plays_without_a_look_at_values(fresh())


@pytest.mark.parametrize("values", [{"nu": 1.1}, {"nu": -0.1}, {"gamma": 2}, {"per": 0}], ids=str)
def test_values_that_are_refused(values):
    with pytest.raises(RecipeError, match=f"{next(iter(values))} is "):
        TopK(**values)


def test_fakes_are_ranked_by_the_mean_of_what_is_said_of_them():
    """Two places: of the first alone the order would be the other way round."""
    turn = turn_of(4)
    places = torch.tensor([[4.0, -9.0], [3.0, -5.0], [2.0, 0.0], [1.0, 2.0]])
    best = at(0.5, 4).recast(turn.replace(on_fake={"logits": places}))
    assert sorted(best.on_fake["logits"].tolist()) == [[1.0, 2.0], [1.0, 2.0], [2.0, 0.0], [2.0, 0.0]]
