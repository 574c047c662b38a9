"""Denoising diffusion GAN as the paper writes it: the diffusion, its posterior, the players and the game."""

import math
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch
from ganzoo_plugins.diffusion_gan.denoiser import Denoiser
from ganzoo_plugins.diffusion_gan.diffusion import Diffusion
from ganzoo_plugins.diffusion_gan.noised_pairs import NoisedPairs
from ganzoo_plugins.diffusion_gan.step_critic import StepCritic
from stand_in_turn import dealt

from ganzoo.errors import RecipeError

POINTS = {"image_size": 1, "channels": 2, "num_classes": 0}
SMALL = {"width": 8, "depth": 1}


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def players(**changes):
    torch.manual_seed(0)
    shape = POINTS | changes
    return Denoiser(**shape, latent=3, **SMALL), StepCritic(**shape, **SMALL)


# -- the diffusion ---------------------------------------------------------------------------------------------


def test_two_halving_steps_by_hand():
    """Without growth each step keeps exp(-b u), u = 0.999 / 2: with b u = ln 2 half of the variance is noise each."""
    b = math.log(2) / (0.999 / 2)
    found = Diffusion(2, b, b)
    assert found.keeps.tolist() == pytest.approx([math.sqrt(1 / 2)] * 2)
    assert found.adds.tolist() == pytest.approx([math.sqrt(1 / 2)] * 2)
    assert found.signal.tolist() == pytest.approx([1, math.sqrt(1 / 2), 1 / 2])
    assert found.noise.tolist() == pytest.approx([0, math.sqrt(1 / 2), math.sqrt(3 / 4)])
    # q(x_1 | x_2, x_0): sqrt(1/2) (1/2) / (3/4) of each, and the variance (1/2) (1/2) / (3/4); of x_0 it is x_0 itself
    assert found.of_clean.tolist() == pytest.approx([1, math.sqrt(2) / 3])
    assert found.of_noisy.tolist() == pytest.approx([0, math.sqrt(2) / 3])
    assert found.std.tolist() == pytest.approx([0, math.sqrt(1 / 3)])


def test_the_schedule_of_the_paper():
    """The appendix: beta_t = 1 - abar(t) / abar(t - 1), beta_min 0.1 and beta_max 20, four steps."""

    def total(u):
        return math.exp(-(u**2) * (20 - 0.1) / 2 - u * 0.1)

    times = [0.001 + 0.999 * t / 4 for t in range(5)]
    kept = [total(after) / total(before) for before, after in pairwise(times)]
    found = Diffusion(4)
    assert (found.keeps**2).tolist() == pytest.approx(kept, rel=1e-5)
    assert (found.adds**2).tolist() == pytest.approx([1 - one for one in kept], rel=1e-5)
    assert (found.signal**2).tolist() == pytest.approx([math.prod(kept[:t]) for t in range(5)], rel=1e-5)


@pytest.mark.parametrize("steps", [1, 2, 4, 8])
def test_the_posterior_is_bayes(steps):
    """N(x_{s+1}; keeps x_s, adds^2) N(x_s; signal x_0, noise^2): precisions add up, means are weighted by them."""
    found = Diffusion(steps)
    for s in range(1, steps):
        forward, marginal = found.keeps[s] ** 2 / found.adds[s] ** 2, 1 / found.noise[s] ** 2
        precision = forward + marginal
        assert found.std[s] ** 2 == pytest.approx(float(1 / precision), rel=1e-4)
        assert found.of_noisy[s] == pytest.approx(float(forward / found.keeps[s] / precision), rel=1e-4)
        assert found.of_clean[s] == pytest.approx(float(marginal * found.signal[s] / precision), rel=1e-4)
    assert (found.of_clean[0], found.of_noisy[0], found.std[0]) == (1, 0, 0)


def test_pairs_have_the_marginals_of_the_diffusion():
    """Of a constant x_0: means signal x_0, variances noise^2, and the covariance keeps times the cleaner's variance."""
    found, n = Diffusion(4), 40_000
    for s in range(4):
        cleaner, noisier = found.pair(torch.full((n, 1), 2.0), torch.full((n,), s), rng(s))
        both = torch.cat([cleaner, noisier], dim=1).double()
        assert both.mean(0).tolist() == pytest.approx((2 * found.signal[s : s + 2]).tolist(), abs=0.02)
        spread, noise = torch.cov(both.T), found.noise[s : s + 2].double() ** 2
        assert spread.diag().tolist() == pytest.approx(noise.tolist(), abs=0.02)
        assert spread[0, 1].item() == pytest.approx(float(found.keeps[s] * noise[0]), abs=0.02)


def test_the_posterior_of_the_truth_gives_the_pairs_back():
    """x_s drawn of x_{s+1} and the true x_0 is distributed as x_s of the pair is, with the same covariance."""
    found, n, s = Diffusion(4), 40_000, 2
    x = torch.full((n, 1), 2.0)
    step = torch.full((n,), s)
    cleaner, noisier = found.pair(x, step, rng())
    drawn = found.posterior(x, noisier, step, torch.randn(n, 1, generator=rng(1)))
    expected, made = (torch.cov(torch.cat([one, noisier], dim=1).T) for one in (cleaner, drawn))
    assert drawn.mean() == pytest.approx(cleaner.mean().item(), abs=0.02)
    assert made.flatten().tolist() == pytest.approx(expected.flatten().tolist(), abs=0.02)


