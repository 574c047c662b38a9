"""Low precision, and which turns play in it or compiled."""

import pytest
import torch
from tiny_players import conv_trainer

from ganzoo.backend.precision import products_in, resolve_precision
from ganzoo.errors import GanzooError, SetupError
from ganzoo.interfaces import Regularizer
from ganzoo.training.trainer import Trainer


def trainer(precision="fp32", *, compiled=False, schedule=None, regularizers=(), **changes):
    made = conv_trainer(schedule or {"batch": 4}, regularizers, **changes)
    return Trainer(
        made.recipe,
        made.parts,
        made.feed.fields,
        modality=made.modality,
        seed=0,
        precision=precision,
        compiled=compiled,
    )


class Slope(Regularizer):
    """A penalty on the slope of the verdict on real images, of D alone."""

    second_order = True

    def d_penalty(self, turn):
        (slope,) = torch.autograd.grad(turn.on_real["logits"].sum(), turn.real, create_graph=True)
        return slope.square().sum()


class SlopeOfG(Slope):
    """The same in G's turn, as path length has it."""

    d_penalty = Regularizer.d_penalty

    def g_penalty(self, turn):
        z = turn.z.detach().requires_grad_()
        (slope,) = torch.autograd.grad(turn.G(z, turn.y_fake).sum(), z, create_graph=True)
        return slope.square().mean()


def test_what_a_precision_means():
    assert resolve_precision("auto", "cpu") == "fp32"
    assert resolve_precision("auto", "cuda:1") == "tf32"
    assert [resolve_precision(name, "cpu") for name in ("fp32", "bf16", "fp16")] == ["fp32", "bf16", "fp16"]
    with pytest.raises(SetupError, match=r"tf32 is a mode of CUDA GPUs, and this run is on cpu; use fp32 or bf16"):
        resolve_precision("tf32", "cpu")
    with pytest.raises(GanzooError, match=r"no precision 'half'; there are: auto, fp32, tf32, bf16, fp16"):
        resolve_precision("half", "cpu")


def test_products_are_rounded_only_inside():
    """By the setting that every version of torch has; test_tf32 asks for the newer ones."""
    place = torch.backends.cuda.matmul
    before = place.allow_tf32
    with products_in("tf32"):
        assert place.allow_tf32
        with products_in("bf16"):
            assert not place.allow_tf32
        assert place.allow_tf32
    assert place.allow_tf32 == before


@pytest.mark.parametrize(("precision", "dtype"), [("bf16", torch.bfloat16), ("fp16", torch.float16)])
def test_networks_compute_low_and_give_float32(precision, dtype):
    t = trainer(precision)
    seen = []
    for network in (t.parts.G, t.parts.D):
        layer = next(m for m in network.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.ConvTranspose2d))
        layer.register_forward_hook(lambda module, given, value: seen.append(value.dtype))
    t.step()
    assert set(seen) == {dtype}
    turn = t._turn("D")
    assert turn.fake.dtype == turn.on_fake["logits"].dtype == torch.float32
    assert all(w.dtype == torch.float32 for moves in t.moves.values() for w in moves)
    seen.clear()
    t.generate(torch.zeros(2, t.parts.G.z_dim), None)
    assert set(seen) == {torch.float32}  # what is evaluated is never rounded


# Near: 8 and 16 times half the gap of floats at 1.
@pytest.mark.parametrize(("precision", "near"), [("bf16", 2**-5), ("fp16", 2**-7)])
def test_a_low_step_is_near_the_full_one(precision, near):
    full = trainer()
    before = [w.detach().clone() for w in full.moves["D"]]
    a = full.step()
    low = trainer(precision)  # which starts torch's own random stream anew
    for scaler in low.descent.scalers.values():
        scaler._init_scale = 2.0**10  # with 2**16 a gradient of 1 overflows, and the step is left out
    b = low.step()
    for key in a:
        assert b[key].item() == pytest.approx(a[key].item(), rel=near)
        assert b[key].item() != a[key].item()
    moved = torch.cat([(w - v).flatten() for w, v in zip(full.moves["D"], before, strict=True)])
    others = torch.cat([(w - v).flatten() for w, v in zip(low.moves["D"], before, strict=True)])
    assert torch.nn.functional.cosine_similarity(moved, others, dim=0) > 0.9


@pytest.mark.parametrize("how", [{"precision": "bf16"}, {"compiled": True}], ids=str)
def test_turns_with_second_derivatives_are_played_plainly(monkeypatch, how):
    monkeypatch.setattr(torch, "compile", lambda run, options: lambda self, *given: run(self, *given))
    t = trainer(**how, regularizers=[Slope(every=2)])
    played = []
    play = t.networks.play
    t.networks.play = lambda plainly: played.append(plainly) or play(plainly=plainly)
    for _ in range(3):
        t.step()
    assert played == [True, False, False, False, True, False]  # D, G; only D's turns are due, each second one


def test_a_term_of_g_alone_leaves_ds_turns_fast():
    t = trainer("bf16", regularizers=[SlopeOfG()])
    assert [t.due.plainly(player, 0) for player in ("D", "G")] == [False, True]
    assert not t._turn("D").real.requires_grad
    t.step()


def test_a_due_turn_is_the_one_in_full_precision_bit_for_bit():
    moved = []
    for precision in ("fp32", "bf16"):
        t = trainer(precision, regularizers=[Slope()])
        t.take_turn("D")
        moved.append(t.moves["D"])
    assert all(torch.equal(a, b) for a, b in zip(*moved, strict=True))


@pytest.mark.parametrize("way", [{"share_fakes": True}, {"order": "simultaneous"}], ids=str)
def test_low_precision_in_every_order(way):
    t = trainer("bf16", schedule={"batch": 4, **way})
    for _ in range(3):
        assert all(value.isfinite() for value in t.step().values())


def test_a_loss_too_large_for_fp16_is_scaled_down_and_the_scale_is_kept():
    t = trainer("fp16")
    before = [w.detach().clone() for w in t.moves["D"]]
    t.descent.scalers["D"]._init_scale = 2.0**60
    t.step()
    assert all(torch.equal(v, w) for v, w in zip(before, t.moves["D"], strict=True))  # the step was left out
    assert t.descent.scalers["D"].get_scale() == 2.0**59
    kept = t.state()
    other = trainer("fp16")
    other.load_state(*kept)
    assert other.descent.scalers["D"].get_scale() == 2.0**59 and other.descent.scalers["G"].get_scale() == 2.0**16


def test_a_copy_of_a_player_runs_its_own_weights():
    import copy

    t = trainer("bf16")
    t.networks.play(plainly=False)
    twin = copy.deepcopy(t.parts.D)
    x = torch.rand(2, 1, 8, 8)
    with torch.no_grad():
        for weight in twin.parameters():
            weight.zero_()
    assert not torch.equal(t.parts.D(x)["logits"], twin(x)["logits"])
