"""The choice of a feed."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ...interfaces.modality import Modality
from .feed import Feed, ResidentFeed
from .streamed_feed import StreamedFeed, wide


def make_feed(modality: Modality, fields: Mapping[str, Tensor], *, streamed: bool | None = None, **given: Any) -> Feed:
    """Make a resident feed, or a streamed one where the data would take more than half of the GPU's free memory.

    Args:
        modality: of the data.
        fields: of the data at rest, by name, on the CPU.
        streamed: send all that is worth it, or nothing; None leaves it to the memory, and sends the largest fields.
        given: the other arguments of a ``Feed``.
    """
    sent = wide(fields)
    if streamed is None:
        device = given["device"]
        room = torch.cuda.mem_get_info(device)[0] // 2 if device.type == "cuda" else None
        sent = frozenset() if room is None else _too_large({name: fields[name].nbytes for name in sent}, room)
    if sent and streamed is not False:
        return StreamedFeed(modality, fields, sent=sent, **given)
    return ResidentFeed(modality, fields, **given)


def _too_large(sizes: Mapping[str, int], room: int) -> frozenset[str]:
    """Return which fields have to stay on the host, the largest first, so that the others have room."""
    left = dict(sizes)
    while sum(left.values()) > room:
        del left[max(left, key=lambda name: left[name])]
    return frozenset(sizes.keys() - left.keys())
