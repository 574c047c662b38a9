"""Shared by the speed benchmarks: fair rounds, clocks, medians and fits, the record of a run, its table.

It is no script of its own. Contestants play by turns, A B C A B C, so that a machine that slows down slows all of them
down, and a ratio is the median over the rounds of the ratios within each round.
"""

import argparse
import gc
import json
import math
import shlex
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path, PurePath
from typing import Any

import torch
from tables import folder_name, table, written

from ganzoo.bench.runs.environment import devices, environment
from ganzoo.storage.atomic import write_file

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = 1
BESIDE = "beside the results"  # --out without a file


class Stopwatch:
    """The clock of a benchmark.

    On a CPU with one thread it is the CPU time of this process, which other processes disturb least; in all other
    cases wall time, with the device's work finished.

    Attributes:
        kind: which of the two, in words.
    """

    def __init__(self, device: str, threads: int) -> None:
        self.device = torch.device(device)
        self._cpu_time = self.device.type == "cpu" and threads == 1
        self.kind = "process CPU time" if self._cpu_time else "wall time"

    def now(self) -> float:
        """Seconds since some moment, once the device has done all it was asked to do."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.process_time() if self._cpu_time else time.perf_counter()


def settle(step: Callable[[], Any], settled: Callable[[], bool], *, most: int = 2000) -> int:
    """Play until no step from now on is the first of its kind, which is slow where steps are captured and replayed.

    Lazy terms, and gradients that are measured now and then, make kinds of their own; each is played eagerly, then
    recorded. Whoever times a trainer's steps does this before.

    Args:
        step: one step.
        settled: whether there is none left, as ``Trainer.settled`` and ``Joint.settled`` tell.
        most: steps to play.

    Returns:
        The steps that were played.

    Raises:
        RuntimeError: so many were not enough.
    """
    for played in range(most):
        if settled():
            return played
        step()
    raise RuntimeError(f"after {most} steps there are still kinds of steps that are not recorded")


def interleaved(
    contestants: Mapping[str, Callable[[], Any]],
    watch: Stopwatch,
    *,
    rounds: int,
    steps: int = 1,
    warmup: int = 1,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, list[float]]:
    """Seconds that one step of each contestant took, round by round.

    Args:
        contestants: what one step of each is.
        watch: the clock.
        rounds: how often each has its turn.
        steps: of one contestant in one round; the time is divided by it.
        warmup: steps of each that are not timed; a trainer is to have been settled before (``settle``).
        say: is told how it goes.
    """
    for step in contestants.values():
        for _ in range(warmup):
            step()
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    gc.collect()
    gc.freeze()  # what is there by now is not looked through again, or that would take longer than a small step
    try:
        for i in range(rounds):
            for name, step in contestants.items():
                gc.collect()  # nobody pays for what another one left behind
                began = watch.now()
                for _ in range(steps):
                    step()
                seconds[name].append((watch.now() - began) / steps)
            say(f"round {i + 1} of {rounds}")
    finally:
        gc.unfreeze()
    return seconds


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least, greatest and number of some values."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "n": len(values)}


def standard_error(values: Sequence[float]) -> float | None:
    """Return the standard error of the mean; None for a single value."""
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None


def mean_with_error(values: Sequence[float], form: str, error: str | None = None) -> str:
    """Write the mean of values and, of two or more, its standard error behind it.

    Args:
        values: one or more.
        form: of the mean, such as ``{:.2f}``.
        error: the same of the error; None for that of the mean.
    """
    mean, found = form.format(statistics.fmean(values)), standard_error(values)
    return mean if found is None else f"{mean}±{(error or form).format(found)}"


def median_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float] | None:
    """Between which of the values the true median lies, whatever their distribution; None where they are too few.

    It is made of order statistics: how many of n values fall below the true median is binomial with one half.
    """
    n, ordered = len(values), sorted(values)
    below, cut = 0.0, -1
    while below + math.comb(n, cut + 1) / 2**n <= (1 - confidence) / 2:
        cut += 1
        below += math.comb(n, cut) / 2**n
    return None if cut < 0 else (ordered[cut], ordered[n - 1 - cut])


def ratios(base: Sequence[float], others: Sequence[float]) -> dict[str, float]:
    """Return how many times as fast as ``base``: the spread of the ratios within each round."""
    return spread([b / o for b, o in zip(base, others, strict=True)])


def exponent(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Return the exponent k of the power law y = c x^k that fits best, by least squares of the logarithms; 1 is a line.

    Raises:
        ValueError: a value is not positive, or there are not two different ``xs``.
    """
    slope, _ = line([math.log(x) for x in xs], [math.log(y) for y in ys])
    return slope


