"""The page of speeds: which were measured on which device, with what was seen first of a GPU."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .markdown import NONE, code, escaped, table
from .page import link, page

SPEED = "docs/results/speed.md"
MEASURED = {  # by what is measured, the pages that say so
    "a step beside plain loops and other libraries": {
        "peers": "batch 64",
        "peers-batch-16": "larger networks",
        "peers-dcgan": "dcgan",
        "peers-others": "sngan-resnet, wgan-gp",
    },
    "the engine's overhead": {"overhead": "overhead"},
    "the share of what the device could do": {"limit": "limit"},
    "seeds together": {"seeds-together": "seeds together", "seeds-stacked": "stacked by hand"},
    "the host's time of a replayed step": {"host-time": "one run", "host-time-together": "seeds together"},
    "evaluation, beside three other libraries": {"evaluation": "evaluation"},
    "cost as the work grows": {"growth": "growth"},
    "time to a quality": {"time-to-quality": "time to quality"},
    "start-up": {"startup": "start-up", "many-plugins": "with 500 more plugins"},
}
FIRST_LOOK = {  # columns of the first look at a GPU
    "recipe": "recipe",
    "precision": "precision",
    "ms eager": "ms a step, eager",
    "ms replayed": "replayed",
    "x": "times",
    "kernels": "kernels",
    "agrees": "same losses",
}


def speed_page(root: Path) -> str:
    """Give the page, from the pages and records committed below benchmarks/results."""
    folder = root / "benchmarks" / "results"
    gpus = sorted({path.parent.name for path in folder.glob("*/*.md")} - {"cpu"})
    devices = ["cpu", *gpus]
    rows = [[what, *(_links(folder / device, pages, root) for device in devices)] for what, pages in MEASURED.items()]
    found = [text for name in gpus for text in _first_look(folder / name / "gpu.json", root)]
    head = ["measured", *("on a CPU" if name == "cpu" else code(name) for name in devices)]
    return page("Speed", [table(head, rows), "" if gpus else "Nothing has been measured on a GPU yet.", *found])


def _links(folder: Path, pages: Mapping[str, str], root: Path) -> str:
    there = [(text, folder / f"{name}.md") for name, text in pages.items()]
    links = [link(text, path.relative_to(root).as_posix(), SPEED) for text, path in there if path.is_file()]
    return ", ".join(links) or "not measured yet"


def _first_look(path: Path, root: Path) -> Sequence[str]:
    """Give the table of recipes in precisions, where there is one."""
    if not path.is_file():
        return []
    stages = json.loads(path.read_text(encoding="utf-8"))["stages"]
    rows: list[Mapping[str, Any]] = next(iter(stages.get("first-look", {}).get("tables", {}).values()), [])
    facts = stages.get("environment", {}).get("data", {}).get("facts", {})
    if not rows or not facts:
        return []
    everything = link("all that was measured", path.with_suffix(".md").relative_to(root).as_posix(), SPEED)
    cells = [[_shown(row.get(key)) for key in FIRST_LOOK] for row in rows]
    return [
        f"## {escaped(facts['device'])}",
        f"torch {escaped(facts['torch'])}, images of 32x32: {everything}.",
        table(list(FIRST_LOOK.values()), cells),
    ]


def _shown(value: Any) -> str:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escaped(f"{value:.3g}" if isinstance(value, float) else str(value))
