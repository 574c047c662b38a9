"""Generators that ship with ganzoo, by name."""

from __future__ import annotations

from pathlib import Path

from ...registry.discovery import Zoo
from ..trained import Trained
from .config import CONFIG
from .exported import open_exported

_FOLDER = Path(__file__).parents[1] / "shipped"


def shipped() -> tuple[str, ...]:
    """Return the names of the generators that ship."""
    return tuple(sorted(path.parent.name for path in _FOLDER.glob(f"*/{CONFIG}")))


def is_shipped(source: str) -> bool:
    """Say whether a text is the name of one."""
    return source in shipped()


def open_shipped(source: str, device: str | None, zoo: Zoo | None) -> Trained:
    """Open one by its name; see ``open_exported``."""
    return open_exported(str(_FOLDER / source), device, zoo)
