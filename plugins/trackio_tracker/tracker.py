"""The tracker ``trackio``."""

import contextvars
import importlib.util
import os
from pathlib import Path
from typing import Any, ClassVar

from ganzoo.errors import SetupError
from ganzoo.interfaces import ServiceRun, Tracker

KEPT = "trackio-run.json"  # in a run's folder
PROJECT = "ganzoo"
SHOWN = 8  # digits of the identifier in a name


class TrackioTracker(Tracker):
    """A run of Trackio for each run, in the project ``ganzoo``, with the recipe and the settings as its config.

    The package's own variables say where it reports to: ``TRACKIO_DIR`` for its folder on this machine,
    ``TRACKIO_SPACE_ID`` or ``TRACKIO_SERVER_URL`` for elsewhere; ``TRACKIO_PROJECT`` names the project. ``trackio show
    --project ganzoo`` shows it. Trackio tells runs apart by their names, so a name ends in eight digits of its own. A
    run that goes on is the same run there; one that was killed may lack the rows of its last half second.
    """

    retold: ClassVar[bool] = True

    def __init__(self) -> None:
        if importlib.util.find_spec("trackio") is None:
            raise SetupError(
                "the tracker 'trackio' needs the package of that name: run `pip install \"ganzoo-core[trackio]\"`"
            )

    def begin(self, run: dict[str, Any]) -> None:
        """Begin the run in Trackio, or go on with it."""
        import trackio

        self._kept = ServiceRun(run["folder"] / KEPT, run["key"])
        # a context of its own, as Trackio finishes the run that it has started before in the same one
        self._run = contextvars.Context().run(
            trackio.init,
            project=os.environ.get("TRACKIO_PROJECT") or PROJECT,
            name=f"{run['name']} seed {run['seed']} {self._kept.id[:SHOWN]}",
            config={"seed": run["seed"], "recipe": run["recipe"], **run["settings"], "parameters": run["parameters"]},
            resume="allow",
            embed=False,
            auto_log_gpu=False,
            auto_log_cpu=False,
        )
        self._kept.keep()

    def row(self, row: dict[str, Any]) -> None:
        """Log its numbers at its step, with the thousands of images."""
        if self._kept.first(row["kind"], row["step"]):
            self._run.log({"kimg": row["kimg"], **self.numbers(row)}, step=row["step"])

    def picture(self, name: str, path: Path, row: dict[str, Any]) -> None:
        """Log the picture itself, at the row's step."""
        import trackio

        if self._kept.first(f"picture {name}", row["step"]):
            self._run.log({name: trackio.Image(str(path))}, step=row["step"])

    def end(self, result: dict[str, Any] | None) -> None:
        """Write how the run ended, as an alert where it failed, and finish it; one that was stopped may go on."""
        if result is not None and result["status"] not in ("done", "reached"):
            self._run.alert(title=f"the run ended: {result['status']}", text=str(result["reason"]))
        elif result is None:
            self._run.alert(title="the run was stopped", text="it may go on from its last checkpoint")
        self._run.finish()
