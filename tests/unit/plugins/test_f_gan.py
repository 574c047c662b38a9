import math
from statistics import NormalDist

import pytest
import torch
from ganzoo_plugins.losses.cross_entropy import Minimax, NonSaturating
from ganzoo_plugins.losses.divergences import DIVERGENCES, LIMIT, bounded_exp
from ganzoo_plugins.losses.f_gan import FGAN
from stand_in_turn import NoHostSync, Verdicts

from ganzoo.errors import RecipeError

NAMES = ["kl", "reverse-kl", "pearson", "neyman", "hellinger", "jensen-shannon", "total-variation"]

# f and f* as the paper has them (arXiv:1606.00709, tables 1 and 2)
F = {
    "kl": lambda u: u * u.log(),
    "reverse-kl": lambda u: -u.log(),
    "pearson": lambda u: (u - 1) ** 2,
    "neyman": lambda u: (1 - u) ** 2 / u,
    "hellinger": lambda u: (u.sqrt() - 1) ** 2,
    "jensen-shannon": lambda u: -(u + 1) * ((1 + u) / 2).log() + u * u.log(),
    "total-variation": lambda u: (u - 1).abs() / 2,
}
CONJUGATE = {
    "kl": lambda t: (t - 1).exp(),
    "reverse-kl": lambda t: -1 - (-t).log(),
    "pearson": lambda t: t**2 / 4 + t,
    "neyman": lambda t: 2 - 2 * (1 - t).sqrt(),
    "hellinger": lambda t: t / (1 - t),
    "jensen-shannon": lambda t: -(2 - t.exp()).log(),
    "total-variation": lambda t: t,
}
# the logits at which T is f'(u), u = e^r the ratio of the densities
BEST = {
    "kl": lambda r: 1 + r,
    "reverse-kl": lambda r: r,
    "pearson": lambda r: 2 * (r.exp() - 1),
    "neyman": lambda r: 2 * r,
    "hellinger": lambda r: r / 2,
    "jensen-shannon": lambda r: r,
    "total-variation": lambda r: 40 * r.sign(),  # tanh(40) is 1
}


def values(loss, real, fake):
    turn = Verdicts(torch.as_tensor(real, dtype=torch.float64), torch.as_tensor(fake, dtype=torch.float64))
    return loss.d_loss(turn).item(), loss.g_loss(turn).item()


def drawn(n=7, seed=1):
    rng = torch.Generator().manual_seed(seed)
    return [torch.randn(n, dtype=torch.float64, generator=rng) * 2 for _ in range(2)]


e = math.exp


@pytest.mark.parametrize(
    ("divergence", "d_loss", "g_loss", "saturating"),
    [
        # real logits 2 and -1, fake logits 0.5 and -3
        ("kl", (e(-0.5) + e(-4)) / 2 - 0.5, 1.25, -(e(-0.5) + e(-4)) / 2),
        ("reverse-kl", (-0.5 - 4) / 2 + (e(-2) + e(1)) / 2, (e(-0.5) + e(3)) / 2, 2.25),
        ("pearson", (0.0625 + 0.5 + 2.25 - 3) / 2 - 0.5, 1.25, -(0.5625 - 0.75) / 2),
        (
            "neyman",
            2 - e(-0.25) - e(1.5) - 1 + (e(-2) + e(1)) / 2,
            -1 + (e(-0.5) + e(3)) / 2,
            -2 + e(-0.25) + e(1.5),
        ),
        (
            "hellinger",
            (e(0.5) + e(-3)) / 2 - 1 - 1 + (e(-2) + e(1)) / 2,
            -1 + (e(-0.5) + e(3)) / 2,
            1 - (e(0.5) + e(-3)) / 2,
        ),
        (
            "total-variation",
            (math.tanh(0.5) - math.tanh(3) - math.tanh(2) + math.tanh(1)) / 4,
            (math.tanh(3) - math.tanh(0.5)) / 4,
            (math.tanh(3) - math.tanh(0.5)) / 4,
        ),
    ],
)
def test_hand_computed(divergence, d_loss, g_loss, saturating):
    real, fake = [2.0, -1.0], [0.5, -3.0]
    assert values(FGAN(divergence), real, fake) == pytest.approx((d_loss, g_loss), rel=1e-14)
    assert values(FGAN(divergence, saturating=True), real, fake) == pytest.approx((d_loss, saturating), rel=1e-14)


def test_jensen_shannon_is_the_first_paper_s_loss_in_another_scale():
    real, fake = drawn()
    plain, minimax = values(NonSaturating(), real, fake), values(Minimax(), real, fake)
    assert values(FGAN("jensen-shannon"), real, fake) == pytest.approx(
        (plain[0] - math.log(4), plain[1] - math.log(2)), rel=1e-13
    )
    assert values(FGAN("jensen-shannon", saturating=True), real, fake) == pytest.approx(
        (minimax[0] - math.log(4), minimax[1] + math.log(2)), rel=1e-13
    )


def test_all_seven_are_there():
    assert list(DIVERGENCES) == NAMES == list(F)


