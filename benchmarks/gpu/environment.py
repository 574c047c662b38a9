"""The first stage: what this machine is, and what its GPU does before any GAN is played.

    python -m benchmarks.gpu.environment --out environment.json

The facts are written before anything is measured. Exit code 3, with one sentence, where torch sees no GPU.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu.sentences import plain
from ganzoo.bench.profiling.matrix_rate import matrix_rate
from ganzoo.bench.runs.environment import environment
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.atomic import write_file

DISTRIBUTIONS = (
    "triton",
    "torchvision",
    "scipy",
    "scikit-learn",
    "hypothesis",
    "pytest",
    "pytest-xdist",
    "pytest-timeout",
    "tensorboard",
    "ray",
    "torchmetrics",
    "pytorch-fid",
)
ASKED = "name,driver_version,memory.total,pcie.link.gen.current,clocks.max.sm,clocks.sm,power.limit,mig.mode.current"
NODES = 100  # kernels of the graph that is replayed


def installed(name: str) -> str | None:
    """Return the version of a distribution; None where it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def from_the_driver() -> dict[str, str]:
    """Return what nvidia-smi says, by field; empty where it cannot be asked."""
    try:
        asked = ["nvidia-smi", f"--query-gpu={ASKED}", "--format=csv,noheader"]
        said = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.SubprocessError, IndexError):
        return {}
    return dict(zip(ASKED.split(","), (word.strip() for word in said.split(",")), strict=False))


def facts() -> dict[str, Any]:
    """Device, software, and which plugins failed."""
    zoo = load_zoo()
    properties = torch.cuda.get_device_properties(0)
    return {
        **environment("cuda:0", torch.get_num_threads(), zoo.plugins, "tf32"),
        "devices": torch.cuda.device_count(),
        "capability": ".".join(map(str, torch.cuda.get_device_capability(0))),
        "multiprocessors": properties.multi_processor_count,
        "memory_gb": properties.total_memory / 1e9,
        "cudnn": torch.backends.cudnn.version(),
        "nvidia-smi": from_the_driver(),
        "packages": {name: installed(name) for name in DISTRIBUTIONS},
        "failed_plugins": {p.name: plain(str(p.reason)) for p in zoo.plugins if p.status != "ok"},
        "threads_of_the_machine": os.cpu_count(),
    }


def _timed(play: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Seconds of the host and, with the device's work, of both, for each repeat."""
    for _ in range(3):
        play()
    torch.cuda.synchronize()
    began = time.perf_counter()
    for _ in range(repeats):
        play()
    host = time.perf_counter() - began
    torch.cuda.synchronize()
    return host / repeats, (time.perf_counter() - began) / repeats


def launches(repeats: int) -> dict[str, float]:
    """Return what launching costs: kernels one by one, and a graph of many."""
    x = torch.zeros(1, device="cuda")
    _, eager = _timed(lambda: x.add_(1), repeats)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(NODES):
            x.add_(1)
    host, whole = _timed(graph.replay, max(2, repeats // 10))
    return {
        "us of an eager launch": 1e6 * eager,
        f"us of a node in a graph of {NODES}": 1e6 * whole / NODES,
        f"us of the host to launch a graph of {NODES}": 1e6 * host,
    }


def copy_rate(megabytes: int) -> dict[str, float]:
    """Bytes read and written together while a large array is copied."""
    a = torch.zeros(megabytes * 250_000, device="cuda")
    b = torch.ones_like(a)
    _, seconds = _timed(lambda: b.copy_(a), 20)
    return {f"GB/s of a copy of {megabytes} MB": 2 * a.numel() * a.element_size() / seconds / 1e9}


def product_rate(precision: str, side: int | None) -> dict[str, float]:
    """Of a large matrix product."""
    found = matrix_rate("cuda", precision, seconds=0.2, side=side)
    return {f"TFLOP/s of a {found['side']}x{found['side']} product in {precision}": found["flops"] / 1e12}


def measurements(small: bool) -> Mapping[str, Callable[[], dict[str, float]]]:
    """Return what is measured, by its name; ``small``: sizes for a rehearsal."""
    side = 64 if small else None
    return {
        "launches": lambda: launches(20 if small else 2000),
        "copy": lambda: copy_rate(1 if small else 1024),
        **{p: lambda p=p: product_rate(p, side) for p in ("fp32", "tf32", "bf16", "fp16")},
    }


def main(arguments: list[str] | None = None) -> int:
    """Write the facts, then measure; 3 where there is no GPU."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--out", type=Path, required=True)
    made.add_argument("--small", action="store_true", help="sizes for a rehearsal")
    chosen = made.parse_args(arguments)
    if not torch.cuda.is_available():
        print(
            f"Error: torch {torch.__version__} sees no CUDA GPU here, and there is nothing to measure", file=sys.stderr
        )
        return 3
    record: dict[str, Any] = {"schema": 1, "facts": facts(), "rates": {}, "failed": {}}
    write_file(chosen.out, json.dumps(record, indent=1) + "\n")
    for name, measure in measurements(chosen.small).items():
        try:
            record["rates"] |= measure()
        except Exception as error:  # a GPU that cannot do one thing may do the next
            traceback.print_exc()
            record["failed"][name] = plain(f"{type(error).__name__}: {error}")
        write_file(chosen.out, json.dumps(record, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
