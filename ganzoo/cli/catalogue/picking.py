"""Choice of entries for ``ganzoo list``: a pattern of names, and what a recipe is to have. Imports no torch."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

import click

_YEARS = re.compile(r"(\d{4})(?:-(\d{4}))?")


class Years(click.ParamType):  # type: ignore[type-arg]  # click 8.2 has it without arguments
    """A year, or two with a hyphen between: the first and the last."""

    name = "YEAR[-YEAR]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> range:
        """Give the years."""
        if isinstance(value, range):
            return value
        found = _YEARS.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is neither a year, such as 2018, nor two, such as 2016-2019", param, ctx)
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            self.fail(f"{value!r} ends before it begins; did you mean {last}-{first}?", param, ctx)
        return range(first, last + 1)


def has_wildcards(pattern: str) -> bool:
    """Tell if a pattern stands for all of a name, and not for a stretch of it."""
    return re.search(r"[*?\[]", pattern) is not None


def is_match(name: str, pattern: str) -> bool:
    """Tell if a name matches: all of it where the pattern has ``*``, ``?`` or ``[``, else any stretch of it."""
    pattern, name = pattern.lower(), name.lower()
    return fnmatchcase(name, pattern) if has_wildcards(pattern) else pattern in name


def is_picked(
    row: dict[str, Any], pattern: str, family: str | None, years: range | None, conditional: bool | None
) -> bool:
    """Tell if an entry is to be listed.

    Args:
        row: of the entry, as ``ganzoo list --json`` prints it.
        pattern: of its name; empty for all.
        family: the plugin that provides it; None for all.
        years: one of these is the recipe's; None for all.
        conditional: of the recipe; None for both.
    """
    return (
        is_match(row["name"], pattern)
        and family in (None, row["plugin"])
        and (years is None or row["year"] in years)
        and (conditional is None or row["conditional"] is conditional)
    )
