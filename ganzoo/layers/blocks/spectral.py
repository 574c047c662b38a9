"""Spectral normalisation of many layers at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn.utils import parametrize

from ...backend.internals import SpectralNormOfTorch, foreach_copy_
from ...backend.tf32 import products

# Where a launch costs next to nothing each layer goes its own way, which is torch's to the bit.
APART_ON = frozenset({"cpu"})


class SpectralParametrization(SpectralNormOfTorch):
    """Torch's own, with its state, which takes what was made for it beforehand if something was.

    Attributes:
        made: the normalised weight for the next look at it.
        is_together: whether a module makes it (``iterate_together``).
    """

    made: Tensor | None = None
    is_together: bool = False

    def forward(self, weight: Tensor) -> Tensor:
        """Return the weight over its largest singular value, of the shape of ``weight``."""
        made, self.made = self.made, None
        return super().forward(weight) if made is None else made


def spectral_norm(layer: nn.Module, n_power_iterations: int = 1) -> nn.Module:
    """Divide the weight of a layer by its largest singular value; gives the layer.

    The same as ``torch.nn.utils.parametrizations.spectral_norm``, draws and state among it.

    Args:
        layer: a convolution, a dense layer or an embedding.
        n_power_iterations: steps of the power method for each look at the weight in training mode.
    """
    columns_first = isinstance(layer, nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d)
    norm = SpectralParametrization(cast(Tensor, layer.weight), n_power_iterations, dim=int(columns_first))
    parametrize.register_parametrization(layer, "weight", norm)
    return layer


def iterate_together(module: nn.Module) -> None:
    """Let each forward pass of ``module`` take the power iterations of all layers within it at once.

    In training mode, and where a launch costs: a few launches for all that take as many iterations, instead of some
    dozen for each. What each layer is given is what it would make itself, but for rounding. A layer that looks at its
    weight once more in the same pass iterates once more; in evaluation mode every layer goes its own way.

    Args:
        module: what holds layers that ``spectral_norm`` wrapped; those that another module iterates are left alone.
    """
    alike: dict[Hashable, list[nn.Module]] = {}
    for layer in module.modules():
        norm = norm_of(layer)
        if norm is not None and not norm.is_together:
            norm.is_together = True
            alike.setdefault((norm.n_power_iterations, norm.eps), []).append(layer)
    for layers in alike.values():
        iteration = _Iteration(layers)
        module.register_forward_pre_hook(iteration)
        module.register_forward_hook(iteration.left_over, always_call=True)


def norm_of(layer: nn.Module) -> SpectralParametrization | None:
    """Return what ``spectral_norm`` put upon the weight of this layer itself, if it did."""
    if not parametrize.is_parametrized(layer, "weight"):
        return None
    first = cast(Any, layer).parametrizations.weight[0]
    return first if isinstance(first, SpectralParametrization) else None


@dataclass
class _Group:
    """Layers whose weights are matrices of one shape: from ``first`` on, before ``last``, in the layout's order."""

    first: int
    last: int
    rows: int
    columns: int


@dataclass
class _Layout:
    """The memory of the vectors of all layers, and of the products of a pass.

    Attributes:
        order: the layers by their groups.
        read: ``(L, columns at most)``, for each entry its place among all ``_v``, one behind the other; behind the last
            of them there is a zero.
        write: for each entry of all ``_v`` its place in an array like ``read``.
        left: ``(L, rows at most)`` zeros to begin with, and where a row is shorter always.
        right: ``(L, columns at most)``, likewise.
    """

    order: list[int]
    groups: list[_Group]
    read: Tensor
    write: Tensor
    zero: Tensor
    left: Tensor
    right: Tensor


