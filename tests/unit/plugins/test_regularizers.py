import copy

import pytest
import torch
from ganzoo_plugins.dcgan.discriminator import DCGANDiscriminator
from ganzoo_plugins.dcgan.generator import DCGANGenerator
from ganzoo_plugins.dcgan.tutorial_discriminator import TutorialDiscriminator
from ganzoo_plugins.gradient_penalties.one_centred import GradientPenalty
from ganzoo_plugins.gradient_penalties.r1 import R1
from ganzoo_plugins.sngan.discriminator import SNGANDiscriminator
from ganzoo_plugins.sngan.generator import SNGANGenerator
from ganzoo_plugins.weight_constraints.clipping import WeightClipping
from ganzoo_plugins.weight_constraints.spectral_norm import SpectralNorm
from ganzoo_plugins.wgan_gp.convolutional import WGANGPCritic
from ganzoo_plugins.wgan_gp.residual import ResNetCritic
from stand_in_turn import Constant, Formula, NoHostSync, StandInTurn
from torch import nn
from torch.nn.utils import parametrize

from ganzoo.errors import RecipeError

SMALL = {"image_size": 16, "channels": 2, "num_classes": 0}
CRITICS = [DCGANDiscriminator, WGANGPCritic, ResNetCritic, SNGANDiscriminator, TutorialDiscriminator]


def images(n=6, *, seed=0, shape=(1, 2, 2), dtype=torch.float64):
    return torch.randn(n, *shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def critics_turn(formula, *, n=6, rng=None):
    D = Formula(formula)
    return StandInTurn("D", Constant(), D, images(n).requires_grad_(), fake=images(n, seed=1), rng=rng)


# -- gradient penalty ------------------------------------------------------------------------------------------

SLOPES = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)


@pytest.mark.parametrize("target", [1.0, 0.0, 5.0])
def test_gradient_penalty_of_a_linear_critic(target):
    """grad (w.x) = w everywhere, so the penalty is (|w| - target)^2."""
    turn = critics_turn(lambda x: x @ SLOPES)
    penalty = GradientPenalty(target=target).d_penalty(turn)
    length = SLOPES.square().sum().sqrt()
    assert penalty.item() == pytest.approx((length.item() - target) ** 2, rel=1e-12)
    # with the scale s, (s |w| - target)^2: its derivative at s = 1 is 2 (|w| - target) |w|
    penalty.backward()
    assert turn.D.scale.grad.item() == pytest.approx(2 * (length.item() - target) * length.item(), rel=1e-12)


