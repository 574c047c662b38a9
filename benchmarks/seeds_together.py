"""What several seeds of one recipe cost in one process, against one seed alone.

    python benchmarks/seeds_together.py
    python benchmarks/seeds_together.py dcgan gan --device cuda --size 32 --seeds 1 2 5 10 --out

All seeds play a step each by turns, as ``ganzoo bench --together`` has it; on a CUDA GPU each has a stream of its
own. The cost of k seeds is the time of one step of all of them over that of one seed's; k runs one
after the other would cost k.
"""

import argparse
from contextlib import ExitStack, nullcontext
from typing import Any

import torch
from measuring import Stopwatch, interleaved, parsed, parser, ratios, report, spread, tell

from ganzoo.build import build_parts
from ganzoo.discovery import load_zoo
from ganzoo.game import Trainer
from ganzoo.game.layers import LayersStream
from ganzoo.precision import resolve_precision
from ganzoo.recipe import resolve
from ganzoo.registry import Registry

IMAGES = 1024
COLUMNS = ("seeds", "ms_for_a_step_of_all", "cost", "images_per_second_of_all", "replayed")


class Lane:
    """One seed's game, in the way that ``ganzoo.bench.together`` plays it."""

    def __init__(self, name: str, registry: Registry, seed: int, chosen: argparse.Namespace) -> None:
        self.layers = LayersStream(torch.device(chosen.device))
        self.stream = torch.cuda.Stream(chosen.device) if chosen.device.startswith("cuda") else None
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
            )

    def playing(self) -> ExitStack:
        """Where this seed's steps are played."""
        stack = ExitStack()
        stack.enter_context(self.layers.drawn_from())
        stack.enter_context(nullcontext() if self.stream is None else torch.cuda.stream(self.stream))
        return stack

    def step(self) -> None:
        """One step."""
        with self.playing():
            self.trainer.step()


def measure(name: str, registry: Registry, chosen: argparse.Namespace) -> list[dict[str, Any]]:
    """A row for each number of seeds."""
    watch = Stopwatch(chosen.device, chosen.threads)
    lanes = [Lane(name, registry, seed, chosen) for seed in range(max(*chosen.seeds, 1))]

    def of_first(k: int) -> Any:
        def step() -> None:
            for lane in lanes[:k]:
                lane.step()

        return step

    counts = sorted({1, *chosen.seeds})
    took = interleaved(
        {str(k): of_first(k) for k in counts},
        watch,
        rounds=chosen.rounds,
        steps=chosen.steps,
        warmup=4,
        say=lambda line: tell(f"{name}: {line}"),
    )
    batch = lanes[0].trainer.recipe.schedule.batch * lanes[0].trainer.recipe.schedule.d_steps
    return [
        {
            "seeds": k,
            "ms_for_a_step_of_all": spread([1000 * seconds for seconds in took[str(k)]]),
            "cost": ratios(took[str(k)], took["1"]),
            "images_per_second_of_all": spread([k * batch / seconds for seconds in took[str(k)]]),
            "replayed": lanes[0].trainer.replays is not None,
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
