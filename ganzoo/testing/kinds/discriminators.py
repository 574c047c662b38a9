"""Checks of discriminators."""

from __future__ import annotations

import torch
from torch import Tensor

from ...interfaces import Discriminator
from ...recipes.building.heads import require_heads
from ...registry.registry import Registry
from ...samples import differentiable, join, leaves
from ..findings import Findings, listed, require
from ..fixtures.data import BATCH, Case
from .players import check_played, constructed, plainest, require_gradients, weighted
from .symmetry import require_mirrored_maps


def _check_verdict(D: Discriminator, case: Case) -> None:
    with torch.no_grad():
        verdict = D(case.samples(), case.conditions())
    where = f"for {case}, in {'training' if D.training else 'evaluation'} mode,"
    require(isinstance(verdict, dict), f"{where} it gives a {type(verdict).__name__}, and must give a dict of tensors")
    missing, extra = D.outputs - verdict.keys(), verdict.keys() - D.outputs
    require(not missing, f"{where} it does not give {listed(missing)}, which its outputs declare")
    require(not extra, f"{where} it gives {listed(extra)}, which its outputs do not declare")
    for key, value in verdict.items():
        require(isinstance(value, Tensor), f"{where} {key!r} is a {type(value).__name__}, and must be a tensor")
        shape = tuple(value.shape)
        require(
            shape[:1] == (BATCH,),
            f"{where} {key!r} has the shape {shape}, which does not begin with the batch of {BATCH}",
        )
        require(value.numel() > 0, f"{where} {key!r} has the shape {shape}, in which there is no number")
        require(value.dtype == torch.float32, f"{where} {key!r} is {value.dtype}, and must be torch.float32")
        require(bool(value.isfinite().all()), f"{where} {key!r} has values that are not finite")
    if D.heads:
        sides = torch.cat([verdict[head].reshape(BATCH, -1) for head in D.heads], dim=1)
        require(
            verdict["logits"].numel() == sides.numel() and torch.equal(verdict["logits"].reshape(BATCH, -1), sides),
            f"{where} 'logits' are not its heads {listed(D.heads)} side by side, (B, {sides.shape[1]})",
        )
    _require_rows(D, case, {key: tuple(value.shape) for key, value in verdict.items()}, where)


def _require_rows(D: Discriminator, case: Case, shapes: dict[str, tuple[int, ...]], where: str) -> None:
    """Require that as much is said of a sample in a larger batch; what is spread over a batch is not."""
    x, y = case.samples(), case.conditions()
    with torch.no_grad():
        more = D(join(x, x), join(y, y))
    for key, shape in shapes.items():
        require(
            tuple(more[key].shape) == (2 * BATCH, *shape[1:]),
            f"{where} {key!r} has the shape {shape} for a batch of {BATCH} and {tuple(more[key].shape)} for one of "
            f"{2 * BATCH}: of each sample there is to be said as much in either",
        )


def _run(D: Discriminator, case: Case) -> list[Tensor]:
    with torch.no_grad():
        verdict = D(case.samples(), case.conditions())
    return [verdict[key] for key in sorted(verdict)]


def check_discriminator(findings: Findings, registry: Registry) -> None:
    """Check construction, outputs, gradients, state, and a game with the suite's own generator."""
    builder, cases = constructed(findings, registry)
    if builder is None or not cases:
        return

    with findings.check("declaration"):
        D = builder.build(cases[0])
        outputs = D.outputs
        sound = isinstance(outputs, frozenset) and outputs and all(isinstance(key, str) for key in outputs)
        require(bool(sound), f"outputs is {outputs!r}, and must be a frozenset of names that is not empty")
        require_heads(D, "it")
    if not findings.ok:
        return
    with findings.check("outputs"):
        for case in [*cases, *builder.others()]:
            D = builder.build(case)
            _check_verdict(D, case)
            _check_verdict(D.eval(), case)
    if not findings.ok:
        return
    with findings.check("gradients"):
        for case in plainest(cases):
            D, x = builder.build(case), differentiable(case.samples())
            torch.stack([weighted(value) for value in D(x, case.conditions()).values()]).sum().backward()
            gradients = [tensor.grad for tensor in leaves(x) if tensor.grad is not None]
            require(bool(gradients), f"for {case}, no gradient reaches the sample")
            finite = all(bool(gradient.isfinite().all()) for gradient in gradients)
            require(finite, f"for {case}, the gradient of the sample is not finite")
            require(any(bool(g.any()) for g in gradients), f"for {case}, the gradient of the sample is zero")
            require_gradients(D, case)
    if builder.build(cases[0]).mirror_symmetric:
        with findings.check("symmetry"):
            for case in plainest(cases):
                require_mirrored_maps(builder.build(case), case)
    check_played(findings, builder, cases, _run)
