"""Checks of what a run left against its digests, and of its files against one another."""

from collections.abc import Iterator, Mapping
from typing import Any

from ... import __version__
from ...errors import RecipeError
from ...recipes.differences.stale import read_as_played
from ...training.checkpoints.digest import stored_generator, tensors_digest
from ..results.bench_files.bench_results import RESULTS, BenchResults
from ..results.run_files.record import RECORD
from ..results.run_files.result import RESULT, RunResult
from ..results.run_files.seal import record_digest
from ..results.run_files.spec import RunSpec
from ..results.terms.budget import Budget
from .left import CHECKPOINTS, ENVIRONMENT, Left
from .verdict import Check, compared

# Terms that a bench's file and each run's own file both hold: the key there, and the field of RunSpec.
_TERMS = (("samples", "samples"), ("budget", "budget"), ("extractor", "identity"))


def seal_checks(left: Left, result: RunResult) -> Iterator[Check]:
    """Check a result, the record and the final generator against the digests that the result carries."""
    digests = result.digests
    if digests is None or digests.result is None:
        yield Check("result", None, "made before results had digests")
        return
    yield compared("result", "result", [f"{RESULT} was changed after the run wrote it"] if result.altered else [])
    if not left.folder.is_dir() or left.elsewhere:
        return
    if digests.record is not None:
        changed = record_digest(left.folder) != digests.record
        why = f"{RECORD} was changed after the run ended" if (left.folder / RECORD).exists() else f"{RECORD} is gone"
        yield compared("record", "record", [why] if changed else [])
    if digests.state is not None:
        yield _state_check(left, digests.state)


def _state_check(left: Left, digest: str) -> Check:
    checkpoint = left.checkpoint
    if checkpoint is None:
        problem = left.problems.get(CHECKPOINTS)
        return Check("state", False if problem else None, problem or "no checkpoint holds the final generator any more")
    same = tensors_digest(stored_generator(checkpoint[0])) == digest
    return compared("state", "generator", [] if same else ["the last checkpoint holds another generator"])


def row_check(left: Left) -> Check | None:
    """Check what a bench has of a run against the run's own files; None where the run is of no bench."""
    if left.bench is None or left.row is None:
        return Check("bench", None, left.problems[RESULTS]) if RESULTS in left.problems else None
    if left.elsewhere:
        return None
    differences = []
    if left.result is not None:
        row, own = left.row.to_json(), left.result.to_json()
        row.pop("folder", None)
        keys = [key for key in dict.fromkeys((*own, *row)) if key != "digests" and own.get(key) != row.get(key)]
        differences += [f"results.json and {RESULT} differ in {key}" for key in keys]
    elif left.folder.is_dir() and RESULT not in left.problems:
        differences.append(f"results.json has the run, and its {RESULT} is gone")
    if left.spec is not None:
        terms = left.bench.to_json()
        other = [key for key, name in _TERMS if terms.get(key) != _plain(getattr(left.spec, name))]
        data = left.bench.dataset
        other += ["data"] * any(getattr(data, key) != left.spec.images.get(key) for key in ("name", "hash", "n"))
        other += ["recipe"] * (_recipe_in(left.bench, left.spec) not in (None, left.spec.resolved_recipe().to_dict()))
        differences += [f"results.json names another {key} than run.json" for key in other]
    return compared("bench", "row of the bench", differences)


def _recipe_in(bench: BenchResults, spec: RunSpec) -> dict[str, Any] | None:
    """Return a run's recipe as the bench keeps it; None where it keeps none that this version reads."""
    about = bench.recipes.get(spec.name)
    try:
        return read_as_played(about.text, spec.name).to_dict() if about is not None and about.text else None
    except RecipeError:
        return None


