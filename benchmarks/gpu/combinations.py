"""Looks at recipes in precisions, one after the other, and writes a line of JSON before and after each.

    python -m benchmarks.gpu.combinations --out rows.jsonl steps:dcgan:tf32 steps:dcgan:bf16 kernels:dcgan:tf32

``first_look.py`` starts it, and starts it again without what it died of. Of ``steps:RECIPE:PRECISION``:

- The same steps are played three times from the same seed: eagerly, eagerly again, and replayed. How far the second
  is from the first is the device's own rounding, which a game of two players makes larger with each step; the replayed
  ones are to be no farther. Differences are shares of the largest loss of that player.
- Then eager and replayed steps are timed: ``ms`` by the clock of the wall with the device's work finished, ``device``
  by CUDA's events, ``host`` without waiting.

Of ``kernels:RECIPE:PRECISION``: what the profiler sees of one eager step and of one replayed one.
"""

import argparse
import faulthandler
import gc
import json
import math
import os
import statistics
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks.gpu.sentences import plain
from ganzoo.bench.profiling.device_trace import trace
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.changing import some_budget
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Registry
from ganzoo.training import Trainer

TOLERANCE = {"tf32": 2e-2, "bf16": 5e-2, "fp16": 5e-2}  # of a difference, where two eager plays hardly differ
TIMES = 10.0  # as far as two eager plays are from each other
POISONED = 70  # exit code: this process's CUDA can do no more
IMAGES = 2048
PLAIN = 5  # steps after which two come that are alike: nothing lazy is due, and they were played and recorded before


class Game:
    """A recipe in a precision, from its beginning as often as one likes."""

    def __init__(self, name: str, precision: str, registry: Registry, chosen: argparse.Namespace) -> None:
        self.recipe = resolve(registry, name, tuple(chosen.override))
        self.precision, self.registry, self.size = precision, registry, chosen.size
        shape = (IMAGES, 3, self.size, self.size)
        self.images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))

    def begin(self, *, captured: bool) -> Trainer:
        """Before its first step."""
        parts = build_parts(self.recipe, self.registry, image_size=self.size, channels=3, num_classes=10, seed=0)
        labels = torch.arange(IMAGES) % 10
        how = {"seed": 0, "device": "cuda", "precision": self.precision, "budget": some_budget(self.recipe)}
        return Trainer(self.recipe, parts, self.images, labels, captured=captured, **how)


def enough(trainer: Trainer) -> int:
    """Count the steps in which each kind is played, recorded and replayed: three rounds of all that is lazy."""
    return 3 * math.lcm(trainer.norms.every or 1, *(r.every for r in trainer.parts.regularizers))


def losses_of(trainer: Trainer, steps: int) -> Tensor:
    """Return both players' losses on the host, ``(steps, 2)``."""
    seen = []
    for _ in range(steps):
        losses = trainer.step()
        seen.append(torch.stack((losses["d_loss"], losses["g_loss"])).double())
    return torch.stack(seen).cpu()


def differences(a: Tensor, b: Tensor) -> list[float]:
    """By step, the greater of both players' differences, as shares of the largest loss of that player."""
    largest = a.abs().amax(0).clamp_min(1e-12)
    return ((a - b).abs() / largest).amax(1).tolist()


def agreement(eager: Tensor, again: Tensor, replayed: Tensor, precision: str) -> dict[str, Any]:
    """Compare replayed losses with eager ones, as far as two eager plays agree."""
    own, ours = differences(eager, again), differences(eager, replayed)
    # By step: that two eager plays drift apart later on excuses no replay that is off before.
    allowed = [max(TOLERANCE[precision], TIMES * far) for far in accumulate(own, max)]
    finite = bool(replayed.isfinite().all())
    first = next((i for i, (value, most) in enumerate(zip(ours, allowed, strict=True)) if not value <= most), None)
    return {
        "steps": len(eager),
        "finite": finite,
        "eager finite": bool(eager.isfinite().all()),
        "moves": len({tuple(row) for row in replayed.tolist()}) > 1,
        "eager from eager": max(own),
        "first replays from eager": max(ours[1:4], default=ours[0]),
        "replayed from eager": max(ours),
        "allowed": allowed[-1],
        "agrees": finite and first is None,
        "differs from step": first,
        "losses": {"eager": eager.tolist(), "replayed": replayed.tolist()},
    }


def timed(step: Callable[[], Any], seconds: float, blocks: int = 5) -> dict[str, float]:
    """Medians over blocks of steps: milliseconds of a step, of the device, and the host's microseconds."""
    for _ in range(3):
        step()
    torch.cuda.synchronize()
    began = time.perf_counter()
    step()
    torch.cuda.synchronize()
    n = min(400, max(2, int(seconds / blocks / (time.perf_counter() - began + 1e-9))))
    taken: dict[str, list[float]] = {"ms": [], "device ms": [], "host us": []}
    for _ in range(blocks):
        first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        first.record()
        began = time.perf_counter()
        for _ in range(n):
            step()
        taken["host us"].append(1e6 * (time.perf_counter() - began) / n)
        last.record()
        torch.cuda.synchronize()
        taken["ms"].append(1e3 * (time.perf_counter() - began) / n)
        taken["device ms"].append(first.elapsed_time(last) / n)
    return {key: statistics.median(values) for key, values in taken.items()}


