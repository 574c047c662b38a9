"""The facts of torch and of what is built upon it, gathered in a process of its own.

A broken build may end the process that imports it, and a broken driver may keep it for ever.
"""

import shutil
import subprocess
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from ..errors import class_and_first_line
from ..registry.probing.apart import Answering

_DRIVER = Path("/proc/driver/nvidia/version")
_ASK_DRIVER = ("--query-gpu=driver_version", "--format=csv,noheader")
_SECONDS = 10.0  # that the driver's program may take


@dataclass(frozen=True)
class Imported:
    """The outcome of importing a module.

    Attributes:
        version: of its distribution; empty where that is not installed.
        problem: why it cannot be imported; empty where it can.
    """

    version: str
    problem: str = ""


@dataclass(frozen=True)
class Gpu:
    """A GPU that torch sees.

    Attributes:
        name: of the device.
        capability: such as ``9.0``.
        memory: in bytes.
        problem: why nothing can be computed on it; empty where it can.
    """

    name: str
    capability: str
    memory: int
    problem: str = ""


@dataclass(frozen=True)
class Facts:
    """The state of torch and its devices.

    Attributes:
        modules: by distribution; those behind one that fails are not tried.
        built_for: such as ``CUDA 13.0``; empty of a build for the CPU alone.
        architectures: that the build has code for, such as ``sm_90``.
        gpus: that torch sees.
        unseen: why it sees none, as torch says it; empty where it sees some or is built for none.
        driver: version of the NVIDIA driver; empty without one.
        apple: Apple's GPU is there and can be used.
    """

    modules: Mapping[str, Imported]
    built_for: str = ""
    architectures: tuple[str, ...] = ()
    gpus: tuple[Gpu, ...] = ()
    unseen: str = ""
    driver: str = ""
    apple: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``asdict`` gave, and JSON kept."""
        modules = {name: Imported(**one) for name, one in data["modules"].items()}
        gpus = tuple(Gpu(**one) for one in data["gpus"])
        return cls(**{**data, "modules": modules, "gpus": gpus, "architectures": tuple(data["architectures"])})


def main() -> None:
    """Answer with the facts of this process."""
    answering = Answering()
    answering.leave(asdict(gathered()))


def gathered() -> Facts:
    """Import the modules, and try the devices."""
    modules: dict[str, Imported] = {}
    devices: dict[str, Any] = {}
    for distribution, load in _LOADED.items():
        modules[distribution], found = _imported(distribution, load)
        if found is None:
            break
        if distribution == "torch":
            devices = _devices(found)
    return Facts(modules, driver=driver_version(), **devices)


def _torch() -> Any:
    import torch

    return torch


def _torchvision() -> Any:
    import torchvision

    return torchvision


def _torch_fidelity() -> Any:
    import torch_fidelity

    return torch_fidelity


# The import of a module by its distribution; each is built upon those before it.
_LOADED: dict[str, Callable[[], Any]] = {
    "torch": _torch,
    "torchvision": _torchvision,
    "torch-fidelity": _torch_fidelity,
}


def _imported(distribution: str, load: Callable[[], Any]) -> tuple[Imported, Any]:
    found = ""
    with suppress(PackageNotFoundError):
        found = version(distribution)
    try:
        imported = load()
    # Not only ImportError: torchvision raises RuntimeError when it meets a torch that it was not built for.
    except Exception as error:
        return Imported(found, class_and_first_line(error, 300)), None
    if distribution == "torch":  # its metadata may lack the build, such as +cpu
        found = str(imported.__version__)
    return Imported(found), imported


def _devices(torch: Any) -> dict[str, Any]:
    """Give the facts that torch tells of its build and its devices."""
    cuda, hip = torch.version.cuda, torch.version.hip
    built_for = f"CUDA {cuda}" if cuda else f"ROCm {hip}" if hip else ""
    facts: dict[str, Any] = {"built_for": built_for, "apple": bool(torch.backends.mps.is_available())}
    if not built_for:
        return facts
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        seen = torch.cuda.device_count() if torch.cuda.is_available() else 0
        facts["gpus"] = tuple(_gpu(torch, place) for place in range(seen))
    if seen:
        return facts | {"architectures": tuple(torch.cuda.get_arch_list())}
    said = str(warned[0].message).splitlines()[0] if warned else "torch sees no GPU"
    try:
        torch.cuda.init()
    except Exception as error:
        said = (str(error).splitlines() or [said])[0]
    return facts | {"unseen": said}


def _gpu(torch: Any, place: int) -> Gpu:
    """Look at a GPU, and compute a little on it: a build may lack code for it."""
    try:
        properties = torch.cuda.get_device_properties(place)
        name, memory = str(properties.name), int(properties.total_memory)
        capability = f"{properties.major}.{properties.minor}"
    except Exception as error:
        return Gpu(f"cuda:{place}", "", 0, class_and_first_line(error, 300))
    try:
        value = float(torch.ones(64, device=f"cuda:{place}").sum())
    except Exception as error:
        return Gpu(name, capability, memory, class_and_first_line(error, 300))
    return Gpu(name, capability, memory, "" if value == 64 else f"64 ones add up to {value:g}")


def driver_version() -> str:
    """Return the version of the NVIDIA driver; empty without one."""
    with suppress(OSError):
        words = _DRIVER.read_text(encoding="utf-8", errors="replace").partition("\n")[0].split()
        return next((word for word in words if word[0].isdigit() and "." in word), "")
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    try:
        asked = subprocess.run([program, *_ASK_DRIVER], capture_output=True, text=True, timeout=_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return (asked.stdout.split() or [""])[0]
