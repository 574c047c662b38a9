"""A profile as a table: what was measured going down, recipes and their batch sizes side by side."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...text import printable
from ..results.formats import memory, short, whole
from .step_phases import TITLES

if TYPE_CHECKING:
    from rich.table import Table as RichTable

_NAME_WIDTH = 16
_ABSENT = "-"


def print_profile(profile: Mapping[str, Any], width: int | None = None) -> None:
    """Print what ``run_profile`` gave on stdout through rich: one table, or more where it is too wide.

    Args:
        profile: what to show.
        width: columns to use; the terminal's by default, or 80.
    """
    from rich.text import Text

    from ...console import SafeConsole

    console = SafeConsole(file=sys.stdout, width=width)
    left = list(profile["rows"])
    lines = _lines(left)
    roomy = console.options.update(width=10_000)
    while left:
        taken = len(left)
        while taken > 1 and console.measure(_drawn(left[:taken], lines), options=roomy).maximum > console.width:
            taken -= 1
        console.print(_drawn(left[:taken], lines))
        left = left[taken:]
    for reason in reasons(profile):
        console.print(Text(reason, style="red"))
    for note in notes(profile):
        console.print(Text(note, style="dim"))


def reasons(profile: Mapping[str, Any]) -> list[str]:
    """One line for each row that was not measured, or not as it was meant to be."""
    found = []
    for row in profile["rows"]:
        who = f"{row['recipe']}, batch {row['batch']:,}"
        if row["status"] != "done":
            found.append(printable(f"{who}: {row['status']}: {row['reason']}"))
        elif row["why_eager"]:
            found.append(printable(f"{who}: every step is played eagerly: {row['why_eager']}"))
    return found


def notes(profile: Mapping[str, Any]) -> list[str]:
    """Return what the table's words mean."""
    environment, rate = profile["environment"], profile["matrix_rate"]
    if rate is None:
        return []
    where = f"{environment['device']}, {environment['precision']}"
    cuda = environment["kind"] == "cuda"
    if not cuda:
        where += f", {environment['threads']} thread{'s' * (environment['threads'] != 1)}"
    busy = (
        "Shares: of the time of an eager step; a place's is the GPU's work for it, the host's is when it had none."
        if cuda
        else "Shares: of this process's time in a step; the host's is what no other place has."
    )
    return [
        f"{where}: matrix rate {short(rate['flops'] / 1e12)} TFLOP/s "
        f"(the best product of two {rate['side']}x{rate['side']} matrices, {rate['dtype']}).",
        f"{busy} Second order: terms that differentiate a gradient, with all that they start.",
        "images: real ones shown to D. FLOP: of matrix products and convolutions. "
        f"Memory: peak {'of the GPU' if cuda else 'of the process'}.",
    ]


def _lines(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Return what each line is called, and its keys: the sections of the table are parted by an empty title."""
    replayed = any(row["captured"] for row in rows)
    lines = [("batch", ["batch"]), ("ms/step", ["ms_per_step"])]
    lines += [("ms/step, eager", ["eager_ms_per_step"])] * replayed
    lines += [("images/s", ["images_per_second"]), ("", [])]
    lines += [(title, ["shares", place]) for place, title in TITLES.items()]
    return [
        *lines,
        ("", []),
        ("turns of D", ["turns", "D"]),
        ("turns of G", ["turns", "G"]),
        ("MFLOP/image", ["flops_per_image"]),
        ("TFLOP/s", ["flops_per_second"]),
        ("of the matrix rate", ["matrix_share"]),
        ("parameters of D", ["parameters", "D"]),
        ("parameters of G", ["parameters", "G"]),
        ("peak memory", ["peak_memory_mb"]),
    ]


def _value(row: Mapping[str, Any], keys: Sequence[str]) -> Any:
    value: Any = row
    for key in keys:
        value = None if value is None else value.get(key)
    return value


def _cell(row: Mapping[str, Any], keys: Sequence[str]) -> str:
    value = _value(row, keys)
    if keys == ["batch"]:
        return f"{value:,}"
    if row["status"] != "done":
        return row["status"].replace("out of ", "out of\n") if keys == ["ms_per_step"] else _ABSENT
    if value is None:
        return _ABSENT
    match keys[0]:
        case "shares" | "matrix_share":
            return f"{value:.1%}"
        case "flops_per_image":
            return short(value / 1e6)
        case "flops_per_second":
            return short(value / 1e12)
        case "peak_memory_mb":
            return memory(value)
        case "turns" | "parameters":
            return f"{value:,}"
        case "images_per_second":
            return whole(value)
    return short(value)


def _drawn(rows: Sequence[Mapping[str, Any]], lines: Sequence[tuple[str, list[str]]]) -> RichTable:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(
        box=box.HORIZONTALS, collapse_padding=True, pad_edge=False, header_style="none", border_style="dim"
    )
    drawn.add_column(Text("recipe"), no_wrap=True)
    for row in rows:
        name = printable(row["recipe"])
        pieces = [name[i : i + _NAME_WIDTH] for i in range(0, len(name), _NAME_WIDTH)]
        drawn.add_column(Text("\n".join(pieces)), justify="right")
    for title, keys in lines:
        if title:
            drawn.add_row(Text(title), *(Text(_cell(row, keys)) for row in rows))
        else:
            drawn.add_section()
    return drawn
