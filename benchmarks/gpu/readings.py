"""The files that a stage left in its folder, whole or as far as it came: tables for the page, and one line in short."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .first_look import read_lines
from .run_folders import rows_of

Row = Mapping[str, Any]
LOG = "log.txt"
_BECAME = "PASSED|FAILED|ERROR|SKIPPED"
_TEST = re.compile(rf"\b({_BECAME}) +(?:\S*/)?(tests/\S+::\S+)|\b(tests/\S+::\S+) +({_BECAME})\b")
_COUNTED = re.compile(r"^=+ (.*\b(?:passed|failed|error|errors|skipped|deselected)\b.*) =+$", re.MULTILINE)


@dataclass
class Found:
    """The findings of a stage.

    Attributes:
        short: one line.
        why: what went wrong, better than the log's last words; empty where it knows no better.
        tables: rows by title.
        columns: which keys of the rows a page shows.
        notes: sentences below the tables.
        data: what else belongs into the record.
    """

    short: str = ""
    why: str = ""
    tables: dict[str, list[Row]] = field(default_factory=dict)
    columns: dict[str, Sequence[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)

    def add(self, title: str, rows: Iterable[Row], columns: Sequence[str]) -> None:
        """One more table."""
        self.tables[title], self.columns[title] = list(rows), columns


def _object(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} holds no object")
    return found


def _middle(value: Any) -> Any:
    """Return the median of a spread."""
    return value["median"] if isinstance(value, Mapping) and "median" in value else value


# -- the stages' own programs ------------------------------------------------------------------------------------------


def environment(folder: Path) -> Found:
    """Facts and rates."""
    record = _object(folder / "environment.json")
    facts = record["facts"]
    found = Found(data={"facts": facts, "rates": record["rates"]})
    found.short = f"{facts['device']}, torch {facts['torch']}, Python {facts['python']}, {facts['cores']} cores"
    found.add("What the device does", [{"what": k, "rate": v} for k, v in record["rates"].items()], ("what", "rate"))
    found.notes += [f"{name}: {why}" for name, why in record["failed"].items()]
    found.notes += [f"the plugin {name} failed: {why}" for name, why in facts["failed_plugins"].items()]
    absent = [name for name, version in facts["packages"].items() if version is None]
    found.notes += [f"not installed: {', '.join(absent)}"] if absent else []
    return found


LOOK = ("recipe", "precision", "agrees", "ms eager", "ms replayed", "x", "host us", "kernels", "busy ms", "MB", "note")
LOSSES = (
    "recipe",
    "precision",
    "steps",
    "graphs",
    "eager from eager",
    "first replays",
    "replayed from eager",
    "allowed",
)


def first_look(folder: Path) -> Found:
    """One row a combination, of both looks at it."""
    lines = {line["ended"]: line for line in read_lines(folder / "rows.jsonl") if "ended" in line}
    if not lines:
        raise ValueError("not one combination came to an end")
    found = Found(data={"looks": list(lines.values())})
    keys = list(dict.fromkeys(tuple(key.split(":")[1:]) for key in lines))
    rows = [
        _look(*key, lines.get(":".join(("steps", *key)), {}), lines.get(":".join(("kernels", *key)), {}))
        for key in keys
    ]
    found.add("Replayed against eager steps", rows, LOOK)
    found.add("How far losses are from one another, as shares of the largest", rows, LOSSES)
    good = sum(row["agrees"] is True for row in rows)
    first = next((row for row in rows if row.get("x")), None)
    found.short = f"{good} of {len(rows)} replayed as played eagerly"
    if first:
        found.short += f"; {first['recipe']} {first['precision']}: {first['ms eager']:.3g} ms eager, "
        found.short += f"{first['ms replayed']:.3g} ms replayed, {first['x']:.3g} times"
    return found


def _look(recipe: str, precision: str, steps: Row, kernels: Row) -> dict[str, Any]:
    eager, replay = steps.get("eager") or {}, steps.get("replay") or {}
    work = next((kernels[k] for k in ("replayed work", "eager work") if (kernels.get(k) or {}).get("kernels")), {})
    notes = [f"{what}: {why}" for what, why in steps.get("failed", {}).items()]
    notes += [f"kernels: {what}: {why}" for what, why in kernels.get("failed", {}).items()]
    notes += [f"eager: {steps['why eager']}"] if steps.get("why eager") else []
    notes += ["losses are not finite"] if steps.get("finite") is False else []
    notes += ["losses never move"] if steps.get("moves") is False else []
    if steps.get("differs from step") is not None:
        notes.append(f"differs from step {steps['differs from step']} on")
    return {
        "recipe": recipe,
        "precision": precision,
        "agrees": steps.get("agrees") if steps.get("replayed") else None,
        "ms eager": eager.get("ms"),
        "ms replayed": replay.get("ms"),
        "x": eager["ms"] / replay["ms"] if eager.get("ms") and replay.get("ms") else None,
        "host us": replay.get("host us"),
        "kernels": work.get("kernels"),
        "busy ms": work.get("busy ms"),
        "MB": replay.get("peak MB") or eager.get("peak MB"),
        "steps": steps.get("steps"),
        "graphs": steps.get("graphs"),
        "eager from eager": steps.get("eager from eager"),
        "first replays": steps.get("first replays from eager"),
        "replayed from eager": steps.get("replayed from eager"),
        "allowed": steps.get("allowed"),
        "note": "; ".join(notes) or None,
    }


def tests(folder: Path) -> Found:
    """Return how many passed, and which did not; of a log that may break off."""
    log = (folder / LOG).read_text(encoding="utf-8", errors="replace")
    became: dict[str, str] = {}
    for match in _TEST.finditer(log):
        status, name = (match[1], match[2]) if match[1] else (match[4], match[3])
        became[name] = status
    counts = Counter(became.values())
    counted = _COUNTED.findall(log)
    if not became and not counted:
        raise ValueError("pytest named no test")
    found = Found(data={"counts": dict(counts), "ends": counted[-1] if counted else None})
    found.short = counted[-1] if counted else ", ".join(f"{n} {status.lower()}" for status, n in counts.most_common())
    failed = counts["FAILED"] + counts["ERROR"]
    found.why = f"{failed} test{'s' if failed > 1 else ''} failed" if failed else ""
    bad = [{"test": name, "became": status.lower()} for name, status in became.items() if status in ("FAILED", "ERROR")]
    if bad:
        found.add("Tests that failed", bad, ("test", "became"))
    return found


# -- the scripts' records ----------------------------------------------------------------------------------------------


def _record(path: Path, columns: Sequence[str], short: Callable[[Mapping[str, list[Row]]], str]) -> Found:
    record = _object(path)
    tables = {
        title: [{key: _middle(row.get(key)) for key in row} for row in rows] for title, rows in record["tables"].items()
    }
    found = Found(data={"protocol": record["protocol"]})
    for title, rows in tables.items():
        found.add(title, rows, [key for key in columns if any(row.get(key) is not None for row in rows)])
    found.short = short(tables)
    found.notes += ["rows are missing: it was stopped"] if record.get("unfinished") else []
    return found


def peers(folder: Path) -> Found:
    """Compare steps with others' loops."""

    def short(tables: Mapping[str, list[Row]]) -> str:
        ours = ((title, row) for title, rows in tables.items() for row in rows if row["contestant"] == "ganzoo")
        return "; ".join(f"{title}: {row['x plain']:.3g} times plain" for title, row in ours if row.get("x plain"))

    return _record(folder / "peers.json", ("contestant", "ms a step", "x plain", "x its equal", "note"), short)


