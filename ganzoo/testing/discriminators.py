"""Checks of discriminators."""

from __future__ import annotations

import torch
from torch import Tensor

from ..interfaces import Discriminator
from ..registry.registry import Registry
from .findings import Findings, listed, require, require_is
from .games import check_game
from .players import BATCH, Case, constructed, plainest, require_gradients, require_repeats, require_state, weighted
from .symmetry import require_mirrored_maps


def _check_verdict(D: Discriminator, case: Case) -> None:
    with torch.no_grad():
        verdict = D(case.images(), case.labels())
    where = f"for images of {case}, in {'training' if D.training else 'evaluation'} mode,"
    require(isinstance(verdict, dict), f"{where} it gives a {type(verdict).__name__}, and must give a dict of tensors")
    missing, extra = D.outputs - verdict.keys(), verdict.keys() - D.outputs
    require(not missing, f"{where} it does not give {listed(missing)}, which its outputs declare")
    require(not extra, f"{where} it gives {listed(extra)}, which its outputs do not declare")
    for key, value in verdict.items():
        require(isinstance(value, Tensor), f"{where} {key!r} is a {type(value).__name__}, and must be a tensor")
        shape = tuple(value.shape)
        require(
            key != "logits" or shape == (BATCH,), f"{where} 'logits' has the shape {shape}, and must have {(BATCH,)}"
        )
        require(
            shape[:1] == (BATCH,),
            f"{where} {key!r} has the shape {shape}, which does not begin with the batch of {BATCH}",
        )
        require(value.dtype == torch.float32, f"{where} {key!r} is {value.dtype}, and must be torch.float32")
        require(bool(value.isfinite().all()), f"{where} {key!r} has values that are not finite")


def _run(D: Discriminator, case: Case) -> list[Tensor]:
    with torch.no_grad():
        verdict = D(case.images(), case.labels())
    return [verdict[key] for key in sorted(verdict)]


def check_discriminator(findings: Findings, registry: Registry) -> None:
    """Check construction, outputs, gradients, state, and a game with the suite's own generator."""
    builder, cases = constructed(findings, registry)
    if builder is None or not cases:
        return

    with findings.check("declaration"):
        outputs = builder.build(cases[0]).outputs
        sound = isinstance(outputs, frozenset) and outputs and all(isinstance(key, str) for key in outputs)
        require(bool(sound), f"outputs is {outputs!r}, and must be a frozenset of names that is not empty")
    if not findings.ok:
        return
    with findings.check("outputs"):
        for case in cases:
            D = builder.build(case)
            _check_verdict(D, case)
            _check_verdict(D.eval(), case)
    if not findings.ok:
        return
    with findings.check("gradients"):
        for case in plainest(cases):
            D, x = builder.build(case), case.images().requires_grad_()
            torch.stack([weighted(value) for value in D(x, case.labels()).values()]).sum().backward()
            gradient = require_is(x.grad, Tensor, f"for images of {case}, no gradient reaches the image")
            require(bool(gradient.isfinite().all()), f"for images of {case}, the gradient of the image is not finite")
            require(bool(gradient.any()), f"for images of {case}, the gradient of the image is zero")
            require_gradients(D, case)
    if builder.build(cases[0]).mirror_symmetric:
        with findings.check("symmetry"):
            for case in plainest(cases):
                require_mirrored_maps(builder.build(case), case)
    for check, look in (("state", require_state), ("repeats", require_repeats)):
        with findings.check(check):
            for case in plainest(cases):
                look(builder, case, _run)
    if findings.ok:
        check_game(findings, builder.game(cases[0]))
