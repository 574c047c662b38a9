"""Builds the pretended CUDA for the PyTorch of this Python, once, into the cache."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from filelock import FileLock

from ...errors import SetupError
from ...storage.cache import Cache
from .installed import Installed, find_installed
from .stubs import stubs

KIND = "pretend-cuda"  # of what lies in the cache
DRIVER = "libcuda.so.1"  # as PyTorch opens the driver; the runtime and the other libraries are in the same file
_HERE = Path(__file__).parent
_SOURCES = _HERE / "sources"
_APART = "nvrtc.cpp"


def _compiled(installed: Installed, *words: str | Path) -> None:
    folders = [f"-I{folder}" for folder in (installed.cuda, installed.cudnn, _SOURCES)]
    command = ["g++", "-std=c++17", "-O1", "-fPIC", "-Wall", *folders, "-idirafter", installed.crt, *words]
    # Libraries that are preloaded into this process are not to be preloaded into the compiler.
    clean = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    told = subprocess.run(command, capture_output=True, text=True, env=clean)
    if told.returncode:
        reason = next((line for line in told.stderr.splitlines() if "error" in line), told.stderr.strip())
        raise SetupError(f"CUDA cannot be pretended: g++ does not compile it for torch {installed.torch}: {reason}")


def _write(installed: Installed, folder: Path) -> None:
    parts = sorted(file for file in _SOURCES.glob("*.cpp") if file.name != _APART)
    objects = [folder / f"{part.stem}.o" for part in parts]
    with ThreadPoolExecutor(os.cpu_count()) as at_once:
        list(at_once.map(lambda part, made: _compiled(installed, "-c", part, "-o", made), parts, objects))
    library: list[str | Path] = ["-shared", *objects, f"-Wl,-soname,{DRIVER}", "-o", folder / DRIVER]
    _compiled(installed, *library)
    rest = folder / "stubs.cpp"
    rest.write_text(stubs(installed, folder / DRIVER))
    _compiled(installed, rest, *library)
    versions = folder / "nvrtc.map"
    versions.write_text(f"{installed.nvrtc} {{ *; }};\n")
    named = [f"-Wl,-soname,{installed.nvrtc}", f"-Wl,--version-script={versions}"]
    _compiled(installed, "-shared", _SOURCES / _APART, *named, "-o", folder / installed.nvrtc)
    for scrap in [*objects, rest, versions]:
        scrap.unlink()


def built() -> list[Path]:
    """Build the libraries to preload, if they are not there yet; it takes some seconds.

    Raises:
        SetupError: they cannot be built here; the sentence says what is missing.
    """
    installed = find_installed()
    sources = [*sorted(_SOURCES.iterdir()), *(_HERE / name for name in ("build.py", "stubs.py", "installed.py"))]
    key, cache = installed.key(sources), Cache.open()
    folder = cache.find(KIND, key)
    if folder is None:
        with FileLock(cache.root / f"{KIND}.lock"):  # it keeps every core busy, and whoever comes second finds it done
            folder = cache.find(KIND, key) or cache.commit(KIND, key, lambda into: _write(installed, into))
    if any(mark in str(folder) for mark in " :"):
        raise SetupError(f"CUDA cannot be pretended from a folder with a space or a colon in its name: {folder}")
    return [folder / DRIVER, folder / installed.nvrtc]
