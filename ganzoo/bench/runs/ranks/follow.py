"""Ranks of a run but the first: each plays its share of every step that the first one orders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .others import STEP

if TYPE_CHECKING:
    from ....layers.whole_batch import Ranks
    from ....training import Trainer
    from ...results.run_files.spec import RunSpec


def follow(number: int, count: int, folder: Path, orders: int) -> None:
    """Play until the order to end.

    Args:
        number: of this rank, from 1.
        count: how many there are.
        folder: of the run, which is only read.
        orders: a pipe: where the ranks meet, a line, and then a letter for each step.
    """
    with os.fdopen(orders, "rb", buffering=0) as pipe:
        port = pipe.readline()
        if not port:
            return
        trainer, ranks = _joined(number, count, folder, int(port))
        while pipe.read(1) == STEP:
            trainer.step()
        ranks.close()


def _joined(number: int, count: int, folder: Path, port: int) -> tuple[Trainer, Ranks]:
    import torch
    import torch.distributed as dist

    from ....messages import logged_to, to_stderr
    from ....storage.cache import Cache
    from ....training.ranks import ProcessRanks
    from ...results.run_files.spec import RunSpec
    from ..session import TrainingSession
    from .going_on import go_on

    spec = RunSpec.read(folder)
    device = device_of(spec, number)
    torch.set_num_threads(spec.threads)
    store = dist.TCPStore("127.0.0.1", port, count, is_master=False)  # type: ignore[attr-defined]  # torch exports it, and tells no type checker
    ranks = ProcessRanks(number, count, store, torch.device(device))
    alone = spec.changed(device=device, extractor=None, metrics=())  # the first rank alone evaluates
    with logged_to(to_stderr):
        session = TrainingSession(alone, spec.load_zoo(), Cache.open(), ranks)
    go_on(session.trainer, folder, ranks)  # a checkpoint that is left out is told of by the first rank
    return session.trainer, ranks


def device_of(spec: RunSpec, number: int) -> str:
    """Give the device of a rank: the one that the run was given for it, or else the one of its number."""
    if spec.devices:
        return spec.devices[number]
    return "cpu" if spec.device == "cpu" else f"cuda:{number}"
