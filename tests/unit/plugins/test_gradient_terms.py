"""Penalties on the slope of the discriminator, and on the size of its verdicts."""

import pytest
import torch
from ganzoo_plugins.gradient_penalties.dragan import DRAGAN
from ganzoo_plugins.gradient_penalties.max_gradient import MaxGradient
from ganzoo_plugins.gradient_penalties.one_centred import GradientPenalty
from ganzoo_plugins.gradient_penalties.r1 import R1
from ganzoo_plugins.gradient_penalties.r2 import R2
from ganzoo_plugins.gradient_penalties.wasserstein_divergence import WassersteinDivergence
from ganzoo_plugins.gradient_penalties.zero_centred import ZeroCentred
from ganzoo_plugins.output_penalties.drift import Drift
from ganzoo_plugins.wgan_gp.convolutional import WGANGPCritic
from stand_in_turn import Constant, Formula, NoHostSync, dealt
from tiny_players import conv_trainer, scalar_trainer
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator

SLOPES = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)
LENGTH = SLOPES.norm().item()
BETWEEN = [ZeroCentred, WassersteinDivergence, MaxGradient]
ON_SLOPES = [R1, R2, GradientPenalty, DRAGAN, *BETWEEN]


def images(n=6, *, seed=0, shape=(1, 2, 2), dtype=torch.float64):
    return torch.randn(n, *shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def generator(seed=5):
    return torch.Generator().manual_seed(seed)


def turn_of(D, *, n=6, rng=None, **options):
    if not isinstance(D, Discriminator):
        D = Formula(D)
    real, fake = (images(n, seed=seed).requires_grad_() for seed in (0, 1))
    return dealt("D", Constant(), D, real, fake=fake, rng=rng, second_order=True, **options)


def linear(x):
    return x @ SLOPES


def quadratic(x):
    return x.square().sum(1) / 2  # whose gradient is x


def drawn_between(turn):
    """The images between, as a term draws them from ``generator()``."""
    share = torch.rand(len(turn.real), 1, dtype=torch.float64, generator=generator())
    return (1 - share) * turn.real.detach().flatten(1) + share * turn.fake.detach().flatten(1)


def drawn_near(turn, c):
    """The images around the real ones, as DRAGAN draws them from ``generator()``."""
    rng, real = generator(), turn.real.detach().flatten(1)
    noise = torch.rand(real.shape, dtype=torch.float64, generator=rng)
    share = torch.rand(len(real), 1, dtype=torch.float64, generator=rng)
    spread = (real - real.mean()).square().mean().sqrt()
    return real + share * (c * spread * noise)


# -- closed forms ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "value", "derivative"),
    [
        # with the scale s of the critic, its slope is s |w|: the derivative is that w.r.t. s at s = 1
        (R2(), LENGTH**2 / 2, LENGTH**2),
        (ZeroCentred(), LENGTH**2, 2 * LENGTH**2),
        (WassersteinDivergence(), LENGTH**6, 6 * LENGTH**6),
        (WassersteinDivergence(p=3.5), LENGTH**3.5, 3.5 * LENGTH**3.5),
        (MaxGradient(), LENGTH**2, None),  # every slope is the largest: the sum of their shares is rounded
        (DRAGAN(), (LENGTH - 1) ** 2, 2 * (LENGTH - 1) * LENGTH),
        (DRAGAN(k=7.0), (LENGTH - 7) ** 2, 2 * (LENGTH - 7) * LENGTH),
        (GradientPenalty(one_sided=True), (LENGTH - 1) ** 2, 2 * (LENGTH - 1) * LENGTH),
        (GradientPenalty(one_sided=True, target=5.0), 0.0, 0.0),
    ],
    ids=lambda x: type(x).__name__ if isinstance(x, nn.Module) else "",
)
def test_a_linear_critic(term, value, derivative):
    turn = turn_of(linear)
    with NoHostSync():
        penalty = term.d_penalty(turn)
        penalty.backward()
    assert penalty.shape == ()
    assert penalty.item() == pytest.approx(value, rel=1e-12)
    if derivative is not None:
        assert turn.D.scale.grad.item() == pytest.approx(derivative, rel=1e-12)


