"""Findings of checks, and checks run so that none ends the others."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch

from ..errors import GanzooError
from ..registry.registry import describe
from ..registry.sources.files import shown_module
from .remedies import with_remedy

T = TypeVar("T")

_TORCH = str(Path(torch.__file__).parent)
_HERE = str(Path(__file__).parent)
_ENGINE = str(Path(__file__).parents[1])


@dataclass(frozen=True)
class Finding:
    """Outcome of one check.

    Attributes:
        kind: of the part that was checked, such as ``loss``; or ``plugin``.
        name: the part's.
        check: what was checked, in a word.
        ok: it passed.
        detail: one sentence on what is wrong; of a check that passed, what was seen, or nothing.
    """

    kind: str
    name: str
    check: str
    ok: bool
    detail: str = ""


class ConformanceError(AssertionError):
    """A part is not what its interface says; the message says how."""


def require(holds: bool, problem: str) -> None:
    """Go on, or say what is wrong.

    Raises:
        ConformanceError: it does not hold.
    """
    if not holds:
        raise ConformanceError(problem)


def require_is(value: object, kind: type[T], problem: str) -> T:
    """Give a value as the type that it must be of, or say what is wrong.

    Raises:
        ConformanceError: it is of another type.
    """
    if not isinstance(value, kind):
        raise ConformanceError(problem)
    return value


def own_code(file: str) -> bool:
    """Say whether a source file is neither torch's nor the suite's own."""
    return not file.startswith((_TORCH, _HERE, "<"))


def _sentence(error: BaseException) -> str:
    """Write an exception as the detail of a finding, with the line that it comes from unless it says so itself."""
    if isinstance(error, ConformanceError | GanzooError):
        return " ".join(str(error).split())
    frames = [place for place in traceback.walk_tb(error.__traceback__) if own_code(place[0].f_code.co_filename)]
    # A part's own line says more than that of the engine's function, or watch of operations, which it called.
    parts = [place for place in frames if not place[0].f_code.co_filename.startswith(_ENGINE)]
    for frame, line in (parts or frames)[-1:]:
        module = shown_module(str(frame.f_globals.get("__name__", "?")))
        return f"{describe(error)}, raised at {module}, line {line}"
    return describe(error)


@dataclass
class Findings:
    """The findings on one part, in the order of its checks."""

    kind: str
    name: str
    found: list[Finding] = field(default_factory=list)
    params: Mapping[str, Any] = field(default_factory=dict)  # of a player, instead of its defaults

    @property
    def ok(self) -> bool:
        """Everything passed so far."""
        return all(finding.ok for finding in self.found)

    def add(self, check: str, ok: bool, detail: str = "") -> None:
        """Note what came of a check."""
        self.found.append(Finding(self.kind, self.name, check, ok, detail))

    @contextmanager
    def check(self, name: str) -> Iterator[list[str]]:
        """Run the block as a check of this name: it passes unless the block raises, whatever it raises.

        Yields:
            a list for words on what was seen, which become the detail of a check that passed.
        """
        seen: list[str] = []
        try:
            yield seen
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a stranger's code may fail in any way, sys.exit() among them
            self.add(name, False, with_remedy(_sentence(error)))
        else:
            self.add(name, True, ", ".join(seen))


def listed(names: Iterable[object]) -> str:
    """Names in a sentence."""
    return ", ".join(repr(name) for name in sorted(names, key=repr)) or "nothing"
