"""Trackers, which are told how a run goes beside the record in its folder. Imports no torch."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar


class Tracker(ABC):
    """Follows one run: is told each row of its ``metrics.jsonl`` as it is written, and each of its pictures.

    Made in the process of the run, one for each run, of which a process may play several; and once before, where the
    bench starts, so that what is missing is said before anything is trained. What it is handed is its own to change.
    It is told between two steps, while no run's clock goes and no random stream is the training's, so it may take
    its time, though the run waits. What it prints goes into the run's log.

    A method that raises, whatever it raises, switches the tracker off for the rest of the run, with one line in the
    log; the run goes on.

    A run that was stopped or killed goes back to its last checkpoint. Rows that came after it are cut off the record,
    and come a second time, of the same steps; ``run["step"]`` says where it goes on.

    Attributes:
        retold: whether a run that goes on is told anew from its first row: after ``begin`` come all the rows that the
            record has kept, with their pictures, for a tracker that then writes all of them anew.

    Raises:
        SetupError: a package is missing. An ``__init__`` takes no parameters, and reaches for nothing far away.
    """

    retold: ClassVar[bool] = False

    @abstractmethod
    def begin(self, run: dict[str, Any]) -> None:
        """Begin a run, or go on with one.

        Args:
            run: plain data but for the path:
                ``name``, of the recipe as written, and ``seed``;
                ``key``, 64 hexadecimal digits that are the same for the same run wherever it is played;
                ``folder``, the path of the run's folder, for files that belong to it;
                ``step`` and ``kimg``, where it goes on, 0 at its beginning, and the ``seconds`` it was trained for;
                ``recipe``, as resolved, and ``settings``, the rest of its ``run.json``: data, budget and so on;
                ``parameters``, how many G and D have; and ``environment``, as in ``environment.json``.
        """

    @abstractmethod
    def row(self, row: dict[str, Any]) -> None:
        """Take a row of the record, see ``numbers``.

        Args:
            row: of ``kind`` ``train``, ``look`` or ``evaluation``, and maybe others some day; with ``step``,
                ``kimg``, and what there is to say, None for a number that there is none of.
        """

    @abstractmethod
    def picture(self, name: str, path: Path, row: dict[str, Any]) -> None:
        """Take a picture that belongs to a row.

        Args:
            name: ``samples``, the name of the metric that drew it, or of what it shows at the end of the run.
            path: the PNG in the run's folder.
            row: the evaluation that it was drawn at, told before.
        """

    @abstractmethod
    def end(self, result: dict[str, Any] | None) -> None:
        """End the run, or stop here: nothing more comes from this process.

        Args:
            result: as in ``result.json``, with its ``status`` (``done``, ``reached``, ``diverged``, ``failed`` or
                ``oom``), ``reason``, ``metrics``, which are None unless it is done, and ``alarms``; None for a run that
                was stopped, to be gone on with later.
        """

    @staticmethod
    def numbers(row: Mapping[str, Any]) -> dict[str, float]:
        """Return the numbers of a row, as trackers name them: ``train/d_loss``, ``look/diversity``, ``evaluation/fid``.

        Without where in the run they are, which is ``step``, ``kimg``, how many of these were timed, and the turns of
        D, and without what is None.
        """
        places = ("kind", "step", "kimg", "timed_kimg", "d_steps")
        flat = {name: value for name, value in row.items() if name not in places}
        flat |= flat.pop("metrics", None) or flat.pop("values", None) or {}
        return {
            f"{row['kind']}/{name}": float(value)
            for name, value in flat.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