def test_gradient_penalty_of_a_quadratic_critic():
    """grad |x|^2 / 2 = x: the penalty is the mean of (|x| - 1)^2 on the points between, drawn from turn.rng."""
    turn = critics_turn(lambda x: x.square().sum(1) / 2, rng=torch.Generator().manual_seed(5))
    penalty = GradientPenalty().d_penalty(turn)
    share = torch.rand(6, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    between = (1 - share) * turn.real.flatten(1) + share * turn.fake.flatten(1)
    assert penalty.item() == pytest.approx((between.norm(dim=1) - 1).square().mean().item(), rel=1e-12)


def test_gradient_penalty_draws_once_for_each_pair_and_stays_between():
    seen = []

    def watch(x):
        seen.append(x.detach())
        return x.sum(1)

    turn = critics_turn(watch, n=400)
    GradientPenalty().d_penalty(turn)
    (between,) = seen
    real, fake = turn.real.detach().flatten(1), turn.fake.flatten(1)
    share = (between - real) / (fake - real)
    assert torch.allclose(share, share[:, :1].expand_as(share), atol=1e-9)  # one number for a whole image
    share = share[:, 0]
    assert share.min() >= 0
    assert share.max() <= 1
    assert share.unique().numel() == 400
    assert share.mean().item() == pytest.approx(0.5, abs=0.06)  # four standard errors
    assert share.std().item() == pytest.approx(12**-0.5, abs=0.03)


def test_one_sided_gradient_penalty_leaves_flat_critics_alone():
    flat, steep = SLOPES / 100, SLOPES
    assert GradientPenalty(one_sided=True).d_penalty(critics_turn(lambda x: x @ flat)).item() == 0
    assert GradientPenalty().d_penalty(critics_turn(lambda x: x @ flat)).item() > 0.9
    one, two = (GradientPenalty(one_sided=side).d_penalty(critics_turn(lambda x: x @ steep)) for side in (True, False))
    assert one.item() == two.item() > 0


def test_gradient_penalty_of_a_constant_critic_has_a_finite_gradient():
    turn = critics_turn(lambda x: 0 * x.sum(1))
    penalty = GradientPenalty().d_penalty(turn)
    penalty.backward()
    assert penalty.item() == 1
    assert torch.isfinite(turn.D.scale.grad)


def test_gradient_penalty_leaves_the_given_images_alone():
    turn = critics_turn(lambda x: x @ SLOPES)
    GradientPenalty().d_penalty(turn).backward()
    assert turn.real.grad is None
    assert not turn.fake.requires_grad


@pytest.mark.parametrize("num_classes", [0, 3])
@pytest.mark.parametrize("cls", CRITICS)
def test_second_derivatives_reach_every_critic(cls, num_classes):
    """Each weight that shapes the slope gets a finite gradient from either penalty; no draw is a global one."""
    torch.manual_seed(0)
    D = cls(image_size=16, channels=2, num_classes=num_classes, width=4)
    D.eval()  # dropout draws from torch's own generator; what is tested here is the penalty
    real, fake = (images(5, seed=s, shape=(2, 16, 16), dtype=torch.float32) for s in (0, 1))
    y = torch.tensor([0, 1, 2, 0, 1]) if num_classes else None
    state = torch.get_rng_state()
    for term in (GradientPenalty(), R1()):
        D.zero_grad()
        turn = StandInTurn("D", None, D, real.clone().requires_grad_(), y, fake=fake, y_fake=y)
        with NoHostSync():
            penalty = term.d_penalty(turn)
            penalty.backward()
        assert penalty.shape == ()
        weights = [p for n, p in D.named_parameters() if p.ndim > 1 and "label" not in n]
        assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in weights)
        assert all(p.grad.abs().max() > 0 for p in weights)
    assert torch.equal(state, torch.get_rng_state())


def test_penalty_of_a_real_critic_against_finite_differences():
    torch.manual_seed(3)
    D = WGANGPCritic(image_size=8, channels=1, num_classes=0, width=3).double()
    real, fake = (images(3, seed=s, shape=(1, 8, 8)) for s in (0, 1))

    def penalty():
        turn = StandInTurn("D", None, D, real, fake=fake, rng=torch.Generator().manual_seed(0))
        return GradientPenalty().d_penalty(turn)

    (exact,) = torch.autograd.grad(penalty(), D.head.weight)
    for index in range(0, exact.numel(), 7):
        step = torch.zeros_like(exact)
        step.view(-1)[index] = 1e-6
        with torch.no_grad():
            D.head.weight += step
        above = penalty().item()
        with torch.no_grad():
            D.head.weight -= 2 * step
        below = penalty().item()
        with torch.no_grad():
            D.head.weight += step
        assert (above - below) / 2e-6 == pytest.approx(exact.view(-1)[index].item(), rel=1e-5, abs=1e-8)


# -- R1 --------------------------------------------------------------------------------------------------------


def test_r1_of_a_linear_and_of_a_quadratic_critic():
    linear = critics_turn(lambda x: x @ SLOPES)
    assert R1().d_penalty(linear).item() == pytest.approx(0.5 * SLOPES.square().sum().item(), rel=1e-12)
    quadratic = critics_turn(lambda x: x.square().sum(1) / 2)
    penalty = R1().d_penalty(quadratic)
    wanted = 0.5 * quadratic.real.detach().square().sum((1, 2, 3)).mean().item()
    assert penalty.item() == pytest.approx(wanted, rel=1e-12)
    penalty.backward()  # s^2 times as much with the scale s
    assert quadratic.D.scale.grad.item() == pytest.approx(2 * wanted, rel=1e-12)


