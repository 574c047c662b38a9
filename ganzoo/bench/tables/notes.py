"""The notes below a bench's table: runs that did not finish, warnings, and the meaning of the signs in it."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...text import printable
from ..results.bench_files.bench_results import BenchResults, BenchTerms
from ..results.formats import duration, fixed
from ..results.run_files.result import Engine, RunResult
from ..results.terms.track import CONTROLLED
from ..stats.more_seeds import MOST_SEEDS, next_told
from ..stats.ranking import BEYOND, ENOUGH_SEEDS, FAR, Ranking
from ..stats.t_tests import POWER
from .classes import worst_classes
from .mixed import mixed_notes
from .model import FEW, Table, TableColumn

LIBERAL = 7.3
"""Per cent of tables in which tests of three seeds err, at the most of what benchmarks/ranking_error.py tries."""
TWICE = 2.0  # a ratio from which on it is a multiple, and no longer so many per cent


def reasons_below(results: BenchResults) -> tuple[str, ...]:
    """Return a line for each run that was asked for and did not finish."""
    runs = {(run.recipe, run.seed): run for run in results.runs}
    lines = []
    for name in results.recipe_names:
        seeds = dict.fromkeys([*results.seeds, *(seed for recipe, seed in runs if recipe == name)])
        for seed in seeds:
            run = runs.get((name, seed))
            if run is None:
                lines.append(f"{name}, seed {seed}: not run")
            elif not run.done:
                lines.append(f"{name}, seed {seed}: {run.outcome}: {run.why or 'no reason was recorded'}")
    return tuple(printable(line) for line in lines)


def warnings_below(results: BenchResults) -> tuple[str, ...]:
    """Return a line for each alarm of training and each warning of an examination, seeds that share one together."""
    names = results.recipe_names
    seeds_of: dict[tuple[str, str], list[int]] = {}
    for run in sorted(results.runs, key=lambda run: names.index(run.recipe)):
        for text in dict.fromkeys(_warnings(run)):
            seeds_of.setdefault((run.recipe, text), []).append(run.seed)
    return tuple(
        printable(f"{recipe}, seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}: {text}")
        for (recipe, text), seeds in seeds_of.items()
    )


def _warnings(run: RunResult) -> Iterator[str]:
    for kind in dict.fromkeys(alarm.kind for alarm in run.alarms):
        first, *more = (alarm.text for alarm in run.alarms if alarm.kind == kind)
        yield f"{first.rstrip('.')}, and {len(more)} more time{'s' * (len(more) > 1)} later" if more else first
    refuted = any(verdict.kind == "no-copies" for verdict in run.verdicts)  # by rules that blurred samples do not fool
    for name, found in (run.examinations or {}).items():
        if not (name == "memorisation" and refuted):
            yield from found.warnings


def devices_of(results: BenchResults) -> list[str]:
    """Return the devices that the finished runs were played on."""
    named = [run.machine.device for run in results.runs if run.done]
    return list(dict.fromkeys(printable(device) for device in named if device))


def notes_below(table: Table, results: BenchResults) -> tuple[str, ...]:
    """Sentences that explain a table, one or two a note. The notes of ``table`` itself are not read."""
    return (
        *mixed_notes(results),
        *_signs(table),
        *_tests(table),
        *sequential_notes(results),
        *_data(table, results),
        *track_notes(results),
        *tuning_notes(results),
        *by_sentence({name: facts.otherwise for name, facts in results.recipes.items()}),
        *by_sentence({name: facts.unreached for name, facts in results.recipes.items()}),
        *by_sentence(told_at_the_end(results)),
        *worst_classes(results),
        *_costs(results),
        *_engine_notes(results),
    )


def told_at_the_end(results: BenchResults) -> dict[str, list[str]]:
    """Give the numbers that terms told of themselves at the end, in sentences by recipe; seeds that agree share one."""
    said: dict[str, list[str]] = {}
    for run in results.runs:
        for name, value in (run.evaluations[-1].told if run.done and run.evaluations else {}).items():
            sentence = f"{name} is {'infinite' if value is None else f'{value:.4g}'}"
            if sentence not in said.setdefault(run.recipe, []):
                said[run.recipe].append(sentence)
    return said


def by_sentence(said: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return a line for each thing that is said of recipes, with all that it is said of."""
    names: dict[str, list[str]] = {}
    for name, sentences in said.items():
        for sentence in sentences:
            names.setdefault(sentence, []).append(name)
    return tuple(printable(f"{', '.join(of)}: {sentence}.") for sentence, of in names.items())


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
    """Yield the tests behind ranks and bold values."""
    every = [pair for ranking in table.rankings.values() for pair in ranking.pairs]
    if table.ranked:
        yield f"rank: by {table.columns[0].label}; 1 and how many are better. =: a tie, the data cannot tell."
    if every:
        moderated = any(ranking.prior.df for ranking in table.rankings.values())
        named = "t-tests" if moderated else "Welch's t-tests"
        scales = {ranking.scale for ranking in table.rankings.values()}
        of = " of the logs" if scales == {"log"} else " of the logs of positive metrics" if "log" in scales else ""
        level = min(ranking.alpha for ranking in table.rankings.values())
        having = ", variances moderated over the recipes" if moderated else ""
        yield (
            f"Better: by {named}{of}{having}, two-sided at {100 * level:.3g} %, with Holm's correction over all pairs "
            "of a metric."
        )
    if any(ranking.liberal for ranking in table.rankings.values()):
        yield (
            f"{FEW} rank: of fewer than {ENOUGH_SEEDS} seeds, and liberal: the tests of a table with 3 seeds find a "
            f"difference that is none in up to {LIBERAL:g} % of tables."
        )
    yield from _far(table)
    if any(row.best for row in table.rows):
        yield "Bold: better than every other recipe."
    elif len(table.rows) > 1 and any(summary is not None for row in table.rows for summary in row.metrics.values()):
        reason = (
            "the tests find none that is better than every other" if every else "that takes two recipes of two seeds"
        )
        yield f"No best value is marked: {reason}."
    if every and any(ranking.failures for ranking in table.rankings.values()):
        yield (
            "A run that failed, diverged or was out of memory (oom) counts as the worst value of its column in ranks "
            "and tests, not in means."
        )
    if table.ranked:
        yield from _closest(table, table.columns[0])
        yield from _next(table, table.columns[0])


