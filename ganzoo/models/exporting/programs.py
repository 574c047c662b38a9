"""Exported generators as one file: a program of torch (``.pt2``), or a graph of ONNX; compared with the generator."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ... import __version__
from ...backend.internals import BATCH_NORM_BY_STATISTICS
from ...errors import GanzooError, SetupError, first_line
from ...storage.atomic import in_place
from ..generation.program import CHECKED, drawn, inputs_of, program_of, quiet
from ..trained import Trained

CLOSE = 1e-4  # the largest difference from the generator's samples, which lie in [-1, 1]
_OPSET = 18


def write_pt2(trained: Trained, path: Path) -> float:
    """Write a generator as a program that ``torch.export.load`` reads, without ganzoo.

    Returns:
        The largest difference of its samples from the generator's.

    Raises:
        GanzooError: it cannot be traced, or draws something else.
        SetupError: the disk is full or the folder cannot be written.
    """
    program = program_of(trained)

    with in_place(path) as part, quiet():
        torch.export.save(program, part, extra_files={"ganzoo.json": _about(trained)})
        again = torch.export.load(part).module()
        return _deviation(trained, lambda args: again(*args))


def write_onnx(trained: Trained, path: Path) -> float | None:
    """Write a generator as a graph of ONNX.

    Returns:
        The largest difference of its samples from the generator's; None where onnxruntime is not installed.

    Raises:
        SetupError: a package is missing, the disk is full or the folder cannot be written.
        GanzooError: it cannot be traced, an operation has no counterpart in ONNX, or it draws something else.
    """
    lacking = [name for name in ("onnx", "onnxscript") if importlib.util.find_spec(name) is None]
    if lacking:
        raise SetupError(f'--format onnx needs the package {lacking[0]}: pip install "ganzoo-core[onnx]"')
    program = program_of(trained)

    with in_place(path) as part:
        _to_onnx(trained, program, part)
        if importlib.util.find_spec("onnxruntime") is None:
            return None
        return _deviation(trained, _runner(part))


def _to_onnx(trained: Trained, program: Any, part: Path) -> None:
    import contextlib
    import io

    names = ["z", "y"] if trained.conditional else ["z"]
    try:
        with quiet(), contextlib.redirect_stdout(io.StringIO()):
            torch.onnx.export(
                program.run_decompositions(_SINGLE),
                (),
                part,
                input_names=names,
                output_names=["samples"],
                opset_version=_OPSET,
                dynamo=True,
                external_data=False,
            )
    except Exception as error:  # of three packages, which have no common one
        raise GanzooError(
            f"{trained.name}: its generator cannot be written as ONNX by torch {torch.__version__} and onnxscript "
            f"{importlib.metadata.version('onnxscript')}; --format pt2 and hub can: {_cause(error)}"
        ) from error


def _batch_norm(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    mean: Tensor,
    var: Tensor,
    momentum: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalise by running statistics, as a factor and a term for each channel."""
    factor = torch.rsqrt(var + eps) if weight is None else torch.rsqrt(var + eps) * weight
    term = -mean * factor if bias is None else bias - mean * factor
    shape = [1, -1] + [1] * (x.dim() - 2)
    return x * factor.view(shape) + term.view(shape), x.new_empty(0), x.new_empty(0)


# The exporter of torch 2.6 takes this one's results for one, with an onnxscript that is new enough for newer exporters.
_SINGLE: dict[Any, Callable[..., Any]] = {BATCH_NORM_BY_STATISTICS: _batch_norm}


def _cause(error: BaseException) -> str:
    """Return what the first of a chain of errors says: those that follow tell of the exporter alone."""
    while error.__cause__ is not None:
        error = error.__cause__
    return first_line(error, 200)


def _runner(path: Path) -> Callable[[tuple[Tensor, ...]], Tensor]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])

    def run(args: tuple[Tensor, ...]) -> Tensor:
        given = {one.name: arg.numpy() for one, arg in zip(session.get_inputs(), args, strict=True)}
        return torch.from_numpy(session.run(None, given)[0])

    return run


def _deviation(trained: Trained, run: Callable[[tuple[Tensor, ...]], Tensor]) -> float:
    """Return the largest difference from the generator's samples, over a batch of one and one of several.

    Raises:
        GanzooError: it is too large, or they have other shapes.
    """
    worst = 0.0
    for n in (1, CHECKED):
        args = inputs_of(trained, n)
        theirs, ours = run(args), drawn(trained, args)
        if theirs.shape != ours.shape:
            raise GanzooError(f"{trained.name}: the export draws {tuple(theirs.shape)}, and not {tuple(ours.shape)}")
        worst = max(worst, float((theirs - ours).abs().max() / ours.abs().max().clamp(min=1)))
    if not worst <= CLOSE:
        raise GanzooError(f"{trained.name}: the export draws other samples, {worst:.2g} away; {CLOSE:g} is allowed")
    return worst


def _about(trained: Trained) -> str:
    facts = {
        "ganzoo": __version__,
        "name": trained.name,
        "kind": "points" if trained.points else "images",
        "z_dim": trained.generator.z_dim,
        "classes": list(trained.classes) if trained.conditional else [],
        "shape": list(trained.shape),
    }
    return json.dumps(facts, indent=2)
