"""A generator as a program of torch, with latents and labels in and samples out, for batches of any size."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from ...backend.internals import MUL_BY_NUMBERS
from ...errors import GanzooError, first_line
from ...interfaces import Generator
from ...layers.blocks.noise import held_noise
from ..trained import Trained

_TRACED = 3  # samples that are drawn while it is traced: 0 and 1 would be taken for constants
CHECKED = 5  # samples that what was written is compared by, another number


class _Drawn(nn.Module):
    """A generator as it is judged and shown, with labels as a tensor, or without any."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        made: Tensor = self.generator.sample(z, y)
        return made


def program_of(trained: Trained) -> ExportedProgram:
    """Trace on the CPU how a generator samples, which is its forward pass unless it has a way of its own.

    Its inputs are ``z``, ``(B, z_dim)`` float32, and for a conditional one ``y``, ``(B,)`` int64; its output is
    ``(B, C, H, W)`` in [-1, 1], or points ``(B, C, 1, 1)`` as they are. Noise that the generator adds to its maps is
    the same for all samples, as in ``Model.sample``.

    Args:
        trained: the generator; it is moved to the CPU for it, and back.

    Raises:
        GanzooError: that cannot be traced, such as one that draws from Python's random numbers.
    """
    batch = Dim("batch", min=1, max=2**20)
    args = inputs_of(trained, _TRACED)
    shapes = {"z": {0: batch}} | ({"y": {0: batch}} if trained.conditional else {})
    with on_cpu(trained), held_noise(trained.generator), torch.no_grad(), quiet():
        module = _Drawn(trained.generator).eval()
        try:
            try:
                program = torch.export.export(module, args, dynamic_shapes=_for(shapes, args), strict=False)
            except Exception:  # `len(z)` is a constant for this one, and none for the other, which knows less of Python
                program = torch.export.export(module, args, dynamic_shapes=_for(shapes, args), strict=True)
            return _one_by_one(program)
        except Exception as error:  # torch raises many kinds, some of them its own user errors
            raise GanzooError(
                f"{trained.name}: its generator cannot be traced by torch {torch.__version__}, so it cannot be written "
                f"as pt2 or onnx; --format hub can: {first_line(error, 200)}"
            ) from error


def _one_by_one(program: ExportedProgram) -> ExportedProgram:
    """Put sums and products of single tensors in the place of two operations that not every exporter knows."""
    table: dict[Any, Callable[..., Any]] = {
        MUL_BY_NUMBERS: _products,  # no exporter to ONNX
        torch.ops.aten.addcmul.default: _sum_and_product,  # not that of torch 2.6 where the batch is dynamic
    }
    found = {node.target for node in program.graph.nodes} & table.keys()
    if not found:
        return program
    changed: ExportedProgram = program.run_decompositions({target: table[target] for target in found})
    return changed


def _products(tensors: list[Tensor], scalars: list[float]) -> list[Tensor]:
    return [tensor * scalar for tensor, scalar in zip(tensors, scalars, strict=True)]


def _sum_and_product(to: Tensor, one: Tensor, other: Tensor, *, value: float = 1) -> Tensor:
    return to + one * other if value == 1 else to + value * one * other


def _for(shapes: dict[str, dict[int, Dim]], args: tuple[Tensor, ...]) -> dict[str, dict[int, Dim] | None]:
    return {**shapes} if len(args) > 1 else {"z": shapes["z"]}


def inputs_of(trained: Trained, n: int) -> tuple[Tensor, ...]:
    """Draw ``n`` latents, and with them labels that take every class in turn, where it is told any."""
    rng = torch.Generator().manual_seed(0)
    z = trained.generator.sample_z(n, device="cpu", rng=rng)
    return (z, torch.arange(n) % len(trained.classes)) if trained.conditional else (z,)


def drawn(trained: Trained, args: tuple[Tensor, ...]) -> Tensor:
    """Run the generator itself on the CPU as the program does."""
    with on_cpu(trained), held_noise(trained.generator), torch.no_grad():
        made: Tensor = trained.generator.sample(*args)
        return made


@contextmanager
def on_cpu(trained: Trained) -> Iterator[None]:
    """Move a generator to the CPU, and back when the block ends."""
    device = trained.device
    trained.generator.to("cpu")
    try:
        yield
    finally:
        trained.generator.to(device)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what torch and its exporters print and warn of from the user: the outcome is checked."""
    levels = {name: logging.getLogger(name).level for name in ("torch.onnx", "torch.export", "onnxscript")}
    for name in levels:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