def seeds_together(folder: Path) -> Found:
    """Return what k seeds cost."""

    def short(tables: Mapping[str, list[Row]]) -> str:
        last = ((title, rows[-1]) for title, rows in tables.items() if rows)
        return "; ".join(f"{title}: {row['seeds']} seeds cost {row['cost']:.3g}" for title, row in last)

    columns = ("seeds", "ms_for_a_step_of_all", "cost", "images_per_second_of_all", "replayed")
    return _record(folder / "seeds_together.json", columns, short)


def limit(folder: Path) -> Found:
    """Shares of what the device could do."""

    def short(tables: Mapping[str, list[Row]]) -> str:
        rows = tables.get("Share of the limit", [])
        return "; ".join(f"{r['recipe']} {r['batch']} {r['precision']}: {r['share']:.0%}" for r in rows)

    columns = ("what", "rate", "recipe", "batch", "precision", "ms a step", "share", "GFLOP a step", "goes to")
    return _record(folder / "limit.json", columns, short)


def evaluation(folder: Path) -> Found:
    """Judging beside torch-fidelity."""

    def short(tables: Mapping[str, list[Row]]) -> str:
        first = next(iter(tables.values()), [])
        told = [f"{r['contestant']} {r['seconds']:.3g} s" for r in first if r.get("seconds")]
        return ", ".join(told) or "nobody judged"

    columns = ("contestant", "seconds", "images/s", "x torch-fidelity", "equal", "note")
    return _record(folder / "evaluation.json", columns, short)


