"""``suite.json``: which benches a suite has."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from .stored import read_stored
from .written import SCHEMA, Written

SUITE = "suite.json"


class SuiteBench(Written):
    """One bench of a suite.

    Attributes:
        folder: its name, below the suite's.
        data: the name of its data.
    """

    folder: str
    data: str | None = None


class SuiteFile(Written):
    """``suite.json``, in the folder of a suite.

    Attributes:
        schema_version: of the file.
        ganzoo: the version that plays it.
        suite: its name.
        command: as written.
        started: in ISO 8601.
        finished: in ISO 8601; None until all of its benches have ended.
        left_out: recipes that no bench plays, with the reason of each.
        grid: what the names of its recipes are made of: values by key.
        benches: in the order in which they are played.
    """

    about: ClassVar[str] = "suite"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    ganzoo: str | None = None
    suite: str = ""
    command: str | None = None
    started: str | None = None
    finished: str | None = None
    left_out: dict[str, str] = Field(default_factory=dict)
    grid: dict[str, list[str]] = Field(default_factory=dict)
    benches: list[SuiteBench] = Field(default_factory=list)


def read_suite(folder: Path) -> SuiteFile:
    """Return the suite in a folder.

    Raises:
        DataError: there is none, or it is not of this version.
    """
    path = folder / SUITE
    return read_stored(SuiteFile, path, f"there is no {path}; give the folder of a suite, such as runs/quick")