def test_r1_weight_is_gamma_and_shares_the_verdict_on_real():
    assert R1(weight=0.2, every=16).weight == 0.2
    calls = []

    def count(x):
        calls.append(len(x))
        return x.sum(1)

    turn = critics_turn(count)
    assert turn.on_real["logits"].shape == (6,)
    R1().d_penalty(turn)
    assert calls == [6]


# -- weight clipping -------------------------------------------------------------------------------------------


def pair():
    torch.manual_seed(0)
    G, D = DCGANGenerator(**SMALL, width=4), DCGANDiscriminator(**SMALL, width=4)
    with torch.no_grad():
        for p in [*G.parameters(), *D.parameters()]:
            p.mul_(30)
    return G, D


def test_clipping_bounds_the_critic_after_its_own_turn_only():
    G, D = pair()
    before = {name: value.clone() for name, value in D.named_parameters()}
    g_before = [p.clone() for p in G.parameters()]
    clipping = WeightClipping(bound=0.05)
    clipping.after_step(StandInTurn("G", G, D, images()))
    assert all(torch.equal(p, before[n]) for n, p in D.named_parameters())
    with NoHostSync():
        clipping.after_step(StandInTurn("D", G, D, images()))
    for name, p in D.named_parameters():
        assert torch.equal(p, before[name].clamp(-0.05, 0.05))
    assert max(p.abs().max().item() for p in D.parameters()) == pytest.approx(0.05)
    assert all(torch.equal(p, q) for p, q in zip(G.parameters(), g_before, strict=True))
    assert all(p.requires_grad for p in D.parameters())


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan")])
def test_clipping_needs_a_bound_above_zero(bound):
    with pytest.raises(RecipeError, match="above 0"):
        WeightClipping(bound)


# -- spectral norm ---------------------------------------------------------------------------------------------


def normalised(D, **options):
    SpectralNorm(**options).prepare(Constant(), D)
    return D


@pytest.mark.parametrize("num_classes", [0, 4])
@pytest.mark.parametrize("cls", CRITICS)
def test_the_largest_singular_value_becomes_one(cls, num_classes):
    torch.manual_seed(0)
    D = normalised(cls(image_size=8, channels=2, num_classes=num_classes, width=4), n_power_iterations=300)
    D.train()
    y = torch.tensor([0, 1]) if num_classes else None
    D(torch.zeros(2, 2, 8, 8), y)  # one forward pass: 300 iterations
    D.eval()
    kinds = (nn.Conv2d, nn.Linear, nn.Embedding)
    layers = [m for m in D.modules() if isinstance(m, kinds)]
    assert any(isinstance(m, nn.Embedding) for m in layers) == bool(num_classes)
    for layer in layers:
        largest = torch.linalg.svdvals(layer.weight.detach().flatten(1))[0].item()
        assert largest == pytest.approx(1, abs=1e-4), layer


def vectors(D):
    return {name: value.clone() for name, value in D.named_buffers() if name.endswith(("._u", "._v"))}


def test_evaluation_does_not_move_the_singular_vectors():
    torch.manual_seed(0)
    D = normalised(SNGANDiscriminator(**SMALL, width=4))
    x = images(3, shape=(2, 16, 16), dtype=torch.float32)
    before = vectors(D)
    assert len(before) == 2 * 6  # five convolutions and the dense layer
    D.eval()
    first, second = D(x)["logits"], D(x)["logits"]
    assert torch.equal(first, second)
    assert all(torch.equal(before[name], value) for name, value in vectors(D).items())
    D.train()
    D(x)
    # of the dense layer, which has rank one, they were right from the first iteration on
    assert all(not torch.equal(before[name], value) for name, value in vectors(D).items() if "head" not in name)


