"""Subjects of certificates, found by the names of their modules."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from . import subjects

Values = Mapping[str, Tensor | int]  # quantities by name; a whole number is a count, and must be equal


@dataclass(frozen=True)
class Subject:
    """A part, its authors' code, and the same cases for both.

    ``ours`` and ``theirs`` give the same names. The latter imports from the clone, within ``imported_from``.
    The other attributes are those of ``Certificate``.
    """

    title: str
    repository: str
    licence: str
    files: tuple[str, ...]
    ran: str
    compared: str
    ours: Callable[[], Values]
    theirs: Callable[[Path], Values]
    departs: str = ""
    tolerance: float = 1e-11


def names() -> list[str]:
    """Give the names of all subjects."""
    return sorted(module.name for module in pkgutil.iter_modules(subjects.__path__) if module.name[0] != "_")


def load(name: str) -> Subject:
    """Import a subject, and with it our part, not the authors'."""
    subject: Subject = importlib.import_module(f"{subjects.__name__}.{name}").SUBJECT
    return subject
