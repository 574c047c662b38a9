"""One training step, ganzoo's beside other people's: same networks, batch, data and optimizer settings, side by side.

    python benchmarks/peers.py                                  # DCGAN, SNGAN-ResNet and WGAN-GP at 32x32, batch 64
    python benchmarks/peers.py dcgan --rounds 7 --out           # one of them, recorded
    python benchmarks/peers.py dcgan --precisions fp32 bf16
    python benchmarks/peers.py --device cuda --precisions tf32 bf16 --out

A step is ``d_steps`` turns of D and one of G. What is measured against which loop:

- ``plain``: fresh fakes in each turn, the loop of most repositories; ratios are to this one.
- ``plain, shared fakes``: G's turn plays on with the fakes of D's last turn.
- ``StudioGAN's loop``, ``PyTorch-GAN's loop``: their shapes, written out plainly.
- ``torchgan``, ``torch-mimicry``: the installed libraries' own steps; see ``outsiders.py`` for how to get them.
- ``ganzoo``: as shipped, so with the averaged generator that no other row has, and the recipe's ``share_fakes``.
- ``ganzoo, eager``: the same with no step replayed, where a GPU could.
- ``ganzoo, fresh fakes`` and ``ganzoo, shared fakes``: without the average, equal to ``plain`` and to
  ``plain, shared fakes`` but for rounding. The column ``equal to`` names what a row computes the same as.

On a CPU with one thread the clock is this process's CPU time. Targets: on a CPU 1.2 times ``plain`` at equal
mathematics, and ahead of every peer; on an H100 or H200 8 times for dcgan, 4 times for the others.
"""

import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from loops import Game, Step, plain, plain_shared, pytorch_gan, studiogan
from measuring import Stopwatch, interleaved, parsed, parser, ratios, report, settle, spread, tell
from outsiders import UnavailableError, mimicry, torchgan, versions

from ganzoo.backend.precision import LOW, products_in
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.changing import some_budget
from ganzoo.recipes.recipe import Recipe, resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Registry
from ganzoo.training import Trainer

RECIPES = ("dcgan", "sngan-resnet", "wgan-gp")
PRECISIONS = ("fp32", "tf32", "bf16")
IMAGES = 2048
LOOPS: dict[str, Callable[[Game], Step]] = {
    "plain": plain,
    "plain, shared fakes": plain_shared,
    "StudioGAN's loop": studiogan,
    "PyTorch-GAN's loop": pytorch_gan,
    "torchgan": torchgan,
    "torch-mimicry": mimicry,
}
OURS: dict[str, tuple[str, ...]] = {
    "ganzoo": (),
    "ganzoo, fresh fakes": ("schedule.share_fakes=false", "schedule.ema=0.0"),
    "ganzoo, shared fakes": ("schedule.share_fakes=true", "schedule.ema=0.0"),
}
EQUAL = {
    "plain": "plain",
    "plain, shared fakes": "plain, shared fakes",
    "StudioGAN's loop": "plain",
    "ganzoo, fresh fakes": "plain",
    "ganzoo, shared fakes": "plain, shared fakes",
}


def synthetic(size: int, n: int = IMAGES, channels: int = 3) -> torch.Tensor:
    """``(n, channels, size, size)`` uint8 noise, the same each time."""
    shape = (n, channels, size, size)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def trainer(
    recipe: Recipe, registry: Registry, images: torch.Tensor, device: str, precision: str, *, captured: bool = True
) -> Trainer:
    """ganzoo's, for images without labels."""
    size, channels = images.shape[-1], images.shape[1]
    parts = build_parts(recipe, registry, image_size=size, channels=channels, num_classes=0, seed=0)
    how = {"device": device, "precision": precision, "captured": captured, "budget": some_budget(recipe)}
    return Trainer(recipe, parts, images, None, seed=0, **how)


def contestants(
    name: str, registry: Registry, overrides: tuple[str, ...], precision: str, device: str, images: torch.Tensor
) -> tuple[dict[str, Step], dict[str, Trainer], dict[str, str]]:
    """Return the step of each, the trainers behind ours, and why some take no part."""
    steps: dict[str, Step] = {}
    missing: dict[str, str] = {}
    recipe = resolve(registry, name, overrides)
    for loop, make in LOOPS.items():
        game = Game.begin(recipe, registry, images, device=device, low=LOW.get(precision))
        try:
            steps[loop] = make(game)
        except UnavailableError as error:
            missing[loop] = str(error)
    ours = {
        row: trainer(resolve(registry, name, (*overrides, *changed)), registry, images, device, precision)
        for row, changed in OURS.items()
    }
    if device.startswith("cuda"):
        ours["ganzoo, eager"] = trainer(recipe, registry, images, device, precision, captured=False)
    return steps | {row: made.step for row, made in ours.items()}, ours, missing