def test_r2_of_a_quadratic_critic_looks_at_the_fakes():
    turn = turn_of(quadratic)
    penalty = R2().d_penalty(turn)
    assert penalty.item() == pytest.approx(turn.fake.square().sum((1, 2, 3)).mean().item() / 2, rel=1e-12)
    assert R1().d_penalty(turn).item() == pytest.approx(turn.real.square().sum((1, 2, 3)).mean().item() / 2, rel=1e-12)


def test_a_quadratic_critic_between_real_and_fake():
    slopes = drawn_between(turn_of(quadratic)).norm(dim=1)
    expected = {
        ZeroCentred: slopes.square().mean(),
        MaxGradient: slopes.square().max(),
        WassersteinDivergence: slopes.pow(6).mean(),
    }
    for term in BETWEEN:
        turn = turn_of(quadratic, rng=generator())
        penalty = term().d_penalty(turn)
        assert penalty.item() == pytest.approx(expected[term].item(), rel=1e-12), term
        assert expected[ZeroCentred] < expected[MaxGradient] < expected[WassersteinDivergence]


def test_the_largest_slope_is_the_only_one_that_is_pulled_down():
    """Two pieces: a steep one for positive sums and a gentle one; only the steep one's slope gets a gradient."""
    steep, gentle = (nn.Parameter(torch.tensor(v, dtype=torch.float64)) for v in (3.0, 1.0))
    ones = torch.ones(4, 1, 2, 2, dtype=torch.float64)
    signs = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float64).view(4, 1, 1, 1)

    def pieces(x):
        total = x.sum(1)
        return torch.where(total > 0, steep * total, gentle * total)

    turn = dealt("D", Constant(), Formula(pieces), ones * signs, fake=2 * ones * signs)
    penalty = MaxGradient().d_penalty(turn)
    penalty.backward()
    assert penalty.item() == pytest.approx(9 * 4)
    assert steep.grad.item() == pytest.approx(2 * 3 * 4)
    assert gentle.grad.item() == 0


@pytest.mark.parametrize("c", [0.0, 0.5, 2.0])
def test_dragan_of_a_quadratic_critic(c):
    turn = turn_of(quadratic, rng=generator())
    penalty = DRAGAN(k=0.7, c=c).d_penalty(turn)
    near = drawn_near(turn, c)
    assert penalty.item() == pytest.approx((near.norm(dim=1) - 0.7).square().mean().item(), rel=1e-12)
    if c == 0:
        assert torch.equal(near, turn.real.flatten(1))


def test_dragans_noise_is_one_sided_and_as_large_as_said():
    seen = []

    def watch(x):
        seen.append(x.detach())
        return x.sum(1)

    turn = turn_of(watch, n=3000)
    DRAGAN(c=0.5).d_penalty(turn)
    real = turn.real.detach().flatten(1)
    noise = (seen[0] - real) / (0.5 * real.std(correction=0))
    assert noise.min() >= 0
    assert noise.max() <= 1
    assert noise.mean().item() == pytest.approx(1 / 4, abs=0.01)  # two independent uniforms
    # the pixels of an image share one strength: their covariance is Var(a) E[u]^2 = 1/12 / 4
    covariance = ((noise[:, 0] - 0.25) * (noise[:, 1] - 0.25)).mean()
    assert covariance.item() == pytest.approx(1 / 48, abs=0.004)


def test_drift_of_a_linear_critic():
    turn = turn_of(linear)
    with NoHostSync():
        penalty = Drift().d_penalty(turn)
    expected = (turn.real.flatten(1) @ SLOPES).square().mean().item()
    assert penalty.item() == pytest.approx(expected, rel=1e-12)
    penalty.backward()
    assert turn.D.scale.grad.item() == pytest.approx(2 * expected, rel=1e-12)
    assert Drift().weight == 0.001
    assert not Drift.second_order


