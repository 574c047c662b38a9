"""Device, versions and commit that a run is made with."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

import ganzoo

from ...errors import GanzooError, SetupError
from ...registry.discovery import Plugin

try:
    import resource
except ImportError:  # on Windows
    resource = None  # type: ignore[assignment]


def _commit() -> str | None:
    """Give the commit of the checkout that runs; of a copy without history, what GANZOO_COMMIT says."""
    root = Path(ganzoo.__file__).resolve().parents[1]
    if not ((root / ".git").exists() and (root / "configs").is_dir()):
        return os.environ.get("GANZOO_COMMIT") or None
    try:
        ask = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
        return subprocess.run(ask, capture_output=True, text=True, check=True, timeout=10).stdout.strip() or None
    except (OSError, subprocess.SubprocessError):
        return None


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def usable_cores() -> int:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def environment(
    device: str, threads: int, plugins: Iterable[Plugin], precision: str = "fp32", *, ranks: int = 1
) -> dict[str, Any]:
    """Describe the machine and the software that a result is made with.

    Its device is all that plays a run: that of each of the ``ranks``.
    """
    cuda = device.startswith("cuda")
    name = torch.cuda.get_device_name(device) if cuda else f"{_cpu()} GPU" if device == "mps" else _cpu()
    if ranks > 1:
        name = f"{ranks} x {name}" if cuda else f"{name} ({ranks} processes a run)"
    return {
        "device": name,
        "kind": torch.device(device).type,
        "cuda": torch.version.cuda if cuda else None,
        "precision": precision,
        "threads": threads,
        "cores": usable_cores(),
        "platform": platform.platform(terse=True),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torch-fidelity": _version("torch-fidelity"),
        "numpy": _version("numpy"),
        "ganzoo": ganzoo.__version__,
        "commit": _commit(),
        "plugins": {p.name: f"{p.distribution} {p.version}" for p in plugins if p.status == "ok"},
    }


def devices(wish: str) -> list[str]:
    """List the devices that ``--device`` stands for: ``cpu``, ``mps``, or one ``cuda:N`` for each that may be used.

    ``auto`` is all CUDA GPUs, where there is none Apple's, and else the CPU.

    Raises:
        SetupError: a GPU was asked for and there is none, or not that one.
    """
    apple = torch.backends.mps.is_available()
    if wish == "mps":
        if not apple:
            raise SetupError(f"--device mps was asked for, but torch {torch.__version__} sees no GPU of Apple's")
        return ["mps"]
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wish == "cpu" or (wish == "auto" and not count):
        return ["mps" if wish == "auto" and apple else "cpu"]
    if wish in ("auto", "cuda") and count:
        return [f"cuda:{i}" for i in range(count)]
    kind, _, index = wish.partition(":")
    if kind != "cuda" or (index and not index.isdecimal()):
        raise GanzooError(f"no device {wish!r}; there are: auto, cpu, mps, cuda, cuda:N")
    if not count:
        raise SetupError(
            f"--device {wish} was asked for, but torch {torch.__version__} sees no CUDA device; use --device cpu"
        )
    if int(index) >= count:
        raise SetupError(f"--device {wish} was asked for, but there are only cuda:0 to cuda:{count - 1}")
    return [wish]


def peak_memory_mb(device: torch.device) -> float | None:
    """Give the peak memory of the GPU where there is one, else of this process, in MB (10^6 bytes).

    Of Apple's GPUs it is what the driver holds, which it seldom gives back; None on Windows, which does not tell.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    if device.type == "mps":
        return torch.mps.driver_allocated_memory() / 1e6
    if resource is None:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
