"""The JSON of ``ganzoo watch``."""

from typing import ClassVar

from pydantic import Field

from ..written import SCHEMA, Number, Written
from .tables import TableTold


class RunWatched(Written):
    """The state of a run.

    Attributes:
        title: such as ``dcgan seed 0``.
        status: how it ended, or ``running``, ``waiting`` or ``stopped``.
        reason: why it did not finish; empty otherwise.
        fraction: the part of its budget that is spent, 0 to 1.
        kimg: thousand real images shown to D.
        images_per_second: its speed; null while unknown.
        seconds_left: an estimate of the training that is left; null while unknown, and where it is not played.
        scores: the first metric at each evaluation.
        d_losses: D's mean loss, over time.
        g_losses: G's.
    """

    title: str
    status: str
    reason: str
    fraction: Number
    kimg: Number
    images_per_second: Number | None
    seconds_left: Number | None
    scores: list[Number]
    d_losses: list[Number]
    g_losses: list[Number]


class BenchWatched(Written):
    """The state of a bench.

    Attributes:
        folder: where it lies.
        terms: data and budget in words; empty where its files do not tell.
        metric: the first metric's title; empty without one.
        live: a process plays it.
        over: all has ended, and nobody plays it or gathers its results.
        devices: on which the runs that have ended were played.
        trials: of ``--tune`` that have ended.
        runs: those that are reported, and before them the trials until all of these have ended.
        table: of the runs that have ended; null where there is none.
    """

    folder: str
    terms: str
    metric: str
    live: bool
    over: bool
    devices: list[str]
    trials: int
    runs: list[RunWatched]
    table: TableTold | None


class Watched(Written):
    """The state of all benches below a folder.

    Attributes:
        schema_version: of this object.
        folder: that is watched.
        over: there is nothing more to come.
        benches: in the order of their names; those of a suite in its order.
        to_come: names of the benches of a suite that have not begun.
    """

    about: ClassVar[str] = "state of benches"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    folder: str
    over: bool
    benches: list[BenchWatched]
    to_come: list[str]
