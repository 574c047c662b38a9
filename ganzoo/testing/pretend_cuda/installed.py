"""Installation of PyTorch for this Python, and CUDA's headers, which come with it."""

import hashlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ...errors import SetupError

TOOLS = ("g++", "nm")


@dataclass(frozen=True)
class Installed:
    """Folders of the installation.

    Attributes:
        torch: the version of PyTorch.
        lib: the folder of PyTorch's libraries.
        cuda: CUDA's headers.
        cudnn: cuDNN's.
        crt: those that the compiler of CUDA brings; they may lie in another folder.
        nvrtc: the file name under which PyTorch opens NVRTC.
    """

    torch: str
    lib: Path
    cuda: Path
    cudnn: Path
    crt: Path
    nvrtc: str

    def key(self, sources: list[Path]) -> str:
        """Names what is built from these sources for this PyTorch."""
        told = hashlib.sha256(
            repr((self, sys.version_info[:2], (self.lib / "libtorch_cuda.so").stat().st_size)).encode()
        )
        for source in sources:
            told.update(source.name.encode() + b"\0" + source.read_bytes())
        return f"{self.torch}-{told.hexdigest()[:16]}"


def nm(*words: str | Path) -> str:
    """Give what the tool of this name says of a library."""
    told = subprocess.run(["nm", *words], capture_output=True, text=True)
    if told.returncode:
        raise SetupError(f"nm cannot read {words[-1]}: {told.stderr.strip()}")
    return told.stdout


def _places(package: str) -> list[Path]:
    """Find the folders of a package, without importing it; a namespace lies at several places."""
    spec = find_spec(package)
    return [Path(place) for place in spec.submodule_search_locations or ()] if spec else []


def _headers(name: str, where: list[Path], package: str) -> Path:
    """Find the folder in which this header lies."""
    for folder in where:
        for found in sorted(folder.glob(f"**/{name}")):
            return found.parents[len(Path(name).parts) - 1]
    raise SetupError(f"CUDA cannot be pretended: the header {name} is missing, which the package {package} brings")


def find_installed() -> Installed:
    """Look for what the pretended CUDA is built from and for.

    Raises:
        SetupError: something is missing.
    """
    if sys.platform != "linux":
        raise SetupError("CUDA can only be pretended on Linux")
    for tool in TOOLS:
        if shutil.which(tool) is None:
            raise SetupError(f"CUDA cannot be pretended: {tool} is missing, which compilers of C++ bring along")
    torch = _places("torch")
    if not torch or not (torch[0] / "lib" / "libtorch_cuda.so").exists():
        raise SetupError("CUDA cannot be pretended: this torch is a build for CPUs, and a build for CUDA is needed")
    lib, nvidia = torch[0] / "lib", _places("nvidia")
    version = re.search(r"^__version__(?:: \w+)? = '([^']*)'", (torch[0] / "version.py").read_text(), re.MULTILINE)
    needed = re.search(r"@(libnvrtc\.so[.\d]*)", nm("-D", "-u", lib / "libcaffe2_nvrtc.so"))
    return Installed(
        torch=version[1] if version else "unknown",
        lib=lib,
        cuda=_headers("cuda_runtime_api.h", nvidia, "nvidia-cuda-runtime"),
        cudnn=_headers("cudnn.h", nvidia, "nvidia-cudnn-cu13"),
        crt=_headers("crt/host_defines.h", [*nvidia, *_places("triton")], "triton"),
        nvrtc=needed[1] if needed else "libnvrtc.so",
    )
