"""A bench's table as plain data, for programs."""

import json
from typing import Any

from ...results.printed.tables import Reported
from ...results.written import SCHEMA
from ...stats.more_seeds import next_told
from ...stats.ranking import Ranking
from ...stats.statistics import Summary
from ..mixed import plain
from ..model import Table, TableRow


def plain_table(table: Table) -> dict[str, Any]:
    """All that a table holds, as what JSON knows; unrounded, and None for what is not known."""
    return {
        "columns": [
            {"key": column.key, "label": column.label, "better": column.better, "title": column.title}
            for column in table.columns
        ],
        "rows": [_row(row) for row in table.rows],
        "baselines": [{"name": baseline.name, "values": dict(baseline.values)} for baseline in table.baselines],
        "reasons": list(table.reasons),
        "warnings": list(table.warnings),
        "notes": list(table.notes),
        "rankings": plain_rankings(table),
    }


def plain_rankings(table: Table) -> dict[str, dict[str, Any]]:
    """Return the rankings by metric, each with the pair that more seeds would tell apart next."""
    return {metric: {**ranking.to_json(), "next": _next(ranking)} for metric, ranking in table.rankings.items()}


def _next(ranking: Ranking) -> dict[str, Any] | None:
    found = next_told(ranking)
    return None if found is None else {"a": found.pair.a, "b": found.pair.b, "seeds": found.seeds}


def json_table(table: Table) -> str:
    """Return the same as text, with the version of its schema."""
    told = Reported.parse({"schema": SCHEMA, **plain_table(table)}, "the table")
    return json.dumps(told.to_json(), indent=2, allow_nan=False) + "\n"


def _row(row: TableRow) -> dict[str, Any]:
    return {
        "recipe": row.recipe,
        "seeds": {"done": row.done, "asked": row.asked},
        "rank": row.rank or None,
        "best": sorted(row.best),
        "metrics": {metric: _summary(summary) for metric, summary in row.metrics.items()},
        "images_per_second": row.images_per_second,
        "peak_memory_mb": row.peak_memory_mb,
        "seconds": row.seconds,
        "mixed": plain(row.mixed),
    }


def _summary(summary: Summary | None) -> dict[str, Any] | None:
    if summary is None:
        return None
    return {
        "mean": summary.mean,
        "half_width": summary.half_width,
        "sampling_half_width": summary.sampling,
        "n": summary.n,
        "min": min(summary.values),
        "max": max(summary.values),
        "values": list(summary.values),
    }