def _settled(made: Trainer) -> bool:
    return made.settled


def measure(name: str, precision: str, registry: Registry, chosen: Namespace) -> list[dict[str, Any]]:
    """Return the rows of one recipe in one precision, the fastest first."""
    overrides = (f"schedule.batch={chosen.batch}", *chosen.override)
    images = synthetic(chosen.size)
    watch = Stopwatch(chosen.device, chosen.threads)
    with products_in(precision):
        steps, ours, missing = contestants(name, registry, overrides, precision, chosen.device, images)
        for made in ours.values():
            settle(made.step, partial(_settled, made))
        seconds = interleaved(
            steps,
            watch,
            rounds=chosen.rounds,
            steps=chosen.steps,
            warmup=chosen.warmup,
            say=lambda line: tell(f"{name} {precision}: {line}"),
        )
    schedule = resolve(registry, name, overrides).schedule
    rows: list[dict[str, Any]] = []
    for row, times in seconds.items():
        milliseconds = spread([1000 * t for t in times])
        found: dict[str, Any] = {
            "contestant": row,
            "ms a step": milliseconds,
            "real images/s": 1000 * schedule.batch * schedule.d_steps / milliseconds["median"],
            "x plain": ratios(seconds["plain"], times),
        }
        if row in EQUAL:
            found["equal to"] = EQUAL[row]
            found["x its equal"] = ratios(seconds[EQUAL[row]], times)
        if row == "ganzoo":
            shared = "shared" if schedule.share_fakes else "fresh"
            found["note"] = f"as shipped: {shared} fakes, and an average of the generator"
        if row in ours and ours[row].why_eager:
            found["note"] = f"not replayed: {ours[row].why_eager}"
        rows.append(found)
    rows.sort(key=lambda found: found["ms a step"]["median"])
    return rows + [{"contestant": row, "note": reason} for row, reason in missing.items()]


COLUMNS = ("contestant", "ms a step", "real images/s", "x plain", "equal to", "x its equal", "note")


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__, rounds=5)
    made.add_argument("recipes", nargs="*", default=RECIPES, help=f"of these: {', '.join(RECIPES)} (default: all)")
    made.add_argument("--precisions", nargs="+", choices=PRECISIONS, help="default: fp32, on CUDA tf32")
    made.add_argument("--batch", type=int, default=64)
    made.add_argument("--size", type=int, default=32, help="height and width of the images")
    made.add_argument("--steps", type=int, help="in a round of one contestant (default: 1, on CUDA 50)")
    made.add_argument("--warmup", type=int, help="steps of each that are not timed (default: 1, on CUDA 10)")
    made.add_argument("-o", "--override", action="append", default=[], help="key=value, for every recipe")
    chosen = parsed(made, arguments)
    cuda = chosen.device.startswith("cuda")
    chosen.steps = chosen.steps or (50 if cuda else 1)
    chosen.warmup = chosen.warmup or (10 if cuda else 1)
    registry = load_zoo(third_party=False).registry
    precisions = chosen.precisions or (["tf32"] if cuda else ["fp32"])
    asked = dict.fromkeys((name, precision) for name in chosen.recipes for precision in precisions)
    tables: dict[str, list[dict[str, Any]]] = {}
    for name, precision in asked:
        tables[f"{name}, {precision}"] = measure(name, precision, registry, chosen)
        tell_all(tables, chosen, whole=len(tables) == len(asked))
    return 0


def tell_all(tables: dict[str, list[dict[str, Any]]], chosen: Namespace, *, whole: bool) -> None:
    """Print and write what was measured so far."""
    report(
        "peers",
        chosen,
        protocol={
            "clock": Stopwatch(chosen.device, chosen.threads).kind,
            "batch": chosen.batch,
            "images": f"{IMAGES} of {chosen.size}x{chosen.size}x3, in memory, synthetic",
            "rounds": chosen.rounds,
            "steps a round": chosen.steps,
            "warm-up steps": chosen.warmup,
            "overrides": chosen.override,
        },
        tables=tables,
        columns=dict.fromkeys(tables, COLUMNS),
        versions=versions(),
        whole=whole,
    )


if __name__ == "__main__":
    sys.exit(main())
