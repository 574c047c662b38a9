"""Checks of trackers, by runs that are made up; one that reports to a service reports them there."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from ...errors import SetupError
from ...interfaces import Tracker
from ...recipes.building.build import load_class
from ...registry.registry import Registry
from ..findings import Findings, require

_OF_THE_RUN = ("run.json", "metrics.jsonl", "samples/a.png")


def _run(folder: Path, seed: int, step: int = 0) -> dict[str, Any]:
    return {
        "name": "conformance",
        "seed": seed,
        "key": hashlib.sha256(f"{seed}".encode()).hexdigest(),
        "folder": folder,
        "step": step,
        "kimg": step * 0.016,
        "seconds": step * 0.01,
        "recipe": {"name": "conformance", "generator": {"name": "made-up"}, "conditional": False},
        "settings": {"budget": {"kimg": 1.0}, "metrics": ("fid",), "weights": None},
        "parameters": {"G": 12, "D": 34},
        "environment": {"device": "made up", "kind": "cpu", "seed": seed},
    }


def _rows(step: int) -> list[dict[str, Any]]:
    """One of each kind at this step, and one of a kind that there is not yet."""
    at = {"step": step, "kimg": step * 0.016}
    losses = {"d_loss": 1.5, "g_loss": 0.5, "d_gradient": None, "g_gradient": 0.25}
    return [
        {"kind": "train", **at, **losses, "seconds": step * 0.01, "images_per_second": None},
        {"kind": "look", **at, "logits_real": 0.5, "logits_fake": -0.5, "logits_held_out": None, "diversity": 1.0},
        {"kind": "evaluation", **at, "d_steps": step, "seconds": step * 0.01, "metrics": {"fid": 3.0}}
        | {"grid": "samples/a.png", "pictures": {"modes": "samples/a.png"}},
        {"kind": "to-come", **at, "words": "text", "list": [1, 2], "table": {"a": {"b": 1}}},
    ]


def _result(status: str) -> dict[str, Any]:
    done = status == "done"
    return {
        "recipe": "conformance",
        "seed": 0,
        "status": status,
        "reason": None if done else "for a try",
        "metrics": {"fid": 3.0} if done else None,
        "evaluations": [],
        "alarms": [{"kind": "collapse", "step": 1, "kimg": 0.016, "until": None, "value": 0.05, "text": "made up"}],
    }


def _tell(tracker: Tracker, folder: Path, step: int) -> None:
    for row in _rows(step):
        tracker.row(row)
        if row["kind"] == "evaluation":
            tracker.picture("samples", folder / row["grid"], row)
            tracker.picture("modes", folder / row["pictures"]["modes"], row)


def _check_following(make: Callable[[], Tracker], folder: Path) -> None:
    tracker = make()
    tracker.begin(_run(folder, 0))
    for step in (1, 2):
        _tell(tracker, folder, step)
    tracker.end(_result("done"))


def _check_going_on(make: Callable[[], Tracker], folder: Path) -> None:
    """Stop after the second step, go on from the first, kill, go on from there, and fail."""
    for number, step in enumerate((0, 1, 1)):
        tracker = make()
        tracker.begin(_run(folder, 1, step))
        if tracker.retold and step:
            _tell(tracker, folder, 1)
        for later in (1, 2)[step:]:
            _tell(tracker, folder, later)
        if number == 0:
            tracker.end(None)
    tracker.end(_result("failed"))


def _check_side_by_side(make: Callable[[], Tracker], folders: list[Path]) -> None:
    trackers = [make() for _ in folders]
    for number, (tracker, folder) in enumerate(zip(trackers, folders, strict=True)):
        tracker.begin(_run(folder, 2 + number))
    for step in (1, 2):
        for tracker, folder in zip(trackers, folders, strict=True):
            _tell(tracker, folder, step)
    for tracker in trackers:
        tracker.end(_result("done"))


def _made(folder: Path) -> Path:
    """Make a run's folder."""
    (folder / "samples").mkdir(parents=True)
    for name in _OF_THE_RUN[:-1]:
        (folder / name).write_text("{}\n")
    Image.new("L", (8, 8), 128).save(folder / _OF_THE_RUN[-1])
    return folder


def check_tracker(findings: Findings, registry: Registry) -> None:
    """Check that a tracker takes what it is given, of whole runs, of those that go on, and of several at once."""
    kind: type[Tracker] = load_class(registry, "tracker", findings.name)
    with findings.check("declaration"):
        require(isinstance(kind.retold, bool), f"retold is {kind.retold!r}, and must be True or False")
    made = False
    with findings.check("construction") as seen:
        try:
            kind()
            made = True
        except SetupError as error:
            seen.append(f"nothing more was tried: {error}")
    if not (made and findings.ok):
        return
    with tempfile.TemporaryDirectory() as root:
        folders = [_made(Path(root) / name / "seed0") for name in "abcd"]
        before = {folder / name: (folder / name).read_bytes() for folder in folders for name in _OF_THE_RUN}
        with findings.check("following"):
            _check_following(kind, folders[0])
        with findings.check("going-on"):
            _check_going_on(kind, folders[1])
        with findings.check("side-by-side"):
            _check_side_by_side(kind, folders[2:])
        with findings.check("folder"):
            for path, content in before.items():
                require(
                    path.is_file() and path.read_bytes() == content,
                    f"it changes {path.name} in the run's folder, which is the run's own",
                )
