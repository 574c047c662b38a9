"""A generator's program as a browser's graph: what depends on its inputs is written, all else is computed once."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.export import ExportedProgram
from torch.fx import Node
from torch.fx.node import map_arg

from ...errors import GanzooError, first_line
from ..generation.program import inputs_of, program_of, quiet
from ..trained import Trained
from .graph import Graph, Slot
from .lowering import lowered
from .styled import StyledShare

_DRAWING = ("rand", "bernoulli", "dropout", "normal", "multinomial")


def graph_of(trained: Trained) -> tuple[Graph, Trained]:
    """Write a generator as a graph for one latent at a time.

    A generator with styles takes one number more behind its latents, the share of the way from the mean style.

    Returns:
        The graph, and the generator as it takes the graph's inputs.

    Raises:
        GanzooError: it cannot be traced, or an operation of it has no counterpart.
    """
    if trained.mapped is not None:
        trained = replace(trained, generator=StyledShare(trained).eval().requires_grad_(False))
    program = program_of(trained)
    with quiet(), torch.no_grad():
        return _written(trained, program.run_decompositions()), trained


def _written(trained: Trained, program: ExportedProgram) -> Graph:
    graph = Graph()
    values = _given(trained, program, graph)
    for node in program.graph.nodes:
        if node.op == "call_function":
            values[node] = _done(trained, graph, node, values)
        elif node.op == "output":
            (result,) = node.args[0]
            made = values[result]
            graph.output = made.index if isinstance(made, Slot) else graph.constant(made).index
    return graph


def _given(trained: Trained, program: ExportedProgram, graph: Graph) -> dict[Node, Any]:
    """Fill the placeholders: weights as they are, inputs with the first latent and label."""
    drawn = iter(inputs_of(trained, 1))
    weights: dict[str, Any] = {**program.constants, **program.state_dict}
    values: dict[Node, Any] = {}
    placeholders = [node for node in program.graph.nodes if node.op == "placeholder"]
    for node, spec in zip(placeholders, program.graph_signature.input_specs, strict=True):
        if spec.target is not None:
            values[node] = weights[spec.target].detach().cpu()
        elif (value := next(drawn, None)) is not None:
            values[node] = graph.taken(value.float())
    return values


def _done(trained: Trained, graph: Graph, node: Node, values: dict[Node, Any]) -> Any:
    found = {one: values.get(one) for one in node.all_input_nodes}
    given: Any = map_arg((node.args, dict(node.kwargs)), lambda one: found[one])
    args, kwargs = given
    target: Any = node.target
    name = str(target)
    if any(f"aten.{word}" in name for word in _DRAWING):
        raise GanzooError(_refusal(trained, name, "it draws random numbers"))
    if target is operator.getitem:
        return args[0][args[1]] if args[1] < len(args[0]) else None
    if "sym_size" in name:
        return args[0].shape[args[1]]
    if not any(isinstance(one, Slot) or _has_slots(one) for one in found.values()):
        return target(*args, **kwargs)
    try:
        return lowered(graph, target, tuple(args), dict(kwargs))
    except Exception as error:  # arguments that were not thought of raise what they like
        raise GanzooError(_refusal(trained, name, first_line(error, 150))) from error


def _has_slots(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(one, Slot) for one in value)


def _refusal(trained: Trained, name: str, why: str) -> str:
    return (
        f"{trained.name}: its generator cannot be written as html, because of its operation {name}: {why}; "
        "`ganzoo explore` draws from any generator"
    )


def drawn_by(graph: Graph, args: tuple[Tensor, ...]) -> Tensor:
    """Compute the samples of latents, and labels where there are any, one by one."""
    ys = args[1].tolist() if len(args) > 1 else [None] * len(args[0])
    return torch.cat([graph.run(z[None], y) for z, y in zip(args[0], ys, strict=True)])
