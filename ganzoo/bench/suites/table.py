"""One table over the benches of a suite: the first metric of each data set, and the mean rank."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ...text import printable
from ..results.bench_files.bench_results import BenchResults
from ..tables.aggregate import aggregate
from ..tables.mixed import MIXED, mixed_in_words
from ..tables.model import Baseline, Table, TableColumn, TableRow
from ..tables.notes import by_sentence


def suite_table(benches: Mapping[str, BenchResults]) -> Table:
    """Return the table over benches of the same recipes.

    Its rank is the mean of a recipe's ranks by the first metrics, where it has one in every bench that ranks. Over data
    of several modalities there is none: numbers of two modalities are never ranked together.

    Args:
        benches: their results, by a name of each; those without a metric give no column.
    """
    tables = {name: aggregate(results) for name, results in benches.items()}
    with_numbers = {name: table for name, table in tables.items() if table.columns}
    columns = tuple(_column(name, printable(benches[name].dataset.name), table) for name, table in with_numbers.items())
    recipes = dict.fromkeys(row.recipe for table in tables.values() for row in table.rows)
    ranking = {name: benches[name].dataset.samples for name, table in with_numbers.items() if table.ranked}
    apart = sorted(set(ranking.values()))
    ranked = [] if len(apart) > 1 else list(ranking)
    rows = tuple(_row(recipe, tables, with_numbers, ranked) for recipe in recipes)
    return Table(
        columns=columns,
        rows=rows,
        baselines=_baselines(with_numbers),
        reasons=(),
        warnings=(),
        notes=(*_notes(rows, with_numbers), *_unranked(apart), *_otherwise(benches)),
        rankings={name: table.rankings[table.columns[0].key] for name, table in with_numbers.items()},
        with_costs=False,
    )


def _column(name: str, data: str, table: Table) -> TableColumn:
    first = table.columns[0]
    return replace(first, key=name, label=f"{data} {first.label}")


def _row(
    recipe: str, tables: Mapping[str, Table], with_numbers: Mapping[str, Table], ranked: Sequence[str]
) -> TableRow:
    found = {name: row for name, table in tables.items() for row in table.rows if row.recipe == recipe}
    first = {name: table.columns[0].key for name, table in with_numbers.items()}
    return TableRow(
        recipe=recipe,
        done=sum(row.done for row in found.values()),
        asked=sum(row.asked for row in found.values()),
        metrics={name: found[name].metrics[key] if name in found else None for name, key in first.items()},
        best=frozenset(name for name, key in first.items() if name in found and key in found[name].best),
        rank=_mean_rank(found, ranked),
        images_per_second=None,
        peak_memory_mb=None,
        seconds=None,
        mark=MIXED if any(row.mixed for row in found.values()) else "",
        mixed={f"{name}: {field}": of for name, row in found.items() for field, of in row.mixed.items()},
        done_by_column={name: found[name].done for name in first if name in found},
    )


def _mean_rank(found: Mapping[str, TableRow], ranking: Iterable[str]) -> str:
    ranks = [found[name].rank.rstrip("=") if name in found else "" for name in ranking]
    return f"{statistics.fmean(map(int, ranks)):.1f}" if ranks and all(ranks) else ""


def _baselines(tables: Mapping[str, Table]) -> tuple[Baseline, ...]:
    """Return the rows of the real data, without their numbers of images, which differ from column to column."""
    rows: dict[str, dict[str, float | None]] = {}
    for name, table in tables.items():
        for baseline in table.baselines:
            kind = baseline.name.partition(" @")[0]
            rows.setdefault(kind, dict.fromkeys(tables))[name] = baseline.values[table.columns[0].key]
    made = (Baseline(kind, values) for kind, values in rows.items())
    return tuple(row for row in made if any(value is not None for value in row.values.values()))


def _notes(rows: Sequence[TableRow], tables: Mapping[str, Table]) -> list[str]:
    said = _mixed(rows)
    said += [f"Of each data set its first metric; seeds: of all {len(tables)} together."] if len(tables) > 1 else []
    if any(row.rank for row in rows):
        said.append("rank: the mean over the data sets, of recipes that have a rank in each.")
    if any(row.best for row in rows):
        said.append("Bold: better than every other recipe on that data set, by the tests of its report.")
    return said


def _unranked(modalities: Sequence[str]) -> list[str]:
    """Say why there is no mean rank, where data are of several modalities."""
    if len(modalities) < 2:
        return []
    told = f"{', '.join(modalities[:-1])} and {modalities[-1]}"
    return [printable(f"No mean rank: the data are of {told}, and numbers of two modalities are not ranked together.")]


def _otherwise(benches: Mapping[str, BenchResults]) -> tuple[str, ...]:
    """Return how published forms were played otherwise than published, on which data."""
    return by_sentence(
        {
            f"{recipe} ({results.dataset.name})": facts.otherwise
            for results in benches.values()
            for recipe, facts in results.recipes.items()
        }
    )


def _mixed(rows: Iterable[TableRow]) -> list[str]:
    told = "; ".join(f"{row.recipe}: {mixed_in_words(row.mixed)}" for row in rows if row.mixed)
    return [printable(f"{MIXED}: mixed, the runs of a row were not made alike. {told}.")] if told else []


def crossed(
    recipes: Iterable[str], grid: Mapping[str, list[str]]
) -> dict[str, tuple[list[str], list[str], dict[tuple[str, str], str]]]:
    """Return the recipes of a grid of two keys as rows and columns.

    Args:
        recipes: names that a grid made, ``dcgan:loss=hinge:regularizers=[r1]``, among others.
        grid: texts of values by key.

    Returns:
        by what comes before the two changes: the changes of the first key, those of the second, and the recipe of
        each pair that there is; nothing for a grid of another number of keys.
    """
    if len(grid) != 2:
        return {}
    first, second = ([f"{key}={text}" for text in texts] for key, texts in grid.items())
    endings = {f":{a}:{b}": (a, b) for a in first for b in second}
    found: dict[str, tuple[list[str], list[str], dict[tuple[str, str], str]]] = {}
    for recipe in recipes:
        for ending, pair in endings.items():
            if recipe.endswith(ending):
                found.setdefault(recipe.removesuffix(ending), (first, second, {}))[2][pair] = recipe
    return found
