"""Historical averaging: the means of past weights, and the pull towards them."""

import pytest
import torch
from ganzoo_plugins.weight_constraints.historical_averaging import HistoricalAveraging
from ganzoo_plugins.weight_constraints.spectral_norm import SpectralNorm
from stand_in_turn import NoHostSync, dealt
from tiny_players import ScalarD, ScalarG, conv_trainer, scalar_trainer


def fitted(trainer):
    """The trainer, with its regularizers fitted to the players, as the build does."""
    for term in trainer.parts.regularizers:
        term.prepare(trainer.parts.G, trainer.parts.D)
    return trainer


def fit(parts):
    for term in parts.regularizers:
        term.prepare(parts.G, parts.D)
    return parts


def turn_of(player, parts):
    return dealt(player, parts.G, parts.D, torch.zeros(1, 1, 4, 4))


@pytest.mark.parametrize(("order", "d_steps"), [("alternating", 2), ("simultaneous", 1)])
def test_the_means_step_by_step(order, d_steps):
    trainer = fitted(scalar_trainer({"order": order, "d_steps": d_steps}, [HistoricalAveraging(weight=0.05)]))
    (term,), G, D = trainer.parts.regularizers, trainer.parts.G, trainer.parts.D
    past = {"D": [D.v.item()], "G": [G.w.item()]}
    take = trainer._move

    def watch(turn):
        take(turn)
        past[turn.player].append((D.v if turn.player == "D" else G.w).item())

    trainer._move = watch
    for _ in range(4):
        trainer.step()
    assert len(past["D"]) == 1 + 4 * d_steps
    assert len(past["G"]) == 5
    assert len(set(past["D"])) > 3
    assert term.D0.item() == pytest.approx(sum(past["D"]) / len(past["D"]), rel=1e-5)
    assert term.G0.item() == pytest.approx(sum(past["G"]) / len(past["G"]), rel=1e-5)
    assert (term.D_values.item(), term.G_values.item()) == (1 + 4 * d_steps, 5)


def test_the_penalty_is_the_squared_distance_in_each_players_own_turn():
    G, D, term = ScalarG(w=0.5), ScalarD(v=2.0), HistoricalAveraging()
    term.prepare(G, D)
    parts = type("Parts", (), {"G": G, "D": D})
    assert term.d_penalty(turn_of("D", parts)).item() == 0
    with torch.no_grad():
        D.v.fill_(5.0)
        G.w.fill_(-1.5)
    with NoHostSync():
        d, g = term.d_penalty(turn_of("D", parts)), term.g_penalty(turn_of("G", parts))
    assert d.item() == pytest.approx(9)
    assert g.item() == pytest.approx(4)
    (d + g).backward()
    assert D.v.grad.item() == pytest.approx(2 * 3)
    assert G.w.grad.item() == pytest.approx(2 * -2)
    with NoHostSync():
        term.after_step(turn_of("D", parts))
    assert term.D0.item() == pytest.approx((2 + 5) / 2)
    assert term.G0.item() == 0.5  # it was not G's turn
    assert term.d_penalty(turn_of("D", parts)).item() == pytest.approx(1.5**2)


def test_all_parameters_count_and_none_is_its_own():
    trainer = conv_trainer(regularizers=[HistoricalAveraging()], prepare=fit)
    (term,), D = trainer.parts.regularizers, trainer.parts.D
    assert list(term.parameters()) == []
    with torch.no_grad():
        for p in D.parameters():
            p += 0.5
    expected = sum(p.numel() for p in D.parameters()) / 4
    assert term.d_penalty(turn_of("D", trainer.parts)).item() == pytest.approx(expected, rel=1e-5)


def test_what_is_frozen_is_left_out():
    G, D, term = ScalarG(), ScalarD(), HistoricalAveraging()
    D.frozen = torch.nn.Linear(3, 3).requires_grad_(False)
    term.prepare(G, D)
    assert [name for name, _ in term.named_buffers()] == ["D0", "D_values", "G0", "G_values"]


@pytest.mark.parametrize("first", [True, False])
def test_beside_spectral_normalisation(first):
    """Whichever is prepared first: each mean stays with its own weight."""
    terms = [HistoricalAveraging(), SpectralNorm()]
    trainer = conv_trainer(regularizers=terms if first else terms[::-1], prepare=fit)
    for _ in range(3):
        trainer.step()
    D = trainer.parts.D
    values = [p.detach().clone() for p in D.parameters()]
    assert terms[0].d_penalty(turn_of("D", trainer.parts)).item() > 0
    for parameter, mean in terms[0]._pairs("D"):
        assert parameter.shape == mean.shape
        assert any(parameter is p for p in D.parameters())
        assert (parameter - mean).abs().max().item() < 0.02  # three steps of Adam at 1e-3
    assert len(values) == len(terms[0]._pairs("D"))


def test_it_holds_the_players_back():
    """The stronger, the nearer to where they began."""
    apart = []
    for weight in (0.0, 1.0, 4.0):
        trainer = fitted(scalar_trainer({}, [HistoricalAveraging(weight=weight)], lr=0.05))
        for _ in range(20):
            trainer.step()
        apart.append(abs(trainer.parts.D.v.item() - 2))
    assert apart[0] > apart[1] > apart[2] > 0


@pytest.mark.parametrize("order", ["alternating", "simultaneous"])
@pytest.mark.parametrize("classes", [0, 3])
def test_across_a_checkpoint(order, classes):
    def trainer():
        return conv_trainer({"order": order}, [HistoricalAveraging(weight=0.1)], classes=classes, prepare=fit)

    whole = trainer()
    for _ in range(3):
        whole.step()
    tensors, values = whole.state()
    tensors = {key: tensor.clone() for key, tensor in tensors.items()}
    expected = [whole.step() for _ in range(3)]
    halved = trainer()
    halved.load_state(tensors, values)
    assert [halved.step() for _ in range(3)] == expected
    a, b = (t.parts.regularizers[0].state_dict() for t in (whole, halved))
    assert all(torch.equal(a[key], b[key]) for key in a)
    assert a["D_values"] == a["G_values"] == 7


def test_lazily_the_means_move_in_every_turn():
    trainer = fitted(scalar_trainer({}, [HistoricalAveraging(every=4)]))
    for _ in range(3):
        trainer.step()
    assert trainer.parts.regularizers[0].D_values.item() == 4
