"""A count, and how it is found: a module of ``benchmarks.reliability.counts``.

Its docstring's first line is the claim, a sentence that is true when every attempt held. Its function
``count(share, folder)`` makes the attempts and returns a ``Tally``: with a share of 1 the whole count, with less that
part of each kind, and of each kind one at the least. ``folder`` is its own, and empty unless
the command was given ``--folder``: a long count keeps its progress there, and goes on with it. The tests call the same
function with a small share.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import counts

MOST_TOLD = 50


@dataclass
class Tally:
    """Attempts by kind, and those that did not hold.

    Attributes:
        kinds: number of attempts, and of those that held, by kind.
        fell: a line for each of the first 50 attempts that did not hold.
        measured: figures beside the counts, such as the growth of memory in MB.
    """

    kinds: dict[str, tuple[int, int]] = field(default_factory=dict)
    fell: list[str] = field(default_factory=list)
    measured: dict[str, float] = field(default_factory=dict)

    def add(self, kind: str, held: bool, why: str = "") -> None:
        """Count one attempt.

        Args:
            kind: of the attempt, such as ``dcgan, in a checkpoint's write``.
            held: whether the claim held.
            why: what happened instead; of an attempt that did not hold.
        """
        tried, good = self.kinds.get(kind, (0, 0))
        self.kinds[kind] = (tried + 1, good + held)
        if not held and len(self.fell) < MOST_TOLD:
            self.fell.append(f"{kind}: {why}" if why else kind)

    @property
    def tried(self) -> int:
        """Number of all attempts."""
        return sum(tried for tried, _ in self.kinds.values())

    @property
    def held(self) -> int:
        """Number of the attempts that held."""
        return sum(good for _, good in self.kinds.values())


@dataclass(frozen=True)
class Count:
    """A claim, and the function that makes attempts against it."""

    name: str
    claim: str
    count: Callable[[float, Path], Tally]


def part_of(full: int, share: float) -> int:
    """Give the number of attempts for a share of ``full``; one at the least."""
    return max(1, round(full * share))


def names() -> list[str]:
    """Give the names of all counts."""
    return sorted(module.name for module in pkgutil.iter_modules(counts.__path__) if module.name[0] != "_")


def load(name: str) -> Count:
    """Import a count."""
    module = importlib.import_module(f"{counts.__name__}.{name}")
    return Count(name, (module.__doc__ or "").strip().splitlines()[0], module.count)