def _plain(value: Any) -> Any:
    """Return a value with the types of JSON."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def key_check(left: Left, result: RunResult) -> Check:
    """Check that a result is of the run that ``run.json`` describes."""
    spec = left.spec
    if spec is None:
        problem = left.problems.get("run.json")
        return Check("key", False if problem else None, problem or "there is no run.json")
    told = (("key", left.key), ("recipe", spec.name), ("seed", spec.seed), ("samples", spec.samples))
    wrong = [
        f"{RESULT} has the {name} {getattr(result, name)!s:.40}, and run.json {value!s:.40}"
        for name, value in told
        if getattr(result, name) != value
    ]
    machine = result.machine  # whose threads and precision decide numbers, and are no part of the key
    wrong += [
        f"{RESULT} has {name} {own}, and run.json {asked}"
        for name, own, asked in (
            ("threads", machine.threads, spec.threads),
            ("precision", machine.precision, spec.precision),
        )
        if own not in (None, asked)
    ]
    version = machine.ganzoo
    if not wrong and version not in (None, __version__):
        return Check("key", None, f"ganzoo {version} made the run's key, which this version cannot make again")
    if left.key != spec.key:
        wrong.append("run.json was changed after the bench wrote it, as its key shows")
    return compared("key", "settings", wrong)


def number_checks(left: Left, result: RunResult) -> Iterator[Check]:
    """Check the numbers of a result against the record, the last checkpoint, and one another."""
    differences = []
    evaluations = [evaluation.to_json() for evaluation in result.evaluations]
    if RECORD in left.problems:
        differences.append(left.problems[RECORD])
    elif left.evaluations is not None and left.evaluations != evaluations:
        differences.append(f"{RECORD} has other evaluations than {RESULT}")
    if result.status == "done":
        last = evaluations[-1].get("metrics") if evaluations else None
        if last != result.metrics:
            differences.append("the metrics are not those of the last evaluation")
        differences += _differing_state(left, result)
    else:
        differences += [f"a run that is {result.status} has final metrics"] * bool(result.metrics)
        if left.checkpoint is not None and _object(_object(left.checkpoint[1], "run"), "final"):
            differences.append(f"the last checkpoint is of a run that ended well, and {RESULT} says {result.status}")
    if ENVIRONMENT in left.problems:
        differences.append(left.problems[ENVIRONMENT])
    elif left.environment is not None and result.environment is not None and left.environment != result.environment:
        differences.append(f"{ENVIRONMENT} is not that of {RESULT}")
    yield compared("numbers", "numbers", differences)


def _differing_state(left: Left, result: RunResult) -> Iterator[str]:
    """Yield what a finished run says of its end and its last checkpoint does not."""
    spec = left.spec
    if spec is None:
        return
    shown = (result.d_steps or 0) * spec.resolved_recipe().schedule.batch / 1000
    if result.kimg != shown:
        yield f"{result.d_steps or 0:,} turns of D show {shown:g} kimg, and not {result.kimg}"
    used = Budget.from_json(spec.budget).used(
        kimg=float(result.kimg or 0), d_steps=result.d_steps or 0, seconds=float(result.seconds or 0)
    )
    if used < 1:
        yield f"the run is done after {100 * used:.1f} % of its budget"
    if left.checkpoint is None:
        return
    trainer, run = (_object(left.checkpoint[1], name) for name in ("trainer", "run"))
    clock, turns, final = _object(run, "clock"), _object(trainer, "turns"), _object(run, "final")
    told = {
        "d_steps": turns.get("D"),
        "g_steps": turns.get("G"),
        "seconds": clock.get("seconds"),
        "evaluations": run.get("evaluations"),
        **{name: final.get(name) for name in ("spreads", "examinations", "verdicts", "pictures", "best")},
    }
    if clock.get("seconds") and clock.get("images"):
        told["images_per_second"] = clock["images"] / clock["seconds"]
    own = result.to_json()
    yield from (
        f"the last checkpoint has other {name} than {RESULT}"
        for name, value in told.items()
        if value is not None and own.get(name) != _plain(value)
    )


def _object(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}
