"""The share of the device's limit that a training step reaches: images/s against the FLOP bound and the memory bound.

    python benchmarks/limit.py --device cuda --out                    # batch 64, 256, 1024; tf32 and bf16
    python benchmarks/limit.py --device cpu --threads 1 --out         # batch 16, 64; fp32
    python benchmarks/limit.py dcgan --batches 16 --rounds 9          # one recipe, from more rounds

Both bounds are of this device as it is at that moment: the rate of a large matrix product in the same precision, and
the rate of copying a large array, each measured by turns with the steps, so that a machine that slows down slows all of
them down. Shares are the median over the rounds of the ratios within each round. Where lazy terms are due every few
steps, a turn is a whole period of them. Counted on steps that are played eagerly, second derivatives included:

- FLOPs: of convolutions and matrix products, as ``ganzoo profile`` counts them; 1 multiply-add is 2 FLOPs.
  All count at the rate of the row's precision, though turns that differentiate a gradient are played in float32.
- Bytes: what no fusion of kernels can save. Every tensor that autograd keeps for a backward pass is written once and
  read once. In a turn the weights that move are read forward and backward, and their gradient written and read; the
  optimizer reads and writes the weights and its two moments (10 times their size in all); the other player's weights
  are read twice. The averaged generator is read and written, the live one read (3 times its size).

The larger of the two times is the limit, and ``share`` is the limit's time over the measured one. ``goes to`` tells
where the operators of an eager step spend the device's time, which is the place to look for the rest.

No convolution of a small network runs at the rate of a large matrix product. On a CPU a second table therefore has the
time of the step's own convolutions and products, forward and backward, played by turns with the steps, with the same
shapes and layouts and nothing between them: what an engine that costs nothing would take. ``alone`` is that time over
the step's, ``of the matrix rate`` is the rate at which they run so. The other columns are shares of the step's time as
the profiler sees it on the wall clock, so that they need a machine without other work (``rest.py``). ``slower within
the step`` is what the same calls take more there than alone, with memory that other work has cooled; it is the
difference of two measurements, and a little below zero where there is none. Below 95 % a sentence says what takes the
rest. The aim: 95 % for each.
"""

import statistics
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import rest
import torch
from calls import Alone, Calls
from measuring import Stopwatch, interleaved, parsed, parser, report, settle, spread, tell
from peers import IMAGES, RECIPES, synthetic
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from ganzoo.backend.precision import LOW, products_in
from ganzoo.bench.profiling.device_trace import trace
from ganzoo.bench.profiling.matrix_rate import SIDES
from ganzoo.bench.profiling.measurements import period_of
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.changing import some_budget
from ganzoo.recipes.recipe import Recipe, resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Registry
from ganzoo.training import Trainer

CONVOLUTIONAL = ("dcgan", "wgan-gp", "sngan", "sngan-resnet", "biggan", "stylegan2")
TRACED = 5  # steps, or one period of lazy terms
CLASSES = 10  # of the images, for recipes that play with labels
FAMILIES = {  # by what an operator's name holds; the first that fits
    "optimizer and average": ("adam", "foreach", "lerp_"),
    rest.PRODUCTS: ("conv", "mm", "linear", "bmm", "dot", "mv"),
    rest.NORMS: ("norm",),
    "copies": ("copy_", "to_copy", "clone", "cat", "index", "fill_", "zero_"),
}
OTHER = "elementwise and the rest"


# -- what a step needs -------------------------------------------------------------------------------------------


def kept_bytes(step: Callable[[], Any], weights: set[int]) -> int:
    """Bytes that autograd keeps for backward passes in one step, each memory counted once, ``weights`` left out.

    Args:
        step: played eagerly.
        weights: addresses of memory that is no activation.
    """
    seen: dict[int, int] = {}
    alive: list[Tensor] = []  # so that no address is given away again before the step is over

    def keep(x: Tensor) -> Tensor:
        memory = x.untyped_storage()
        if x.layout == torch.strided and memory.data_ptr() not in weights:
            seen[memory.data_ptr()] = max(seen.get(memory.data_ptr(), 0), x.numel() * x.element_size())
            alive.append(x)
        return x

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        step()
    return sum(seen.values())


def _size(module: nn.Module) -> int:
    return sum(p.numel() * p.element_size() for p in module.parameters())


