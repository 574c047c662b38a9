"""The share of the device's limit that a training step reaches: images/s against the FLOP bound and the memory bound.

    python benchmarks/limit.py --device cuda --out                    # batch 64, 256, 1024; tf32 and bf16
    python benchmarks/limit.py --device cpu --threads 2 --out         # batch 16, 64; fp32

Both bounds are of this device as it was measured just before: the rate of a large matrix product in the same precision,
and the rate of copying a large array. Counted on one step that is played eagerly, second derivatives included:

- FLOPs: of convolutions and matrix products, as ``ganzoo profile`` counts them; 1 multiply-add is 2 FLOPs.
  All count at the rate of the row's precision, though turns that differentiate a gradient are played in float32.
- Bytes: what no fusion of kernels can save. Every tensor that autograd keeps for a backward pass is written once and
  read once. In a turn the weights that move are read forward and backward, and their gradient written and read; the
  optimizer reads and writes the weights and its two moments (10 times their size in all); the other player's weights
  are read twice. The averaged generator is read and written, the live one read (3 times its size).

The larger of the two times is the limit, and ``share`` is the limit's time over the measured one. ``goes to`` tells
where the operators of an eager step spend the device's time, which is the place to look for the rest.
"""

import sys
import time
from argparse import Namespace
from collections.abc import Callable
from typing import Any

import torch
from measuring import Stopwatch, interleaved, parsed, parser, report, settle, spread, tell
from peers import RECIPES, synthetic
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from ganzoo.backend.precision import products_in
from ganzoo.bench.profiling.flops import FlopCounter
from ganzoo.bench.profiling.matrix_rate import matrix_rate
from ganzoo.recipes.build import build_parts
from ganzoo.recipes.changing import some_budget
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Registry
from ganzoo.training import Trainer