def line(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """Slope and intercept of the straight line that fits best, by least squares.

    Raises:
        ValueError: there are not two different ``xs``.
    """
    try:
        slope, intercept = statistics.linear_regression(xs, ys)
    except statistics.StatisticsError as error:
        raise ValueError(f"no line through {len(xs)} points: {error}") from error
    return slope, intercept


def bend(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Return how far the points lie from their straight line: the greatest distance as a share of the greatest y."""
    slope, intercept = line(xs, ys)
    return max(abs(y - slope * x - intercept) for x, y in zip(xs, ys, strict=True)) / max(map(abs, ys))


# -- how a script is called ------------------------------------------------------------------------------------


def parser(doc: str | None, *, rounds: int) -> argparse.ArgumentParser:
    """Return the options that every speed benchmark has."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    made.add_argument("--threads", type=int, default=1, help="of torch on a CPU (default: 1)")
    made.add_argument("--rounds", type=int, default=rounds, help=f"of each measurement (default: {rounds})")
    made.add_argument(
        "--out",
        nargs="?",
        const=BESIDE,
        help="write the record, too: to this file, or without one to benchmarks/results/DEVICE/",
    )
    return made


def parsed(made: argparse.ArgumentParser, arguments: list[str] | None) -> argparse.Namespace:
    """Return what was chosen, with ``device`` made out, ``threads`` set, and ``typed`` as it was written."""
    chosen = made.parse_args(arguments)
    chosen.device = devices(chosen.device)[0]
    chosen.typed = sys.argv[1:] if arguments is None else arguments
    torch.set_num_threads(chosen.threads)
    return chosen


def tell(text: str) -> None:
    """One line to whoever waits."""
    print(text, file=sys.stderr, flush=True)


def device_folder(device: str) -> str:
    """``cpu``, or the name of the GPU in small letters and hyphens."""
    if not device.startswith("cuda"):
        return "cpu"
    return folder_name(torch.cuda.get_device_name(device))


def command(name: str, typed: Iterable[str]) -> str:
    """As it was typed, but that of an absolute path only the last part is told: it is of one machine."""
    return shlex.join(["python", f"benchmarks/{name}.py", *map(_told, typed)])


def _told(word: str) -> str:
    """Cut an absolute path, or that of ``NAME=PATH``, down to its name."""
    name, equals, path = ("", "", word) if PurePath(word).is_absolute() else word.partition("=")
    return f"{name}{equals}{PurePath(path).name}" if PurePath(path).is_absolute() else word


@cache
def _asked_once(device: str, threads: int) -> dict[str, Any]:
    """Return the environment as it was at the first row: the record of that row is a change of the working tree."""
    return environment(device, threads, ())


def report(
    name: str,
    chosen: argparse.Namespace,
    *,
    protocol: Mapping[str, Any],
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    columns: Mapping[str, Sequence[str]],
    versions: Mapping[str, str | None] | None = None,
    whole: bool = True,
) -> dict[str, Any]:
    """Print the tables, and write the record where that was asked for.

    Args:
        name: of the benchmark, which is that of its script and of its file.
        chosen: from :func:`parsed`.
        protocol: what was measured, and how.
        tables: rows by the table's title; a row holds plain data.
        columns: for each table, the keys to print; a spread is printed as its median, with the least and greatest.
        versions: of what else took part.
        whole: False while more rows are to come: the record is written, so that a script that is stopped has lost
            no more than the row it was at, and nothing is printed.

    Returns:
        What is in the file.
    """
    ran = _asked_once(chosen.device, chosen.threads)
    ran = {key: value for key, value in ran.items() if key not in ("plugins", "precision")}  # rows tell their own
    record = {
        "schema": SCHEMA,
        "benchmark": name,
        "command": command(name, chosen.typed),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "environment": {**ran, **(versions or {})},
        "protocol": dict(protocol),
        "tables": {title: list(rows) for title, rows in tables.items()},
        **({} if whole else {"unfinished": True}),
    }
    drawn = "\n\n".join(f"{title}\n\n{table(rows, columns[title])}" for title, rows in tables.items())
    if whole:
        print(drawn)
    if (path := record_path(chosen, name)) is not None:
        write_file(path, json.dumps(written(record), indent=1, allow_nan=False) + "\n")
        write_file(path.with_suffix(".md"), page(record, drawn))
    return record


def record_path(chosen: argparse.Namespace, name: str) -> Path | None:
    """Return where the record of a benchmark goes that ``--out`` asks for; None for none."""
    if chosen.out == BESIDE:
        return ROOT / "benchmarks" / "results" / device_folder(chosen.device) / f"{name.replace('_', '-')}.json"
    return Path(chosen.out) if chosen.out else None


def page(record: Mapping[str, Any], tables: str) -> str:
    """Return the record for people: how it was made, and its tables."""
    ran, made = record["environment"], record["finished"][:10]
    versions = ", ".join(f"{key} {ran[key]}" for key in ("ganzoo", "torch", "python") if ran.get(key))
    protocol = "; ".join(f"{key} {value}" for key, value in record["protocol"].items())
    facts = [
        f"- device: {ran['device']}, {ran['threads']} thread{'s' * (ran['threads'] != 1)}",
        f"- versions: {versions}",
        f"- made: {made} from commit {(ran.get('commit') or 'unknown')[:12]}",
        f"- protocol: {protocol}",
    ]
    facts += ["- unfinished: it was stopped, and rows are missing"] if record.get("unfinished") else []
    title = record["benchmark"].replace("_", " ")
    return f"# {title}\n\n```sh\n{record['command']}\n```\n\n{tables}\n\n" + "\n".join(facts) + "\n"
