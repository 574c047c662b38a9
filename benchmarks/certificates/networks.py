"""Two networks with the same weights, and what each gives: outputs, gradients, and the number of its parameters."""

import re
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from .formula import spread

PREFIX = "d parameter "
IN_BLOCKS = rf"{PREFIX}blocks\.\d+\.\w+\.bias, G"
Reshaped = Callable[[str, Tensor], Tensor]


def gradients(output: Tensor, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give the gradients of the output along a direction by formula, by the names of the inputs.

    Args:
        output: of any shape.
        inputs: what the gradients are with respect to, all of which the output must depend on.
    """
    along = (output * spread("direction", output.shape, dtype=output.dtype)).sum()
    found = torch.autograd.grad(along, list(inputs.values()), retain_graph=True)
    return dict(zip(inputs, found, strict=True))


def differentiated(case: str, output: Tensor, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Name an output and its gradients, as ``d NAME, CASE``; arguments as of ``gradients``."""
    return {case: output, **{f"d {name}, {case}": it for name, it in gradients(output, inputs).items()}}


def count(module: nn.Module) -> int:
    """Count the numbers of all parameters."""
    return sum(parameter.numel() for parameter in module.parameters())


@torch.no_grad()
def same_weights(
    theirs: nn.Module,
    ours: nn.Module,
    names: Mapping[str, str],
    reshaped: Reshaped | None = None,
    double_buffers: bool = True,
) -> None:
    """Set each parameter of the authors' network to that of ours.

    Args:
        theirs: changed in place, and in double precision then.
        ours: a network that was ``filled``.
        names: our name by theirs.
        reshaped: ``(our name, tensor) -> the tensor in their layout``, where layouts differ.
        double_buffers: buffers are in double precision, too; else they stay, for code that asserts single precision.

    Raises:
        ValueError: a parameter of either is left out or taken twice, or a shape is another.
    """
    mine = dict(ours.named_parameters())
    need_each_once(list(names.values()), list(mine))
    if double_buffers:
        theirs.double()
    parameters = dict(theirs.named_parameters())
    need_each_once(list(names), list(parameters))
    for name, parameter in parameters.items():
        value = mine[names[name]]
        value = value if reshaped is None else reshaped(names[name], value)
        if value.shape != parameter.shape:
            raise ValueError(f"{name} is {tuple(parameter.shape)}, and {names[name]} {tuple(value.shape)}")
        parameter.data = value.detach().clone()


def need_each_once(given: Sequence[str], needed: Sequence[str]) -> None:
    """Refuse names that are not each of the needed ones once."""
    if sorted(given) != sorted(needed):
        twice = sorted({name for name in given if given.count(name) > 1})
        raise ValueError(
            f"missing {sorted(set(needed) - set(given))}, more {sorted(set(given) - set(needed))}, {twice}"
        )


def network_values(
    case: str,
    module: nn.Module,
    output: Tensor,
    inputs: Mapping[str, Tensor],
    names: Mapping[str, str] | None = None,
    reshaped: Reshaped | None = None,
) -> dict[str, Tensor | int]:
    """Give what is compared of a network: output, gradients of all that it depends on, number of parameters.

    Args:
        case: name of the network, with its setting; ends each name of a quantity.
        module: whose parameters count.
        output: that the module gave.
        inputs: that the output depends on.
        names: our name by the module's, for the authors' network.
        reshaped: ``(our name, gradient) -> the gradient in our layout``.
    """
    called = {(names[name] if names else name): p for name, p in module.named_parameters()}
    found = named_values(case, count(module), output, gradients(output, inputs))
    return found | parameter_gradients(case, gradients(output, called), reshaped)


def named_values(
    case: str, parameters: int, output: Tensor, of_inputs: Mapping[str, Tensor]
) -> dict[str, Tensor | int]:
    """Name the number of a network's parameters, its output, and the gradients of its inputs.

    Args:
        case: ends each name of a quantity.
        parameters: their number.
        output: of the network.
        of_inputs: gradients by the inputs' names.
    """
    found: dict[str, Tensor | int] = {f"parameters of {case}": parameters, case: output}
    return found | {f"d {name}, {case}": gradient for name, gradient in of_inputs.items()}


def parameter_gradients(case: str, found: Mapping[str, Tensor], reshaped: Reshaped | None = None) -> dict[str, Tensor]:
    """Name the gradients of a network's parameters, in the order of the parameters' names.

    Args:
        case: ends each name of a quantity.
        found: gradients by our names.
        reshaped: ``(our name, gradient) -> the gradient in our layout``.
    """
    turned = {name: reshaped(name, gradient) if reshaped else gradient for name, gradient in found.items()}
    return {f"{PREFIX}{name}, {case}": turned[name] for name in sorted(turned)}


def without_undone(found: Mapping[str, Tensor | int], undone: str = IN_BLOCKS) -> dict[str, Tensor | int]:
    """Leave out the gradients of biases before batch normalisation, which are 0 but for rounding.

    Args:
        found: quantities by name.
        undone: a pattern at the beginning of their names.
    """
    return {name: value for name, value in found.items() if not re.match(undone, name)}
