"""A verdict: one sentence on a generator, with the numbers behind it and the next thing to try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """One thing that was found out of a generator.

    Attributes:
        kind: a short name, such as ``copies-training``.
        alarm: it is something to be put right; else it is good news.
        says: what a sentence says of the generator after its name, without numbers, such as ``lacks class 4``.
        why: one sentence with the numbers.
        numbers: the evidence by name.
        next: the next thing to try, in one sentence; empty where there is nothing to put right.
    """

    kind: str
    alarm: bool
    says: str
    why: str
    numbers: Mapping[str, float]
    next: str = ""

    def sentence(self, name: str) -> str:
        """Return the sentence on the generator that is called ``name``."""
        return f"{name} {self.says}."
