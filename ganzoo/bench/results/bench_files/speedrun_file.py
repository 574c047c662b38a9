"""``speedrun-try.json``: a try at a track, with all that it takes to play it again. Imports no torch."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from ....errors import DataError
from ..run_files.environment import Environment, ExtractorIdentity
from ..run_files.result import Evaluation
from ..stored import read_stored
from ..written import SCHEMA, Number, Several, Written

SPEEDRUN = "speedrun-try.json"


class TrackTerms(Written):
    """The terms of a track, as they were when the try was played.

    Attributes:
        name: of the track.
        data: the name of the dataset.
        extractor: that sees the samples.
        goals: such as ``fid <= 5``.
        samples: that an evaluation generates.
        kimg: of the longest try.
        evaluations: of a run at most.
    """

    name: str
    data: str
    extractor: str | None = None
    goals: list[str]
    samples: int
    kimg: Number
    evaluations: int


class Record(Written):
    """The best try of one track, class of machine and processor.

    Attributes:
        track: its name.
        hardware: the class of the machine.
        device: the name of its processor, or of its GPU.
        recipe: the name of the recipe.
        seconds: of training, the median of its seeds.
        cpu_seconds: of all threads, likewise.
        date: on which it ended, in ISO 8601.
    """

    track: str
    hardware: str
    device: str
    recipe: str
    seconds: Number
    cpu_seconds: Number | None = None
    date: str

    @property
    def place(self) -> tuple[str, str, str]:
        """The track, the class of the machine and its processor."""
        return self.track, self.hardware, self.device

    @property
    def score(self) -> float:
        """The number that tries are ranked by."""
        return float(self.seconds if self.hardware == "gpu" or self.cpu_seconds is None else self.cpu_seconds)


class RecordsFile(Written):
    """The records that ship."""

    about: ClassVar[str] = "file of records"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    records: list[Record]


class TrackTold(TrackTerms):
    """A track with its records.

    Attributes:
        summary: one line.
        kind: the machines that it is for: ``any`` or ``gpu``.
        records: one for each class of machine and processor.
    """

    summary: str
    kind: str
    records: list[Record]


class TracksListed(Written):
    """The JSON of ``ganzoo speedrun`` without arguments.

    Attributes:
        schema_version: of this object.
        tracks: all that ship.
    """

    about: ClassVar[str] = "list of tracks"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    tracks: list[TrackTold]


class PlayedData(Written):
    """The data of a try.

    Attributes:
        name: of the dataset.
        hash: sha256 of its contents.
        n: how many images it has, or others.
    """

    name: str
    hash: str | None = None
    n: int


class Reached(Written):
    """The first evaluation of a run that meets all goals of the track.

    Attributes:
        kimg: thousand real images that D had been shown.
        seconds: of training up to there, warm-up steps at the pace of the others.
        cpu_seconds: of all threads, in the same time; None where they were not counted.
        interval: kimg since the evaluation before it, by which all three are coarse.
    """

    kimg: Number
    seconds: Number
    cpu_seconds: Number | None = None
    interval: Number


class SeedTry(Written):
    """One run of a try.

    Attributes:
        seed: of the run.
        status: how it ended, ``altered`` where its result was changed afterwards.
        reason: why, where it is not ``done``.
        key: sha256 of all that the result depends on.
        result: the digest of its ``result.json``.
        evaluations: all of them, in order.
        reached: the first that meets all goals; None where none does.
    """

    seed: int
    status: str
    reason: str | None = None
    key: str | None = None
    result: str | None = None
    evaluations: Several[Evaluation]
    reached: Reached | None = None


class SpeedrunTry(Written):
    """``speedrun-try.json``, in the folder of a try, and as a file of the committed records.

    Attributes:
        schema_version: of the file.
        ganzoo: the version that played it.
        track: the terms.
        recipe: its name.
        text: the whole recipe as YAML, with variants and overrides in place.
        files: sources of the plugins of one file that it uses, by the file's name.
        revisions: those above 1 of its parts.
        origins: distribution, version and digest of the source of each part that a third party registers.
        command: as written.
        started: in ISO 8601.
        finished: in ISO 8601.
        data: that were played.
        judge: the extractor and the metrics.
        environment: the machine and the software.
        hardware: the class of the machine: ``cpu-1-thread``, ``cpu-2-threads``, ..., or ``gpu``.
        kimg: of each run.
        asked: evaluations of each run.
        seeds: the runs.
        seconds: the median over the seeds; None unless all of them met the goals.
        cpu_seconds: likewise.
        void: sentences on why it does not count; empty for one that does.
        digest: sha256 of all other fields.
    """

    about: ClassVar[str] = "try of a speedrun"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    ganzoo: str | None = None
    track: TrackTerms
    recipe: str
    text: str
    files: dict[str, str] = Field(default_factory=dict)
    revisions: dict[str, int] = Field(default_factory=dict)
    origins: dict[str, str] = Field(default_factory=dict)
    command: str | None = None
    started: str | None = None
    finished: str | None = None
    data: PlayedData
    judge: ExtractorIdentity
    environment: Environment
    hardware: str
    kimg: Number
    asked: int
    seeds: list[SeedTry]
    seconds: Number | None = None
    cpu_seconds: Number | None = None
    void: list[str] = Field(default_factory=list)
    digest: str | None = None

    @property
    def counts(self) -> bool:
        """True if all seeds met the goals, and nothing speaks against it."""
        return self.score is not None and not self.void

    @property
    def score(self) -> float | None:
        """The number that tries are ranked by: seconds of the CPU, or on a GPU those of the clock; None without one."""
        found = self.seconds if self.hardware == "gpu" else self.cpu_seconds
        return None if found is None else float(found)

    @property
    def place(self) -> tuple[str, str, str]:
        """The track, the class of the machine and its processor: tries of one place compare with each other."""
        return self.track.name, self.hardware, self.environment.device or ""


def digest_of(told: Mapping[str, Any]) -> str:
    """Return the sha256 of a try, of all but its digest."""
    sealed = {key: value for key, value in told.items() if key != "digest"}
    return hashlib.sha256(json.dumps(sealed, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_try(path: Path) -> SpeedrunTry:
    """Return the try in a file.

    Raises:
        DataError: there is none, it cannot be read, or it was changed after it was written; one sentence.
    """
    found = read_stored(SpeedrunTry, path, f"there is no {path}; give the {SPEEDRUN} of a try")
    if found.digest != digest_of(found.to_json()):
        raise DataError(f"{path} was changed after the try wrote it, as its digest shows; play it again")
    return found
