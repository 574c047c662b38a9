"""Denoising diffusion GAN: the schedule of the noise, pairs of neighbours, and draws of the posterior."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from ganzoo_plugins.diffusion_gan.diffusion import Diffusion
from torch import Tensor

from ..clone import definitions_in
from ..draws import formula_draws
from ..formula import spread
from ..subject import Subject, Values

FILE = "train_ddgan.py"
LENGTHS = (2, 4, 8)
NAMES = (
    "var_func_vp",
    "extract",
    "get_sigma_schedule",
    "Diffusion_Coefficients",
    "q_sample",
    "q_sample_pairs",
    "Posterior_Coefficients",
    "sample_posterior",
)
PAIRS = torch.tensor([1, 2, 3, 3, 2, 1])
STEPS = torch.tensor([0, 1, 2, 3, 0, 2])


def cases() -> tuple[Tensor, Tensor]:
    """Give six samples, and what a generator guesses of them."""
    clean, guess = (spread(name, (6, 1, 4, 4)) for name in ("clean", "guess"))
    return clean, guess


def ours() -> Values:
    """Run ours."""
    clean, guess = cases()
    found: dict[str, Tensor | int] = {}
    for steps in LENGTHS:
        of = Diffusion(steps)
        found[f"beta of {steps}"] = of.adds.square()
        found[f"signal of {steps}"], found[f"noise of {steps}"] = of.signal[1:], of.noise[1:]
        found[f"keeps of {steps}"] = of.keeps
        found[f"mean of the clean, {steps}"], found[f"mean of the noisy, {steps}"] = of.of_clean, of.of_noisy
        found[f"posterior variance of {steps}"] = of.std.square()
    of = Diffusion(4)
    with formula_draws():
        cleaner, noisier = of.pair(clean, PAIRS, torch.Generator())
        drawn = of.posterior(guess, clean, STEPS, torch.randn_like(clean))
    return found | {"cleaner of a pair": cleaner, "noisier of a pair": noisier, "draw of the posterior": drawn}


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    clean, guess = cases()
    code: dict[str, Any] = {"torch": torch, "np": np}
    definitions_in(clone / FILE, NAMES, code)
    found: dict[str, Tensor | int] = {}
    for steps in LENGTHS:
        given = SimpleNamespace(num_timesteps=steps, beta_min=0.1, beta_max=20.0, use_geometric=False)
        forward, back = code["Diffusion_Coefficients"](given, "cpu"), code["Posterior_Coefficients"](given, "cpu")
        found[f"beta of {steps}"] = back.betas
        found[f"signal of {steps}"], found[f"noise of {steps}"] = forward.a_s_cum[1:], forward.sigmas_cum[1:]
        found[f"keeps of {steps}"] = forward.a_s[1:]
        found[f"mean of the clean, {steps}"] = back.posterior_mean_coef1
        found[f"mean of the noisy, {steps}"] = back.posterior_mean_coef2
        found[f"posterior variance of {steps}"] = back.posterior_variance
        if steps == 4:
            with formula_draws():
                cleaner, noisier = code["q_sample_pairs"](forward, clean, PAIRS)
                drawn = code["sample_posterior"](back, guess, clean, STEPS)
    return found | {"cleaner of a pair": cleaner, "noisier of a pair": noisier, "draw of the posterior": drawn}


SUBJECT = Subject(
    title="Denoising diffusion GAN: the noise of the steps, pairs, draws of the posterior",
    repository="NVlabs/denoising-diffusion-gan",
    licence="NVIDIA Source Code License, for research or evaluation",
    files=(FILE,),
    ran="the functions of the diffusion as they are, on a CPU, without the networks and the training loop",
    compared="schedules of two, four and eight steps; of four steps pairs of neighbours, and draws of the "
    "posterior, with the same noise",
    departs="theirs computes the schedule in float32 from 1 - beta, which is inexact where a step leaves next to "
    "nothing, ours in float64; theirs adds noise of variance 1e-8 to x_0, so that pairs of the last step, from x_1 to "
    "x_0, are left out",
    tolerance=1e-5,
    ours=ours,
    theirs=theirs,
)
