"""A try at a track, made of the bench that played it. Does not import torch."""

import statistics
from collections.abc import Iterator, Mapping, Sequence

from ..results.bench_files.bench_results import BenchResults
from ..results.bench_files.speedrun_file import PlayedData, Reached, SeedTry, SpeedrunTry, TrackTerms, digest_of
from ..results.run_files.environment import Environment
from ..results.run_files.result import ENDED_WELL, Evaluation, RunResult
from .track import SEEDS, Track

_KEPT = ("kimg", "d_steps", "seconds", "cpu_seconds", "timed_kimg", "metrics")  # of an evaluation
_DIRTY = "-dirty"


def terms_of(track: Track) -> TrackTerms:
    """Return what a try keeps of its track."""
    told = {name: getattr(track, name) for name in ("name", "data", "extractor", "samples", "kimg", "evaluations")}
    return TrackTerms(**told, goals=[str(goal) for goal in track.goals])


def hardware_of(environment: Environment) -> str:
    """Return the class of a machine: by the threads of a run on a CPU, one for all GPUs."""
    if environment.kind != "cpu":
        return "gpu"
    threads = environment.threads or 1
    return f"cpu-{threads}-thread{'s' * (threads != 1)}"


def reached(evaluations: Sequence[Evaluation], track: Track) -> Reached | None:
    """Return the first evaluation that meets all goals, with the time of training up to it.

    A clock leaves out the first steps of each process, in which a machine warms up. They are counted at the pace of the
    others, so that nobody gains by putting the training there.
    """
    before = 0.0
    for look in evaluations:
        kimg, timed, seconds, cpu = look.kimg or 0.0, look.timed_kimg, look.seconds, look.cpu_seconds
        if timed and seconds is not None and track.met(look.metrics):  # else it was warm-up, or that is not told
            share = kimg / timed
            return Reached(
                kimg=kimg,
                seconds=round(seconds * share, 3),
                cpu_seconds=None if cpu is None else round(cpu * share, 3),
                interval=kimg - before,
            )
        before = kimg
    return None


def seed_try(run: RunResult, track: Track) -> SeedTry:
    """Return one run of a try; one that did not end well has met nothing."""
    told = [
        Evaluation.model_validate({k: v for k, v in look.to_json().items() if k in _KEPT}) for look in run.evaluations
    ]
    return SeedTry(
        seed=run.seed,
        status=run.outcome,
        reason=run.why,
        key=run.key,
        result=run.digests.result if run.digests else None,
        evaluations=told,
        reached=reached(told, track) if run.outcome in ENDED_WELL else None,
    )


def try_of(results: BenchResults, track: Track, files: Mapping[str, str], asked: int) -> SpeedrunTry:
    """Return the try that a bench of one recipe was.

    Args:
        results: of the bench.
        track: that it was played on.
        files: sources of the plugins of one file that the recipe uses.
        asked: evaluations of each run, of which one that failed or diverged has fewer.
    """
    (name,) = results.recipe_names
    facts = results.recipes[name]
    seeds = [seed_try(run, track) for run in results.runs]
    times = [one.reached for one in seeds if one.reached is not None]
    cpu = [time.cpu_seconds for time in times if time.cpu_seconds is not None]
    told = SpeedrunTry(
        schema=results.schema_version,
        ganzoo=results.ganzoo,
        track=terms_of(track),
        recipe=name,
        text=facts.text or "",
        files=dict(files),
        revisions=facts.revisions,
        origins=facts.origins,
        command=results.command,
        started=results.started,
        finished=results.finished,
        data=PlayedData(name=results.dataset.name, hash=results.dataset.hash, n=results.dataset.n),
        judge=results.evaluated_with,
        environment=results.machine,
        hardware=hardware_of(results.machine),
        kimg=results.budget["kimg"],
        asked=asked,
        seeds=seeds,
        seconds=statistics.median([time.seconds for time in times]) if len(times) == len(seeds) else None,
        cpu_seconds=statistics.median(cpu) if len(cpu) == len(seeds) else None,
        void=list(_void(results, seeds, track)),
    )
    content = told.to_json()
    return SpeedrunTry.model_validate({**content, "digest": digest_of(content)})


def _void(results: BenchResults, seeds: Sequence[SeedTry], track: Track) -> Iterator[str]:
    """Yield a sentence for each thing by which a try does not count, whatever its time."""
    played = [one.seed for one in seeds]
    if played != list(SEEDS):
        yield f"it was played with the seeds {_listed(played)}, and a try is of {_listed(SEEDS)}"
    if track.kind == "gpu" and results.machine.kind == "cpu":
        yield "the track is for GPUs, and it was played on a CPU"
    devices = {run.machine.device for run in results.runs if run.environment is not None}
    if len(devices) > 1:
        yield f"its seeds were played on several devices: {', '.join(sorted(map(str, devices)))}"
    commits = {run.machine.commit for run in results.runs if run.environment is not None} | {results.machine.commit}
    for commit in sorted(str(one) for one in commits if one and one.endswith(_DIRTY)):
        yield f"its code was not committed ({commit}), so that nobody can play it again"


def _listed(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, seeds))