class Row:
    """All that is found of one combination; a part of it that fails is told, and the next is tried."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}
        self.failed: dict[str, str] = {}

    def try_to(self, what: str, do: Callable[[], Any]) -> Any:
        """Give what ``do`` gives; None if it fails."""
        try:
            given = do()
            torch.cuda.synchronize()
        except Exception as error:
            traceback.print_exc()
            self.failed[what] = plain(f"{type(error).__name__}: {error}")
            return None
        return given


def steps_of(game: Game, chosen: argparse.Namespace) -> Row:
    """Agreement, times and memory."""
    row = Row()
    eager, again = (row.try_to(what, lambda: eager_steps(game)) for what in ("eager steps", "eager steps once more"))
    row.found["eager"] = row.try_to("timing eager steps", lambda: eager_times(game, chosen.seconds))
    replayed = row.try_to("replayed steps", lambda: replayed_steps(game, row.found, chosen.seconds))
    if eager is not None and again is not None and replayed is not None:
        row.found |= agreement(eager, again, replayed, game.precision)
    return row


def eager_steps(game: Game) -> Tensor:
    """Losses of steps that are played eagerly."""
    trainer = game.begin(captured=False)
    return losses_of(trainer, enough(trainer))


def eager_times(game: Game, seconds: float) -> dict[str, float]:
    """Time them, and take note of the memory."""
    torch.cuda.reset_peak_memory_stats()
    took = timed(game.begin(captured=False).step, seconds)
    return {**took, "peak MB": torch.cuda.max_memory_allocated() / 1e6}


def replayed_steps(game: Game, found: dict[str, Any], seconds: float) -> Tensor:
    """Losses of steps that are replayed where they can be; the rest of what they are goes into ``found``."""
    torch.cuda.reset_peak_memory_stats()
    trainer = game.begin(captured=True)
    losses = losses_of(trainer, enough(trainer))
    found |= {"replayed": trainer.replays is not None, "why eager": plain(trainer.why_eager) or None}
    if trainer.replays is not None:
        found["graphs"] = trainer.replays.recorded
        took = timed(trainer.step, seconds)
        found["replay"] = {**took, "peak MB": torch.cuda.max_memory_allocated() / 1e6}
        found["graphs after timing"] = trainer.replays.recorded
    return losses


def work_of(step: Callable[[], Any]) -> dict[str, Any]:
    """Return what the device did in a step, as the profiler saw it."""
    step()
    torch.cuda.synchronize()
    events = trace(lambda: step() and None, torch.device("cuda"))
    work = [event for event in events if event.get("cat") in ("kernel", "gpu_memcpy", "gpu_memset")]
    counts = Counter(event["cat"] for event in work)
    spent: Counter[str] = Counter()
    for event in work:
        spent[event["name"][:80]] += event["dur"]
    return {
        "kernels": counts["kernel"],
        "copies": counts["gpu_memcpy"],
        "memsets": counts["gpu_memset"],
        "busy ms": sum(event["dur"] for event in work) / 1e3,
        "most time": {name: round(took, 1) for name, took in spent.most_common(6)},
    }


def kernels_of(game: Game, chosen: argparse.Namespace) -> Row:
    """Count one eager step, and one replayed one that has no lazy term due more than a usual one."""
    row = Row()
    for captured, key in ((False, "eager work"), (True, "replayed work")):

        def counted(captured: bool = captured) -> dict[str, Any]:
            trainer = game.begin(captured=captured)
            losses_of(trainer, PLAIN)
            return work_of(trainer.step)

        row.found[key] = row.try_to(key, counted)
    return row


LOOKS: Mapping[str, Callable[[Game, argparse.Namespace], Row]] = {"steps": steps_of, "kernels": kernels_of}


def usable() -> bool:
    """Return whether CUDA still works in this process: an illegal access ends it for good."""
    try:
        torch.zeros(1, device="cuda").add_(1)
        torch.cuda.synchronize()
    except Exception:
        traceback.print_exc()
        return False
    return True


def main(arguments: list[str] | None = None) -> int:
    """Look at each; ``POISONED`` if the rest needs another process."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("looks", nargs="+", metavar="LOOK:RECIPE:PRECISION")
    made.add_argument("--out", type=Path, required=True)
    made.add_argument("--each", type=float, default=30.0, help="seconds, after which a look has hung (default: 30)")
    made.add_argument("--seconds", type=float, default=0.5, help="to time one kind of steps (default: 0.5)")
    made.add_argument("--size", type=int, default=32)
    made.add_argument("-o", "--override", action="append", default=[])
    chosen = made.parse_args(arguments)
    registry = load_zoo(third_party=False).registry
    with chosen.out.open("a", encoding="utf-8") as file:

        def write(line: Mapping[str, Any]) -> None:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

        for key in chosen.looks:
            look, name, precision = key.split(":")
            write({"begun": key})
            print(f"-- {key}", file=sys.stderr, flush=True)
            faulthandler.dump_traceback_later(chosen.each, exit=True)
            began, row = time.perf_counter(), Row()
            game = row.try_to("building it", lambda name=name, p=precision: Game(name, p, registry, chosen))
            if game is not None:
                row = LOOKS[look](game, chosen)
            faulthandler.cancel_dump_traceback_later()
            took = time.perf_counter() - began
            write({"ended": key, "seconds": took, "failed": row.failed, **row.found})
            del game, row
            gc.collect()
            if not usable():
                return POISONED
            torch.cuda.empty_cache()
    return 0


if __name__ == "__main__":
    sys.exit(main())
