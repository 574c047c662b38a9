"""Networks written with Chainer, in double precision and with our weights.

Chainer 7.8.1 is the last; it builds with a setuptools that has pkg_resources (below 81), and runs with names that
NumPy 2 removed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor, nn

from ..formula import spread
from ..networks import PREFIX, Reshaped, named_values, need_each_once

RAN = (
    "with Chainer 7.8.1 on a CPU, parameters and statistics in float64; a vector is scaled to length 1 by NumPy, where "
    "theirs has a CUDA kernel alone"
)
EPSILON = "their batch normalisation adds 2e-5 to the variance, ours 1e-5 as theirs did here"
_REMOVED = {"int": int, "float": float, "object": object, "complex": complex, "bool": bool}
_KINDS = {
    "int": [np.int8, np.int16, np.int32, np.int64],
    "uint": [np.uint8, np.uint16, np.uint32, np.uint64],
    "float": [np.float16, np.float32, np.float64],
}


@contextmanager
def chainer_in_double() -> Iterator[Any]:
    """Give Chainer, making float64 parameters, with the names of NumPy that it needs."""
    missing = {name: kind for name, kind in _REMOVED.items() if name not in vars(np)}
    with patch.multiple(np, create=True, sctypes=_KINDS, **missing):
        import chainer

        with chainer.using_config("dtype", np.float64), chainer.using_config("train", True):
            yield chainer


def scaled(vector: np.ndarray, eps: float = 1e-12) -> np.ndarray:
    """Scale a vector to length 1, as their CUDA kernel does."""
    return vector / (np.sqrt((vector * vector).sum()) + eps)


def called(name: str, table: Mapping[str, str]) -> str:
    """Give our name of a parameter of theirs.

    Args:
        name: theirs, such as ``/block2/c1/W``.
        table: our name of each link.
    """
    link, _, kind = name.strip("/").rpartition("/")
    last = {"W": "weight", "b": "bias", "gamma": "weight", "beta": "bias"}[kind]
    return f"{table[link]}.{last}"


@torch.no_grad()
def with_our_weights(
    theirs: Any, ours: nn.Module, table: Mapping[str, str], to_theirs: Reshaped = lambda name, it: it
) -> Mapping[str, str]:
    """Set each parameter to ours, singular vectors to converged ones; give our name of each by theirs.

    Args:
        theirs: a chain of links.
        ours: with its weights; a normalised one's are those before normalisation.
        table: our name of each link of theirs.
        to_theirs: ``(our name, parameter) -> theirs``.
    """
    mine = dict(ours.named_parameters())
    names = {}
    for name, parameter in theirs.namedparams():
        found = called(name, table)
        found = found if found in mine else found.replace("weight", "parametrizations.weight.original")
        value = to_theirs(found, mine[found]).numpy().copy()
        if value.shape != parameter.shape:
            raise ValueError(f"{name} is {parameter.shape}, and {found} {value.shape}")
        parameter.array, names[name] = value, found
    need_each_once(list(names.values()), list(mine))
    for link in theirs.links():
        for name in link._persistent:
            value = getattr(link, name)
            setattr(link, name, value.astype(np.float64) if isinstance(value, np.ndarray) else value)
        if "u" in vars(link):
            weight = link.W.array.reshape(len(link.W.array), -1)
            link.u = np.linalg.svd(weight, full_matrices=False)[0][:, :1].T.copy()
        if "eps" in vars(link):
            link.eps = 1e-5
    return names


def chain_values(
    case: str,
    chain: Any,
    output: Any,
    inputs: Mapping[str, Any],
    names: Mapping[str, str],
    to_ours: Reshaped = lambda name, it: it,
) -> dict[str, Tensor | int]:
    """Give what ``network_values`` gives of ours: output, gradients, number of parameters.

    Args:
        case: name of the network, with its setting; ends each name of a quantity.
        chain: whose parameters count.
        output: that the chain gave.
        inputs: that the output depends on.
        names: our name of each parameter by theirs.
        to_ours: ``(our name, gradient) -> in our layout``.
    """
    import chainer

    along = chainer.functions.sum(output * spread("direction", output.shape).numpy())
    parameters = dict(chain.namedparams())
    given = [*inputs.values(), *parameters.values()]
    gradients = [torch.from_numpy(np.array(it.array)) for it in chainer.grad([along], given)]
    of_inputs = dict(zip(inputs, gradients, strict=False))
    numbers = sum(it.size for it in parameters.values())
    found = named_values(case, numbers, torch.from_numpy(output.array), of_inputs)
    for name, gradient in zip(parameters, gradients[len(inputs) :], strict=True):
        found[f"{PREFIX}{names[name]}, {case}"] = to_ours(names[name], gradient)
    return found