def test_the_papers_weights():
    assert (R2().weight, DRAGAN().weight, WassersteinDivergence().weight) == (10.0, 10.0, 2.0)
    assert (ZeroCentred().weight, MaxGradient().weight) == (10.0, 0.1)
    assert (DRAGAN().k, DRAGAN().c, WassersteinDivergence().p) == (1.0, 0.5, 6.0)
    for term in ON_SLOPES:
        assert term.second_order
        assert term(weight=0.25, every=4).every == 4


# -- labels and views ------------------------------------------------------------------------------------------


class Labelled(Discriminator):
    """``1 + y`` times a linear critic."""

    def forward(self, x, y=None):
        return {"logits": (1 + y) * (x.flatten(1) @ SLOPES)}


def test_labels():
    """What is real, near or between carries the labels of the real; fakes carry their own."""
    y, y_fake = torch.tensor([0, 1, 2, 0, 1, 2]), torch.tensor([3, 3, 3, 3, 3, 3])
    slopes = (1 + y) * LENGTH
    expected = {
        R2: 16 * LENGTH**2 / 2,
        DRAGAN: (slopes - 1).square().mean().item(),
        ZeroCentred: slopes.square().mean().item(),
        WassersteinDivergence: slopes.pow(6).mean().item(),
        MaxGradient: slopes.square().max().item(),
        GradientPenalty: (slopes - 1).square().mean().item(),
    }
    for term, value in expected.items():
        turn = turn_of(Labelled(), y=y, y_fake=y_fake)
        assert term().d_penalty(turn).item() == pytest.approx(value, rel=1e-6), term
    turn = turn_of(Labelled(), y=y, y_fake=y_fake)
    verdicts = (1 + y) * (turn.real.flatten(1) @ SLOPES)
    assert Drift().d_penalty(turn).item() == pytest.approx(verdicts.square().mean().item())


def test_the_slope_is_that_of_what_the_discriminator_is_shown():
    """A view that doubles the images doubles every slope."""
    for term in (R2, ZeroCentred, MaxGradient):
        plain, viewed = (term().d_penalty(turn_of(linear, view=view)).item() for view in (None, lambda x: 2 * x))
        assert viewed == pytest.approx(4 * plain, rel=1e-12)


# -- second derivatives ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("term", [*ON_SLOPES, Drift])
def test_gradients_against_finite_differences(term):
    start = [torch.randn(4, 3, dtype=torch.float64), torch.randn(3, dtype=torch.float64)]
    start = [w.requires_grad_() for w in start]

    def penalty(first, second):
        turn = turn_of(lambda x: torch.tanh(x @ first) @ second, rng=generator())
        return term().d_penalty(turn)

    assert torch.autograd.gradcheck(penalty, start)


@pytest.mark.parametrize("term", ON_SLOPES)
def test_a_flat_critic_has_a_finite_gradient(term):
    turn = turn_of(lambda x: 0 * x.sum(1))
    penalty = term().d_penalty(turn)
    penalty.backward()
    assert torch.isfinite(penalty)
    assert torch.isfinite(turn.D.scale.grad)


@pytest.mark.parametrize("num_classes", [0, 3])
@pytest.mark.parametrize("term", [R2, DRAGAN, *BETWEEN])
def test_second_derivatives_reach_a_real_critic(term, num_classes):
    """Each weight that shapes the slope gets a finite gradient; no draw is a global one."""
    torch.manual_seed(0)
    D = WGANGPCritic(image_size=16, channels=2, num_classes=num_classes, width=4)
    real, fake = (images(5, seed=s, shape=(2, 16, 16), dtype=torch.float32).requires_grad_() for s in (0, 1))
    y = torch.tensor([0, 1, 2, 0, 1]) if num_classes else None
    state = torch.get_rng_state()
    with NoHostSync():
        turn = dealt("D", None, D, real, y, fake=fake, y_fake=y, second_order=True)
        term().d_penalty(turn).backward()
    weights = [p for name, p in D.named_parameters() if p.ndim > 1 and "label" not in name]
    assert all(torch.isfinite(p.grad).all() and p.grad.abs().max() > 0 for p in weights)
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("term", [DRAGAN, *BETWEEN])
def test_the_given_images_are_left_alone(term):
    turn = turn_of(linear)
    term().d_penalty(turn).backward()
    assert turn.real.grad is None
    assert turn.fake.grad is None


