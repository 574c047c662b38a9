"""The gradient of DP-SGD: row by row against a loop of backward passes, and what it refuses."""

import math

import pytest
import torch
from ganzoo_plugins.images.images import ImageModality
from ganzoo_plugins.private.apart import require_rows_apart, require_rows_once
from ganzoo_plugins.private.dp_sgd import DPSGD
from ganzoo_plugins.private.lots import OVERFLOW, Lot, most_of
from ganzoo_plugins.private.row_gradients import clipped_sum
from ganzoo_plugins.unpaired.domains import Domains
from replayed import agree
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values
from scipy.stats import binom
from tiny_players import ScalarG, SoftLoss, recipe
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Regularizer
from ganzoo.recipes.building.build import Parts, build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer

B = 8


class DenseD(Discriminator):
    """A small network that judges each row by itself."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(16, 6), nn.Tanh(), nn.Linear(6, 1))
        self.unused = nn.Parameter(torch.zeros(2))

    def forward(self, x, y=None):
        return {"logits": self.net(x).squeeze(1) + 0 * self.unused.sum()}


def trainer(*terms, schedule=None, loss=None, D=None, lr=0.1, **changes):
    images = torch.randint(0, 256, (40, 1, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        parts = Parts(ScalarG(), DenseD() if D is None else D, SoftLoss() if loss is None else loss, list(terms))
    sgd = {"name": "sgd", "lr": lr}
    return Trainer(recipe({"batch": B} | (schedule or {}), sgd, sgd, **changes), parts, images, None, seed=0)


def gradient_of(t):
    """D's gradient in its first turn."""
    turn, loss = t.take_turn("D")
    return turn, {name: w.grad.clone() for name, w in t.parts.D.named_parameters()}, loss


def by_loop(t, clip):
    """The mean of clipped gradients, by a backward pass for each pair of the first batch; fp64 sums of the norms."""
    D, turn = t.parts.D, None
    turn = t._turn("D")
    total = {name: torch.zeros_like(w) for name, w in D.named_parameters()}
    for real, fake in zip(turn.real, turn.fake, strict=True):
        D.zero_grad()
        soft = nn.functional.softplus
        (soft(-D(real[None])["logits"]) + soft(D(fake[None])["logits"])).sum().backward()
        norm = math.sqrt(sum(float(w.grad.double().square().sum()) for w in D.parameters()))
        for name, w in D.named_parameters():
            total[name] += w.grad * min(1, clip / norm)
    D.zero_grad()
    return {name: value / B for name, value in total.items()}


def alike(found, wanted, rel=1e-6):
    size = max(float(g.abs().max()) for g in wanted.values())
    return all(torch.allclose(found[name], wanted[name], rtol=0, atol=rel * size) for name in wanted)


@pytest.mark.parametrize("schedule", [{}, {"order": "simultaneous"}, {"joint": True}, {"share_fakes": True}], ids=str)
def test_without_clip_and_noise_it_is_the_plain_gradient(schedule):
    _, plain, loss = gradient_of(trainer(schedule=schedule))
    for by in ("batch", "row"):
        _, found, mean = gradient_of(trainer(DPSGD(math.inf, 0, by=by), schedule=schedule))
        assert alike(found, plain)
        assert mean.item() == pytest.approx(loss.item(), rel=1e-5)


@pytest.mark.parametrize("clip", [0.05, 0.5, 100.0])
@pytest.mark.parametrize(("by", "at_once"), [("batch", 256), ("batch", 3), ("row", 3)])
def test_it_is_the_mean_of_clipped_backward_passes(clip, by, at_once):
    wanted = by_loop(trainer(), clip)
    _, found, _ = gradient_of(trainer(DPSGD(clip, 0, by=by, at_once=at_once)))
    assert alike(found, wanted)
    norm = torch.cat([g.flatten() for g in found.values()]).norm()
    assert norm <= clip * 1.000001


def test_a_row_moves_the_sum_by_the_clip_at_most():
    """However large its gradient is: one row of the batch is worth a thousand others."""

    class Loud(DenseD):
        def forward(self, x, y=None):
            loudness = 1 + 1e4 * (x.flatten(1).sum(1) > self.threshold)
            return {"logits": super().forward(x)["logits"] * loudness}

    quiet, loud = Loud(), Loud()
    loud.load_state_dict(quiet.state_dict())
    quiet.threshold = math.inf
    first = trainer(DPSGD(0.1, 0), D=quiet)
    sums = first._turn("D").replace()._open.real.flatten(1).sum(1)
    loud.threshold = float(sums.sort().values[-2:].mean())
    (_, one, _), (_, other, _) = gradient_of(first), gradient_of(trainer(DPSGD(0.1, 0), D=loud))
    apart = torch.cat([(one[name] - other[name]).flatten() for name in one]).norm() * B
    assert 0 < apart <= 2 * 0.1 * 1.00001  # it went, and something else came


