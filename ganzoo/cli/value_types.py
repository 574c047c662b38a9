"""The types of the values that arguments and options take: each refuses another value in one sentence."""

import math
from pathlib import Path
from typing import Any

import click

from ..seeds import LARGEST_SEED
from ..text import shown


class FilePath(click.Path):
    """A path, which holds no null character: the system takes none, and says so in many ways."""

    def __init__(self, **options: Any) -> None:
        super().__init__(path_type=Path, **options)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the path."""
        if "\0" in str(value):
            self.fail(f"{shown(value)} holds a null character, and no path does", param, ctx)
        return super().convert(value, param, ctx)


class PathText(click.Path):
    """A path, or another name of a place, as it was written: a slash at its end says that it is a folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the text."""
        text = str(value)
        if "\0" in text:
            self.fail(f"{shown(text)} holds a null character, and no path does", param, ctx)
        if not text:
            self.fail("a path is empty", param, ctx)
        return text


class WholeNumber(click.IntRange):
    """A whole number between limits."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the number."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(_refusal(value, "whole number", self), param, ctx)


SEED = WholeNumber(0, LARGEST_SEED)


class Number(click.FloatRange):
    """A number between limits; neither infinite nor NaN."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the number."""
        try:
            number = super().convert(value, param, ctx)
        except click.BadParameter:
            number = math.nan
        if not math.isfinite(number):
            self.fail(_refusal(value, "number", self), param, ctx)
        return number


def limits(low: float | None, high: float | None, low_open: bool = False, high_open: bool = False) -> str:
    """Say between which limits a number lies, e.g. ``at least 1 and at most 512``; empty without any.

    Args:
        low: the least; None for no limit.
        high: the greatest; None for no limit.
        low_open: the number must be above ``low``.
        high_open: the number must be below ``high``.
    """
    words = [] if low is None else [f"{'above' if low_open else 'at least'} {low}"]
    words += [] if high is None else [f"{'below' if high_open else 'at most'} {high}"]
    return " and ".join(words)


def _refusal(value: Any, noun: str, kind: click.IntRange | click.FloatRange) -> str:
    words = limits(kind.min, kind.max, kind.min_open, kind.max_open)
    return f"{shown(str(value))} is not a {noun}{' of' * words.startswith('at')} {words}".rstrip()