@pytest.mark.parametrize("n", [1, 3])
def test_each_forward_pass_takes_exactly_so_many_power_iterations(n):
    torch.manual_seed(0)
    D = normalised(SNGANDiscriminator(**SMALL, width=4), n_power_iterations=n)
    layer = D.body[2]
    u, v = (vectors(D)[f"body.2.parametrizations.weight.0.{k}"] for k in ("_u", "_v"))
    W = layer.parametrizations.weight.original.detach().flatten(1)
    for forwards in (1, 2):
        D.train()
        D(images(2, shape=(2, 16, 16), dtype=torch.float32))
        for _ in range(n):
            u = nn.functional.normalize(W @ v, dim=0)
            v = nn.functional.normalize(W.T @ u, dim=0)
        now = vectors(D)
        assert torch.allclose(now["body.2.parametrizations.weight.0._u"], u, atol=1e-6), forwards
        assert torch.allclose(now["body.2.parametrizations.weight.0._v"], v, atol=1e-6), forwards
    D.eval()
    assert torch.allclose(layer.weight, layer.parametrizations.weight.original / (u @ W @ v), atol=1e-6)


def test_two_looks_and_one_backward_pass_without_a_look_at_values():
    torch.manual_seed(0)
    D = normalised(SNGANDiscriminator(**SMALL, width=4))
    real, fake = (images(3, seed=s, shape=(2, 16, 16), dtype=torch.float32) for s in (0, 1))
    with NoHostSync():
        (D(real)["logits"].mean() - D(fake)["logits"].mean()).backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in D.parameters())


def test_the_generator_is_normalised_only_when_asked():
    for asked in (False, True):
        torch.manual_seed(0)
        G, D = SNGANGenerator(**SMALL, width=4), SNGANDiscriminator(**SMALL, width=4)
        SpectralNorm(generator=asked, n_power_iterations=300).prepare(G, D)
        assert any(name.endswith("._u") for name, _ in D.named_buffers())
        assert any(name.endswith("._u") for name, _ in G.named_buffers()) == asked
    G.train()
    averaged = copy.deepcopy(G).eval()
    z = G.sample_z(2, device="cpu")
    G(z)
    G.eval()
    transposed = next(m for m in G.modules() if isinstance(m, nn.ConvTranspose2d))
    matrix = transposed.weight.detach().transpose(0, 1).flatten(1)  # output channels first
    assert torch.linalg.svdvals(matrix)[0].item() == pytest.approx(1, abs=1e-4)
    assert averaged(z).shape == (2, 2, 16, 16)


def test_wrapping_twice_changes_nothing():
    D = normalised(normalised(SNGANDiscriminator(**SMALL, width=4)))
    assert all(len(m.parametrizations.weight) == 1 for m in D.modules() if isinstance(m, nn.Conv2d))


def test_spectral_norm_refuses_a_player_without_weights_and_no_iterations():
    with pytest.raises(RecipeError, match="nothing to normalise in Formula"):
        normalised(Formula(lambda x: x.sum(1)))
    with pytest.raises(RecipeError, match="n_power_iterations is 0"):
        SpectralNorm(n_power_iterations=0)


def test_weights_that_start_at_zero_cannot_be_normalised():
    D = SNGANDiscriminator(**SMALL, width=4)
    nn.init.zeros_(D.head.weight)
    with pytest.raises(RecipeError, match="SNGANDiscriminator has weights that start at zero"):
        SpectralNorm().prepare(None, D)


def test_the_generators_embeddings_are_left_alone():
    """They may hold the gains of class-conditional normalisation, which start at zero."""
    labelled = SMALL | {"num_classes": 3}
    G, D = SNGANGenerator(**labelled, width=4), SNGANDiscriminator(**labelled, width=4)
    nn.init.zeros_(G.label.embed.weight)
    SpectralNorm(generator=True).prepare(G, D)
    assert not parametrize.is_parametrized(G.label.embed)
    assert parametrize.is_parametrized(D.label.embed, "weight")
    assert parametrize.is_parametrized(G.net[0], "weight")
