"""The record of all recipes that were tried at a track: a row for each, as JSON and as a page for people."""

import json
import shlex
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

from benchmarks.tables import folder_name, table, written
from ganzoo.bench.results.bench_files.speedrun_file import SeedTry, SpeedrunTry
from ganzoo.bench.results.formats import short
from ganzoo.bench.results.run_files.result import ENDED_WELL
from ganzoo.bench.results.terms.goal import Goal
from ganzoo.bench.speedrun.track import Track
from ganzoo.bench.speedrun.trying import terms_of
from ganzoo.storage.atomic import write_file

SCHEMA = 1
REACHED, MISSED, REFUSED = "reached", "not reached", "refused"
RESULTS = Path("benchmarks/results")
COLUMNS = ("recipe", "CPU s", "s", "kimg", "coarse by kimg", "best", "CPU s of a run", "seeds", "how it ended")
_FACTS = ("device", "kind", "threads", "cores", "platform", "python", "torch", "torch-fidelity", "numpy", "ganzoo")


def name_of(track: Track) -> str:
    """Name the file of a track's record, without its ending."""
    return f"speedrun-{track.name}"


# -- one recipe ----------------------------------------------------------------------------------------------------


def best_of(seeds: Sequence[SeedTry], goal: Goal) -> float | None:
    """Return the best value of a goal's metric that a run had, as the median over the runs; None where none has one."""
    better = min if goal.sense == "<=" else max
    runs = [[value for look in run.evaluations if (value := look.metric(goal.metric)) is not None] for run in seeds]
    bests = [better(values) for values in runs if values]
    return statistics.median(bests) if bests else None


def spent(seeds: Sequence[SeedTry]) -> float | None:
    """Return the CPU seconds that a whole run trained, warm-up at the pace of the rest; the median over the runs."""
    found = []
    for look in (run.evaluations[-1] for run in seeds if run.evaluations):
        if look.cpu_seconds is not None and look.kimg and look.timed_kimg:
            found.append(float(look.cpu_seconds * look.kimg / look.timed_kimg))
    return statistics.median(found) if found else None


def row_of(recipe: str, found: SpeedrunTry | str, track: Track) -> dict[str, Any]:
    """Return the row of a recipe: the time to the goals, or the best values that it had.

    Args:
        recipe: as it was asked for.
        found: its try; where there is none, the reason.
        track: that it was tried on.
    """
    if isinstance(found, str):
        return {"recipe": recipe, "became": REFUSED, "why": found}
    times = [run.reached for run in found.seeds if run.reached is not None]
    fell = next((run for run in found.seeds if run.status not in ENDED_WELL), None)
    missed = REFUSED if fell is not None and fell.status == "skipped" else fell.status if fell is not None else MISSED
    all_of_them = len(times) == len(found.seeds)
    cpu = None if found.cpu_seconds is None else float(found.cpu_seconds)
    return {
        "recipe": recipe,
        "became": REACHED if all_of_them else missed,
        "why": fell.reason if fell is not None else None,
        "seeds": [run.seed for run in found.seeds],
        "seeds that reached": len(times),
        "CPU s": cpu,
        "s": None if found.seconds is None else float(found.seconds),
        "kimg": statistics.median([float(at.kimg) for at in times]) if all_of_them else None,
        "coarse by kimg": max(float(at.interval) for at in times) if all_of_them else None,
        "best": {goal.metric: best_of(found.seeds, goal) for goal in track.goals},
        "CPU s of a run": spent(found.seeds),
        "commit": found.environment.commit,
        "finished": found.finished,
    }


def ranked(rows: Sequence[dict[str, Any]], track: Track) -> list[dict[str, Any]]:
    """Sort rows: those that reached the goals by their time, others by the best value of the first goal."""
    goal = track.goals[0]
    sign = 1 if goal.sense == "<=" else -1

    def rank(row: Mapping[str, Any]) -> tuple[Any, ...]:
        time = row.get("s") if row.get("CPU s") is None else row["CPU s"]
        value = (row.get("best") or {}).get(goal.metric)
        if row["became"] == REACHED and time is not None:
            return 0, time, row["recipe"]
        return (1, sign * value, row["recipe"]) if value is not None else (2, 0.0, row["recipe"])

    return sorted(rows, key=rank)


# -- all of them ---------------------------------------------------------------------------------------------------


def command(typed: Sequence[str]) -> str:
    """Return the command as it was typed, but that of an absolute path only the last part is told."""
    words = [PurePath(word).name if PurePath(word).is_absolute() else word for word in typed]
    return shlex.join(["python", "-m", "benchmarks.speedrun.all_recipes", *words])


