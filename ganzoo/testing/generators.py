"""Checks of generators."""

from __future__ import annotations

import torch
from torch import Tensor

from ..interfaces import Generator
from ..registry.registry import Registry
from .findings import Findings, require
from .games import check_game
from .players import (
    BATCH,
    Builder,
    Case,
    constructed,
    plainest,
    require_gradients,
    require_repeats,
    require_state,
    weighted,
)
from .symmetry import require_symmetric_images


def _latents(G: Generator, seed: int = 0, n: int = BATCH) -> Tensor:
    return G.sample_z(n, device="cpu", rng=torch.Generator().manual_seed(seed))


def _check_latents(G: Generator) -> None:
    z_dim = getattr(G, "z_dim", None)
    require(isinstance(z_dim, int) and z_dim > 0, f"z_dim is {z_dim!r}, and must be a whole number above 0")
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
    require(not torch.equal(first, _latents(G, seed=1)), "sample_z gives the same latents for another rng")


def _drawn(builder: Builder, cases: list[Case]) -> dict[str, tuple[Case, Tensor]]:
    """Images of each shape in both modes, by the words with which a problem begins."""
    drawn = {}
    for case in cases:
        G = builder.build(case)
        for mode in ("training", "evaluation"):
            with torch.no_grad():
                x = G.train(mode == "training")(_latents(G), case.labels())
            drawn[f"for images of {case}, in {mode} mode,"] = case, x
    return drawn


def _check_shape(where: str, case: Case, x: Tensor) -> None:
    wanted = (BATCH, case.channels, case.image_size, case.image_size)
    require(isinstance(x, Tensor), f"{where} it gives a {type(x).__name__}, and must give a tensor")
    require(x.shape == wanted, f"{where} the shape is {tuple(x.shape)}, and must be {wanted}")
    require(x.dtype == torch.float32, f"{where} the images are {x.dtype}, and must be torch.float32")


def _check_range(where: str, x: Tensor) -> None:
    require(bool(x.isfinite().all()), f"{where} there are values that are not finite")
    low, high = x.min().item(), x.max().item()
    require(low >= -1 and high <= 1, f"{where} the values go from {low:.4g} to {high:.4g}, and must lie in [-1, 1]")


def _run(G: Generator, case: Case) -> list[Tensor]:
    """Draw images in evaluation mode; the engine seeds torch's stream for each evaluation, as this does."""
    torch.manual_seed(0)
    with torch.no_grad():
        return [G(_latents(G), case.labels())]


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
    drawn: dict[str, tuple[Case, Tensor]] = {}
    with findings.check("shape"):
        drawn = _drawn(builder, cases)
        for where, (case, x) in drawn.items():
            _check_shape(where, case, x)
    if not findings.ok:
        return
    with findings.check("range"):
        for where, (_, x) in drawn.items():
            _check_range(where, x)
    with findings.check("gradients"):
        for case in plainest(cases):
            G = builder.build(case)
            weighted(G(_latents(G), case.labels())).backward()
            require_gradients(G, case)
    if first.mirror_symmetric:
        with findings.check("symmetry"):
            for case in plainest(cases):
                require_symmetric_images(builder.build(case), case)
    for check, look in (("state", require_state), ("repeats", require_repeats)):
        with findings.check(check):
            for case in plainest(cases):
                look(builder, case, _run)
    if findings.ok:
        check_game(findings, builder.game(cases[0]))