@pytest.mark.parametrize("name", NAMES)
def test_the_simplified_conjugate_is_that_of_the_table(name):
    v = torch.linspace(-9, 9, 181, dtype=torch.float64)
    f = DIVERGENCES[name]
    assert torch.allclose(f.conjugate(v), CONJUGATE[name](f.output(v)), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_the_activation_rises_and_crosses_the_slope_of_f_at_one_where_the_densities_are_equal(name):
    v = torch.linspace(-9, 9, 181, dtype=torch.float64)
    t = DIVERGENCES[name].output(v)
    assert (t.diff() > 0).all()
    u = torch.ones((), dtype=torch.float64, requires_grad=True)
    if name != "total-variation":  # whose f has a corner there
        (slope,) = torch.autograd.grad(F[name](u), u)
        at_one = DIVERGENCES[name].output(BEST[name](torch.zeros((), dtype=torch.float64)))
        assert at_one.item() == pytest.approx(slope.item(), abs=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_youngs_inequality(name):
    """f*(t) >= t u - f(u) for every u, with equality at t = f'(u)."""
    r = torch.linspace(-3, 3, 61, dtype=torch.float64)
    v = torch.linspace(-6, 6, 121, dtype=torch.float64)
    f = DIVERGENCES[name]
    lower = f.output(v)[:, None] * r.exp() - F[name](r.exp())
    assert (f.conjugate(v)[:, None] >= lower - 1e-12).all()
    best = BEST[name](r)
    assert torch.allclose(f.conjugate(best), f.output(best) * r.exp() - F[name](r.exp()), rtol=1e-10, atol=1e-12)


# -- the divergence of two Gaussians ---------------------------------------------------------------------------

P, Q = NormalDist(0.0, 1.0), NormalDist(0.5, 1.06)
X = torch.linspace(-12, 12, 48_001, dtype=torch.float64)
STEP = 24 / 48_000


def log_density(normal):
    return -((X - normal.mean) ** 2) / (2 * normal.variance) - math.log(normal.stdev * math.sqrt(2 * math.pi))


def integral(y):
    return torch.trapezoid(y, dx=STEP).item()


def kl(p, q):
    return math.log(q.stdev / p.stdev) + (p.variance + (p.mean - q.mean) ** 2) / (2 * q.variance) - 0.5


def chi_square(p, q):
    """The integral of p^2 / q, less 1."""
    spread = 2 * q.variance - p.variance
    return q.variance / (p.stdev * math.sqrt(spread)) * math.exp((p.mean - q.mean) ** 2 / spread) - 1


def hellinger(p, q):
    both = p.variance + q.variance
    return 2 - 2 * math.sqrt(2 * p.stdev * q.stdev / both) * math.exp(-((p.mean - q.mean) ** 2) / (4 * both))


def jensen_shannon():
    """Twice the usual one: by quadrature, which has no closed form to go by."""
    p, q = log_density(P), log_density(Q)
    middle = torch.logaddexp(p, q) - math.log(2)
    return integral(p.exp() * (p - middle)) + integral(q.exp() * (q - middle))


CLOSED = {
    "kl": kl(P, Q),
    "reverse-kl": kl(Q, P),
    "pearson": chi_square(P, Q),
    "neyman": chi_square(Q, P),
    "hellinger": hellinger(P, Q),
    "jensen-shannon": jensen_shannon(),
    "total-variation": 1 - P.overlap(Q),
}


def bound(name, v):
    """E_P[T] - E_Q[f*(T)]."""
    f = DIVERGENCES[name]
    return integral(log_density(P).exp() * f.output(v) - log_density(Q).exp() * f.conjugate(v))


@pytest.mark.parametrize("name", NAMES)
def test_the_best_discriminator_estimates_the_divergence_of_two_gaussians(name):
    best = BEST[name](log_density(P) - log_density(Q))
    # the integrand of the total variation jumps where the densities cross
    assert bound(name, best) == pytest.approx(CLOSED[name], rel=1e-5 if name == "total-variation" else 1e-10)
    assert CLOSED[name] > 0.05


@pytest.mark.parametrize("name", NAMES)
def test_any_other_discriminator_estimates_less(name):
    ratio = log_density(P) - log_density(Q)
    most = bound(name, BEST[name](ratio))
    for mistaken in (ratio + 0.1, ratio - 0.1, ratio + 0.3 * torch.sin(3 * X)):
        assert bound(name, BEST[name](mistaken)) < most - 1e-4
    for other in (BEST[name](ratio) / 40, torch.zeros_like(X), torch.sin(X)):
        assert bound(name, other) < most - 1e-4


@pytest.mark.parametrize("name", [name for name in NAMES if name != "total-variation"])
def test_the_best_discriminator_has_no_slope_left(name):
    """Where V is the best, the integrand is level in V at each point."""
    near = X.abs() < 5
    v = BEST[name](log_density(P) - log_density(Q)).requires_grad_()
    f = DIVERGENCES[name]
    each = log_density(P).exp() * f.output(v) - log_density(Q).exp() * f.conjugate(v)
    (slope,) = torch.autograd.grad(each.sum(), v)
    assert slope[near].abs().max() < 1e-15
    (other,) = torch.autograd.grad(
        (log_density(P).exp() * f.output(v + 0.1) - log_density(Q).exp() * f.conjugate(v + 0.1)).sum(), v
    )
    assert other[near].abs().max() > 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_itself_on_samples_of_two_gaussians(name):
    """Each kind's sample is its quantiles, evenly spread: minus D's loss is the divergence."""
    n = 20_000
    real, fake = (
        torch.tensor([normal.inv_cdf((i + 0.5) / n) for i in range(n)], dtype=torch.float64) for normal in (P, Q)
    )

    def ratio(x):
        return sum(
            sign * (-((x - normal.mean) ** 2) / (2 * normal.variance) - math.log(normal.stdev))
            for sign, normal in ((1, P), (-1, Q))
        )

    d, _ = values(FGAN(name), BEST[name](ratio(real)), BEST[name](ratio(fake)))
    assert -d == pytest.approx(CLOSED[name], rel=1e-2)


@pytest.mark.parametrize("name", NAMES)
def test_equal_densities_have_no_divergence(name):
    level = BEST[name](torch.zeros(3, dtype=torch.float64))
    assert values(FGAN(name), level, level)[0] == pytest.approx(0, abs=1e-15)


# -- as a loss --------------------------------------------------------------------------------------------------


def test_the_exponential_and_its_tangent():
    x = torch.tensor([-800.0, 0.0, 3.0, LIMIT], dtype=torch.float64)
    assert torch.equal(bounded_exp(x), x.exp())
    beyond = torch.tensor([LIMIT + 1, LIMIT + 1e4], dtype=torch.float64, requires_grad=True)
    top = math.exp(LIMIT)
    assert bounded_exp(beyond).tolist() == pytest.approx([2 * top, (1 + 1e4) * top], rel=1e-14)
    (slope,) = torch.autograd.grad(bounded_exp(beyond).sum(), beyond)
    assert slope.tolist() == pytest.approx([top, top], rel=1e-14)


@pytest.mark.parametrize("saturating", [False, True])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [-1e4, -200.0, 200.0, 1e4])
def test_no_logit_is_too_large(name, saturating, size):
    real, fake = torch.tensor([size, 0.0], requires_grad=True), torch.tensor([size, 1.0], requires_grad=True)
    loss, turn = FGAN(name, saturating), Verdicts(real, fake)
    d, g = loss.d_loss(turn), loss.g_loss(turn)
    assert torch.isfinite(d)
    assert torch.isfinite(g)
    for gradient in (*torch.autograd.grad(d, (real, fake)), *torch.autograd.grad(g, fake)):
        assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("saturating", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_gradients(name, saturating):
    real, fake = (logits.requires_grad_() for logits in drawn())
    loss = FGAN(name, saturating)
    assert torch.autograd.gradcheck(lambda r, k: loss.d_loss(Verdicts(r, k)), (real, fake))
    assert torch.autograd.gradcheck(lambda k: loss.g_loss(Verdicts(real.detach(), k)), (fake,))


@pytest.mark.parametrize("name", NAMES)
def test_min_max_is_one_value_for_both(name):
    """In eq. 7 the generator descends what the discriminator ascends: their gradients are opposite."""
    real, fake = (logits.requires_grad_() for logits in drawn())
    turn = Verdicts(real, fake)
    (d,) = torch.autograd.grad(FGAN(name).d_loss(turn), fake)
    (g,) = torch.autograd.grad(FGAN(name, saturating=True).g_loss(turn), fake)
    assert torch.allclose(d, -g, rtol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_both_generators_want_higher_logits_where_densities_are_equal(name):
    fake = BEST[name](torch.zeros(1, dtype=torch.float64)).requires_grad_()
    slopes = [
        torch.autograd.grad(FGAN(name, saturating).g_loss(Verdicts(fake.detach(), fake)), fake)[0].item()
        for saturating in (False, True)
    ]
    assert slopes[0] < 0
    assert slopes[1] == pytest.approx(slopes[0], rel=1e-13)  # f*'(f'(1)) is 1, so the two agree there


@pytest.mark.parametrize("name", ["kl", "hellinger", "jensen-shannon"])
def test_where_d_is_sure_only_one_generator_still_learns(name):
    slopes = []
    for saturating in (False, True):
        fake = torch.tensor([-15.0], dtype=torch.float64, requires_grad=True)
        FGAN(name, saturating).g_loss(Verdicts(fake, fake)).backward()
        slopes.append(fake.grad.item())
    assert slopes[0] < -0.9
    assert -1e-6 < slopes[1] < 0


@pytest.mark.parametrize("name", NAMES)
def test_losses_are_scalars_without_a_look_at_values(name):
    loss, turn = FGAN(name), Verdicts(torch.randn(5), torch.randn(5))
    with NoHostSync():
        d, g = loss.d_loss(turn), loss.g_loss(turn)
    assert d.shape == g.shape == ()
    assert loss.reads == {"logits"}


def test_another_divergence_is_refused():
    with pytest.raises(RecipeError, match="divergence is 'renyi', and must be one of kl, reverse-kl, pearson"):
        FGAN("renyi")