def profile(folder: Path) -> Found:
    """``ganzoo profile --json``."""
    record = _object(folder / "profile.json")
    columns = ("recipe", "batch", "ms_per_step", "eager_ms_per_step", "matrix_share", "largest shares", "note")
    rows = []
    for row in record["rows"]:
        shares = sorted((row.get("shares") or {}).items(), key=lambda item: -item[1])[:3]
        why = row.get("reason") or row.get("why_eager") or None
        largest = ", ".join(f"{place} {share:.0%}" for place, share in shares)
        rows.append({**row, "largest shares": largest or None, "note": why})
    found = Found(data={"profile": record})
    found.add("A step by its places", rows, columns)
    done = [row for row in rows if row["status"] == "done"]
    found.short = f"{len(done)} of {len(rows)} rows measured"
    return found


# -- benches -----------------------------------------------------------------------------------------------------------

RUNS = ("recipe", "seed", "became", "kimg", "images/s", "numbers", "replayed", "note")


def bench(folder: Path) -> Found:
    """Return a bench's runs, finished or not."""
    return _runs(sorted(folder.glob("bench")))


def benches(folder: Path) -> Found:
    """Return the runs of all benches, and the record of the script that plays them, where it came to write one."""
    found = _runs(sorted({*folder.glob("bench"), *folder.glob("benches/*")}))
    for name in ("modes", "time_to_quality"):
        if (folder / f"{name}.json").is_file():
            for title, rows in _object(folder / f"{name}.json")["tables"].items():
                shown = [key for key in (rows[0] if rows else {}) if key not in ("values", "targets")]
                found.add(title, rows, shown)
    return found


def _runs(folders: Sequence[Path]) -> Found:
    rows = [row for folder in folders for row in rows_of(folder)]
    if not rows:
        raise ValueError("no run was begun")
    found = Found()
    found.add("Runs", rows, RUNS)
    done = [row for row in rows if row["became"] == "done"]
    found.short = f"{len(done)} of {len(rows)} runs done"
    numbers = [
        f"{row['recipe']} {row['images/s']:,.0f} images/s" for row in done if row["seed"] == 0 and row["images/s"]
    ]
    found.short += f"; {', '.join(numbers[:3])}" if numbers else ""
    bad = [row for row in rows if row["became"] not in ("done", "unfinished")]
    found.why = f"{bad[0]['recipe']} seed {bad[0]['seed']} {bad[0]['became']}: {bad[0]['note']}" if bad else ""
    return found
