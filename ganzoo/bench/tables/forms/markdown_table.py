"""A bench's table in Markdown."""

from ....text import printable
from ...results.formats import fixed
from ..model import COSTS, Table, cell, costs


def markdown(table: Table) -> str:
    """Return the table in Markdown, with its reasons, warnings and notes below; the best values are ``**bold**``."""
    last = COSTS if table.with_costs else ()
    titles = [*table.first_titles, *(escaped(column.title) for column in table.columns), *last]
    lines = [titles, [":---", *("---:" for _ in titles[1:])]]
    for row in table.rows:
        values = [f"**{cell(row, c)}**" if c.key in row.best else cell(row, c) for c in table.columns]
        first = [escaped(row.recipe), row.seeds, row.rank][: len(table.first_titles)]
        lines.append([*first, *values, *(costs(row) if table.with_costs else ())])
    for baseline in table.baselines:
        values = [fixed(baseline.values[column.key], column.digits) for column in table.columns]
        lines.append([f"*{escaped(baseline.name)}*", *[""] * (len(table.first_titles) - 1), *values, *[""] * len(last)])
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    said = "\n".join(f"- {escaped(line)}" for line in (*table.reasons, *table.warnings))
    return "\n\n".join(part for part in (text, said, " ".join(map(escaped, table.notes))) if part) + "\n"


def escaped(text: str) -> str:
    """Text, in one line, that Markdown shows as it stands here."""
    text = printable(text).replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;").replace("](", "\\](")
    for sign in "|*_`~":
        text = text.replace(sign, "\\" + sign)
    return text