def weight_bytes(G: int, D: int, d_steps: int, averaged: bool) -> int:
    """Bytes of weights, gradients and optimizer states that a step moves, for players of ``G`` and ``D`` bytes."""
    d_turn = 10 * D + 2 * G
    g_turn = 10 * G + 2 * D
    return d_steps * d_turn + g_turn + (3 * G if averaged else 0)


def needs(trainer: Trainer) -> tuple[dict[str, float], Calls]:
    """FLOPs and bytes of one step of a trainer that plays eagerly, and the calls of a whole period of lazy terms."""
    modules = trainer.parts.modules().values()
    tensors = [t for module in modules for t in (*module.parameters(), *module.buffers())]
    addresses = {t.untyped_storage().data_ptr() for t in tensors}
    schedule = trainer.recipe.schedule
    trainer.step()  # makes the optimizers' states
    kept = kept_bytes(trainer.step, addresses)
    moved = weight_bytes(_size(trainer.parts.G), _size(trainer.parts.D), schedule.d_steps, bool(schedule.ema))
    period = period_of(trainer)
    with Calls() as seen:
        for _ in range(period):
            trainer.step()
    return {"flops": seen.total / period, "activation bytes": 2 * kept, "weight bytes": moved}, seen


# -- what the device can do ----------------------------------------------------------------------------------------


def product(device: str, precision: str, side: int | None) -> tuple[Callable[[], Any], float]:
    """Return what multiplies two large square matrices in a precision, and how many operations that is.

    Args:
        device: that multiplies.
        precision: of the row.
        side: of the matrices; None for one that suits the device.
    """
    side = side or SIDES[torch.device(device).type]
    rng = torch.Generator(device).manual_seed(0)
    dtype = LOW.get(precision, torch.float32)
    a, b = (torch.randn(side, side, device=device, generator=rng).to(dtype) for _ in range(2))
    out = torch.empty_like(a)
    return lambda: torch.mm(a, b, out=out), 2 * side**3


