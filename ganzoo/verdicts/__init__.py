"""Verdicts on a generator, by its samples and the record of its evaluation: cheats, mistakes, and what is well."""

from .evidence import Evidence, Recorded
from .judged import judged
from .measured import measured
from .verdict import Verdict

__all__ = ["Evidence", "Recorded", "Verdict", "judged", "measured"]
