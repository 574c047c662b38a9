"""The file of numbers that ship with recipes: what a plugin registers as ``measured``. Imports no torch."""

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field

from ....errors import DataError
from ....storage.json_text import parse_json
from ..run_files.result import Metrics
from ..terms.budget_data import BudgetData
from ..written import SCHEMA, Number, Written, shaped
from .bench_results import MetricHeading


class MeasuredValue(Written):
    """A metric of a row, as tables have it.

    Attributes:
        label: of its column.
        value: with its interval.
        real: of the real data, by the name of the baseline.
    """

    label: str
    value: str
    real: dict[str, str]


class _Extractor(Written):
    extractor: str | None = None


class MeasuredReference(Written):
    """The numbers that ``ganzoo verify`` plays against.

    Attributes:
        dataset: the name of the data.
        hash: sha256 of the data.
        budget: of each run.
        samples: how many generated images were judged.
        identity: what makes a number comparable.
        columns: the metrics.
        asked: how many seeds were played.
        runs: the metrics of each seed that finished.
    """

    dataset: str
    hash: str
    budget: BudgetData
    samples: int
    identity: Annotated[dict[str, Any], shaped(_Extractor)]
    columns: list[MetricHeading]
    asked: int
    runs: dict[Annotated[str, Field(pattern=r"^\d{1,19}$")], Metrics]


class MeasuredRow(Written):
    """The measurements of a recipe on one data set and budget, as far as ``ganzoo verify`` reads them.

    Attributes:
        device: on what.
        reference: numbers by seed; None where there are none.
        stale: how the recipe plays otherwise now.
        revisions: those above 1 of parts, extractor and metrics.
    """

    device: str | None
    reference: MeasuredReference | None = None
    stale: list[str] = Field(default_factory=list)
    revisions: dict[str, int] = Field(default_factory=dict)


class ShownRow(MeasuredRow):
    """The same as ``ganzoo show`` prints them.

    Attributes:
        data: its name and size.
        budget: in words.
        seeds: how many finished of how many, or how many.
        images_per_second: the median speed.
        values: by metric.
    """

    data: str
    budget: str
    seeds: str | int
    images_per_second: Number | None
    values: list[MeasuredValue]


class MeasuredFile(Written):
    """The rows of each recipe, by its name."""

    about: ClassVar[str] = "file of measured numbers"

    recipes: dict[str, list[MeasuredRow]]


class ShownFile(MeasuredFile):
    """The same, of rows that are shown."""

    recipes: dict[str, list[ShownRow]]  # type: ignore[assignment]  # a mapping of narrower rows, which nobody writes to


def measured_rows(path: Path | Traversable, name: str, *, shown: bool = False) -> list[dict[str, Any]]:
    """Return the rows of a recipe as plain data; none where the file has none of it.

    Args:
        path: of the file.
        name: the recipe's.
        shown: see that the rows have what ``ganzoo show`` prints.

    Raises:
        DataError: the file cannot be read, is of another schema, or holds a value of a wrong type.
    """
    try:
        content = parse_json(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise DataError(f"{path.name} cannot be read: {error}") from error
    if isinstance(content, dict) and (content.get("schema") != SCHEMA or isinstance(content["schema"], bool)):
        raise DataError(f"{path.name} has schema {content.get('schema')!r:.40}, and this version reads {SCHEMA}")
    found = (ShownFile if shown else MeasuredFile).parse(content, path.name)
    return [row.to_json() for row in found.recipes.get(name, [])]