def copying(device: str, megabytes: int) -> tuple[Callable[[], Any], float]:
    """Return what copies a large array, and how many bytes that reads and writes together."""
    a = torch.zeros(megabytes * 10**6 // 4, device=device)
    b = torch.ones_like(a)  # of ones, so that its memory is there before the clock runs
    return lambda: b.copy_(a), 2 * a.numel() * a.element_size()


# -- where the time goes -------------------------------------------------------------------------------------------


def family(name: str) -> str:
    """Return what an operator is for, by its name."""
    for title, words in FAMILIES.items():
        if any(word in name.lower() for word in words):
            return title
    return OTHER


def goes_to(step: Callable[[], Any], device: str) -> dict[str, float]:
    """Shares of the device's time in one eager step, by family of operators; the greatest first."""
    cuda = device.startswith("cuda")
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    with profile(activities=activities, acc_events=True) as seen:  # torch 2.11 warns of one cycle without it
        step()
    sums: dict[str, float] = {}
    for event in seen.key_averages():
        if event.key.startswith("aten::"):
            spent = event.self_device_time_total if cuda else event.self_cpu_time_total
            sums[family(event.key)] = sums.get(family(event.key), 0.0) + spent
    total = sum(sums.values()) or 1.0
    return {title: spent / total for title, spent in sorted(sums.items(), key=lambda item: -item[1])}


# -- together ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """A recipe at a batch size in a precision.

    Attributes:
        row: of the first table.
        alone: of the second; None on a GPU.
        rates: of the matrix product and the copy, round by round.
    """

    row: dict[str, Any]
    alone: dict[str, Any] | None
    rates: dict[str, list[float]]


def players(recipe: Recipe, registry: Registry, chosen: Namespace) -> Callable[..., Trainer]:
    """Return what makes a trainer of a recipe on images of noise, with labels where it plays with any."""
    images = synthetic(chosen.size)
    classes = CLASSES if recipe.conditional else 0
    labels = torch.arange(IMAGES) % CLASSES if classes else None

    def trainer(precision: str, *, captured: bool) -> Trainer:
        parts = build_parts(recipe, registry, image_size=chosen.size, channels=3, num_classes=classes, seed=0)
        how = {"device": chosen.device, "precision": precision, "captured": captured, "budget": some_budget(recipe)}
        return Trainer(recipe, parts, images, labels, seed=0, **how)

    return trainer


def measure(name: str, batch: int, precision: str, registry: Registry, chosen: Namespace) -> Measured:
    """Measure a recipe at a batch size in a precision."""
    recipe = resolve(registry, name, [f"schedule.batch={batch}", *chosen.override])
    cuda = chosen.device.startswith("cuda")
    watch = Stopwatch(chosen.device, chosen.threads)
    trainer = players(recipe, registry, chosen)
    multiply, operations = product(chosen.device, precision, chosen.matrix)
    copy, copied = copying(chosen.device, chosen.copy)
    contestants: dict[str, Callable[[], Any]] = {"product": multiply, "copy": copy}
    with products_in(precision):
        eager = trainer(precision, captured=False)
        period = period_of(eager)
        need, seen = needs(eager)
        if not cuda:
            contestants["alone"] = Alone(seen.calls)
            traced = period * max(1, TRACED // period)
            found = rest.shares(trace(partial(play, eager, traced), eager.device), family)
        where = goes_to(eager.step, chosen.device)
        del eager
        ours = trainer(precision, captured=True)
        settle(ours.step, lambda: ours.settled)
        label = f"{name}, batch {batch}, {precision}"
        took = interleaved(
            {"ganzoo": partial(play, ours, period), **contestants},
            watch,
            rounds=chosen.rounds,
            steps=chosen.steps,
            warmup=chosen.warmup,
            say=lambda line: tell(f"{label}: {line}"),
        )
    seconds = [s / period for s in took["ganzoo"]]
    rates = {"product": [operations / s for s in took["product"]], "copy": [copied / s for s in took["copy"]]}
    row = {
        "recipe": name,
        "batch": batch,
        "precision": precision,
        **bounds(need, seconds, rates, batch * recipe.schedule.d_steps),
        "goes to": ", ".join(f"{title} {share:.0%}" for title, share in where.items()),
    }
    if cuda:
        return Measured(row, None, rates)
    alone = [s / period for s in took["alone"]]
    second = {
        "recipe": name,
        "batch": batch,
        "steps": period,
        "calls": len(seen.calls) / period,
        **of_calls(need["flops"], seconds, alone, rates["product"], found),
    }
    return Measured(row, second, rates)


def play(trainer: Trainer, steps: int) -> None:
    """Play so many steps."""
    for _ in range(steps):
        trainer.step()


def bounds(need: dict[str, float], seconds: list[float], rates: dict[str, list[float]], images: int) -> dict[str, Any]:
    """Return the numbers of a row of the first table.

    Args:
        need: of ``needs``.
        seconds: that a step took, round by round.
        rates: of the matrix product and the copy, round by round.
        images: real ones in a step.
    """
    moved = need["activation bytes"] + need["weight bytes"]
    by_flops = [need["flops"] / rate for rate in rates["product"]]
    by_memory = [moved / rate for rate in rates["copy"]]
    shares = [max(f, m) / s for f, m, s in zip(by_flops, by_memory, seconds, strict=True)]
    return {
        "ms a step": spread([1000 * s for s in seconds]),
        "real images/s": images / statistics.median(seconds),
        "FLOP bound, images/s": images / statistics.median(by_flops),
        "memory bound, images/s": images / statistics.median(by_memory),
        "share": statistics.median(shares),
        "share, round by round": spread(shares),
        "GFLOP a step": need["flops"] / 1e9,
        "GB a step": moved / 1e9,
        "needs": need,
    }


def of_calls(
    flops: float, seconds: list[float], alone: list[float], rates: list[float], shares: dict[str, float]
) -> dict[str, Any]:
    """Return the numbers of a row of the second table.

    Args:
        flops: of a step.
        seconds: that a step took, round by round.
        alone: that its convolutions and products took alone, in the same rounds.
        rates: of the matrix product, in the same rounds.
        shares: of ``rest.shares``.
    """
    ratios = [a / s for a, s in zip(alone, seconds, strict=True)]
    share = statistics.median(ratios)
    return {
        "ms a step": spread([1000 * s for s in seconds]),
        "ms alone": spread([1000 * s for s in alone]),
        "alone": share,
        "alone, round by round": spread(ratios),
        "of the matrix rate": statistics.median([flops / a / rate for a, rate in zip(alone, rates, strict=True)]),
        "slower within the step": shares[rest.PRODUCTS] - share,
        **{name: shares[name] for name in rest.PARTS},
        "rest": rest.told(share, shares) or f"at least {rest.AIM:.0%}",
    }


COLUMNS = ("recipe", "batch", "precision", "ms a step", "real images/s", "FLOP bound, images/s")
COLUMNS += ("memory bound, images/s", "share", "GFLOP a step", "GB a step", "goes to")
ALONE = ("recipe", "batch", "ms a step", "ms alone", "alone", "of the matrix rate", "slower within the step")
ALONE += rest.PARTS
DEVICE, SHARES, CALLS = "What the device does", "Share of the limit", "The step's own convolutions and products, alone"


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__, rounds=5)
    made.add_argument("recipes", nargs="*", help=f"default: {', '.join(CONVOLUTIONAL)}, on CUDA {', '.join(RECIPES)}")
    made.add_argument("--batches", type=int, nargs="+", help="default: 16 64, on CUDA 64 256 1024")
    made.add_argument(
        "--precisions", nargs="+", choices=("fp32", "tf32", "bf16"), help="default: fp32, on CUDA tf32 bf16"
    )
    made.add_argument("--size", type=int, default=32, help="height and width of the images")
    made.add_argument("--steps", type=int, help="in a round (default: 1, on CUDA 50)")
    made.add_argument("--warmup", type=int, help="steps that are not timed (default: 1, on CUDA 10)")
    made.add_argument("--matrix", type=int, help="rows of the matrices (default: that of ganzoo profile)")
    made.add_argument("--copy", type=int, help="megabytes of the copied array (default: 256, on CUDA 2048)")
    made.add_argument("-o", "--override", action="append", default=[], help="key=value, for every recipe")
    chosen = parsed(made, arguments)
    cuda = chosen.device.startswith("cuda")
    chosen.steps = chosen.steps or (50 if cuda else 1)
    chosen.warmup = chosen.warmup or (10 if cuda else 1)
    chosen.copy = chosen.copy or (2048 if cuda else 256)
    precisions = chosen.precisions or (["tf32", "bf16"] if cuda else ["fp32"])
    registry = load_zoo(third_party=False).registry
    asked = [
        (name, batch, precision)
        for name in chosen.recipes or (RECIPES if cuda else CONVOLUTIONAL)
        for precision in precisions
        for batch in chosen.batches or ((64, 256, 1024) if cuda else (16, 64))
    ]
    rows: list[Measured] = []
    for name, batch, precision in asked:
        rows.append(measure(name, batch, precision, registry, chosen))
        tell_all(rows, chosen, whole=len(rows) == len(asked))
    return 0


def of_device(rows: list[Measured], chosen: Namespace) -> list[dict[str, Any]]:
    """Return the rows of the device's own rates, over all rounds of all recipes."""
    found = []
    side = chosen.matrix or SIDES[torch.device(chosen.device).type]
    for precision in dict.fromkeys(one.row["precision"] for one in rows):
        rates = [r / 1e12 for one in rows if one.row["precision"] == precision for r in one.rates["product"]]
        found.append({"what": f"{side}x{side} matrix product in {precision}, TFLOP/s", "rate": spread(rates)})
    copies = [r / 1e9 for one in rows for r in one.rates["copy"]]
    return [*found, {"what": f"copy of {chosen.copy} MB, read and written, GB/s", "rate": spread(copies)}]


def tell_all(rows: list[Measured], chosen: Namespace, *, whole: bool) -> None:
    """Print and write what was measured so far."""
    alone = [one.alone for one in rows if one.alone is not None]
    tables = {DEVICE: of_device(rows, chosen), SHARES: [one.row for one in rows]}
    columns = {DEVICE: ("what", "rate"), SHARES: COLUMNS}
    if alone:
        said = [{key: row[key] for key in ("recipe", "batch", "rest")} for row in alone]
        tables |= {CALLS: alone, "What takes the rest": said}
        columns |= {CALLS: ALONE, "What takes the rest": ("recipe", "batch", "rest")}
    report(
        "limit",
        chosen,
        protocol={
            "clock": Stopwatch(chosen.device, chosen.threads).kind,
            "images": f"{chosen.size}x{chosen.size}x3, in memory, synthetic",
            "rounds": chosen.rounds,
            "turns": "step, matrix product, copy" + ", the step's own convolutions and products alone" * bool(alone),
            "steps a round": chosen.steps,
            "warm-up steps": chosen.warmup,
            "overrides": chosen.override,
        },
        tables=tables,
        columns=columns,
        whole=whole,
    )


if __name__ == "__main__":
    sys.exit(main())
