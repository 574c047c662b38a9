"""The verdict on a run: checks, each of which holds, does not, or could not be made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOLDS, IN_PART, FAILS, OPEN = "holds", "holds in part", "does not hold", "not ended"
EVALUATION = "evaluation"


@dataclass(frozen=True)
class Check:
    """One check of a run.

    Attributes:
        name: ``result``, ``bench``, ``key``, ``record``, ``state``, ``numbers`` or ``evaluation``.
        held: None where it could not be made.
        said: what was found, in one phrase.
    """

    name: str
    held: bool | None
    said: str


@dataclass(frozen=True)
class RunAudit:
    """All checks of a run.

    Attributes:
        folder: of the run, whether it is there or not.
        recipe: its name; that of the folder where no file tells.
        seed: None where no file tells.
        status: how the run ended, as it says; None where it has not.
        checks: in the order in which they were made.
        metrics: the numbers of the generator as it was evaluated again; empty where it was not.
    """

    folder: Path
    recipe: str
    seed: int | None
    status: str | None
    checks: Sequence[Check]
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """``holds``; ``holds in part``, where a check could not be made; ``does not hold``; ``not ended``."""
        if any(check.held is False for check in self.checks):
            return FAILS
        if self.status is None:
            return OPEN
        return IN_PART if any(check.held is None for check in self.checks) else HOLDS

    @property
    def said(self) -> str:
        """The differences; where there are none, what could not be checked, and what could."""
        wrong = [check.said for check in self.checks if check.held is False]
        unknown = [check.said for check in self.checks if check.held is None]
        files = [check.said for check in self.checks if check.held and check.name != EVALUATION]
        again = [check.said for check in self.checks if check.held and check.name == EVALUATION]
        return "; ".join(wrong or [*unknown, *again, *([", ".join(files)] if files else [])])

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "run": str(self.folder),
            "recipe": self.recipe,
            "seed": self.seed,
            "status": self.status,
            "verdict": self.verdict,
            "checks": [{"check": check.name, "held": check.held, "said": check.said} for check in self.checks],
            "metrics": self.metrics,
        }


def compared(name: str, said: str, differences: Sequence[str]) -> Check:
    """Make a check of what differs; ``said`` is told where nothing does."""
    return Check(name, not differences, "; ".join(differences) or said)