@pytest.mark.parametrize(
    ("given", "said"),
    [((0,), "steps is 0"), ((4, 0.0), "beta_min is 0.0"), ((4, 2.0, 1.0), "beta_min is 2.0 and beta_max 1.0")],
)
def test_refused_noise(given, said):
    with pytest.raises(RecipeError, match=said):
        Diffusion(*given)


# -- the players -----------------------------------------------------------------------------------------------


def test_a_sample_is_the_loop_of_the_paper():
    """x_T is noise; at each step x_0 is guessed, and the next drawn of the posterior; the last guess is the sample."""
    G, _ = players()
    z = G.sample_z(5, device="cpu", rng=rng())
    noise, latent = z.view(5, 4, 5).split([2, 3], dim=2)
    with torch.no_grad():
        x = noise[:, 0].view(5, 2, 1, 1)
        for k, s in enumerate([3, 2, 1, 0]):
            clean = G.guess(x, torch.full((5,), s), latent[:, k])
            if s:
                d = G.diffusion
                x = d.of_clean[s] * clean + d.of_noisy[s] * x + d.std[s] * noise[:, k + 1].view(5, 2, 1, 1)
        assert torch.allclose(G.sample(z), clean, atol=1e-6)
        assert torch.equal(G(z), G.sample(z))
    assert G.z_dim == 4 * (2 + 3)


def test_a_step_is_taken_from_the_noisier_of_a_pair():
    G, _ = players()
    z, noisy, step = G.sample_z(4, device="cpu", rng=rng()), torch.randn(4, 2, 1, 1), torch.tensor([0, 1, 2, 3])
    with torch.no_grad():
        clean = G.guess(noisy, step, z[:, 2:5])
        taken = G(z, {"noisy": noisy, "step": step})
    assert torch.allclose(taken, G.diffusion.posterior(clean, noisy, step, z[:, :2].view(4, 2, 1, 1)))
    assert torch.equal(taken[0], clean[0])  # of step 0 it is the guess itself


def test_images_are_bounded_and_points_are_not():
    torch.manual_seed(0)
    images = Denoiser(image_size=(4, 6), channels=3, num_classes=0, **SMALL)
    with torch.no_grad():
        for G in (images, players()[0]):
            G.net.last.weight.mul_(1000)
        made = images(images.sample_z(3, device="cpu", rng=rng()))
        points = players()[0]
        points.net.last.weight.mul_(1000)
        assert points(points.sample_z(3, device="cpu", rng=rng())).abs().max() > 1
    assert made.shape == (3, 3, 4, 6) and made.abs().max() <= 1


def test_a_verdict_is_of_both_ends_and_of_the_step():
    _, D = players()
    x, noisy, step = torch.randn(4, 2, 1, 1), torch.randn(4, 2, 1, 1), torch.tensor([0, 1, 2, 3])
    with torch.no_grad():
        said = D(x, {"noisy": noisy, "step": step})
        others = [
            D(x + 1, {"noisy": noisy, "step": step}),
            D(x, {"noisy": noisy + 1, "step": step}),
            D(x, {"noisy": noisy, "step": step.roll(1)}),
        ]
        assert torch.equal(D(x)["logits"], D(x, {"noisy": x, "step": step * 0})["logits"])
    assert said.keys() == D.outputs and said["logits"].shape == (4,)
    for other in others:
        assert (said["logits"] != other["logits"]).all()


def test_labels_tell_both_players():
    G, D = players(num_classes=3)
    z, y = G.sample_z(2, device="cpu", rng=rng()), torch.tensor([0, 2])
    with torch.no_grad():
        assert (G(z, y) != G(z, y.flip(0))).all()
        assert (D(G(z, y), y)["logits"] != D(G(z, y), y.flip(0))["logits"]).all()
        pair = {"noisy": torch.randn(2, 2, 1, 1), "step": torch.tensor([1, 3])}
        assert (G(z, pair | {"label": y}) != G(z, pair | {"label": y.flip(0)})).all()


# -- the game --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("y", [None, torch.arange(6) % 3])
def test_turns_are_played_on_pairs(y):
    """Real is x_s, and the fake is made of the same x_{s+1} at the same step."""
    G, D = players(num_classes=0 if y is None else 3)
    term, real = NoisedPairs(), torch.randn(6, 2, 1, 1)
    term.prepare(G, D)
    for player in "DG":
        turn = term.recast(dealt(player, G, D, real, y, second_order=player == "D"))
        noisier, step = turn.y["noisy"], turn.y["step"]
        assert turn.y is turn.y_fake
        assert ("label" in turn.y) == (y is not None)
        assert turn.real.requires_grad == (player == "D") and not noisier.requires_grad
        with torch.no_grad():
            assert torch.allclose(turn.fake, G(turn.z, {"noisy": noisier, "step": step, "label": y}))
            assert torch.allclose(turn.on_real["logits"], D(turn.real, turn.y)["logits"])
        draws = rng()
        assert torch.equal(step, torch.randint(4, (6,), generator=draws))
        for found, expected in zip((turn.real, noisier), G.diffusion.pair(real, step, draws), strict=True):
            assert torch.equal(found, expected)
        assert term.recast(turn) is turn


def test_other_players_are_refused():
    G, D = players()
    for pair in ((SimpleNamespace(), D), (G, SimpleNamespace())):
        with pytest.raises(RecipeError, match="take generator=denoiser and discriminator=step-critic"):
            NoisedPairs().prepare(*pair)
