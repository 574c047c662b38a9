"""Checks of generators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ...interfaces import Generator
from ...registry.registry import Registry
from ...samples import each, leaves
from ..findings import Findings, listed, require
from ..fixtures.data import BATCH, Case
from .players import (
    Builder,
    check_played,
    constructed,
    plainest,
    require_gradients,
    weighted,
)
from .symmetry import require_symmetric_images


def _latents(G: Generator, seed: int = 0) -> Tensor:
    return G.sample_z(BATCH, device="cpu", rng=torch.Generator().manual_seed(seed))


def _check_latents(G: Generator) -> None:
    z_dim = getattr(G, "z_dim", None)
    require(isinstance(z_dim, int) and z_dim >= 0, f"z_dim is {z_dim!r}, and must be a whole number of at least 0")
    z = _latents(G)
    require(isinstance(z, Tensor), f"sample_z gives a {type(z).__name__}, and must give a tensor")
    require(
        z.shape == (BATCH, z_dim), f"sample_z({BATCH}) has the shape {tuple(z.shape)}, and must have {(BATCH, z_dim)}"
    )
    require(z.dtype == torch.float32, f"sample_z gives {z.dtype}, and must give torch.float32")
    require(bool(z.isfinite().all()), "sample_z gives values that are not finite")


def _check_draws(G: Generator) -> None:
    torch.manual_seed(0)
    first = _latents(G)
    torch.manual_seed(1)
    require(
        torch.equal(first, _latents(G)),
        "sample_z gives other latents for the same rng: all its draws must come from rng",
    )
    same = bool(first.numel()) and torch.equal(first, _latents(G, seed=1))
    require(not same, "sample_z gives the same latents for another rng")


def _drawn(builder: Builder, cases: list[Case]) -> dict[str, tuple[Case, Any]]:
    """Samples of each shape in both modes, and as it samples, by the words with which a problem begins."""
    drawn = {}
    for case in cases:
        G = builder.build(case)
        for mode in ("training", "evaluation"):
            with torch.no_grad():
                x = G.train(mode == "training")(_latents(G), case.conditions())
            drawn[f"for {case}, in {mode} mode,"] = case, x
        if type(G).sample is not Generator.sample:
            with torch.no_grad():
                x, real = G.eval().sample(_latents(G), case.conditions()), case.samples()
            if isinstance(x, Mapping) and isinstance(real, Mapping):  # what is judged may be more than what is trained
                x = {name: tensor for name, tensor in x.items() if name in real}
            drawn[f"for {case}, as it samples,"] = case, x
    return drawn


def _check_shape(where: str, case: Case, x: Any) -> None:
    real = case.samples()
    if isinstance(real, Mapping):
        names = listed(real)
        right = isinstance(x, Mapping) and x.keys() == real.keys()
        require(right, f"{where} it gives a {type(x).__name__}, and must give a dict of the tensors {names}")
    else:
        require(isinstance(x, Tensor), f"{where} it gives a {type(x).__name__}, and must give a tensor")
    for made, wanted in zip(leaves(x), leaves(each(lambda _, a: a, x, real)), strict=True):
        shape = tuple(wanted.shape)
        require(made.shape == shape, f"{where} the shape is {tuple(made.shape)}, and must be {shape}")
        require(made.dtype == torch.float32, f"{where} the samples are {made.dtype}, and must be torch.float32")


def _check_range(where: str, case: Case, x: Any) -> None:
    for tensor in leaves(x):
        require(bool(tensor.isfinite().all()), f"{where} there are values that are not finite")
        low, high = tensor.min().item(), tensor.max().item()
        inside = not case.modality.quantised or (low >= -1 and high <= 1)
        require(inside, f"{where} the values go from {low:.4g} to {high:.4g}, and must lie in [-1, 1]")


def _run(G: Generator, case: Case) -> list[Tensor]:
    """Draw images in evaluation mode; the engine seeds torch's stream for each evaluation, as this does."""
    torch.manual_seed(0)
    with torch.no_grad():
        return leaves(G(_latents(G), case.conditions()))


def check_generator(findings: Findings, registry: Registry) -> None:
    """Check construction, latents, images, gradients, state, and a game with the suite's own discriminator."""
    builder, cases = constructed(findings, registry)
    if builder is None or not cases:
        return

    first = builder.build(cases[0])
    with findings.check("latents"):
        _check_latents(first)
    if not findings.ok:
        return
    with findings.check("draws"):
        _check_draws(first)
    drawn: dict[str, tuple[Case, Any]] = {}
    with findings.check("shape"):
        drawn = _drawn(builder, [*cases, *builder.others()])
        for where, (case, x) in drawn.items():
            _check_shape(where, case, x)
    if not findings.ok:
        return
    with findings.check("range"):
        for where, (case, x) in drawn.items():
            _check_range(where, case, x)
    with findings.check("gradients"):
        for case in plainest(cases):
            G = builder.build(case)
            made = leaves(G(_latents(G), case.conditions()))
            torch.stack([weighted(tensor) for tensor in made]).sum().backward()
            require_gradients(G, case)
    if first.mirror_symmetric:
        with findings.check("symmetry"):
            for case in plainest(cases):
                require_symmetric_images(builder.build(case), case)
    check_played(findings, builder, cases, _run)