def record_of(
    tries: Mapping[str, SpeedrunTry | str], track: Track, typed: Sequence[str], kimg: float, looks: int, left: int
) -> dict[str, Any]:
    """Return the record.

    Args:
        tries: of each recipe that was looked at, in any order.
        track: that they were played on.
        typed: the arguments of the command.
        kimg: of a run.
        looks: evaluations of a run.
        left: recipes that were not looked at yet; the record says so where there are any.
    """
    rows = ranked([row_of(name, found, track) for name, found in tries.items()], track)
    played = [found for found in tries.values() if isinstance(found, SpeedrunTry)]
    told = [found.environment.to_json() for found in played]
    facts = {key: sorted({str(one[key]) for one in told if one.get(key) is not None}) for key in _FACTS}
    return {
        "schema": SCHEMA,
        "benchmark": "speedrun of all recipes",
        "command": command(typed),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "environment": {key: ", ".join(values) for key, values in facts.items() if values},
        "commits": sorted({str(found.environment.commit) for found in played if found.environment.commit}),
        "protocol": {"track": terms_of(track).to_json(), "kimg": kimg, "evaluations": looks},
        "rows": rows,
        **({"unfinished": f"recipes still to be tried: {left}"} if left else {}),
    }


def summary(record: Mapping[str, Any]) -> str:
    """Say in a sentence what came of the recipes."""
    rows = record["rows"]
    count = {word: sum(row["became"] == word for row in rows) for word in (REACHED, MISSED, REFUSED)}
    other = len(rows) - sum(count.values())
    terms, aim = record["protocol"], " and ".join(record["protocol"]["track"]["goals"])
    said = (
        f"{count[REACHED]} of {len(rows)} recipes reached {aim} within {terms['kimg']:g} kimg, {count[MISSED]} did not"
    )
    said += f", {other} failed or diverged" if other else ""
    return (
        f"{said}, and {count[REFUSED]} cannot be played on these data or enter no speedrun."
        if count[REFUSED]
        else f"{said}."
    )


def shown(row: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the cells of a row, by column."""
    seeds, reached = row.get("seeds"), row.get("seeds that reached")
    bests = (row.get("best") or {}).items()
    of_all = f"{reached} of {len(seeds)} seeds reached" if seeds and reached and reached < len(seeds) else ""
    ended = row["became"] if row["became"] != MISSED or not of_all else of_all
    return {
        "recipe": row["recipe"],
        **{key: _short(row.get(key)) for key in ("CPU s", "s", "kimg", "coarse by kimg", "CPU s of a run")},
        "best": ", ".join(f"{metric} {short(value)}" for metric, value in bests if value is not None) or None,
        "seeds": str(len(seeds)) if seeds else None,
        "how it ended": f"{ended}: {row['why']}" if row.get("why") else ended,
    }


def _short(value: float | None) -> str | None:
    return None if value is None else short(value)


def facts_of(record: Mapping[str, Any]) -> list[str]:
    """Say on what terms, where and from which commit the rows were measured."""
    ran, terms = record["environment"], record["protocol"]
    track = terms["track"]
    versions = ", ".join(f"{key} {ran[key]}" for key in ("ganzoo", "torch", "python") if ran.get(key))
    commits = ", ".join(commit[:12] + "-dirty" * commit.endswith("-dirty") for commit in record["commits"]) or "unknown"
    found = [
        f"track: {track['name']}, {' and '.join(track['goals'])} of {track['samples']:,} samples of {track['data']}",
        f"a run: {terms['kimg']:g} kimg with {terms['evaluations']} evaluations, by which times are coarse",
        f"device: {ran.get('device', 'unknown')}, threads {ran.get('threads', 'unknown')}",
        f"versions: {versions or 'unknown'}",
        f"made: {record['finished'][:10]} from commit {commits}",
    ]
    return found + ([f"unfinished: {record['unfinished']}"] if record.get("unfinished") else [])


def page(record: Mapping[str, Any]) -> str:
    """Return the record for people."""
    facts = "\n".join(f"- {fact}" for fact in facts_of(record))
    drawn = table([{k: v and v.replace("|", "\\|") for k, v in shown(row).items()} for row in record["rows"]], COLUMNS)
    title = f"{record['benchmark']}: {record['protocol']['track']['name']}"
    return f"# {title}\n\n```sh\n{record['command']}\n```\n\n{summary(record)}\n\n{drawn}\n\n{facts}\n"


def write_record(record: Mapping[str, Any], path: Path) -> None:
    """Write the record to a JSON file, and the page beside it."""
    write_file(path, json.dumps(written(record), indent=1, allow_nan=False) + "\n")
    write_file(path.with_suffix(".md"), page(record))


def committed_path(record: Mapping[str, Any], track: Track, root: Path) -> Path:
    """Return where a record is committed: in the folder of its device below ``benchmarks/results``."""
    ran = record["environment"]
    folder = "cpu" if ran.get("kind", "cpu") == "cpu" else folder_name(ran["device"])
    return root / RESULTS / folder / f"{name_of(track)}.json"