def test_r2_shares_the_verdict_on_the_fakes():
    calls = []

    def count(x):
        calls.append(len(x))
        return x.sum(1)

    turn = turn_of(count)
    assert turn.on_fake["logits"].shape == (6,)
    R2().d_penalty(turn)
    assert calls == [6]


# -- in the game -----------------------------------------------------------------------------------------------


def d_losses(term, turns, **schedule):
    """D's losses against players that stand still."""
    trainer = scalar_trainer(schedule, [term] if term else [], lr=1e-12)
    return [trainer.step()["d_loss"].item() for _ in range(turns)]


@pytest.mark.parametrize("order", ["alternating", "simultaneous"])
@pytest.mark.parametrize(
    ("term", "penalty"),
    [
        # each of 16 pixels has slope v / 16 with v = 2: |grad| = 1/2
        (R1, 1 / 8),
        (R2, 1 / 8),
        (GradientPenalty, 1 / 4),
        (DRAGAN, 1 / 4),
        (ZeroCentred, 1 / 4),
        (WassersteinDivergence, 1 / 64),
        (MaxGradient, 1 / 4),
    ],
)
def test_lazy_equals_eager(term, penalty, order):
    """Over so many turns a constant penalty counts as much, taken in each or in every fourth, four times as strong."""
    turns, weight = 8, 3.0
    without = d_losses(None, turns, order=order)
    eager = d_losses(term(weight=weight), turns, order=order)
    lazy = d_losses(term(weight=weight, every=4), turns, order=order)
    added = [[a - b for a, b in zip(losses, without, strict=True)] for losses in (eager, lazy)]
    assert added[0] == pytest.approx([weight * penalty] * turns, rel=1e-4)
    assert added[1] == pytest.approx([4 * weight * penalty, 0, 0, 0] * 2, rel=1e-4, abs=1e-6)
    assert sum(added[0]) == pytest.approx(sum(added[1]), rel=1e-4)


@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("term", [R2, DRAGAN, Drift, *BETWEEN])
def test_both_orders_with_and_without_labels(term, classes):
    for order in ("alternating", "simultaneous"):
        trainer = conv_trainer({"order": order}, [term()], classes=classes)
        for _ in range(2):
            losses = trainer.step()
            assert all(torch.isfinite(loss) for loss in losses.values())


@pytest.mark.parametrize("term", [R2, DRAGAN, Drift, *BETWEEN])
def test_the_penalty_on_d_is_no_business_of_g(term):
    """Where both move from one look, G's first move is the same with the penalty and without; D's is not."""
    sgd = {"name": "sgd", "lr": 1e-2}
    trainers = []
    for terms in ([term(weight=1e4)], []):
        trainers.append(conv_trainer({"order": "simultaneous"}, terms, classes=3, g=sgd, d=sgd))
        for layer in trainers[-1].parts.D.modules():
            if isinstance(layer, torch.nn.Dropout):
                layer.p = 0.0  # it draws in the order of memory, and the trainer chooses that by the terms
        trainers[-1].step()
    apart = {}
    for player in ("G", "D"):
        pairs = zip(*(getattr(trainer.parts, player).parameters() for trainer in trainers), strict=True)
        apart[player] = max((p - q).abs().max().item() for p, q in pairs)
    assert apart["G"] < 1e-7
    assert apart["D"] > 1e-5


# -- refusals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [1.0, 0.0, -2.0, float("nan")])
def test_a_divergence_needs_a_power_above_one(p):
    with pytest.raises(RecipeError, match="above 1"):
        WassersteinDivergence(p=p)


def test_dragans_noise_is_not_negative():
    with pytest.raises(RecipeError, match="c is -0"):
        DRAGAN(c=-0.5)