def test_a_gradient_that_is_no_number_counts_as_zero():
    class Broken(DenseD):
        def forward(self, x, y=None):
            return {"logits": super().forward(x)["logits"] * torch.where(x.flatten(1)[:, 0] > 0, 1.0, math.inf)}

    t = trainer(DPSGD(0.1, 0), D=Broken())
    _, found, _ = gradient_of(t)
    assert all(g.isfinite().all() for g in found.values()) and any(g.abs().max() > 0 for g in found.values())


def test_the_noise_is_as_strong_as_it_says():
    """Over 300 draws the deviation in each weight is noise C / B; the mean is the clipped one."""
    t = trainer(DPSGD(0.2, 3.0))
    turn, _, _ = gradient_of(t)
    wanted = torch.cat([s.flatten() for s in turn.found.sums.values()]) / B
    draws = []
    for _ in range(300):
        t.parts.D.zero_grad()
        t.parts.regularizers[0].before_step(turn, t.moves["D"])
        draws.append(torch.cat([w.grad.flatten() for w in t.parts.D.parameters()]))
    drawn = torch.stack(draws)
    std = 3.0 * 0.2 / B
    assert drawn.std(0).mean().item() == pytest.approx(std, rel=0.01)
    assert drawn.std(0).min() > 0.8 * std  # in weights that the loss does not reach, too
    assert ((drawn.mean(0) - wanted).abs() < 5 * std / math.sqrt(300)).all()


def test_a_lot_is_every_row_by_a_coin_and_counts_for_the_expected_size():
    """A row's clipped gradient comes with probability keep; the divisor is keep B, whatever was drawn."""
    turn = trainer()._turn("D")
    given = {"clip": math.inf, "lot": Lot(0.3), "at_once": 8, "by": "batch"}
    drawn = [clipped_sum(turn, turn.real, turn.fake, **given).sums for _ in range(60)]
    sums = torch.stack([torch.cat([s.flatten() for s in one.values()]) for one in drawn])
    _, plain, _ = gradient_of(trainer())
    wanted = torch.cat([g.flatten() for g in plain.values()]) * B * 0.3
    assert ((sums.mean(0) - wanted).abs() <= 5 * sums.std(0) / math.sqrt(60) + 1e-6).all()
    rng = torch.Generator().manual_seed(0)
    sizes = torch.stack([Lot(0.3).drawn(100, rng)[1].sum() for _ in range(1000)])
    assert sizes.mean().item() == pytest.approx(30, abs=0.5) and sizes.var().item() == pytest.approx(21, rel=0.15)
    _, found, _ = gradient_of(trainer(DPSGD(math.inf, 0, keep=0.999999)))
    assert alike(found, plain, rel=1e-5)


@pytest.mark.parametrize(("n", "keep"), [(8, 0.3), (1437, 0.05), (178, 0.5), (719, 0.1)])
def test_more_rows_than_are_looked_at_are_as_rare_as_it_says(n, keep):
    most = most_of(n, keep)
    assert binom.sf(most, n, keep) <= OVERFLOW * 1.001
    assert most == 1 or binom.sf(most - 1, n, keep) > OVERFLOW * 0.999


@pytest.mark.parametrize("schedule", [{}, {"order": "simultaneous"}], ids=str)
def test_it_survives_a_checkpoint_is_replayed_and_looks_at_no_value(tmp_path, schedule):
    def fresh():
        return trainer(DPSGD(1.0, 1.0, keep=0.5), schedule=schedule)

    goes_on_bit_for_bit(tmp_path, fresh)
    assert agree(fresh, steps=6)
    plays_without_a_look_at_values(fresh())


def test_what_other_terms_say_of_weights_and_fakes_is_added():
    class Decay(Regularizer):
        def d_penalty(self, turn):
            return turn.on_fake["logits"].mean() + sum(w.square().sum() for w in turn.D.parameters())

    _, alone, _ = gradient_of(trainer(DPSGD(0.1, 0)))
    _, both, _ = gradient_of(trainer(DPSGD(0.1, 0), Decay(0.5)))
    t = trainer()
    turn = t._turn("D")
    penalty = 0.5 * (turn.on_fake["logits"].mean() + sum(w.square().sum() for w in t.parts.D.parameters()))
    wanted = torch.autograd.grad(penalty, list(t.parts.D.parameters()), allow_unused=True)
    for (name, w), g in zip(t.parts.D.named_parameters(), wanted, strict=True):
        assert torch.allclose(both[name], alone[name] + g, atol=1e-6), (name, w)


class Reads(Regularizer):
    """Reads real samples at one of the moments."""

    def __init__(self, moment):
        super().__init__()
        self.moment = moment

    def recast(self, turn):
        if self.moment == f"recast {turn.player}":
            turn.real  # noqa: B018
        return turn

    def d_penalty(self, turn):
        return turn.on_real["logits"].mean() if self.moment == "d_penalty" else None

    def g_penalty(self, turn):
        return (turn.real - turn.fake).abs().mean() if self.moment == "g_penalty" else None

    def after_step(self, turn):
        if self.moment == f"after {turn.player}":
            turn.on_real  # noqa: B018


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("moment", ["recast D", "d_penalty", "g_penalty", "after D", "after G"])
def test_nobody_else_reads_real_samples(moment, first):
    terms = [Reads(moment), DPSGD()] if first else [DPSGD(), Reads(moment)]
    with pytest.raises(RecipeError, match="reads real samples"):
        trainer(*terms).step()


