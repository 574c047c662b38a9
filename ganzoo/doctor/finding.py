"""Findings of an examination."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """The outcome of looking at one thing of a machine.

    Attributes:
        area: ``software``, ``devices``, ``weights``, ``data`` or ``cache``.
        name: of the thing, such as ``torch`` or ``inception``.
        state: ``ok``; ``note`` for what works, or need not, and can be bettered; ``problem`` for what fails.
        told: what was seen.
        remedy: what to do about it; empty where there is nothing to do.
    """

    area: str
    name: str
    state: State
    told: str
    remedy: str = ""

    def __str__(self) -> str:
        """One sentence: what was seen, and what to do."""
        return f"{self.told}: {self.remedy}" if self.remedy else self.told
