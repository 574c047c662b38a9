"""Ranks that are processes: ``python rank_processes.py FOLDER DEVICE COUNT STEPS RECIPE...`` plays recipes with them.

Each leaves ``COUNT-NUMBER.pt`` in the folder: by recipe, the losses of each step and the state after them, or, where a
game does not end, what was raised.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
from tiny_recipes import OF_OTHERS, played_on

from ganzoo.errors import GanzooError
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.changing import some_budget
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer
from ganzoo.training.ranks import ProcessRanks

SIZE, BATCH = 16, 8
OF_PACKS = 20


def modalities_of_others(name):
    """The modalities of a recipe that is not for images."""
    return [cls() for cls in played_on(name).values()] if name in OF_OTHERS else []


def game(registry, name, ranks=None, *, batch=BATCH, edits=(), device="cpu", **how):
    """A recipe on images of noise, or on the example of its modality with a batch that fills a pack."""
    if others := modalities_of_others(name.partition(":")[0]):
        batch = max(batch, OF_PACKS)
        recipe = resolve(registry, name, (f"schedule.batch={batch}", *edits))
        parts = build_parts(recipe, registry, modality=others[0], seed=0)
        how = {"ranks": ranks, "device": device, "budget": some_budget(recipe), **how}
        return Trainer(recipe, parts, others[0].example(64), seed=0, **how)
    recipe = resolve(registry, name, (f"schedule.batch={batch}", *edits))
    parts = build_parts(recipe, registry, image_size=SIZE, channels=1, num_classes=10, seed=0)
    images, labels = noise_images(64, 1, SIZE), torch.arange(64) % 10
    how = {"ranks": ranks, "device": device, "budget": some_budget(recipe), **how}
    return Trainer(recipe, parts, images, labels, seed=0, **how)


def played(trainer, steps):
    """The losses of each step, and all of the state after them."""
    losses = [torch.stack(list(trainer.step().values())) for _ in range(steps)]
    return torch.stack(losses).cpu(), {key: value.detach().cpu().clone() for key, value in trainer.state()[0].items()}


def be(number, folder, device, count, steps, names, registry):
    """Play them all as one of the ranks."""
    device = f"cuda:{number}" if device == "cuda" else device
    store = dist.FileStore(str(folder / f"store-{count}"), count)
    ranks = ProcessRanks(number, count, store, torch.device(device), patience=timedelta(seconds=60))
    found = {}
    for name in names:
        try:
            found[name] = played(game(registry, name, ranks, device=device), steps)
        except GanzooError as error:
            found[name] = str(error)
    torch.save(found, folder / f"{count}-{number}.pt")
    ranks.close()


def main(folder, device, count, steps, *names):
    """Fork the ranks, and wait for them."""
    torch.set_num_threads(1)
    registry = load_zoo(third_party=False).registry
    pids = []
    for number in range(int(count)):
        pid = os.fork()
        if not pid:
            try:
                be(number, Path(folder), device, int(count), int(steps), names, registry)
                os._exit(0)
            finally:
                os._exit(1)
        pids.append(pid)
    sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0 for pid in pids))


if __name__ == "__main__":
    main(*sys.argv[1:])