FAMILIES = {  # by what an operator's name holds; the first that fits
    "optimizer and average": ("adam", "foreach", "lerp_"),
    "convolutions and products": ("conv", "mm", "linear", "bmm", "dot", "mv"),
    "normalisation": ("norm",),
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


def needs(trainer: Trainer) -> dict[str, float]:
    """FLOPs and bytes of one step of a trainer that plays eagerly."""
    modules = trainer.parts.modules().values()
    tensors = [t for module in modules for t in (*module.parameters(), *module.buffers())]
    addresses = {t.untyped_storage().data_ptr() for t in tensors}
    schedule = trainer.recipe.schedule
    trainer.step()  # makes the optimizers' states
    kept = kept_bytes(trainer.step, addresses)
    moved = weight_bytes(_size(trainer.parts.G), _size(trainer.parts.D), schedule.d_steps, bool(schedule.ema))
    with FlopCounter() as counter:
        trainer.step()
    return {"flops": counter.total, "activation bytes": 2 * kept, "weight bytes": moved}


# -- what the device can do ----------------------------------------------------------------------------------------


def copy_rate(device: str, watch: Stopwatch, megabytes: int, seconds: float = 1.0) -> float:
    """Bytes/s read and written together while a large array is copied, the best of a second."""
    a = torch.zeros(megabytes * 10**6 // 4, device=device)
    b = torch.ones_like(a)  # of ones, so that its memory is there before the clock runs
    best, until = float("inf"), time.perf_counter() + seconds
    while best == float("inf") or time.perf_counter() < until:
        began = watch.now()
        b.copy_(a)
        best = min(best, watch.now() - began)
    return 2 * a.numel() * a.element_size() / best


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


def measure(
    name: str, batch: int, precision: str, rates: dict[str, float], registry: Registry, chosen: Namespace
) -> Any:
    """One row: a recipe at a batch size in a precision."""
    recipe = resolve(registry, name, [f"schedule.batch={batch}", *chosen.override])
    images = synthetic(chosen.size)
    watch = Stopwatch(chosen.device, chosen.threads)

    def trainer(captured: bool) -> Trainer:
        parts = build_parts(recipe, registry, image_size=chosen.size, channels=3, num_classes=0, seed=0)
        how = {"device": chosen.device, "precision": precision, "captured": captured, "budget": some_budget(recipe)}
        return Trainer(recipe, parts, images, None, seed=0, **how)

    with products_in(precision):
        eager = trainer(captured=False)
        need = needs(eager)
        where = goes_to(eager.step, chosen.device)
        del eager
        ours = trainer(captured=True)
        settle(ours.step, lambda: ours.settled)
        label = f"{name}, batch {batch}, {precision}"
        seconds = interleaved(
            {"ganzoo": ours.step},
            watch,
            rounds=chosen.rounds,
            steps=chosen.steps,
            warmup=chosen.warmup,
            say=lambda line: tell(f"{label}: {line}"),
        )["ganzoo"]
    images_a_step = batch * recipe.schedule.d_steps
    by_flops = need["flops"] / rates[precision]
    by_memory = (need["activation bytes"] + need["weight bytes"]) / rates["copy"]
    took = spread(seconds)
    return {
        "recipe": name,
        "batch": batch,
        "precision": precision,
        "ms a step": spread([1000 * s for s in seconds]),
        "real images/s": images_a_step / took["median"],
        "FLOP bound, images/s": images_a_step / by_flops,
        "memory bound, images/s": images_a_step / by_memory,
        "share": max(by_flops, by_memory) / took["median"],
        "GFLOP a step": need["flops"] / 1e9,
        "GB a step": (need["activation bytes"] + need["weight bytes"]) / 1e9,
        "needs": need,
        "goes to": ", ".join(f"{title} {share:.0%}" for title, share in where.items()),
    }


COLUMNS = ("recipe", "batch", "precision", "ms a step", "real images/s", "FLOP bound, images/s")
COLUMNS += ("memory bound, images/s", "share", "GFLOP a step", "GB a step", "goes to")


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__, rounds=5)
    made.add_argument("recipes", nargs="*", default=RECIPES, help=f"default: {', '.join(RECIPES)}")
    made.add_argument("--batches", type=int, nargs="+", help="default: 16 64, on CUDA 64 256 1024")
    made.add_argument(
        "--precisions", nargs="+", choices=("fp32", "tf32", "bf16"), help="default: fp32, on CUDA tf32 bf16"
    )
    made.add_argument("--size", type=int, default=32, help="height and width of the images")
    made.add_argument("--steps", type=int, help="in a round (default: 1, on CUDA 50)")
    made.add_argument("--warmup", type=int, help="steps that are not timed (default: 1, on CUDA 10)")
    made.add_argument("--rates", type=float, default=1.0, help="seconds for each of the device's rates (default: 1)")
    made.add_argument("--matrix", type=int, help="rows of the matrices (default: that of ganzoo profile)")
    made.add_argument("--copy", type=int, help="megabytes of the copied array (default: 256, on CUDA 2048)")
    made.add_argument("-o", "--override", action="append", default=[], help="key=value, for every recipe")
    chosen = parsed(made, arguments)
    cuda = chosen.device.startswith("cuda")
    chosen.steps = chosen.steps or (50 if cuda else 1)
    chosen.warmup = chosen.warmup or (10 if cuda else 1)
    copied = chosen.copy or (2048 if cuda else 256)
    precisions = chosen.precisions or (["tf32", "bf16"] if cuda else ["fp32"])
    watch = Stopwatch(chosen.device, chosen.threads)
    registry = load_zoo(third_party=False).registry
    measured = {p: matrix_rate(chosen.device, p, seconds=chosen.rates, side=chosen.matrix) for p in precisions}
    rates = {p: found["flops"] for p, found in measured.items()}
    device = [
        {"what": f"{found['side']}x{found['side']} matrix product in {p}, TFLOP/s", "rate": found["flops"] / 1e12}
        for p, found in measured.items()
    ]
    rates["copy"] = copy_rate(chosen.device, watch, copied, chosen.rates)
    device.append({"what": f"copy of {copied} MB, read and written, GB/s", "rate": rates["copy"] / 1e9})
    asked = [
        (name, batch, precision)
        for name in chosen.recipes
        for precision in precisions
        for batch in chosen.batches or ((64, 256, 1024) if cuda else (16, 64))
    ]
    rows: list[dict[str, Any]] = []
    for name, batch, precision in asked:
        rows.append(measure(name, batch, precision, rates, registry, chosen))
        tell_all(device, rows, chosen, whole=len(rows) == len(asked))
    return 0


def tell_all(device: list[dict[str, Any]], rows: list[dict[str, Any]], chosen: Namespace, *, whole: bool) -> None:
    """Print and write what was measured so far."""
    report(
        "limit",
        chosen,
        protocol={
            "clock": Stopwatch(chosen.device, chosen.threads).kind,
            "images": f"{chosen.size}x{chosen.size}x3, in memory, synthetic",
            "rounds": chosen.rounds,
            "steps a round": chosen.steps,
            "warm-up steps": chosen.warmup,
            "overrides": chosen.override,
        },
        tables={"What the device does": device, "Share of the limit": rows},
        columns={"What the device does": ("what", "rate"), "Share of the limit": COLUMNS},
        whole=whole,
    )


if __name__ == "__main__":
    sys.exit(main())
