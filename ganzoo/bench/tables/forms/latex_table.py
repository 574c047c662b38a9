r"""A bench's table as a LaTeX ``tabular``, ruled by the package booktabs."""

import re
from collections.abc import Iterable

from ....text import printable
from ...results.formats import fixed
from ..model import COSTS, Table, cell, costs

_SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\char34}",
    "`": "{`}",
    "±": r"$\pm$",
    "↓": r"$\downarrow$",
    "↑": r"$\uparrow$",
    "∞": r"$\infty$",
    "†": r"$\dagger$",
    "‡": r"$\ddagger$",
    "§": r"\S{}",
    "—": r"\textemdash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
}
_ESCAPES = str.maketrans(_SIGNS)


def latex_table(table: Table) -> str:
    r"""Return the table for a paper: the best values are bold, and what stands below it follows in comments.

    It needs ``\usepackage{booktabs}``, and is ``\input`` into a ``table``.
    """
    last = COSTS if table.with_costs else ()
    titles = [*table.first_titles, *(column.title for column in table.columns), *last]
    lines = [rf"\begin{{tabular}}{{l{'r' * (len(titles) - 1)}}}", r"\toprule", _row(map(escaped, titles)), r"\midrule"]
    for row in table.rows:
        first = [escaped(text) for text in (row.recipe, row.seeds, row.rank)][: len(table.first_titles)]
        values = [_value(cell(row, column), column.key in row.best) for column in table.columns]
        lines.append(_row([*first, *values, *(_value(cost) for cost in (costs(row) if table.with_costs else ()))]))
    if table.baselines:
        lines.append(r"\midrule")
    for baseline in table.baselines:
        values = [_value(fixed(baseline.values[column.key], column.digits)) for column in table.columns]
        blanks = [""] * (len(table.first_titles) - 1)
        lines.append(_row([rf"\textit{{{escaped(baseline.name)}}}", *blanks, *values, *[""] * len(last)]))
    lines += [r"\bottomrule", r"\end{tabular}"]
    return "".join(f"{line}\n" for line in (*lines, *(f"% {said}" for said in _below(table))))


def escaped(text: str) -> str:
    """Text, in one line, that LaTeX sets as it stands here."""
    return re.sub("-(?=-)", "-{}", printable(text).translate(_ESCAPES))  # two hyphens would be joined to a dash


def _row(cells: Iterable[str]) -> str:
    line = rf"{' & '.join(cells)} \\"
    # The line break before it would take these signs for its own.
    return f"{{}}{line}" if line.startswith(("[", "*")) else line


def _value(text: str, best: bool = False) -> str:
    """Return a number, with a minus and not a hyphen before it."""
    written = f"$-${escaped(text[1:])}" if text.startswith("-") else escaped(text)
    return rf"\textbf{{{written}}}" if best else written


def _below(table: Table) -> tuple[str, ...]:
    return tuple(printable(said) for said in (*table.reasons, *table.warnings, *table.notes))
