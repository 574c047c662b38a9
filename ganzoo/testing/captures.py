"""Kernels, graphs, copies and waits of each kind of a game's steps, counted on a pretended GPU.

    python -m ganzoo.testing.pretend_cuda python -m ganzoo.testing.captures [RECIPE...] [--precision tf32]

prints a line of JSON for each recipe: ``captures`` of it, or ``failed`` with the reason.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import traceback
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from ..backend.precision import PRECISIONS
from ..interfaces.turn import Player
from ..recipes.building.build import build_parts
from ..recipes.changing import some_budget
from ..recipes.headings.heading import headings_of
from ..recipes.headings.played_on import USUAL, PlayedOn
from ..recipes.recipe import resolve
from ..registry.discovery import Zoo, load_zoo
from ..registry.registry import Registry
from ..training import Trainer
from .fixtures.partners import noise_images
from .pretend_cuda import counts
from .pretend_cuda.counts import Counted

SIZE, CHANNELS, CLASSES, IMAGES = 32, 3, 10, 512
WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize", "cudaMemcpy", "cudaMemset")
ALLOCATIONS = ("cudaMalloc", "cudaFree", "cudaHostAlloc", "cudaFreeHost")
ROUNDS = 5  # periods: each kind is met, recorded and replayed, and pinned memory is the same again from the third chunk


@dataclass
class Replayed:
    """A kind of steps, when it is replayed.

    Attributes:
        kernels: kernels and calls of libraries that the device is given.
        beside: those of them that the host launches one by one.
        graphs: that are launched.
        copies: that the host asks for, by way, such as ``DtoD``.
        within: copies in the graphs.
        waits: how often the host waits for the device, by call.
        allocations: of the device's memory and of pinned memory, by call.
    """

    kernels: int
    beside: int
    graphs: int
    copies: dict[str, int]
    within: dict[str, int]
    waits: dict[str, int]
    allocations: dict[str, int]


@dataclass
class Captures:
    """Counts of a game's steps.

    Attributes:
        kernels: in an eager step, the first.
        replayed: the last step of each kind that was replayed, by the kind: which lazy terms are due, and whether the
            gradients' norms are measured.
        missing: kinds that were not replayed.
        why_eager: the game's reason for playing eagerly; else nothing.
        offences: breaches of CUDA's rules, each once.
    """

    kernels: int = 0
    replayed: dict[str, Replayed] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    why_eager: str = ""
    offences: list[str] = field(default_factory=list)


def kind_of(trainer: Trainer) -> str:
    """Name what the coming step does beside what every step does; ``plain`` if it is nothing."""
    turns: dict[Player, int] = {"D": trainer.recipe.schedule.d_steps, "G": 1}
    lazy = [
        (part.name, term.every)
        for part, term in zip(trainer.recipe.regularizers, trainer.parts.regularizers, strict=True)
        if term.every > 1
    ]
    due = [
        f"{name} in {player}" + (f"'s turn {k + 1}" if n > 1 else "")
        for player, n in turns.items()
        for k in range(n)
        for name, every in lazy
        if (trainer.turns[player] + k) % every == 0
    ]
    return ", ".join([*due, *(["norms"] if trainer.norms.due(trainer.steps) else [])]) or "plain"


def period_of(trainer: Trainer) -> int:
    """Count the steps after which the same kinds come again."""
    d_steps, period = trainer.recipe.schedule.d_steps, max(1, trainer.norms.every)
    for term in trainer.parts.regularizers:
        period = math.lcm(period, term.every, math.lcm(term.every, d_steps) // d_steps)
    return period


def _replayed(step: Counted) -> Replayed:
    graphs = step.counts.get("api:cudaGraphLaunch", 0)
    beside = step.counts.get("total:kernel", 0) + step.counts.get("total:library", 0)
    copies, within = (
        {key.removeprefix(prefix): n for key, n in step.counts.items() if key.startswith(prefix)}
        for prefix in ("memcpy:", "replayed:memcpy ")
    )
    return Replayed(step.kernels, beside, graphs, copies, within, step.calls(*WAITS), step.calls(*ALLOCATIONS))


def captures(trainer: Trainer) -> Captures:
    """Play until a step of each kind was replayed and allocated nothing, or it is clear that none will be.

    Args:
        trainer: at its beginning, on a pretended GPU.

    Raises:
        RuntimeError: CUDA is not pretended here.
    """
    seen, period = Captures(), period_of(trainer)
    met: dict[str, None] = {}  # in order
    offences: dict[str, None] = {}
    for step in range(ROUNDS * period):
        kind = kind_of(trainer)
        met[kind] = None
        counts.reset()
        trainer.step()
        found = counts.read()
        offences.update(dict.fromkeys(found.offences))
        if step == 0:
            seen.kernels = found.kernels
        if found.counts.get("api:cudaGraphLaunch") and not found.counts.get("api:cudaStreamBeginCapture"):
            seen.replayed[kind] = _replayed(found)
        settled = [kind for kind, replayed in seen.replayed.items() if not replayed.allocations]
        if trainer.why_eager or (step + 1 >= period and len(settled) == len(met)):
            break
    seen.missing = [kind for kind in met if kind not in seen.replayed]
    seen.why_eager, seen.offences = trainer.why_eager, list(offences)
    return seen


def play(zoo: Zoo, name: str, precision: str) -> dict[str, Any]:
    """One recipe on noise, or on the example of its modality: ``recipe``, ``precision`` and ``captures``, or ``failed``
    instead of these.
    """
    played: dict[str, Any] = {"recipe": name, "precision": precision}
    try:
        recipe = resolve(zoo.registry, name)
        data, shape = _data(zoo.registry, name)
        parts = build_parts(recipe, zoo.registry, **shape, seed=0)
        budget = some_budget(recipe)
        trainer = Trainer(recipe, parts, *data, seed=0, device="cuda:0", precision=precision, budget=budget)
        return played | {"captures": asdict(captures(trainer))}
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return played | {"failed": f"{type(error).__name__}: {error}", "where": f"{where.filename}:{where.lineno}"}


def _data(registry: Registry, name: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return data for a recipe or a variant of one, and the keywords by which its parts are told of them."""
    (heading,) = headings_of([registry.get("recipe", name.partition(":")[0])])
    modalities = PlayedOn(registry).modalities(heading.players) or (USUAL,)
    if USUAL not in modalities:
        modality = registry.get("modality", modalities[0]).load()()
        return (modality.example(IMAGES),), {"modality": modality}
    data = noise_images(IMAGES, CHANNELS, SIZE), torch.arange(IMAGES) % CLASSES
    return data, {"image_size": SIZE, "channels": CHANNELS, "num_classes": CLASSES}


def main() -> None:
    """Play recipes, one after the other."""
    asking = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asking.add_argument("recipes", nargs="*", metavar="RECIPE", help="all of them if none is named")
    asking.add_argument("--precision", choices=PRECISIONS, default="tf32")
    asked = asking.parse_args()
    if not counts.pretended():
        sys.exit("error: CUDA is not pretended here: put `python -m ganzoo.testing.pretend_cuda` before the command")
    zoo = load_zoo(third_party=False)
    for name in asked.recipes or [entry.name for entry in zoo.registry.all("recipe")]:
        print(json.dumps(play(zoo, name, asked.precision)), flush=True)
    sys.stdout.flush()
    os._exit(0)  # nothing is left to be written, and the machine has no memory to give back


if __name__ == "__main__":
    main()
