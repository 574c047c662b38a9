"""The tracker ``wandb``."""

import importlib.util
import os
from pathlib import Path
from typing import Any, ClassVar

from ganzoo.errors import SetupError
from ganzoo.interfaces import ServiceRun, Tracker

KEPT = "wandb-run.json"  # in a run's folder
PROJECT = "ganzoo"
FAILED = 1


class WandbTracker(Tracker):
    """A run at Weights & Biases for each run, in the project ``ganzoo``, with recipe and settings as its config.

    The package's own variables say where it reports to: ``WANDB_API_KEY``, ``WANDB_PROJECT``, ``WANDB_ENTITY``, and
    ``WANDB_MODE=offline`` to report nothing and keep the run in its folder, for ``wandb sync`` later. A run that goes
    on is the same run there, which is told what it lacks; offline, where nobody knows what it lacks, it writes all rows
    anew, and the service passes over the steps that it has. One that was stopped is marked as failed until it goes on.
    """

    retold: ClassVar[bool] = True

    def __init__(self) -> None:
        if importlib.util.find_spec("wandb") is None:
            raise SetupError(
                "the tracker 'wandb' needs the package of that name: run `pip install \"ganzoo-core[wandb]\"`"
            )

    def begin(self, run: dict[str, Any]) -> None:
        """Begin the run at the service, or go on with it."""
        import wandb

        kept = ServiceRun(run["folder"] / KEPT, run["key"])
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT") or PROJECT,
            id=kept.id,
            name=f"{run['name']} seed {run['seed']}",
            dir=str(run["folder"]),
            config={"seed": run["seed"], "recipe": run["recipe"], **run["settings"], "parameters": run["parameters"]},
            resume="allow" if kept.known else None,
            reinit="create_new",  # several runs may share a process
        )
        kept.keep()

    def row(self, row: dict[str, Any]) -> None:
        """Log its numbers at its step, with the thousands of images."""
        self._log(row, self.numbers(row))

    def picture(self, name: str, path: Path, row: dict[str, Any]) -> None:
        """Log the picture itself."""
        import wandb

        self._log(row, {name: wandb.Image(str(path))})

    def end(self, result: dict[str, Any] | None) -> None:
        """Write how the run ended, and finish it; one that was stopped may go on."""
        status = result["status"] if result else "stopped"
        self._run.summary.update({"status": status, "reason": result["reason"] if result else None})
        self._run.finish(exit_code=0 if status in ("done", "reached") else FAILED)

    def _log(self, row: dict[str, Any], values: dict[str, Any]) -> None:
        if row["step"] >= self._run.step:  # the service has the earlier ones
            self._run.log({"kimg": row["kimg"], **values}, step=row["step"])