def _far(table: Table) -> Iterator[str]:
    """Yield the recipes that are far from the data, and what that says of their ranks."""
    for column in table.columns:
        if far := sorted(table.rankings[column.key].far):
            ranked = "; no ties of each other, and behind each that is {:g} times as near with every seed"
            yield (
                f"Far from the data in {column.label}: {', '.join(map(printable, far))} (above {FAR:g} times the "
                f"floor, scaled to as many samples){ranked.format(BEYOND) if len(table.rows) > 1 else ''}."
            )


def _apart(difference: float, ranking: Ranking, column: TableColumn) -> str:
    """Return a difference on a ranking's scale in words: of logs, as a share or as a multiple."""
    if ranking.scale == "linear":
        return fixed(difference, column.digits)
    ratio = math.exp(difference)
    return f"{100 * (ratio - 1):.3g} %" if ratio < TWICE else f"{ratio:.3g} times"


def _closest(table: Table, column: TableColumn) -> Iterator[str]:
    ranking = table.rankings[column.key]
    pair = ranking.closest()
    if pair is None:
        return
    gap, found = (_apart(size, ranking, column) for size in (abs(pair.comparison.difference), pair.detectable()))
    failed = " with failed runs counted" if pair.failures else ""
    yield (
        f"The closest tie is {printable(pair.a)} and {printable(pair.b)}, {gap} apart in {column.label}{failed}: with "
        f"these seeds a true difference of {found} would have been found with a probability of {100 * POWER:g} %."
    )


def _next(table: Table, column: TableColumn) -> Iterator[str]:
    """Yield how many seeds the two recipes ask for that are nearest to being told apart."""
    ranking = table.rankings[column.key]
    found = next_told(ranking)
    if found is None:
        return
    pair = found.pair
    seeds = f"more than {MOST_SEEDS:,}" if found.seeds is None else f"{found.seeds:,}"
    yield (
        f"Next to be told apart are {printable(pair.a)} and {printable(pair.b)}, "
        f"{_apart(abs(pair.comparison.difference), ranking, column)} apart: it takes {seeds} seeds of each for a "
        f"probability of {100 * POWER:g} %, if that is how far apart they are."
    )


def _data(table: Table, results: BenchResults) -> Iterator[str]:
    named = {row.name.partition(" @")[0] for row in table.baselines}
    if "held-out" in named:
        held_out = f", {results.held_out.n:,} samples" if results.held_out and results.held_out.n else ""
        yield (
            f"held-out: real data that is not trained on{held_out}, against the training data: what a perfect "
            "generator has."
        )
    if "real halves" in named:
        each = f", {results.floor_n:,} samples each" if results.floor_n else ""
        yield f"real halves: the metric between two halves of the real data{each}; the floor."
    if results.left_out:
        yield f"Left out, as not all of the joined benches have it: {', '.join(map(printable, results.left_out))}."
    yield from (f"{printable(state).rstrip('.')}." for state in results.states)