class _Iteration:
    """The hook of a module that makes the normalised weights of layers within it before a forward pass."""

    def __init__(self, layers: Iterable[nn.Module]) -> None:
        self.layers = list(layers)
        self._layout: _Layout | None = None
        self._key: Hashable = None

    def __call__(self, module: nn.Module, given: tuple[Any, ...]) -> None:
        norms = [cast(SpectralParametrization, norm_of(layer)) for layer in self.layers]
        weights: list[Tensor] = [cast(Any, layer).parametrizations.weight.original for layer in self.layers]
        device = weights[0].device
        if device.type in APART_ON or not all(norm.training for norm in norms):
            return
        with torch.autocast(device.type, enabled=False), products("ieee"):
            for norm, made in zip(norms, _normalised(norms, weights, self._laid_out(norms, weights)), strict=True):
                norm.made = made

    def left_over(self, module: nn.Module, given: Any, result: Any) -> None:
        """Forget what a pass did not look at: it is of no use to the next."""
        for layer in self.layers:
            cast(SpectralParametrization, norm_of(layer)).made = None

    def _laid_out(self, norms: list[SpectralParametrization], weights: list[Tensor]) -> _Layout:
        key = tuple((w.shape, w.stride(), w.dtype, w.device) for w in weights)
        if self._layout is None or self._key != key:
            with torch.no_grad():
                self._layout, self._key = _layout(norms, weights), key
        return self._layout


def _is_last(norm: SpectralParametrization, weight: Tensor) -> bool:
    """Return whether a kernel's channels lie last in memory, so that its matrix is a view if its
    columns are taken so.
    """
    return (
        weight.ndim == 4
        and norm.dim == 0
        and not weight.is_contiguous()
        and weight.is_contiguous(memory_format=torch.channels_last)
    )


def _matrix(norm: SpectralParametrization, weight: Tensor) -> Tensor:
    """Return a weight as the matrix of its output channels by everything else, ``(R, C)``; a view of it where it can
    be.
    """
    return weight.permute(0, 2, 3, 1).flatten(1) if _is_last(norm, weight) else norm.matrix(weight)


def _unmatrix(norm: SpectralParametrization, matrix: Tensor, weight: Tensor) -> Tensor:
    """``(R, C)`` as the weight that it was."""
    shape = list(weight.shape)
    if _is_last(norm, weight):
        return matrix.view(shape[0], *shape[2:], shape[1]).permute(0, 3, 1, 2)
    first = shape.pop(norm.dim)
    return matrix.view(first, *shape).movedim(0, norm.dim)


