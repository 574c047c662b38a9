"""A bench's table in HTML, for a notebook."""

from ...results.formats import fixed
from ...results.notebook_table import Cell, html_text, notebook_table
from ..model import COSTS, Table, cell, costs


def html_table(table: Table) -> str:
    """Return the table in HTML, with its reasons, warnings and notes below; the best values are bold."""
    last = COSTS if table.with_costs else ()
    titles = [*table.first_titles, *(column.title for column in table.columns), *last]
    rows: list[list[Cell]] = []
    for row in table.rows:
        first = [row.recipe, row.seeds, row.rank][: len(table.first_titles)]
        values = [(cell(row, c), "b") if c.key in row.best else cell(row, c) for c in table.columns]
        rows.append([*first, *values, *(costs(row) if table.with_costs else ())])
    for baseline in table.baselines:
        known = [fixed(baseline.values[column.key], column.digits) for column in table.columns]
        texts = [baseline.name, *[""] * (len(table.first_titles) - 1), *known, *[""] * len(last)]
        rows.append([(text, "i") for text in texts])
    below = "".join(f"<p>{html_text(line)}</p>" for line in (*table.reasons, *table.warnings, *table.notes))
    return notebook_table(titles, rows) + below