def test_a_generator_that_descends_verdicts_on_real_samples_is_refused():
    class Both(SoftLoss):
        def g_loss(self, turn):
            return turn.on_real["logits"].mean() - turn.on_fake["logits"].mean()

    with pytest.raises(RecipeError, match="G reads fakes alone"):
        trainer(DPSGD(), loss=Both()).step()


class Remembers(SoftLoss):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(()))


class Learns(SoftLoss):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(1, 1)


class Together(SoftLoss):
    samples = "gathered"


@pytest.mark.parametrize(
    ("loss", "why"), [(Remembers, "from turn to turn"), (Learns, "learns"), (Together, "rows of a batch together")]
)
def test_losses_that_mix_rows_are_refused(loss, why):
    with pytest.raises(RecipeError, match=why):
        trainer(DPSGD(), loss=loss()).step()


class Normed(DenseD):
    def forward(self, x, y=None):
        logits = super().forward(x)["logits"]
        return {"logits": logits - logits.mean()}


class Packed(DenseD):
    def forward(self, x, y=None):
        return {"logits": super().forward(x.view(-1, 2, *x.shape[1:]).mean(1))["logits"].repeat_interleave(2)}


class Drawing(DenseD):
    def forward(self, x, y=None):
        return super().forward(x + torch.randn(x.shape))


class Running(DenseD):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(()))

    def forward(self, x, y=None):
        self.mean.lerp_(x.mean().detach(), 0.1)
        return super().forward(x)


class Declared(DenseD):
    samples = "gathered"


class Dropping(DenseD):
    def __init__(self):
        super().__init__()
        self.net.append(nn.Dropout(0.1))


class Spectral(DenseD):
    def __init__(self):
        super().__init__()
        nn.utils.parametrizations.spectral_norm(self.net[1])


@pytest.mark.parametrize(
    ("D", "why"),
    [
        (Normed, "by the others of its batch"),
        (Packed, "by the others of its batch"),
        (Drawing, "draws noise"),
        (Running, "running means"),
        (Declared, "rows of a batch together"),
        (Dropping, r"write discriminator\.dropout=0\.0"),
        (DenseD, ""),
        (Spectral, ""),
    ],
)
def test_discriminators_that_mix_rows_or_draw_are_refused(D, why):
    made = D()
    made.modality, made.conditional = ImageModality(4, 1, 0), False
    if not why:
        require_rows_apart(made)
        return
    with pytest.raises(RecipeError, match=why):
        require_rows_apart(made)


def test_a_conditional_game_is_refused():
    made = DenseD()
    made.conditional = True
    with pytest.raises(RecipeError, match="write conditional=false"):
        require_rows_apart(made)


def test_it_is_asked_when_a_recipe_is_built():
    with pytest.raises(RecipeError, match="drops units at random"):
        of_recipe("ns-gan", "regularizers=[dp-sgd]")


@pytest.mark.parametrize("term", ["r1", "gradient-penalty", "lecam", "ada"])
def test_terms_that_read_real_samples_are_refused(term):
    t = of_recipe("ns-gan", "discriminator.dropout=0.0", f"regularizers=[dp-sgd, {term}]")
    with pytest.raises(RecipeError, match=r"reads real samples|many rows at once"):
        t.step()


@pytest.mark.parametrize("term", ["orthogonal", "weight-clipping", "r2", "spectral-norm"])
def test_terms_that_do_not_are_played(term):
    t = of_recipe("ns-gan", "discriminator.dropout=0.0", f"regularizers=[dp-sgd, {term}]")
    before = [w.detach().clone() for w in t.moves["D"]]
    losses = t.step()
    assert all(value.isfinite() for value in losses.values())
    assert any(not torch.equal(a, b) for a, b in zip(before, t.moves["D"], strict=True))


def of_recipe(name, *changes):
    registry = load_zoo(third_party=False).registry
    played = resolve(registry, name, ("schedule.batch=8", *changes))
    parts = build_parts(played, registry, image_size=8, channels=1, num_classes=10 if played.conditional else 0, seed=0)
    labels = torch.arange(40) % 10 if played.conditional else None
    return Trainer(played, parts, noise_images(40, 1, 8), labels, seed=0)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"clip": 0}, "clip of dp-sgd is 0"),
        ({"noise": -1}, "noise is -1"),
        ({"keep": 1.5}, "at most 1"),
        ({"delta": 0}, "delta of dp-sgd"),
        ({"clip": math.inf}, "give a clip, or noise=0"),
        ({"by": "rows"}, "must be one of batch, row"),
    ],
)
def test_values_out_of_range_are_refused(given, why):
    with pytest.raises(RecipeError, match=why):
        DPSGD(**given)


def test_data_whose_rows_come_more_often_are_refused():
    with pytest.raises(RecipeError, match="every row comes once"):
        require_rows_once(Domains())
