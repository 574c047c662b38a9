"""Values that the ranks of a run agree on in each turn: gradients, losses, and the state of parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from ...backend.internals import BatchNorm, foreach_copy_, writes_to
from ...layers.whole_batch import Ranks


class Agreement:
    """Averages over the ranks what each has of its share of the batch.

    Args:
        ranks: of the run.
        modules: the parts, whose buffers are looked after.

    Attributes:
        ranks: of the run.
    """

    def __init__(self, ranks: Ranks, modules: Iterable[nn.Module]) -> None:
        self.ranks = ranks
        self._modules = [module for module in modules if getattr(module, "buffers_over_ranks", "mean") == "mean"]
        self._normalising = [
            layer for module in self._modules for layer in module.modules() if isinstance(layer, BatchNorm)
        ]
        self._versions = self._look()
        self._has: dict[tuple[str, tuple[int, ...]], Tensor] = {}
        self._nobodys: dict[tuple[str, tuple[int, ...]], tuple[int, ...]] = {}

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Put the mean over the ranks into each of these, one exchange for each type of number."""
        self._add(tensors, among=self.ranks.count)

    @torch.no_grad()
    def _add(self, tensors: Sequence[Tensor], *, among: int) -> None:
        """Put the sum over the ranks, divided by ``among``, into each of these."""
        for dtype in dict.fromkeys(tensor.dtype for tensor in tensors):
            alike = [tensor for tensor in tensors if tensor.dtype == dtype]
            flat = torch.cat([tensor.reshape(-1) for tensor in alike])
            self.ranks.add_(flat)
            if among > 1:
                flat.div_(among)
            pieces = flat.split([tensor.numel() for tensor in alike])
            foreach_copy_(alike, [piece.view(t.shape) for piece, t in zip(pieces, alike, strict=True)])

    def gradients(self, player: str, weights: Sequence[Tensor]) -> None:
        """Add up the gradients that ``weights`` hold, each of a rank's part of the loss.

        A weight that has none on any rank keeps none, so that its optimizer leaves it alone as in a run of one process.
        """
        if not weights:
            return
        lacking = tuple(i for i, weight in enumerate(weights) if weight.grad is None)
        for i in lacking:
            weights[i].grad = torch.zeros_like(weights[i])
        there = self._there(player, lacking, weights)
        self._add([*(weight.grad for weight in weights if weight.grad is not None), there], among=1)
        for i in self._on_nobody(player, lacking, there):
            weights[i].grad = None

    def _there(self, player: str, lacking: tuple[int, ...], weights: Sequence[Tensor]) -> Tensor:
        """1 for each weight that has a gradient on this rank, else 0."""
        key = (player, lacking)
        if key not in self._has:
            has = torch.ones(len(weights))
            has[list(lacking)] = 0
            self._has[key] = has.to(weights[0].device)
        return self._has[key].clone()

    def _on_nobody(self, player: str, lacking: tuple[int, ...], there: Tensor) -> tuple[int, ...]:
        """Those of ``lacking`` that have a gradient on no rank.

        What a kind of step does decides on it, and not values: a captured step, which cannot look, has it from the
        eager one that went before.
        """
        if not lacking:
            return ()
        if not (there.is_cuda and torch.cuda.is_current_stream_capturing()):
            shares = there.tolist()
            self._nobodys[player, lacking] = tuple(i for i in lacking if not shares[i])
        return self._nobodys[player, lacking]

    def buffers(self) -> None:
        """Average those floating point buffers of parts that a turn moved, as the parts name it."""
        versions = self._look()
        moved = [
            buffer
            for key, (buffer, version) in versions.items()
            if (before := self._versions.get(key)) is None or before[0] is not buffer or before[1] != version
        ]
        # torch moves running statistics without a mark
        moved += [b for layer in self._normalising for b in (layer.running_mean, layer.running_var) if b is not None]
        if moved:
            self.average(moved)
        self._versions = self._look()

    def _look(self) -> dict[tuple[int, str], tuple[Tensor, int]]:
        """Return the floating point buffers but for running statistics, and how often each was written to."""
        return {
            (i, f"{place}.{name}"): (buffer, writes_to(buffer))
            for i, module in enumerate(self._modules)
            for place, inner in module.named_modules()
            if not isinstance(inner, BatchNorm)
            for name, buffer in inner.named_buffers(recurse=False)
            if buffer.is_floating_point()
        }
