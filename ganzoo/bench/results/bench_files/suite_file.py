"""``suite.json``: which benches a suite has."""

from pathlib import Path, PurePosixPath
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from ....recipes.schema.fields import wrong
from ..stored import read_stored
from ..written import SCHEMA, PathText, Written

SUITE = "suite.json"


def _below(folder: str) -> str:
    path = PurePosixPath(folder)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise wrong("must be the name of a folder below that of the suite")
    return folder


Below = Annotated[PathText, AfterValidator(_below)]


class SuiteBench(Written):
    """One bench of a suite.

    Attributes:
        folder: its name, below the suite's.
        data: the name of its data.
    """

    folder: Below
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
