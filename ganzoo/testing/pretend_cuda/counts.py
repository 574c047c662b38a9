"""Counts and offences of the pretended machine, for a program that runs on it."""

import ctypes
from dataclasses import dataclass, field


@dataclass
class Counted:
    """All since the last ``reset``, of the whole process.

    Attributes:
        counts: by kind and name. ``kernel:NAME``, ``library:NAME`` (cuBLAS, cuDNN, cuSOLVER, cuFFT), ``memcpy:HtoD``
            and so on (with `` pageable`` where the host's memory is not pinned) and ``memset:async`` are what was
            queued, into a captured graph or to be done at once, with a ``total:`` of each kind; ``api:cudaMalloc`` and
            so on are calls; ``replayed:kernel`` and so on are what the graphs held that were launched, and among them
            ``replayed:memcpy HtoD`` and so on.
        offences: breaches of CUDA's rules, a sentence each, in their order.
        graphs: a line on the nodes of each graph that was instantiated.
    """

    counts: dict[str, int] = field(default_factory=dict)
    offences: list[str] = field(default_factory=list)
    graphs: list[str] = field(default_factory=list)

    def calls(self, *names: str) -> dict[str, int]:
        """Count the calls of each of these functions of the runtime, of those that were called."""
        return {name: n for name in names if (n := self.counts.get(f"api:{name}", 0))}

    @property
    def kernels(self) -> int:
        """Kernels and library calls that the device was given, one by one or in graphs."""
        kinds = ("kernel", "library")
        queued = self.counts.get("api:cudaStreamBeginCapture", 0) == 0  # else some went into a graph
        return sum(
            self.counts.get(f"replayed:{kind}", 0) + (self.counts.get(f"total:{kind}", 0) if queued else 0)
            for kind in kinds
        )


def pretended() -> bool:
    """Say whether this program runs on the pretended machine."""
    try:
        _machine()
    except RuntimeError:
        return False
    return True


def _machine() -> ctypes.CDLL:
    machine = ctypes.CDLL(None)
    try:
        machine.pretend_report.restype = ctypes.c_char_p
    except AttributeError:
        raise RuntimeError(
            "CUDA is not pretended here: start the program with `python -m ganzoo.testing.pretend_cuda`"
        ) from None
    return machine


def reset() -> None:
    """Count from zero again, and forget the offences.

    Raises:
        RuntimeError: CUDA is not pretended here.
    """
    _machine().pretend_reset()


def read() -> Counted:
    """All that was counted.

    Raises:
        RuntimeError: CUDA is not pretended here.
    """
    found = Counted()
    for line in _machine().pretend_report().decode().splitlines():
        kind, _, rest = line.partition("\t")
        if kind == "C":
            key, _, n = rest.rpartition("\t")
            found.counts[key] = int(n)
        else:
            (found.offences if kind == "O" else found.graphs).append(rest)
    return found
