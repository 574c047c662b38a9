"""The page of the speedrun: the tracks, their records, and all tries that count."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.speedrun.committed import committed, stale
from ganzoo.bench.results.bench_files.speedrun_file import SpeedrunTry
from ganzoo.bench.results.formats import short
from ganzoo.bench.speedrun.records import history
from ganzoo.bench.speedrun.track import Track, shipped_tracks

from .markdown import NONE, code, escaped, table
from .page import link, page
from .parts import path_of
from .speedrun_recipes import recipe_tables

SPEEDRUN = "docs/results/speedrun.md"
_HEAD = ("recipe", "CPU s", "s", "least and most CPU s", "kimg", "coarse by", "date", "try")


def speedrun_page(root: Path) -> str:
    """Give the page, from the tracks that ship and the tries that are committed."""
    tries = committed(root)
    rules = link("The rules", "docs/guides/speedrun.md", SPEEDRUN)
    intro = (
        f"How soon a recipe's samples meet fixed goals. {rules} are one page. Times are of training, without "
        "evaluations; each is the median of five seeds, all of which met the goals. On a CPU tries are ranked by "
        "seconds of the CPU, on a GPU by those of the clock, and only beside tries of the same class and processor."
    )
    tracks = shipped_tracks()
    head = ("track", "goals", "data", "judged", "longest")
    rows = [(code(t.name), escaped(t.aim), code(t.data), f"{t.samples:,} samples", f"{t.kimg:,g} kimg") for t in tracks]
    found = [text for track in tracks for text in _track(track, tries, root)]
    return page("Speedrun", [intro, table(head, rows), *found])


def _track(track: Track, tries: Mapping[Path, SpeedrunTry], root: Path) -> Sequence[str]:
    """Give what was tried at a track: for each class and processor the tries, fastest first, and the history."""
    here = {path: one for path, one in tries.items() if one.track.name == track.name}
    of_all = [link(f"All bundled recipes, {device}", name, SPEEDRUN) for name, device in recipe_tables(track, root)]
    if not here and not of_all:
        return []
    parts = [f"## {track.name}", f"{escaped(track.summary[:1].upper() + track.summary[1:])}."]
    parts += [f"{'; '.join(of_all)}."] if of_all else []
    for place in sorted({one.place for one in here.values()}):
        of_place = {path: one for path, one in here.items() if one.place == place}
        fresh = {path: one for path, one in of_place.items() if not stale(one)}
        parts.append(f"### {track.name}, {place[1]}, {escaped(place[2])}")
        ranked = sorted(fresh.items(), key=lambda row: row[1].score or 0.0)
        parts.append(table(_HEAD, [_row(path, one, root) for path, one in ranked]))
        parts.append("The records, in the order in which they were set:")
        parts.append("\n".join(_set(one, before) for one, before in _pairs(history(fresh.values()))))
        parts += [f"Left out: {code(one.recipe)}, {escaped(why)}." for one in of_place.values() if (why := stale(one))]
    return parts


def _row(path: Path, one: SpeedrunTry, root: Path) -> Sequence[str]:
    times = [run.reached for run in one.seeds if run.reached is not None]
    cpu = sorted(float(time.cpu_seconds) for time in times if time.cpu_seconds is not None)
    kimg = sorted(float(time.kimg) for time in times)
    bundled = (root / "configs" / f"{one.recipe}.yaml").is_file()
    return (
        link(one.recipe, path_of("recipe", one.recipe), SPEEDRUN) if bundled else code(one.recipe),
        _seconds(one.cpu_seconds),
        _seconds(one.seconds),
        f"{short(cpu[0])} to {short(cpu[-1])}" if cpu else NONE,
        f"{kimg[len(kimg) // 2]:g}",
        f"{max(float(time.interval) for time in times):g} kimg",
        (one.finished or "")[:10],
        link("JSON", path.relative_to(root).as_posix(), SPEEDRUN),
    )


def _pairs(tries: Sequence[SpeedrunTry]) -> Sequence[tuple[SpeedrunTry, SpeedrunTry | None]]:
    return list(zip(tries, [None, *tries[:-1]], strict=True))


def _set(one: SpeedrunTry, before: SpeedrunTry | None) -> str:
    score = one.score or 0.0
    faster = "" if before is None or before.score is None else f", {before.score / score:.2f} times as fast"
    commit = one.environment.commit
    from_commit = f", commit {commit[:12]}" if commit else ""
    clock = "s" if one.hardware == "gpu" else "CPU s"
    return f"- {(one.finished or '')[:10]}: {code(one.recipe)} in {short(score)} {clock}{faster}{from_commit}"


def _seconds(value: float | int | None) -> str:
    return NONE if value is None else short(float(value))