def _costs(results: BenchResults) -> Iterator[str]:
    devices = devices_of(results)
    if len(devices) > 1:
        yield f"images/s, memory and time are left out: they do not compare between {' and '.join(devices)}."
    else:
        yield "images/s: median; memory: peak; time: mean training, no warm-up or evaluation."


def _rank_notes(engines: Sequence[tuple[str, Engine]]) -> Iterator[str]:
    """Yield sentences on runs that several processes played, and on their batch statistics."""
    by_ranks = [(recipe, engine) for recipe, engine in engines if engine.ranks > 1]
    for ranks, runs in Counter(engine.ranks for _, engine in by_ranks).items():
        who = "Each run" if runs == len(engines) else f"{runs} of {len(engines)} runs"
        were = "were" if 1 < runs < len(engines) else "was"
        yield f"{who} {were} played by {ranks} processes, each with its share of every batch; memory is that of one."
    local = dict.fromkeys(recipe for recipe, engine in by_ranks if engine.batch_stats == "local")
    if local:
        yield f"Batch statistics of {', '.join(map(printable, local))} are those of each process's share."
    if any(engine.batch_stats == "synced" for _, engine in by_ranks):
        yield f"Batch statistics{' of the others' if local else ''} are those of the whole batch."


def _engine_notes(results: BenchResults) -> Iterator[str]:
    """Sentences on steps that were not played as usual."""
    runs = [run for run in results.runs if run.done]
    engines = [(run.recipe, run.engine or Engine()) for run in runs]
    precisions = dict.fromkeys(run.machine.precision or "fp32" for run in runs)
    if precisions.keys() - {"fp32"}:
        yield f"Trained in {' and '.join(precisions)}; judged in fp32."
    if any(engine.compiled for _, engine in engines):
        yield "Networks compiled."
    if any(engine.autotuned for _, engine in engines):
        yield "cuDNN's algorithms chosen by trial: a seed played again may be rounded otherwise."
    if (most := max((engine.together for _, engine in engines), default=1)) > 1:
        yield f"Up to {most} seeds shared a process: images/s is that of one of them while all of them trained."
    yield from _rank_notes(engines)
    reasons = dict.fromkeys((recipe, engine.why_eager) for recipe, engine in engines if engine.why_eager)
    yield from (f"{printable(recipe)} was not replayed: {printable(str(why))}." for recipe, why in reasons)


def sequential_notes(terms: BenchTerms) -> list[str]:
    """Return a sentence on how ``--until-decided`` added seeds; none without it."""
    rule = terms.sequential
    if rule is None:
        return []
    aim = "one recipe was better than every other" if rule.until == "best" else "every two were told apart"
    looks = len(rule.counts)
    return [
        f"Seeds were added until {aim}, or there were {rule.counts[-1]}: {looks} look{'s' * (looks > 1)} at the most, "
        f"each at {100 * rule.level:.3g} %, so that all of them together err in 5 % of benches."
    ]


def track_notes(terms: BenchTerms) -> list[str]:
    """Return a sentence on the controlled track; none on the others."""
    if terms.track != CONTROLLED:
        return []
    return [
        f"Controlled track: every recipe plays with the networks, batch, average, flips and labels of "
        f"{terms.backbone}, so that only the method differs; not to be ranked with recipes on networks of their own."
    ]


def tuning_notes(results: BenchResults) -> list[str]:
    """Sentences on ``--tune``: the trials, the chosen ones, and their cost; none without it."""
    tuning = results.tuning
    if tuning is None:
        return []
    labels = {heading.key: heading.label for heading in results.columns}
    cost = duration(math.fsum(recipe.seconds for recipe in tuning.recipes.values()))
    notes = [
        f"Tuned: {tuning.trials} trials a recipe on seed {tuning.seed:,}, which no run here has, chosen by "
        f"{labels.get(tuning.metric, tuning.metric)}; {cost} of training in all, on top of the times shown."
    ]
    for name, recipe in tuning.recipes.items():
        changes = ", ".join(f"{key} {_short(value)}" for key, value in recipe.changes.items()) or "as it is"
        without = sum(trial.status != "done" for trial in recipe.trials)
        lost = f", {without} of them to no end" if without else ""
        notes.append(f"{name}: trial {recipe.chosen}, {changes}; {duration(recipe.seconds)} of trials{lost}.")
    return notes


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else f"{value}"
