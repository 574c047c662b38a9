"""The record of a count, below benchmarks/results/reliability."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path("benchmarks") / "results" / "reliability"


class Record(BaseModel):
    """A count as it was made once.

    Attributes:
        count: its name, and its module's.
        claim: what is true if all attempts held.
        share: of the attempts of a whole count that were made.
        tried: attempts.
        held: attempts of which the claim was true.
        kinds: attempts, and those that held, by kind.
        fell: a line for each of the first that did not hold.
        measured: figures beside the counts.
        seconds: that it took.
        date: of its end, UTC.
        environment: machine and software.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: str
    claim: str
    share: float = Field(gt=0, le=1)
    tried: int = Field(ge=1)
    held: int
    kinds: dict[str, tuple[int, int]]
    fell: tuple[str, ...]
    measured: dict[str, float]
    seconds: float
    date: str
    environment: dict[str, str | int | None]


def read_all(root: Path) -> list[Record]:
    """Read the committed records, by name."""
    paths = sorted((root / FOLDER).glob("*.json"))
    return [Record.model_validate_json(path.read_text(encoding="utf-8")) for path in paths]
