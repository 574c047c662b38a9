"""The ranks of a run as processes, which reach each other through ``torch.distributed``."""

import os
import sys
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from ...layers.whole_batch import Ranks

# Time that a rank may wait for the others in one operation: not for an evaluation, of which they are told apart from
# this, but for the first step of a kind, in which each chooses kernels, compiles or captures.
PATIENCE = timedelta(minutes=10)


class ProcessRanks(Ranks):
    """Ranks that are processes: NCCL between GPUs, gloo between CPUs.

    Args:
        number: of this rank.
        count: how many there are.
        store: where they find each other.
        device: of this rank.
        patience: after which a rank that waits in vain gives up.
    """

    def __init__(
        self, number: int, count: int, store: Any, device: torch.device, *, patience: timedelta = PATIENCE
    ) -> None:
        super().__init__(number, count)
        cuda = device.type == "cuda"
        if cuda:
            torch.cuda.set_device(device)
        else:  # they are on one machine, and need none of its networks
            os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
        dist.init_process_group(
            "nccl" if cuda else "gloo",
            store=store,
            rank=number,
            world_size=count,
            timeout=patience,
            device_id=device if cuda else None,
        )

    def stacked(self, tensor: Tensor) -> Tensor:
        """See ``Ranks.stacked``."""
        whole = tensor.new_empty(self.count, *tensor.shape)
        dist.all_gather(list(whole.unbind()), tensor)
        return whole

    def add_(self, tensor: Tensor) -> Tensor:
        """See ``Ranks.add_``."""
        dist.all_reduce(tensor)
        return tensor

    def close(self) -> None:
        """See ``Ranks.close``."""
        dist.destroy_process_group()
