"""The final generator of a run, evaluated again with the run's own data, extractor, samples and noise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import GanzooError, SetupError, class_and_first_line
from ...registry.discovery import Zoo
from ...storage.cache import Cache
from ..references import identity_of
from ..results.bench_files.bench_results import BenchResults
from ..results.run_files.environment import Environment
from ..results.run_files.result import RunResult
from ..runs.environment import devices, environment
from ..runs.evaluation.again import taken_up
from ..runs.evaluation.loaded import LoadedGenerator, spec_on
from ..runs.generating.session import DivergedError, GeneratingSession
from .left import CHECKPOINTS, Left
from .verdict import EVALUATION, Check

# Rounding: of another processor or GPU, or of another version of torch.
SHARE = 1e-3  # of a number
OF_SPREAD = 0.5  # of its standard error over the samples
OF_REAL = 0.02  # of a number of the real data, which has no standard error
# Other samples: generators of random numbers differ between CPUs and GPUs, and two means differ by sqrt(2) of them.
ERRORS = 6.0  # standard errors over the samples


@dataclass(frozen=True)
class Tolerance:
    """The tolerance within which a generator evaluated again has the numbers that it had.

    Attributes:
        exact: to the last digit: on the same processor, with the same versions.
        same_samples: the same latents are drawn, and only rounding differs.
        said: what it is, in words.
    """

    exact: bool
    same_samples: bool
    said: str

    def holds(self, then: float, now: float, spread: float | None) -> bool | None:
        """Say whether two values of a metric are one; None where nothing tells.

        Args:
            then: in the result.
            now: evaluated again.
            spread: its standard error over the samples; None where it is not known.
        """
        if self.exact:
            return then == now
        apart = abs(then - now)
        if self.same_samples:
            return apart <= max(SHARE * max(abs(then), abs(now)), OF_SPREAD * (spread or 0.0))
        return apart <= ERRORS * spread if spread else None


def tolerance(then: Environment, now: Environment) -> Tolerance:
    """Return the tolerance between two environments."""
    if then.kind != now.kind:
        said = f"within {ERRORS:g} standard errors over the samples, which differ between a CPU and a GPU"
        return Tolerance(False, False, said)
    names = ("device", "torch", "numpy", "torch_fidelity")
    other = next((name for name in names if getattr(then, name) != getattr(now, name)), None)
    if other is None and now.kind == "cpu":
        return Tolerance(True, True, "equal to the last digit")
    what = f"another {'processor' if other == 'device' else other.replace('_', '-')}" if other else "a GPU"
    said = f"within {SHARE:.1%} or half a standard error over the samples, on {what}"
    return Tolerance(False, True, said)


def evaluation_check(
    left: Left, result: RunResult, zoo: Zoo, cache: Cache, device: str | None
) -> tuple[Check | None, dict[str, float]]:
    """Evaluate the final generator of a run again.

    Args:
        left: what the run left.
        result: of the run.
        zoo: all parts.
        cache: for data, extractor and reference.
        device: None for the run's own, or for the CPU where this machine lacks that.

    Returns:
        the check, None where there is nothing to evaluate; and the numbers, empty where none could be taken.
    """
    if result.status != "done" or not result.metrics or left.spec is None:
        return None, {}
    if left.checkpoint is None:
        damaged = CHECKPOINTS in left.problems
        why = "the last checkpoint cannot be read" if damaged else "there is no checkpoint"
        return Check(EVALUATION, None, f"not evaluated again: {why}"), {}
    try:
        where = device or _own_device(left.spec.device)
        session = _opened(left.folder, zoo, cache, where)
        if why := _other_evaluator(session, left.spec.identity):
            return Check(EVALUATION, None, f"not evaluated again: {why}"), {}
        metrics = session.score(session.spec.samples)
    except DivergedError as error:
        return Check(EVALUATION, False, str(error)), {}
    except GanzooError as error:  # data, weights, a device or a plugin that is not here
        return Check(EVALUATION, None, f"not evaluated again: {error}"), {}
    except (KeyError, RuntimeError) as error:
        return Check(EVALUATION, False, f"its checkpoint does not fit: {class_and_first_line(error, 200)}"), {}
    here = environment(session.spec.device, session.spec.threads, (), session.spec.precision, ranks=session.spec.ranks)
    allowed = tolerance(result.machine, Environment.parse(here, "this machine"))
    return _verdict(session, result, left.bench, metrics, allowed), metrics


def _opened(folder: Path, zoo: Zoo, cache: Cache, device: str) -> GeneratingSession:
    """Take a run up with all of its game; give its generator alone where the game's other parts cannot be had here.

    Raises:
        GanzooError: the generator cannot be had either, or a part that is not here may have changed it.
    """
    try:
        return taken_up(folder, zoo, cache, device)
    except SetupError:
        alone = LoadedGenerator(folder, spec_on(folder, device), zoo, cache, needs_data=True)
        if alone.doubts:
            raise
        return alone


def _own_device(device: str) -> str:
    try:
        return devices(device)[0]
    except GanzooError:
        return "cpu"


def _other_evaluator(session: GeneratingSession, then: dict[str, Any]) -> str:
    """Return what of the evaluator of then is not to be had here; empty where it is the same."""
    now = session.evaluator.identity if session.evaluator is not None else {}
    try:
        before, after = identity_of(then), identity_of(now)
    except (KeyError, TypeError, AttributeError):
        return "run.json does not tell its extractor"
    other = [key for key in dict.fromkeys((*before, *after)) if before.get(key) != after.get(key)]
    return f"the {other[0]} of its evaluation is another one here" if other else ""


def _verdict(
    session: GeneratingSession,
    result: RunResult,
    bench: BenchResults | None,
    metrics: dict[str, float],
    allowed: Tolerance,
) -> Check:
    wrong = [*_differing(session, result, metrics, allowed), *_differing_terms(session, bench, allowed)]
    if wrong:
        return Check(EVALUATION, False, f"evaluated again ({allowed.said}): {', '.join(wrong)}")
    unknown = [
        key
        for key, then in (result.metrics or {}).items()
        if then is not None and key in metrics and allowed.holds(then, metrics[key], result.spread(key)) is None
    ]
    if unknown:
        why = f"{', '.join(unknown)} of a GPU and of a CPU compare by their spreads alone, which are not known"
        return Check(EVALUATION, None, f"evaluated again: {why}")
    alone = ", the generator alone: the rest of its game is not here" if "D" not in session.parameters else ""
    return Check(EVALUATION, True, f"evaluated again: {allowed.said}{alone}")


def _differing_terms(session: GeneratingSession, bench: BenchResults | None, allowed: Tolerance) -> Iterator[str]:
    """Yield what a bench says of the metrics and of the real data, and is not so here."""
    if bench is None or session.evaluator is None:
        return
    here = {column.key: column for column in session.evaluator.columns}  # fewer where a recipe knows no classes
    for told in bench.columns:
        if (column := here.get(told.key)) is None:
            continue
        for name in ("label", "better", "positive"):
            then, now = getattr(told, name), getattr(column, name)
            if then not in (None, now):
                yield f"results.json calls the {name} of {told.key} {then}, and it is {now}"
    share = 0.0 if allowed.exact else OF_REAL
    for what, told_real, real in (
        ("floor", bench.floor, session.reference.floor),
        ("value of the real data", bench.real, session.reference.real),
    ):
        for key, value in (told_real or {}).items():
            now_real = real.get(key)
            if value is not None and now_real is not None and not math.isclose(value, now_real, rel_tol=share):
                yield f"the {what} of {key} is {now_real!r}, and results.json has {value!r}"


def _differing(
    session: GeneratingSession, result: RunResult, metrics: dict[str, float], allowed: Tolerance
) -> Iterator[str]:
    for key, then in (result.metrics or {}).items():
        now = metrics.get(key)
        if now is None or then is None or not math.isfinite(now):
            yield f"{key} is {now} and was {then}"
        elif allowed.holds(then, now, result.spread(key)) is False:
            yield f"{key} is {now!r} and was {then!r}"
    if result.identity is not None and (identity := session.identity()) is not None:
        for name in dict.fromkeys((*result.identity, *identity)):
            if result.identity.get(name) != identity.get(name):
                yield f"{name} is {identity.get(name)} and was {result.identity.get(name)}"
    counts = result.parameters
    if counts is not None and "D" not in session.parameters:
        counts = {"G": counts.get("G", 0)}
    if counts is not None and counts != session.parameters:
        yield f"the parameters are {session.parameters} and were {counts}"
