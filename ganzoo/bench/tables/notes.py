"""What stands below a bench's table: runs that did not finish, warnings, and what the signs in it mean."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...text import printable
from ..results.formats import fixed
from ..stats.t_tests import POWER
from .model import Column, Table
from .terms import track_notes, tuning_notes


def reasons_below(results: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    """A line for each run that was asked for and did not finish."""
    runs = {(run["recipe"], run["seed"]): run for run in results["runs"]}
    lines = []
    for name in names:
        seeds = dict.fromkeys([*results["seeds"], *(seed for recipe, seed in runs if recipe == name)])
        for seed in seeds:
            run = runs.get((name, seed))
            if run is None:
                lines.append(f"{name}, seed {seed}: not run")
            elif run["status"] != "done":
                lines.append(f"{name}, seed {seed}: {run['status']}: {run.get('reason') or 'no reason was recorded'}")
    return tuple(printable(line) for line in lines)


def warnings_below(results: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    """A line for each alarm of the training and each warning of an examination, seeds that share one together."""
    said: dict[tuple[str, str], list[int]] = {}
    for run in sorted(results["runs"], key=lambda run: names.index(run["recipe"])):
        for text in dict.fromkeys(_warnings(run)):
            said.setdefault((run["recipe"], text), []).append(run["seed"])
    return tuple(
        printable(f"{recipe}, seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}: {text}")
        for (recipe, text), seeds in said.items()
    )


def _warnings(run: Mapping[str, Any]) -> Iterator[str]:
    alarms = run.get("alarms") or ()
    for kind in dict.fromkeys(alarm["kind"] for alarm in alarms):
        first, *more = (alarm["text"] for alarm in alarms if alarm["kind"] == kind)
        yield f"{first.rstrip('.')}, and {len(more)} more time{'s' * (len(more) > 1)} later" if more else first
    for found in (run.get("examinations") or {}).values():
        yield from found.get("warnings") or ()


def devices_of(results: Mapping[str, Any]) -> list[str]:
    """What the finished runs were played on."""
    done = [run.get("environment") or {} for run in results["runs"] if run["status"] == "done"]
    return list(dict.fromkeys(printable(str(one["device"])) for one in done if one.get("device")))


def notes_below(table: Table, results: Mapping[str, Any]) -> tuple[str, ...]:
    """What is to be known of a table, a sentence or two a note. The notes of ``table`` itself are not read."""
    return (
        *_signs(table),
        *_tests(table),
        *_data(table, results),
        *track_notes(results),
        *tuning_notes(results),
        *_costs(results),
        *_engine_notes(results),
    )


def _signs(table: Table) -> Iterator[str]:
    known = [summary for row in table.rows for summary in row.metrics.values() if summary is not None]
    if any(summary.half_width is not None for summary in known):
        yield "±: half-width of the 95 % Student-t interval of the mean over finished seeds."
    if any(summary.sampling is not None for summary in known):
        yield (
            "(±): one seed; half-width of the 95 % interval over the generated samples alone (1.96 standard errors), "
            "which says nothing of other seeds."
        )
    if any(summary.half_width is None and summary.sampling is None for summary in known):
        yield "A value without ± comes from one seed; nothing says how sure it is."


def _tests(table: Table) -> Iterator[str]:
    """How it is told who is better."""
    every = [pair for ranking in table.rankings.values() for pair in ranking.pairs]
    if table.ranked:
        yield f"rank: by {table.columns[0].label}; 1 and how many are better. =: a tie, the data cannot tell."
    if every:
        tests = {pair.paired for pair in every}
        named = "paired t-tests over the shared seeds" if tests == {True} else "Welch's t-tests"
        if len(tests) == 2:
            named = "t-tests, paired where both recipes finished the same seeds and else Welch's"
        yield f"Better: by {named}, two-sided at 5 %, with Holm's correction over all pairs of a metric."
    if any(row.best for row in table.rows):
        yield "Bold: better than every other recipe."
    elif len(table.rows) > 1 and any(summary is not None for row in table.rows for summary in row.metrics.values()):
        untold = (
            "the tests find none that is better than every other" if every else "that takes two recipes of two seeds"
        )
        yield f"No best value is marked: {untold}."
    if every and any(ranking.failures for ranking in table.rankings.values()):
        yield "A run that failed or diverged counts as the worst value of its column in ranks and tests, not in means."
    if table.ranked:
        yield from _closest(table, table.columns[0])


def _closest(table: Table, column: Column) -> Iterator[str]:
    pair = table.rankings[column.key].closest()
    if pair is None:
        return
    gap, found = (fixed(value, column.digits) for value in (abs(pair.comparison.difference), pair.detectable()))
    failed = " with failed runs counted" if pair.failures else ""
    yield (
        f"The closest tie is {printable(pair.a)} and {printable(pair.b)}, {gap} apart in {column.label}{failed}: with "
        f"these seeds a true difference of {found} would have been found with a probability of {100 * POWER:g} %."
    )


def _data(table: Table, results: Mapping[str, Any]) -> Iterator[str]:
    named = {row.name.partition(" @")[0] for row in table.baselines}
    if "held-out" in named:
        yield "held-out: real data that is not trained on, against the training data: what a perfect generator has."
    if "real halves" in named:
        yield "real halves: the metric between two halves of the real data, the floor."
    if left_out := results.get("left_out"):
        yield f"Left out, as not all of the joined benches have it: {', '.join(map(printable, left_out))}."
    yield from (f"{printable(state).rstrip('.')}." for state in results.get("states") or ())


def _costs(results: Mapping[str, Any]) -> Iterator[str]:
    devices = devices_of(results)
    if len(devices) > 1:
        yield f"images/s, memory and time are left out: they do not compare between {' and '.join(devices)}."
    else:
        yield "images/s: median; memory: peak; time: mean training, no warm-up or evaluation."


def _rank_notes(engines: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    """How many processes played a run, and what that means for its batch statistics."""
    by_ranks = [(recipe, engine) for recipe, engine in engines if engine.get("ranks", 1) > 1]
    for ranks, runs in Counter(engine["ranks"] for _, engine in by_ranks).items():
        who = "Each run" if runs == len(engines) else f"{runs} of {len(engines)} runs"
        were = "were" if 1 < runs < len(engines) else "was"
        yield f"{who} {were} played by {ranks} processes, each with its share of every batch; memory is that of one."
    local = dict.fromkeys(recipe for recipe, engine in by_ranks if engine.get("batch_stats") == "local")
    if local:
        yield f"Batch statistics of {', '.join(map(printable, local))} are those of each process's share."
    if any(engine.get("batch_stats") == "synced" for _, engine in by_ranks):
        yield f"Batch statistics{' of the others' if local else ''} are those of the whole batch."


def _engine_notes(results: Mapping[str, Any]) -> tuple[str, ...]:
    """What is to be known of how the steps were played, where it is not as usual."""
    runs = [run for run in results["runs"] if run["status"] == "done"]
    engines = [(run["recipe"], run.get("engine") or {}) for run in runs]
    precisions = dict.fromkeys((run.get("environment") or {}).get("precision", "fp32") for run in runs)
    notes = [f"Trained in {' and '.join(precisions)}; judged in fp32."] if precisions.keys() - {"fp32"} else []
    if any(engine.get("compiled") for _, engine in engines):
        notes.append("Networks compiled.")
    if any(engine.get("autotuned") for _, engine in engines):
        notes.append("cuDNN's algorithms chosen by trial: a seed played again may be rounded otherwise.")
    if (most := max((engine.get("together", 1) for _, engine in engines), default=1)) > 1:
        notes.append(f"Up to {most} seeds shared a process: images/s is that of one of them while all of them trained.")
    notes += _rank_notes(engines)
    reasons = dict.fromkeys((recipe, engine["why_eager"]) for recipe, engine in engines if engine.get("why_eager"))
    notes += [f"{printable(recipe)} was not replayed: {printable(why)}." for recipe, why in reasons]
    return tuple(notes)
