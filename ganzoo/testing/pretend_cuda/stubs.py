"""Writes the functions that PyTorch calls and nobody has to think about.

Which they are depends on the PyTorch that is installed, and so they are written when it is built for.
"""

import re
from pathlib import Path

from .installed import Installed, nm

_LIBRARIES = re.compile(r"cublas|cudnn|cusolver|cufft")
_RUNTIME = re.compile(r"(__)?cuda[A-Z]")
_CUPTI = re.compile(r"cupti[A-Z]")
_NOT_SUPPORTED = 801  # cudaErrorNotSupported

_PROLOGUE = """\
#include <cstddef>
#include <cstdio>
#include <cstdlib>

extern "C" {

int pretend_library_call(const char* name, void* handle);
[[maybe_unused]] static int unanswered(const char* name, int answer) {
  fprintf(stderr, "pretended CUDA: %s is not known, and answers %d\\n", name, answer);
  return answer;
}
"""


def _names(told: str) -> set[str]:
    """List the symbols in what ``nm`` says, without their versions."""
    return {line.split()[-1].partition("@")[0] for line in told.splitlines() if line.strip()}


def _called(lib: Path) -> set[str]:
    """List what PyTorch's libraries take from others."""
    return {name for file in sorted(lib.glob("*.so")) for name in _names(nm("-D", "-u", file))}


def _driver(cuda: Path) -> set[str]:
    """List the driver's functions: whoever looks them up by name is to find them."""
    header = (cuda / "cuda.h").read_text()
    plain = re.findall(r"\bCUresult\s+CUDAAPI\s+(cu[A-Z]\w*)\s*\(", header)
    return {*plain, *re.findall(r"^#\s*define\s+cu\w+\s+(cu[A-Z]\w*_v\d+)\s*$", header, re.MULTILINE)}


def _size_stub(name: str, headers: str) -> str | None:
    """Of a function that gives the size of a workspace, by its declaration: any size will do."""
    found = re.search(rf"\b{name}\s*\(([^;]*?)\)\s*;", headers)
    if not found:
        return None
    parameters = [" ".join(parameter.split()) for parameter in found[1].split(",")]
    size = re.compile(r"(int|size_t) ?\* ?(\w*work\w*|\w*size\w*)", re.IGNORECASE)
    sizes = [f"*static_cast<{told[1]}*>(a{i}) = 1024;" for i, p in enumerate(parameters) if (told := size.fullmatch(p))]
    arguments = ", ".join(f"[[maybe_unused]] void* a{i}" for i in range(len(parameters)))
    return f"int {name}({arguments}) {{ {' '.join(sizes)} return 0; }}" if sizes else None


def _library_stub(name: str, headers: str) -> str:
    """By its name: what makes and sets things does nothing, and all else is a launch."""
    if name.startswith(("cublasLt", "cudnnSet", "cudnnRestore")) or "Destroy" in name:
        return f"int {name}() {{ return 0; }}"
    if name.startswith("cudnnCreate"):
        return f"int {name}(void** made) {{ *made = calloc(1, 256); return 0; }}"
    unanswered = f'int {name}() {{ return unanswered("{name}", 0); }}'
    if name.startswith(("cudnnGet", "cudnnFind")):
        return unanswered
    if name.endswith("ufferSize"):
        return _size_stub(name, headers) or unanswered
    return f'int {name}(void* handle) {{ return pretend_library_call("{name}", handle); }}'


def stubs(installed: Installed, written: Path) -> str:
    """Write the source of all that is called and not yet there.

    Args:
        installed: the PyTorch that calls.
        written: a library of what is there.
    """
    there = _names(nm("-D", "--defined-only", written))
    missing = sorted(_called(installed.lib) - there)
    headers = "".join(file.read_text(errors="replace") for file in sorted(installed.cuda.glob("cusolver*.h")))
    lines = [
        *(f'int {n}() {{ return unanswered("{n}", {_NOT_SUPPORTED}); }}' for n in missing if _RUNTIME.match(n)),
        *(_library_stub(n, headers) for n in missing if _LIBRARIES.match(n)),
        *(f"int {n}() {{ return 0; }}" for n in missing if _CUPTI.match(n)),
        *(f"int {n}() {{ return 0; }}" for n in sorted(_driver(installed.cuda) - there)),
    ]
    return "\n".join([_PROLOGUE, *lines, "}", ""])
