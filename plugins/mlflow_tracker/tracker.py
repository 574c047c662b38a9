"""The tracker ``mlflow``."""

import importlib.util
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from PIL import Image

from ganzoo.errors import SetupError
from ganzoo.interfaces import ServiceRun, Tracker

KEPT = "mlflow-run.json"  # in a run's folder
EXPERIMENT = "ganzoo"
LONGEST = 500  # characters of a parameter, as old servers take them
PARAMETERS = 100  # in one request
ENDS = {"done": "FINISHED", "reached": "FINISHED", "stopped": "KILLED"}  # any other end is a failure


class MlflowTracker(Tracker):
    """A run of MLflow for each run, in the experiment ``ganzoo``, with the recipe and the settings as its parameters.

    The package's own variables say where it reports to: ``MLFLOW_TRACKING_URI``, by default a store in the current
    folder, and ``MLFLOW_EXPERIMENT_NAME``. Recipe and settings are also there whole, as ``run.json``. A run that goes
    on is the same run there; one that was stopped is ``KILLED`` until it goes on.
    """

    retold: ClassVar[bool] = True

    def __init__(self) -> None:
        if importlib.util.find_spec("mlflow") is None:
            raise SetupError(
                "the tracker 'mlflow' needs the package of that name: run `pip install \"ganzoo-core[mlflow]\"`"
            )

    def begin(self, run: dict[str, Any]) -> None:
        """Begin the run at the service, or go on with it."""
        from mlflow import MlflowClient

        self._client = MlflowClient()
        self._kept = ServiceRun(run["folder"] / KEPT, run["key"])
        if self._kept.known:
            self._client.update_run(self._kept.id, status="RUNNING")
            return
        name = f"{run['name']} seed {run['seed']}"
        there = self._client.create_run(self._experiment(), run_name=name, tags={"ganzoo.key": run["key"]})
        self._kept.keep(there.info.run_id)
        self._describe({name: run[name] for name in ("seed", "recipe", "settings", "parameters")})

    def row(self, row: dict[str, Any]) -> None:
        """Log its numbers at its step, with the thousands of images."""
        from mlflow.entities import Metric

        if self._kept.first(row["kind"], row["step"]):
            now = time.time_ns() // 1_000_000
            values = {"kimg": row["kimg"], **self.numbers(row)}
            metrics = [Metric(name, value, now, row["step"]) for name, value in values.items()]
            self._client.log_batch(self._kept.id, metrics=metrics)

    def picture(self, name: str, path: Path, row: dict[str, Any]) -> None:
        """Log the picture itself, at the row's step."""
        if self._kept.first(f"picture {name}", row["step"]):
            with Image.open(path) as picture:
                self._client.log_image(
                    self._kept.id, picture.convert("RGB"), key=name, step=row["step"], synchronous=True
                )

    def end(self, result: dict[str, Any] | None) -> None:
        """Set how the run ended; one that was stopped may go on."""
        status = result["status"] if result else "stopped"
        self._client.set_tag(self._kept.id, "ganzoo.status", status)
        if result is not None and result["reason"]:
            self._client.set_tag(self._kept.id, "ganzoo.reason", str(result["reason"]))
        self._client.set_terminated(self._kept.id, ENDS.get(status, "FAILED"))

    def _experiment(self) -> str:
        from mlflow.exceptions import MlflowException

        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
        found = self._client.get_experiment_by_name(name)
        if found is None:
            try:
                made: str = self._client.create_experiment(name)
                return made
            except MlflowException:  # another run has made it meanwhile
                found = self._client.get_experiment_by_name(name)
                if found is None:
                    raise
        known: str = found.experiment_id
        return known

    def _describe(self, content: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        params = [Param(name, str(value)[:LONGEST]) for name, value in _flat(content)]
        for first in range(0, len(params), PARAMETERS):
            self._client.log_batch(self._kept.id, params=params[first : first + PARAMETERS])
        self._client.log_dict(self._kept.id, dict(content), "run.json")


def _flat(content: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Give the values of nested mappings, by their dotted names."""
    for name, value in content.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
