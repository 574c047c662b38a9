"""On one verdict for each image the penalties are those of before they knew several, bit for bit."""

from functools import partial

import pytest
import torch
from ganzoo_plugins.augmentation.apa import APA
from ganzoo_plugins.gradient_penalties.dragan import DRAGAN
from ganzoo_plugins.gradient_penalties.max_gradient import MaxGradient
from ganzoo_plugins.gradient_penalties.one_centred import GradientPenalty
from ganzoo_plugins.gradient_penalties.r1 import R1
from ganzoo_plugins.gradient_penalties.r2 import R2
from ganzoo_plugins.gradient_penalties.wasserstein_divergence import WassersteinDivergence
from ganzoo_plugins.gradient_penalties.zero_centred import ZeroCentred
from ganzoo_plugins.losses.softmax import SoftmaxGAN
from ganzoo_plugins.training_dynamics.latent_optimisation import LatentOptimisation
from ganzoo_plugins.wgan_gp.convolutional import WGANGPCritic, WGANGPGenerator
from stand_in_turn import Verdicts, dealt

from ganzoo.layers import input_gradient

SHAPE = {"image_size": 16, "channels": 2, "num_classes": 0, "width": 4}


def drawn(shape, rng, **how):
    return torch.rand(shape, generator=rng, **how)


def line(turn):
    real, fake = turn.real.detach(), turn.fake.detach()
    return torch.lerp(real, fake, drawn((len(real), 1, 1, 1), turn.rng)).requires_grad_()


def gradient_between(turn):
    x = line(turn)
    return input_gradient(turn.judge(x, turn.y)["logits"], x)


def near(turn):
    real = turn.real.detach()
    pixels, images = (drawn(shape, turn.rng) for shape in (real.shape, (len(real), 1, 1, 1)))
    x = (real + 0.5 * real.std(correction=0) * (pixels * images)).requires_grad_()
    return (input_gradient(turn.judge(x, turn.y)["logits"], x).flatten(1).norm(dim=1) - 1.0).square().mean()


def squares(gradient):
    return gradient.square().sum(dim=(1, 2, 3))


BEFORE = {
    R1: lambda turn: 0.5 * squares(input_gradient(turn.on_real["logits"], turn.real)).mean(),
    R2: lambda turn: 0.5 * squares(input_gradient(turn.on_fake["logits"], turn.fake)).mean(),
    ZeroCentred: lambda turn: squares(gradient_between(turn)).mean(),
    MaxGradient: lambda turn: squares(gradient_between(turn)).amax(),
    WassersteinDivergence: lambda turn: gradient_between(turn).flatten(1).norm(dim=1).pow(6.0).mean(),
    GradientPenalty: lambda turn: (gradient_between(turn).flatten(1).norm(dim=1) - 1.0).square().mean(),
    DRAGAN: near,
}


def played(penalty, layout):
    torch.manual_seed(0)
    D = WGANGPCritic(**SHAPE).to(memory_format=layout)
    real, fake = (
        torch.randn(6, 2, 16, 16, generator=torch.Generator().manual_seed(seed)).to(memory_format=layout)
        for seed in (1, 2)
    )
    turn = dealt("D", None, D, real.requires_grad_(), fake=fake.requires_grad_(), second_order=True)
    value = penalty(turn)
    value.backward()
    return [value, turn.rng.get_state(), *(w.grad for w in D.parameters() if w.grad is not None)]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=["contiguous", "channels-last"])
@pytest.mark.parametrize("term", BEFORE)
def test_a_penalty_on_the_slope(term, layout):
    torch.use_deterministic_algorithms(True)
    try:
        now, before = played(term().d_penalty, layout), played(BEFORE[term], layout)
    finally:
        torch.use_deterministic_algorithms(False)
    assert len(now) == len(before) > 5
    assert all(torch.equal(a, b) for a, b in zip(now, before, strict=True))


def test_softmax_gan():
    real, fake = (torch.randn(7, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1))
    both = torch.cat([real, fake])
    turn = Verdicts(real, fake)
    assert torch.equal(SoftmaxGAN().d_loss(turn), both.logsumexp(dim=0) - real.mean())
    assert torch.equal(SoftmaxGAN().g_loss(turn), both.logsumexp(dim=0) - both.mean())


def test_latent_optimisation():
    torch.manual_seed(0)
    D, G = WGANGPCritic(**SHAPE), WGANGPGenerator(**SHAPE, z_dim=8)
    turn = partial(dealt, "D", G.eval(), D, torch.zeros(6, 2, 16, 16))
    found = LatentOptimisation(share=1.0, clip=False).recast(turn()).z
    z = turn().z.requires_grad_()
    g = input_gradient(D(G(z))["logits"], z)
    assert torch.equal(found, z + 0.9 * g / (5.0 + g.square().sum(dim=1, keepdim=True)))


def test_apa():
    torch.manual_seed(0)
    G = WGANGPGenerator(**SHAPE, z_dim=8).eval()
    real = torch.randn(6, 2, 16, 16)
    found = APA(p=0.5).recast(dealt("D", G, None, real)).real
    rng = torch.Generator().manual_seed(0)
    z = G.sample_z(6, device="cpu", rng=rng)
    with torch.no_grad():
        assert torch.equal(found, torch.where(drawn((6, 1, 1, 1), rng) < 0.5, G(z), real))
