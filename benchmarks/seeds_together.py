"""The cost of several seeds of one recipe in one process, against one seed alone.

    python benchmarks/seeds_together.py
    python benchmarks/seeds_together.py dcgan gan --device cuda --size 32 --seeds 1 2 5 10 --out

All seeds play a step each by turns, as ``ganzoo bench --together`` has it; on a CUDA GPU a step of them all is one
graph, in which they lie side by side. The cost of k seeds is the time of one step of all of them over that of one
seed's; k runs one after the other would cost k.
"""

import argparse
from collections.abc import Sequence
from typing import Any

import torch
from measuring import Stopwatch, interleaved, parsed, parser, ratios, report, settle, spread, tell

from ganzoo.backend.precision import resolve_precision
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.changing import some_budget
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Registry
from ganzoo.training import Trainer
from ganzoo.training.execution.layers import LayersStream
from ganzoo.training.execution.replay import CudaGraphs, Recorder
from ganzoo.training.joint import Joint

IMAGES = 1024
COLUMNS = ("seeds", "ms_for_a_step_of_all", "cost", "images_per_second_of_all", "replayed")


class Lane:
    """One seed's game, in the way that ``ganzoo.bench.execution.interleaved`` plays it."""

    def __init__(self, name: str, registry: Registry, seed: int, chosen: argparse.Namespace) -> None:
        self.playing = LayersStream(torch.device(chosen.device)).drawn_from
        with self.playing():
            recipe = resolve(registry, name, tuple(chosen.override))
            shape = {"image_size": chosen.size, "channels": chosen.channels, "num_classes": 10}
            parts = build_parts(recipe, registry, **shape, seed=seed)
            rng = torch.Generator().manual_seed(0)
            images = torch.randint(
                0, 256, (IMAGES, chosen.channels, chosen.size, chosen.size), dtype=torch.uint8, generator=rng
            )
            self.trainer = Trainer(
                recipe,
                parts,
                images,
                torch.arange(IMAGES) % 10,
                seed=seed,
                device=chosen.device,
                precision=chosen.precision,
                budget=some_budget(recipe),
            )


class Seeds:
    """Several games that are played a step each, in the way that ``ganzoo.bench.execution.interleaved`` has it.

    Args:
        lanes: the games.
        recorder: of steps of them all; None where each plays by itself.
    """

    def __init__(self, lanes: Sequence[Lane], recorder: Recorder | None = None) -> None:
        self.lanes = lanes
        self.joint = None if recorder is None else Joint(recorder)
        if self.joint is not None:
            self.joint.of([(lane.trainer, lane.playing) for lane in lanes])

    def step(self) -> None:
        """One step of each."""
        for lane in self.lanes:
            lane.trainer.load()
        if self.joint is not None and self.joint.step():
            return
        for lane in self.lanes:
            with lane.playing():
                lane.trainer.play_loaded(recorded=self.joint is None or bool(self.joint.why_apart))

    def settled(self) -> bool:
        """Return whether no step from now on is the first of its kind."""
        return self.joint.settled if self.joint is not None else all(lane.trainer.settled for lane in self.lanes)

    @property
    def replayed(self) -> str:
        """The way in which their steps are played."""
        if self.joint is not None and not self.joint.why_apart:
            return "as one"
        return "each" if all(lane.trainer.replays is not None for lane in self.lanes) else "no"


def measure(name: str, registry: Registry, chosen: argparse.Namespace) -> list[dict[str, Any]]:
    """Return a row for each number of seeds."""
    watch = Stopwatch(chosen.device, chosen.threads)
    counts = sorted({1, *chosen.seeds})
    cuda = chosen.device.startswith("cuda")

    def made(k: int) -> Seeds:
        lanes = [Lane(name, registry, seed, chosen) for seed in range(k)]
        return Seeds(lanes, CudaGraphs(torch.device(chosen.device), branches=k) if cuda and k > 1 else None)

    # Each number has games of its own, which go through all that is lazy in step.
    contestants = {k: made(k) for k in counts}
    for seeds in contestants.values():
        settle(seeds.step, seeds.settled)
    took = interleaved(
        {str(k): seeds.step for k, seeds in contestants.items()},
        watch,
        rounds=chosen.rounds,
        steps=chosen.steps,
        say=lambda line: tell(f"{name}: {line}"),
    )
    schedule = contestants[1].lanes[0].trainer.recipe.schedule
    batch = schedule.batch * schedule.d_steps
    return [
        {
            "seeds": k,
            "ms_for_a_step_of_all": spread([1000 * seconds for seconds in took[str(k)]]),
            "cost": ratios(took[str(k)], took["1"]),
            "images_per_second_of_all": spread([k * batch / seconds for seconds in took[str(k)]]),
            "replayed": contestants[k].replayed,
        }
        for k in counts
    ]


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Measure, print, and write where asked."""
    made = parser(__doc__, rounds=5)
    made.add_argument("recipes", nargs="*", default=["dcgan", "gan"])
    made.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 5, 10])
    made.add_argument("--size", type=int, default=8, help="of the images in pixels (default: 8)")
    made.add_argument("--channels", type=int, default=3)
    made.add_argument("--steps", type=int, default=20, help="of all seeds in one round (default: 20)")
    made.add_argument("--precision", default="auto")
    made.add_argument("-o", "--override", action="append", default=[], metavar="KEY=VALUE")
    chosen = parsed(made, arguments)
    chosen.precision = resolve_precision(chosen.precision, chosen.device)
    registry = load_zoo(third_party=False).registry
    tables: dict[str, list[dict[str, Any]]] = {}
    protocol = {
        "clock": Stopwatch(chosen.device, chosen.threads).kind,
        "precision": chosen.precision,
        "rounds": chosen.rounds,
        "steps": chosen.steps,
        "size": chosen.size,
        "channels": chosen.channels,
        "overrides": chosen.override,
    }
    record: dict[str, Any] = {}
    recipes = dict.fromkeys(chosen.recipes)
    for name in recipes:
        tables[f"{name}, {chosen.size}x{chosen.size}"] = measure(name, registry, chosen)
        columns, whole = dict.fromkeys(tables, COLUMNS), len(tables) == len(recipes)
        record = report("seeds_together", chosen, protocol=protocol, tables=tables, columns=columns, whole=whole)
    return record


if __name__ == "__main__":
    main()