def _places(norm: SpectralParametrization, weight: Tensor) -> Tensor:
    """For each column of the matrix its place in ``_v``, ``(C,)``, made on the device."""
    places = torch.arange(weight.numel() // weight.shape[norm.dim], device=weight.device)
    if not _is_last(norm, weight):
        return places
    return places.view(weight.shape[1:]).permute(1, 2, 0).reshape(-1)


def _layout(norms: list[SpectralParametrization], weights: list[Tensor]) -> _Layout:
    def shape(i: int) -> tuple[int, int]:
        return norms[i].u.numel(), norms[i].v.numel()

    order = sorted(range(len(norms)), key=lambda i: (shape(i), str(weights[i].dtype)))
    groups, end = [], 0
    for (rows, columns), members in groupby(order, shape):
        begin, end = end, end + len(list(members))
        groups.append(_Group(begin, end, rows, columns))
    height, width = (max(shape(i)[axis] for i in order) for axis in (0, 1))
    total = sum(shape(i)[1] for i in order)
    device = weights[0].device
    read = torch.full((len(order), width), total, device=device)
    write, start = [], 0
    for row, i in enumerate(order):
        places, columns = _places(norms[i], weights[i]), shape(i)[1]
        read[row, :columns] = places + start
        write.append(places.argsort() + row * width)
        start += columns
    zeros = weights[0].detach().new_zeros
    left, right = zeros(len(order), height), zeros(len(order), width)
    return _Layout(order, groups, read, torch.cat(write), zeros(1), left, right)


def _unit(vectors: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """Rows of length 1, and how long they were ``(L, 1)``."""
    length = torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
    return vectors / length.clamp_min(eps), length


def _normalised(norms: list[SpectralParametrization], weights: list[Tensor], layout: _Layout) -> list[Tensor]:
    """All weights over their largest singular values, as the power method finds them with one more iteration."""
    stacks = []
    for group in layout.groups:
        matrices = [_matrix(norms[i], weights[i]) for i in layout.order[group.first : group.last]]
        stacks.append(torch.stack(matrices) if len(matrices) > 1 else matrices[0].unsqueeze(0))
    u, v, sigma = _iterated([norms[i] for i in layout.order], stacks, layout)
    made: list[Tensor] = [torch.empty(0)] * len(weights)
    for group, stack in zip(layout.groups, stacks, strict=True):
        rows = slice(group.first, group.last)
        quotient = _Quotient.apply(stack, u[rows, : group.rows], v[rows, : group.columns], sigma[rows])
        each = quotient.unbind() if len(stack) > 1 else [quotient.squeeze(0)]
        for i, matrix in zip(layout.order[rows], each, strict=True):
            made[i] = _unmatrix(norms[i], matrix, weights[i])
    return made


@torch.no_grad()
def _iterated(
    norms: list[SpectralParametrization], stacks: list[Tensor], layout: _Layout
) -> tuple[Tensor, Tensor, Tensor]:
    """Left and right singular vectors and values, ``(L, rows)``, ``(L, columns)`` and ``(L, 1)``; vectors are kept."""
    us, vs = [norm.u for norm in norms], [norm.v for norm in norms]
    v = torch.take(torch.cat([*vs, layout.zero]), layout.read)
    for _ in range(norms[0].n_power_iterations):
        for group, stack in zip(layout.groups, stacks, strict=True):
            rows = slice(group.first, group.last)
            into = layout.left[rows, : group.rows, None]
            torch.bmm(stack.detach(), v[rows, : group.columns, None], out=into)
        u, _ = _unit(layout.left, norms[0].eps)
        for group, stack in zip(layout.groups, stacks, strict=True):
            rows = slice(group.first, group.last)
            into = layout.right[rows, : group.columns, None]
            torch.bmm(stack.detach().transpose(1, 2), u[rows, : group.rows, None], out=into)
        v, sigma = _unit(layout.right, norms[0].eps)  # u W v is the length of u W, along which v lies
    foreach_copy_(us, [row[: len(mine)] for row, mine in zip(u, us, strict=True)])
    foreach_copy_(vs, list(torch.take(v, layout.write).split([len(mine) for mine in vs])))
    return u, v, sigma


class _Largest(Function):
    """A largest singular value that is known already: its derivative is the product of its singular vectors."""

    @staticmethod
    def forward(stack: Tensor, u: Tensor, v: Tensor, sigma: Tensor) -> Tensor:
        return sigma.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_for_backward(inputs[1], inputs[2])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        u, v = ctx.saved_tensors
        return (gradients[0] * u).unsqueeze(2) * v.unsqueeze(1), None, None, None


class _Quotient(Function):
    """Matrices over their largest singular values, whose vectors are constants to a derivative as in the paper.

    Args:
        stack: ``(n, R, C)``.
        u: ``(n, R)``.
        v: ``(n, C)``.
        sigma: ``(n, 1)``.
    """

    @staticmethod
    def forward(stack: Tensor, u: Tensor, v: Tensor, sigma: Tensor) -> Tensor:
        return stack / sigma.unsqueeze(2)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        (gradient,), (stack, u, v, sigma) = gradients, ctx.saved_tensors
        if torch.is_grad_enabled():  # the gradient is differentiated in its turn, and sigma is made of the weights
            sigma = _Largest.apply(stack, u, v, sigma)
        share = (gradient * stack).sum((1, 2)).unsqueeze(1) / sigma
        along = torch.addcmul(gradient, (u * share).unsqueeze(2), v.unsqueeze(1), value=-1)
        return along / sigma.unsqueeze(2), None, None, None
