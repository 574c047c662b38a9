"""Labels between two classes, for generators that look their labels up in tables of learned vectors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import GanzooError
from ...samples import leaves
from ..trained import Trained


@contextmanager
def blended(G: nn.Module, classes: int, other: Tensor, share: Tensor) -> Iterator[list[nn.Module]]:
    """Let a generator see, in place of each label's vectors, those on the line to another label's.

    Source: arXiv:1809.11096, fig. 8, interpolates the class embedding in this way.

    Args:
        G: looks labels up in ``torch.nn.Embedding``.
        classes: how many labels there are.
        other: ``(B,)`` the labels at the other end, on the generator's device.
        share: ``(B,)`` in [0, 1], of the way to them.

    Yields:
        The tables that were looked into, as they are.
    """
    used: list[nn.Module] = []

    def blend(module: nn.Module, given: tuple[Any, ...], found: Tensor) -> Tensor:
        used.append(module)
        end = module.forward(other)  # past the hooks, or it would be blended again
        return torch.lerp(found, end, share.view(-1, *[1] * (found.ndim - 1)).to(found))

    tables = [module for module in G.modules() if isinstance(module, nn.Embedding) and module.num_embeddings == classes]
    hooks = [table.register_forward_hook(blend) for table in tables]
    try:
        yield used
    finally:
        for hook in hooks:
            hook.remove()


def require_blendable(trained: Trained, z: Tensor, y: Tensor, other: Tensor) -> None:
    """Refuse a generator that labels reach by another way than such tables: all the way there must be the other class.

    Args:
        trained: the generator.
        z: ``(1, z_dim)`` a latent, on the generator's device.
        y: ``(1,)`` a label, there.
        other: ``(1,)`` another one.

    Raises:
        GanzooError: it is one.
    """
    G = trained.generator
    whole = torch.ones(1, device=z.device)

    def there() -> Tensor:
        with blended(G, len(trained.classes), other, whole):
            made: Tensor = G.sample(z, y)
            return made

    made, wanted = (leaves(trained.at_rest(make)) for make in (there, lambda: G.sample(z, other)))
    if not all(map(torch.equal, made, wanted)):
        raise GanzooError(
            f"{trained.name} has nothing between two classes: its generator does not look labels up in tables of "
            "vectors; give one class"
        )
